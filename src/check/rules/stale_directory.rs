use crate::book::Directory;
use crate::check::directory_diff::DirectoryDiff;
use crate::check::phrases::pull_again;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "stale-directory",
    level: Level::Warning,
    summary: StaticText {
        en: "A `directory.toml` that differs from WeCom's current data.",
        zh: "名录 `directory.toml` 和企业微信现在的情况不一样。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Directory,
    pages: StaticText { en: include_str!("stale_directory.md"), zh: include_str!("stale_directory.zh.md") },
    run: RuleFn::Directory(run),
};

fn run(directory: &Directory, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(now) = &context.book.corp.now else { return };
    // Other rules report a directory that is invalid or belongs to another corp.
    let is_ours = directory.corp.as_ref().map(|it| &it.value) == now.corp.as_ref().map(|it| &it.value);
    if !directory.parse_errors.is_empty() || !is_ours {
        return;
    }
    let diff = DirectoryDiff::between(directory, now);
    if let Some(sum) = diff.sum() {
        findings
            .of_file(text!(
                en: "`directory.toml` differs from what WeCom has now: {sum}",
                zh: "`directory.toml` 和企业微信现在的情况不一样：{sum}",
                sum = sum
            ))
            .help(text!(
                en: "{changes}; {pull}",
                zh: "{changes}。{pull}",
                changes = diff.in_words(),
                pull = pull_again()
            ));
    }
}
