//! Runs for tests of stores, at seconds after 1970.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Event, Run, Slot, Transition};
use drumbeat::store::Advance;

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

/// A watermark, whatever the store has.
pub(crate) fn through(second: i64) -> Advance {
    Advance { from: None, through: at(second) }
}

/// A run that is due in this second and may be an hour late. Its text has what a database could take for its own.
pub(crate) fn claimed(corp: &str, campaign: &str, second: i64) -> Run {
    let due = Due {
        corp: CorpId(corp.to_owned()),
        campaign: campaign.parse().expect("an id"),
        slot: Slot::Manual { local: at(second).naive_utc() },
        due: at(second),
        zone: "UTC".to_owned(),
        deadline: at(second + 3_600),
        commit: Some("abc".to_owned()),
    };
    let text = format!("春季新品 {campaign} \u{1F338} '\"\\");
    let post = Post { text: Some(text), attachments: Attachments::None, audience: Audience::Everyone };
    Run::claimed(due, Arc::new(post), at(second)).of_content(2)
}

/// The run after a step, and the step's event.
pub(crate) fn changed(run: &Run, step: Transition, second: i64) -> (Run, Event) {
    let mut run = run.clone();
    let event = run.apply(step, at(second)).expect("a legal step");
    (run, event)
}
