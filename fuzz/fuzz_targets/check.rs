//! Any text as a book: a campaign, then `=====` on a line and another campaign, then the same and the policy, then the
//! directory.
//!
//! `cargo +nightly fuzz run check fuzz/corpus/check fuzz/seeds/check`, or `RUSTC_BOOTSTRAP=1 cargo fuzz run …`.

#![no_main]

use drumbeat::book::{Book, Files, SourceFile};
use drumbeat::check::check;
use drumbeat::media_index::MediaIndex;
use drumbeat::report::findings::{Report, concise, github, gitlab, human, json, junit, sarif};
use drumbeat::text::Lang;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.split("\n=====\n");
    let mut files = Files::default();
    for (n, part) in parts.by_ref().take(2).enumerate() {
        files.campaigns.push(SourceFile::new(&format!("{n}.toml"), part));
    }
    files.policy = parts.next().map(|policy| SourceFile::new("policy.toml", policy));
    files.directory = parts.next().map(|directory| SourceFile::new("directory.toml", directory));
    let book = Book::read(files);
    let verdict = check(&book, &MediaIndex::default(), "2026-01-01T00:00:00Z".parse().expect("a time"));
    for finding in &verdict.findings {
        for place in std::iter::once(&finding.place).chain(&finding.related) {
            let file =
                book.files().find(|file| file.path == place.file).expect("findings point into files of the book");
            assert!(file.text().get(place.span.clone()).is_some(), "{finding:?}");
        }
        for lang in [Lang::En, Lang::Zh] {
            assert!(!finding.message.get(lang).contains(char::is_control), "{finding:?}");
        }
    }
    for lang in [Lang::En, Lang::Zh] {
        let report = Report::new(&book, &verdict.findings, "campaigns", lang, |_| true);
        let _ = (human::write(&report), concise::write(&report), junit::write(&report, true));
        let _ = (github::commands(&report), github::summary(&report));
        let _ = (json::write(&report), gitlab::write(&report), sarif::write(&report));
    }
});
