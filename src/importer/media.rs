//! The pictures and videos that rows name or carry: found beside the sheet, in the book, or inside of the spreadsheet.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::FoundMedia;
use crate::book::Files;
use crate::ids::Sha256;
use crate::import::{At, CellFinding, Group, MediaName, PictureId, Position};
use crate::load::media_entry;
use crate::media_index::{self, BadPath, MediaEntry, MediaFormat};
use crate::post::MediaKind;
use crate::sheet::{Opened, Picture, SheetError};
use crate::source::{MEDIA_BYTES, MediaRead, Source};

/// The directory of a book that media are copied to.
const DIRECTORY: &str = "media";
/// Digits of the digest that names a file.
const DIGITS: usize = 16;

/// Most bytes of all pictures of one spreadsheet together, unpacked: a thousand pictures of a megabyte each.
const MAX_PICTURE_BYTES: u64 = 1024 * 1024 * 1024;

/// A picture or video that the book does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMedia {
    /// From the book's top.
    pub path: String,
    pub sha256: Sha256,
    pub origin: MediaOrigin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaOrigin {
    /// A file beside the sheet.
    File(PathBuf),
    /// A picture of the sheet.
    Picture(PictureId),
}

/// Finds every picture and video of the rows.
///
/// # Errors
/// The spreadsheet is damaged.
pub(super) fn find<'g>(
    groups: impl Iterator<Item = &'g Group>,
    files: &Files,
    source: &Source,
    sheet: &Path,
    opened: &mut Opened,
    findings: &mut Vec<CellFinding>,
) -> Result<FoundMedia, SheetError> {
    let mut finder = Finder {
        in_book: files.media.iter().map(|path| &**path).collect(),
        source,
        dir: sheet
            .parent()
            .and_then(|dir| fs::canonicalize(if dir.as_os_str().is_empty() { Path::new(".") } else { dir }).ok()),
        opened,
        known: BTreeMap::new(),
        found: FoundMedia::default(),
        findings,
    };
    let rows = groups.flat_map(|group| &group.rows);
    let media: Vec<&At<MediaName>> = rows.flat_map(|row| row.content.media()).collect();
    let pictures: BTreeSet<&PictureId> = media
        .iter()
        .filter_map(|media| match &media.value {
            MediaName::Picture(picture) => Some(picture),
            MediaName::Named(_) => None,
        })
        .collect();
    // Before any is unpacked: a small file may have many that unpack to much.
    let bytes: u64 = pictures.into_iter().map(|picture| finder.opened.picture_bytes(picture).min(MEDIA_BYTES)).sum();
    if bytes > MAX_PICTURE_BYTES {
        return Err(SheetError::TooManyPictures { most: MAX_PICTURE_BYTES });
    }
    for media in media {
        finder.media(media)?;
    }
    Ok(finder.found)
}

struct Finder<'a> {
    in_book: HashSet<&'a str>,
    source: &'a Source,
    /// The directory that the sheet is in, with no symbolic link left in it.
    dir: Option<PathBuf>,
    opened: &'a mut Opened,
    /// The path of each name and picture that was looked for.
    known: BTreeMap<MediaName, Option<String>>,
    found: FoundMedia,
    findings: &'a mut Vec<CellFinding>,
}

