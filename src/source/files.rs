//! Sorts the files of a book by place and name.

use std::sync::Arc;

use crate::book::{
    Files, GitPart, MAX_DIRECTORY_BYTES, MAX_FILE_BYTES, ReadError, SkipReason, SkippedEntry, SourceFile,
};
use crate::ids::CorpName;

/// The role of a file in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Campaign,
    Policy,
    Directory,
    CorpDirectory,
    Counts,
    Results,
    Calendar,
    Media,
    Misplaced(&'static str),
    /// Not read because of a mistake in its name: `policy.toml.txt`.
    NearName,
    /// Notes, scripts and similar files: not part of the book.
    Other,
}

/// Endings of pictures and videos, including formats that moments refuse: a campaign may name one.
const MEDIA_ENDINGS: &[&str] = &[
    "jpg", "jpeg", "png", "mp4", "gif", "webp", "bmp", "heic", "heif", "avif", "tif", "tiff", "svg", "mov", "m4v",
    "avi", "mkv", "webm", "wmv", "flv", "3gp",
];

impl Role {
    /// By the path from the book's top.
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        if near_name(name).is_some() {
            return Self::NearName;
        }
        let Some((_, end)) = name.rsplit_once('.') else { return Self::Other };
        if MEDIA_ENDINGS.iter().any(|known| end.eq_ignore_ascii_case(known)) {
            return Self::Media;
        }
        // Upper case is read too: a campaign must not be lost because of the caps-lock key.
        if !end.eq_ignore_ascii_case("toml") {
            return Self::Other;
        }
        match (path, name) {
            ("policy.toml", _) => Self::Policy,
            ("directory.toml", _) => Self::Directory,
            (path, name) if corp_of_directory(name).is_some() => {
                if path == name {
                    Self::CorpDirectory
                } else {
                    Self::Misplaced("directory.toml")
                }
            }
            ("audience.toml", _) => Self::Counts,
            ("results.toml", _) => Self::Results,
            ("calendar.toml", _) => Self::Calendar,
            (path, _) if path.starts_with("calendars/") => Self::Calendar,
            (_, "policy.toml") => Self::Misplaced("policy.toml"),
            (_, "directory.toml") => Self::Misplaced("directory.toml"),
            (_, "calendar.toml") => Self::Misplaced("calendar.toml"),
            _ => Self::Campaign,
        }
    }
}

/// The corp of `directory.NAME.toml`.
fn corp_of_directory(name: &str) -> Option<CorpName> {
    name.strip_prefix("directory.")?.strip_suffix(".toml")?.parse().ok()
}

/// File names with a meaning for the whole book.
const SHARED_FILES: &[&str] = &["policy.toml", "directory.toml", "calendar.toml"];

/// Misspelled forms of `.toml`.
const MISSPELLED_ENDINGS: &[&str] =
    &[".toml.txt", ".toml.text", ".toml.rtf", ".toml.", ".tml", ".tolm", ".tmol", ".tom", ".tomi", "toml。"];

/// Endings after `.toml` of files that programs leave or that were set aside on purpose.
const COPY_ENDINGS: &[&str] = &[
    "~",
    ".swp",
    ".swo",
    ".tmp",
    ".lock",
    ".orig",
    ".rej",
    ".license",
    ".sample",
    ".example",
    ".template",
    ".disabled",
    ".off",
];

/// Longest ending after `.toml` that counts as a mistake: a longer one is a different name.
const MAX_ENDING_CHARS: usize = 24;

/// The name without its ending, if something follows `.toml`: ` (1)`, ` - 副本`, `_old`, `.docx`; or if the point before
/// `toml` is missing.
fn before_ending(plain: &str) -> Option<&str> {
    if let Some((stem, end)) = plain.split_once(".toml").filter(|(_, end)| !end.is_empty()) {
        let is_media = end.rsplit_once('.').is_some_and(|(_, end)| MEDIA_ENDINGS.contains(&end));
        let is_aside = COPY_ENDINGS.iter().any(|aside| end.ends_with(aside));
        // `notes.toml-guide.md` is a text about such files.
        let is_slip = !end.starts_with('-') && end.len() <= MAX_ENDING_CHARS && !is_media && !is_aside;
        return is_slip.then_some(stem);
    }
    let stem = plain.strip_suffix("toml")?;
    let bare = stem.trim_end_matches([' ', '_', '-', ',', '，', '、']);
    // `cargotoml` could be a word; in a book it is a file name without its point.
    (!stem.ends_with('.') && !bare.contains('.')).then_some(bare)
}

