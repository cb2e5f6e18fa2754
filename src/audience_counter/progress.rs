//! What an interrupted count has read, as lines of JSON beside the book. It has no external user id and no name of a
//! customer, only the numbers that `wecom` makes with the app's secret and a salt. It is removed at the end.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::tally::Tally;
use crate::ids::Sha256;
use crate::wecom::{CustomerPage, WeCom};

/// An older progress is discarded: customers come and go.
const MAX_AGE: TimeDelta = TimeDelta::hours(12);
const VERSION: u32 = 1;

/// The progress file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {}", path.display())]
pub struct ProgressError {
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    corp: String,
    begun: DateTime<Utc>,
    salt: String,
    /// Differs if the numbers of customers were made with another key.
    check: u64,
}

/// Some members with all their customers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) members: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unlicensed: Vec<String>,
    /// Member, number of the customer, tags.
    pub(super) pairs: Vec<(String, u64, Vec<String>)>,
}

impl Batch {
    pub(super) fn put(&mut self, page: CustomerPage) {
        for member in page.unlicensed {
            if !self.unlicensed.contains(&member) {
                self.unlicensed.push(member);
            }
        }
        self.pairs.extend(page.relations.into_iter().map(|it| (it.userid, it.customer, it.tags)));
    }

    pub(super) fn count_into(&self, tally: &mut Tally) {
        self.unlicensed.iter().for_each(|member| tally.put_unlicensed(member));
        self.pairs.iter().for_each(|(member, customer, tags)| tally.put(member, *customer, tags));
    }
}

/// The open file.
pub(super) struct Progress {
    path: PathBuf,
    file: File,
    salt: String,
    known: Vec<Batch>,
}

impl Progress {
    /// Continues the file of an earlier count of the same corp, if it is not too old, or begins a new one.
    pub(super) fn open(path: &Path, wecom: &WeCom, now: DateTime<Utc>) -> Result<Self, ProgressError> {
        let corp = wecom.corp().0.as_str();
        let failed = |source| ProgressError { path: path.to_owned(), source };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            // Not text: nothing of it can be used.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let mut lines = text.lines();
        let head = lines.next().and_then(|line| serde_json::from_str::<Head>(line).ok());
        let is_usable = |head: &Head| {
            let age = now - head.begun;
            let is_comparable = head.check == wecom.customer_check(head.salt.as_bytes());
            is_comparable && head.version == VERSION && head.corp == corp && TimeDelta::zero() <= age && age <= MAX_AGE
        };
        // The last line may be half written.
        let read = |line: &str| serde_json::from_str::<Batch>(line).ok();
        let (head, known) = match head.filter(is_usable) {
            Some(head) => (head, lines.map_while(read).collect()),
            None => {
                let salt = Sha256::of(format!("{corp}/{}", now.to_rfc3339()).as_bytes()).to_string();
                let check = wecom.customer_check(salt.as_bytes());
                (Head { version: VERSION, corp: corp.to_owned(), begun: now, salt, check }, Vec::new())
            }
        };
        // Written again, so that no half line is left in it.
        _ = fs::remove_file(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(failed)?;
        let mut progress = Self { path: path.to_owned(), file, salt: head.salt.clone(), known: Vec::new() };
        progress.line(&head)?;
        for batch in &known {
            progress.save(batch)?;
        }
        Ok(Self { known, ..progress })
    }

    pub(super) fn salt(&self) -> &[u8] {
        self.salt.as_bytes()
    }

    /// Counts what was read before; the members of it.
    pub(super) fn take(&mut self, tally: &mut Tally) -> HashSet<String> {
        let known = std::mem::take(&mut self.known);
        known.iter().for_each(|batch| batch.count_into(tally));
        known.into_iter().flat_map(|batch| batch.members).collect()
    }

    pub(super) fn save(&mut self, batch: &Batch) -> Result<(), ProgressError> {
        self.line(batch)
    }

    pub(super) fn remove(self) -> Result<(), ProgressError> {
        fs::remove_file(&self.path).map_err(|source| ProgressError { path: self.path, source })
    }

    fn line(&mut self, entry: &impl Serialize) -> Result<(), ProgressError> {
        let mut line = serde_json::to_vec(entry).expect("a batch is plain data");
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| ProgressError { path: self.path.clone(), source })
    }
}
