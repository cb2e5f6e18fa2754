//! `drumbeat directory pull`: who and what the corp has, into the book.

use std::fs;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;

use super::{BookArg, Exit, output, service, settings};
use crate::duration;
use crate::report::directory;
use crate::settings::{Flags, Settings};
use crate::text::UserError as _;
use crate::wecom::{Error, Next, WeCom};

/// How often one thing is asked for.
const MAX_TRIES: u32 = 4;
/// The app may not see a department that WeCom listed.
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
    },
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let Act::Pull { book, wecom_url } = args.act;
    let settings = settings(Flags { book: book.book, wecom_url, ..flags })?;
    let top = settings.book();
    if !top.is_dir() {
        bail!("there is no book at {}", top.display());
    }
    let Pulled { text, left_out } = fetch(&settings)?;
    // Whoever reads the book meanwhile sees the old file or the new one, never a half.
    let (path, new) = (top.join("directory.toml"), top.join(".directory.toml.new"));
    fs::write(&new, text).with_context(|| format!("cannot write {}", new.display()))?;
    fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))?;
    output::print_info(format!("written to {}", path.display()));
    Ok(if left_out == 0 { Exit::Clean } else { Exit::Found })
}

/// What WeCom has, in the form of the file.
pub(super) struct Pulled {
    pub(super) text: String,
    /// Departments that WeCom lists and does not show.
    pub(super) left_out: usize,
}

/// What WeCom has now, in the form of the file.
pub(super) fn fetch(settings: &Settings) -> anyhow::Result<Pulled> {
    let wecom = service::wecom(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(pull(&wecom))
}

async fn pull(wecom: &WeCom) -> anyhow::Result<Pulled> {
    let senders = ask("the senders", wecom, || wecom.follow_users()).await.map_err(in_words)?;
    let ids = ask("the departments", wecom, || wecom.department_ids()).await.map_err(in_words)?;
    let (mut departments, mut left_out) = (Vec::with_capacity(ids.len()), 0);
    for id in ids {
        match ask(&format!("department {id}"), wecom, || wecom.department(id)).await {
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
            Err(error) => return Err(in_words(error).context(format!("department {id} cannot be read"))),
        }
    }
    let tags = ask("the tags", wecom, || wecom.tags()).await.map_err(in_words)?;
    Ok(Pulled { text: directory::toml(&wecom.corp().0, &senders, &departments, &tags)?, left_out })
}

fn in_words(error: Error) -> anyhow::Error {
    anyhow!("{error}; {}", error.help().get(crate::text::Lang::En))
}

/// Asks again where that may help: reading twice does no harm.
async fn ask<T, F>(what: &str, wecom: &WeCom, call: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
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
        output::print_info(format!("{what}: {error}; asked again in {}", duration::show(wait)));
        wecom.clock().sleep(wait).await;
    }
    unreachable!("the loop above ends only by returning")
}
