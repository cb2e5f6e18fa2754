//! For GitLab: a code quality report (`artifacts: reports: codequality`).

use std::collections::HashMap;

use serde::Serialize;

use super::{Report, message_and_help};
use crate::finding::{Finding, Level};
use crate::ids::Sha256;
use crate::text::Lang;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Span,
}

#[derive(Serialize)]
struct Span {
    begin: usize,
    end: usize,
}

/// # Errors
///
/// The report cannot be serialized.
pub fn write(report: &Report<'_>) -> serde_json::Result<String> {
    let fingerprints = fingerprints(report);
    let issues: Vec<Issue<'_>> =
        report.findings.iter().zip(fingerprints).map(|(it, fingerprint)| issue(report, it, fingerprint)).collect();
    serde_json::to_string_pretty(&issues).map(|text| text + "\n")
}

fn issue<'a>(report: &Report<'_>, finding: &'a Finding, fingerprint: String) -> Issue<'a> {
    let spot = report.spot(&finding.place);
    let area = spot.area_or_first();
    Issue {
        description: message_and_help(report, finding),
        check_name: finding.code,
        fingerprint,
        severity: match finding.level {
            Level::Error => "major",
            Level::Warning => "minor",
        },
        location: Location { path: spot.file, lines: Span { begin: area.line, end: area.end_line } },
    }
}

/// Identifies each finding across commits. The line is not part of it, because edits above a finding move it.
pub(super) fn fingerprints(report: &Report<'_>) -> Vec<String> {
    let mut seen: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let mut fingerprints = Vec::with_capacity(report.findings.len());
    for finding in &report.findings {
        let count = seen.entry((finding.code, &finding.place.file, finding.message.get(Lang::En))).or_default();
        let same = format!("{}\n{}\n{}\n{count}", finding.code, finding.place.file, finding.message.get(Lang::En));
        fingerprints.push(Sha256::of(same.as_bytes()).to_string());
        *count += 1;
    }
    fingerprints
}
