//! Schedules in Chinese or English words: `每周一 9点`, `every last Friday at 17:30`.
//!
//! The words are read one after the other. An unknown or ambiguous word is never guessed: a wrong hour would pass every
//! check.

mod day_time;
mod statement;
mod word_list;

use self::day_time::{Period, Told, chinese_number};
use self::statement::Said;
use self::word_list::{WORDS, Word};
use super::error::{Form, OtherForm};
use super::field::Nth;
use crate::schedule::names;

/// The longest text that is read.
const MAX_CHARS: usize = 60;
/// The longest run of days that is counted.
const MAX_DAYS: u16 = 366;

/// Reads a text in words. Incomplete or ambiguous words have no translation.
pub(super) fn read(text: &str) -> Option<OtherForm> {
    if text.chars().count() > MAX_CHARS || text.starts_with('@') {
        return None;
    }
    let mut reader = Reader { chars: normal(text), ..Reader::default() };
    let said = if reader.read().is_some() { reader.said.translated() } else { None };
    said.or_else(|| are_words(text).then_some(OtherForm { form: Form::Words, here: None }))
}

/// A weekday field in words as an expression: `最后一个周五` is `FRI#L`.
pub(super) fn weekday_field(text: &str) -> Option<String> {
    let other = read(text)?;
    let here = other.here.filter(|here| other.form == Form::Words && here.is_example && here.days.is_none())?;
    here.cron.strip_prefix("0 9 * * ").filter(|field| *field != "*").map(str::to_owned)
}

/// Whether a text is written in words.
fn are_words(text: &str) -> bool {
    const COMMON: [&str; 22] = [
        "every", "each", "daily", "weekly", "monthly", "weekday", "weekdays", "day", "days", "week", "weeks", "month",
        "on", "first", "last", "noon", "midnight", "morning", "evening", "am", "pm", "payday",
    ];
    let lower: String = normal(text).into_iter().collect();
    let words = || lower.split_whitespace();
    let is_field = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || "*,-/?#lw".contains(c));
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    !lower.contains('*')
        && words().filter(is_field).count() < 3
        && (words().any(|word| COMMON.contains(&word)) || lower.contains(is_chinese))
}

/// A text in small letters and plain characters.
fn normal(text: &str) -> Vec<char> {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '、' => ',',
        '–' | '—' | '−' => '-',
        '點' => '点',
        '週' => '周',
        '時' => '时',
        '號' => '号',
        c => c,
    };
    text.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// Which one of a month; none for a number that counts none.
fn nth(number: u16) -> Option<Nth> {
    u8::try_from(number).ok().filter(|nth| *nth > 0).map(Nth::From)
}

/// What was read last: it decides the meaning of a number.
#[derive(Clone, Copy, Default, PartialEq)]
enum Last {
    #[default]
    Nothing,
    Every,
    At,
    Time,
    Weekday,
    EveryOther,
}

#[derive(Default)]
struct Reader {
    chars: Vec<char>,
    at: usize,
    said: Said,
    last: Last,
    /// Whether `和` or a comma has been read since.
    is_joined: bool,
    /// Whether `到` has been read since.
    is_ranged: bool,
    period: Option<Period>,
    /// Numbers whose unit is not known yet: `1` of `1、15号`.
    numbers: Vec<u16>,
    /// `第二个`, `2nd`: its number may be a day of the month.
    nths: Vec<(Nth, Option<u16>)>,
}

impl Reader {
    /// None for an unknown word.
    fn read(&mut self) -> Option<()> {
        while let Some(c) = self.chars.get(self.at) {
            if c.is_whitespace() {
                self.at += 1;
            } else {
                self.step()?;
            }
        }
        for (_, day) in std::mem::take(&mut self.nths) {
            self.said.days.push(day?.to_string());
        }
        if self.said.times.is_empty() && self.period == Some(Period::Noon) {
            self.add_time(12, 0, false);
        }
        // An example at nine would not be in the evening.
        if self.said.times.is_empty() && self.period.is_some_and(|period| period != Period::Morning) {
            return None;
        }
        let said = &mut self.said;
        if said.is_second && said.every_month && said.weekdays.iter().all(|it| it.len() == 3) {
            said.step = None;
            said.weekdays.iter_mut().for_each(|it| it.push_str("#2"));
        }
        (self.numbers.is_empty() && !self.is_ranged).then_some(())
    }

