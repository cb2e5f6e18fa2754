//! `drumbeat backup FILE`: a copy of the store, also while the service runs.

use std::path::PathBuf;

use super::error::Result;
use super::{Exit, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::invocation::command_on_store;
use crate::settings::Flags;
use crate::store::{Address, Wait};

/// Writes a whole copy of the store into a new file, also while the service runs
///
/// In the copy everything is on hold: it has no record of later posts, and could send them again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat backup /backups/drumbeat-2026-03-02.db")]
pub(super) struct Args {
    /// The path of the copy; the file must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreArg,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = service::existing_store(&settings)?;
    store.back_up(&args.file, Clock::System.now()).wait()?;
    let file = args.file.display();
    output::print_info(text!(
        en: "copied to {file}; everything in the copy is on hold until `{resume}`",
        zh: "已备份到 {file}；备份里的全部活动都是暂停的，运行 `{resume}` 之后才会发表",
        resume = command_on_store("resume --all", Address::Sqlite(args.file.clone()))
    ));
    Ok(Exit::Clean)
}
