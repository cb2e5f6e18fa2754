//! The results of `doctor`, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::parts::hanging;
use crate::doctor::{CheckOutcome, CheckStatus};
use crate::text::Lang;

/// The width of the widest status.
const STATUS_WIDTH: usize = 8;

/// The stable JSON format (additions only).
#[derive(Serialize)]
struct Checkup<'a> {
    version: u32,
    bad: usize,
    doubtful: usize,
    checks: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    check: &'a str,
    status: &'a str,
    what: &'a str,
    todo: Option<&'a str>,
}

/// For programs.
///
/// # Errors
///
/// The report cannot be serialized.
pub fn json(outcomes: &[CheckOutcome], lang: Lang) -> serde_json::Result<String> {
    let checkup = Checkup {
        version: 1,
        bad: count(outcomes, CheckStatus::Failed),
        doubtful: count(outcomes, CheckStatus::Warning),
        checks: outcomes.iter().map(|outcome| row(outcome, lang)).collect(),
    };
    serde_json::to_string_pretty(&checkup).map(|text| text + "\n")
}

fn row(outcome: &CheckOutcome, lang: Lang) -> Row<'_> {
    let CheckOutcome { check, status, what, todo } = outcome;
    Row { check, status: status.name(), what: what.get(lang), todo: todo.as_ref().map(|todo| todo.get(lang)) }
}

/// For people: one line per check, with the next action below it.
///
/// `width` is the terminal's, in columns; `None` where there is no terminal.
pub fn human(outcomes: &[CheckOutcome], width: Option<u16>, lang: Lang) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let (title, status) = (outcome.title(), outcome.status.title().get(lang));
        let gap = " ".repeat(STATUS_WIDTH.saturating_sub(status.width()));
        let line = text!(en: "{title}: {what}", zh: "{title}：{what}", title = title, what = outcome.what);
        out.push_str(&hanging(&format!("{status}{gap}  "), line.get(lang), width));
        if let Some(todo) = &outcome.todo {
            out.push_str(&hanging(&format!("{}  → ", " ".repeat(STATUS_WIDTH)), todo.get(lang), width));
        }
    }
    let (bad, doubtful) = (count(outcomes, CheckStatus::Failed), count(outcomes, CheckStatus::Warning));
    let sum = match (bad, doubtful) {
        (0, 0) => text!(en: "all checks passed", zh: "一切正常"),
        _ => text!(
            en: "{bad} bad, {doubtful} doubtful: correct the first problem, then run `drumbeat doctor` again",
            zh: "{bad} 项有问题，{doubtful} 项要留意：请从第一项开始改"
        ),
    };
    let _ = writeln!(out, "\n{}", sum.get(lang));
    out
}

fn count(outcomes: &[CheckOutcome], status: CheckStatus) -> usize {
    outcomes.iter().filter(|outcome| outcome.status == status).count()
}
