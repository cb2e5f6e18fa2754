//! Why a run is in its state, as data: the store has a code with arguments, and readers see it in their language.

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
    // The campaign prevents the post.
    /// The campaign was changed before it could be posted.
    Edited,
    Removed,
    TimeRemoved,
    /// The service has another version of the campaign than the one that was posted by hand.
    OtherVersion,
    NotInBook,
    PastWhenFirstSeen,
    NewerDue,
    /// The run was found due after `max_lateness`.
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
        /// The person's words; for a hold by Drumbeat itself, the cause in English.
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
    /// The calendar has no data for the day, or the policy forbids the time.
    KeptBack(KeptBack),
    WithdrawnBy {
        by: String,
    },
    /// The command that posted it was stopped.
    PostStopped,
    /// Only in the log, as the first line of a run by hand: who posted it.
    PostedByHand {
        by: String,
    },

    // The run continues with another version.
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
    /// The file has other bytes than at the claim.
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
    /// The send log (lock file) has the run as sent, and the store has lost its record.
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
    /// The run was sent once more, and that answer was lost too.
    AbsentAgain,

    // A person stated the outcome.
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

    /// The words of an earlier version.
    Other(String),
}

/// Why a media file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaProblem {
    Missing,
    OutsideBook,
    NotAFile,
    /// It is an id of a file that was uploaded in another way.
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
    /// The words of an earlier version.
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

    /// An occurrence that was found due late.
    pub fn too_late(due: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::TooLate { seconds: (now - due).num_seconds() }
    }
}
