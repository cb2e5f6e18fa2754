//! What an import would do: findings at cells, files, and the posts by date.

use chrono::NaiveDate;
use serde::Serialize;

use super::parts::{count, listing};
use crate::diag::Level;
use crate::escape;
use crate::import::{Answer, CellFinding, Question, QuestionKind, cell_name};
use crate::importer::{Action, Import, ImportedPost};
use crate::text::{Lang, Text, when};

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// Files that are listed by name at most.
const MAX_FILES: usize = 30;
/// Characters of a post's text that the list shows.
const MAX_TEXT_CHARS: usize = 30;

/// The findings, coloured; empty where there are none.
pub fn findings(import: &Import, lang: Lang) -> String {
    import.findings.iter().map(|finding| drawing(import, finding, lang)).collect()
}

fn drawing(import: &Import, finding: &CellFinding, lang: Lang) -> String {
    let (colour, level) = match finding.level {
        Level::Error => (RED, text!(en: "error", zh: "错误")),
        Level::Warning => (YELLOW, text!(en: "warning", zh: "警告")),
    };
    let name = |at| cell_name(&import.sheet, at);
    let plain = |text: &Text| escape::terminal_lines(text.get(lang));
    let mut out =
        format!("{colour}{}[{}]{RESET}{BOLD}: {}{RESET}\n", level.get(lang), finding.code, plain(&finding.message));
    out.push_str(&format!("  --> {}\n", escape::terminal(&name(finding.at))));
    for (at, words) in &finding.related {
        let words = plain(words);
        let colon = if words.is_empty() { "" } else { ": " };
        out.push_str(&format!("   | {}{colon}{words}\n", escape::terminal(&name(*at))));
    }
    for (file, words) in &finding.files {
        let words = plain(words);
        let colon = if words.is_empty() { "" } else { ": " };
        out.push_str(&format!("   | {}{colon}{words}\n", escape::terminal(file)));
    }
    if let Some(help) = &finding.help {
        let label = text!(en: "help", zh: "帮助").into_lang(lang);
        let help = plain(help).replace('\n', "\n     ");
        out.push_str(&format!("   = {label}: {help}\n"));
    }
    out.push('\n');
    out
}

/// The notes, the posts and the files.
pub fn summary(import: &Import, was_written: bool, width: Option<u16>, lang: Lang) -> String {
    let mut out = String::new();
    let mut line = |text: Text| {
        out.push_str(text.get(lang));
        out.push('\n');
    };
    for note in &import.notes {
        line(text!(en: "note: {note}", zh: "说明：{note}", note = note));
    }
    if !import.notes.is_empty() {
        line(Text::default());
    }
    out.push_str(&posts(import, width, lang));
    out.push_str(&questions(import, lang));
    out.push_str(&files(import, was_written, lang));
    out
}

/// The posts about which people decide: first those that wait for an answer.
fn questions(import: &Import, lang: Lang) -> String {
    let mut out = String::new();
    let near = import.questions.first().map(|question| question.due.date());
    for (answer, head) in [
        (None, text!(en: "to be decided, as they are still to be posted:", zh: "要先决定的（还没有发表）：")),
        (Some(Answer::Delete), text!(en: "no longer posted:", zh: "不再发表：")),
        (Some(Answer::Keep), text!(en: "posted all the same:", zh: "照常发表：")),
    ] {
        let mut some = import.questions.iter().filter(|question| question.answer == answer).peekable();
        let Some(near) = near.filter(|_| some.peek().is_some()) else { continue };
        out.push_str(&format!("{}\n", head.get(lang)));
        for question in some {
            let (line, reason) = (question_line(question, near), question_reason(import, question, near));
            let reason = match question.is_edited {
                true => text!(
                    en: "{reason}; the file was edited by hand since",
                    zh: "{reason}；这个文件导入之后被人改过",
                    reason = reason
                ),
                false => reason,
            };
            out.push_str(&format!("  {}\n      {}\n", plain(&line, lang), plain(&reason, lang)));
        }
        out.push('\n');
    }
    out
}

fn plain(text: &Text, lang: Lang) -> String {
    escape::terminal(text.get(lang)).to_string()
}

fn question_line(question: &Question, near: NaiveDate) -> Text {
    let name = question.title.as_ref().unwrap_or(&question.campaign);
    let file = &question.file;
    let words = match &question.text {
        Some(text) => {
            let words = first_words(text);
            text!(en: ": {words}", zh: "：{words}")
        }
        None => Text::default(),
    };
    text!(
        en: "{due}  {name}{words} ({file})",
        zh: "{due}  {name}{words}（{file}）",
        due = when::moment_near(question.due, near),
        words = words
    )
}

