//! The two readings of a text that sets both day fields, with the dates on which each would fire.

use chrono::{DateTime, Utc};

use super::fault::{Fault, FaultKind};
use super::occurrences::Schedule;
use super::spec::{DayMatch, Spec, When};
use super::zones::zone;

impl Fault {
    /// [`Self::help`] with dates: where two readings of a text are possible, both with when they would fire next after
    /// `from`. `spec` is what the fault was found in.
    pub fn help_from(&self, spec: &Spec, from: DateTime<Utc>) -> Option<String> {
        if self.kind != FaultKind::BothDays {
            return self.help();
        }
        let readings = [
            reading(spec, DayMatch::Any, "either field is enough", from),
            reading(spec, DayMatch::All, "both must agree", from),
        ];
        Some(format!("say which is meant: {}; or {}", readings[0], readings[1]))
    }
}

/// One reading of a text with both day fields, in words and dates.
fn reading(spec: &Spec, day_match: DayMatch, means: &str, from: DateTime<Utc>) -> String {
    let key = match day_match {
        DayMatch::Any => "any",
        DayMatch::All => "all",
    };
    let dates = with_day_match(spec, day_match).and_then(|spec| Schedule::new(spec).ok()).map_or_else(
        || "it would never fire".to_owned(),
        |schedule| {
            let next = schedule.between(from, DateTime::<Utc>::MAX_UTC).take(3);
            let dates: Vec<String> = next.map(|next| next.local.format("%a %Y-%m-%d").to_string()).collect();
            if dates.is_empty() { "it has ended".to_owned() } else { format!("next {}", dates.join(", ")) }
        },
    );
    format!("`day_match = \"{key}\"` if {means} ({dates})")
}

/// The same with the missing word, and with the faults of other parts out of the way.
fn with_day_match(spec: &Spec, day_match: DayMatch) -> Option<Spec> {
    let When::Cron { text, .. } = &spec.when else { return None };
    let timezone = if zone(&spec.timezone).is_ok() { spec.timezone.clone() } else { "UTC".to_owned() };
    let mut read = Spec::cron(text.clone(), timezone);
    read.when = When::Cron { text: text.clone(), day_match: Some(day_match) };
    (read.skip, read.days, read.calendar) = (spec.skip.clone(), spec.days, spec.calendar.clone());
    Some(read)
}
