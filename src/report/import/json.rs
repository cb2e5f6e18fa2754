//! An import for programs.

use serde::Serialize;

use crate::finding::Level;
use crate::import::{Answer, CellFinding, Question, QuestionKind, cell_name};
use crate::importer::{Action, Import};
use crate::text::Lang;

#[derive(Serialize)]
struct Page<'a> {
    version: u32,
    sheet: &'a str,
    errors: usize,
    warnings: usize,
    written: bool,
    notes: Vec<&'a str>,
    diagnostics: Vec<Diagnostic<'a>>,
    files: Vec<FileEntry<'a>>,
    media: Vec<&'a str>,
    posts: Vec<Post<'a>>,
    questions: Vec<QuestionEntry<'a>>,
}

/// A post of the files that is no longer in the sheet.
#[derive(Serialize)]
struct QuestionEntry<'a> {
    kind: &'static str,
    campaign: &'a str,
    title: Option<&'a str>,
    file: &'a str,
    local: String,
    text: Option<&'a str>,
    source: &'a str,
    /// The row that is like it.
    cell: Option<String>,
    /// The answers that work.
    accepts: Vec<&'static str>,
    /// The name that means this post alone.
    name: String,
    answer: Option<&'static str>,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    code: &'a str,
    level: &'a str,
    message: &'a str,
    cell: String,
    row: u32,
    column: u32,
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    message: &'a str,
}

#[derive(Serialize)]
struct FileEntry<'a> {
    file: &'a str,
    action: &'static str,
}

#[derive(Serialize)]
struct Post<'a> {
    campaign: &'a str,
    title: Option<&'a str>,
    local: String,
    row: u32,
    past: bool,
    audience: &'a str,
    text: Option<&'a str>,
    images: usize,
}

/// For programs; stable. Rows and columns count from 1.
///
/// # Errors
/// Never of these values.
pub fn json(import: &Import, was_written: bool, lang: Lang) -> Result<String, serde_json::Error> {
    let page = Page {
        version: 1,
        sheet: &import.sheet,
        errors: import.count(Level::Error),
        warnings: import.count(Level::Warning),
        written: was_written,
        notes: import.notes.iter().map(|note| note.get(lang)).collect(),
        diagnostics: import
            .findings
            .iter()
            .map(|finding| Diagnostic {
                code: finding.code,
                level: finding.level.name(),
                message: finding.message.get(lang),
                cell: cell_name(&import.sheet, finding.at),
                row: finding.at.row + 1,
                column: finding.at.column + 1,
                help: finding.help.as_ref().map(|help| help.get(lang)),
                related: related(import, finding, lang),
            })
            .collect(),
        files: import
            .files
            .iter()
            .map(|change| FileEntry { file: &change.path, action: action(import, change.action) })
            .collect(),
        media: import.media.iter().map(|it| it.path.as_str()).collect(),
        posts: import
            .posts
            .iter()
            .map(|post| Post {
                campaign: &post.campaign,
                title: post.title.as_deref(),
                local: post.due.format("%Y-%m-%dT%H:%M:%S").to_string(),
                row: post.row + 1,
                past: post.is_past,
                audience: post.audience.get(lang),
                text: post.text.as_deref(),
                images: post.images,
            })
            .collect(),
        questions: import.questions.iter().map(|it| question(import, it)).collect(),
    };
    Ok(format!("{}\n", serde_json::to_string(&page)?))
}

fn related<'a>(import: &Import, finding: &'a CellFinding, lang: Lang) -> Vec<Related<'a>> {
    let cells = finding.related.iter().map(|(at, words)| Related {
        cell: Some(cell_name(&import.sheet, *at)),
        file: None,
        message: words.get(lang),
    });
    let files =
        finding.files.iter().map(|(file, words)| Related { cell: None, file: Some(file), message: words.get(lang) });
    cells.chain(files).collect()
}

fn action(import: &Import, action: Action) -> &'static str {
    match action {
        Action::New => "new",
        Action::Changed => "changed",
        Action::Kept => "kept",
        Action::Unchanged => "unchanged",
        Action::Refused => "refused",
        Action::Gone if import.unanswered().next().is_some() => "gone",
        Action::Gone => "removed",
    }
}

fn question<'a>(import: &Import, question: &'a Question) -> QuestionEntry<'a> {
    QuestionEntry {
        kind: match question.kind {
            QuestionKind::Removed => "removed",
            QuestionKind::Moved => "moved",
            QuestionKind::PostedBefore => "posted-before",
            QuestionKind::OtherVersion => "other-version",
            QuestionKind::Replaced => "replaced",
            QuestionKind::SameContent => "same-content",
        },
        campaign: &question.campaign,
        title: question.title.as_deref(),
        file: &question.file,
        local: question.due.format("%Y-%m-%dT%H:%M:%S").to_string(),
        text: question.text.as_deref(),
        source: &question.source,
        cell: question.row.map(|(at, _)| cell_name(&import.sheet, at)),
        accepts: question.accepts.iter().copied().map(answer).collect(),
        name: question.name_among(&import.questions),
        answer: question.answer.map(answer),
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Keep => "keep",
        Answer::Delete => "delete",
        Answer::Move => "move",
        Answer::Both => "both",
    }
}
