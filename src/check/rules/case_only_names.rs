use std::collections::HashMap;

use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "case-only-names",
    level: Level::Warning,
    page: include_str!("case_only_names.md"),
    run: Run::Policy(run),
};

fn run(context: &Context<'_>, found: &mut FindingSink<'_>) {
    let book = context.book;
    let mut first = HashMap::new();
    for path in book.files().map(|file| &file.path).chain(&book.media) {
        if let Some(other) = first.insert(path.to_lowercase(), path).filter(|other| *other != path) {
            found
                .place(
                    Place::of_file(path),
                    text!(
                        en: "`{other}` and `{path}` differ only in case: Windows and macOS would keep only one of them",
                        zh: "`{other}` 和 `{path}` 只有大小写不同，在 Windows 和 macOS 上会丢掉一个"
                    ),
                )
                .help(text!(en: "rename one of them", zh: "请给其中一个改名"));
        }
    }
}
