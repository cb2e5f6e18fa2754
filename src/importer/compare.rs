//! What an import changes about the files of a book.

use std::collections::HashMap;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::book::{Files, SourceFile};
use crate::import::{CampaignFile, CellFinding, ImportedFile, MergedCampaign, Reconciled, body, other_sources};
use crate::text::Text;

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
    /// Only notes that people decided to keep its posts.
    Kept,
    Unchanged,
    /// Removed, as none of its posts is in the sheet.
    Gone,
    /// Edited by hand since it was imported, or not imported at all.
    Refused,
}

impl Action {
    /// Whether the file is written.
    pub fn writes(self) -> bool {
        matches!(self, Self::New | Self::Changed | Self::Kept)
    }
}

/// Compares the campaigns with the files of the book. `generated` has the file of each campaign.
pub(super) fn files(
    reconciled: &Reconciled,
    generated: &[CampaignFile],
    files: &Files,
    findings: &mut Vec<CellFinding>,
) -> Vec<FileChange> {
    let existing: HashMap<&str, &SourceFile> = files.campaigns.iter().map(|file| (&*file.path, file)).collect();
    let change = |(campaign, file): (&MergedCampaign, &CampaignFile)| {
        change(campaign, file, existing.get(file.path.as_str()).copied(), findings)
    };
    let mut changes: Vec<FileChange> = reconciled.campaigns.iter().zip(generated).map(change).collect();
    changes.extend(reconciled.emptied.iter().map(|path| FileChange {
        path: path.to_string(),
        action: Action::Gone,
        text: String::new(),
        before: existing.get(&**path).map(|file| file.text().to_owned()),
    }));
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

fn change(
    campaign: &MergedCampaign,
    file: &CampaignFile,
    existing: Option<&SourceFile>,
    findings: &mut Vec<CellFinding>,
) -> FileChange {
    let made = |action, before| FileChange { path: file.path.clone(), action, text: file.text.clone(), before };
    let Some(existing) = existing else { return made(Action::New, None) };
    let before = existing.text().replace("\r\n", "\n");
    let imported = ImportedFile::read(existing);
    let says_same = || {
        let new = ImportedFile::read(&SourceFile::new(&file.path, &file.text));
        imported.as_ref().zip(new.as_ref()).is_some_and(|(imported, new)| imported.says_same(new))
    };
    let action = match &imported {
        // Comments and layout may differ: the language of the reader, or an edit that changes nothing.
        _ if before == file.text || says_same() => Action::Unchanged,
        Some(imported) if imported.is_untouched && campaign.has_no_rows => Action::Kept,
        Some(imported) if imported.is_untouched => Action::Changed,
        _ => {
            findings.push(refused(campaign, file, &before, imported.is_some()));
            Action::Refused
        }
    };
    made(action, Some(before))
}

fn refused(campaign: &MergedCampaign, file: &CampaignFile, before: &str, was_imported: bool) -> CellFinding {
    let path = &file.path;
    let message = match was_imported {
        true => text!(en: "`{path}` was edited by hand since it was imported", zh: "`{path}` 导入之后被人改过"),
        false => text!(en: "`{path}` is there and was not imported", zh: "已经有 `{path}`，而且不是导入来的"),
    };
    let diff = difference(before, &file.text);
    let others = other_sources(campaign).into_iter().collect::<Vec<_>>();
    let act = if !was_imported {
        text!(
            en: "rename or remove that file, or give the row another name",
            zh: "请给那个文件改名或删掉它，或者给这一行换个名称"
        )
    } else if others.is_empty() {
        text!(
            en: "make the same change in the sheet, or undo it in the file, or delete the file; then import again",
            zh: "请在表里做同样的改动，或者把文件改回去，或者删掉这个文件，再重新导入"
        )
    } else {
        let others = Text::of(others.join(", "), others.join("、"));
        text!(
            en: "make the same change in the sheet, or undo it in the file, then import again; do not delete the file, which has posts of {others} too",
            zh: "请在表里做同样的改动，或者把文件改回去，再重新导入；不要删掉它，里面还有来自“{others}”的内容",
            others = others
        )
    };
    CellFinding::error("edited-file", file.cell, message).with_help(text!(
        en: "{act}. Lines with `-` are in the file, lines with `+` would be written:\n{diff}",
        zh: "{act}。“-”是文件里现在的，“+”是将要写入的：\n{diff}",
        act = act
    ))
}

/// The lines that differ, without those that say where a file came from.
fn difference(before: &str, after: &str) -> String {
    let (before, after) = (body(before), body(after));
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
