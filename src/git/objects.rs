//! Reads from a repository: lists of trees, and objects by name.
//!
//! The repository may come from an untrusted person. No command here checks out, filters, fetches, pages or runs a
//! hook.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::{Refused, Repository};

/// Most bytes of a file list: 512 for each of the most entries of a book, a long path.
const MAX_LIST_BYTES: u64 = 512 * 1024 * 1024;

/// One entry of a tree. In git, names are bytes.
#[derive(Debug)]
pub struct Listed {
    pub mode: String,
    pub object: String,
    pub path: Vec<u8>,
}

/// Every file under a tree, at any depth, at most `most` of them.
///
/// # Errors
/// Git cannot be run, or the repository does not have the tree.
pub fn list(repository: &Repository, tree: &str, most: usize) -> Result<Vec<Listed>, Refused> {
    let mut child = repository
        .command()
        .args(["ls-tree", "-r", "-z", "--full-tree", tree])
        // Not read while the list is read: a full pipe would block both.
        .stderr(Stdio::null())
        .spawn()
        .map_err(Refused::NotRun)?;
    let mut listed = Vec::new();
    let mut failed = None;
    if let Some(stdout) = child.stdout.take() {
        for record in BufReader::new(stdout.take(MAX_LIST_BYTES)).split(0).take(most) {
            match record {
                Ok(record) => listed.extend(entry(&record)),
                Err(error) => failed = Some(error.to_string()),
            }
        }
    }
    // The list is long enough; the rest is not read.
    if listed.len() >= most {
        let _ = child.kill();
    }
    let status = child.wait().map_err(Refused::NotRun)?;
    if !status.success() && listed.len() < most {
        failed.get_or_insert_with(|| format!("failed to list `{tree}`"));
    }
    failed.map_or(Ok(listed), |why| Err(Refused::Said(why)))
}

/// `<mode> SP <type> SP <object> TAB <path>`
fn entry(record: &[u8]) -> Option<Listed> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    let head = str::from_utf8(&record[..tab]).ok()?;
    let mut words = head.split(' ');
    let (mode, _, object) = (words.next()?, words.next()?, words.next()?);
    Some(Listed { mode: mode.to_owned(), object: object.to_owned(), path: record[tab + 1..].to_owned() })
}

/// The entry with this name directly in a tree; `None` if the tree has no such name.
///
/// # Errors
///
/// This clone does not have the tree, or git cannot be run.
pub fn entry_of(repository: &Repository, tree: &str, name: &str) -> Result<Option<Listed>, Refused> {
    let listed = repository.ask_bytes(["ls-tree", "-z", "--full-tree", tree])?;
    Ok(listed.split(|&byte| byte == 0).filter_map(entry).find(|listed| listed.path == name.as_bytes()))
}

/// A running `git cat-file --batch` that reads one object after another; started when first needed.
#[derive(Debug)]
pub struct Blobs {
    repository: Repository,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

/// The content of an object.
#[derive(Debug)]
pub enum Blob {
    Bytes(Vec<u8>),
    TooLarge { bytes: u64 },
    Missing,
}

impl Blobs {
    pub fn new(repository: &Repository) -> Self {
        Self { repository: repository.clone(), running: None }
    }

    /// The content of an object, if it has at most `most` bytes.
    ///
    /// # Errors
    /// Git cannot be run, ended early, or gave an invalid answer.
    pub fn get(&mut self, object: &str, most: u64) -> io::Result<Blob> {
        let got = self.try_get(object, most);
        // After a failure, or in the middle of a large object, the next answer would be out of step.
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
            _ => return Err(io::Error::other("git gave an invalid answer")),
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
            None => Running::start(&self.repository)?,
        };
        Ok(self.running.insert(running))
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended already; it is waited for in any case, so that no zombie is left.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Running {
    fn start(repository: &Repository) -> io::Result<Self> {
        let mut git = repository.command();
        let mut child = git.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
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
