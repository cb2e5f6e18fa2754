//! The files that an import changes, and what to do next.

use super::first_words;
use crate::escape;
use crate::finding::Level;
use crate::import::file_path;
use crate::importer::{Action, Import};
use crate::report::parts::count;
use crate::text::{Lang, Text, when};

/// Files that are listed by name at most.
const MAX_FILES: usize = 30;

pub(super) fn files(import: &Import, was_written: bool, lang: Lang) -> String {
    let mut out = String::new();
    let of = |action: Action| import.files.iter().filter(move |change| change.action == action);
    let mut list = |head: Text, paths: Vec<&str>| {
        if paths.is_empty() {
            return;
        }
        out.push_str(head.get(lang));
        out.push('\n');
        for path in paths.iter().take(MAX_FILES) {
            out.push_str(&format!("  {}\n", escape::terminal(&described(import, path, lang))));
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
    if import.unanswered().next().is_none() {
        list(text!(en: "removed files:", zh: "删除的文件："), paths(Action::Gone));
    }
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

/// A file with what people know of it: the name of its campaign or the first words of its post, and the first time.
fn described(import: &Import, path: &str, lang: Lang) -> String {
    let mut posts = import.posts.iter().filter(|post| file_path(&post.campaign) == path);
    let mut left = import.questions.iter().filter(|question| *question.file == *path);
    // A file that is removed has no rows: its posts are those that were asked about.
    let (due, title, text, more) = match (posts.next(), left.next()) {
        (Some(first), _) => (first.due, &first.title, &first.text, posts.count()),
        (None, Some(first)) => (first.due, &first.title, &first.text, left.count()),
        (None, None) => return path.to_owned(),
    };
    let what = match (title, text) {
        (Some(title), _) => title.clone(),
        (None, Some(text)) => first_words(text),
        (None, None) => String::new(),
    };
    let due = when::date_time_near(due, due.date());
    let what = match more {
        0 => text!(en: "{due} {what}", zh: "{due} {what}", due = due),
        _ => {
            let all = more + 1;
            text!(en: "{what}: {all} posts from {due} on", zh: "{what}：{all} 条，从{due}开始", due = due)
        }
    };
    text!(en: "{path}  ({what})", zh: "{path}  （{what}）", what = what).into_lang(lang)
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
        let some = count(open, "post");
        return text!(
            en: "Nothing was written: {some} to be decided first. Add an answer for each; `--removed delete`, `--removed keep`, `--moved move` or `--moved both` alone answers for all that it fits.",
            zh: "还没有写入：有 {open} 条要先决定。把上面的回答加在命令后面，几个回答可以一起写；`--removed delete`、`--removed keep`、`--moved move`、`--moved both` 不写名称，就是回答所有合适的。"
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
        let (posts, some) = (import.posts.len(), count(import.posts.len(), "post"));
        return has_warnings(text!(
            en: "Nothing to write: the book is as the sheet says ({some}).",
            zh: "没有变化：活动目录和表里一样（{posts} 条），不用写入。"
        ));
    }
    has_warnings(
        text!(en: "Nothing was written yet: add `--write` to write {some_files}.", zh: "还没有写入：加上 `--write` 就会写入 {written} 个文件。"),
    )
}