fn question_reason(import: &Import, question: &Question, near: NaiveDate) -> Text {
    let source = &question.source;
    let cell = question.row.map(|(at, _)| cell_name(&import.sheet, at)).unwrap_or_default();
    let due = question.row.map(|(_, due)| when::moment_near(due, near)).unwrap_or_default();
    match (question.kind, question.row) {
        (QuestionKind::Removed, _) | (QuestionKind::Moved, None) => {
            text!(en: "the sheet no longer has it", zh: "表里已经没有这一条")
        }
        (QuestionKind::Moved, Some(_)) => text!(
            en: "{cell} has the same content for the same people at {due}: moved there, or both?",
            zh: "{cell} 的内容和发表范围与它一样，时间是{due}：是改期，还是两次都发？",
            due = due
        ),
        (QuestionKind::Renamed, _) => text!(
            en: "{cell} has the same content at the same time for the same people under another name: it must not be posted twice",
            zh: "{cell} 和它完全一样，只是换了活动名称：两条都留着会发两次"
        ),
        (QuestionKind::OtherVersion, Some(_)) => text!(
            en: "it came from `{source}`, which this sheet seems to replace; {cell} has the same content at {due}",
            zh: "它来自“{source}”，这张表像是那张表的新版本；{cell} 的内容与它一样，时间是{due}",
            due = due
        ),
        (QuestionKind::OtherVersion, None) => text!(
            en: "it came from `{source}`, which this sheet seems to replace, and this sheet does not have it",
            zh: "它来自“{source}”，这张表像是那张表的新版本，但没有这一条"
        ),
        (QuestionKind::Replaced, _) => text!(
            en: "it came from `{source}`; {cell} has another content for the same campaign and time",
            zh: "它来自“{source}”；{cell} 的活动和时间与它一样，内容不同"
        ),
        (QuestionKind::SameContent, _) => text!(
            en: "it came from `{source}`; {cell} has the same content for the same people at {due}: moved there, or both?",
            zh: "它来自“{source}”；{cell} 的内容和发表范围与它一样，时间是{due}：是改期，还是两次都发？",
            due = due
        ),
    }
}

/// The first words of a text.
fn first_words(text: &str) -> String {
    let first: String = text.lines().next().unwrap_or_default().chars().take(MAX_TEXT_CHARS).collect();
    let more = if first.len() < text.len() { "…" } else { "" };
    format!("{first}{more}")
}

fn posts(import: &Import, width: Option<u16>, lang: Lang) -> String {
    let Some(first) = import.posts.first() else { return String::new() };
    let near = first.due.date();
    let head = [
        text!(en: "due", zh: "应发时间"),
        text!(en: "campaign", zh: "活动"),
        text!(en: "row", zh: "行"),
        text!(en: "content", zh: "内容"),
        text!(en: "audience", zh: "发表范围"),
    ]
    .map(|title| title.into_lang(lang));
    let rows = import.posts.iter().map(|post| row(post, near, lang));
    let table = listing(head.each_ref().map(String::as_str), 3, rows, width);
    format!("{table}\n")
}

fn row(post: &ImportedPost, near: NaiveDate, lang: Lang) -> [String; 5] {
    let due = when::moment_near(post.due, near);
    let due = match post.is_past {
        true => text!(en: "{due} (past: not posted)", zh: "{due}（已过，不会发表）", due = due),
        false => due,
    };
    let row = post.row + 1;
    [
        due.into_lang(lang),
        post.title.clone().unwrap_or_else(|| post.campaign.clone()),
        text!(en: "row {row}", zh: "第 {row} 行").into_lang(lang),
        content(post).into_lang(lang),
        post.audience.get(lang).to_owned(),
    ]
}

fn content(post: &ImportedPost) -> Text {
    let mut parts = Vec::new();
    if let Some(text) = &post.text {
        parts.push(Text::quoted(first_words(text)));
    }
    if post.images > 0 {
        let images = post.images;
        let some = count(images, "image");
        parts.push(text!(en: "{some}", zh: "{images} 张图片"));
    }
    if post.has_video {
        parts.push(text!(en: "a video", zh: "视频"));
    }
    if post.has_link {
        parts.push(text!(en: "a link", zh: "链接"));
    }
    Text::join(&parts, &text!(en: "; ", zh: "；"))
}

