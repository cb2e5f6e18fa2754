use std::collections::HashMap;

use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "case-only-names",
    level: Level::Warning,
    summary: StaticText {
        en: "Two files of the book whose paths differ only in upper and lower case.",
        zh: "活动目录里有两个文件，名字只差大小写。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("case_only_names.md"), zh: include_str!("case_only_names.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let book = context.book;
    let mut first = HashMap::new();
    for path in book.files().map(|file| &file.path).chain(&book.media) {
        if let Some(other) = first.insert(path.to_lowercase(), path).filter(|other| *other != path) {
            findings
                .place(
                    Place::of_file(path),
                    text!(
                        en: "`{other}` and `{path}` differ only in case: Windows and macOS would keep only one of them",
                        zh: "`{other}` 和 `{path}` 只有大小写不同，在 Windows 和 macOS 上只会留下一个"
                    ),
                )
                .help(text!(en: "rename one of them", zh: "请给其中一个改名"));
        }
    }
}
