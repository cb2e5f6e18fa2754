//! CSV and tab-separated text, in the encodings in which Excel and WPS write them.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::error::SheetError;
use super::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS};
use crate::escape;
use crate::import::{Cell, Position, Sheet, Value, cell_name};

/// Reads a text file as one sheet.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Sheet, SheetError> {
    let text = decode(bytes)?;
    let mut sheet = Sheet::new(name);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut row = 0;
    loop {
        let more = reader.read_record(&mut record).map_err(|error| SheetError::Broken(error.to_string()))?;
        if !more {
            return Ok(sheet);
        }
        // The crate leaves blank lines out.
        let start = record.position().map_or(0, |at| at.byte() as usize);
        row += blank_lines(text.as_bytes(), start);
        for (column, text) in record.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let at = Position::new(row, column as u32);
            if sheet.cells.len() >= MAX_CELLS || column >= MAX_COLUMNS as usize {
                return Err(SheetError::TooManyCells { sheet: name.to_owned() });
            }
            if text.chars().count() > MAX_CELL_CHARS {
                return Err(SheetError::LongCell { cell: cell_name(name, at) });
            }
            sheet.cells.insert(at, Cell { value: Value::Text(unmarked(text).to_owned()), pictures: Vec::new() });
        }
        row += 1;
    }
}

/// How many blank lines begin at a place, which may be inside of a line end.
fn blank_lines(text: &[u8], start: usize) -> u32 {
    let is_inside = start > 0 && text.get(start - 1..=start) == Some(b"\r\n");
    let rest = text.get(start + usize::from(is_inside)..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let (mut feeds, mut returns) = (0, 0);
    ends.for_each(|byte| if *byte == b'\n' { feeds += 1 } else { returns += 1 });
    feeds.max(returns)
}

/// A text without the apostrophe with which `plan --format csv` keeps a text from being taken for a formula or a number.
fn unmarked(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if escape::csv(rest) == text => rest,
        _ => text,
    }
}

/// The text, by its byte order mark, else UTF-8, else GB18030.
fn decode(bytes: &[u8]) -> Result<String, SheetError> {
    let with = |encoding: &'static encoding_rs::Encoding, bytes: &[u8]| {
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        (!broken).then(|| text.into_owned())
    };
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(str::to_owned),
        [0xff, 0xfe, rest @ ..] => with(UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => with(UTF_16BE, rest),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned).or_else(|| with(GB18030, bytes)),
    };
    text.ok_or_else(|| {
        let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| 0);
        let line = bytes.split(|byte| *byte == b'\n').position(|line| with(GB18030, line).is_none());
        SheetError::Encoding {
            line: line.map_or_else(|| bytes[..valid].split(|byte| *byte == b'\n').count(), |at| at + 1),
        }
    })
}

/// The separator that most lines at the start have in common.
fn delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(20).collect();
    let most = |delimiter: char| lines.iter().map(|line| line.matches(delimiter).count()).max().unwrap_or(0);
    [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|delimiter| (most(char::from(*delimiter)), *delimiter == b','))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(bytes: &[u8], cells: &[(&str, &str)]) {
        let sheet = read(bytes, "排期").expect("a sheet");
        let read: Vec<(String, &Value)> = sheet.cells.iter().map(|(at, cell)| (at.to_string(), &cell.value)).collect();
        let expected: Vec<(String, Value)> =
            cells.iter().map(|(at, text)| ((*at).to_owned(), Value::Text((*text).to_owned()))).collect();
        assert_eq!(read, expected.iter().map(|(at, value)| (at.clone(), value)).collect::<Vec<_>>());
    }

    #[test]
    fn encodings_are_told_apart() {
        let expected = [("A1", "日期"), ("B1", "文案"), ("A2", "3月2日"), ("B2", "上新")];
        let text = "日期,文案\r\n3月2日,上新\r\n";
        reads(text.as_bytes(), &expected);
        reads(format!("\u{feff}{text}").as_bytes(), &expected);
        reads(&GB18030.encode(text).0, &expected);
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes)).collect();
        reads(&wide, &expected);
        let faulty = [b"a,b\n1,2\n".as_slice(), &[0x81, 0x20, 0xff]].concat();
        assert!(matches!(read(&faulty, "a"), Err(SheetError::Encoding { line: 3 })));
    }

    #[test]
    fn rows_keep_their_numbers() {
        reads(
            "a;b\n\n\"1\n2\";3\n\n\n4;\n".as_bytes(),
            &[("A1", "a"), ("B1", "b"), ("A3", "1\n2"), ("B3", "3"), ("A6", "4")],
        );
    }

    #[test]
    fn a_marked_text_is_the_text() {
        reads(b"'=1+1,'tis,'00123\n", &[("A1", "=1+1"), ("B1", "'tis"), ("C1", "00123")]);
    }
}
