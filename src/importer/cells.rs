//! Findings of rules, at the cells that they are about.

use std::collections::HashMap;
use std::sync::Arc;

use crate::finding::{Finding, Place};
use crate::import::{CampaignFile, CellFinding, OtherPost, file_of};
use crate::text::{Text, when};

/// The findings of rules about the generated files, at the cells that they are about.
pub(super) fn at_cells(
    findings: &[Finding],
    generated: &[CampaignFile],
    own_findings: &[CellFinding],
) -> Vec<CellFinding> {
    let files: HashMap<&str, &CampaignFile> = generated.iter().map(|file| (file.path.as_str(), file)).collect();
    let other = |place: &Place| files.get(&*place.file).and_then(|file| file.other_at(place.span.as_ref()));
    let cell = |place: &Place| {
        let file = files.get(&*place.file).filter(|_| other(place).is_none())?;
        Some(file.cell_at(place.span.as_ref()))
    };
    let names: HashMap<&str, String> = generated.iter().map(|file| (file.id(), file.name())).collect();
    let mut found = Vec::new();
    for finding in findings {
        let places = || std::iter::once(&finding.place).chain(&finding.related);
        // A finding may stand in a file of the book, and be about a new one.
        let Some((own, at)) = places().enumerate().find_map(|(own, place)| Some((own, cell(place)?))) else { continue };
        let is_known = |own: &CellFinding| own.at.row == at.row && matches!(own.code, "empty-row" | "error-cell");
        // The sheet's own finding says the same, at the right cell.
        if finding.code == "empty-content" && own_findings.iter().any(is_known) {
            continue;
        }
        let mut at_cell = CellFinding {
            code: finding.code,
            level: finding.level,
            message: finding.message.clone().map(|words| with_names(without_number(&words), &names)),
            at,
            help: help_in_sheet(finding),
            related: Vec::new(),
            files: Vec::new(),
        };
        for (_, place) in places().enumerate().filter(|(other, _)| *other != own) {
            match cell(place) {
                Some(other) if other != at => at_cell.related.push((other, place.words.clone())),
                Some(_) => {}
                None => {
                    let words = other(place).map_or_else(|| place.words.clone(), post_of_other_sheet);
                    at_cell.files.push((Arc::clone(&place.file), words));
                }
            }
        }
        found.push(at_cell);
    }
    found
}

/// A message without the number of a content: the cell says which one.
fn without_number(words: &str) -> &str {
    let number = |start: &str, end: &str| {
        let (digits, rest) = words.strip_prefix(start)?.split_once(end)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
    };
    number("content ", ": ").or_else(|| number("第 ", " 条内容：")).unwrap_or(words)
}

/// A message with the names of campaigns in place of the ids that the import made.
fn with_names(words: &str, names: &HashMap<&str, String>) -> String {
    let mut parts = words.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut is_quoted = true;
    for part in parts {
        out.push('`');
        out.push_str(names.get(part).filter(|_| is_quoted).map_or(part, String::as_str));
        is_quoted = !is_quoted;
    }
    out
}

fn post_of_other_sheet(post: &OtherPost) -> Text {
    let sheet = file_of(&post.source);
    text!(en: "the post at {due} of `{sheet}`", zh: "“{sheet}”里{due}的那一条", due = when::date_time(post.due))
}

/// The next act, where it is another one in a sheet than in a campaign file.
fn help_in_sheet(finding: &Finding) -> Option<Text> {
    let code = finding.code;
    match code {
        "no-audience" => Some(text!(
            en: "fill in departments, members or tags, or write `all` into the column `audience`",
            zh: "请填写部门、成员或标签；要让所有成员发表，就在“发表范围”列写“全部”"
        )),
        "missing-media" => Some(text!(
            en: "put the file beside the spreadsheet or into the book's `media/`, or correct its name; capitals count",
            zh: "请把文件放在表格旁边或活动目录的 `media/` 里，或者改正文件名；大小写要一致"
        )),
        // `allow` is a column.
        _ => finding.help.clone().map(|help| {
            help.map(|words| {
                words
                    .replace(
                        &format!("write `allow = [\"{code}\"]` in this file"),
                        &format!("write `{code}` into the column `allow`"),
                    )
                    .replace(&format!("请在文件里写 `allow = [\"{code}\"]`"), &format!("请在“放行”列写 `{code}`"))
            })
        }),
    }
}
