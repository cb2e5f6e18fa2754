//! JUnit XML, which every CI system shows: each file is a test case, each finding that fails the check a failure.
//!
//! Written by hand: the crate for it brings six others, among them an XML reader and UUIDs. It also silently drops the
//! characters that XML forbids; here U+FFFD replaces them.

use super::{Report, message_and_help};
use crate::finding::{Finding, Level};

/// With `deny_warnings`, warnings are failures too; otherwise they are the output of their test case.
pub fn write(report: &Report<'_>, deny_warnings: bool) -> String {
    let fails = |finding: &Finding| finding.level == Level::Error || deny_warnings;
    // A finding in a file outside of the book gets a test case of its own.
    let mut files = report.files.clone();
    files.extend(report.findings.iter().map(|finding| &*finding.place.file));
    files.sort_unstable();
    files.dedup();
    let failures = report.findings.iter().filter(|finding| fails(finding)).count();
    let (mut cases, mut tests) = (String::new(), 0);
    let mut rest = report.findings.as_slice();
    for file in files {
        // Findings are sorted by file.
        let (own, others) = rest.split_at(rest.partition_point(|finding| &*finding.place.file <= file));
        rest = others;
        let name = escape(&report.path(file));
        let failed: Vec<&&Finding> = own.iter().filter(|finding| fails(finding)).collect();
        let output: String =
            own.iter().filter(|finding| !fails(finding)).map(|finding| line(report, finding)).collect();
        let output = if output.is_empty() { output } else { format!("<system-out>{}</system-out>", escape(&output)) };
        if failed.is_empty() {
            cases
                .push_str(&format!("    <testcase classname=\"drumbeat.check\" name=\"{name}\">{output}</testcase>\n"));
            tests += 1;
        }
        for (n, finding) in failed.iter().enumerate() {
            let spot = report.spot(&finding.place);
            let place = spot.line_and_column();
            let output = if n == 0 { output.as_str() } else { "" };
            cases.push_str(&format!(
                "    <testcase classname=\"drumbeat.check\" name=\"{name}{place} {code}\">\
                 <failure type=\"{code}\" message=\"{message}\">{text}</failure>{output}</testcase>\n",
                code = finding.code,
                message = escape(report.say(&finding.message)),
                text = escape(&line(report, finding)),
            ));
            tests += 1;
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
         <testsuite name=\"drumbeat check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n\
         {cases}  </testsuite>\n</testsuites>\n"
    )
}

fn line(report: &Report<'_>, finding: &Finding) -> String {
    let spot = report.spot(&finding.place);
    let level = finding.level.name();
    format!(
        "{}:{}: {level}[{}]: {}\n",
        spot.file,
        spot.area_or_first().line,
        finding.code,
        message_and_help(report, finding)
    )
}

/// Escapes text for XML 1.0, which cannot represent most control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
