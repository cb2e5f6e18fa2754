use crate::book::Directory;
use crate::check::characters::short;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::invocation::command;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "foreign-directory",
    level: Level::Error,
    summary: StaticText {
        en: "A `directory.toml` of another corp than the one in the settings (`DRUMBEAT_CORP_ID`, or `corp_id` of the service file).",
        zh: "名录 `directory.toml` 属于另一家企业，和设置里的企业（`DRUMBEAT_CORP_ID`，或服务配置文件里的 `corp_id`）不一致。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Directory,
    pages: StaticText { en: include_str!("foreign_directory.md"), zh: include_str!("foreign_directory.zh.md") },
    run: RuleFn::Directory(run),
};

fn run(directory: &Directory, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(theirs), Some(ours)) = (&directory.corp, &context.book.corp.id) else { return };
    if theirs.value != ours.0 {
        let message = text!(
            en: "the directory belongs to the corp `{theirs}`, not to `{ours}`",
            zh: "名录属于企业 `{theirs}`，不是 `{ours}` 的",
            theirs = short(theirs),
            ours = short(&ours.0)
        );
        findings.at(&theirs.span, text!(en: "another corp", zh: "另一家企业"), message).help(text!(
            en: "run `{directory}` with the settings of the corp that posts, or correct the corp id in the settings",
            zh: "请用发表朋友圈的那家企业的设置重新运行 `{directory}`，或者改正设置里的企业 ID", directory = command("directory pull")));
    }
}
