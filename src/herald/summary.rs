//! The day in one note.

use chrono::{DateTime, Utc};

use crate::notify::{Note, Weight};
use crate::run::{Run, State};

/// What became of the occurrences of the day before `at`; what is due at that very moment belongs to the next.
pub fn summary(runs: &[Run], at: DateTime<Utc>) -> Note {
    let runs: Vec<&Run> = runs.iter().filter(|run| run.due < at).collect();
    let counts = State::ALL.into_iter().filter_map(|state| {
        let count = runs.iter().filter(|run| run.state == state).count();
        (count > 0).then(|| format!("{count} {}", state.name().replace('_', " ")))
    });
    let counts: Vec<String> = counts.collect();
    let posted = runs.iter().filter(|run| run.state.is_posted()).count();
    let headline = match runs.len() {
        0 => "nothing was due in the last day".to_owned(),
        n => format!("{posted} of {n} posts of the last day are out"),
    };
    Note {
        event: "summary",
        weight: if posted == runs.len() { Weight::Good } else { Weight::Notice },
        at,
        headline,
        detail: (!counts.is_empty()).then(|| counts.join(", ")),
        owner: None,
        campaign: None,
        run: None,
    }
}
