//! What the store keeps and returns. Nothing here names a database.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Hold;
use crate::call_error;
use crate::ids::{CampaignId, CorpId};
use crate::run::{Event, Reason, Run, RunId, State};
use crate::text::{Text, UserError as _};

/// A campaign at the last load of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignState {
    pub campaign: CampaignId,
    /// Differs whenever content, audience or schedule differ.
    pub fingerprint: String,
    /// Only occurrences after this instant count.
    pub since: DateTime<Utc>,
    /// Its schedule and lateness, as the engine wrote them.
    pub timing: String,
}

/// Which changes of others a store has: a version that differs tells a service to read the store again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataVersion {
    pub(super) changes: i64,
    pub(super) comparisons: u64,
}

impl DataVersion {
    /// Whether commits of this process may be missing that were there at `former`: the store is on a server, and was
    /// connected to again since then.
    pub fn may_lack_commits_of(self, former: Self) -> bool {
        self.comparisons != former.comparisons
    }
}

/// How far the occurrences of all campaigns are recorded, before a write and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// What the store has, as far as the caller knows. `None`: nothing was recorded yet.
    pub from: Option<DateTime<Utc>>,
    pub through: DateTime<Utc>,
}

/// How the save of a transition ended. Only the first and the last wrote something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is on disk. A run in `sending` may be sent.
    Done,
    /// Another writer changed the run first.
    VersionConflict,
    /// WeCom's limit of creations is reached until this instant.
    NotBefore(DateTime<Utc>),
    /// The campaign is on hold.
    OnHold(Hold),
    /// Another run has the same moment, or waits for the result of the same job.
    OwnedBy(RunId),
    /// `sending` is on disk, but not in the witness beside the store: do not send.
    NotWitnessed(String),
}

/// Maximum number of creations in a minute and in a calendar month, per corp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub per_minute: usize,
    pub per_month: usize,
}

/// Selects the runs of a history.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub corp: Option<CorpId>,
    pub campaign: Option<CampaignId>,
    pub since: Option<DateTime<Utc>>,
    pub state: Option<State>,
    pub only_open: bool,
}

/// Some runs of a history, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageOfRuns {
    pub runs: Vec<Run>,
    /// Before which key the next page begins; `None` if there are no older runs.
    pub older: Option<PageKey>,
}

/// A place in a history that stays the same while runs are added. Written as `DUE.KEY`, for addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageKey {
    pub(super) due: i64,
    pub(super) key: i64,
}

impl PageKey {
    /// After every run.
    pub const NEWEST: Self = Self { due: i64::MAX, key: i64::MAX };

    /// Before every run that is due at an instant or later.
    pub fn before(at: DateTime<Utc>) -> Self {
        Self { due: at.timestamp_millis(), key: i64::MIN }
    }
}

impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.due, self.key)
    }
}

impl FromStr for PageKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (due, key) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { due: due.parse()?, key: key.parse()? })
    }
}

/// The first runs of a day, in the order in which they were due.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayOfRuns {
    pub runs: Vec<Run>,
    /// How many runs the day has.
    pub count: usize,
}

/// A changed run, and the new line for its log.
pub type Change<'a> = (&'a Run, &'a Event);

/// A changed run, the new line for its log and, if it is about to be sent, WeCom's limits.
pub type GroupChange = (Run, Event, Option<Quota>);

/// How many more creations WeCom's limits allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaRemaining {
    pub this_minute: usize,
    pub this_month: usize,
}

/// The growth of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// At the rate of the last month, or since the first run if that is later.
    pub bytes_a_day: u64,
    /// Free bytes in the file, which are used first.
    pub reusable: u64,
}

/// A line of a run's log, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub at: DateTime<Utc>,
    pub from: Option<String>,
    pub to: String,
    pub verb: String,
    pub errcode: Option<i64>,
    pub reason: Option<Reason>,
}

/// Whether a manual post was recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// The run is on disk.
    New,
    /// Nothing was recorded: the campaign is on hold.
    OnHold(Hold),
    /// Nothing was recorded: these runs of the campaign are not over.
    Unfinished(Vec<Run>),
    /// Nothing was recorded: a run with this name exists.
    SameSecond,
}

/// The last poll of which members have posted a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckProgress {
    pub asked_at: DateTime<Utc>,
    /// Number of polls.
    pub asked: u32,
    /// When it is polled next; `None` if nothing is left to poll.
    pub next_at: Option<DateTime<Utc>>,
    /// Why the last poll failed, if it did.
    pub trouble: Option<AckTrouble>,
}

/// Why a poll did not tell which members have posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckTrouble {
    /// No member was asked: no sender that WeCom accepted has a customer with the tags.
    NoMemberAsked,
    Call(call_error::Error),
    /// In the words of an earlier version.
    #[serde(untagged)]
    Other(String),
}

impl AckTrouble {
    pub fn text(&self) -> Text {
        match self {
            Self::NoMemberAsked => text!(
                en: "no member was asked to post it: no sender that WeCom accepted has a customer with the audience's tags; \
                     correct the audience, and give the campaign another time if it is still wanted",
                zh: "没有成员收到发表任务：这些成员的客户里，没有人带发表范围里写的客户标签。请先改发表范围；还要发，请给活动另定时间"
            ),
            Self::Call(error) => error.text(),
            Self::Other(words) => Text::quoted(words),
        }
    }
}

/// Runs to poll now, and when the next one is due.
#[derive(Clone, Debug, Default)]
pub struct AckBatch {
    /// Each run with its last poll.
    pub now: Vec<(Run, Option<AckProgress>)>,
    pub next_at: Option<DateTime<Utc>>,
}

/// One member who was asked to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAck {
    pub member: String,
    /// When the member was first seen to have posted.
    pub posted_at: Option<DateTime<Utc>>,
}

/// A run with all its data, as one line of JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedRun {
    pub(super) corp: String,
    pub(super) run: String,
    /// When it was due.
    pub due: DateTime<Utc>,
    pub line: String,
}
