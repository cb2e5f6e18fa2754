//! The send log: the requests that were about to be sent, outside the database. For a store in a file it is in the lock
//! file; for one on a server, each machine has its own for each corp (`store/postgres/send_log`).
//!
//! A database can lose its last commits: its log is removed or torn, an older copy replaces it, or a standby server that
//! lacks them becomes the primary. It then looks like a store that never sent them. So each send is also counted here, on disk before its request leaves, and the two counts
//! are compared at start. After a crash the witness may be one commit behind the store; it is never ahead.
//!
//! The file is a ring of lines of equal length. One write fills a line, and each line has a checksum: a torn line is
//! ignored, because its request has not left.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::Sha256;
use crate::run::Run;

/// Length of a line with its line end, in bytes.
const LINE_LENGTH: usize = 1024;
/// Number of attempts that are kept for a file: more than an hour of sends at 10 a minute.
const LINES_OF_FILE: u64 = 1024;
/// The same for a server, of which a failover loses seconds: there may be a thousand corps.
const LINES_OF_SERVER: u64 = 128;
/// Characters of the checksum and the space after it.
const CHECKSUM_LENGTH: usize = 17;

/// The random name of a new history, or of a new list of a machine.
pub(in crate::store) fn new_lineage() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// A request that was about to leave: enough data to record its run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct Attempt {
    pub(in crate::store) at: DateTime<Utc>,
    pub(in crate::store) corp: String,
    pub(in crate::store) campaign: String,
    pub(in crate::store) slot: String,
    pub(in crate::store) due: DateTime<Utc>,
    pub(in crate::store) zone: String,
    pub(in crate::store) latest: DateTime<Utc>,
    pub(in crate::store) content_sha256: Option<Sha256>,
}

impl Attempt {
    /// The attempt of a run in `sending`.
    pub(in crate::store) fn of(run: &Run) -> Self {
        Self {
            at: run.sent_at.unwrap_or(run.updated_at),
            corp: run.corp.0.clone(),
            campaign: run.campaign.to_string(),
            slot: run.slot.to_string(),
            due: run.due,
            zone: run.zone.clone(),
            latest: run.deadline,
            content_sha256: run.content_sha256,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    lineage: String,
    send: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<Attempt>,
    /// The line of a store's first start, written before the store counts anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    first: bool,
}

/// The content of the file.
#[derive(Debug, Default, PartialEq)]
pub(in crate::store) struct SendLogContent {
    /// The history that it belongs to; `None` if the file has no valid line.
    pub(in crate::store) lineage: Option<String>,
    /// The number of the newest send.
    pub(in crate::store) sends: u64,
    /// The newest attempts with their numbers, oldest first.
    pub(in crate::store) attempts: Vec<(u64, Attempt)>,
    /// The file is empty, or has the line of a first start: no store depends on it yet.
    is_first: bool,
}

impl SendLogContent {
    /// Whether a store without a count may start one with this witness.
    pub(in crate::store) fn is_of_a_first_start(&self) -> bool {
        self.is_first
    }
}

#[derive(Debug)]
pub(in crate::store) struct Witness {
    file: File,
    max_lines: u64,
}

impl Witness {
    pub(in crate::store) fn new(file: File) -> Self {
        Self { file, max_lines: LINES_OF_FILE }
    }

    /// The list of one machine for a store on a server.
    pub(in crate::store) fn of_server(file: File) -> Self {
        Self { file, max_lines: LINES_OF_SERVER }
    }

    pub(in crate::store) fn read(&self) -> io::Result<SendLogContent> {
        let length = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(LINE_LENGTH * usize::try_from(self.max_lines).unwrap_or(usize::MAX))];
        self.file.read_exact_at(&mut bytes, 0)?;
        let mut lines: Vec<Line> = bytes.chunks(LINE_LENGTH).filter_map(parse).collect();
        lines.sort_by_key(|line| line.send);
        let Some(newest) = lines.last() else {
            return Ok(SendLogContent { is_first: length == 0, ..SendLogContent::default() });
        };
        let (lineage, sends, is_first) = (Some(newest.lineage.clone()), newest.send, newest.first);
        let attempts = lines.into_iter().filter_map(|line| Some((line.send, line.attempt?))).collect();
        Ok(SendLogContent { lineage, sends, attempts, is_first })
    }

    /// Starts the history of a new store, before the store counts.
    pub(in crate::store) fn begin_first(&self, lineage: &str) -> io::Result<()> {
        self.write_first(&Line { lineage: lineage.to_owned(), send: 0, attempt: None, first: true })
    }

    /// Starts a new history of a store that has counted. A crash in the middle leaves a file without a valid line: the
    /// next start finds no witness, and a hold that is already active.
    pub(in crate::store) fn begin(&self, lineage: &str) -> io::Result<()> {
        self.write_first(&Line { lineage: lineage.to_owned(), send: 0, attempt: None, first: false })
    }

    fn write_first(&self, first: &Line) -> io::Result<()> {
        self.file.set_len(0)?;
        self.write(0, &line(first)?)?;
        self.file.sync_all()
    }

    /// Writes attempts to disk, numbered from `first`. Their requests may leave only after this.
    pub(in crate::store) fn append(&self, lineage: &str, first: u64, attempts: Vec<Attempt>) -> io::Result<()> {
        for (number, attempt) in (first..).zip(attempts) {
            self.write(
                number,
                &line(&Line { lineage: lineage.to_owned(), send: number, attempt: Some(attempt), first: false })?,
            )?;
        }
        self.file.sync_data()
    }

    fn write(&self, number: u64, line: &[u8]) -> io::Result<()> {
        self.file.write_all_at(line, number % self.max_lines * LINE_LENGTH as u64)
    }
}

fn line(line: &Line) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(line)?;
    let width = LINE_LENGTH - CHECKSUM_LENGTH - 1;
    if json.len() > width {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the names are too long for a line of the witness"));
    }
    Ok(format!("{} {json:width$}\n", sum(json.as_bytes())).into_bytes())
}

