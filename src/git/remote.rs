//! Git commands that contact other machines: without prompts, within limits of time and disk space, and without
//! credentials in the command line or in messages.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

use super::address::PROTOCOLS;
use super::{Address, Repository, bare_command, first_error_line};
use crate::duration;
use crate::text::{Text, UserError};

/// Most bytes of git's messages that are read.
const MAX_OUTPUT_BYTES: u64 = 64 * 1024;
/// How long git may clean up before it is killed.
const KILL_GRACE_PERIOD: Duration = Duration::from_secs(2);
/// Bytes that must stay free on the disk of the clone: the store may be on the same disk.
const MIN_FREE_BYTES: u64 = 20 * 1024 * 1024;
/// Interval between two checks of the free space while git writes.
const FREE_SPACE_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Why a git command failed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    NotRun(#[source] io::Error),
    Said(String),
    OtherOwner(String),
    TooSlow(Duration),
    NoRoom,
}

impl UserError for GitError {
    fn text(&self) -> Text {
        match self {
            Self::NotRun(_) => text!(en: "git cannot be run", zh: "无法运行 git"),
            Self::Said(words) => text!(en: "git says: {words}", zh: "git 报错：{words}"),
            Self::OtherOwner(words) => text!(
                en: "git says: {words}; if you trust it, run `git config --global --add safe.directory PATH` as the user of the service, with the path that git names",
                zh: "git 报错：{words}；如果信任这个仓库，请用服务的账号运行 `git config --global --add safe.directory PATH`，`PATH` 换成 git 提到的路径"
            ),
            Self::TooSlow(limit) => text!(
                en: "git timed out after {limit}",
                zh: "git 在 {limit}内没有运行完",
                limit = duration::text(*limit)
            ),
            Self::NoRoom => {
                let free = MIN_FREE_BYTES / 1024 / 1024;
                text!(
                    en: "not enough space on the disk of the clone, where {free} MB must stay free for the store: free some space, or remove large files from the repository",
                    zh: "克隆目录所在的磁盘放不下（要给记录库留出 {free} MB）；请腾出空间，或把大文件移出仓库"
                )
            }
        }
    }
}

display_in_english!(GitError);

/// The limits of one command.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub time: Duration,
    /// Bytes that must stay free on the disk.
    pub reserve: u64,
}

impl Limits {
    pub fn new(time: Duration) -> Self {
        Self { time, reserve: MIN_FREE_BYTES }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    said: String,
}

impl Ended {
    /// Its output, if it succeeded.
    ///
    /// # Errors
    /// The command failed; the error has git's message.
    pub fn stdout(self) -> Result<String, GitError> {
        if self.status.success() { Ok(self.stdout) } else { Err(GitError::Said(self.said)) }
    }
}

/// Whether a repository answers and has a branch. Fetches nothing.
///
/// # Errors
///
/// The repository does not answer in time, or refuses.
pub async fn has_branch(from: &Address, branch: &str, time: Duration) -> Result<bool, GitError> {
    // Outside any repository, so that no repository's configuration is read.
    let mut git = bare_command(Path::new("/"));
    authorize(&mut git, from);
    let branch = format!("refs/heads/{branch}");
    let asked = ended(git, ["ls-remote", "--quiet", "book", branch.as_str()], None, time).await?;
    match asked.stdout() {
        Ok(stdout) => Ok(!stdout.trim().is_empty()),
        Err(GitError::Said(said)) => Err(GitError::Said(from.clean(&said))),
        Err(error) => Err(error),
    }
}

/// Allows a command to contact another machine, with the address as the remote `book`.
fn authorize(git: &mut std::process::Command, from: &Address) {
    git.env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    // Other users cannot see the environment.
    let mut settings = vec![("remote.book.url", from.bare().to_owned())];
    if let Some(header) = &from.authorization {
        settings.push(("http.extraHeader", header.expose().to_owned()));
    }
    git.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (at, (key, value)) in settings.into_iter().enumerate() {
        git.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
}

impl Repository {
    /// Creates this repository, without a branch.
    ///
    /// # Errors
    /// Git cannot be run, fails, or takes longer than `time`.
    pub async fn init(&self, time: Duration) -> Result<(), GitError> {
        let words = ["init", "--quiet", "--template=", "--initial-branch=none"];
        ended(self.command(), words, None, time).await?.stdout().map(drop)
    }

    /// Runs a command that contacts no other machine; any exit code is accepted.
    ///
    /// # Errors
    /// Git cannot be run, or takes longer than `time`.
    pub async fn run<A: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = A>,
        time: Duration,
    ) -> Result<Ended, GitError> {
        ended(self.command(), words, None, time).await
    }

    /// Fetches one ref of another repository. Removes what a failed fetch leaves.
    ///
    /// # Errors
    ///
    /// The other repository does not answer in time or refuses, or its content does not fit on the disk.
    pub async fn fetch(&self, from: &Address, refspec: &str, largest: u64, limits: Limits) -> Result<(), GitError> {
        let mut git = self.any_command();
        authorize(&mut git, from);
        // One pack is one file, whose size is limited.
        git.args(["-c", "fetch.unpackLimit=1"]);
        let filter = format!("--filter=blob:limit={}", largest.saturating_add(1));
        let words = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
        let words = words.into_iter().chain([filter.as_str(), "book", refspec]);
        let fetched = ended(git, words, Some((&self.top, limits.reserve)), limits.time).await;
        let fetched = fetched.and_then(|ended| ended.stdout().map(drop));
        if fetched.is_err() {
            self.remove_stale_locks();
        }
        fetched.map_err(|error| match error {
            GitError::Said(said) if is_about_room(&said) => GitError::NoRoom,
            GitError::Said(said) if said.contains("dubious ownership") => GitError::OtherOwner(from.clean(&said)),
            GitError::Said(said) => GitError::Said(from.clean(&said)),
            error => error,
        })
    }

    /// Removes locks and half-written files that a killed git left in this repository. No other process works in it.
    pub fn remove_stale_locks(&self) {
        let objects = self.git_dir.join("objects");
        let fans = fs::read_dir(&objects).into_iter().flatten().flatten().map(|entry| entry.path());
        let fans = fans.filter(|path| path.file_name().is_some_and(|name| name.len() == 2));
        let places = [".", "refs/drumbeat", "objects", "objects/pack", "objects/info"];
        for dir in places.iter().map(|place| self.git_dir.join(place)).chain(fans) {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let (path, name) = (entry.path(), entry.file_name());
                let name = name.to_string_lossy();
                let is_left = ["tmp_", ".tmp-", "incoming-"].iter().any(|start| name.starts_with(start));
                if is_left && path.is_dir() {
                    let _ = fs::remove_dir_all(&path);
                } else if is_left || name.ends_with(".lock") {
                    let _ = fs::remove_file(&path);
                }
            }
        }
    }
}

