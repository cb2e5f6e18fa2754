//! A token from a command of the operator, where a company keeps its tokens in one place.
//!
//! The command is an argument list, never a shell's line. What it writes is a secret: none of it, nor its arguments, is
//! in an error, a log line or a `Debug`.

use std::process::Stdio;
use std::time::Duration;
use std::{fmt, io};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::TokenCommandFailure;
use super::suite::Suite;
use crate::ids::CorpId;
use crate::secret::Secret;

/// How long the command may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The most that is read of its output, in bytes; WeCom's answer has a few hundred.
const MAX_OUTPUT_BYTES: u64 = 64 * 1024;

/// Why a token is needed: the command is told in `DRUMBEAT_TOKEN_REASON`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenReason {
    /// There is none yet.
    Missing,
    /// The last one expires soon.
    Expiring,
    /// WeCom refused the last one: a copy that the command keeps is of no use.
    Refused,
}

impl TokenReason {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expiring => "expiring",
            Self::Refused => "refused",
        }
    }
}

/// A program with its arguments.
#[derive(Clone)]
pub struct TokenCommand {
    program: String,
    arguments: Vec<String>,
    /// In the place of the app's secret, where something of it is hashed.
    key: Secret,
    time_limit: Duration,
}

/// What the command prints: the answer of `gettoken`.
#[derive(Deserialize)]
pub(super) struct Printed {
    #[serde(default)]
    pub(super) access_token: String,
    pub(super) expires_in: Option<i64>,
    #[serde(default)]
    errcode: i64,
}

impl TokenCommand {
    /// # Errors
    /// The list is empty, or the system has no random numbers.
    pub fn of(words: &[String]) -> io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            key: Secret::random()?,
            time_limit: TIME_LIMIT,
        })
    }

    /// The same with another time limit than 30 seconds.
    #[must_use]
    pub fn ending_within(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Runs the command for a corp.
    pub(super) async fn run(&self, corp: &CorpId, reason: TokenReason) -> Result<Printed, TokenCommandFailure> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env("DRUMBEAT_CORP_ID", &corp.0).env("DRUMBEAT_TOKEN_REASON", reason.name());
        // A process group of its own, so that what it starts ends with it.
        command.process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| TokenCommandFailure::NotStarted(error.to_string()))?;
        let mut group = Group { id: child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)), child };
        let stdout = group.child.stdout.take();
        let mut output = Vec::new();
        let work = async {
            if let Some(stdout) = stdout {
                // After a read error, the part that was read is not JSON.
                let _ = stdout.take(MAX_OUTPUT_BYTES).read_to_end(&mut output).await;
            }
            group.child.wait().await
        };
        let status = match timeout(self.time_limit, work).await {
            Ok(status) => status.map_err(|error| TokenCommandFailure::NotStarted(error.to_string()))?,
            Err(_) => return Err(TokenCommandFailure::TimedOut { seconds: self.time_limit.as_secs() }),
        };
        if !status.success() {
            return Err(TokenCommandFailure::Ended(status.code()));
        }
        let printed: Printed = serde_json::from_slice(&output).map_err(|_| TokenCommandFailure::Unreadable)?;
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        match printed {
            Printed { errcode, .. } if errcode != 0 => Err(TokenCommandFailure::Code(errcode)),
            Printed { ref access_token, .. } if !is_token(access_token) => Err(TokenCommandFailure::Unreadable),
            Printed { expires_in: Some(..=0), .. } => Err(TokenCommandFailure::Expired),
            printed => Ok(printed),
        }
    }
}

impl fmt::Debug for TokenCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCommand(…)")
    }
}

/// A running command with all processes that it started. None of them outlives this value.
struct Group {
    id: Option<Pid>,
    child: Child,
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // It may have ended already.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// Where the token of a corp comes from.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// `gettoken` with the secret of the app; for an app that a provider built, with the corp's permanent code.
    Secret(Secret),
    Command(TokenCommand),
    /// A provider's app, with the permanent code that the corp gave it.
    Suite(Suite),
}

impl From<Secret> for TokenSource {
    fn from(secret: Secret) -> Self {
        Self::Secret(secret)
    }
}

impl TokenSource {
    /// The app's secret; for a command, a key of this process.
    pub(super) fn key(&self) -> &Secret {
        match self {
            Self::Secret(secret) => secret,
            Self::Command(command) => &command.key,
            Self::Suite(suite) => suite.secret(),
        }
    }
}
