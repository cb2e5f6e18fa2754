//! The day in one note.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::notify::{Notification, Severity};
use crate::run::State;

/// What became of the occurrences of the day before `at`, counted by state.
pub fn summary(counted: &BTreeMap<State, usize>, at: DateTime<Utc>) -> Notification {
    let counts = State::ALL
        .into_iter()
        .filter_map(|state| counted.get(&state).map(|count| format!("{count} {}", state.name().replace('_', " "))));
    let counts: Vec<String> = counts.collect();
    let all: usize = counted.values().sum();
    let posted: usize = counted.iter().filter(|(state, _)| state.is_posted()).map(|(_, count)| count).sum();
    let headline = match all {
        0 => "nothing was due in the last day".to_owned(),
        n => format!("{posted} of {n} posts of the last day are out"),
    };
    Notification {
        event: "summary",
        weight: if posted == all { Severity::Good } else { Severity::Notice },
        at,
        headline,
        detail: (!counts.is_empty()).then(|| counts.join(", ")),
        owner: None,
        campaign: None,
        run: None,
    }
}
