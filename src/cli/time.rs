//! Parses points in time on the command line.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::error::Result;
use crate::limits::BEIJING;
use crate::load::CheckedBook;
use crate::schedule;

/// The zone of a book: its policy's, or else the default.
pub(super) fn zone_of(loaded: &CheckedBook) -> Tz {
    let named = loaded.book.policy.timezone.as_ref().and_then(|zone| schedule::zone(&zone.value).ok());
    named.unwrap_or(BEIJING)
}

/// Parses a date, a local date-time or an instant.
pub(super) fn parse(text: &str, loaded: &CheckedBook) -> Result<DateTime<Utc>> {
    parse_in(text, zone_of(loaded))
}

fn parse_in(text: &str, zone: Tz) -> Result<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    let local = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(chrono::NaiveTime::MIN));
    let local = local.or_else(|| {
        let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
        forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    });
    match local.and_then(|local| zone.from_local_datetime(&local).earliest()) {
        Some(instant) => Ok(instant.to_utc()),
        None => fail!(
            en: "`{text}` is not a time: write 2026-03-01, 2026-03-01T09:00 or 2026-03-01T01:00:00Z",
            zh: "`{text}` 不是时间：请写成 `2026-03-01`、`2026-03-01T09:00` 或 `2026-03-01T01:00:00Z`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn means(text: &str, instant: &str) {
        let read = parse_in(text, Tz::Asia__Shanghai).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        assert_eq!(read.ok().as_deref(), Some(instant));
    }

    #[test]
    fn a_date_is_its_local_midnight() {
        means("2026-03-01", "2026-02-28T16:00:00Z");
    }

    #[test]
    fn a_local_time() {
        means("2026-03-01T09:00", "2026-03-01T01:00:00Z");
        means("2026-03-01 09:00:30", "2026-03-01T01:00:30Z");
    }

    #[test]
    fn an_instant() {
        means("2026-03-01T09:00:00+08:00", "2026-03-01T01:00:00Z");
    }

    #[test]
    fn no_time() {
        assert!(parse_in("tomorrow", Tz::UTC).is_err());
    }
}
