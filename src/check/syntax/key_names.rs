//! Keys and names that TOML only takes in quotes.

use std::ops::Range;

use super::line_at;
use crate::check::characters::short;
use crate::check::phrases::the_key_is;
use crate::check::{FindingSink, keys};

/// Reports an audience's name without its quotes, or a key in Chinese with the key that is meant.
pub(super) fn named_key(source: &str, span: &Range<usize>, message: &str, findings: &mut FindingSink<'_>) -> bool {
    if !message.starts_with("invalid unquoted key") {
        return false;
    }
    let (start, line) = line_at(source, span.start);
    if let Some(head) = line.trim().strip_prefix("[audiences.").and_then(|rest| rest.strip_suffix(']')) {
        if head.is_empty() || head.contains(['"', '\'', '[', ']']) {
            return false;
        }
        let help = text!(
            en: "write `[audiences.\"{head}\"]`; a name in Chinese is fine in quotes",
            zh: "请写 `[audiences.\"{head}\"]`；中文名称可以用，但要加引号"
        );
        let at = start + line.find(head).unwrap_or_default();
        findings
            .at(
                &(at..at + head.len()),
                text!(en: "quotes are missing", zh: "缺少引号"),
                text!(en: "this name of an audience needs quotes", zh: "这样的预设范围名称要加引号"),
            )
            .help(help)
            .replace(&(at..at + head.len()), format!("\"{head}\""));
        return true;
    }
    let Some((key, _)) = line.split_once('=') else { return false };
    // The last part of a dotted key.
    let written = key.rsplit('.').next().unwrap_or(key).trim();
    let value = line.split_once('=').map_or("", |(_, value)| value);
    let Some(meant) = keys::in_chinese(written).map(|key| keys::by_value(key, value)) else { return false };
    let at = start + key.rfind(written).unwrap_or_default();
    findings
        .at(
            &(at..at + written.len()),
            text!(en: "keys are in English", zh: "键名用英文"),
            text!(en: "unknown key `{key}`", zh: "不能写 `{key}`，键名要用英文", key = short(written)),
        )
        .help(the_key_is(meant))
        .replace(&(at..at + written.len()), meant);
    true
}