    fn step(&mut self) -> Option<()> {
        if let Some(number) = self.weekday() {
            return self.take_weekday(number);
        }
        if let Some((word, length)) = self.word() {
            self.at += length;
            return self.take_word(word);
        }
        let is_nth = self.eat("第");
        let (number, length) = self.number()?;
        self.at += length;
        self.take_number(number, is_nth)
    }

    fn rest(&self) -> &[char] {
        self.chars.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, word: &str) -> bool {
        let length = word.chars().count();
        let found = self.rest().iter().take(length).copied().eq(word.chars()) && self.is_bounded(word, length);
        self.at += if found { length } else { 0 };
        found
    }

    /// Whether an English word ends here, and does not go on. A digit may stand on either side of one.
    fn is_bounded(&self, word: &str, length: usize) -> bool {
        let is_letter = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
        !word.ends_with(|c: char| c.is_ascii_alphabetic()) || !is_letter(self.rest().get(length))
    }

    /// The longest word that is known.
    fn word(&self) -> Option<(Word, usize)> {
        let starts = |word: &str| self.rest().iter().copied().take(word.chars().count()).eq(word.chars());
        let known =
            WORDS.iter().filter(|(word, _)| starts(word)).map(|(text, word)| (*text, *word, text.chars().count()));
        let known = known.filter(|(text, _, length)| self.is_bounded(text, *length));
        known.max_by_key(|(_, _, length)| *length).map(|(_, word, length)| (word, length))
    }

    /// A number in digits or in Chinese.
    fn number(&self) -> Option<(u16, usize)> {
        let digits: String = self.rest().iter().take_while(|c| c.is_ascii_digit()).collect();
        match digits.len() {
            0 => chinese_number(self.rest()),
            length @ 1..=3 => Some((digits.parse().ok()?, length)),
            _ => None,
        }
    }

    /// A weekday from here on, which is taken out: `周一`, `monday`, and the `三` of `周一三五` or `周一、三`.
    fn weekday(&mut self) -> Option<u16> {
        let from = self.at;
        let is_continued = matches!(self.last, Last::Weekday | Last::EveryOther);
        let is_headed = {
            let _ = self.eat("每个") || self.eat("每");
            self.eat("周") || self.eat("星期") || self.eat("礼拜")
        };
        if is_headed || is_continued {
            if !is_headed {
                self.at = from;
            }
            let number = self.rest().first().and_then(|c| names::chinese_weekday(&c.to_string()));
            // `周三点`, `两周一次`: a digit that is followed by more of a number is no weekday.
            let goes_on = self.rest().get(1).is_some_and(|c| "点时号个月十天次回".contains(*c));
            if let Some(number) = number.filter(|_| !goes_on) {
                self.at += 1;
                return Some(number);
            }
        }
        self.at = from;
        let letters: String = self.rest().iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        let name = letters.strip_suffix('s').filter(|name| name.ends_with("day")).unwrap_or(&letters);
        let number = names::weekday_number(name)?;
        self.at += letters.len();
        Some(number)
    }

    fn take_weekday(&mut self, number: u16) -> Option<()> {
        let name = names::short(number);
        let nths = std::mem::take(&mut self.nths);
        if std::mem::take(&mut self.is_ranged) {
            let from = self.said.weekdays.last_mut().filter(|it| self.last == Last::Weekday && it.len() == 3)?;
            *from = format!("{from}-{name}");
        } else if nths.is_empty() {
            self.said.weekdays.push(name);
        } else {
            for (nth, _) in nths {
                let nth = match nth {
                    Nth::Last => "L".to_owned(),
                    Nth::From(nth @ 1..=4) => nth.to_string(),
                    Nth::From(_) => return None,
                };
                self.said.weekdays.push(format!("{name}#{nth}"));
            }
        }
        self.become_last(Last::Weekday);
        Some(())
    }

    fn become_last(&mut self, last: Last) {
        (self.last, self.is_joined) = (last, false);
    }

