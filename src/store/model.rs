//! What the store keeps and answers. Nothing here names a database.

use chrono::{DateTime, Utc};

use super::Hold;
use crate::ids::{CampaignId, CorpId};
use crate::run::{Event, Reason, Run, State};

/// What is known of a campaign from the last time that it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignState {
    pub campaign: CampaignId,
    /// Changes whenever the campaign does.
    pub fingerprint: String,
    /// Only occurrences after this instant count.
    pub since: DateTime<Utc>,
    /// The schedule and lateness that it had, as the engine wrote them.
    pub terms: String,
}

/// The answer to the wish to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendPermit {
    /// `sending` is on disk: send.
    Granted,
    /// The limit of creations is reached until this instant.
    NotBefore(DateTime<Utc>),
    /// A person's hold lies on it.
    OnHold(Hold),
    /// `sending` is on disk and the witness beside the store is not: do not send.
    NotWitnessed(String),
}

/// Most creations in a minute and in a calendar month, per corp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub per_minute: usize,
    pub per_month: usize,
}

/// Which runs `history` wants.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub corp: Option<CorpId>,
    pub campaign: Option<CampaignId>,
    pub since: Option<DateTime<Utc>>,
    pub state: Option<State>,
    pub only_open: bool,
}

/// A run that is changed, with the line for its log.
pub type Change<'a> = (&'a Run, &'a Event);

/// How many more creations WeCom's limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaRemaining {
    pub this_minute: usize,
    pub this_month: usize,
}

/// How the store grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// At the pace of the last month, or since the first run where that is less ago.
    pub bytes_a_day: u64,
    /// Bytes of the file that are free and used first.
    pub reusable: u64,
}

/// A line of a run's log, as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub at: DateTime<Utc>,
    pub from: Option<String>,
    pub to: String,
    pub verb: String,
    pub errcode: Option<i64>,
    pub reason: Option<Reason>,
}

/// What came of the wish to post a campaign now.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// The run is on disk.
    New,
    /// Nothing was recorded: a hold is on the campaign.
    OnHold(Hold),
    /// Nothing was recorded: these runs of the campaign are not over.
    Unfinished(Vec<Run>),
    /// Nothing was recorded: a run of this name exists.
    SameSecond,
}

/// How far a moment has come with the members, when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckProgress {
    pub asked_at: DateTime<Utc>,
    /// How often it was asked.
    pub asked: u32,
    /// When it is asked again.
    pub next_at: DateTime<Utc>,
    /// Why the last answer says nothing, if so.
    pub trouble: Option<String>,
}

/// What to ask about now, and when there is more.
#[derive(Clone, Debug, Default)]
pub struct AckBatch {
    /// Each with what was answered before.
    pub now: Vec<(Run, Option<AckProgress>)>,
    pub next_at: Option<DateTime<Utc>>,
}

/// One member who was asked to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAck {
    pub member: String,
    /// When it was first seen that the member has posted.
    pub posted_at: Option<DateTime<Utc>>,
}

/// A run with all that belongs to it, as one line of JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    pub(super) corp: String,
    pub(super) run: String,
    /// When it was due.
    pub due: DateTime<Utc>,
    pub line: String,
}
