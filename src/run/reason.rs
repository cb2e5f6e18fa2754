//! Why a run stands where it stands, as data: stored as a code with its arguments and written out for the reader.
//!
//! A store of an earlier version holds English sentences. They are read as [`Reason::Other`], because the log of a run is
//! append-only and is not rewritten; sentences without arguments are recognised and get their code.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::id::RunId;
use super::scope::Scope;
use super::state::State;
use crate::call_error;
use crate::duration;
use crate::ids::{CampaignId, Sha256};
use crate::schedule::KeptBack;

/// Why a run is in its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    // Not posted, because of the campaign.
    /// The campaign was changed while nobody was looking.
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
    /// `max_lateness` passed; with what kept it until then.
    GivenUp {
        last: Option<Box<Reason>>,
    },
    OnHold {
        scope: Scope,
        by: String,
        why: String,
    },
    InvalidFile {
        file: String,
        why: String,
    },
    /// The calendar does not know its day, or the policy forbids its time.
    KeptBack(KeptBack),
    WithdrawnBy {
        by: String,
    },
    /// The command that posted it was stopped.
    PostStopped,

    // It goes on with another version.
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
    /// The lock file, which witnesses each send, cannot be written.
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
    /// The list was unreadable for so long that a person must look.
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
    /// A moment that may be it.
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
    /// It stands for an id that was uploaded elsewhere.
    IsAnId,
    Io(String),
}

/// How many members had posted a moment when it was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posted {
    Counted { posted: usize, members: usize },
    Unknown { why: String },
}

/// The reasons without arguments: their English sentences are recognised in stores of earlier versions.
const PLAIN: &[Reason] = &[
    Reason::Edited,
    Reason::Removed,
    Reason::TimeRemoved,
    Reason::OtherVersion,
    Reason::NotInBook,
    Reason::PastWhenFirstSeen,
    Reason::NewerDue,
    Reason::PostStopped,
    Reason::LatenessChanged,
    Reason::CaughtUp,
    Reason::StillUploading,
    Reason::SentUnknown,
    Reason::PartiallyParsed,
    Reason::NoMomentId,
    Reason::UnknownJob,
    Reason::NoJobId,
    Reason::Expired,
    Reason::StoppedWhileSending,
    Reason::Forgotten,
    Reason::NotListedYet,
    Reason::TwinOpen,
    Reason::FoundInList,
    Reason::InListAlready,
    Reason::Several,
    Reason::TakenAndNotListed,
    Reason::Absent,
    Reason::SentAgain,
    Reason::AbsentAgain,
];

impl Reason {
    /// As the store holds it.
    pub fn to_stored(&self) -> String {
        match self {
            Self::Other(text) => text.clone(),
            reason => serde_json::to_string(reason).expect("a reason is plain data"),
        }
    }

    /// Reads what the store holds; of an earlier version, a sentence.
    pub fn from_stored(text: String) -> Self {
        if let Ok(reason) = serde_json::from_str(&text) {
            return reason;
        }
        PLAIN.iter().find(|plain| plain.general_text() == text).cloned().unwrap_or(Self::Other(text))
    }

