use crate::book::{Fault, ReadError, SourceFile};
use crate::check::{Blocks, Concern, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreadable-file",
    level: Level::Error,
    summary: StaticText {
        en: "A campaign file or `policy.toml` that cannot be read as text.",
        zh: "活动文件或公共设置读不出来：编码不是 UTF-8，文件大得不正常，不是普通文件，通过符号链接指到了外面，或者没有权限。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Book,
    pages: StaticText { en: include_str!("unreadable_file.md"), zh: include_str!("unreadable_file.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    for fault in faults {
        let Fault::Unread(why) = fault else { continue };
        let finding = found.at(&(0..0), "", why.to_string());
        finding.help(match why {
            ReadError::NotUtf8 { .. } => "save the file as UTF-8; in Windows Notepad: Save As, Encoding, UTF-8",
            ReadError::TooLarge { .. } if &*file.path == "directory.toml" => {
                "take it out, and name people by their ids"
            }
            ReadError::TooLarge { .. } => {
                "a campaign is a page of text: if this is none, give the file another ending than .toml"
            }
            ReadError::BookTooLarge => "split the book into several",
            ReadError::NotAFile => "put a plain file in its place, or take it out of the book",
            ReadError::LinkOutside | ReadError::LinkLoop | ReadError::LinkToNothing => {
                "put the file itself in the place of the link, or link to a file of the book"
            }
            ReadError::Unreadable(_) => "let the user who runs drumbeat read it, or take it out of the book",
        });
    }
}
