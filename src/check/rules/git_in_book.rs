use crate::book::{GitPart, SkipReason};
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "git-in-book",
    level: Level::Error,
    summary: StaticText {
        en: "A part of the book that git would treat as its own.",
        zh: "活动目录里有会被 git 当成自己东西的内容：裸仓库、子仓库或子模块、会在取出时改变文件内容的属性，或者活动目录的路径里有符号链接。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("git_in_book.md"), zh: include_str!("git_in_book.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for skipped in &context.book.skipped {
        let SkipReason::Git(part) = &skipped.kind else { continue };
        let finding = findings.place(Place::of_file(&skipped.path), part.text());
        finding.help(match part {
            GitPart::Bare => text!(
                en: "remove the files of the repository from the book",
                zh: "请把这些仓库文件从活动目录里删掉"
            ),
            GitPart::Repository => text!(
                en: "move its files into the repository of the book, or remove the directory",
                zh: "请把里面的文件放进活动目录自己的仓库，或者删掉这个文件夹"
            ),
            GitPart::Attribute(_) => text!(
                en: "remove the attribute; `text`, `eol` and Git LFS may stay",
                zh: "请删掉这个属性；`text`、`eol` 和 Git LFS 可以保留"
            ),
            GitPart::Link(_) => text!(
                en: "replace the link with the directory itself",
                zh: "请用文件夹本身代替这个链接"
            ),
        });
    }
}
