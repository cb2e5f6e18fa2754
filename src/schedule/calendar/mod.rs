//! Which days are workdays, holidays and make-up workdays (调休).
//!
//! A calendar knows the published years and nothing else. It never computes a holiday: a day of a year that is not
//! published is [`Day::Unknown`].

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

pub use self::file::{CalendarError, UnknownKey};
use self::file::{DayMark, Sheet};
use crate::text::{Text, when};

/// The workdays and days off of a country, for the published years. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Inner", into = "Inner")]
pub struct Calendar(Arc<Inner>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    name: String,
    weekend: Vec<Weekday>,
    /// Years whose days are known.
    published: BTreeSet<i32>,
    /// Days that differ from their weekday.
    marked: BTreeMap<NaiveDate, DayMark>,
}

/// What a date is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    Workday,
    /// A day of the weekend that belongs to no holiday.
    Weekend,
    /// A day off, with the holiday that it belongs to.
    Holiday {
        name: String,
    },
    /// A day of the weekend on which people work (调休), with the holiday that it makes up for.
    MakeUpWorkday {
        name: String,
    },
    /// Its year is not published.
    Unknown,
}

/// Kinds of day, as a [`Calendar`] knows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    #[default]
    Any,
    /// People work: make-up workdays count, days off do not.
    Workday,
    /// A public holiday, with every day off that belongs to it.
    Holiday,
    /// A day of the weekend that is neither a make-up workday nor part of a holiday.
    Weekend,
}

/// A holiday, with the first and the last month and day at which a day of it may be off.
type Stretch = (&'static str, (u32, u32), (u32, u32));

/// Holidays, each with the part of the year in which at least one of its days is off. The Mid-Autumn Festival is not
/// among them: in some years it falls into the days of 国庆节.
const YEARLY: [Stretch; 6] = [
    ("元旦", (1, 1), (1, 1)),
    ("春节", (1, 20), (2, 22)),
    ("清明节", (4, 4), (4, 6)),
    ("劳动节", (5, 1), (5, 1)),
    ("端午节", (5, 25), (6, 26)),
    ("国庆节", (10, 1), (10, 1)),
];

impl Calendar {
    /// The built-in calendar of mainland China: `china.toml` beside this file, with its sources.
    pub fn china() -> Self {
        static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
            Calendar::parse(include_str!("china.toml")).expect("the shipped calendar is valid: a test reads it")
        });
        CHINA.clone()
    }

    /// Reads a calendar, in the form of `china.toml`.
    ///
    /// # Errors
    /// All errors of the text, at least one.
    pub fn parse(text: &str) -> Result<Self, Vec<CalendarError>> {
        let sheet = file::read(text, true)?;
        Ok(Self(Arc::new(Inner::empty().with(sheet))))
    }

    /// This calendar extended by another text: a year given there replaces the year here, and dates given outside of years
    /// change only those dates. A date alone does not publish its year. A text with `replace = true` replaces everything.
    ///
    /// # Errors
    /// All errors of the text, at least one.
    pub fn amend(&self, text: &str) -> Result<Self, Vec<CalendarError>> {
        let sheet = file::read(text, false)?;
        Ok(Self(Arc::new(Inner::clone(&self.0).with(sheet))))
    }

    /// Whether both share their memory.
    fn shares_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What a date is.
    pub fn day(&self, date: NaiveDate) -> Day {
        let weekend = self.0.weekend.contains(&date.weekday());
        match self.0.marked.get(&date) {
            Some(DayMark::Off(name)) => Day::Holiday { name: name.clone() },
            Some(DayMark::Work(name)) if weekend => Day::MakeUpWorkday { name: name.clone() },
            Some(DayMark::Work(_)) => Day::Workday,
            None if !self.0.published.contains(&date.year()) => Day::Unknown,
            None if weekend => Day::Weekend,
            None => Day::Workday,
        }
    }

    /// The last known day; none if no year is published.
    pub fn horizon(&self) -> Option<NaiveDate> {
        self.0.published.last().and_then(|&year| NaiveDate::from_ymd_opt(year, 12, 31))
    }

    /// The first known day; none if no year is published.
    pub fn first_day(&self) -> Option<NaiveDate> {
        self.0.published.first().and_then(|&year| NaiveDate::from_ymd_opt(year, 1, 1))
    }

    /// The years that are published.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.0.published.iter().copied()
    }

    /// The holidays of mainland China that every year has, and of which a year of this calendar has no day off.
    pub fn missing_holidays(&self, year: i32) -> Vec<&'static str> {
        let is_off = |date: NaiveDate| matches!(self.0.marked.get(&date), Some(DayMark::Off(_)));
        let is_missing = |(_, from, to): &&Stretch| {
            let date = |(month, day)| NaiveDate::from_ymd_opt(year, month, day);
            let (Some(from), Some(to)) = (date(*from), date(*to)) else { return false };
            !from.iter_days().take_while(|date| *date <= to).any(is_off)
        };
        YEARLY.iter().filter(is_missing).map(|(name, ..)| *name).collect()
    }

    /// The first day from a date on whose year is not published.
    pub(crate) fn unpublished_from(&self, date: NaiveDate) -> Option<NaiveDate> {
        let year = (date.year()..).find(|year| !self.0.published.contains(year))?;
        Some(date.max(NaiveDate::from_ymd_opt(year, 1, 1)?))
    }

    /// The differences of another calendar in words: `+ 春节 2027-02-05 to 2027-02-11`.
    pub fn changes_to(&self, other: &Self) -> Vec<Text> {
        if self.shares_with(other) || self == other {
            return Vec::new();
        }
        let signed = |sign: &str, text: Text| text.map(|words| format!("{sign} {words}"));
        let years = |one: &Self, other: &Self, sign: &str| -> Vec<Text> {
            let only = one.0.published.difference(&other.0.published);
            only.map(|year| signed(sign, text!(en: "the year {year}", zh: "{year}年"))).collect()
        };
        let mut lines = [years(self, other, "−"), years(other, self, "+")].concat();
        if self.0.weekend != other.0.weekend {
            let days = |one: &Self| {
                let days: Vec<Text> = one.0.weekend.iter().map(|day| when::weekday(*day)).collect();
                Text::join(&days, &text!(en: ", ", zh: "、"))
            };
            lines.push(text!(
                en: "weekend {before} → {after}",
                zh: "周末 {before} → {after}",
                before = days(self),
                after = days(other)
            ));
        }
        lines.extend(marks(self, other).into_iter().map(|days| signed("−", days)));
        lines.extend(marks(other, self).into_iter().map(|days| signed("+", days)));
        lines
    }

    /// Whether a date is one of these days; none if it is not known.
    pub fn counts(&self, date: NaiveDate, days: Days) -> Option<bool> {
        if days == Days::Any {
            return Some(true);
        }
        // Called for every slot: copies no names.
        let weekend = self.0.weekend.contains(&date.weekday());
        match (self.0.marked.get(&date), days) {
            (Some(DayMark::Off(_)), _) => Some(days == Days::Holiday),
            (Some(DayMark::Work(_)), _) => Some(days == Days::Workday),
            // A weekday of an unpublished year is never a plain weekend.
            (None, Days::Weekend) if !weekend => Some(false),
            (None, _) if !self.0.published.contains(&date.year()) => None,
            (None, _) => Some(days == if weekend { Days::Weekend } else { Days::Workday }),
        }
    }
}

