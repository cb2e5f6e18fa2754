//! Time zones by name, and what people write instead of a name.

use std::fmt;

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::text::{Lang, Text, UserError};

/// The edition of the IANA zone data that is built in, such as `2025b`.
pub const ZONE_DATA: &str = chrono_tz::IANA_TZDB_VERSION;

/// Aliases of zones, in lower case without blanks and underscores.
///
/// `CST` means China here, where the users are. It also means Chicago and Havana, so it is not a valid name.
const ZONE_ALIASES: [(&str, Tz); 50] = [
    ("beijing", Tz::Asia__Shanghai),
    ("asia/beijing", Tz::Asia__Shanghai),
    ("peking", Tz::Asia__Shanghai),
    ("china", Tz::Asia__Shanghai),
    ("cn", Tz::Asia__Shanghai),
    ("cst", Tz::Asia__Shanghai),
    ("chinastandardtime", Tz::Asia__Shanghai),
    ("shenzhen", Tz::Asia__Shanghai),
    ("asia/shenzhen", Tz::Asia__Shanghai),
    ("guangzhou", Tz::Asia__Shanghai),
    ("asia/guangzhou", Tz::Asia__Shanghai),
    ("hangzhou", Tz::Asia__Shanghai),
    ("asia/hangzhou", Tz::Asia__Shanghai),
    ("chengdu", Tz::Asia__Shanghai),
    ("北京", Tz::Asia__Shanghai),
    ("北京时间", Tz::Asia__Shanghai),
    ("上海", Tz::Asia__Shanghai),
    ("中国", Tz::Asia__Shanghai),
    ("中国标准时间", Tz::Asia__Shanghai),
    ("广州", Tz::Asia__Shanghai),
    ("深圳", Tz::Asia__Shanghai),
    ("重庆", Tz::Asia__Shanghai),
    ("东八区", Tz::Asia__Shanghai),
    ("乌鲁木齐", Tz::Asia__Shanghai),
    ("香港", Tz::Asia__Hong_Kong),
    ("hkt", Tz::Asia__Hong_Kong),
    ("澳门", Tz::Asia__Macau),
    ("台北", Tz::Asia__Taipei),
    ("taiwan", Tz::Asia__Taipei),
    ("东京", Tz::Asia__Tokyo),
    ("jst", Tz::Asia__Tokyo),
    ("osaka", Tz::Asia__Tokyo),
    ("首尔", Tz::Asia__Seoul),
    ("kst", Tz::Asia__Seoul),
    ("新加坡", Tz::Asia__Singapore),
    ("sgt", Tz::Asia__Singapore),
    ("曼谷", Tz::Asia__Bangkok),
    ("悉尼", Tz::Australia__Sydney),
    ("aest", Tz::Australia__Sydney),
    ("伦敦", Tz::Europe__London),
    ("bst", Tz::Europe__London),
    ("巴黎", Tz::Europe__Paris),
    ("柏林", Tz::Europe__Berlin),
    ("cest", Tz::Europe__Berlin),
    ("纽约", Tz::America__New_York),
    ("edt", Tz::America__New_York),
    ("旧金山", Tz::America__Los_Angeles),
    ("洛杉矶", Tz::America__Los_Angeles),
    ("pst", Tz::America__Los_Angeles),
    ("pdt", Tz::America__Los_Angeles),
];

/// Valid names with an unexpected meaning, each with the zone that is probably intended.
const ABBREVIATIONS: [(&str, Tz); 12] = [
    ("EST", Tz::America__New_York),
    ("MST", Tz::America__Denver),
    ("HST", Tz::Pacific__Honolulu),
    ("EST5EDT", Tz::America__New_York),
    ("CST6CDT", Tz::America__Chicago),
    ("MST7MDT", Tz::America__Denver),
    ("PST8PDT", Tz::America__Los_Angeles),
    ("CET", Tz::Europe__Berlin),
    ("MET", Tz::Europe__Berlin),
    ("EET", Tz::Europe__Athens),
    ("WET", Tz::Europe__Lisbon),
    ("GMT", Tz::Europe__London),
];

/// A text that is not the name of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    pub text: String,
    /// The zone that is probably intended.
    pub suggestion: Option<&'static str>,
    /// Whether the text is an offset from UTC, which knows no changes of the clock.
    pub is_offset: bool,
}

/// A zone by its IANA name.
///
/// # Errors
/// A text that is not a zone, with the zone that is probably intended.
pub fn zone(text: &str) -> Result<Tz, ZoneError> {
    text.parse().map_err(|_| {
        let text: String = text.chars().take(64).collect();
        let key = key(&text);
        let offset = offset(&key);
        let suggestion = match offset {
            Some(hours) => (hours == Some(8)).then_some(Tz::Asia__Shanghai),
            None => meant(&key),
        };
        ZoneError { text, suggestion: suggestion.map(Tz::name), is_offset: offset.is_some() }
    })
}

