use crate::book::{ParseError, ReadError, SourceFile};
use crate::check::{Blocks, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreadable-file",
    level: Level::Error,
    summary: StaticText {
        en: "A campaign file or `policy.toml` that cannot be read as text.",
        zh: "活动文件或公共设置（`policy.toml`）读不出来：编码不是 UTF-8，文件大得不正常，不是普通文件，通过符号链接指到了外面，或者没有权限。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unreadable_file.md"), zh: include_str!("unreadable_file.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    for error in parse_errors {
        let ParseError::Unread(why) = error else { continue };
        let finding = findings.of_file(why.text());
        finding.help(match why {
            ReadError::NotUtf8 { .. } => text!(
                en: "save the file as UTF-8; in Windows Notepad: Save As, Encoding, UTF-8",
                zh: "请把文件保存为 UTF-8 编码；用 Windows 记事本时：另存为，编码选 UTF-8"
            ),
            ReadError::TooLarge { .. } if &*file.path == "directory.toml" => text!(
                en: "remove it, and write ids instead of names",
                zh: "请删掉它，直接写 ID，不用名称"
            ),
            ReadError::TooLarge { .. } => text!(
                en: "a campaign file is about a page of text: if this is something else, do not end its name in `.toml`",
                zh: "活动文件一般只有一页文字；如果这不是活动文件，请不要用 `.toml` 结尾"
            ),
            ReadError::BookTooLarge => text!(en: "split the book into several", zh: "请把活动目录拆成几个"),
            ReadError::NotAFile => text!(
                en: "replace it with a plain file, or remove it from the book",
                zh: "请换成普通文件，或者移出活动目录"
            ),
            ReadError::LinkOutside | ReadError::LinkLoop | ReadError::LinkToNothing => text!(
                en: "replace the link with the file itself, or link to a file of the book",
                zh: "请用文件本身代替这个链接，或者链接到活动目录里的文件"
            ),
            ReadError::Unreadable(_) => text!(
                en: "give the user that runs drumbeat permission to read it, or remove it from the book",
                zh: "请给运行 drumbeat 的账户读取权限，或者把文件移出活动目录"
            ),
        });
    }
}