/// The disk is full, or the size limit of a file was reached. In the second case the program that writes the pack is
/// killed without a message.
fn is_about_room(said: &str) -> bool {
    if said.starts_with("fetch-pack: invalid index-pack output") {
        return true;
    }
    ["No space left", "File too large", "died of signal 25", "Disk quota exceeded"]
        .iter()
        .any(|words| said.contains(words))
}

async fn ended<A: AsRef<OsStr>>(
    mut git: std::process::Command,
    words: impl IntoIterator<Item = A>,
    room: Option<(&Path, u64)>,
    time: Duration,
) -> Result<Ended, GitError> {
    git.args(words);
    let mut git = Command::from(git);
    // A process group of its own, so that git's transport is killed with it.
    git.process_group(0).kill_on_drop(true);
    let most = room.map(|(dir, reserve)| free(dir).saturating_sub(reserve));
    if most == Some(0) {
        return Err(GitError::NoRoom);
    }
    let child = git.spawn().map_err(GitError::NotRun)?;
    let mut group = Group { id: child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)), child };
    if let Some(most) = most {
        group.limit_files(most);
    }
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let work = async {
        let (status, stdout, said) = tokio::join!(group.child.wait(), read(stdout), read(stderr));
        status.map(|status| (status, stdout, said))
    };
    let outcome = tokio::select! {
        outcome = timeout(time, work) => outcome.map_err(|_| GitError::TooSlow(time)),
        () = fills(room) => Err(GitError::NoRoom),
    };
    match outcome {
        Ok(Ok((status, stdout, said))) => {
            group.id = None;
            let said = if is_about_room(&said) { said } else { first_error_line(said.as_bytes()) };
            Ok(Ended { status, stdout: stdout.trim_end().to_owned(), said })
        }
        Ok(Err(error)) => Err(GitError::NotRun(error)),
        Err(error) => {
            group.signal(Signal::TERM);
            // A git that is asked to end removes its locks.
            if timeout(KILL_GRACE_PERIOD, group.child.wait()).await.is_ok() {
                group.signal(Signal::KILL);
                group.id = None;
            }
            Err(error)
        }
    }
}

/// Ends when the free space falls below the reserve.
async fn fills(room: Option<(&Path, u64)>) {
    let Some((dir, reserve)) = room else { return std::future::pending().await };
    let mut look = interval(FREE_SPACE_CHECK_INTERVAL);
    loop {
        look.tick().await;
        // Git also writes other files beside the pack.
        if free(dir) < reserve / 2 {
            return;
        }
    }
}

/// Free bytes on the disk of a directory; the largest number if that is unknown.
fn free(dir: &Path) -> u64 {
    rustix::fs::statvfs(dir).map_or(u64::MAX, |about| about.f_bavail.saturating_mul(about.f_frsize))
}

/// A running command with all processes that it started. None of them outlives this value.
struct Group {
    id: Option<Pid>,
    child: Child,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // It may have ended already.
            let _ = kill_process_group(id, signal);
        }
    }

    /// Limits the size of each file that it writes. Set before it starts other processes.
    #[cfg(target_os = "linux")]
    fn limit_files(&self, most: u64) {
        use rustix::process::{Resource, Rlimit, prlimit};
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        // Without a process id, the limit would apply to this process.
        let Some(git) = self.id else { return };
        if let Err(error) = prlimit(Some(git), Resource::Fsize, limit) {
            tracing::debug!(%error, "git runs without a limit on file sizes");
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn limit_files(&self, _: u64) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut said = Vec::new();
    if let Some(pipe) = pipe {
        // After a read error, the part that was read is used.
        let _ = pipe.take(MAX_OUTPUT_BYTES).read_to_end(&mut said).await;
    }
    String::from_utf8_lossy(&said).into_owned()
}
