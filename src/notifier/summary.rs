//! The notification that sums up a day.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::messages::general;
use crate::notify::{Notification, Severity};
use crate::run::State;
use crate::text::{Lang, Text};

/// Counts by state the outcomes of the occurrences of the day before `at`.
pub fn summary(counted: &BTreeMap<State, usize>, at: DateTime<Utc>) -> Notification {
    let count = |state: State| counted.get(&state).map(|count| (state, *count));
    let counts: Vec<Text> = State::ALL
        .into_iter()
        .filter_map(count)
        .map(|(state, count)| {
            let words = Text::of(state.name().replace('_', " "), state.text().into_lang(Lang::Zh));
            text!(en: "{count} {words}", zh: "{words} {count} 条", words = words)
        })
        .collect();
    let all: usize = counted.values().sum();
    let posted: usize = counted.iter().filter(|(state, _)| state.is_posted()).map(|(_, count)| count).sum();
    let headline = if all == 0 {
        text!(en: "nothing was due in the last day", zh: "每日小结：过去一天没有要发的内容")
    } else {
        text!(
            en: "{posted} of {all} posts of the last day were made",
            zh: "每日小结：过去一天应发 {all} 条，已创建 {posted} 条"
        )
    };
    let severity = if posted == all { Severity::Good } else { Severity::Notice };
    let detail = (!counts.is_empty()).then(|| Text::join(&counts, &text!(en: ", ", zh: "，")));
    general("summary", severity, headline, detail, at)
}
