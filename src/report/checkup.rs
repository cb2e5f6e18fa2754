//! What `doctor` found, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::doctor::{CheckStatus, Finding};

/// The stable form (additions only).
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
    verdict: &'a str,
    what: &'a str,
    todo: Option<&'a str>,
}

/// For programs.
pub fn json(findings: &[Finding]) -> serde_json::Result<String> {
    let checkup = Checkup {
        version: 1,
        bad: count(findings, CheckStatus::Bad),
        doubtful: count(findings, CheckStatus::Doubtful),
        checks: findings.iter().map(row).collect(),
    };
    serde_json::to_string_pretty(&checkup).map(|text| text + "\n")
}

fn row(finding: &Finding) -> Row<'_> {
    let Finding { check, verdict, what, todo } = finding;
    Row { check, verdict: verdict.name(), what, todo: todo.as_deref() }
}

/// For people: a line a check, and under it what to do.
pub fn human(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { check, verdict, what, todo } in findings {
        let _ = writeln!(text, "{:<8}  {check}: {what}", verdict.name());
        if let Some(todo) = todo {
            let _ = writeln!(text, "          → {todo}");
        }
    }
    let (bad, doubtful) = (count(findings, CheckStatus::Bad), count(findings, CheckStatus::Doubtful));
    let _ = match (bad, doubtful) {
        (0, 0) => writeln!(text, "\nall is well"),
        _ => writeln!(text, "\n{bad} bad, {doubtful} doubtful: correct the first one first"),
    };
    text
}

fn count(findings: &[Finding], verdict: CheckStatus) -> usize {
    findings.iter().filter(|finding| finding.verdict == verdict).count()
}
