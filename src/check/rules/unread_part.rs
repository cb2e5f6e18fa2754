use crate::book::SkipReason;
use crate::check::{Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unread-part",
    level: Level::Error,
    summary: StaticText {
        en: "A part of the book that was not read.",
        zh: "活动目录里有一部分没有读到：文件夹打不开，链接指到了外面，文件名有问题，`policy.toml` 没放在最上层，或者名字多写、少写了，例如 `policy.toml.txt`、`spring.toml (1)`、`springtoml`。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Book,
    pages: StaticText { en: include_str!("unread_part.md"), zh: include_str!("unread_part.zh.md") },
    run: Run::Policy(run),
};

fn run(context: &Context<'_>, found: &mut FindingSink<'_>) {
    let skipped = &context.book.skipped;
    for trouble in skipped.iter().filter(|trouble| !matches!(trouble.kind, SkipReason::Git(_))) {
        let finding = found.place(Place::new(&trouble.path, &(0..0), ""), trouble.kind.to_string());
        if let SkipReason::NearName(wanted) = &trouble.kind {
            let dir = trouble.path.rfind('/').map_or("", |at| &trouble.path[..at + 1]);
            let path = format!("{dir}{wanted}");
            let is_there = context.book.files().any(|file| *file.path == *path);
            finding.help(if is_there {
                format!("`{wanted}` stands beside it: take this copy out of the book, or give it a name of its own with .toml at the end")
            } else if trouble.path.to_lowercase().ends_with(".txt") {
                format!("rename it to `{wanted}`; Windows Notepad adds .txt where the file type is not set to all files")
            } else {
                format!("rename it to `{wanted}`; nothing may stand behind .toml")
            });
            continue;
        }
        finding.help(match trouble.kind {
            SkipReason::Unreadable(_) => "let the user who runs drumbeat read it",
            SkipReason::LinkOutside => "put the directory itself in the place of the link",
            SkipReason::TooDeep | SkipReason::TooMany => {
                "check that this is the directory of the book; a book this large is split into several"
            }
            SkipReason::Name => "rename it",
            // Of another rule, and above.
            SkipReason::Git(_) | SkipReason::NearName(_) => continue,
            SkipReason::Misplaced(_) => "move it to the top of the book, or take it out",
        });
    }
}
