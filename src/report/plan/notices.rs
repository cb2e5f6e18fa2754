//! Notices above a plan: errors of the book, notes on the base, changed rules, changed names.

use std::collections::HashSet;

use super::View;
use super::cells::{Noun, list_and_more, shortened};
use crate::finding::{Finding, Level};
use crate::plan::{CampaignChange, Changes, ReachJump};
use crate::post::Renamed;
use crate::source::BaseNote;
use crate::text::Text;

/// Lines per kind of notice.
const MAX_LINES: usize = 20;
/// The length of one value of the policy, in characters.
const MAX_VALUE_CHARS: usize = 120;
/// Files in Git LFS that are named.
const MAX_UNFETCHED: usize = 10;
/// Changed names that are listed.
const MAX_RENAMED: usize = 10;

/// Errors that are not shown with a campaign: of the whole book, of its policy, and of times that would be held.
pub(crate) fn book_errors<'a>(view: &View<'a>) -> Vec<&'a Finding> {
    let invalid: HashSet<&str> = view.invalid_files.iter().map(|it| &*it.file).collect();
    let is_error = |it: &&Finding| it.level == Level::Error && !invalid.contains(&*it.place.file);
    view.findings.iter().filter(is_error).collect()
}

/// These errors as sentences; of many, the first ones.
pub(crate) fn errors(view: &View<'_>) -> Vec<Text> {
    let said = |it: &Finding| {
        let file = match &*it.place.file {
            "" => text!(en: "the book", zh: "活动目录"),
            file => Text::quoted(format!("`{file}`")),
        };
        let message = text!(en: "{file}: {message}", zh: "{file}：{message}", file = file, message = it.message);
        match &it.help {
            Some(help) => text!(en: "{message}; {help}", zh: "{message}；{help}", message = message, help = help),
            None => message,
        }
    };
    bounded(book_errors(view).into_iter().map(said).collect(), Noun("more error", "个类似的错误"))
}

/// How the policies and the calendars differ, one line each.
pub(crate) fn rules(changes: &Changes) -> Vec<Text> {
    let policy = changes.policy.iter().map(|it| {
        let key = &it.key;
        text!(
            en: "policy: {key}: {before} → {after}",
            zh: "公共设置：{key}：{before} → {after}",
            before = policy_value(it.before.as_ref()),
            after = policy_value(it.after.as_ref())
        )
    });
    let calendar =
        changes.calendar.iter().map(|line| text!(en: "calendar: {line}", zh: "放假日历：{line}", line = line));
    bounded(policy.chain(calendar).collect(), Noun("more change", "处类似的变动"))
}

fn policy_value(value: Option<&Text>) -> Text {
    value.map_or_else(nothing, |value| value.clone().map(|words| shortened(&words, MAX_VALUE_CHARS)))
}

/// Stands for an absent value.
pub(crate) fn nothing() -> Text {
    text!(en: "nothing", zh: "无")
}

/// The first lines, and how many more there are.
fn bounded(mut lines: Vec<Text>, what: Noun) -> Vec<Text> {
    if let more @ 1.. = lines.len().saturating_sub(MAX_LINES) {
        lines.truncate(MAX_LINES);
        lines.push(text!(en: "{more} like these", zh: "还有 {more}", more = what.count(more)));
    }
    lines
}

/// What the reader must know first.
pub(crate) fn notices(view: &View<'_>) -> Vec<Text> {
    base_notes(view).into_iter().chain(unfetched(view)).collect()
}

/// What the reader must know about the base.
pub(crate) fn base_notes(view: &View<'_>) -> Vec<Text> {
    let base = base_name(view);
    let said = view.notes.iter().map(|note| match note {
        BaseNote::Link { path, target } => {
            let target = target.display();
            text!(
                en: "`{path}` is a symbolic link to `{target}`: the plan is that of the target, compared with `{path}` \
                     itself at {base}",
                zh: "`{path}` 是符号链接，指向 `{target}`：这里的计划来自后者，对比的是 {base} 里的 `{path}` 本身",
                base = base
            )
        }
        BaseNote::RevisionAhead { commits } => text!(
            en: "{base} has {commits} that this branch lacks: the comparison is with the commit at which the branch left \
                 {base}",
            zh: "{base} 比这个分支多 {commits}；这里是和分出来时的版本比",
            base = base,
            commits = Noun("commit", "个提交").count(*commits)
        ),
        BaseNote::Unrelated => text!(
            en: "this branch and {base} have no commit in common: the comparison is with {base} itself",
            zh: "这个分支和 {base} 没有共同的提交：直接与 {base} 对比",
            base = base
        ),
    });
    said.collect()
}

/// The base as the user named it.
pub(crate) fn base_name(view: &View<'_>) -> Text {
    view.base.map_or_else(|| text!(en: "the other book", zh: "另一个活动目录"), Text::quoted)
}

/// The files whose content was not checked, those of changed campaigns first.
fn unfetched(view: &View<'_>) -> Option<Text> {
    let all = view.unfetched;
    let changed = view.changes.iter().flat_map(|it| it.campaigns.iter()).flat_map(CampaignChange::new_media);
    let changed: HashSet<&str> = changed.collect();
    let (mut named, rest): (Vec<&str>, Vec<&str>) = all.iter().map(|it| &**it).partition(|it| changed.contains(it));
    named.extend(rest);
    named.truncate(MAX_UNFETCHED);
    let named: Vec<Text> = named.iter().map(|it| Text::quoted(format!("`{it}`"))).collect();
    let files = if all.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", all.len()) };
    let count = all.len();
    (count > 0).then(|| {
        text!(
            en: "{files} in Git LFS and not fetched, so the content was not checked: {named}; sizes and hashes are those \
                 of the pointers; `git lfs pull` fetches the files",
            zh: "有 {count} 个文件在 Git LFS 里，还没有取回，所以没有检查内容：{named}；大小和 sha256 是指针文件的；\
                 `git lfs pull` 可以取回文件",
            named = list_and_more(&named, count - named.len())
        )
    })
}

/// Counts of customers that jumped while the audience stayed the same, one line each.
pub(crate) fn jumped(changes: &Changes) -> Vec<Text> {
    let line = |it: &ReachJump| {
        let id = &it.campaign.id;
        text!(
            en: "the customers of `{id}` jumped: {before} before, {after}",
            zh: "`{id}` 的客户数变化很大：原来{before}，现在{after}",
            before = it.before.customers_in_words(),
            after = it.after.text()
        )
    };
    bounded(changes.jumps.iter().map(line).collect(), Noun("more campaign", "个类似的活动"))
}

/// Names of ids that changed, one line each.
pub(crate) fn renamed(changes: &Changes) -> Vec<Text> {
    let line = |it: &Renamed| {
        let Renamed { kind, id, before, after } = it;
        let chinese_kind = if *kind == "department" { "部门" } else { "客户标签" };
        text!(
            en: "the {kind} {id} is named {after} now, and was {before}",
            zh: "{chinese_kind} {id} 现在叫“{after}”，原来叫“{before}”"
        )
    };
    let mut lines: Vec<Text> = changes.renamed.iter().take(MAX_RENAMED).map(line).collect();
    let more = changes.renamed.len().saturating_sub(MAX_RENAMED);
    if more > 0 {
        lines.push(text!(en: "{more} more ids have other names now", zh: "另有 {more} 个 ID 换了名称"));
    }
    lines
}
