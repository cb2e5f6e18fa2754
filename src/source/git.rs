//! The system's `git`, asked for what is stored and for nothing else.
//!
//! The repository may be a stranger's. No command that is run here checks out, filters, fetches, pages or runs a hook, and
//! what a repository's own configuration could still start is switched off. The user's and the system's configuration
//! are kept: `safe.directory` is in them.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::SourceError;

/// Most bytes of a complaint of git's that are passed on.
const SAID: usize = 400;

/// Most bytes of a list of files: a path is rarely longer than this for each of the most entries of a book.
const LIST_BYTES: u64 = 512 * 1024 * 1024;

/// What a hook that started us was told of its repository; ours is the one around the book.
const FOREIGN: &[&str] =
    &["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_PREFIX"];

/// A `git` command that reads in the repository around a directory.
pub(super) fn git(inside: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(inside);
    git.args(["--no-pager", "--literal-pathspecs", "--no-replace-objects"]);
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"]);
    for name in FOREIGN {
        git.env_remove(name);
    }
    git.envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_LAZY_FETCH", "1"), ("LC_ALL", "C")]);
    git.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    git
}

/// What a short command printed, without the last line end; git's own words if it failed.
pub(super) fn ask<A: AsRef<OsStr>>(inside: &Path, words: impl IntoIterator<Item = A>) -> Result<String, Refused> {
    let output = git(inside).args(words).output().map_err(Refused::NotRun)?;
    if !output.status.success() {
        return Err(Refused::Said(complaint(&output.stderr)));
    }
    let printed = String::from_utf8(output.stdout).map_err(|_| Refused::Said("a path is not UTF-8".to_owned()))?;
    Ok(printed.strip_suffix('\n').unwrap_or(&printed).to_owned())
}

/// Why a command gave no answer.
pub(super) enum Refused {
    NotRun(io::Error),
    Said(String),
}

impl From<Refused> for SourceError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotRun(why) => Self::NoGit(why),
            Refused::Said(words) => Self::Git(words),
        }
    }
}

/// The first line of what git said on stderr, fit to be shown.
fn complaint(stderr: &[u8]) -> String {
    let stderr = String::from_utf8_lossy(stderr);
    let line = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
    line.chars().filter(|c| !c.is_control()).take(SAID).collect()
}

/// One entry of a tree. Names are bytes in git.
pub(super) struct Listed {
    pub(super) mode: String,
    pub(super) object: String,
    pub(super) path: Vec<u8>,
}

/// Every file under a tree, to any depth, at most `most` of them.
pub(super) fn list(inside: &Path, tree: &str, most: usize) -> Result<Vec<Listed>, SourceError> {
    let mut child = git(inside)
        .args(["ls-tree", "-r", "-z", "--full-tree", tree])
        // Nobody reads it while the list is read, and a full pipe would stop both.
        .stderr(Stdio::null())
        .spawn()
        .map_err(SourceError::NoGit)?;
    let mut listed = Vec::new();
    let mut failed = None;
    if let Some(stdout) = child.stdout.take() {
        for record in BufReader::new(stdout.take(LIST_BYTES)).split(0).take(most) {
            match record {
                Ok(record) => listed.extend(entry(&record)),
                Err(error) => failed = Some(error.to_string()),
            }
        }
    }
    // Of a list that was long enough the rest is not wanted.
    if listed.len() >= most {
        let _ = child.kill();
    }
    let status = child.wait().map_err(SourceError::NoGit)?;
    if !status.success() && listed.len() < most {
        failed.get_or_insert_with(|| format!("`{tree}` cannot be listed"));
    }
    failed.map_or(Ok(listed), |why| Err(SourceError::Git(why)))
}

/// `<mode> SP <type> SP <object> TAB <path>`
fn entry(record: &[u8]) -> Option<Listed> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    let head = str::from_utf8(&record[..tab]).ok()?;
    let mut words = head.split(' ');
    let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
    Some(Listed { mode: mode.to_owned(), object: object.to_owned(), path: record[tab + 1..].to_owned() })
}

/// A running `git cat-file --batch`: asked for one object after another, started when first needed.
#[derive(Debug)]
pub(super) struct Blobs {
    inside: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

/// What is stored as an object.
pub(super) enum Blob {
    Bytes(Vec<u8>),
    TooLarge { bytes: u64 },
    Missing,
}

impl Blobs {
    pub(super) fn new(inside: &Path) -> Self {
        Self { inside: inside.to_owned(), running: None }
    }

    /// The content of an object, if it has at most so many bytes.
    pub(super) fn get(&mut self, object: &str, most: u64) -> io::Result<Blob> {
        let got = self.try_get(object, most);
        // After a failure, or in the middle of a large object, the next answer would be read out of step.
        if !matches!(got, Ok(Blob::Bytes(_) | Blob::Missing)) {
            self.stop();
        }
        got
    }

    fn try_get(&mut self, object: &str, most: u64) -> io::Result<Blob> {
        let running = self.running()?;
        writeln!(running.ask, "{object}")?;
        running.ask.flush()?;
        let mut head = String::new();
        (&mut running.answer).take(1024).read_line(&mut head)?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let bytes = match words[..] {
            [_, "blob", bytes] => bytes.parse().map_err(io::Error::other)?,
            [_, "missing"] => return Ok(Blob::Missing),
            _ => return Err(io::Error::other("git gave an answer that makes no sense")),
        };
        if bytes > most {
            return Ok(Blob::TooLarge { bytes });
        }
        let mut whole = Vec::new();
        (&mut running.answer).take(bytes + 1).read_to_end(&mut whole)?;
        if whole.pop() != Some(b'\n') || u64::try_from(whole.len()) != Ok(bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Blob::Bytes(whole))
    }

    fn running(&mut self) -> io::Result<&mut Running> {
        let running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&self.inside)?,
        };
        Ok(self.running.insert(running))
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may be gone already; either way it is waited for, so that none is left behind.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Running {
    fn start(inside: &Path) -> io::Result<Self> {
        let mut child =
            git(inside).args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(ask), Some(answer)) => Ok(Self { child, ask, answer: BufReader::new(answer) }),
            _ => Err(io::Error::other("git was started without its pipes")),
        }
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        self.stop();
    }
}
