//! The only place that starts the system's `git`.
//!
//! Every command names its repository. The repository is searched for in the parent directories of the book, never inside it: no file of a pull
//! request decides what is read (`place`). Configuration that can start a program is switched off. The environment
//! loses Drumbeat's secrets and every variable that redirects git. The configuration of the user and of the system is
//! kept, because it contains `safe.directory`.

mod address;
mod objects;
mod place;
mod remote;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::escape;

pub use address::{Address, BadAddress, without_credentials};
pub use objects::{Blob, Blobs, Listed, entry_of, list};
pub use place::{LocateError, RepositoryPath, locate};
pub use remote::{Ended, GitError, Limits, has_branch};

/// Most bytes of git's error message that are shown.
const MAX_ERROR_BYTES: usize = 400;

/// Variables that git may read. All others that begin with `GIT_` redirect it, start programs, or write traces with
/// credentials.
const KEPT_VARIABLES: &[&str] = &[
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_PROXY_SSL_CERT",
    "GIT_PROXY_SSL_KEY",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY",
];

/// Variables of programs that git would start at a terminal.
const PROGRAM_VARIABLES: &[&str] = &["EDITOR", "PAGER", "SSH_ASKPASS", "VISUAL"];

/// Configuration that no repository may set.
const FIXED_CONFIG: &[&str] = &[
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.alternateRefsCommand=true",
    // Background maintenance would hold locks.
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
];

/// A repository; each command names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The work tree.
    pub top: PathBuf,
    git_dir: PathBuf,
}

/// Why a command failed.
#[derive(Debug)]
pub enum Refused {
    NotRun(io::Error),
    /// The first line of git's error message.
    Said(String),
}

impl Repository {
    /// The repository in the `.git` of a directory, whatever its owner.
    pub fn at(top: &Path) -> Self {
        Self { top: top.to_owned(), git_dir: top.join(".git") }
    }

    /// A command that only reads in this repository and contacts no other machine.
    pub fn command(&self) -> Command {
        let mut git = self.any_command();
        git.env("GIT_ALLOW_PROTOCOL", "none");
        git
    }

    /// A command in this repository.
    fn any_command(&self) -> Command {
        let mut git = bare_command(&self.top);
        let (mut directory, mut work_tree) =
            (OsStr::new("--git-dir=").to_owned(), OsStr::new("--work-tree=").to_owned());
        directory.push(std::path::absolute(&self.git_dir).unwrap_or_else(|_| self.git_dir.clone()));
        work_tree.push(std::path::absolute(&self.top).unwrap_or_else(|_| self.top.clone()));
        git.arg(directory).arg(work_tree);
        git
    }

    /// The output of a short command without the last line end; git's error message if it failed.
    ///
    /// # Errors
    /// Git cannot be run or fails; the error has its message.
    pub fn ask<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Result<String, Refused> {
        answer(self.command().args(words))
    }

    /// The output of a short command, as bytes.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn ask_bytes<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Result<Vec<u8>, Refused> {
        bytes(self.command().args(words))
    }

    /// Whether this clone lacks history or files.
    pub fn is_partial(&self) -> bool {
        let is_shallow = self.ask(["rev-parse", "--is-shallow-repository"]).is_ok_and(|answer| answer == "true");
        is_shallow || self.ask(["config", "--get-regexp", r"^remote\..*\.promisor$"]).is_ok()
    }
}

/// The version of the installed git.
///
/// # Errors
/// Git cannot be run.
pub fn version() -> Result<String, Refused> {
    answer(bare_command(Path::new(".")).arg("--version"))
}

/// Whether a branch may have this name.
pub fn is_branch(name: &str) -> bool {
    let name = format!("refs/heads/{name}");
    answer(bare_command(Path::new(".")).args(["check-ref-format", &name])).is_ok()
}

/// A command that names no repository yet.
fn bare_command(inside: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(inside).args(["--no-pager", "--literal-pathspecs", "--no-replace-objects"]);
    for setting in FIXED_CONFIG {
        git.args(["-c", setting]);
    }
    clean(&mut git);
    git.envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_LAZY_FETCH", "1"), ("LC_ALL", "C")]);
    git.envs([("GCM_INTERACTIVE", "never"), ("SSH_ASKPASS_REQUIRE", "never")]);
    git.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    git
}

/// Removes from the environment Drumbeat's secrets and the variables that redirect git.
fn clean(git: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_none_or(is_removed) {
            git.env_remove(name);
        }
    }
}

fn is_removed(name: &str) -> bool {
    let is_foreign = name.starts_with("GIT_") && !KEPT_VARIABLES.contains(&name);
    name.starts_with("DRUMBEAT_") || is_foreign || PROGRAM_VARIABLES.contains(&name)
}

fn answer(git: &mut Command) -> Result<String, Refused> {
    let printed = String::from_utf8(bytes(git)?).map_err(|_| Refused::Said("a path is not UTF-8".to_owned()))?;
    Ok(printed.strip_suffix('\n').unwrap_or(&printed).to_owned())
}

fn bytes(git: &mut Command) -> Result<Vec<u8>, Refused> {
    let output = git.output().map_err(Refused::NotRun)?;
    if output.status.success() { Ok(output.stdout) } else { Err(Refused::Said(first_error_line(&output.stderr))) }
}

/// The first line with an error, made safe to show.
fn first_error_line(stderr: &[u8]) -> String {
    let stderr = String::from_utf8_lossy(stderr);
    let is_blame = |line: &&str| line.starts_with("fatal: ") || line.starts_with("error: ");
    let line = stderr.lines().find(is_blame).or_else(|| stderr.lines().find(|line| !line.trim().is_empty()));
    let line = line.unwrap_or("it gave no reason").trim_start_matches("fatal: ").trim_start_matches("error: ");
    // Paths, branches and host names stay readable: the redaction works on whole words.
    let line = escape::redacted(line, &['+', '=', '%']);
    line.chars().filter(|c| !c.is_control()).take(MAX_ERROR_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_what_redirects_git_are_not_inherited() {
        for name in
            ["DRUMBEAT_CORP_SECRET", "GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_COUNT", "GIT_TRACE_CURL", "PAGER"]
        {
            assert!(is_removed(name), "{name}");
        }
        for name in ["PATH", "HOME", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "https_proxy", "SSH_AUTH_SOCK"] {
            assert!(!is_removed(name), "{name}");
        }
    }

    #[test]
    fn the_reason_is_the_first_line_that_blames() {
        assert_eq!(first_error_line(b"warning: x\nfatal: no such thing\nhint: y\n"), "no such thing");
        assert_eq!(first_error_line(b"\n  \nodd\n"), "odd");
        assert_eq!(first_error_line(b""), "it gave no reason");
    }
}