    /// The stable code, for programs: `too_late`, `on_hold` and so on; `other` for a sentence of an earlier version.
    pub fn code(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(code)) => code,
            Ok(serde_json::Value::Object(fields)) => {
                fields.into_iter().next().map(|(code, _)| code).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    /// The reason in English. `run` stands in the commands that it names.
    pub fn text(&self, run: &RunId) -> String {
        self.sentence(run.as_str())
    }

    /// The reason in English, for no particular run.
    pub fn general_text(&self) -> String {
        self.sentence("RUN")
    }

    fn sentence(&self, run: &str) -> String {
        let settle = |moment_id: &str| format!("then run `drumbeat settle {run} --created {moment_id}` or `--absent`");
        let look = |what: &str| format!("{what}: look for this post in WeCom's console, {}", settle("MOMENT_ID"));
        match self {
            Self::Edited => {
                "the campaign was changed before this could be posted, and nothing fires backwards".to_owned()
            }
            Self::Removed => {
                "withdrawn: the campaign was removed before this could be posted; nothing was sent".to_owned()
            }
            Self::TimeRemoved => {
                "withdrawn: the campaign's schedule does not have this time any more; nothing was sent".to_owned()
            }
            Self::OtherVersion => "withdrawn: the service has another version of this campaign than the one that was to be \
                 posted, and nothing was sent; let the service load the new version (its log says \"book loaded\"), then \
                 post again"
                .to_owned(),
            Self::NotInBook => "withdrawn: the service's book does not have this campaign, and nothing was sent; let the \
                 service load it (its log says \"book loaded\"), then post again"
                .to_owned(),
            Self::PastWhenFirstSeen => "its time was already past when the campaign was first seen".to_owned(),
            Self::NewerDue => "a newer occurrence was due as well by the time the service could post".to_owned(),
            Self::TooLate { seconds } => {
                format!("found due {} late, past its max_lateness", in_words(*seconds))
            }
            Self::GivenUp { last: Some(last) } => {
                format!("max_lateness passed before it could be sent; the last trouble was: {}", last.sentence(run))
            }
            Self::GivenUp { last: None } => "max_lateness passed before it could be sent".to_owned(),
            Self::OnHold { scope, by, why } => format!("{scope} was put on hold by {by}: {why}"),
            Self::InvalidFile { file, why } => format!("its file {file} has an error: {why}"),
            Self::KeptBack(why) => why.to_string(),
            Self::WithdrawnBy { by } => format!("withdrawn by {by}; nothing was sent"),
            Self::PostStopped => "withdrawn: `drumbeat post` was stopped (Ctrl-C) before anything was sent".to_owned(),
            Self::NewerVersion { before, now } => {
                let (before, now) = (before.to_string(), now.to_string());
                format!(
                    "the campaign was changed before this was sent: the current version (content {now:.12}) replaces the \
                     former one ({before:.12})"
                )
            }
            Self::LatenessChanged => "the campaign's max_lateness was changed before this was sent".to_owned(),
            Self::CaughtUp => "its hold was lifted, and it is caught up with".to_owned(),
            Self::WaitingForQuota { per_minute } => {
                format!("waiting in the queue: WeCom takes {per_minute} creations a minute")
            }
            Self::StillUploading => "its media were still being uploaded".to_owned(),
            Self::MediaChanged { path } => {
                format!("{path} is not the file any more that was claimed, and only what was claimed may go out")
            }
            Self::MediaUnreadable { path, problem } => format!("{path} cannot be read: {}", problem.text()),
            Self::NoWitness { why } => {
                format!("the lock file of the store cannot be written, and without it nothing is sent: {why}")
            }
            Self::Call(error) => format!("{error}; {}", error.help()),
            Self::DamagedPost { campaign } => format!(
                "the post in the store is not the one that was recorded: its digest differs, so nothing was sent; check the \
                 disk and read \"A damaged store\" in docs/running.md, then post it from the book with \
                 `drumbeat post {campaign}`"
            ),
            Self::PartiallyParsed => "WeCom did not understand all of the request and acted on the rest: look at the post \
                 in its console at once, its audience may be wider than was asked"
                .to_owned(),
            Self::Rejected { users, departments, tags } => {
                let parts = [("senders", users), ("departments", departments), ("tags", tags)];
                let named = parts.iter().filter(|(_, ids)| !ids.is_empty());
                let named: Vec<String> = named.map(|(what, ids)| format!("{what} {}", ids.join(", "))).collect();
                format!("WeCom did not take {}", named.join("; "))
            }
            Self::JobRefused { errcode, errmsg } => format!("WeCom's job ended with {errcode}: {errmsg}"),
            Self::JobUnclear { errcode, errmsg } => format!(
                "WeCom's job ended with {errcode} ({errmsg}), which does not say whether the post exists; it is looked for \
                 in WeCom's list"
            ),
            Self::CodeBesideId { errcode, errmsg, moment_id } => format!(
                "WeCom's job ended with {errcode} ({errmsg}) and names the moment {moment_id}: look at it in WeCom's \
                 console, {}",
                settle(moment_id)
            ),
            Self::OwnedByOther { moment_id, run: owner } => {
                look(&format!("WeCom names the moment {moment_id}, which run {owner} owns already"))
            }
            Self::JobOfOther { jobid, run: other } => {
                look(&format!("WeCom answered with the job {jobid}, which run {other} has already"))
            }
            Self::NoMomentId => {
                "WeCom reports the job as done without a moment id; the post is looked for in WeCom's list".to_owned()
            }
            Self::UnknownJob => "WeCom took the request and does not know its job any more; the post is looked for in \
                 WeCom's list"
                .to_owned(),
            Self::NoJobId => "the store has no job id for it".to_owned(),
            Self::Expired => "WeCom did not finish the job within a day, and its list does not have it".to_owned(),
            Self::StoppedWhileSending => {
                "the service stopped while the request was under way; it is being looked for at WeCom".to_owned()
            }
            Self::Forgotten => format!(
                "the lock file says that this was about to be sent, and the store has forgotten it: look for it at WeCom, {}",
                settle("MOMENT_ID")
            ),
            Self::NotListedYet => "not in WeCom's list yet; it will be looked for again".to_owned(),
            Self::TwinOpen => "another run with the same content is not settled yet, so a match could be either's; it will \
                 be looked for again"
                .to_owned(),
            Self::ListUnreadable(error) => unreadable(error),
            // Help that promises another look is of no use any more.
            Self::LookedInVain(error) => look(&format!("WeCom's list cannot be read: {error}")),
            Self::FoundInList => "the answer was lost; it was found in WeCom's list".to_owned(),
            Self::InListAlready => "it was due before this start, and WeCom's list has a post like it that no run owns: \
                 the store may have forgotten it"
                .to_owned(),
            Self::Several => format!("several posts at WeCom match it: look at them there, {}", settle("MOMENT_ID")),
            Self::Candidate { moment_id, is_exact, seconds_after } => {
                let like = if *is_exact { "the same content" } else { "nearly the same content" };
                let when = if *seconds_after < 0 { "before" } else { "after" };
                format!(
                    "WeCom has the moment {moment_id} with {like}, created {} {when} this was sent: look at it in WeCom's \
                     console, {}",
                    in_words(seconds_after.abs()),
                    settle(moment_id)
                )
            }
            Self::FormerVersion { moment_id, seconds_after } => {
                let when = if *seconds_after < 0 { "before" } else { "after" };
                format!(
                    "it was due before this start, and its campaign was changed since it was claimed. WeCom has the moment \
                     {moment_id}, created {} {when} that time, which no run owns: it may be this post as it was before the \
                     change. Look at it in WeCom's console, {}",
                    in_words(seconds_after.abs()),
                    settle(moment_id)
                )
            }
            Self::SentUnknown => {
                look("the store does not have what was sent, or it was changed on the disk")
            }
            Self::TakenAndNotListed => format!(
                "WeCom took the request, and its list does not show the post: look in WeCom's console, {}",
                settle("MOMENT_ID")
            ),
            Self::Absent => "the answer was lost, and WeCom's list does not have it".to_owned(),
            Self::SentAgain => {
                "the answer was lost and WeCom's list does not have it: it is sent once more".to_owned()
            }
            Self::AbsentAgain => "it was sent once more and its answer was lost again; WeCom's list has neither of the two: it \
                 is not sent a third time"
                .to_owned(),
            Self::Settled { by, from, exists, why } => {
                let said = match (from, exists) {
                    (State::Submitted | State::InDoubt, true) => {
                        format!("the answer was lost; {by} found it at WeCom")
                    }
                    (State::Submitted | State::InDoubt, false) => {
                        format!("the answer was lost; {by} looked and WeCom does not have it")
                    }
                    (from, true) => format!("{by} corrected `{from}`: it exists at WeCom"),
                    (from, false) => format!("{by} corrected `{from}`: it does not exist at WeCom"),
                };
                why.as_ref().map_or(said.clone(), |why| format!("{said}: {why}"))
            }
            Self::Cancelled { by, posted } => format!("cancelled by {by}; {}", posted.text()),
            Self::Other(text) => text.replace("drumbeat settle RUN ", &format!("drumbeat settle {run} ")),
        }
    }

    /// A moment that may be an overdue post in a former version.
    pub fn former_version(moment_id: String, created: DateTime<Utc>, due: DateTime<Utc>) -> Self {
        Self::FormerVersion { moment_id, seconds_after: (created - due).num_seconds() }
    }

    /// What was found due so late.
    pub fn too_late(due: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::TooLate { seconds: (now - due).num_seconds() }
    }
}

impl MediaProblem {
    fn text(&self) -> &str {
        match self {
            Self::Missing => "not found",
            Self::OutsideBook => "it leads out of the book",
            Self::NotAFile => "it is not a file",
            Self::IsAnId => "it is an id",
            Self::Io(why) => why,
        }
    }
}

impl Posted {
    /// In English.
    pub fn text(&self) -> String {
        match self {
            Self::Counted { posted, members } => format!("{posted} of {members} members had posted it already"),
            Self::Unknown { why } => format!("how many members had posted it already is not known ({why})"),
        }
    }
}

fn unreadable(error: &call_error::Error) -> String {
    format!("WeCom's list cannot be read: {error}; {}", error.help())
}

fn in_words(seconds: i64) -> String {
    duration::show(TimeDelta::seconds(seconds).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_error::{Answer, Call, Error};

    #[test]
    fn plain_reasons_read_back_from_both_forms() {
        for reason in PLAIN {
            assert_eq!(Reason::from_stored(reason.to_stored()), *reason);
            assert_eq!(Reason::from_stored(reason.general_text()), *reason);
        }
    }

    #[test]
    fn arguments_are_stored_with_the_code() {
        let answer = Answer { errcode: 60020, errmsg: "not allow".to_owned() };
        let call = Error::Refused { call: Call::Create, answer };
        for reason in [
            Reason::GivenUp { last: Some(Box::new(Reason::Call(call))) },
            Reason::Candidate { moment_id: "m".to_owned(), is_exact: true, seconds_after: -5 },
            Reason::OnHold { scope: Scope::Everything, by: "lisi".to_owned(), why: "盘点".to_owned() },
        ] {
            assert_eq!(Reason::from_stored(reason.to_stored()), reason);
        }
    }

    #[test]
    fn an_unknown_sentence_stays_as_it_was_and_names_its_run() {
        let text = "an older sentence: `drumbeat settle RUN --absent`".to_owned();
        let reason = Reason::from_stored(text.clone());
        assert_eq!(reason, Reason::Other(text.clone()));
        assert_eq!(reason.to_stored(), text);
        let run = "a@2026-03-02T09:00".parse().expect("a run's name");
        assert_eq!(reason.text(&run), "an older sentence: `drumbeat settle a@2026-03-02T09:00 --absent`");
    }
}
