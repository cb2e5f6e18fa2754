//! What an import changes about the files of a book.

use std::collections::HashMap;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::book::{Files, SourceFile};
use crate::import::{CampaignFile, CellFinding, DIRECTORY, origin};

/// Lines of a difference that are shown at most.
const MAX_DIFF_LINES: usize = 60;

/// What happens to one campaign file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// From the book's top.
    pub path: String,
    pub action: Action,
    /// The new text; nothing of a file that is gone.
    pub text: String,
    /// The text that is there now.
    pub before: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    New,
    Changed,
    Unchanged,
    /// In the book, from this sheet, and no longer in it.
    Gone,
    /// Edited by hand since it was imported, or not imported at all.
    Refused,
}

/// Compares the generated files with those of the book.
pub(super) fn files(
    generated: &[CampaignFile],
    files: &Files,
    source: &str,
    findings: &mut Vec<CellFinding>,
) -> Vec<FileChange> {
    let existing: HashMap<&str, &SourceFile> = files.campaigns.iter().map(|file| (&*file.path, file)).collect();
    let mut changes: Vec<FileChange> =
        generated.iter().map(|file| change(file, existing.get(file.path.as_str()).copied(), findings)).collect();
    let is_generated = |path: &str| generated.iter().any(|file| file.path == path);
    let of_sheet = files.campaigns.iter().filter(|file| file.path.starts_with(DIRECTORY));
    for file in of_sheet.filter(|file| origin(file.text()).is_some_and(|it| it.source == source)) {
        if !is_generated(&file.path) {
            let before = Some(file.text().to_owned());
            changes.push(FileChange { path: file.path.to_string(), action: Action::Gone, text: String::new(), before });
        }
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

fn change(file: &CampaignFile, existing: Option<&SourceFile>, findings: &mut Vec<CellFinding>) -> FileChange {
    let made = |action, before| FileChange { path: file.path.clone(), action, text: file.text.clone(), before };
    let Some(existing) = existing else { return made(Action::New, None) };
    let before = existing.text().replace("\r\n", "\n");
    let action = match origin(&before) {
        _ if before == file.text => Action::Unchanged,
        Some(origin) if origin.is_untouched => Action::Changed,
        // Somebody made the same change in the file and in the sheet.
        Some(_) if body(&before) == body(&file.text) => Action::Changed,
        imported => {
            findings.push(refused(file, &before, imported.is_some()));
            Action::Refused
        }
    };
    made(action, Some(before))
}

/// A file without the two lines that say where it came from.
fn body(text: &str) -> &str {
    text.splitn(3, '\n').nth(2).unwrap_or_default()
}

fn refused(file: &CampaignFile, before: &str, was_imported: bool) -> CellFinding {
    let path = &file.path;
    let message = match was_imported {
        true => text!(en: "`{path}` was edited by hand since it was imported", zh: "`{path}` 导入之后被人改过"),
        false => text!(en: "`{path}` is there and was not imported", zh: "已经有 `{path}`，而且不是导入来的"),
    };
    let diff = difference(before, &file.text);
    CellFinding::error("edited-file", file.cell, message).with_help(text!(
        en: "make the change in the sheet and delete the file, then import again; or give the row another name. Lines with `-` are in the file, lines with `+` would be written:\n{diff}",
        zh: "请把改动写进表格，删掉这个文件，再重新导入；或者给这一行换个名称。“-”是文件里现在的，“+”是将要写入的：\n{diff}"
    ))
}

/// The lines that differ, without those that say where a file came from.
fn difference(before: &str, after: &str) -> String {
    let is_mark = |text: &str| origin(text).is_some();
    let (before, after) = (if is_mark(before) { body(before) } else { before }, body(after));
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut shown = Vec::new();
    for change in capture_diff_slices(Algorithm::Myers, &before, &after) {
        if change.tag() != DiffTag::Equal {
            shown.extend(before[change.old_range()].iter().map(|line| format!("- {line}")));
            shown.extend(after[change.new_range()].iter().map(|line| format!("+ {line}")));
        }
    }
    if shown.len() > MAX_DIFF_LINES {
        shown.truncate(MAX_DIFF_LINES);
        shown.push("…".to_owned());
    }
    shown.join("\n")
}
