//! Why a run is in its state, as data: the store holds a code with its arguments, and readers get it in their language.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::hold_cause::HoldCause;
use super::id::RunId;
use super::scope::Scope;
use super::state::State;
use crate::call_error;
use crate::check::InvalidFile;
use crate::ids::{CampaignId, Sha256};
use crate::schedule::KeptBack;
use crate::text::Lang;

/// Why a run is in its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    // Not posted, because of the campaign.
    /// The campaign was changed before it could be posted.
    Edited,
    Removed,
    TimeRemoved,
    /// The service has another version of the campaign than the one that was posted by hand.
    OtherVersion,
    NotInBook,
    PastWhenFirstSeen,
    NewerDue,
    /// It was found due only after `max_lateness`.
    TooLate {
        seconds: i64,
    },
    /// `max_lateness` passed; `last` is the last failure until then.
    GivenUp {
        last: Option<Box<Reason>>,
    },
    OnHold {
        scope: Scope,
        by: String,
        /// In the words of the person; of a hold of Drumbeat itself, those of its cause in English.
        why: String,
        /// Why Drumbeat itself created the hold. Earlier versions did not store it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Box<HoldCause>>,
    },
    InvalidFile {
        file: String,
        /// The first error, in English.
        why: String,
        /// The code of the rule that found it. Earlier versions did not store it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
    },
    /// The calendar does not know its day, or the policy forbids its time.
    KeptBack(KeptBack),
    WithdrawnBy {
        by: String,
    },
    /// The command that posted it was stopped.
    PostStopped,

    // It continues with another version.
    NewerVersion {
        before: Sha256,
        now: Sha256,
    },
    LatenessChanged,
    CaughtUp,

    // Nothing was sent yet.
    WaitingForQuota {
        per_minute: usize,
    },
    StillUploading,
    /// The file's bytes are not those that were claimed.
    MediaChanged {
        path: String,
    },
    MediaUnreadable {
        path: String,
        problem: MediaProblem,
    },
    /// The lock file, in which each send is recorded first, cannot be written.
    NoWitness {
        why: String,
    },
    /// A call of WeCom's API failed.
    Call(call_error::Error),
    /// The post in the store is not the one that was recorded.
    DamagedPost {
        campaign: CampaignId,
    },

    // WeCom's answer.
    PartiallyParsed,
    Rejected {
        users: Vec<String>,
        departments: Vec<String>,
        tags: Vec<String>,
    },
    JobRefused {
        errcode: i64,
        errmsg: String,
    },
    JobUnclear {
        errcode: i64,
        errmsg: String,
    },
    CodeBesideId {
        errcode: i64,
        errmsg: String,
        moment_id: String,
    },
    OwnedByOther {
        moment_id: String,
        run: RunId,
    },
    JobOfOther {
        jobid: String,
        run: RunId,
    },
    NoMomentId,
    UnknownJob,
    NoJobId,
    Expired,

    // The answer was lost.
    StoppedWhileSending,
    /// The lock file names it as sent, and the store has lost its record.
    Forgotten,
    NotListedYet,
    TwinOpen,
    ListUnreadable(call_error::Error),
    /// The list was unreadable for so long that a person must decide.
    LookedInVain(call_error::Error),
    FoundInList,
    InListAlready,
    Several,
    /// A moment that may be an overdue post, as its campaign was before it was changed.
    FormerVersion {
        moment_id: String,
        seconds_after: i64,
    },
    /// The store does not have what was sent.
    SentUnknown,
    /// A moment that may be this post.
    Candidate {
        moment_id: String,
        is_exact: bool,
        seconds_after: i64,
    },
    TakenAndNotListed,
    Absent,
    SentAgain,
    /// It was sent once more, and that answer was lost as well.
    AbsentAgain,

    // A person said so.
    Settled {
        by: String,
        from: State,
        exists: bool,
        why: Option<String>,
    },
    Cancelled {
        by: String,
        posted: Posted,
    },

    /// As an earlier version wrote it.
    Other(String),
}

/// Why a media file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaProblem {
    Missing,
    OutsideBook,
    NotAFile,
    /// It is an id of a file that was uploaded elsewhere.
    IsAnId,
    Io(String),
}

/// How many members had posted a moment when it was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posted {
    Counted { posted: usize, members: usize },
    Unknown { why: UnknownBecause },
}

/// Why it is not known how many members had posted a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UnknownBecause {
    Call(call_error::Error),
    /// In the words of an earlier version.
    Other(String),
}

impl Reason {
    pub fn invalid_file(invalid: &InvalidFile) -> Self {
        Self::InvalidFile {
            file: invalid.file.to_string(),
            why: invalid.reason.get(Lang::En).to_owned(),
            rule: invalid.rule.map(str::to_owned),
        }
    }

    /// A moment that may be an overdue post in a former version.
    pub fn former_version(moment_id: String, created: DateTime<Utc>, due: DateTime<Utc>) -> Self {
        Self::FormerVersion { moment_id, seconds_after: (created - due).num_seconds() }
    }

    /// An occurrence that was found due only now.
    pub fn too_late(due: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::TooLate { seconds: (now - due).num_seconds() }
    }
}
