//! Keeps the store small: exports runs older than the retention time to compressed files, then removes them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::clock::{Clock, delta};
use crate::error_chain;
use crate::store::{ExportedRun, Store, StoreError};

/// How long sends are kept: the limit per minute needs them, also after the clock was set back. Months are counted
/// separately.
const SEND_RETENTION: TimeDelta = TimeDelta::days(2);
/// Number of runs that are exported and removed in one step.
const BATCH_SIZE: usize = 25;
/// Pause between two batches, so that other writers of the store come first.
const BATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between two checks for old runs.
pub(crate) const IDLE_INTERVAL: Duration = Duration::from_secs(3600);

/// Exports and removes old runs.
#[derive(Clone, Debug)]
pub struct Archive {
    pub clock: Clock,
    pub store: Store,
    /// How long a run is kept after it was due. `None`: forever.
    pub keep: Option<Duration>,
}

/// Why old runs were not exported or removed.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("failed to export old runs to {}, so nothing is removed", .path.display())]
    Export {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Archive {
    /// Exports and removes old runs until `stop`.
    pub async fn run(self, report: TaskReport, stop: CancellationToken) {
        loop {
            let step = self.step().await;
            report.pass(step.is_ok());
            let pause = match step {
                Ok(true) => BATCH_INTERVAL,
                Ok(false) => IDLE_INTERVAL,
                Err(error) => {
                    tracing::error!(error = %error_chain::error_chain(&error), "failed to remove old runs; they are kept; retrying");
                    IDLE_INTERVAL
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(pause) => {}
            }
        }
    }

    /// Exports and removes one small batch; returns whether there may be more.
    ///
    /// # Errors
    /// The export or the store failed. Nothing of the batch is removed then.
    pub async fn step(&self) -> Result<bool, ArchiveError> {
        let now = self.clock.now();
        let more_sends = self.store.remove_sends(now - SEND_RETENTION).await?;
        let (Some(keep), Some(store)) = (self.keep, self.store.beside("")) else { return Ok(more_sends) };
        let before = now - delta(keep);
        let exported = self.store.export(before, BATCH_SIZE).await?;
        let directory = directory(&store);
        let of_machine = match self.store.path() {
            None if !exported.is_empty() => Some(self.of_machine(&directory).await?),
            _ => None,
        };
        for month in exported.chunk_by(|one, next| month(one.due) == month(next.due)) {
            let name = self::month(month[0].due);
            let path = directory.join(format!("{name}.jsonl.gz"));
            let name = of_machine.as_ref().map_or(name.clone(), |machine| format!("{name} {}", machine.id));
            let known = self.store.exported_bytes(&name).await?;
            let (file, runs) = (path.clone(), month.to_vec());
            // Blocks on the disk, so it runs off the runtime's threads.
            let appended = tokio::task::spawn_blocking(move || append(&file, known, &runs)).await;
            let appended = appended.unwrap_or_else(|failed| Err(io::Error::other(failed)));
            let bytes = appended.map_err(|source| ArchiveError::Export { path, source })?;
            self.store.remove_exported(month, &name, bytes).await?;
        }
        if !exported.is_empty() {
            tracing::info!(runs = exported.len(), "old runs were exported and removed");
        }
        let more_members = self.store.remove_members().await?;
        Ok(more_sends || more_members || exported.len() == BATCH_SIZE)
    }

    async fn of_machine(&self, directory: &Path) -> Result<OfMachine, ArchiveError> {
        let path = directory.to_owned();
        let opened = tokio::task::spawn_blocking(move || OfMachine::open(&path)).await;
        let opened = opened.unwrap_or_else(|failed| Err(io::Error::other(failed)));
        opened.map_err(|source| ArchiveError::Export { path: directory.to_owned(), source })
    }
}

/// The exports of a store on a server are on several machines: the store counts those of each by this id.
///
/// While this value lives, no other process writes into the directory. A service that was suspended in the middle still
/// has it, so its successor on the same disk waits.
struct OfMachine {
    id: String,
    _lock: File,
}

impl OfMachine {
    fn open(directory: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join("machine");
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
        file.try_lock().map_err(|_| io::Error::other("another process exports into this directory"))?;
        let mut id = String::new();
        file.read_to_string(&mut id)?;
        if id.is_empty() {
            id = format!("{:016x}", fastrand::u64(..));
            file.write_all(id.as_bytes())?;
            file.sync_all()?;
            File::open(directory)?.sync_all()?;
        }
        Ok(Self { id, _lock: file })
    }
}

/// The directory for a store's old runs: one file for each month of due times.
pub fn directory(store: &Path) -> PathBuf {
    let mut name = store.to_owned().into_os_string();
    name.push(".archive");
    name.into()
}

/// Appends runs after the first `known` bytes, waits until they are on disk, and returns the new length. gzip allows
/// several compressed parts in one file.
fn append(path: &Path, known: u64, exported: &[ExportedRun]) -> io::Result<u64> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    for ExportedRun { line, .. } in exported {
        packed.write_all(line.as_bytes())?;
        packed.write_all(b"\n")?;
    }
    let packed = packed.finish()?;
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    // The file may have been moved away in the meantime.
    let end = file.metadata()?.len().min(known);
    file.set_len(end)?;
    file.write_all_at(&packed, end)?;
    file.sync_all()?;
    File::open(directory)?.sync_all()?;
    Ok(end + packed.len() as u64)
}

fn month(due: DateTime<Utc>) -> String {
    due.format("%Y-%m").to_string()
}
