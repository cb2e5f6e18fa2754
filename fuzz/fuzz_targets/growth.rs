//! Any short text, repeated until it fills a file: the time of the reader, of all rules, of the renderers and of the
//! differ grows linearly with the size of the file.
//!
//! `cargo +nightly fuzz run growth fuzz/corpus/growth fuzz/seeds/check -- -max_len=64 -timeout=60`.

#![no_main]

use std::time::{Duration, Instant};

use drumbeat::book::{Book, Files, SourceFile};
use drumbeat::check::check;
use drumbeat::media_index::MediaIndex;
use drumbeat::plan::text_diff::words;
use drumbeat::report::findings::{Report, github, gitlab, human, json, junit, sarif};
use drumbeat::text::Lang;
use libfuzzer_sys::fuzz_target;

const SMALL: usize = 32 * 1024;
/// The ratio of the compared sizes.
const TIMES: usize = 8;

fuzz_target!(|part: &str| {
    if part.is_empty() {
        return;
    }
    let taken = |bytes: usize| {
        let text = part.repeat(bytes / part.len());
        let mut files = Files::default();
        files.campaigns.push(SourceFile::new("a.toml", &text));
        files.policy = Some(SourceFile::new("policy.toml", &text));
        let start = Instant::now();
        let book = Book::read(files);
        let verdict = check(&book, &MediaIndex::default(), "2026-01-01T00:00:00Z".parse().expect("a time"));
        let report = Report::new(&book, &verdict.findings, "campaigns", Lang::En, |_| true);
        let written = [human::write(&report), github::commands(&report), junit::write(&report, true)];
        let as_json = [json::write(&report), sarif::write(&report), gitlab::write(&report)];
        assert!(as_json.iter().all(Result::is_ok));
        words(&text, &written[0]);
        start.elapsed()
    };
    let small = taken(SMALL).max(Duration::from_millis(2));
    // Half of quadratic growth, so that a busy machine is no failure; measured twice for the same reason.
    let most = small * u32::try_from(TIMES * TIMES / 2).expect("small");
    let is_slow = || taken(SMALL * TIMES) > most;
    assert!(!(is_slow() && is_slow()), "time grows with the square of the size: {small:?} for {SMALL} bytes");
});
