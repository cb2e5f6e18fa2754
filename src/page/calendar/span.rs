//! The days of a calendar: a month or a week.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::text::{Text, when};

/// Posts of a day of a month beyond this number are folded.
pub(super) const MAX_TILES: usize = 6;
/// The same for a week.
const MAX_WEEK_TILES: usize = 40;

/// The days of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::page) enum Span {
    /// By its first day.
    Month(NaiveDate),
    /// By its Monday.
    Week(NaiveDate),
}

impl Span {
    /// The month of a date.
    pub(crate) fn month(date: NaiveDate) -> Self {
        Self::Month(date.with_day(1).unwrap_or(date))
    }

    /// The week of a date.
    pub(crate) fn week(date: NaiveDate) -> Self {
        Self::Week(date - Days::new(date.weekday().num_days_from_monday().into()))
    }

    pub(crate) fn first(self) -> NaiveDate {
        match self {
            Self::Month(first) | Self::Week(first) => first,
        }
    }

    /// The first day after this period.
    pub(crate) fn end(self) -> NaiveDate {
        self.next().first()
    }

    pub(crate) fn next(self) -> Self {
        match self {
            Self::Month(first) => Self::Month(first + Months::new(1)),
            Self::Week(monday) => Self::Week(monday + Days::new(7)),
        }
    }

    pub(crate) fn previous(self) -> Self {
        match self {
            Self::Month(first) => Self::Month(first - Months::new(1)),
            Self::Week(monday) => Self::Week(monday - Days::new(7)),
        }
    }

    /// Its address.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Month(first) => format!("/?month={}", first.format("%Y-%m")),
            Self::Week(monday) => format!("/?week={monday}"),
        }
    }

    pub(crate) fn text(self) -> Text {
        match self {
            Self::Month(first) => when::month(first),
            Self::Week(monday) => when::date_range(monday, monday + Days::new(6)),
        }
    }

    /// The posts of a day that are shown.
    pub(crate) fn max_tiles(self) -> usize {
        match self {
            Self::Month(_) => MAX_TILES,
            Self::Week(_) => MAX_WEEK_TILES,
        }
    }
}

pub(super) fn week_from(monday: NaiveDate) -> [NaiveDate; 7] {
    std::array::from_fn(|n| monday + Days::new(n as u64))
}

/// The weeks that a month touches, from Monday to Sunday.
pub(super) fn weeks(month: NaiveDate) -> Vec<[NaiveDate; 7]> {
    let mut weeks = Vec::new();
    let mut monday = Span::week(month).first();
    while monday <= month || monday.month() == month.month() {
        weeks.push(week_from(monday));
        monday = monday + Days::new(7);
    }
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn weeks_of_a_month_begin_on_monday() {
        let weeks = weeks(date("2026-11-01"));
        assert_eq!(weeks.len(), 6);
        assert_eq!((weeks[0][0], weeks[5][6]), (date("2026-10-26"), date("2026-12-06")));
    }

    #[test]
    fn february_of_four_weeks_has_four() {
        let weeks = weeks(date("2027-02-01"));
        assert_eq!(weeks.len(), 4);
        assert_eq!((weeks[0][0], weeks[3][6]), (date("2027-02-01"), date("2027-02-28")));
    }

    #[test]
    fn spans_follow_each_other_without_gap() {
        let month = Span::month(date("2026-12-31"));
        assert_eq!((month.path(), month.next().path()), ("/?month=2026-12".to_owned(), "/?month=2027-01".to_owned()));
        assert_eq!(month.next().previous(), month);
        let week = Span::week(date("2026-11-29"));
        assert_eq!((week.first(), week.end()), (date("2026-11-23"), date("2026-11-30")));
        assert_eq!(week.path(), "/?week=2026-11-23");
    }
}
