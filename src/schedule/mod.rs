//! Computes the times at which a campaign is due.
//!
//! A [`Spec`] holds the plain values of a file. [`Schedule::new`] checks them and reports every error; a [`Schedule`]
//! answers which occurrences there are. Pure: it reads no file and no clock, and its answers depend only on its arguments
//! and the built-in zone data ([`ZONE_DATA`]). It never panics, and every search is bounded, for any text.

// Parts that do not depend on schedules.
mod names;
mod zone;
mod calendar;
mod cron;

// The input, its validation, and the occurrences.
mod spec;
mod lunar;
mod weeks;
mod occurrence;
mod error;
mod validate;
mod rule;
mod occurrences;
mod nominal;
mod moves;
mod compact;

// Warnings, explanations and texts.
mod blackout;
mod stale_zone;
mod warning;
mod proposal;
mod error_text;
mod written;
mod warning_text;
mod describe;
mod explain;
mod dated_help;

pub use self::blackout::{Blackout, BlockReason, KeptBack, PostingBlocks, QuietHours};
pub use self::calendar::{Calendar, CalendarError, Day, Days, UnknownKey};
pub use self::compact::CompactSchedule;
pub use self::cron::error::{CRON_BYTES, CronError, Form, Here, OtherForm};
pub use self::cron::field_kind::Field;
pub use self::cron::text::DayMatch;
pub use self::error::{MAX_RUNS, Never, Outside, Part, ScheduleError, ScheduleErrorKind};
pub use self::explain::Explanation;
pub use self::lunar::{DayHint, LunarDate, LunarError, hint};
pub use self::moves::{MAX_MOVE, OnDayOff};
pub use self::occurrence::{Fold, Occurrence, UnknownDay};
pub use self::occurrences::{Between, Schedule};
pub use self::proposal::Proposal;
pub use self::spec::{Bound, Skip, Spec, When};
pub use self::stale_zone::Shifted;
pub use self::warning::{ScheduleWarning, WarningKind};
pub use self::weeks::{WEEKS, parse_weeks};
pub use self::written::{quoted_date, quoted_time};
pub use self::zone::{ZONE_DATA, ZoneError, civil, is_outdated, zone};
