use crate::book::Directory;
use crate::check::characters::short;
use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "foreign-directory",
    level: Level::Error,
    page: include_str!("foreign_directory.md"),
    run: Run::Directory(run),
};

fn run(directory: &Directory, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(theirs), Some(ours)) = (&directory.corp, &context.book.corp.id) else { return };
    if theirs.value != ours.0 {
        let message = text!(
            en: "the directory belongs to the corp `{theirs}`, not to `{ours}`",
            zh: "名录属于企业 `{theirs}`，不是 `{ours}` 的",
            theirs = short(theirs),
            ours = short(&ours.0)
        );
        found.at(&theirs.span, text!(en: "another corp", zh: "另一家企业"), message).help(text!(
            en: "run `drumbeat directory pull` with the settings of the corp that posts, or correct the corp id in the settings",
            zh: "请用发表朋友圈的那家企业的设置重新运行 `drumbeat directory pull`，或者改正设置里的企业 ID"
        ));
    }
}
