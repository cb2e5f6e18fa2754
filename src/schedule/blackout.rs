//! Times at which the policy allows no post of any campaign.

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::occurrence::{Occurrence, UnknownDay};
use super::occurrences::Schedule;
use super::spec::Bound;
use super::zone::civil;
use crate::text::{Text, when};

/// A range of local time in which nothing is posted; both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blackout {
    pub from: Bound,
    pub to: Bound,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Hours of every day in which nothing is posted, from `from` until just before `to`; past midnight if `to` is the
/// earlier one, and all day if both are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    pub from: NaiveTime,
    pub to: NaiveTime,
}

/// All blackout dates and quiet hours of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingBlocks {
    pub blackouts: Vec<Blackout>,
    pub quiet: Vec<QuietHours>,
}

/// The kind of blackout at the time of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockReason {
    Blackout(Blackout),
    Quiet(QuietHours),
}

/// Why an occurrence is not posted though it is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBack {
    /// The calendar does not know whether its day counts.
    Unknown(UnknownDay),
    /// The policy forbids its time.
    Blocked(BlockReason),
}

impl KeptBack {
    /// The reason in words.
    pub fn text(&self) -> Text {
        match self {
            Self::Unknown(doubt) => doubt.text(),
            Self::Blocked(reason) => reason.text(),
        }
    }
}

impl PostingBlocks {
    /// What keeps an occurrence from going out, by what clocks really show then in its schedule's zone.
    pub fn blocks(&self, occurrence: &Occurrence, zone: Tz) -> Option<BlockReason> {
        self.at(occurrence.at, zone)
    }

    /// What keeps posts from going out at an instant, by what clocks show then in a zone.
    pub fn at(&self, at: DateTime<Utc>, zone: Tz) -> Option<BlockReason> {
        let wall = civil::to_local(zone, at);
        let quiet = || self.quiet.iter().find(|hours| hours.contains(wall.time()));
        self.blackout(wall).cloned().map(BlockReason::Blackout).or_else(|| quiet().copied().map(BlockReason::Quiet))
    }

    /// Why an occurrence is not posted though it is due: it is not known whether its day counts, or the policy forbids
    /// it.
    pub fn keeps_back(&self, occurrence: &Occurrence, zone: Tz) -> Option<KeptBack> {
        let doubt = occurrence.doubt.as_deref().cloned().map(KeptBack::Unknown);
        doubt.or_else(|| self.blocks(occurrence, zone).map(KeptBack::Blocked))
    }

    /// The blackout for which a schedule leaves an occurrence out: a rule does so as it leaves out a holiday, a list of
    /// times does not.
    pub fn leaves_out(&self, schedule: &Schedule, occurrence: &Occurrence) -> Option<&Blackout> {
        schedule.spec().when.is_rule().then(|| self.blackout(civil::to_local(schedule.zone(), occurrence.at))).flatten()
    }

    fn blackout(&self, wall: NaiveDateTime) -> Option<&Blackout> {
        self.blackouts.iter().find(|range| (range.from.opens()..=range.to.closes()).contains(&wall))
    }
}

impl Schedule {
    /// The occurrences in `(from, to]` without those that a rule skips because of a blackout.
    pub fn between_outside<'a>(
        &'a self,
        closed: &'a PostingBlocks,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Occurrence> + 'a {
        let mut coming = self.between(from, to);
        std::iter::from_fn(move || {
            loop {
                let next = coming.next()?;
                let Some(blackout) = closed.leaves_out(self, &next) else { return Some(next) };
                // A blackout may last for years: the search continues after it.
                let end = blackout.to.closes() + TimeDelta::seconds(1);
                let end = civil::reached(self.zone(), end) - TimeDelta::seconds(1);
                coming = self.between(end.max(next.at), to);
            }
        })
    }
}

impl QuietHours {
    /// Whether a time of day is in them.
    pub fn contains(self, time: NaiveTime) -> bool {
        if self.from < self.to { self.from <= time && time < self.to } else { time >= self.from || time < self.to }
    }
}

impl Blackout {
    /// Its dates and its reason in words.
    pub fn text(&self) -> Text {
        let Self { from, to, reason } = self;
        let ends = match (from, to) {
            _ if from == to => from.text(),
            (Bound::Date(from), Bound::Date(to)) => when::date_range(*from, *to),
            _ => text!(en: "{from} to {to}", zh: "{from}至{to}", from = from.text(), to = to.text()),
        };
        match reason {
            Some(reason) => {
                text!(en: "{ends} is blacked out ({reason})", zh: "{ends}是停发期（{reason}）", ends = ends)
            }
            None => text!(en: "{ends} is blacked out", zh: "{ends}是停发期", ends = ends),
        }
    }
}

impl BlockReason {
    /// The range of time in words.
    pub fn text(&self) -> Text {
        match self {
            Self::Blackout(blackout) => blackout.text(),
            Self::Quiet(QuietHours { from, to }) => {
                let (from, to) = (when::clock(*from), when::clock(*to));
                text!(en: "{from} to {to} are quiet hours", zh: "{from} 至 {to} 是免打扰时段")
            }
        }
    }
}
