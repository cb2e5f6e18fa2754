use crate::book::SkipReason;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unread-part",
    level: Level::Error,
    summary: StaticText {
        en: "A part of the book that was not read.",
        zh: "活动目录里有一部分没有读到：文件夹打不开，链接指到了外面，文件名有问题，`policy.toml` 没放在最上层，或者名字多写、少写了，例如 `policy.toml.txt`、`spring.toml (1)`、`springtoml`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unread_part.md"), zh: include_str!("unread_part.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let skipped = &context.book.skipped;
    for entry in skipped.iter().filter(|entry| !matches!(entry.kind, SkipReason::Git(_))) {
        let finding = findings.place(Place::of_file(&entry.path), entry.kind.text());
        if let SkipReason::NearName(wanted) = &entry.kind {
            let dir = entry.path.rfind('/').map_or("", |at| &entry.path[..at + 1]);
            let path = format!("{dir}{wanted}");
            let is_there = context.book.files().any(|file| *file.path == *path);
            finding.help(if is_there {
                text!(
                    en: "`{wanted}` is beside it: remove this copy from the book, or give it another name that ends in `.toml`",
                    zh: "旁边已经有 `{wanted}`；请把这个副本移出活动目录，或者另起一个以 `.toml` 结尾的名字"
                )
            } else if entry.path.to_lowercase().ends_with(".txt") {
                text!(
                    en: "rename it to `{wanted}`; Windows Notepad adds `.txt` unless the file type is set to all files",
                    zh: "请改名为 `{wanted}`；Windows 记事本另存时如果没选“所有文件”，会自动加上 `.txt`"
                )
            } else {
                text!(
                    en: "rename it to `{wanted}`; the name must end in `.toml`",
                    zh: "请改名为 `{wanted}`；`.toml` 后面不能再有别的"
                )
            });
            continue;
        }
        finding.help(match entry.kind {
            SkipReason::Unreadable(_) => text!(
                en: "give the user that runs drumbeat permission to read it",
                zh: "请给运行 drumbeat 的账户读取权限"
            ),
            SkipReason::LinkOutside => text!(
                en: "replace the link with the directory itself",
                zh: "请用文件夹本身代替这个链接"
            ),
            SkipReason::TooDeep | SkipReason::TooMany => text!(
                en: "check that this is the directory of the book; split a book this large",
                zh: "请确认这就是活动目录；如果确实这么大，请拆成几个"
            ),
            SkipReason::Name => text!(en: "rename it", zh: "请给它改名"),
            // Other code reports these: a rule of its own, and the loop above.
            SkipReason::Git(_) | SkipReason::NearName(_) => continue,
            SkipReason::Misplaced(_) => text!(
                en: "move it to the top of the book, or remove it",
                zh: "请把它移到活动目录的最上层，或者删掉"
            ),
        });
    }
}
