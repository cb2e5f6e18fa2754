//! Where the bytes of a spreadsheet are.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// A file, or the bytes of one.
#[derive(Clone, Debug)]
pub enum Input {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

impl Input {
    pub(super) fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Self::Path(path) => Box::new(BufReader::new(File::open(path)?)),
            Self::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Path(path) => {
                let metadata = std::fs::metadata(path)?;
                if metadata.is_dir() {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                // Opening a pipe would block without limit.
                if !metadata.is_file() {
                    return Err(io::Error::other("not a plain file"));
                }
                Ok(metadata.len())
            }
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// The first bytes, at most so many.
    pub(super) fn start(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
