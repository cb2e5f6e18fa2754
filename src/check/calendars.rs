//! The policy's calendar of workdays and holidays, and the times at which nothing is posted.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::schedule_check;
use crate::book::{Book, Policy, SourceFile};
use crate::schedule::{self, Calendar, CalendarError, Day, PostingBlocks};

/// The calendar file of a policy that names none. It extends the built-in calendar.
const DEFAULT_FILE: &str = "calendar.toml";

/// The calendar of a book, with its errors.
pub(super) struct Read<'a> {
    /// `None` for the built-in calendar.
    pub(super) calendar: Option<Calendar>,
    pub(super) file: Option<&'a Arc<SourceFile>>,
    pub(super) errors: Vec<CalendarError>,
    /// The policy names a file that does not exist.
    pub(super) is_missing: bool,
}

/// A year that extends the built-in calendar and lacks holidays of every year.
pub(super) struct IncompleteYear {
    /// Where its table begins, if it is found.
    pub(super) span: Option<Range<usize>>,
    pub(super) year: i32,
    pub(super) missing: Vec<&'static str>,
}

impl Read<'_> {
    /// The years that extend the built-in calendar but lack holidays of every year.
    pub(super) fn incomplete_years(&self) -> Vec<IncompleteYear> {
        let (Some(calendar), Some(file)) = (&self.calendar, self.file) else { return Vec::new() };
        let stands_alone = |text: &str| {
            let table = text.parse::<toml::Table>().ok();
            table.and_then(|table| table.get("replace")?.as_bool()).unwrap_or(false)
        };
        if stands_alone(file.text()) {
            return Vec::new();
        }
        let years = calendar.years().map(|year| (year, calendar.missing_holidays(year)));
        years
            .filter(|(_, missing)| !missing.is_empty())
            .map(|(year, missing)| {
                let name = format!("years.{year}");
                let span = file.text().find(&name).map(|at| at..at + name.len());
                IncompleteYear { span, year, missing }
            })
            .collect()
    }
}

/// Reads the calendar that the policy names, or else `calendar.toml`.
pub(super) fn read(book: &Book) -> Read<'_> {
    let named = book.policy.calendar.file.as_ref().map(|name| name.as_str());
    let path = named.unwrap_or(DEFAULT_FILE);
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut read = Read { calendar: None, file: None, errors: Vec::new(), is_missing: false };
    let Some(file) = book.calendars.iter().find(|file| &*file.path == path) else {
        read.is_missing = named.is_some();
        return read;
    };
    read.file = Some(file);
    match &file.text {
        Err(why) => read.errors.push(CalendarError { span: None, message: why.text(), unknown: None }),
        Ok(text) => match Calendar::china().amend(text) {
            Ok(calendar) => read.calendar = Some(calendar),
            Err(errors) => read.errors = errors,
        },
    }
    read
}

/// The calendar of a book: the shipped one where it has none of its own, or one with errors.
pub fn calendar(book: &Book) -> Calendar {
    read(book).calendar.unwrap_or_else(Calendar::china)
}

/// The file to which a year is added: the one that the policy names, or else the default.
pub(super) fn file_name(book: &Book) -> &str {
    book.policy.calendar.file.as_ref().map_or(DEFAULT_FILE, |name| name.as_str())
}

/// Whether a date is before everything that a calendar knows.
pub(super) fn is_before(calendar: &Calendar, date: NaiveDate) -> bool {
    calendar.first_day().is_some_and(|first| date < first)
}

/// The last day of the year before a date, if the calendar knows that year.
pub(super) fn last_day_before(calendar: &Calendar, date: NaiveDate) -> Option<NaiveDate> {
    let last = date.with_day(1)?.with_month(1)?.pred_opt()?;
    (calendar.day(last) != Day::Unknown).then_some(last)
}

/// The policy's times at which nothing is posted, as far as they are valid.
pub(crate) fn posting_blocks(policy: &Policy) -> PostingBlocks {
    let blackouts = policy.calendar.blackout.iter().filter_map(|range| {
        Some(schedule::Blackout {
            from: schedule_check::bound(range.from.as_ref()?)?,
            to: schedule_check::bound(range.to.as_ref()?)?,
            reason: range.reason.as_ref().map(|reason| reason.value.clone()),
        })
    });
    let quiet = policy.calendar.quiet_hours.iter().filter_map(|hours| {
        Some(schedule::QuietHours {
            from: schedule_check::time(hours.from.as_ref()?)?,
            to: schedule_check::time(hours.to.as_ref()?)?,
        })
    });
    PostingBlocks { blackouts: blackouts.collect(), quiet: quiet.collect() }
}