/// Why a valid name is probably not intended: `EST` has no summer time, and the sign of `Etc/GMT-8` is inverted.
pub(crate) fn warning(zone: Tz) -> Option<ZoneWarning> {
    let name = zone.name();
    if let Some((_, meant)) = ABBREVIATIONS.iter().find(|(abbreviation, _)| *abbreviation == name) {
        return Some(ZoneWarning::Abbreviation { meant: meant.name() });
    }
    if matches!(zone, Tz::Asia__Urumqi | Tz::Asia__Kashgar) {
        return Some(ZoneWarning::Xinjiang);
    }
    let hours: i32 = name.strip_prefix("Etc/GMT")?.parse().ok()?;
    // What it really is: Etc/GMT-8 is eight hours ahead of UTC.
    (hours != 0).then_some(ZoneWarning::Sign { ahead: -hours })
}

/// A valid zone that is rarely intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ZoneWarning {
    Abbreviation {
        meant: &'static str,
    },
    Sign {
        ahead: i32,
    },
    /// Two hours behind the time that Xinjiang officially uses.
    Xinjiang,
}

/// Lower case without blanks, underscores and hyphens; a sign before a digit stays.
fn key(text: &str) -> String {
    let chars: Vec<char> = text.trim().to_lowercase().chars().collect();
    let keep = |at: usize| match chars[at] {
        ' ' | '_' | '\u{3000}' => false,
        '-' => chars.get(at + 1).is_some_and(char::is_ascii_digit),
        _ => true,
    };
    (0..chars.len()).filter(|&at| keep(at)).map(|at| if chars[at] == '＋' { '+' } else { chars[at] }).collect()
}

/// How far a key is ahead of UTC, where it is an offset: `utc+8`, `gmt+08:00`, `+0800`, `z`. The hours are none where they
/// are not whole.
fn offset(key: &str) -> Option<Option<i32>> {
    if key == "z" {
        return Some(Some(0));
    }
    let rest = key.strip_prefix("utc").or_else(|| key.strip_prefix("gmt")).unwrap_or(key);
    let (sign, digits) =
        rest.strip_prefix('+').map(|rest| (1, rest)).or_else(|| rest.strip_prefix('-').map(|rest| (-1, rest)))?;
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let number: i32 = digits.parse().ok()?;
    match digits.len() {
        1 | 2 => Some(Some(sign * number)),
        3 | 4 => Some((number % 100 == 0).then_some(sign * number / 100)),
        _ => None,
    }
}

fn meant(text: &str) -> Option<Tz> {
    if text.is_empty() {
        return None;
    }
    if let Some((_, zone)) = ZONE_ALIASES.iter().find(|(alias, _)| *alias == text) {
        return Some(*zone);
    }
    let names: Vec<(String, Tz)> = TZ_VARIANTS.into_iter().map(|zone| (key(zone.name()), zone)).collect();
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let same = |found: &dyn Fn(&str) -> bool| names.iter().find(|(name, _)| found(name)).map(|(_, zone)| *zone);
    if let Some(zone) = same(&|name| name == text).or_else(|| same(&|name| city(name) == text)) {
        return Some(zone);
    }
    // One typing error in four letters is allowed, so names of other lengths are skipped. Names are compared with names,
    // cities with cities.
    let length = text.chars().count();
    let slips = length / 4;
    let near = names.iter().filter_map(|(name, zone)| {
        let other = if text.contains('/') { name.clone() } else { city(name) };
        let distance = (other.len().abs_diff(length) <= slips).then(|| crate::nearest::slips(&other, text))?;
        (distance <= slips).then_some((distance, *zone))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, zone)| zone)
}

impl ZoneError {
    /// The next act.
    pub fn help(&self) -> Text {
        match (self.suggestion, self.is_offset) {
            (Some(name), false) => text!(en: "did you mean `{name}`?", zh: "是不是想写 `{name}`？"),
            (Some(name), true) => {
                text!(en: "name a place: `{name}` is UTC+8 all year", zh: "请写地名：`{name}` 全年都是 UTC+8")
            }
            (None, true) => text!(
                en: "name a place, such as `Europe/Berlin`: an offset knows no summer time",
                zh: "请写地名，例如 `Europe/Berlin`：只写时差没有夏令时"
            ),
            (None, false) => text!(
                en: "write an IANA name, such as `Asia/Shanghai`",
                zh: "请写标准的时区名称，例如 `Asia/Shanghai`"
            ),
        }
    }
}

impl UserError for ZoneError {
    fn text(&self) -> Text {
        let text = &self.text;
        if text.trim().is_empty() {
            return text!(en: "the time zone is empty", zh: "时区是空的");
        }
        if self.is_offset {
            text!(en: "`{text}` is an offset, not the name of a time zone", zh: "`{text}` 是时差，不是时区的名称")
        } else {
            text!(en: "`{text}` is not the name of a time zone", zh: "没有 `{text}` 这个时区")
        }
    }
}

impl std::error::Error for ZoneError {}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UserError::text(self).get(Lang::En))
    }
}
