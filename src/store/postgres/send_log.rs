//! The list of the last requests that this machine was about to send for a corp, on its own disk.
//!
//! The server counts them too, for each list. After a failover that lost commits the server has fewer.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::address::ServerAddress;
use crate::store::sqlite::FILE_MODE;
use crate::store::witness::{Attempt, Witness, new_lineage};

/// Suffix of the file.
const SUFFIX: &str = ".sends";

#[derive(Debug)]
pub(in crate::store) struct SendLog {
    witness: Witness,
    name: String,
    sends: u64,
}

impl SendLog {
    /// Opens the list of the address's corp, or begins it.
    pub(super) fn open(address: &ServerAddress) -> io::Result<Self> {
        let mut path = address.local_name().into_os_string();
        path.push(SUFFIX);
        let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE).custom_flags(no_follow);
        let file = options.open(&path)?;
        if file.metadata()?.len() == 0 {
            // The name of a new file must survive a power failure too.
            let directory = Path::new(&path).parent().filter(|directory| !directory.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Self::of(file)
    }

    /// The list in an open file.
    pub(super) fn of(file: File) -> io::Result<Self> {
        let witness = Witness::of_server(file);
        let content = witness.read()?;
        if let Some(name) = content.lineage {
            return Ok(Self { witness, name, sends: content.sends });
        }
        let name = new_lineage();
        witness.begin(&name)?;
        Ok(Self { witness, name, sends: 0 })
    }

    /// Its random name: another machine, or a file that was removed and made again, has another one.
    pub(in crate::store) fn name(&self) -> &str {
        &self.name
    }

    /// The number of its newest send.
    pub(in crate::store) fn sends(&self) -> u64 {
        self.sends
    }

    /// The newest attempts with their numbers, oldest first.
    pub(in crate::store) fn attempts(&self) -> io::Result<Vec<(u64, Attempt)>> {
        Ok(self.witness.read()?.attempts)
    }

    /// Writes attempts to disk, numbered from `first`. Their requests may leave only after this.
    pub(super) fn append(&mut self, first: u64, attempts: Vec<Attempt>) -> io::Result<()> {
        let newest = (first + attempts.len() as u64).saturating_sub(1);
        self.witness.append(&self.name, first, attempts)?;
        self.sends = newest;
        Ok(())
    }
}
