//! Times, states and counts of runs, shared by tables and lines.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::limits::BEIJING;
use crate::plural;
use crate::run::{Run, State};
use crate::text::{Lang, Text, when};

/// The nominal local time with its weekday, in the campaign's zone.
pub(super) fn nominal(run: &Run) -> Text {
    when::date_time(to_minute(run.due_local()))
}

/// The same for a list that says once that its times are Beijing times.
pub(crate) fn local(run: &Run) -> Text {
    let nominal = nominal(run);
    let zone = &run.zone;
    if zone == BEIJING.name() {
        nominal
    } else {
        text!(en: "{nominal} ({zone})", zh: "{nominal}（{zone}）", nominal = nominal)
    }
}

/// An instant in a zone, to the second.
pub(crate) fn local_at(at: DateTime<Utc>, zone: &str) -> String {
    let zone: Tz = zone.parse().unwrap_or(BEIJING);
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A local time without seconds: few schedules have any, and lists are long.
fn to_minute(local: chrono::NaiveDateTime) -> chrono::NaiveDateTime {
    use chrono::Timelike as _;
    local.with_second(0).unwrap_or(local)
}

pub(super) fn moment_id(run: &Run) -> String {
    run.moment_id.clone().unwrap_or_default()
}

pub(super) fn reason(run: &Run, lang: Lang) -> Option<String> {
    run.reason_text().map(|why| why.into_lang(lang))
}

pub(super) fn counted(runs: &[Run]) -> BTreeMap<State, usize> {
    let mut counts = BTreeMap::new();
    runs.iter().for_each(|run| *counts.entry(run.state).or_default() += 1);
    counts
}

/// How many runs are in each state, on one line.
pub(super) fn sum(counts: &BTreeMap<State, usize>) -> Text {
    let of_state = |state: State| {
        let count = counts.get(&state)?;
        Some(text!(en: "{count} {state}", zh: "{state} {count} 次", state = state.text()))
    };
    let states: Vec<Text> = State::ALL.into_iter().filter_map(of_state).collect();
    let total: usize = counts.values().sum();
    let occurrences = plural::count(total, "occurrence");
    text!(
        en: "{occurrences}, {states}",
        zh: "共 {total} 次：{states}",
        states = Text::join(&states, &text!(en: ", ", zh: "、"))
    )
}
