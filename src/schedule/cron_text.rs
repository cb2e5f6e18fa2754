//! A cron text as a whole: which fields it has, and the shorthands.

use super::dialect::{self, Form, Here, OtherForm};
use super::fault::FaultKind;
use super::field::{self, Bad, CronField, CronTerm, Field};
use super::plain_words;
use super::proposal;
use super::spec::DayMatch;
use crate::nearest::slips;

/// The longest cron text that is read, in bytes: any sensible one is far shorter, and work grows with length.
pub const CRON_BYTES: usize = 256;

const FIVE: [Field; 5] = [Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday];
const SIX: [Field; 6] = [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday];
const SEVEN: [Field; 7] =
    [Field::Second, Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday, Field::Year];

/// The shorthands of crontab.
pub(crate) const SHORTHANDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A cron text that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronText {
    pub second: Option<CronField>,
    pub minute: CronField,
    pub hour: CronField,
    pub day: CronField,
    pub month: CronField,
    pub weekday: CronField,
    pub year: Option<CronField>,
    pub day_match: Option<DayMatch>,
}

impl CronText {
    /// Whether both day fields say something, so that `day_match` must say what that means.
    pub(crate) fn names_both_days(&self) -> bool {
        !self.day.is_open() && !self.weekday.is_open()
    }

    /// Whether it goes on through a change of the clock as crontab's `*` does, instead of once a slot.
    pub(crate) fn follows_real_time(&self) -> bool {
        self.minute.star || self.hour.star
    }

    /// Whether it names a nearest workday, for which a calendar is asked.
    pub(crate) fn names_workday(&self) -> bool {
        self.day.items.iter().any(|item| matches!(item.shape, CronTerm::Workday(_) | CronTerm::LastWorkday(_)))
    }

    /// Whether it names only days that are missing at the end of some months.
    pub(crate) fn asks_past_month_end(&self) -> bool {
        let days = self.day.values();
        self.weekday.is_open() && days.first().is_some_and(|first| *first >= 29)
    }

    /// The fields as written, in the order of the text.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &CronField> {
        let middle = [&self.minute, &self.hour, &self.day, &self.month, &self.weekday];
        self.second.iter().chain(middle).chain(self.year.iter())
    }
}

/// Reads a cron text; places are bytes of it.
pub(crate) fn read(text: &str, day_match: Option<DayMatch>) -> Result<CronText, Vec<Bad>> {
    let whole = 0..text.len();
    if text.len() > CRON_BYTES {
        return Err(vec![(whole, FaultKind::TooLong { bytes: text.len() })]);
    }
    let words = words(text);
    let Some((first, _)) = words.first() else { return Err(vec![(whole, FaultKind::Empty)]) };
    if let Some((place, kind)) = foreign(text) {
        // Words have such characters of their own.
        if let Some(other) = plain_words::read(text) {
            return Err(vec![(whole, FaultKind::OtherForm(other))]);
        }
        return Err(vec![(place, kind)]);
    }
    if first.starts_with('@') {
        let (expanded, _) = shorthand(text.trim_ascii()).map_err(|kind| vec![(whole.clone(), kind)])?;
        let mut read = read(expanded, day_match)?;
        // Places in the expansion mean nothing to whoever wrote the shorthand.
        for field in [&mut read.minute, &mut read.hour, &mut read.day, &mut read.month, &mut read.weekday] {
            field.span = whole.clone();
            field.items.iter_mut().for_each(|item| item.span = whole.clone());
        }
        return Ok(read);
    }
    let kinds: &[Field] = match words.len() {
        5 => &FIVE,
        6 => &SIX,
        7 => &SEVEN,
        _ => return Err(vec![(whole, not_fields(text, &words))]),
    };
    let mut reads = Vec::new();
    let mut bad = Vec::new();
    for (&kind, (word, at)) in kinds.iter().zip(&words) {
        match field::read(kind, word, *at, kinds.len() == 5) {
            Ok(read) => reads.push(read),
            Err(faults) => bad.extend(faults),
        }
    }
    if !bad.is_empty() {
        if let Some(other) = dialect::recognise(text).or_else(|| six_with_year(text)) {
            return Err(vec![(whole, FaultKind::OtherForm(other))]);
        }
        if let Some(kind) = swapped(&words, kinds) {
            return Err(vec![(bad[0].0.clone(), kind)]);
        }
        return Err(bad);
    }
    let mut reads = reads.into_iter();
    let second = if kinds.len() > 5 { reads.next() } else { None };
    let (Some(minute), Some(hour), Some(day), Some(month), Some(weekday)) =
        (reads.next(), reads.next(), reads.next(), reads.next(), reads.next())
    else {
        return Err(vec![(whole, FaultKind::FieldCount { found: words.len() })]);
    };
    let read = CronText { second, minute, hour, day, month, weekday, year: reads.next(), day_match };
    if read.names_both_days() && day_match.is_none() {
        return Err(vec![(read.day.span.start..read.weekday.span.end, FaultKind::BothDays)]);
    }
    Ok(read)
}

