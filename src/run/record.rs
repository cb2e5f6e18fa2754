//! The record of a run.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::{RunId, Slot};
use super::reader::Reader;
use super::reason::Reason;
use super::state::State;
use crate::ids::{CampaignId, CorpId, Sha256};
use crate::limits::BEIJING;
use crate::post::Post;
use crate::schedule::civil;
use crate::text::Text;

/// The fields of a [`Run`], readable through `Deref`; only `Run::apply` changes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub corp: CorpId,
    pub campaign: CampaignId,
    pub slot: Slot,
    /// The instant at which the run was due.
    pub due: DateTime<Utc>,
    /// IANA name of the time zone of the slot's local time.
    pub zone: String,
    /// The deadline: the last instant at which the run may be sent.
    pub deadline: DateTime<Utc>,
    pub state: State,
    /// The post, fixed at the claim. `None` if the run was never going to be sent.
    pub post: Option<Arc<Post>>,
    pub content_sha256: Option<Sha256>,
    /// The number of the content in the campaign's file at the claim, from 1. `None` in runs that older versions stored.
    pub content: Option<u32>,
    /// The git commit that the campaign was read from; ends with `-dirty` if that commit lacks its content.
    pub commit: Option<String>,
    pub jobid: Option<String>,
    pub moment_id: Option<String>,
    pub errcode: Option<i64>,
    pub errmsg: Option<String>,
    /// Why the run is in its state.
    pub reason: Option<Reason>,
    pub invalid: RejectedRecipients,
    /// Number of requests to create the post that may have been sent.
    pub attempts: u32,
    /// When the last such request was about to be sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the answer to that request was lost.
    pub lost_at: Option<DateTime<Utc>>,
    /// Tries since the last change of state: polls of a job, lookups of a lost post, uploads.
    pub retries: u32,
    /// The engine does nothing with the run before this instant.
    pub not_before: DateTime<Utc>,
    /// The hold that last kept the run from being posted.
    pub hold: Option<i64>,
    /// Lookups cannot settle the run: a person must state the outcome.
    pub needs_review: bool,
    /// Each change gives a new random one, and a writer whose version is old is refused. A failover may lose a version: if
    /// versions were numbers, another service could give the same number to a version of its own.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Follows the commit of a run whose content had changes that the commit lacks, as in `git describe --dirty`.
const UNCOMMITTED: &str = "-dirty";

/// The commit of a run whose content had changes that the commit lacks.
pub fn with_uncommitted_changes(commit: &str) -> String {
    format!("{commit}{UNCOMMITTED}")
}

impl Record {
    /// Whether its content had changes that were not committed when it was read.
    pub fn is_uncommitted(&self) -> bool {
        self.commit.as_ref().is_some_and(|commit| commit.ends_with(UNCOMMITTED))
    }

    /// The store does not have the post: it was changed on disk, or the run was restored from the lock file.
    pub fn lacks_post(&self) -> bool {
        self.post.is_none() && self.content_sha256.is_some()
    }
}

/// Senders and tags that WeCom rejected; the post went to the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRecipients {
    pub users: Vec<String>,
    pub departments: Vec<u64>,
    pub tags: Vec<String>,
}

impl RejectedRecipients {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.departments.is_empty() && self.tags.is_empty()
    }
}

/// A run. Its fields can be read through [`Record`]; [`Run::apply`] changes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Run(pub(super) Record);

impl Deref for Run {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.0
    }
}

/// The facts of a run at its creation.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub corp: CorpId,
    pub campaign: CampaignId,
    pub slot: Slot,
    pub due: DateTime<Utc>,
    pub zone: String,
    pub deadline: DateTime<Utc>,
    pub commit: Option<String>,
}

impl Run {
    /// The local time at which the run is due. It differs from the slot if the post was moved, such as to the workday
    /// before.
    pub fn due_local(&self) -> NaiveDateTime {
        civil::on_day_of(self.zone.parse().unwrap_or(BEIJING), self.due, self.slot.local())
    }

    /// A run that will be posted; its post is fixed from now on.
    pub fn claimed(due: Due, post: Arc<Post>, now: DateTime<Utc>) -> Self {
        let content = post.sha256();
        let mut run = Self::new(due, State::Claimed, None, now);
        run.0.post = Some(post);
        run.0.content_sha256 = Some(content);
        run
    }

    /// The same run with the number of its content in the file, from 1.
    #[must_use]
    pub fn of_content(mut self, number: u32) -> Self {
        self.0.content = Some(number);
        self
    }

    /// A run that was due and will not be posted.
    pub fn missed(due: Due, reason: Reason, now: DateTime<Utc>) -> Self {
        Self::new(due, State::Missed, Some(reason), now)
    }

    /// A run that was due while its campaign was on hold, its file had an error, or the policy forbade its time.
    pub fn held(due: Due, reason: Reason, now: DateTime<Utc>) -> Self {
        Self::new(due, State::Held, Some(reason), now)
    }

    /// A run that was due during a person's hold.
    pub fn on_hold(due: Due, hold: i64, reason: Reason, now: DateTime<Utc>) -> Self {
        let mut run = Self::held(due, reason, now);
        run.0.hold = Some(hold);
        run
    }

    /// A run whose request may have been sent and whose record is lost: a person must state the outcome.
    pub fn forgotten(
        due: Due,
        content_sha256: Option<Sha256>,
        sent_at: DateTime<Utc>,
        reason: Reason,
        now: DateTime<Utc>,
    ) -> Self {
        let mut run = Self::new(due, State::InDoubt, Some(reason), now);
        (run.0.content_sha256, run.0.attempts) = (content_sha256, 1);
        (run.0.sent_at, run.0.lost_at, run.0.needs_review) = (Some(sent_at), Some(sent_at), true);
        run
    }

    /// A run as it is stored.
    pub fn restored(record: Record) -> Self {
        Self(record)
    }

    pub fn id(&self) -> RunId {
        RunId::new(&self.campaign, &self.slot)
    }

    /// Why the run is in its state, in words.
    pub fn reason_text(&self) -> Option<Text> {
        self.reason_text_for(Reader::Terminal)
    }

    /// The same with the next act of the place where it is read.
    pub fn reason_text_for(&self, reader: Reader) -> Option<Text> {
        self.reason.as_ref().map(|reason| reason.text_for(reader, &self.id()))
    }

    fn new(due: Due, state: State, reason: Option<Reason>, now: DateTime<Utc>) -> Self {
        let Due { corp, campaign, slot, due, zone, deadline, commit } = due;
        Self(Record {
            corp,
            campaign,
            slot,
            due,
            zone,
            deadline,
            state,
            post: None,
            content_sha256: None,
            content: None,
            commit,
            jobid: None,
            moment_id: None,
            errcode: None,
            errmsg: None,
            reason,
            invalid: RejectedRecipients::default(),
            attempts: 0,
            sent_at: None,
            lost_at: None,
            retries: 0,
            not_before: now,
            hold: None,
            needs_review: false,
            version: new_version(),
            created_at: now,
            updated_at: now,
        })
    }
}

/// A number of 31 bits takes four bytes of a row in SQLite. Two are equal once in 2³¹ times, and that matters only if a
/// failover lost one of them.
pub(super) fn new_version() -> i64 {
    fastrand::i32(0..).into()
}

/// The runs that are not finished, by id.
pub type OpenRuns = BTreeMap<RunId, Run>;
