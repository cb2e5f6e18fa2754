//! The findings of a book: where, what and what to do, with the line that they are about.

use std::collections::HashMap;

use maud::{Markup, html};

use crate::book::Book;
use crate::diag::{Diag, Level, Lines, Place};
use crate::text::Lang;

/// Findings beyond this number are counted.
const MAX_SHOWN: usize = 200;
/// Most of a line of a file, in characters.
const MAX_LINE_CHARS: usize = 160;

/// The errors and warnings of a book; nothing where there are none.
pub(super) fn section(book: &Book, findings: &[Diag], lang: Lang) -> Markup {
    if findings.is_empty() {
        return html! {};
    }
    let texts: HashMap<&str, &str> = book.files().map(|file| (&*file.path, file.text())).collect();
    let count = |level| findings.iter().filter(|it| it.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let more = findings.len().saturating_sub(MAX_SHOWN);
    html! {
        section #findings {
            h2 { (text!(en: "To correct: errors {errors}, warnings {warnings}", zh: "待改正：错误 {errors} 处，警告 {warnings} 处").get(lang)) }
            ul.findings {
                @for finding in findings.iter().take(MAX_SHOWN) { (one(finding, &texts, lang)) }
            }
            @if more > 0 {
                p { (text!(en: "{more} more: `drumbeat check` lists all", zh: "另有 {more} 处：`drumbeat check` 会全部列出").get(lang)) }
            }
        }
    }
}

fn one(finding: &Diag, texts: &HashMap<&str, &str>, lang: Lang) -> Markup {
    let level = match finding.level {
        Level::Error => text!(en: "error", zh: "错误"),
        Level::Warning => text!(en: "warning", zh: "警告"),
    };
    html! {
        li class=(finding.level.name()) {
            p { span.level { (level.get(lang)) } " " strong { (finding.message.get(lang)) } " " code { (finding.code) } }
            (place(&finding.place, texts, lang))
            @for related in &finding.related { (place(related, texts, lang)) }
            @if let Some(help) = &finding.help { p.help { (help.get(lang)) } }
        }
    }
}

fn place(place: &Place, texts: &HashMap<&str, &str>, lang: Lang) -> Markup {
    let text = texts.get(&*place.file).copied().unwrap_or_default();
    let is_whole = place.span.is_empty() && place.span.start == 0;
    let lines = Lines::of(text);
    let line = lines.line(place.span.start);
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let written: String = written.chars().take(MAX_LINE_CHARS).collect();
    html! {
        p.place {
            code { (place.file) @if !is_whole { ":" (line) } }
            @if !place.words.is_empty() { " " (place.words.get(lang)) }
        }
        @if !is_whole && !written.trim().is_empty() { pre { (written) } }
    }
}