fn files(import: &Import, was_written: bool, lang: Lang) -> String {
    let mut out = String::new();
    let of = |action: Action| import.files.iter().filter(move |change| change.action == action);
    let mut list = |head: Text, paths: Vec<&str>| {
        if paths.is_empty() {
            return;
        }
        out.push_str(head.get(lang));
        out.push('\n');
        for path in paths.iter().take(MAX_FILES) {
            out.push_str(&format!("  {}\n", escape::terminal(path)));
        }
        if paths.len() > MAX_FILES {
            let more = paths.len() - MAX_FILES;
            out.push_str(text!(en: "  and {more} more", zh: "  另有 {more} 个").get(lang));
            out.push('\n');
        }
    };
    let paths = |action: Action| of(action).map(|change| change.path.as_str()).collect::<Vec<_>>();
    list(text!(en: "new files:", zh: "新文件："), paths(Action::New));
    list(text!(en: "changed files:", zh: "有改动的文件："), paths(Action::Changed));
    list(text!(en: "files of posts that are kept:", zh: "保留的文件："), paths(Action::Kept));
    list(text!(en: "removed files:", zh: "删除的文件："), paths(Action::Gone));
    list(
        text!(en: "new pictures and videos:", zh: "新图片和视频："),
        import.media.iter().map(|it| it.path.as_str()).collect(),
    );
    let unchanged = of(Action::Unchanged).count();
    if unchanged > 0 {
        let some = count(unchanged, "file");
        out.push_str(text!(en: "{some} as before\n", zh: "{unchanged} 个文件没有变化\n").get(lang));
    }
    out.push_str(end(import, was_written).get(lang));
    out.push('\n');
    out
}

/// The last line: what was done, or what to do.
fn end(import: &Import, was_written: bool) -> Text {
    let (errors, warnings) = (import.count(Level::Error), import.count(Level::Warning));
    let written = import.files.iter().filter(|change| change.action.writes()).count();
    let removed = import.files.iter().filter(|change| change.action == Action::Gone).count();
    let (some_errors, some_warnings, some_files) =
        (count(errors, "error"), count(warnings, "warning"), count(written, "file"));
    let has_warnings = |text: Text| match warnings {
        0 => text,
        _ => text!(en: "{some_warnings}. {text}", zh: "有 {warnings} 个警告。{text}", text = text),
    };
    if errors > 0 {
        return text!(
            en: "{some_errors}: nothing is written before they are corrected in the sheet",
            zh: "有 {errors} 个错误：请先在表里改正，改好之前不会写入任何文件"
        );
    }
    let open = import.unanswered().count();
    if open > 0 {
        let (some, name) = (
            count(open, "post"),
            import.unanswered().next().map(|question| question.title.as_ref().unwrap_or(&question.campaign)),
        );
        let name = name.map_or("", |name| name);
        return text!(
            en: "Nothing was written: {some} to be decided first. `--removed delete`: no longer post them; `--removed keep`: post them all the same. For one campaign alone: `--removed \"delete={name}\"`.",
            zh: "还没有写入：有 {open} 条要先决定。加上 `--removed delete` 就不再发表它们，加上 `--removed keep` 就照常发表；只决定一个活动，写 `--removed \"delete={name}\"`。"
        );
    }
    if was_written {
        return has_warnings(text!(en: "Imported: {some_files} written.", zh: "已导入，写入了 {written} 个文件。"));
    }
    if import.posts.is_empty() && written + removed == 0 {
        let first = import.first_row;
        return has_warnings(text!(
            en: "Nothing to import: the sheet has no posts yet. Fill it in from row {first} on.",
            zh: "没有可以导入的：表里还没有要发表的内容，请从第 {first} 行开始填写。"
        ));
    }
    if written + removed == 0 && import.media.is_empty() {
        return has_warnings(
            text!(en: "Nothing to write: the book is as the sheet says.", zh: "没有要写入的：活动目录和表里一样。"),
        );
    }
    has_warnings(
        text!(en: "Nothing was written yet: add `--write` to write {some_files}.", zh: "还没有写入：加上 `--write` 就会写入 {written} 个文件。"),
    )
}

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
            QuestionKind::Renamed => "renamed",
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
        answer: question.answer.map(|answer| match answer {
            Answer::Keep => "keep",
            Answer::Delete => "delete",
        }),
    }
}
