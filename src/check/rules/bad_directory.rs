use crate::book::{DIRECTORY_VERSION, Directory, DirectoryError};
use crate::check::characters::short;
use crate::check::entries::is_tag_id;
use crate::check::phrases::{here, pull_again};
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-directory",
    level: Level::Error,
    summary: StaticText {
        en: "A `directory.toml` with invalid content.",
        zh: "名录 `directory.toml` 的内容不对：版本不认识、同一个 ID 出现两次、ID 的写法不对，或者部门绕了一圈成了自己的下级。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Directory,
    pages: StaticText { en: include_str!("bad_directory.md"), zh: include_str!("bad_directory.zh.md") },
    run: RuleFn::Directory(run),
};

fn run(directory: &Directory, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    if let Some(version) = directory.version.as_ref().filter(|version| version.value != DIRECTORY_VERSION) {
        let message = text!(
            en: "the directory has format version {version}; this drumbeat reads only version {DIRECTORY_VERSION}",
            zh: "名录的格式版本是 {version}，这个版本的 drumbeat 只认识 {DIRECTORY_VERSION}",
            version = version.value
        );
        let help = text!(
            en: "upgrade drumbeat if a newer one pulled this file; otherwise run `drumbeat directory pull` again",
            zh: "如果名录是由更新版本的 Drumbeat 取回的，请升级 Drumbeat；否则请重新运行 `drumbeat directory pull`"
        );
        findings.at(&version.span, text!(en: "unknown version", zh: "不认识的版本"), message).help(help);
    }
    // Resolved ids are sent, so each must be valid as written in an audience.
    for tag in directory.tags.iter().filter(|tag| !is_tag_id(&tag.id)) {
        findings
            .at(
                &tag.id.span,
                here(),
                text!(en: "`{id}` is not a tag id", zh: "`{id}` 不是客户标签 ID", id = short(&tag.id)),
            )
            .help(pull_again());
    }
    for flaw in &directory.errors {
        match flaw {
            DirectoryError::Twice { what, first, again } => {
                findings
                    .at(
                        again,
                        text!(en: "again here", zh: "这里又出现一次"),
                        text!(en: "the directory has the same {what} twice", zh: "名录里有重复的{what}", what = *what),
                    )
                    .related(Place::new(&directory.file.path, first, text!(en: "first here", zh: "第一次在这里")))
                    .help(pull_again());
            }
            DirectoryError::Circle { span, id } => {
                findings
                    .at(
                        span,
                        text!(en: "its own parent", zh: "上级部门是它自己"),
                        text!(
                            en: "department {id} is among its own parents",
                            zh: "部门 {id} 的上级部门绕了一圈又回到它自己"
                        ),
                    )
                    .help(pull_again());
            }
        }
    }
}
