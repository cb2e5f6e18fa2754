//! What a campaign would post in a window, occurrence by occurrence.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::campaign::{Campaign, ChosenContent};
use crate::schedule::{Blackout, Day, Occurrence, PostingBlocks, Schedule, civil};
use crate::text::{Text, when};

/// A span of time that includes `from` and excludes `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// One occurrence, with notes for the reader.
#[derive(Clone, Debug)]
pub struct Planned {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    /// What is posted.
    pub content: ChosenContent,
    /// The kind of its day in the calendar.
    pub day: Day,
    pub notes: Vec<Note>,
}

/// A time of a rule at which nothing is posted because of a blackout in the policy.
#[derive(Clone, Debug)]
pub struct LeftOut {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    pub blackout: Blackout,
}

/// A note on an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It would not be posted: the calendar does not know its day, or the policy forbids its time.
    Held(Text),
    /// Clocks change near it.
    Clocks(Text),
    /// Its local time has already occurred in the campaign's former zone: the service does not post it twice.
    Repeated(Tz),
}

/// What one campaign would post in a window.
pub(crate) fn of_campaign<'a>(
    campaign: &'a Arc<Campaign>,
    closed: &'a PostingBlocks,
    window: Window,
) -> impl Iterator<Item = Planned> + use<'a> {
    // A schedule excludes the start of a span and includes its end; occurrences are on whole seconds.
    let second = TimeDelta::seconds(1);
    let schedule = campaign.timing.schedule.expand();
    let occurrences: Vec<Occurrence> =
        schedule.between_outside(closed, window.from - second, window.to - second).collect();
    occurrences.into_iter().map(move |occurrence| Planned {
        day: schedule.calendar().day(civil::to_local(schedule.zone(), occurrence.at).date()),
        notes: notes(&schedule, &occurrence, closed),
        content: campaign.content_in(&schedule, &occurrence),
        campaign: Arc::clone(campaign),
        occurrence,
    })
}

/// What blackouts leave out of the rule of one campaign in a window.
pub(super) fn left_out(campaign: &Arc<Campaign>, closed: &PostingBlocks, window: Window) -> Vec<LeftOut> {
    if closed.blackouts.is_empty() {
        return Vec::new();
    }
    let second = TimeDelta::seconds(1);
    let schedule = campaign.timing.schedule.expand();
    let all = schedule.between(window.from - second, window.to - second);
    let left_out = all.filter_map(|occurrence| {
        let blackout = closed.leaves_out(&schedule, &occurrence)?.clone();
        Some(LeftOut { campaign: Arc::clone(campaign), occurrence, blackout })
    });
    left_out.collect()
}

fn notes(schedule: &Schedule, occurrence: &Occurrence, closed: &PostingBlocks) -> Vec<Note> {
    let doubt = occurrence.doubt.as_ref().map(|doubt| Note::Held(doubt.text()));
    let blocked = closed.blocks(occurrence, schedule.zone()).map(|reason| Note::Held(reason.text()));
    let clocks = schedule.note(occurrence).map(Note::Clocks);
    doubt.into_iter().chain(blocked).chain(clocks).collect()
}

impl Planned {
    /// Whether the service would hold it.
    pub fn is_held(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Held(_)))
    }

    /// Whether the service does not post it because its local time has already occurred in the campaign's former zone.
    pub fn is_repeated(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Repeated(_)))
    }

    /// The local time at which it is posted, in the campaign's zone.
    pub fn local_time(&self) -> chrono::NaiveDateTime {
        civil::to_local(self.campaign.timing.schedule.zone(), self.occurrence.at)
    }

    /// The kind of day if the weekday does not tell: a holiday or a make-up workday.
    pub fn day_note(&self) -> Option<Text> {
        day_note(&self.day)
    }
}

pub(super) fn day_note(day: &Day) -> Option<Text> {
    match day {
        Day::Workday | Day::Weekend | Day::Unknown => None,
        Day::Holiday { .. } | Day::MakeUpWorkday { .. } => Some(day.text()),
    }
}

impl Note {
    pub fn text(&self) -> Text {
        match self {
            Self::Held(why) => text!(en: "would be held: {why}", zh: "到时间会被暂停：{why}", why = why),
            Self::Clocks(words) => words.clone(),
            Self::Repeated(zone) => text!(
                en: "not posted again: this local time has already come in the former time zone, {zone}",
                zh: "不重复发表：这个当地时间在原来的时区（{zone}）已经到过",
                zone = when::zone(zone.name())
            ),
        }
    }
}
