//! What a campaign would post in a window, occurrence by occurrence.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::campaign::Campaign;
use crate::schedule::{Blackout, Day, Occurrence, PostingBlocks, Schedule, civil};
use crate::text::Lang;

/// A stretch of time: `from` is in it, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// One occurrence, with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Planned {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    /// What the calendar says of its day.
    pub day: Day,
    pub notes: Vec<Note>,
}

/// A time of a rule on which nothing is due, because of a blackout of the policy.
#[derive(Clone, Debug)]
pub struct LeftOut {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    pub blackout: Blackout,
}

/// Something peculiar about an occurrence. Shown in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It would not go out: nobody knows whether it counts, or the policy lets nothing go out then.
    Held(String),
    /// Clocks change around it.
    Clocks(String),
    /// Its local time has come already, before the campaign left this zone: the service does not post it twice.
    Repeated(Tz),
}

/// What one campaign would post in a window.
pub fn of_campaign<'a>(
    campaign: &'a Arc<Campaign>,
    closed: &'a PostingBlocks,
    window: Window,
) -> impl Iterator<Item = Planned> + use<'a> {
    // A schedule leaves the start of a stretch out and takes its end in; occurrences stand on whole seconds.
    let second = TimeDelta::seconds(1);
    let schedule = campaign.terms.schedule.expand();
    let occurrences: Vec<Occurrence> =
        schedule.between_outside(closed, window.from - second, window.to - second).collect();
    occurrences.into_iter().map(move |occurrence| Planned {
        day: schedule.calendar().day(civil::to_local(schedule.zone(), occurrence.at).date()),
        notes: notes(&schedule, &occurrence, closed),
        campaign: Arc::clone(campaign),
        occurrence,
    })
}

/// What the rule of one campaign leaves out of a window because of blackouts.
pub(super) fn left_out(campaign: &Arc<Campaign>, closed: &PostingBlocks, window: Window) -> Vec<LeftOut> {
    if closed.blackouts.is_empty() {
        return Vec::new();
    }
    let second = TimeDelta::seconds(1);
    let schedule = campaign.terms.schedule.expand();
    let all = schedule.between(window.from - second, window.to - second);
    let left_out = all.filter_map(|occurrence| {
        let blackout = closed.leaves_out(&schedule, &occurrence)?.clone();
        Some(LeftOut { campaign: Arc::clone(campaign), occurrence, blackout })
    });
    left_out.collect()
}

fn notes(schedule: &Schedule, occurrence: &Occurrence, closed: &PostingBlocks) -> Vec<Note> {
    let doubt = occurrence.doubt.as_ref().map(|doubt| Note::Held(doubt.text().into_lang(Lang::En)));
    let blocked =
        closed.blocks(occurrence, schedule.zone()).map(|reason| Note::Held(reason.text().into_lang(Lang::En)));
    let clocks = schedule
        .note(&Occurrence { doubt: None, ..occurrence.clone() })
        .map(|note| Note::Clocks(note.into_lang(Lang::En)));
    doubt.into_iter().chain(blocked).chain(clocks).collect()
}

impl Planned {
    /// Whether the service would hold it, as things stand.
    pub fn is_held(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Held(_)))
    }

    /// Whether the service does not post it, because its local time has come already in the campaign's former zone.
    pub fn is_repeated(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Repeated(_)))
    }

    /// What clocks show in the campaign's zone when it goes out.
    pub fn wall(&self) -> chrono::NaiveDateTime {
        civil::to_local(self.campaign.terms.schedule.zone(), self.occurrence.at)
    }

    /// What the day is, where its weekday does not say it: a holiday, a make-up workday, a day nobody knows yet.
    pub fn day_note(&self) -> Option<String> {
        day_note(&self.day)
    }
}

pub(super) fn day_note(day: &Day) -> Option<String> {
    match day {
        Day::Workday | Day::Weekend | Day::Unknown => None,
        Day::Holiday { .. } | Day::MakeUpWorkday { .. } => Some(day.text().into_lang(Lang::En)),
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(why) => write!(f, "would be held: {why}"),
            Self::Clocks(words) => f.write_str(words),
            Self::Repeated(zone) => {
                write!(f, "not posted again: this local time has already come in the former time zone, {zone}")
            }
        }
    }
}
