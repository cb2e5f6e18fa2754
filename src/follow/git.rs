//! The system's `git` for what leaves this machine: without prompts, within a time limit, and never with credentials in
//! what it says.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::length;
use crate::secret::Secret;

/// Most bytes of what git says that are read.
const SAID: u64 = 64 * 1024;
/// How long git has to clean up after itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// What a hook that started us was told of its repository.
const FOREIGN: &[&str] =
    &["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_PREFIX"];

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git cannot be run")]
    NotRun(#[source] io::Error),
    #[error("git says: {0}")]
    Said(String),
    #[error("git did not end within {}", length::show(*.0))]
    TooSlow(Duration),
}

/// How a command that ran ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) printed: String,
    said: String,
}

/// Runs git in a repository of ours and gives what it printed.
pub(super) async fn git<A: AsRef<OsStr>>(
    inside: &Path,
    url: &Secret,
    words: impl IntoIterator<Item = A>,
    limit: Duration,
) -> Result<String, GitError> {
    let ended = run(inside, url, words, limit).await?;
    if ended.status.success() { Ok(ended.printed) } else { Err(GitError::Said(ended.said)) }
}

/// Runs git, whatever its exit code. The remote `book` stands for the URL: in the environment other users do not see it.
pub(super) async fn run<A: AsRef<OsStr>>(
    inside: &Path,
    url: &Secret,
    words: impl IntoIterator<Item = A>,
    limit: Duration,
) -> Result<Ended, GitError> {
    let mut git = Command::new("git");
    git.arg("-C").arg(inside).args(["--no-pager", "--literal-pathspecs", "--no-replace-objects"]);
    git.args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"]);
    // A clean-up that runs on behind our back would hold locks.
    git.args(["-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"]);
    git.args(words);
    for name in FOREIGN {
        git.env_remove(name);
    }
    git.envs([("GIT_TERMINAL_PROMPT", "0"), ("GCM_INTERACTIVE", "never"), ("SSH_ASKPASS_REQUIRE", "never")]);
    git.envs([("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "remote.book.url"), ("LC_ALL", "C")]);
    git.env("GIT_CONFIG_VALUE_0", url.expose());
    git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that its transport ends with it.
    git.process_group(0).kill_on_drop(true);
    let child = git.spawn().map_err(GitError::NotRun)?;
    let mut group = Group { id: child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)), child };
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let work = async {
        let (status, printed, said) = tokio::join!(group.child.wait(), read(stdout), read(stderr));
        status.map(|status| (status, printed, said))
    };
    match timeout(limit, work).await {
        Ok(Ok((status, printed, said))) => {
            group.id = None;
            let said = complaint(&without_credentials(&said.replace(url.expose(), &without_credentials(url.expose()))));
            Ok(Ended { status, printed: printed.trim_end().to_owned(), said })
        }
        Ok(Err(error)) => Err(GitError::NotRun(error)),
        Err(_) => {
            group.signal(Signal::TERM);
            // A git that is told to end takes its locks with it.
            if timeout(GRACE, group.child.wait()).await.is_ok() {
                group.signal(Signal::KILL);
                group.id = None;
            }
            Err(GitError::TooSlow(limit))
        }
    }
}

/// A running command with everything that it started. None of it outlives this.
struct Group {
    id: Option<Pid>,
    child: Child,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // It may have ended by itself in this moment.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut said = Vec::new();
    if let Some(pipe) = pipe {
        // What was read before a failure is what there is to say.
        let _ = pipe.take(SAID).read_to_end(&mut said).await;
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// The first line that says what went wrong, fit to be shown.
fn complaint(stderr: &str) -> String {
    let is_blame = |line: &&str| line.starts_with("fatal: ") || line.starts_with("error: ");
    let line = stderr.lines().find(is_blame).or_else(|| stderr.lines().find(|line| !line.trim().is_empty()));
    let line = line.unwrap_or("it gave no reason").trim_start_matches("fatal: ").trim_start_matches("error: ");
    line.chars().filter(|c| !c.is_control()).take(400).collect()
}

/// A text with the user and password taken out of every URL in it.
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        clean.push_str(head);
        let end = tail.find(|c: char| c == '/' || c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(tail.len());
        let host = tail[..end].rfind('@').map_or(0, |at| at + 1);
        rest = &tail[host..];
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, clean: &str) {
        assert_eq!(without_credentials(text), clean);
    }

    #[test]
    fn credentials_are_taken_out_of_every_url() {
        becomes("https://u:p@git.example.com/book.git", "https://git.example.com/book.git");
        becomes(
            "cannot read 'https://token@a.example/' or ssh://git:x@b.example:22/y",
            "cannot read 'https://a.example/' or ssh://b.example:22/y",
        );
        becomes("https://u:p@ss@a.example", "https://a.example");
    }

    #[test]
    fn other_texts_stay() {
        becomes("https://a.example/path@2", "https://a.example/path@2");
        becomes("git@example.com:book.git", "git@example.com:book.git");
        becomes("no URL at all ://", "no URL at all ://");
    }
}
