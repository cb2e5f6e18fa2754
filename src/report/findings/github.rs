//! For GitHub: workflow commands, shown as annotations in a pull request, and a page for the step's summary.
//!
//! GitHub shows ten errors and ten warnings per step and silently drops the rest.

use super::{Report, message_and_help};
use crate::escape;
use crate::finding::{Finding, Level};

/// Annotations of one level that GitHub shows per step.
const MAX_NOTES_PER_LEVEL: usize = 10;
/// The largest summary of a step, below GitHub's limit of 1 MiB.
const MAX_SUMMARY_BYTES: usize = 1_000_000;

/// Workflow commands for stdout.
pub fn commands(report: &Report<'_>) -> String {
    let mut out = String::new();
    let mut left_out = 0;
    for level in [Level::Error, Level::Warning] {
        for (n, finding) in report.findings.iter().filter(|finding| finding.level == level).enumerate() {
            if n < MAX_NOTES_PER_LEVEL {
                out.push_str(&command(report, finding));
            } else {
                left_out += 1;
            }
        }
    }
    if left_out > 0 {
        let sum = report.sum();
        let notice = text!(
            en: "{sum}; {left_out} of them are not shown here: the summary of this step has all",
            zh: "{sum}；其中 {left_out} 个没有显示在这里，完整列表见这一步的摘要"
        );
        out.push_str(&format!("::notice title=drumbeat check::{}\n", data(report.say(&notice))));
    }
    out
}

fn command(report: &Report<'_>, finding: &Finding) -> String {
    let spot = report.spot(&finding.place);
    let mut place = format!("file={}", property(&spot.file));
    if let Some(area) = spot.area {
        place.push_str(&format!(",line={},endLine={}", area.line, area.end_line));
        // GitHub takes columns only for findings on a single line.
        if area.line == area.end_line {
            place.push_str(&format!(",col={},endColumn={}", area.column, area.end_column));
        }
    }
    let message = data(&message_and_help(report, finding));
    format!("::{} {place},title={}::{message}\n", finding.level.name(), property(finding.code))
}

/// Escapes the part after `::` of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the part after `=` of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A page in Markdown with every finding.
pub fn summary(report: &Report<'_>) -> String {
    let mut out = format!("### drumbeat check\n\n{}\n", report.sum());
    if report.findings.is_empty() {
        return out;
    }
    let head = text!(en: "| | place | finding | what to do |", zh: "| | 位置 | 问题 | 怎么办 |");
    out.push_str(&format!("\n{}\n|---|---|---|---|\n", report.say(&head)));
    for (n, finding) in report.findings.iter().enumerate() {
        let spot = report.spot(&finding.place);
        let place = match spot.area {
            Some(area) => format!("{}:{}", spot.file, area.line),
            None => spot.file,
        };
        let sign = if finding.level == Level::Error { "❌" } else { "⚠️" };
        let help = finding.help.as_ref().map_or("", |help| report.say(help));
        let (message, code) = (report.say(&finding.message), finding.code);
        let message = text!(en: "{message} ({code})", zh: "{message}（{code}）");
        let cells = [sign, &place, report.say(&message), help].map(escape::markdown);
        let row = format!("| {} |\n", cells.join(" | "));
        if out.len() + row.len() > MAX_SUMMARY_BYTES {
            let more = report.findings.len() - n;
            let rest = text!(en: "{more} more are left out here.", zh: "还有 {more} 个没有列出。");
            out.push_str(&format!("\n{}\n", report.say(&rest)));
            break;
        }
        out.push_str(&row);
    }
    out
}
