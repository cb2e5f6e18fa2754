//! Books for tests: some files as texts, and the standard media files.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use drumbeat::book::{
    Book, Corp, Files, GitPart, MAX_FILE_BYTES, MediaRef, ReadError, SkipReason, SourceFile, read_directory,
};
use drumbeat::check::{self, CheckResult};
use drumbeat::ids::CorpId;
use drumbeat::media_index::{self, MediaIndex};

/// The time of the check in all tests: a Thursday.
pub(super) fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// The files of some blocks of TOML.
///
/// A block may begin with comments about what TOML cannot say:
///
/// * `# file: NAME`: the name of the file; the default is `spring.toml`
/// * `# media: PATH`: a media file of the book, named by a campaign or not
/// * `# bytes: N`: the file is too large to be read
/// * `# misplaced`: the file has no effect at its place
/// * `# git`: a file of a bare repository
/// * `# live`: WeCom's lists, in the form of `directory.toml`
/// * `# corp: ID`: the corp of the settings
/// * `# copies: N`: N such files, with `{n}` counting up
/// * `# repeat: TEXT N`: repeats the first TEXT below N times, with `{n}` counting up
pub(super) fn files(blocks: &[&str]) -> Files {
    let mut files = Files::default();
    let copied = |block: &&str| match block.strip_prefix("# copies: ").and_then(|rest| rest.split_once('\n')) {
        Some((count, text)) => (0..count.parse().unwrap())
            .map(|n: usize| {
                let text = text.replace("{n}", &n.to_string());
                if text.starts_with("# file:") { text } else { format!("# file: {n:03}.toml\n{text}") }
            })
            .collect(),
        None => vec![(*block).to_owned()],
    };
    for block in blocks.iter().flat_map(copied) {
        let told = |what: &str| {
            let line = block.lines().take_while(|line| line.starts_with("# ")).find(|line| line[2..].starts_with(what));
            line.map(|line| line[2 + what.len()..].trim())
        };
        let path: Arc<str> = told("file:").unwrap_or("spring.toml").into();
        files.media.extend(told("media:").map(Arc::from));
        if told("git").is_some() {
            files.skipped.push(drumbeat::book::SkippedEntry { path, kind: SkipReason::Git(GitPart::Bare) });
            continue;
        }
        if told("misplaced").is_some() {
            files.skipped.push(drumbeat::book::SkippedEntry { path, kind: SkipReason::Misplaced("policy.toml") });
            continue;
        }
        let mut text = block.clone();
        if let Some((part, times)) = told("repeat:").and_then(|it| it.rsplit_once(' ')) {
            let below = text.find('\n').unwrap() + 1;
            let times: usize = times.parse().unwrap();
            let repeated: String = (0..times).map(|n| part.replace("{n}", &n.to_string())).collect();
            text = format!("{}{}", &text[..below], text[below..].replacen(part, &repeated, 1));
        }
        let text = match told("bytes:") {
            Some(bytes) => Err(ReadError::TooLarge { bytes: bytes.parse().unwrap(), most: MAX_FILE_BYTES }),
            None => Ok(text.into()),
        };
        let file = SourceFile { path, text };
        match &*file.path {
            "policy.toml" => files.policy = Some(file),
            "directory.toml" => files.directory = Some(file),
            "audience.toml" => files.counts = Some(file),
            "results.toml" => files.results = Some(file),
            path if path == "calendar.toml" || path.starts_with("calendars/") => files.calendars.push(file),
            _ => files.campaigns.push(file),
        }
    }
    files
}

/// Reads blocks as a book; its media are the standard files that its campaigns name.
pub(super) fn book(blocks: &[&str]) -> (Book, MediaIndex) {
    let is_live = |block: &&str| block.starts_with("# live\n");
    let (live, blocks): (Vec<&str>, Vec<&str>) = blocks.iter().copied().partition(is_live);
    let mut book = Book::read(files(&blocks));
    let corp = blocks.iter().find_map(|block| block.lines().find_map(|line| line.strip_prefix("# corp: ")));
    book.corp = Corp {
        name: None,
        id: corp.map(|id| CorpId(id.to_owned())),
        now: live.first().map(|text| Arc::new(read_directory(&Arc::new(SourceFile::new("live", text))))),
    };
    let mut named = BTreeSet::new();
    for parsed in &book.campaigns {
        for media in parsed.contents.iter().flat_map(|content| content.media()) {
            if let MediaRef::Path(path) = &media.value
                && let Ok(path) = media_index::resolve(&parsed.file.path, path)
            {
                named.insert(path);
            }
        }
    }
    let media = super::media_index::standard(named);
    let there = media.iter().filter(|(_, item)| matches!(item, media_index::MediaEntry::File { .. }));
    book.media.extend(there.map(|(path, _)| Arc::from(path)));
    (book, media)
}

/// Checks blocks as a book.
pub(super) fn verdict(blocks: &[&str]) -> CheckResult {
    let (book, media) = book(blocks);
    check::check(&book, &media, now())
}

/// The blocks have findings of exactly these rules, sorted by place.
#[track_caller]
pub(super) fn finds(blocks: &[&str], codes: &[&str]) {
    let verdict = verdict(blocks);
    let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found, codes, "{:#?}", verdict.findings);
}
