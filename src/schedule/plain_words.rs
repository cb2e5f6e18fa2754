//! Schedules in Chinese or English words: `每周一 9点`, `every last Friday at 17:30`.
//!
//! The words are taken out of the text one after the other. What has words left over that are not known is not guessed at.

use super::dialect::{Form, Here, OtherForm};
use super::names;
use super::proposal::settled;

/// What words say about days.
#[derive(Default)]
struct Said {
    weekdays: Vec<String>,
    days: Vec<String>,
    every_day: bool,
    workdays: bool,
    every_other: bool,
}

/// Words that say nothing of their own, beside those that are read.
const FILLERS: [&str; 21] = [
    "at",
    "on",
    "the",
    "of",
    "and",
    "in",
    "month",
    "week",
    "o'clock",
    "oclock",
    "of the month",
    "morning",
    "的",
    "在",
    "和",
    "与",
    "、",
    ",",
    "，",
    "发",
    "时",
];

/// The longest text that is looked at.
const MAX_CHARS: usize = 40;

/// Reads a text, where all of it is words that are known here.
pub(super) fn read(text: &str) -> Option<OtherForm> {
    if text.chars().count() > MAX_CHARS || text.starts_with('@') {
        return None;
    }
    let mut rest = text.to_lowercase();
    let time = take_time(&mut rest)?;
    let mut said = Said::default();
    take_days(&mut rest, &mut said);
    let is_known = rest.split_whitespace().all(|word| FILLERS.contains(&word) || word.is_empty());
    if !is_known || !said.says_something() {
        return None;
    }
    if said.every_other {
        return Some(OtherForm { form: Form::EveryOtherWeek, here: None });
    }
    let (minute, hour) = time.unwrap_or((0, 9));
    let list = |items: &[String]| if items.is_empty() { "*".to_owned() } else { items.join(",") };
    let cron = format!("{minute} {hour} {} * {}", list(&said.days), list(&said.weekdays));
    let days = said.workdays.then_some("workday");
    let here = settled(&cron).map(|cron| Here { days, is_example: time.is_none(), ..Here::cron(cron) });
    Some(OtherForm { form: Form::Words, here })
}

/// What a weekday field is where it is in words: `最后一个周五` is `FRI#L`.
pub(super) fn weekday_field(text: &str) -> Option<String> {
    let here = read(text)?.here.filter(|here| here.is_example && here.days.is_none())?;
    here.cron.strip_prefix("0 9 * * ").filter(|field| *field != "*").map(str::to_owned)
}

impl Said {
    fn says_something(&self) -> bool {
        self.every_day || self.workdays || self.every_other || !self.weekdays.is_empty() || !self.days.is_empty()
    }
}

/// Takes a time of day out: minute and hour. Nothing inside where there is none, nothing at all where there are several or
/// none that exists.
fn take_time(rest: &mut String) -> Option<Option<(u16, u16)>> {
    const AFTERNOON: [&str; 4] = ["下午", "晚上", "傍晚", "pm"];
    const FORENOON: [&str; 5] = ["上午", "早上", "早晨", "凌晨", "am"];
    let chars: Vec<char> = rest.replace('：', ":").chars().collect();
    let number = |from: usize| {
        let digits: String = chars[from..].iter().take_while(|c| c.is_ascii_digit()).collect();
        (digits.len(), digits.parse::<u16>().ok())
    };
    let mut found = None;
    let mut at = 0;
    while at < chars.len() {
        let (length, value) = number(at);
        let (Some(hour), 1..=2) = (value, length) else {
            at += length.max(1);
            continue;
        };
        let mut end = at + length;
        let mut minute = 0;
        let before: String = chars[..at].iter().collect();
        let mut is_time = before.trim_end().ends_with(" at") || before.trim_end() == "at";
        match chars.get(end) {
            Some(':') => {
                let (digits, value) = number(end + 1);
                minute = value.filter(|_| digits == 2)?;
                end += 1 + digits;
                is_time = true;
            }
            Some('点' | '时' | '點') => {
                end += 1;
                is_time = true;
                if chars.get(end) == Some(&'半') {
                    (minute, end) = (30, end + 1);
                } else if let (digits @ 1..=2, Some(value)) = number(end) {
                    (minute, end) = (value, end + digits);
                    end += usize::from(chars.get(end) == Some(&'分'));
                } else if chars.get(end) == Some(&'整') || chars.get(end) == Some(&'钟') {
                    end += 1;
                }
            }
            _ => {}
        }
        let behind: String = chars[end..].iter().collect();
        let behind = behind.trim_start();
        let is_half = behind.starts_with("am") || behind.starts_with("pm");
        if is_time || is_half {
            if found.is_some() {
                return None;
            }
            let is_late = AFTERNOON.iter().any(|word| before.contains(word)) || behind.starts_with("pm");
            let hour = if is_late && hour < 12 { hour + 12 } else { hour };
            if hour > 23 || minute > 59 {
                return None;
            }
            found = Some((at..end, (minute, hour)));
        }
        at = end;
    }
    let Some((place, time)) = found else { return Some(None) };
    *rest = chars[..place.start].iter().chain([' '].iter()).chain(&chars[place.end..]).collect();
    for word in AFTERNOON.into_iter().chain(FORENOON) {
        *rest = rest.replace(word, " ");
    }
    Some(Some(time))
}