/// The marked days that only one of two calendars has; consecutive days are one entry.
fn marks(one: &Calendar, other: &Calendar) -> Vec<Text> {
    let mut stretches: Vec<(&DayMark, NaiveDate, NaiveDate)> = Vec::new();
    for (date, mark) in one.0.marked.iter().filter(|(date, mark)| other.0.marked.get(date) != Some(mark)) {
        match stretches.last_mut() {
            Some((last, _, to)) if *last == mark && to.succ_opt() == Some(*date) => *to = *date,
            _ => stretches.push((mark, *date, *date)),
        }
    }
    let in_words = |(mark, from, to): &(&DayMark, NaiveDate, NaiveDate)| {
        let name = match mark {
            DayMark::Off(name) => Text::quoted(name),
            DayMark::Work(name) => make_up_workday(name),
        };
        let days = if from == to { when::plain_date(*from) } else { when::date_range(*from, *to) };
        text!(en: "{name} {days}", zh: "{name} {days}", name = name, days = days)
    };
    stretches.iter().map(in_words).collect()
}

impl Days {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn is_any(&self) -> bool {
        *self == Self::Any
    }

    /// One such day, in sentences.
    pub(crate) fn noun(self) -> Text {
        match self {
            Self::Any => text!(en: "day", zh: "日子"),
            Self::Workday => text!(en: "workday", zh: "工作日"),
            Self::Holiday => text!(en: "holiday", zh: "节假日"),
            Self::Weekend => text!(en: "day of the weekend", zh: "周末"),
        }
    }

    /// The word that files use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Workday => "workday",
            Self::Holiday => "holiday",
            Self::Weekend => "weekend",
        }
    }
}

impl Inner {
    fn empty() -> Self {
        Self { name: String::new(), weekend: Vec::new(), published: BTreeSet::new(), marked: BTreeMap::new() }
    }

    fn with(mut self, sheet: Sheet) -> Self {
        if sheet.replace {
            self = Self::empty();
        }
        if let Some(name) = sheet.name {
            self.name = name;
        }
        if let Some(weekend) = sheet.weekend {
            self.weekend = weekend;
        }
        for (year, marked) in sheet.years {
            self.marked.retain(|date, _| date.year() != year);
            if marked.is_empty() {
                self.published.remove(&year);
            } else {
                self.published.insert(year);
            }
            self.marked.extend(marked);
        }
        self.marked.extend(sheet.dates);
        self
    }
}

impl From<Inner> for Calendar {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl From<Calendar> for Inner {
    fn from(calendar: Calendar) -> Self {
        Arc::unwrap_or_clone(calendar.0)
    }
}

impl Day {
    /// In words: `workday`, `春节`, `make-up workday for 春节`.
    pub fn text(&self) -> Text {
        match self {
            Self::Workday => text!(en: "workday", zh: "工作日"),
            Self::Weekend => text!(en: "weekend", zh: "周末"),
            Self::Holiday { name } => Text::quoted(name),
            Self::MakeUpWorkday { name } => make_up_workday(name),
            Self::Unknown => text!(en: "not published yet", zh: "尚未公布"),
        }
    }
}

fn make_up_workday(name: &str) -> Text {
    text!(en: "make-up workday for {name}", zh: "{name}调休上班日")
}
