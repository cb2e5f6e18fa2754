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
                    Place::new(path, &(0..0), ""),
                    format!("`{other}` and `{path}` differ by case only: on Windows and macOS one of them vanishes"),
                )
                .help("rename one of them");
        }
    }
}
