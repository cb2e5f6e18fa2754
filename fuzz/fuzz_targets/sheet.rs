//! Any bytes as a spreadsheet: its cells become campaign files, and its pictures are taken out.
//!
//! `cargo +nightly fuzz run sheet fuzz/corpus/sheet fuzz/seeds/sheet -- -rss_limit_mb=600`, or `RUSTC_BOOTSTRAP=1 …`.

#![no_main]

use drumbeat::book::SourceFile;
use drumbeat::import::{
    self, Answers, AudienceResolver, ImportedFile, PlannedCampaign, Reading, Situation, find_head, groups, read_head, read_rows, reconcile,
};
use drumbeat::sheet::{Input, read};
use drumbeat::text::Lang;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut opened) = read(&Input::Bytes(bytes.into()), "a.xlsx", "a") else { return };
    let reading = Reading { today: "2026-11-26".parse().expect("a date"), file_name: String::new() };
    for sheet in std::mem::take(&mut opened.workbook).sheets {
        for picture in sheet.cells.values().flat_map(|cell| &cell.pictures).take(8) {
            let _ = opened.picture(picture, 1 << 20);
        }
        let Some(row) = find_head(&sheet) else { continue };
        let mut findings = Vec::new();
        let head = read_head(&sheet, row, &[], &mut findings);
        if !findings.is_empty() {
            continue;
        }
        let rows = read_rows(&sheet, &head, &reading, &mut findings);
        let groups = groups(rows.rows, &AudienceResolver::default(), &mut findings);
        let planned = groups.iter().map(|group| PlannedCampaign::of(group, &Default::default())).collect();
        let answers = Answers::default();
        let now = "2026-11-26T10:00:00".parse().expect("a time");
        let situation = Situation::new("a.xlsx!a", now, &answers);
        for campaign in reconcile(planned, &[], &situation, &mut findings).campaigns {
            let file = import::write(&campaign, Lang::Zh);
            // What is written is TOML, whatever the cells say.
            file.text.parse::<toml::Table>().expect("a campaign file is TOML");
            let read = ImportedFile::read(&SourceFile::new(&file.path, &file.text)).expect("an imported file says so");
            assert!(read.is_untouched && read.is_plain && read.says_same(&read), "{}", file.text);
            assert_eq!(read.posts.len(), campaign.posts.len(), "{}", file.text);
        }
    }
});
