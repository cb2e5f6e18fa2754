//! Tables, cards and CSV, shared by several reports.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape;
pub(super) use crate::plural::count;

/// The least terminal width for a table, in columns.
const MIN_TABLE_WIDTH: u16 = 100;
/// The width of lines without a terminal.
const LINE_WIDTH: usize = 100;
/// The least width of a value on a card.
const MIN_VALUE_WIDTH: usize = 20;

/// Rows with headings, whose first cell is a date that never breaks. A wide terminal shows a table, a narrow one shows
/// a card per row. On a card the first `titles` cells share one line, and each of the others starts a line.
pub(super) fn listing<const N: usize>(
    head: [&str; N],
    titles: usize,
    rows: impl Iterator<Item = [String; N]>,
    width: Option<u16>,
) -> String {
    let rows = rows.map(|row| row.map(|cell| escape::terminal(&cell)));
    match width.filter(|width| *width >= MIN_TABLE_WIDTH) {
        Some(width) => {
            let mut table = table(&head, Some(width));
            rows.for_each(|row| _ = table.add_row(row));
            format!("{}\n", table.trim_fmt())
        }
        None => {
            let width = width.map_or(LINE_WIDTH, usize::from);
            rows.map(|row| card(head, titles, &row, width)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// As [`listing`], but without a terminal each row is one line, for other programs.
pub(super) fn lines<const N: usize>(
    head: [&str; N],
    titles: usize,
    rows: impl Iterator<Item = [String; N]>,
    width: Option<u16>,
) -> String {
    if width.is_some() {
        return listing(head, titles, rows, width);
    }
    let mut table = table(&head, None);
    rows.for_each(|row| _ = table.add_row(row.map(|cell| escape::terminal(&cell))));
    format!("{}\n", table.trim_fmt())
}

fn card<const N: usize>(head: [&str; N], titles: usize, row: &[String; N], width: usize) -> String {
    let shown = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join("  ");
    let mut out = String::new();
    for (n, line) in wrapped(&shown(&row[..titles]), width.saturating_sub(2)).into_iter().enumerate() {
        out.push_str(if n == 0 { "" } else { "  " });
        out.push_str(&line);
        out.push('\n');
    }
    let label = head[titles..].iter().map(|it| it.width()).max().unwrap_or(0) + 1;
    for (name, value) in head[titles..].iter().zip(&row[titles..]).filter(|(_, value)| !value.is_empty()) {
        for (n, line) in wrapped(value, width.saturating_sub(label + 2).max(MIN_VALUE_WIDTH)).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let space = " ".repeat(label - name.width());
            out.push_str(&format!("  {name}{space}{line}\n"));
        }
    }
    out
}

/// Writes a label and a text with a hanging indent, wrapped at `width` columns.
pub(crate) fn hanging(begin: &str, text: &str, width: Option<u16>) -> String {
    let Some(width) = width else { return format!("{begin}{text}\n") };
    let indent = begin.width();
    let rows =
        text.lines().flat_map(|line| wrapped(line, usize::from(width).saturating_sub(indent).max(MIN_VALUE_WIDTH)));
    let mut out = String::new();
    for (at, row) in rows.enumerate() {
        let begin = if at == 0 { begin.to_owned() } else { " ".repeat(indent) };
        out.push_str(format!("{begin}{row}").trim_end());
        out.push('\n');
    }
    out
}

/// Breaks a text into lines of at most `width` columns: between words, and anywhere between Chinese characters.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words(text) {
        let size = word.width();
        let line = lines.last_mut().expect("there is one from the start");
        if used + word.trim_end().width() <= width || used == 0 && size <= width {
            line.push_str(word);
            used += size;
            continue;
        }
        line.truncate(line.trim_end().len());
        if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let size = c.width().unwrap_or(0);
            if used + size > width && used > 0 && c != ' ' {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().expect("as above").push(c);
            used += size;
        }
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// Splits a text where a line may break: after blanks and around wide characters, but not before closing or after
/// opening punctuation.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let end = at + c.len_utf8();
            let Some((_, next)) = chars.peek().copied() else { break };
            let is_wide = |c: char| c.width().unwrap_or(0) > 1;
            let is_kept = "，。！？；：、）】》”’…".contains(next) || "（【《“‘".contains(c);
            if (c == ' ' && next != ' ') || ((is_wide(c) || is_wide(next)) && !is_kept && next != ' ') {
                let (word, after) = rest.split_at(end);
                rest = after;
                return Some(word);
            }
        }
        let word = std::mem::take(&mut rest);
        (!word.is_empty()).then_some(word)
    })
}

/// A table without borders, whose first column never breaks. `width` is the terminal's; `None` without a terminal.
pub(super) fn table(head: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(60));
    }
    table.load_style(presets::NOTHING).set_header(head.iter().copied());
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

/// Rows as CSV (RFC 4180), each ended by `end`.
pub(super) fn csv<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    end: ::csv::Terminator,
) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
    writer.write_record(head).expect("memory takes every row");
    rows.for_each(|row| writer.write_record(row).expect("memory takes every row"));
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("every cell is UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> impl Iterator<Item = [String; 3]> {
        let row = ["Mon 2026-03-02 09:00", "spring", "members zhangshan, lisi; all their customers"];
        [row.map(str::to_owned), ["Tue 2026-03-03 09:00", "tea", ""].map(str::to_owned)].into_iter()
    }

    #[test]
    fn a_wide_terminal_has_a_table() {
        let text = listing(["due", "campaign", "audience"], 2, rows(), Some(100));
        assert!(text.lines().nth(1).is_some_and(|line| line.contains("09:00  spring    members")), "{text}");
    }

    #[test]
    fn a_narrow_one_has_cards() {
        let text = listing(["due", "campaign", "audience"], 2, rows(), Some(40));
        let expected = "Mon 2026-03-02 09:00  spring\n  audience members zhangshan, lisi; all\n           their customers\n\n\
                        Tue 2026-03-03 09:00  tea\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn other_programs_have_a_line_for_each_row() {
        let text = lines(["due", "campaign", "audience"], 2, rows(), None);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("09:00  spring    members zhangshan, lisi; all their customers"), "{text}");
        let narrow = lines(["due", "campaign", "audience"], 2, rows(), Some(40));
        assert_eq!(narrow, listing(["due", "campaign", "audience"], 2, rows(), Some(40)));
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        let text =
            "春季新品上架，前三天九折。https://example.com/a-very-long-address-that-fits-nowhere 到店出示会员码即可";
        for width in 20..60 {
            let lines = wrapped(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width} {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }

    #[test]
    fn control_sequences_do_not_reach_the_terminal() {
        let row = ["now".to_owned(), "a\u{9b}2J\nb".to_owned()];
        assert_eq!(listing(["due", "campaign"], 1, [row].into_iter(), None), "now\n  campaign a[U+009B]2J b\n");
    }
}
