//! The stable JSON format: fields are added, never changed or removed.

use serde::Serialize;

use super::{Area, Report};
use crate::finding::{Finding, Level, Place};

#[derive(Serialize)]
struct Findings<'a> {
    version: u32,
    files: usize,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<Diagnostic<'a>>,
}

/// Lines and columns count from 1, columns in characters. All four are 1 for a file as a whole.
#[derive(Serialize)]
struct Diagnostic<'a> {
    code: &'a str,
    level: &'a str,
    message: &'a str,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    file: String,
    line: usize,
    column: usize,
}

/// # Errors
///
/// The report cannot be serialized.
pub fn write(report: &Report<'_>) -> serde_json::Result<String> {
    let findings = Findings {
        version: 1,
        files: report.files.len(),
        errors: report.count(Level::Error),
        warnings: report.count(Level::Warning),
        diagnostics: report.findings.iter().map(|finding| diagnostic(report, finding)).collect(),
    };
    serde_json::to_string_pretty(&findings).map(|text| text + "\n")
}

fn diagnostic<'a>(report: &Report<'a>, finding: &'a Finding) -> Diagnostic<'a> {
    let spot = report.spot(&finding.place);
    let area = spot.area_or_first();
    Diagnostic {
        code: finding.code,
        level: finding.level.name(),
        message: report.say(&finding.message),
        file: spot.file,
        line: area.line,
        column: area.column,
        end_line: area.end_line,
        end_column: area.end_column,
        help: finding.help.as_ref().map(|help| report.say(help)),
        related: finding.related.iter().map(|place| related(report, place)).collect(),
    }
}

fn related<'a>(report: &Report<'a>, place: &'a Place) -> Related<'a> {
    let spot = report.spot(place);
    let Area { line, column, .. } = spot.area_or_first();
    Related { message: report.say(&place.words), file: spot.file, line, column }
}
