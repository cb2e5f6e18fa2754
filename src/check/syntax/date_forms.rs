//! Dates in another form than TOML's.

use std::ops::Range;

use super::line_at;
use crate::check::FindingSink;
use crate::check::characters::name_of;
use crate::check::dates::{self, DateReading};
use crate::check::phrases::write;
use crate::text::Text;

/// Reports a date in another form than TOML's.
pub(super) fn date_in_another_form(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    // The whole value, or an entry of a list or table on this line.
    let until = line.get(..span.start - start).unwrap_or_default();
    let (assigned, entry) = (until.rfind('='), until.rfind([',', '[', '{']));
    let (inner, is_list) = match (assigned, entry) {
        (Some(assigned), Some(entry)) if entry > assigned => (entry + 1, true),
        (Some(assigned), _) => (assigned + 1, false),
        (None, _) => match line.find('=') {
            Some(assigned) => (assigned + 1, false),
            None => return false,
        },
    };
    let key = line[..inner].trim_end_matches('=');
    let key = if is_list {
        line.split('=').next().unwrap_or_default()
    } else {
        key.rsplit([',', '[', '{']).next().unwrap_or(key)
    };
    let value = line[inner..].split([',', ']', '}', '#']).next().unwrap_or_default();
    let written = value.trim();
    let (meant, is_certain) = match dates::meant_for(key.trim(), written) {
        Some(DateReading::Certain(meant)) if meant.trim_matches('"') != written => (meant, true),
        Some(DateReading::WithoutTime(meant)) => (meant, false),
        _ => return false,
    };
    let at = start + inner + (value.len() - value.trim_start().len());
    let dash = written.chars().find(|c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}'));
    let label = match dash {
        Some(dash) => text!(en: "not `-` but {name}", zh: "这不是 `-`，而是{name}", name = name_of(dash)),
        None => text!(en: "a date in another form", zh: "日期的写法不对"),
    };
    let form = if meant.contains(':') { "\"YYYY-MM-DD hh:mm\"" } else { "\"YYYY-MM-DD\"" };
    let place = at..at + written.len();
    let finding = findings.at(&place, label, date_form(form));
    let assigned = if is_list { String::new() } else { format!("{} = ", key.trim()) };
    if is_certain {
        finding.help(write(format_args!("{assigned}{meant}"))).replace(&place, meant);
    } else {
        finding.help(text!(
            en: "write `{assigned}{meant}`, with the time that is meant",
            zh: "请照 `{assigned}{meant}` 的样子写，再把时间改成要发表的时间"
        ));
    }
    true
}

/// Reports a value without quotes that is not a date, for a key that takes one: `12/01/2026`, `2026-12-01 上午9点`, `明天`.
pub(super) fn not_a_date(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, value)) = line.split_once('=') else { return false };
    let form = match key.trim() {
        "at" | "schedule.at" => "\"YYYY-MM-DD 09:00\"",
        "start" | "end" | "schedule.start" | "schedule.end" => "\"YYYY-MM-DD\"",
        _ => return false,
    };
    let (key, written) = (key.trim(), value.split('#').next().unwrap_or_default().trim());
    let is_of_dates = |c: char| c.is_ascii_digit() || "-:.TtZz+ ".contains(c);
    if written.is_empty()
        || written.starts_with(['"', '\'', '[', '{'])
        || written.starts_with("YYYY")
        || written.chars().all(is_of_dates)
    {
        return false;
    }
    let at = start + line.len() - value.len() + value.find(written).unwrap_or_default();
    findings
        .at(&(at..at + written.len()), text!(en: "not a date in this form", zh: "这样写不是日期"), date_form(form))
        .help(text!(
            en: "write year, month and day in the form `{key} = {form}`",
            zh: "请写出年月日，形式是 `{key} = {form}`"
        ));
    true
}

/// The headline about the form of a date.
fn date_form(form: &str) -> Text {
    text!(en: "a date is written `{form}`", zh: "日期要写成 `{form}`")
}
