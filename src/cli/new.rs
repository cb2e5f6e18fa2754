//! `drumbeat new`: a campaign file to begin from.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::{Exit, output, settings};
use crate::ids::CampaignId;
use crate::settings::Flags;

/// Writes a campaign file to begin from: every key with what it means, and a text to be written
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat new spring-launch              campaigns/spring-launch.toml
  drumbeat new spring-launch --book shops")]
pub(super) struct Args {
    /// The campaign's id: a-z, 0-9 and -
    #[arg(value_name = "ID")]
    id: CampaignId,
    /// The directory with the campaign files [default: campaigns]
    #[arg(long, value_name = "BOOK")]
    book: Option<PathBuf>,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { book: args.book, ..flags })?;
    let book = settings.book();
    let path = book.join(format!("{}.toml", args.id));
    let cannot = || format!("cannot write {}", path.display());
    fs::create_dir_all(&book).with_context(cannot)?;
    // Never over a file that is there: it may be somebody's work.
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} already exists: choose another id, or edit it", path.display())
        }
        Err(error) => return Err(error).with_context(cannot),
    };
    file.write_all(template(&args.id).as_bytes()).with_context(cannot)?;
    output::result(&format!("{}\n", path.display()))?;
    output::print_info("write its text, people and time; `drumbeat check` refuses it until its text is written");
    Ok(Exit::Clean)
}

/// The file.
fn template(id: &CampaignId) -> String {
    include_str!("new.toml").replace("ID-OF-THE-CAMPAIGN", id.as_str())
}
