//! The zip archive that an xlsx or ods file is, treated as untrusted.
//!
//! Nothing is ever extracted by a name of the archive. Before anything is parsed, every XML part has been unpacked once
//! and counted, so that a library which reads it whole stays within the bounds too.

use std::io::{self, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::SheetError;
use super::input::{Input, ReadSeek};

/// Most parts of one file: ten pictures a row, and what else there is.
const MAX_PARTS: usize = 200_000;
/// Most bytes of all XML parts together, unpacked.
pub(super) const MAX_XML_BYTES: u64 = 96 * 1024 * 1024;
/// The compression ratio is checked for parts larger than this.
const LARGE_PART: u64 = 16 * 1024 * 1024;
/// Maximum compression ratio: sheets reach about 50, a zip bomb about 1,000.
const MAX_RATIO: u64 = 400;

pub(super) struct Archive {
    zip: ZipArchive<Box<dyn ReadSeek>>,
}

impl Archive {
    pub(super) fn open(input: &Input) -> Result<Self, SheetError> {
        let zip = ZipArchive::new(input.open().map_err(SheetError::Unreadable)?).map_err(broken)?;
        Ok(Self { zip })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The names of all parts.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.zip.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// Refuses an archive that no spreadsheet program makes.
    ///
    /// # Errors
    /// Too many parts, paths that lead out, passwords, entities, or XML that unpacks to more than [`MAX_XML_BYTES`].
    pub(super) fn inspect(&mut self) -> Result<(), SheetError> {
        if self.zip.len() > MAX_PARTS {
            return Err(SheetError::TooManyParts { parts: self.zip.len() });
        }
        if let Some(bad) = self.names().find(|name| leads_out(name)) {
            return Err(SheetError::BadPath(bad));
        }
        let mut left = MAX_XML_BYTES;
        for index in 0..self.zip.len() {
            let part = match self.zip.by_index(index) {
                Ok(part) => part,
                Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Err(SheetError::Encrypted),
                Err(error) => return Err(broken(error)),
            };
            let name = String::from_utf8_lossy(part.name_raw()).into_owned();
            if part.encrypted() {
                return Err(SheetError::Encrypted);
            }
            if !is_xml(&name) {
                continue;
            }
            let packed = part.compressed_size();
            let bytes = count(part, left, &name)?;
            if bytes > LARGE_PART && bytes / packed.max(1) > MAX_RATIO {
                return Err(SheetError::Bomb { part: name });
            }
            left -= bytes;
        }
        Ok(())
    }

    /// A part whole, if it is there. At most `most` bytes of it are unpacked.
    pub(super) fn bytes(&mut self, name: &str, most: u64) -> Result<Option<Vec<u8>>, SheetError> {
        let part = match self.zip.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(broken(error)),
        };
        let mut bytes = Vec::with_capacity(part.size().min(most).min(1 << 20) as usize);
        part.take(most + 1).read_to_end(&mut bytes).map_err(|error| SheetError::Broken(error.to_string()))?;
        if bytes.len() as u64 > most {
            return Err(SheetError::Bomb { part: name.to_owned() });
        }
        Ok(Some(bytes))
    }

    /// An XML part as text, if it is there.
    pub(super) fn xml(&mut self, name: &str) -> Result<Option<String>, SheetError> {
        let Some(bytes) = self.bytes(name, MAX_XML_BYTES)? else { return Ok(None) };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map_or(bytes.clone(), <[u8]>::to_vec);
        String::from_utf8(bytes).map(Some).map_err(|_| SheetError::Broken(format!("{name}: not UTF-8")))
    }

    /// How many bytes a part has unpacked, if it is there. This is the declared size: the part is not unpacked.
    pub(super) fn size(&mut self, name: &str) -> Option<u64> {
        self.zip.by_name(name).ok().map(|part| part.size())
    }
}

fn is_xml(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".xml") || lower.ends_with(".rels")
}

/// Whether a part's path could name a file outside of where it is meant to be. One `/` at the start is tolerated.
fn leads_out(name: &str) -> bool {
    name.split(['/', '\\']).any(|part| part == "..")
        || name.contains('\0')
        || name.starts_with("//")
        || name.get(1..3) == Some(":\\")
}

/// The bytes that a part unpacks to.
fn count(mut part: impl Read, most: u64, name: &str) -> Result<u64, SheetError> {
    const DOCTYPE: &[u8] = b"<!DOCTYPE";
    let mut buffer = [0; 1 << 16];
    // The last bytes of the read before stand in front.
    let mut kept = 0;
    let mut bytes = 0;
    loop {
        let read = match part.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SheetError::Broken(error.to_string())),
        };
        bytes += read as u64;
        if bytes > most {
            return Err(SheetError::Bomb { part: name.to_owned() });
        }
        let filled = kept + read;
        if buffer[..filled].windows(DOCTYPE.len()).any(|it| it.eq_ignore_ascii_case(DOCTYPE)) {
            return Err(SheetError::Entities(name.to_owned()));
        }
        kept = filled.min(DOCTYPE.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

pub(super) fn broken(error: ZipError) -> SheetError {
    match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => SheetError::Unreadable(error),
        error => SheetError::Broken(error.to_string()),
    }
}
