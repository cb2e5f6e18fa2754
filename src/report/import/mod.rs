//! What an import would do: findings at cells, files, and the posts by date.

mod files;
mod json;
mod posts;
mod questions;

pub use json::json;

use crate::escape;
use crate::finding::Level;
use crate::import::{CellFinding, cell_name};
use crate::importer::Import;
use crate::text::{Lang, Text};
use files::files;
use posts::posts;
use questions::questions;

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// Characters of a post's text that the list shows.
const MAX_TEXT_CHARS: usize = 30;

/// The findings, coloured; empty where there are none.
pub fn findings(import: &Import, lang: Lang) -> String {
    import.findings.iter().map(|finding| drawing(import, finding, lang)).collect()
}

fn drawing(import: &Import, finding: &CellFinding, lang: Lang) -> String {
    let (colour, level) = match finding.level {
        Level::Error => (RED, text!(en: "error", zh: "错误")),
        Level::Warning => (YELLOW, text!(en: "warning", zh: "警告")),
    };
    let name = |at| cell_name(&import.sheet, at);
    let plain = |text: &Text| escape::terminal_lines(text.get(lang));
    let mut out =
        format!("{colour}{}[{}]{RESET}{BOLD}: {}{RESET}\n", level.get(lang), finding.code, plain(&finding.message));
    out.push_str(&format!("  --> {}\n", escape::terminal(&name(finding.at))));
    let cells = finding.related.iter().map(|(at, words)| (name(*at), words));
    for (place, words) in cells.chain(finding.files.iter().map(|(file, words)| (file.to_string(), words))) {
        let words = plain(words);
        let colon = if words.is_empty() { "" } else { ": " };
        out.push_str(&format!("   | {}{colon}{words}\n", escape::terminal(&place)));
    }
    if let Some(help) = &finding.help {
        let label = text!(en: "help", zh: "帮助").into_lang(lang);
        let help = plain(help).replace('\n', "\n     ");
        out.push_str(&format!("   = {label}: {help}\n"));
    }
    out.push('\n');
    out
}

/// The notes, the posts and the files.
pub fn summary(import: &Import, was_written: bool, width: Option<u16>, lang: Lang) -> String {
    let mut out = String::new();
    let mut line = |text: Text| {
        out.push_str(text.get(lang));
        out.push('\n');
    };
    for note in &import.notes {
        line(text!(en: "note: {note}", zh: "说明：{note}", note = note));
    }
    if !import.notes.is_empty() {
        line(Text::default());
    }
    out.push_str(&posts(import, width, lang));
    out.push_str(&questions(import, lang));
    out.push_str(&files(import, was_written, lang));
    out
}

/// The first words of a text.
fn first_words(text: &str) -> String {
    let first: String = text.lines().next().unwrap_or_default().chars().take(MAX_TEXT_CHARS).collect();
    let more = if first.len() < text.len() { "…" } else { "" };
    format!("{first}{more}")
}

fn plain(text: &Text, lang: Lang) -> String {
    escape::terminal(text.get(lang)).to_string()
}
