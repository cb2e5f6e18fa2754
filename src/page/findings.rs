//! The findings of a book: where, what and what to do, with the line that they are about.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use super::with_code;
use crate::book::Book;
use crate::finding::{Finding, Level, Lines, Place};
use crate::invocation::command;
use crate::text::Lang;

/// Findings beyond this number are counted.
const MAX_SHOWN: usize = 200;
/// Most of a line of a file, in characters.
const MAX_LINE_CHARS: usize = 160;

/// The files that findings name, each with its text and its lines.
type Files<'b> = HashMap<&'b str, (&'b str, Lines<'b>)>;

/// The errors and warnings of a book; nothing where there are none.
pub(super) fn section(book: &Book, findings: &[Finding], lang: Lang) -> Markup {
    if findings.is_empty() {
        return html! {};
    }
    let shown = &findings[..findings.len().min(MAX_SHOWN)];
    let named: HashSet<&str> = shown.iter().flat_map(places).map(|place| &*place.file).collect();
    let of_named = book.files().filter(|file| named.contains(&*file.path));
    let files: Files<'_> = of_named.map(|file| (&*file.path, (file.text(), Lines::of(file.text())))).collect();
    let count = |level| findings.iter().filter(|it| it.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let more = findings.len().saturating_sub(MAX_SHOWN);
    html! {
        section #findings {
            h2 { (text!(en: "To correct: errors {errors}, warnings {warnings}", zh: "待改正：错误 {errors} 处，警告 {warnings} 处").get(lang)) }
            ul.findings {
                @for finding in shown { (one(finding, &files, lang)) }
            }
            @if more > 0 {
                p { (with_code(text!(en: "{more} more: `{check}` lists all", zh: "另有 {more} 处：`{check}` 会全部列出", check = command("check")).get(lang))) }
            }
        }
    }
}

fn one(finding: &Finding, files: &Files<'_>, lang: Lang) -> Markup {
    let level = match finding.level {
        Level::Error => text!(en: "error", zh: "错误"),
        Level::Warning => text!(en: "warning", zh: "警告"),
    };
    html! {
        li class=(finding.level.name()) {
            p { span.level { (level.get(lang)) } " " strong { (with_code(finding.message.get(lang))) } " " code { (finding.code) } }
            (place(&finding.place, files, lang))
            @for related in &finding.related { (place(related, files, lang)) }
            @if let Some(help) = &finding.help { p.help { (with_code(help.get(lang))) } }
        }
    }
}

/// Every place of a finding.
fn places(finding: &Finding) -> impl Iterator<Item = &Place> {
    std::iter::once(&finding.place).chain(&finding.related)
}

fn place(place: &Place, files: &Files<'_>, lang: Lang) -> Markup {
    let (text, lines) = match files.get(&*place.file) {
        Some((text, lines)) => (*text, Some(lines)),
        None => ("", None),
    };
    let line = lines.zip(place.span.as_ref()).map(|(lines, span)| (lines, lines.line(span.start)));
    let written = line.map_or("", |(lines, line)| text[lines.start_of(line)..].lines().next().unwrap_or_default());
    let written: String = written.chars().take(MAX_LINE_CHARS).collect();
    html! {
        p.place {
            code { (place.file) @if let Some((_, line)) = line { ":" (line) } }
            @if !place.words.is_empty() { " " (with_code(place.words.get(lang))) }
        }
        @if !written.trim().is_empty() { pre { (written) } }
    }
}
