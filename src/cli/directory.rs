//! `drumbeat directory pull`: who and what the corp has, into the book.

use std::fs;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;

use super::{BookArg, Exit, output, service, settings};
use crate::report::directory;
use crate::settings::{Flags, Settings};
use crate::wecom::{Error, WeCom};

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
    let text = fetch(&settings)?;
    // Whoever reads the book meanwhile sees the old file or the new one, never a half.
    let (path, new) = (top.join("directory.toml"), top.join(".directory.toml.new"));
    fs::write(&new, text).with_context(|| format!("cannot write {}", new.display()))?;
    fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))?;
    output::talk(&format!("written to {}", path.display()));
    Ok(Exit::Clean)
}

/// What WeCom has now, in the form of the file.
pub(super) fn fetch(settings: &Settings) -> anyhow::Result<String> {
    let wecom = service::wecom(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(pull(&wecom)).map_err(|error| anyhow!("{error}; {}", error.help()))?
}

async fn pull(wecom: &WeCom) -> Result<anyhow::Result<String>, Error> {
    let (senders, departments, tags) = (wecom.follow_users().await?, wecom.departments().await?, wecom.tags().await?);
    Ok(directory::toml(&wecom.corp().0, &senders, &departments, &tags).map_err(Into::into))
}
