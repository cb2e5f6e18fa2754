//! One line per finding, in the format of compilers, which editors parse. The level therefore stays in English.

use super::Report;

/// Writes the findings, without a summary line.
pub fn write(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let spot = report.spot(&finding.place);
        let place = spot.line_and_column();
        let (level, code, message) = (finding.level.name(), finding.code, report.say(&finding.message));
        out.push_str(&format!("{}{place}: {level}[{code}]: {message}\n", spot.file));
    }
    out
}