    fn take_word(&mut self, word: Word) -> Option<()> {
        // A range is one of weekdays.
        if self.is_ranged {
            return None;
        }
        match word {
            Word::Filler => {}
            Word::And => self.is_joined = true,
            Word::To => self.is_ranged = true,
            Word::At => self.become_last(Last::At),
            Word::Every => self.become_last(Last::Every),
            Word::EveryDay => self.said.every_day = true,
            Word::EveryMonth => self.said.every_month = true,
            Word::EveryOther | Word::EverySecond => {
                self.said.step = Some(14);
                self.said.is_second = matches!(word, Word::EverySecond);
                self.become_last(Last::EveryOther);
            }
            Word::Days(_) => return None,
            Word::Workday => match std::mem::take(&mut self.nths)[..] {
                [] => self.said.workdays = true,
                [(Nth::Last, _)] => self.said.days.push("LW".to_owned()),
                [(Nth::From(1), _)] => self.said.days.push("1W".to_owned()),
                _ => return None,
            },
            Word::Weekdays(_) if !self.nths.is_empty() => return None,
            Word::Weekdays(days) => self.said.weekdays.push(days.to_owned()),
            Word::Nth(nth) => self.nths.push((nth, None)),
            Word::LastDay => self.said.days.push("L".to_owned()),
            Word::NoHolidays => self.said.no_holidays = true,
            Word::Payday => self.said.payday = true,
            Word::Period(period) => {
                let open = self.said.times.iter_mut().rev().take_while(|time| time.period.is_none() && time.is_bare);
                // In English it stands behind its time, in Chinese before.
                let is_behind = self.last == Last::Time && !self.is_joined;
                let count = if is_behind { open.map(|time| time.period = Some(period)).count() } else { 0 };
                self.period = (count == 0).then_some(period);
            }
            Word::Time(hour, period) => {
                self.period = Some(period);
                self.add_time(hour, 0, false);
                self.period = None;
            }
        }
        Some(())
    }

    fn take_number(&mut self, number: u16, is_nth: bool) -> Option<()> {
        if is_nth {
            let _ = self.eat("个");
            self.nths.push((nth(number)?, None));
            return Some(());
        }
        if self.eat(":") {
            let (minute, length) = self.number().filter(|(_, length)| *length == 2)?;
            self.at += length;
            let _ = self.eat(":00");
            return self.take_time(number, minute, false);
        }
        if self.eat("点") || self.eat("时") {
            let minute = if self.eat("半") {
                30
            } else if self.eat("一刻") {
                15
            } else if self.eat("三刻") {
                45
            } else if let Some((minute, length)) = self.number() {
                self.at += length;
                let _ = self.eat("分");
                minute
            } else {
                let _ = self.eat("整") || self.eat("钟");
                0
            };
            return self.take_time(number, minute, false);
        }
        if self.eat("号") || self.eat("日") {
            for day in std::mem::take(&mut self.numbers).into_iter().chain([number]) {
                self.said.days.push(day.to_string());
            }
            return Some(());
        }
        if self.eat("月") {
            let _ = self.eat("份");
            self.said.months.push(number.to_string());
            return Some(());
        }
        if ["st", "nd", "rd", "th"].into_iter().any(|end| self.eat(end)) {
            self.nths.push((nth(number)?, Some(number)));
            return Some(());
        }
        while self.rest().first().is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        match self.word() {
            Some((Word::Period(Period::Am | Period::Pm), _)) => return self.take_time(number, 0, false),
            Some((Word::Days(days), length)) if self.last == Last::Every => {
                self.at += length;
                self.said.step = Some(number.checked_mul(days).filter(|days| (1..=MAX_DAYS).contains(days))?);
                return Some(());
            }
            _ => {}
        }
        if self.eat("o'clock") || self.eat("oclock") {
            return self.take_time(number, 0, true);
        }
        if self.last == Last::At || self.last == Last::Time && self.is_joined {
            return self.take_time(number, 0, true);
        }
        self.numbers.push(number);
        Some(())
    }

    fn take_time(&mut self, hour: u16, minute: u16, is_bare: bool) -> Option<()> {
        if self.is_ranged {
            return None;
        }
        while self.rest().first().is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        match self.word() {
            Some((Word::Period(period @ (Period::Am | Period::Pm)), length)) if self.eats_half_day() => {
                self.at += length;
                self.period = Some(period);
                self.add_time(hour, minute, false);
                self.period = None;
            }
            _ => self.add_time(hour, minute, is_bare || self.period.is_none()),
        }
        Some(())
    }

    /// Whether `am` or `pm` stands here, and not 下午, which belongs to what follows.
    fn eats_half_day(&self) -> bool {
        self.rest().first().is_some_and(char::is_ascii_alphabetic) && !self.rest().starts_with(&['a', 'f'])
    }

    fn add_time(&mut self, hour: u16, minute: u16, is_bare: bool) {
        let is_carried = self.last == Last::Time && self.period.is_some();
        self.said.times.push(Told { hour, minute, period: self.period, is_carried, is_bare });
        self.become_last(Last::Time);
    }
}
