//! `drumbeat new`: writes a campaign file to start from.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::error::{Context as _, Result};
use super::{BookArg, Exit, book, output, settings};
use crate::book::{SourceFile, read_policy};
use crate::ids::CampaignId;
use crate::invocation::command;
use crate::settings::Flags;
use crate::text::Lang;

/// Creates a campaign file that explains every key; you write the text
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat new spring-launch              campaigns/spring-launch.toml
  drumbeat new spring-launch shops        in another book, shops")]
pub(super) struct Args {
    /// The campaign's id: a-z, 0-9 and -
    #[arg(value_name = "ID")]
    id: CampaignId,
    #[command(flatten)]
    book: BookArg,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(args.book.into_flags(flags)?)?;
    if let Some(top) = book::enclosing_book(&settings) {
        let (id, top) = (&args.id, top.display());
        fail!(
            en: "this directory is inside of a book, and a book is not made in another: drumbeat new {id} --book {top}",
            zh: "你现在就在活动目录里面，不能在里面再建一个：请运行 drumbeat new {id} --book {top}"
        );
    }
    let book = settings.book();
    output::choose_lang(settings.lang(policy_lang(&book)));
    let path = book.join(format!("{}.toml", args.id));
    let shown = path.display();
    let writing = || text!(en: "cannot write {shown}", zh: "无法写入 {shown}");
    fs::create_dir_all(&book).context(writing)?;
    // Never overwrites an existing file, which may be a person's work.
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fail!(en: "{shown} already exists: choose another id, or edit it", zh: "{shown} 已经存在：请换一个 id，或者直接改它")
        }
        Err(error) => return Err(error).context(writing),
    };
    file.write_all(template(&args.id, output::lang()).as_bytes()).context(writing)?;
    output::result(&format!("{}\n", path.display()))?;
    output::print_info(text!(
        en: "write its text, audience and time; `{check}` refuses it until its text is written",
        zh: "请写上文字、发表范围和时间；文字没写好之前，`{check}` 会报错", check = command("check")));
    Ok(Exit::Clean)
}

/// The language in the policy of a book. `check` reports a policy with errors.
fn policy_lang(book: &Path) -> Option<Lang> {
    let text = fs::read_to_string(book.join("policy.toml")).ok()?;
    read_policy(&Arc::new(SourceFile::new("policy.toml", &text))).lang()
}

fn template(id: &CampaignId, lang: Lang) -> String {
    let template = match lang {
        Lang::En => include_str!("new.en.toml"),
        Lang::Zh => include_str!("new.zh.toml"),
    };
    template.replace("ID-OF-THE-CAMPAIGN", id.as_str())
}
