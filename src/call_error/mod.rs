//! What can go wrong in a call, said so that the next act follows from it.

mod codes;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use codes::{Class, Code, code, codes};

/// The shortest pause before a call that failed for no lasting reason is worth repeating.
const SOON: Duration = Duration::from_secs(2);

/// The calls that Drumbeat makes, named as WeCom names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Token,
    Upload,
    Create,
    Result,
    Moments,
    Cancel,
    Task,
    FollowUsers,
    Departments,
    Tags,
}

impl Call {
    /// The last part of the call's path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "gettoken",
            Self::Upload => "upload_attachment",
            Self::Create => "add_moment_task",
            Self::Result => "get_moment_task_result",
            Self::Moments => "get_moment_list",
            Self::Cancel => "cancel_moment_task",
            Self::Task => "get_moment_task",
            Self::FollowUsers => "get_follow_user_list",
            Self::Departments => "department",
            Self::Tags => "get_corp_tag_list",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What WeCom answered, its text cleaned of credentials and of the link that it always adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub errcode: i64,
    /// For people and for WeCom's support. WeCom says that it may change: branch on `errcode`.
    pub errmsg: String,
}

impl Answer {
    /// WeCom failed inside, and may have done what was asked.
    fn is_busy(&self) -> bool {
        code(self.errcode).is_some_and(|code| code.class == Class::Busy)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.errcode)?;
        if let Some(code) = code(self.errcode) {
            write!(f, ", {}", code.meaning)?;
        }
        if !self.errmsg.is_empty() {
            write!(f, " (\"{}\")", self.errmsg)?;
        }
        Ok(())
    }
}

/// Why a call did not give what was asked for. No text of it holds a URL, token or secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// WeCom never saw the request.
    #[error("{call} did not reach WeCom: {why}")]
    NotSent { call: Call, why: String },
    /// The request may have arrived, and no answer that can be read came back.
    #[error("the answer to {call} was lost: {why}")]
    Lost { call: Call, why: String },
    /// Something answered that is not WeCom: a proxy, a login page of the network, or another server. The request may have
    /// gone on to WeCom all the same.
    #[error("{call} was answered by something that is not WeCom (HTTP status {status}, no JSON)")]
    NotWecom { call: Call, status: u16 },
    /// WeCom answered with a code.
    #[error("WeCom {} {call}: {answer}", if answer.is_busy() { "failed in" } else { "refused" })]
    Refused { call: Call, answer: Answer },
    /// "Warning: wrong json format.": WeCom dropped a part of the request that it could not read and did the rest. On
    /// the creating call an audience may have been widened to everyone, and `jobid` is the way to the moment.
    #[error("WeCom did not understand all of {call} and acted on the rest: {answer}")]
    PartiallyParsed { call: Call, jobid: Option<String>, answer: Answer },
    /// The request would have been wrong, so it was not made.
    #[error("{call} was not sent: {why}")]
    Unfit { call: Call, why: Cow<'static, str> },
}

/// What an [`Error`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing was done, or asking twice does no harm: the same call again, no sooner than this.
    TryAgain { after: Duration },
    /// Nothing was done. Even a new token was refused and has been dropped; a later call gets another.
    NewToken,
    /// Nothing was done. A media id is dead: upload the files again, then make the call again.
    UploadAgain,
    /// A definite no that no waiting and no setting changes: the request itself is wrong.
    GiveUp,
    /// The post may or may not exist: look for it, never send it again.
    InDoubt,
    /// A definite no until somebody changes something, mostly in WeCom's console: [`Error::help`] says what.
    AskAPerson,
}

