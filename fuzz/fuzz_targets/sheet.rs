//! Any bytes as a spreadsheet: its cells become campaign files, and its pictures are taken out.
//!
//! `cargo +nightly fuzz run sheet fuzz/corpus/sheet fuzz/seeds/sheet -- -rss_limit_mb=600`, or `RUSTC_BOOTSTRAP=1 …`.

#![no_main]

use drumbeat::import::{self, Reading, find_head, groups, read_head, read_rows};
use drumbeat::sheet::{Input, read};
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
        for group in groups(rows.rows, &mut findings) {
            let file = import::write(&group, &Default::default(), "a.xlsx!a");
            let origin = import::origin(&file.text).expect("an imported file says so");
            assert!(origin.is_untouched, "{}", file.text);
            // What is written is TOML, whatever the cells say.
            file.text.parse::<toml::Table>().expect("a campaign file is TOML");
        }
    }
});