/// The words of a text with where each begins.
pub(super) fn words(text: &str) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_ascii_whitespace(), begin) {
            (false, None) => begin = Some(at),
            (true, Some(from)) => {
                words.push((&text[from..at], from));
                begin = None;
            }
            _ => {}
        }
    }
    words
}

fn shorthand(text: &str) -> Result<(&'static str, &'static str), FaultKind> {
    let lower = text.to_ascii_lowercase();
    if let Some((name, expanded)) = SHORTHANDS.iter().find(|(name, _)| *name == lower) {
        return Ok((expanded, name));
    }
    if lower == "@reboot" {
        return Err(FaultKind::Reboot);
    }
    if lower.starts_with("@every") {
        return Err(FaultKind::EveryShorthand);
    }
    let near = SHORTHANDS.iter().map(|(name, _)| (slips(name, &lower), *name)).min();
    Err(FaultKind::UnknownShorthand {
        text: text.to_owned(),
        nearest: near.filter(|(distance, _)| *distance <= 3).map(|(_, name)| name),
    })
}

/// Characters that an input method or a word processor has put where ASCII was meant.
fn foreign(text: &str) -> Option<Bad> {
    let (at, found) = text.char_indices().find(|(_, c)| {
        matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}' | '\u{a0}' | '、' | '–' | '—' | '−' | '×' | '∗')
    })?;
    let plain = text
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            '、' => ',',
            '–' | '—' | '−' => '-',
            '×' | '∗' => '*',
            c => c,
        })
        .collect();
    Some((at..at + found.len_utf8(), FaultKind::Foreign { found, plain }))
}

/// What a text with a wrong number of words was probably meant to be.
fn not_fields(text: &str, words: &[(&str, usize)]) -> FaultKind {
    if let [(word, _)] = words
        && let Some((hour, minute)) = word.split_once(':')
        && let (Ok(hour @ 0..24), Ok(minute @ 0..60)) = (hour.parse::<u16>(), minute.parse::<u16>())
    {
        return FaultKind::TimeOfDay { hour, minute };
    }
    match dialect::recognise(text) {
        Some(other) => FaultKind::OtherForm(other),
        None => FaultKind::FieldCount { found: words.len() },
    }
}

/// Six fields with the year last, where they come to a text that is taken.
fn six_with_year(text: &str) -> Option<OtherForm> {
    let here = dialect::year_last(text)?;
    let cron = proposal::settled(&here.cron)?;
    Some(OtherForm { form: Form::YearLast, here: Some(Here { cron, ..here }) })
}

/// Hour before minute: the hour is out of range, and the two the other way round are fine. `0 24` means midnight.
fn swapped(words: &[(&str, usize)], kinds: &[Field]) -> Option<FaultKind> {
    let minute = kinds.iter().position(|kind| *kind == Field::Minute)?;
    let (first, second) = (words[minute].0.parse::<u16>().ok()?, words[minute + 1].0.parse::<u16>().ok()?);
    (first < 24 && (24..60).contains(&second) && (first, second) != (0, 24))
        .then_some(FaultKind::HourFirst { hour: first, minute: second })
}
