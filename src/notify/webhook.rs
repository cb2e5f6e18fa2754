//! The JSON that a webhook gets (stable; additions only).

use chrono::SecondsFormat;
use serde::Serialize;

use super::Notification;

#[derive(Serialize)]
pub(super) struct Body<'a> {
    version: u32,
    source: &'static str,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    weight: &'static str,
    at: String,
    headline: &'a str,
    detail: Option<&'a str>,
    owner: Option<&'a str>,
    campaign: Option<&'a str>,
    run: Option<&'a str>,
}

impl<'a> Body<'a> {
    pub(super) fn new(notes: &'a [Notification]) -> Self {
        let event = |note: &'a Notification| Event {
            event: note.event,
            weight: note.weight.name(),
            at: note.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            headline: &note.headline,
            detail: note.detail.as_deref(),
            owner: note.owner.as_deref(),
            campaign: note.campaign.as_deref(),
            run: note.run.as_deref(),
        };
        Self { version: 1, source: "drumbeat", events: notes.iter().map(event).collect() }
    }
}