fn parse(bytes: &[u8]) -> Option<Line> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (found, json) = text.split_at_checked(CHECKSUM_LENGTH)?;
    let json = json.trim_end_matches(['\n', ' ']);
    (found.trim_end() == sum(json.as_bytes())).then(|| serde_json::from_str(json).ok())?
}

fn sum(bytes: &[u8]) -> String {
    Sha256::of(bytes).to_string()[..CHECKSUM_LENGTH - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness() -> Witness {
        Witness::new(tempfile::tempfile().expect("a temporary file"))
    }

    fn attempt(n: u64) -> Attempt {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        Attempt {
            at,
            corp: "ww1".to_owned(),
            campaign: format!("c{n}"),
            slot: "2026-03-02T09:00".to_owned(),
            due: at,
            zone: "Asia/Shanghai".to_owned(),
            latest: at,
            content_sha256: Some(Sha256::of(b"text")),
        }
    }

    fn read(witness: &Witness) -> SendLogContent {
        witness.read().expect("it can be read")
    }

    #[test]
    fn empty_file_has_no_attempts() {
        assert_eq!(read(&witness()), SendLogContent { is_first: true, ..SendLogContent::default() });
    }

    #[test]
    fn first_start_is_empty_file_or_first_line() {
        let witness = witness();
        assert!(read(&witness).is_of_a_first_start());
        witness.begin_first("one").expect("written");
        assert!(read(&witness).is_of_a_first_start());
        witness.append("one", 1, vec![attempt(1)]).expect("written");
        assert!(!read(&witness).is_of_a_first_start());
        witness.begin("two").expect("written");
        assert!(!read(&witness).is_of_a_first_start());
        witness.file.write_all_at(&[0x5a; LINE_LENGTH], 0).expect("written");
        assert!(!read(&witness).is_of_a_first_start());
    }

    #[test]
    fn what_was_about_to_be_sent_is_read_back() {
        let witness = witness();
        witness.begin("one").expect("written");
        witness.append("one", 1, vec![attempt(1), attempt(2)]).expect("written");
        let found = read(&witness);
        assert_eq!((found.lineage.as_deref(), found.sends), (Some("one"), 2));
        assert_eq!(found.attempts, [(1, attempt(1)), (2, attempt(2))]);
    }

    #[test]
    fn the_file_does_not_grow_and_keeps_the_newest() {
        let witness = witness();
        witness.begin("one").expect("written");
        witness.append("one", 1, (1..=LINES_OF_FILE + 10).map(attempt).collect()).expect("written");
        let found = read(&witness);
        assert_eq!((found.sends, found.attempts.len() as u64), (LINES_OF_FILE + 10, LINES_OF_FILE));
        assert_eq!(found.attempts.first(), Some(&(11, attempt(11))));
        assert_eq!(witness.file.metadata().expect("a file").len(), LINES_OF_FILE * LINE_LENGTH as u64);
    }

    #[test]
    fn damaged_line_is_ignored() {
        let witness = witness();
        witness.begin("one").expect("written");
        witness.append("one", 1, vec![attempt(1), attempt(2)]).expect("written");
        witness.file.write_all_at(b"x", 2 * LINE_LENGTH as u64 + 40).expect("written");
        assert_eq!(read(&witness).sends, 1);
    }

    #[test]
    fn a_torn_line_is_not_there() {
        let witness = witness();
        witness.begin("one").expect("written");
        witness.append("one", 1, vec![attempt(1)]).expect("written");
        witness.file.set_len(LINE_LENGTH as u64 + 100).expect("cut");
        assert_eq!(read(&witness).sends, 0);
    }

    #[test]
    fn names_longer_than_a_line_are_refused() {
        let witness = witness();
        let long = Attempt { corp: "w".repeat(LINE_LENGTH), ..attempt(1) };
        assert!(witness.append("one", 1, vec![long]).is_err());
    }
}