/// Takes out what is said of days, longer words first.
fn take_days(rest: &mut String, said: &mut Said) {
    let mut take = |word: &str| {
        let found = find_word(rest, word);
        if let Some(at) = found {
            rest.replace_range(at..at + word.len(), " ");
        }
        found.is_some()
    };
    for word in [
        "every other",
        "every second",
        "every two weeks",
        "biweekly",
        "fortnightly",
        "每两周",
        "每隔一周",
        "隔周",
        "双周",
        "单周",
    ] {
        said.every_other |= take(word);
    }
    for (word, day) in [("last day", "L"), ("最后一天", "L"), ("月底", "L"), ("月末", "L")] {
        if take(word) {
            said.days.push(day.to_owned());
        }
    }
    for word in ["每个工作日", "工作日", "every workday", "workdays", "workday"] {
        said.workdays |= take(word);
    }
    for (word, days) in [
        ("weekdays", "MON-FRI"),
        ("every weekday", "MON-FRI"),
        ("weekday", "MON-FRI"),
        ("weekends", "SAT,SUN"),
        ("weekend", "SAT,SUN"),
        ("周末", "SAT,SUN"),
        ("周一至周五", "MON-FRI"),
        ("周一到周五", "MON-FRI"),
    ] {
        if take(word) {
            said.weekdays.push(days.to_owned());
        }
    }
    for number in 0..7 {
        let short = names::short(number);
        let english = names::weekday(number).to_lowercase();
        let mut forms = vec![english.clone(), format!("{english}s"), short.to_lowercase()];
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        let digit = ["日", "一", "二", "三", "四", "五", "六"][usize::from(number)];
        let mut chinese: Vec<String> = ["星期", "礼拜", "周", "週"].iter().map(|it| format!("{it}{digit}")).collect();
        if number == 0 {
            chinese.extend(["星期天", "周天", "礼拜天"].map(str::to_owned));
        }
        forms.extend(chinese);
        for form in forms {
            for (before, nth) in [
                ("最后一个", "#L"),
                ("最后的", "#L"),
                ("最后", "#L"),
                ("last ", "#L"),
                ("第一个", "#1"),
                ("first ", "#1"),
                ("第二个", "#2"),
                ("second ", "#2"),
                ("第三个", "#3"),
                ("third ", "#3"),
                ("第四个", "#4"),
                ("fourth ", "#4"),
                ("", ""),
            ] {
                if take(&format!("{before}{form}")) {
                    said.weekdays.push(format!("{short}{nth}"));
                }
            }
        }
    }
    for day in (1..=31).rev() {
        for form in [
            format!("{day}号"),
            format!("{day}日"),
            format!("{day}st"),
            format!("{day}nd"),
            format!("{day}rd"),
            format!("{day}th"),
        ] {
            if take(&form) {
                said.days.insert(0, day.to_string());
            }
        }
    }
    for word in ["every day", "everyday", "each day", "daily", "每天", "每日", "天天"] {
        said.every_day |= take(word);
    }
    for word in
        ["every month", "each month", "monthly", "每个月", "每月", "every week", "每周", "每星期", "每週", "weekly"]
    {
        take(word);
    }
    for word in ["every", "each", "每个", "每"] {
        take(word);
    }
}

/// Where a word stands; an English one not within another.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let ascii_start = is_letter(word.chars().next());
    let ascii_end = is_letter(word.chars().next_back());
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        !(ascii_start && is_letter(before) || ascii_end && is_letter(behind))
    })
}