/// The intended name of a file that nothing reads, or that is read with another role.
fn near_name(name: &str) -> Option<String> {
    let plain: String = name.trim().chars().map(half_width).flat_map(char::to_lowercase).collect();
    let slip = MISSPELLED_ENDINGS.iter().find_map(|slip| plain.strip_suffix(slip));
    let is_plain = plain.ends_with(".toml");
    let stem = slip.or_else(|| plain.strip_suffix(".toml")).or_else(|| before_ending(&plain))?;
    let stem = if is_plain { stem } else { without_copy_mark(stem) };
    if stem.is_empty() {
        return None;
    }
    // `policy.toml.toml`: Windows hides known endings.
    let stem = stem.strip_suffix(".toml").filter(|stem| !stem.is_empty()).unwrap_or(stem);
    let wanted = format!("{}.toml", without_copy_mark(stem));
    if SHARED_FILES.contains(&&*wanted) {
        return (name != wanted).then_some(wanted);
    }
    // The correct ending is read in any case, and a copy of a campaign is a campaign with its own id.
    let is_read =
        name.len() > 5 && name.is_char_boundary(name.len() - 5) && name[name.len() - 5..].eq_ignore_ascii_case(".toml");
    (!is_read).then(|| format!("{stem}.toml"))
}

/// A full-width letter or dot of a Chinese input method as ASCII.
fn half_width(c: char) -> char {
    match c {
        '。' | '｡' => '.',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// A name without the mark that file managers add to copies: ` (1)`, ` - copy`, ` - 副本`.
fn without_copy_mark(stem: &str) -> &str {
    let stem = stem.trim_end();
    let numbered = stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let stem = match numbered {
        Some((before, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => before.trim_end(),
        _ => stem,
    };
    for mark in ["copy", "副本", "拷贝"] {
        if let Some(rest) = stem.strip_suffix(mark).filter(|rest| rest.ends_with([' ', '-', '_'])) {
            return rest.trim_end_matches([' ', '-', '_']);
        }
    }
    stem
}

impl Role {
    /// Whether the text of such a file is part of the book.
    pub(super) fn is_read(self) -> bool {
        matches!(
            self,
            Self::Campaign
                | Self::Policy
                | Self::Directory
                | Self::CorpDirectory
                | Self::Counts
                | Self::Results
                | Self::Calendar
        )
    }

    /// Largest size of such a file, in bytes.
    pub(super) fn most(self) -> u64 {
        if matches!(self, Self::Directory | Self::CorpDirectory | Self::Counts) {
            MAX_DIRECTORY_BYTES
        } else {
            MAX_FILE_BYTES
        }
    }
}

impl Files {
    /// Adds a file to the list of its role.
    pub(super) fn put(&mut self, role: Role, path: Arc<str>, text: impl FnOnce() -> Result<Arc<str>, ReadError>) {
        match role {
            Role::Campaign => self.campaigns.push(SourceFile { path, text: text() }),
            Role::Calendar => self.calendars.push(SourceFile { path, text: text() }),
            Role::Policy => self.policy = Some(SourceFile { path, text: text() }),
            Role::Directory => self.directory = Some(SourceFile { path, text: text() }),
            Role::CorpDirectory => {
                if let Some(corp) = corp_of_directory(&path) {
                    self.corp_directories.insert(corp, SourceFile { path, text: text() });
                }
            }
            Role::Counts => self.counts = Some(SourceFile { path, text: text() }),
            Role::Results => self.results = Some(SourceFile { path, text: text() }),
            Role::Media => self.media.push(path),
            Role::NearName => {
                let name = path.rsplit('/').next().unwrap_or_default();
                let wanted = near_name(name).unwrap_or_default();
                self.trouble(path, SkipReason::NearName(wanted));
            }
            Role::Misplaced(name) => self.trouble(path, SkipReason::Misplaced(name)),
            Role::Other => {}
        }
    }

    pub(super) fn trouble(&mut self, path: impl Into<Arc<str>>, kind: SkipReason) {
        self.skipped.push(SkippedEntry { path: path.into(), kind });
    }

    pub(super) fn git_part(&mut self, path: Arc<str>, part: Option<GitPart>) {
        if let Some(part) = part {
            self.trouble(path, SkipReason::Git(part));
        }
    }

    /// Sorts all lists by path, whatever the order of reading was.
    pub(super) fn sort(&mut self) {
        self.campaigns.sort_by(|a, b| a.path.cmp(&b.path));
        self.calendars.sort_by(|a, b| a.path.cmp(&b.path));
        self.media.sort();
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// Whether a path can be shown on one line of any output.
pub(super) fn is_plain_name(path: &str) -> bool {
    !path.chars().any(char::is_control)
}

/// The bytes of a file as text.
pub(super) fn text(bytes: Vec<u8>) -> Result<Arc<str>, ReadError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count();
            Err(ReadError::NotUtf8 { offset, line })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_corps() {
        assert_eq!(Role::of("directory.abc.toml"), Role::CorpDirectory);
        assert_eq!(Role::of("shops/directory.abc.toml"), Role::Misplaced("directory.toml"));
        for name in ["directory.A.toml", "directory..toml", "directory.old copy.toml", "my-directory.abc.toml"] {
            assert_eq!(Role::of(name), Role::Campaign, "{name}");
        }
    }

    #[track_caller]
    fn is_near(name: &str, wanted: &str) {
        assert_eq!(near_name(name).as_deref(), Some(wanted), "{name}");
        assert_eq!(Role::of(name), Role::NearName, "{name}");
    }

    #[test]
    fn slips_in_the_names_of_the_book() {
        for name in [
            "policy.toml.txt",
            "policy.toml.toml",
            "Policy.toml",
            "POLICY.TOML",
            "policy.TOML",
            " policy.toml",
            "policy.toml ",
            "policy .toml",
            "policy．toml",
            "policy。toml",
            "ｐｏｌｉｃｙ.toml",
            "policy.tolm",
            "policy (1).toml",
            "policy - 副本.toml",
            "policy.toml.",
        ] {
            is_near(name, "policy.toml");
        }
        is_near("Calendar.toml.txt", "calendar.toml");
        is_near("directory - copy.toml", "directory.toml");
    }

    #[test]
    fn slips_in_the_names_of_campaigns() {
        for name in ["spring.toml.txt", "spring.tml", "spring．toml", "spring.toml ", "Spring.TOML.TXT"] {
            is_near(name, "spring.toml");
        }
        is_near("双12预热.toml.txt", "双12预热.toml");
        for name in [
            "a.toml (1)",
            "a.toml(2)",
            "a.toml - 副本",
            "a.toml.txt.txt",
            "a.toml.docx",
            "a.toml.md",
            "a.toml_old",
            "a.toml.bak",
            "a.toml1",
            "a.toml copy",
            "atoml",
            "a_toml",
        ] {
            is_near(name, "a.toml");
        }
    }

    #[test]
    fn names_that_are_read() {
        for name in
            ["spring.toml", "spring.TOML", "spring (1).toml", "春季 上新.toml", "policy-notes.toml", "spring.toml.toml"]
        {
            assert_eq!(Role::of(name), Role::Campaign, "{name}");
        }
    }

    /// Files that editors and git leave beside a file are copies that must not be read.
    #[test]
    fn copies_that_editors_make() {
        for name in [
            "spring.toml~",
            "policy.toml~",
            "spring.toml.orig",
            "spring.toml.rej",
            ".spring.toml.swp",
            "spring.toml.disabled",
            "how-to.toml-files.md",
            "notes.txt",
        ] {
            assert_eq!(Role::of(name), Role::Other, "{name}");
        }
    }
}
