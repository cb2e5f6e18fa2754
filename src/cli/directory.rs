//! `drumbeat directory pull`: writes the corp's members, departments and tags into the book.

use std::time::Duration;

use clap::Subcommand;

use super::error::{CliError, Context, Result};
use super::{BookArg, Exit, audience, book, output, service, settings};
use crate::book::directory_file_of;
use crate::duration;
use crate::report::directory;
use crate::settings::{Flags, Settings};
use crate::text::{Text, UserError as _};
use crate::wecom::{Error, Next, WeCom};

/// Attempts per request.
const MAX_TRIES: u32 = 4;
/// WeCom's code for a department that it listed but does not show to the app.
const NOT_SHOWN: i64 = 60011;

/// Keeps the names of departments, senders and tags beside the campaigns
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Asks WeCom for departments, possible senders and tags, and writes them to directory.toml in the book
    Pull {
        #[command(flatten)]
        book: BookArg,
        /// WeCom's address [default: the official host]; plain http only for loopback
        #[arg(long, value_name = "URL")]
        wecom_url: Option<String>,
        /// Also counts the customers of every campaign, and writes the counts to audience.toml
        #[arg(long)]
        count: bool,
    },
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let Act::Pull { book: named, wecom_url, count } = args.act;
    let settings = settings(Flags { wecom_url, ..named.into_flags(flags)? })?;
    let top = settings.book();
    if !top.is_dir() {
        let top = top.display();
        fail!(en: "no book at {top}", zh: "`{top}` 不是活动目录：没有这个目录");
    }
    let Pulled { text, left_out } = fetch(&settings)?;
    // In a book for several corps, each has its own.
    let shared = settings.corp_name().filter(|_| settings.shares_book());
    let file = shared.map_or_else(|| "directory.toml".to_owned(), directory_file_of);
    book::write(&top, &file, text)?;
    let counted = if count { audience::count_book(&settings)?.exit() } else { Exit::Clean };
    Ok(if left_out == 0 { counted } else { Exit::Found })
}

/// The corp's lists at WeCom, in the form of the file.
pub(super) struct Pulled {
    pub(super) text: String,
    /// The number of departments that WeCom lists but does not show.
    pub(super) left_out: usize,
}

/// Fetches the corp's lists from WeCom.
pub(super) fn fetch(settings: &Settings) -> Result<Pulled> {
    let wecom = service::wecom(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(pull(&wecom))
}

async fn pull(wecom: &WeCom) -> Result<Pulled> {
    let senders =
        ask(text!(en: "the senders", zh: "可发表的成员"), wecom, || wecom.follow_users()).await.map_err(in_words)?;
    let ids =
        ask(text!(en: "the departments", zh: "部门"), wecom, || wecom.department_ids()).await.map_err(in_words)?;
    let (mut departments, mut left_out) = (Vec::with_capacity(ids.len()), 0);
    for id in ids {
        match ask(text!(en: "department {id}", zh: "部门 {id}"), wecom, || wecom.department(id)).await {
            Ok(department) => departments.extend(department),
            Err(error) if error.errcode() == Some(NOT_SHOWN) => {
                left_out += 1;
                output::print_info(text!(
                    en: "department {id} is left out, because {error}; {help}",
                    zh: "部门 {id} 没有写进名录：{error}；{help}",
                    error = error.text(),
                    help = error.help()
                ));
            }
            Err(error) => {
                let failed = Err(in_words(error));
                return failed.context(|| text!(en: "failed to read department {id}", zh: "无法读取部门 {id}"));
            }
        }
    }
    let tags = ask(text!(en: "the tags", zh: "客户标签"), wecom, || wecom.tags()).await.map_err(in_words)?;
    Ok(Pulled { text: directory::toml(&wecom.corp().0, &senders, &departments, &tags)?, left_out })
}

fn in_words(error: Error) -> CliError {
    text!(en: "{error}; {help}", zh: "{error}；{help}", error = error.text(), help = error.help()).into()
}

/// Retries after temporary failures: repeated reads do no harm.
async fn ask<T, F>(what: Text, wecom: &WeCom, call: impl Fn() -> F) -> std::result::Result<T, Error>
where
    F: Future<Output = std::result::Result<T, Error>>,
{
    for tries in 1.. {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let wait = match error.next() {
            Next::TryAgain { after } => after * tries,
            Next::NewToken => Duration::ZERO,
            _ => return Err(error),
        };
        if tries == MAX_TRIES {
            return Err(error);
        }
        output::print_info(text!(
            en: "{what}: {error}; asked again in {wait}",
            zh: "{what}：{error}；{wait}后再查询",
            what = what,
            error = error.text(),
            wait = duration::text(wait)
        ));
        wecom.clock().sleep(wait).await;
    }
    unreachable!("the loop above ends only by returning")
}