impl Finder<'_> {
    fn media(&mut self, media: &At<MediaName>) -> Result<(), SheetError> {
        let path = match self.known.get(&media.value) {
            Some(path) => path.clone(),
            None => {
                let path = match &media.value {
                    MediaName::Named(name) => self.named(name, media.at),
                    MediaName::Picture(picture) => self.picture(picture, media.at)?,
                };
                self.known.insert(media.value.clone(), path.clone());
                path
            }
        };
        if let Some(path) = path {
            self.found.paths.insert(media.clone(), path);
        }
        Ok(())
    }

    /// A file by its name: beside the sheet, in the book, or in the book's `media/`.
    fn named(&mut self, name: &str, at: Position) -> Option<String> {
        let inside = match media_index::resolve("campaign.toml", name) {
            Ok(inside) => inside,
            Err(why) => {
                self.bad_path(name, why, at);
                return None;
            }
        };
        if let Some((path, read)) = self.beside_sheet(&inside) {
            match read {
                MediaRead::Outside => {
                    self.bad_path(name, BadPath::Outside, at);
                    return None;
                }
                MediaRead::Bytes(bytes) => return Some(self.add(&bytes, MediaOrigin::File(path), &inside)),
                read => {
                    self.found.index.put(inside.clone(), media_entry(read, || None));
                    return Some(inside);
                }
            }
        }
        let in_media = format!("{DIRECTORY}/{inside}");
        // The rule `missing-media` reports a file that does not exist; the default path is used for it.
        let in_book = [&inside, &in_media].into_iter().find(|path| self.in_book.contains(path.as_str()));
        Some(in_book.unwrap_or(&in_media).clone())
    }

    fn bad_path(&mut self, name: &str, why: BadPath, at: Position) {
        let why = why.text();
        self.findings.push(
            CellFinding::error(
                "bad-media-path",
                at,
                text!(en: "`{name}` cannot be used: {why}", zh: "不能用“{name}”：{why}", why = why),
            )
            .with_help(text!(
                en: "write the name of a file beside the spreadsheet or in the book's `media/`",
                zh: "请写表格旁边或者活动目录 `media/` 里的文件名"
            )),
        );
    }

    /// What is at a path from the sheet's directory, where there is anything that is not of the book itself.
    fn beside_sheet(&self, inside: &str) -> Option<(PathBuf, MediaRead)> {
        let dir = self.dir.as_ref()?;
        let path = dir.join(inside);
        let real = fs::canonicalize(&path).ok()?;
        if let Source::Directory(top) = self.source
            && real.starts_with(top)
        {
            return None;
        }
        if !real.starts_with(dir) {
            return Some((path, MediaRead::Outside));
        }
        let metadata = fs::metadata(&real).ok()?;
        if !metadata.is_file() {
            return Some((path, MediaRead::NotAFile));
        }
        if metadata.len() > MEDIA_BYTES {
            return Some((path, MediaRead::TooLarge { bytes: metadata.len() }));
        }
        let read = fs::read(&real).map_or_else(|error| MediaRead::Unreadable(error.to_string()), MediaRead::Bytes);
        Some((real, read))
    }

    fn picture(&mut self, picture: &PictureId, at: Position) -> Result<Option<String>, SheetError> {
        let name = picture.0.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(match self.opened.picture(picture, MEDIA_BYTES)? {
            Some(Picture::Bytes(bytes)) => Some(self.add(&bytes, MediaOrigin::Picture(picture.clone()), &name)),
            Some(Picture::TooLarge { bytes }) => {
                let path = format!("{DIRECTORY}/{name}");
                self.found.index.put(path.clone(), MediaEntry::TooLarge { bytes });
                Some(path)
            }
            None => {
                self.findings.push(
                    CellFinding::error(
                        "lost-picture",
                        at,
                        text!(en: "the picture `{name}` of this cell is not in the file", zh: "文件里没有这个单元格的图片“{name}”"),
                    )
                    .with_help(text!(en: "put the picture into the cell again", zh: "请重新把图片放进单元格")),
                );
                None
            }
        })
    }

    /// The path in the book of a file with these bytes, which is written where the book does not have it.
    fn add(&mut self, bytes: &[u8], origin: MediaOrigin, name: &str) -> String {
        let sha256 = Sha256::of(bytes);
        let entry = media_entry(MediaRead::Bytes(bytes.to_vec()), || None);
        let path = format!("{DIRECTORY}/{}.{}", &sha256.to_string()[..DIGITS], ending(&entry, name));
        let is_there = self.in_book.contains(path.as_str())
            && matches!(self.source.read_media(&path), MediaRead::Bytes(there) if Sha256::of(&there) == sha256);
        if !is_there && !self.found.new.iter().any(|it| it.path == path) {
            self.found.new.push(NewMedia { path: path.clone(), sha256, origin });
        }
        self.found.index.put(path.clone(), entry);
        path
    }
}

/// The ending of a file by what it is; of what no moment takes, that of its name.
fn ending(entry: &MediaEntry, name: &str) -> String {
    let kind = match entry {
        MediaEntry::File { format, .. } => match format {
            MediaFormat::BrokenImage(kind, _) => Some(*kind),
            format => format.kind(),
        },
        _ => None,
    };
    match kind {
        Some(MediaKind::Jpeg) => "jpg".to_owned(),
        Some(MediaKind::Png) => "png".to_owned(),
        Some(MediaKind::Mp4) => "mp4".to_owned(),
        None => {
            let own = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
            own.filter(|it| (1..=5).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphanumeric()))
                .unwrap_or_else(|| "bin".to_owned())
        }
    }
}
