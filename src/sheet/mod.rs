//! Reads spreadsheets (xlsx, xls, ods, csv) into cells, and writes xlsx.
//!
//! The format is recognised by the bytes, never by the file name. Reading is bounded in time and memory. Parts of an
//! archive are never extracted under their own names.

mod archive;
mod cfb;
mod delimited;
mod error;
mod input;
mod ods;
mod write;
mod xls;
mod xlsx;
mod xlsx_marks;
mod xlsx_pictures;
mod xml;

use std::path::Path;

pub use error::{OtherKind, SheetError};
pub use input::Input;
pub use write::{CalendarRow, Column, ColumnKind, DayColour, OutCell, Template, table, template};

use crate::import::{PictureId, Workbook};
use archive::Archive;

/// Largest xlsx or ods, in bytes: its pictures stay packed in the file.
const MAX_ARCHIVE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Largest xls or text file, in bytes.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Most cells of one sheet that are not empty.
pub const MAX_CELLS: usize = 1_000_000;
/// Excel's own limit.
const MAX_COLUMNS: u32 = 16_384;
/// Excel's own limit for the text of a cell is 32,767 UTF-16 units; LibreOffice takes more.
pub const MAX_CELL_CHARS: usize = 65_535;

/// A spreadsheet with what is needed to take its pictures out.
pub struct Opened {
    pub workbook: Workbook,
    archive: Option<Archive>,
}

/// The result of extracting a picture.
pub enum Picture {
    Bytes(Vec<u8>),
    TooLarge { bytes: u64 },
}

/// Reads a spreadsheet.
///
/// # Errors
/// It cannot be read, is no spreadsheet, is damaged, or exceeds a limit.
pub fn open(path: &Path) -> Result<Opened, SheetError> {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    read(&Input::Path(path.to_owned()), &text(path.file_name()), &text(path.file_stem()))
}

/// Reads a spreadsheet from bytes or a file. A text file has one sheet, `stem`.
///
/// # Errors
/// As [`open`].
pub fn read(input: &Input, name: &str, stem: &str) -> Result<Opened, SheetError> {
    let bytes = input.len().map_err(SheetError::Unreadable)?;
    let start = input.start(4_096).map_err(SheetError::Unreadable)?;
    let kind = kind(&start)?;
    let most = if kind == Kind::Zip { MAX_ARCHIVE_BYTES } else { MAX_BYTES };
    if bytes > most {
        return Err(SheetError::TooLarge { bytes, most });
    }
    let whole = || input.start(MAX_BYTES).map_err(SheetError::Unreadable);
    let (sheets, archive) = match kind {
        Kind::Text => (vec![delimited::read(&whole()?, stem)?], None),
        Kind::Compound => {
            let bytes = whole()?;
            (guarded(|| xls::read(bytes))?, None)
        }
        Kind::Zip => {
            let mut archive = Archive::open(input)?;
            match zip_kind(&archive)? {
                ZipKind::Xlsx => {
                    archive.inspect()?;
                    (guarded(|| xlsx::read(input, &mut archive))?, Some(archive))
                }
                ZipKind::Ods => {
                    archive.inspect()?;
                    (ods::read(&mut archive)?, Some(archive))
                }
            }
        }
    };
    Ok(Opened { workbook: Workbook { name: name.to_owned(), sheets }, archive })
}

/// Runs a parser of another crate; converts its panic to the error "damaged file".
fn guarded<T>(read: impl FnOnce() -> Result<T, SheetError>) -> Result<T, SheetError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(SheetError::Broken("panic".to_owned())))
}

impl Opened {
    /// How many bytes a picture has unpacked, as the file says; reading it stops there. 0 if the file does not have it.
    pub fn picture_bytes(&mut self, picture: &PictureId) -> u64 {
        self.archive.as_mut().and_then(|archive| archive.size(&picture.0)).unwrap_or(0)
    }

    /// The bytes of a picture, if it has at most `most`; nothing where the file does not have it.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn picture(&mut self, picture: &PictureId, most: u64) -> Result<Option<Picture>, SheetError> {
        let Some(archive) = &mut self.archive else { return Ok(None) };
        match archive.size(&picture.0) {
            None => Ok(None),
            Some(bytes) if bytes > most => Ok(Some(Picture::TooLarge { bytes })),
            Some(bytes) => Ok(archive.bytes(&picture.0, bytes.min(most))?.map(Picture::Bytes)),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    /// The container of xls, of xlsx with a password, and of much else.
    Compound,
    Text,
}

fn kind(start: &[u8]) -> Result<Kind, SheetError> {
    let other = |kind| Err(SheetError::Other(kind));
    match start {
        [] => Err(SheetError::Empty),
        [b'P', b'K', 3, 4, ..] => Ok(Kind::Zip),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Ok(Kind::Compound),
        [9, 0 | 2 | 4 | 8, 4..=8, 0, ..] => other(OtherKind::OldExcel),
        [b'%', b'P', b'D', b'F', ..] => other(OtherKind::Pdf),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => other(OtherKind::Picture),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Ok(Kind::Text),
        _ => {
            let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
            if text.starts_with("<?xml") && text.contains("urn:schemas-microsoft-com:office:spreadsheet") {
                return other(OtherKind::Xml2003);
            }
            if text.starts_with('<') {
                return other(OtherKind::Html);
            }
            if start.contains(&0) {
                return Err(SheetError::NotASpreadsheet);
            }
            Ok(Kind::Text)
        }
    }
}

enum ZipKind {
    Xlsx,
    Ods,
}

fn zip_kind(archive: &Archive) -> Result<ZipKind, SheetError> {
    let other = |kind| Err(SheetError::Other(kind));
    if archive.has("xl/workbook.bin") {
        return other(OtherKind::Xlsb);
    }
    if archive.names().any(|name| name.starts_with("word/")) {
        return other(OtherKind::Word);
    }
    if archive.names().any(|name| name.starts_with("ppt/")) {
        return other(OtherKind::Slides);
    }
    if archive.names().any(|name| name.starts_with("Index/") && name.ends_with(".iwa")) {
        return other(OtherKind::Numbers);
    }
    if archive.has("[Content_Types].xml") {
        return Ok(ZipKind::Xlsx);
    }
    if archive.has("content.xml") && archive.has("META-INF/manifest.xml") {
        return Ok(ZipKind::Ods);
    }
    other(OtherKind::Zip)
}
