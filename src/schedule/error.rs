//! The errors of a schedule.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime};

use super::calendar::{Day, Days};
use super::cron::error::CronError;
use super::lunar::LunarError;
use super::spec::Bound;
use super::zone::ZoneError;

/// Largest `max_runs`. Compiling a schedule searches this many occurrences.
pub const MAX_RUNS: u32 = 10_000;

/// A error and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    pub part: Part,
    /// Bytes of the text of that part; of the cron text or zone as the reader handed it over. None: the whole part.
    pub span: Option<Range<usize>>,
    pub kind: ScheduleErrorKind,
}

/// The parts of a [`super::Spec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Cron,
    DayMatch,
    /// The entry of `at` with this index.
    At(usize),
    /// The entry of `lunar` with this index.
    Lunar(usize),
    Timezone,
    Start,
    End,
    /// The entry of `skip` with this index.
    Skip(usize),
    Days,
    OnDayOff,
    Every,
    MaxRuns,
}

/// All kinds of errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleErrorKind {
    Cron(CronError),
    Zone(ZoneError),
    /// Outside the years 1970 to 2100.
    Year {
        year: i32,
    },
    /// A range of `skip`.
    SkipBackwards {
        from: NaiveDate,
        to: NaiveDate,
    },
    EndBeforeStart {
        start: Bound,
        end: Bound,
    },
    NoTimes,
    Lunar(LunarError),
    /// A repeated occasion of `lunar`.
    LunarTwice,
    AtTwice {
        time: NaiveDateTime,
    },
    /// Clocks are put forward over it.
    AtInGap {
        time: NaiveDateTime,
        resumes: NaiveDateTime,
    },
    AtOutside {
        time: NaiveDateTime,
        by: Outside,
    },
    MaxRunsZero,
    MaxRunsTooLarge {
        max: u32,
    },
    MaxRunsWithoutStart,
    /// `days` lets through days off only.
    OnDayOffBesideDays {
        days: Days,
    },
    /// `15W` or `LW` in the cron expression.
    OnDayOffBesideWorkday,
    /// A rule that follows real time, such as `*/30 9 * * *`.
    OnDayOffOfInterval,
    /// Not one of [`super::WEEKS`].
    EveryOutOfRange {
        weeks: u32,
    },
    EveryWithoutStart,
    /// A cron expression without a weekday, such as the 1st of a month, beside `every`.
    EveryWithoutWeekday,
    Never {
        why: Never,
    },
}

/// The key that excludes a local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    Start(Bound),
    End(Bound),
    Skip(NaiveDate),
    Days { days: Days, is: Day },
}

impl Outside {
    /// The key of the file.
    pub(super) fn key(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::End(_) => "end",
            Self::Skip(_) => "skip",
            Self::Days { .. } => "days",
        }
    }
}

/// Why a rule never fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Never {
    /// No such date exists, such as 30 February (`month_end`), or a first Friday that is the last.
    NoSuchDate { month_end: bool },
    /// A rule that follows real time, with all of its times in gaps of the clock.
    InGapsOnly,
    /// There is no occurrence between `start` and `end`; `first` is the first one after `start`.
    OutsideBounds { first: Option<NaiveDateTime> },
    /// `on_day_off` or `15W` moves the first named date to a time at which nothing is due.
    MovedOutside { named: NaiveDate, to: NaiveDateTime, by: Outside },
    /// `skip` and `days` exclude every occurrence.
    LeftOut { days: Days },
}

impl ScheduleError {
    /// `on_day_off = "skip"` beside days that are no workdays.
    pub(crate) fn beside_days(days: Days) -> Self {
        Self::new(Part::OnDayOff, ScheduleErrorKind::OnDayOffBesideDays { days })
    }

    pub(crate) fn new(part: Part, kind: ScheduleErrorKind) -> Self {
        Self { part, span: None, kind }
    }

    pub(crate) fn within(part: Part, span: Range<usize>, kind: ScheduleErrorKind) -> Self {
        Self { part, span: Some(span), kind }
    }
}
