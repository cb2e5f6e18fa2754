//! Damaged spreadsheets: every mutation of a real one is read within bounds, and what is written of it is a campaign
//! file.
//! Raise [`MUTATIONS`] for a longer run.

use std::io::{Cursor, Read as _};
use std::time::{Duration, Instant};

use drumbeat::book::SourceFile;
use drumbeat::import::{
    Answers, AudienceResolver, ImportedFile, PlannedCampaign, Reading, Situation, find_head, groups, read_head,
    read_rows, reconcile,
};
use drumbeat::sheet::{Input, read};

use super::*;

/// Mutations of each file.
const MUTATIONS: u64 = 60;
/// The files have a few kilobytes: each is read in milliseconds.
const MAX_READ_TIME: Duration = Duration::from_secs(10);

/// A small generator: the same mutations in every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

const PIECES: &[&[u8]] = &[
    b"\0",
    b"<",
    b"\"",
    b"&amp;",
    b"&#0;",
    b"&#x110000;",
    b"4294967295",
    b"-1",
    b"1e308",
    b"NaN",
    b"ZZZZZZ99999999",
    b"A1:XFD1048576",
    b"<row r=\"1048576\">",
    b"</worksheet>",
    b"1048577",
    b"../../x",
    "2月30日".as_bytes(),
    "\u{202e}\"\"\"".as_bytes(),
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.next(6) {
        let at = random.next(bytes.len() + 1);
        match random.next(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.next(8),
            1 if at < bytes.len() => bytes[at] = random.next(256) as u8,
            2 => drop(bytes.splice(at..at, PIECES[random.next(PIECES.len())].iter().copied())),
            3 => {
                let end = (at + random.next(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + random.next(400)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.next(bytes.len() + 1);
                drop(bytes.splice(to..to, copy));
            }
            // A number becomes another one: dimensions, styles, indexes.
            _ => {
                if let Some(digits) = bytes[at..].iter().position(u8::is_ascii_digit).map(|it| at + it) {
                    let numbers: [&[u8]; 4] = [b"0", b"65536", b"999999999999", b"18446744073709551616"];
                    drop(bytes.splice(digits..=digits, numbers[random.next(4)].iter().copied()));
                }
            }
        }
    }
}

/// The file with one of its parts mutated, and packed again; with any bytes mutated where it is no archive.
fn mutated(original: &[u8], random: &mut Random) -> Vec<u8> {
    let archive = (random.next(4) > 0).then(|| zip::ZipArchive::new(Cursor::new(original)).ok()).flatten();
    let Some(mut archive) = archive else {
        let mut bytes = original.to_vec();
        mutate(&mut bytes, random);
        return bytes;
    };
    let chosen = random.next(archive.len());
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if index == chosen {
            mutate(&mut bytes, random);
        }
        let name = part.name().unwrap().into_owned();
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn read_and_write(bytes: &[u8]) {
    let Ok(mut opened) = read(&Input::Bytes(bytes.into()), "a.xlsx", "a") else { return };
    let reading = Reading { today: "2026-11-26".parse().unwrap(), file_name: String::new() };
    for sheet in std::mem::take(&mut opened.workbook).sheets {
        for picture in sheet.cells.values().flat_map(|cell| &cell.pictures).take(8) {
            let _ = opened.picture(picture, 1 << 20);
        }
        let Some(row) = find_head(&sheet) else { continue };
        let mut findings = Vec::new();
        let head = read_head(&sheet, row, &[], &mut findings);
        let rows = read_rows(&sheet, &head, &reading, &mut findings);
        let groups = groups(rows.rows, &AudienceResolver::default(), &mut findings);
        let planned = groups.iter().map(|group| PlannedCampaign::of(group, &Default::default())).collect();
        let answers = Answers::default();
        let now = "2026-11-26T10:00:00".parse().unwrap();
        let situation = Situation::new("a.xlsx!a", now, &answers);
        for campaign in reconcile(planned, &[], &situation, &mut findings).campaigns {
            let file = drumbeat::import::write(&campaign, Lang::Zh);
            let source = SourceFile::new(&file.path, &file.text);
            let read = ImportedFile::read(&source).expect("an imported file says so");
            assert!(read.is_untouched && read.says_same(&read), "{}", file.text);
            assert_eq!(read.posts.len(), campaign.posts.len(), "{}", file.text);
        }
    }
}

#[test]
fn damaged_spreadsheets_are_read_within_bounds() {
    let mut files: Vec<PathBuf> = fs::read_dir(cases()).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|it| ["xlsx", "xls", "ods", "csv"].map(Into::into).contains(&it.to_owned()))
    });
    files.sort();
    assert!(files.len() > 10, "{files:?}");
    for path in files {
        let original = fs::read(&path).unwrap();
        for seed in 1..=MUTATIONS {
            let bytes = mutated(&original, &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let start = Instant::now();
            let result = std::panic::catch_unwind(|| read_and_write(&bytes));
            assert!(result.is_ok(), "{} with seed {seed}", path.display());
            assert!(start.elapsed() < MAX_READ_TIME, "{} with seed {seed}: {:?}", path.display(), start.elapsed());
        }
    }
}
