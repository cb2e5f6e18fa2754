//! Turns a schedule's proposals into edits of its file.

use std::sync::Arc;

use super::schedule_check;
use crate::book::{ParsedCampaign, ScheduleTable, Spanned};
use crate::finding::{Edit, Suggestion};
use crate::schedule::{Part, Proposal};

/// The edits of a proposal; `None` if a key that it needs has another value already.
pub(super) fn edits(
    parsed: &ParsedCampaign,
    written: &Spanned<ScheduleTable>,
    proposal: &Proposal,
) -> Option<Suggestion> {
    let source = parsed.file.text();
    let value = schedule_check::place(parsed, written, proposal.part, None);
    let is_text = matches!(proposal.part, Part::Cron | Part::Timezone | Part::Lunar(_));
    let (span, text) = match &proposal.span {
        Some(span) => (schedule_check::place(parsed, written, proposal.part, Some(span)), proposal.text.clone()),
        None if is_text => (value.clone(), format!("\"{}\"", proposal.text)),
        None => (value.clone(), proposal.text.clone()),
    };
    let edit = |span, text| Edit { file: Arc::clone(&parsed.file.path), span, text };
    let mut edits = vec![edit(span, text)];
    for (key, wanted) in &proposal.also {
        let said = match *key {
            "timezone" => written.timezone.as_ref(),
            "days" => written.days.as_ref(),
            _ => return None,
        };
        match said {
            Some(said) if said.value == *wanted => {}
            Some(_) => return None,
            None => edits.push(edit(value.end..value.end, beside(source, value.start, key, wanted)?)),
        }
    }
    Some(Suggestion { edits, is_safe: false })
}

/// A key written after a value of the same table: on its own line, or within the braces.
fn beside(source: &str, value: usize, key: &str, text: &str) -> Option<String> {
    let line = source.get(..value)?.rsplit('\n').next()?;
    let (head, _) = line.rsplit_once('=')?;
    let name = head.trim_end();
    let indent = &line[..line.len() - line.trim_start().len()];
    let dotted = name.trim_start();
    if dotted.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) && !source.contains('\r') {
        let table = dotted.rsplit_once('.').map(|(table, _)| format!("{table}.")).unwrap_or_default();
        return Some(format!("\n{indent}{table}{key} = \"{text}\""));
    }
    Some(format!(", {key} = \"{text}\""))
}
