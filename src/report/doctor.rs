//! The results of `doctor`, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::parts::hanging;
use crate::doctor::{CheckOutcome, CheckStatus};
use crate::ids::CorpName;
use crate::text::Lang;

/// The width of the widest status.
const STATUS_WIDTH: usize = 8;

/// The checks of one corp of several, or of the single account.
pub struct Part {
    /// The corp, if there are several.
    pub corp: Option<CorpName>,
    pub outcomes: Vec<CheckOutcome>,
}

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
    /// Only where several corps are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    corp: Option<&'a str>,
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
pub fn json(parts: &[Part], lang: Lang) -> serde_json::Result<String> {
    let checkup = Checkup {
        version: 1,
        bad: count(parts, CheckStatus::Failed),
        doubtful: count(parts, CheckStatus::Warning),
        checks: parts.iter().flat_map(|part| part.outcomes.iter().map(move |it| row(part, it, lang))).collect(),
    };
    serde_json::to_string_pretty(&checkup).map(|text| text + "\n")
}

fn row<'a>(part: &'a Part, outcome: &'a CheckOutcome, lang: Lang) -> Row<'a> {
    let CheckOutcome { check, status, what, todo } = outcome;
    Row {
        corp: part.corp.as_ref().map(CorpName::as_str),
        check,
        status: status.name(),
        what: what.get(lang),
        todo: todo.as_ref().map(|todo| todo.get(lang)),
    }
}

/// For people: one line per check, with the next action below it; below the name of its corp if there are several.
///
/// `width` is the terminal's, in columns; `None` where there is no terminal.
pub fn human(parts: &[Part], width: Option<u16>, lang: Lang) -> String {
    let mut out = String::new();
    for (place, part) in parts.iter().enumerate() {
        if let Some(corp) = &part.corp {
            let _ = writeln!(out, "{}{corp}", if place == 0 { "" } else { "\n" });
        }
        checks(&mut out, &part.outcomes, width, lang);
    }
    let (bad, doubtful) = (count(parts, CheckStatus::Failed), count(parts, CheckStatus::Warning));
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

fn checks(out: &mut String, outcomes: &[CheckOutcome], width: Option<u16>, lang: Lang) {
    for outcome in outcomes {
        let (title, status) = (outcome.title(), outcome.status.title().get(lang));
        let gap = " ".repeat(STATUS_WIDTH.saturating_sub(status.width()));
        let line = text!(en: "{title}: {what}", zh: "{title}：{what}", title = title, what = outcome.what);
        out.push_str(&hanging(&format!("{status}{gap}  "), line.get(lang), width));
        if let Some(todo) = &outcome.todo {
            out.push_str(&hanging(&format!("{}  → ", " ".repeat(STATUS_WIDTH)), todo.get(lang), width));
        }
    }
}

fn count(parts: &[Part], status: CheckStatus) -> usize {
    parts.iter().flat_map(|part| &part.outcomes).filter(|outcome| outcome.status == status).count()
}
