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
    pub(super) fn new(notifications: &'a [Notification]) -> Self {
        let event = |notification: &'a Notification| Event {
            event: notification.event,
            weight: notification.severity.name(),
            at: notification.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            headline: notification.headline.get(notification.lang),
            detail: notification.detail.as_ref().map(|detail| detail.get(notification.lang)),
            owner: notification.owner.as_deref(),
            campaign: notification.campaign.as_deref(),
            run: notification.run.as_deref(),
        };
        Self { version: 1, source: "drumbeat", events: notifications.iter().map(event).collect() }
    }
}
