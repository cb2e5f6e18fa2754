//! Dates and times as the documentation writes them in a file: in quotes, with a blank before the time.

use chrono::{NaiveDate, NaiveDateTime, Timelike as _};

/// `"2026-12-12"`
pub fn quoted_date(date: NaiveDate) -> String {
    format!("\"{date}\"")
}

/// `"2026-12-12 09:00"`
pub fn quoted_time(time: NaiveDateTime) -> String {
    format!("\"{}\"", plain_time(time))
}

/// `2026-12-12 09:00`, with seconds if there are any.
pub(crate) fn plain_time(time: NaiveDateTime) -> String {
    let form = if time.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    time.format(form).to_string()
}