impl Error {
    /// The next act.
    pub fn next(&self) -> Next {
        match self {
            Self::NotSent { .. } => Next::TryAgain { after: SOON },
            Self::Lost { call: Call::Create, .. }
            | Self::NotWecom { call: Call::Create, .. }
            | Self::PartiallyParsed { call: Call::Create, .. } => Next::InDoubt,
            Self::Lost { .. } | Self::NotWecom { .. } => Next::TryAgain { after: SOON },
            Self::PartiallyParsed { .. } => Next::AskAPerson,
            Self::Unfit { .. } => Next::GiveUp,
            Self::Refused { call, answer } => match code(answer.errcode).map(|code| code.class) {
                Some(Class::Busy) if *call == Call::Create => Next::InDoubt,
                Some(Class::Busy) => Next::TryAgain { after: SOON },
                Some(Class::Later(after)) => Next::TryAgain { after },
                // There is nothing newer than what gettoken itself was called with.
                Some(Class::Token) if *call == Call::Token => Next::AskAPerson,
                Some(Class::Token) => Next::NewToken,
                Some(Class::Credential) => Next::AskAPerson,
                Some(Class::Media) if *call == Call::Create => Next::UploadAgain,
                Some(Class::Media | Class::Request) => Next::GiveUp,
                Some(Class::Person) | None => Next::AskAPerson,
            },
        }
    }

    /// Whether WeCom's code is one of the table: what it means is known.
    pub fn is_known(&self) -> bool {
        self.errcode().is_some_and(|errcode| code(errcode).is_some())
    }

    pub fn call(&self) -> Call {
        match self {
            Self::NotSent { call, .. }
            | Self::Lost { call, .. }
            | Self::NotWecom { call, .. }
            | Self::Refused { call, .. }
            | Self::PartiallyParsed { call, .. }
            | Self::Unfit { call, .. } => *call,
        }
    }

    /// What WeCom answered, where it did.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Refused { answer, .. } | Self::PartiallyParsed { answer, .. } => Some(answer),
            Self::NotSent { .. } | Self::Lost { .. } | Self::NotWecom { .. } | Self::Unfit { .. } => None,
        }
    }

    pub fn errcode(&self) -> Option<i64> {
        self.answer().map(|answer| answer.errcode)
    }

    /// The job of a creation that went through although WeCom did not understand all of it.
    pub fn jobid(&self) -> Option<&str> {
        match self {
            Self::PartiallyParsed { jobid, .. } => jobid.as_deref(),
            _ => None,
        }
    }

    /// What to do about it, for people.
    pub fn help(&self) -> &'static str {
        const LOOKING: &str = "nothing to do: Drumbeat looks for the post at WeCom and sends nothing meanwhile";
        match self {
            Self::NotSent { .. } => "check the network, the proxy and the name service between here and WeCom",
            Self::Lost { call: Call::Create, .. } | Self::NotWecom { call: Call::Create, .. } => LOOKING,
            Self::NotWecom { .. } => {
                "look for a proxy, a login page of the network (open any page in a browser on this machine), or a wrong \
                 DRUMBEAT_WECOM_URL"
            }
            Self::Refused { call: Call::Create, answer } if answer.is_busy() => LOOKING,
            Self::Lost { .. } => "nothing to do: the call is made again",
            Self::PartiallyParsed { call: Call::Create, .. } => {
                "look at the post in WeCom's console at once: a part of its audience may be missing from it"
            }
            Self::PartiallyParsed { .. } => "report it as a fault of Drumbeat, with this message",
            Self::Unfit { .. } => "check the campaign, and report it as a fault of Drumbeat if `check` finds nothing",
            Self::Refused { call, answer } => code(answer.errcode).map_or(codes::UNKNOWN, |code| match call {
                Call::Create | Call::Upload => code.help,
                _ => code.help_without_campaign(),
            }),
        }
    }

    /// Whether a new token may help, and nothing was done.
    pub fn is_token_error(&self) -> bool {
        let Self::Refused { call, answer } = self else { return false };
        let class = code(answer.errcode).map(|code| code.class);
        *call != Call::Token && matches!(class, Some(Class::Token | Class::Credential))
    }
}
