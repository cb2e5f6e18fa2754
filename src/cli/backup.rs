//! `drumbeat backup FILE`: a copy of the store, also while the service runs.

use std::path::PathBuf;

use super::{Exit, StoreArg, output, settings};
use crate::clock::Clock;
use crate::settings::Flags;
use crate::store::{Store, Wait};

/// Writes a whole copy of the store into a new file, also while the service runs
///
/// In the copy everything is on hold: it does not know what is posted after it was taken.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat backup /backups/drumbeat-2026-03-02.db")]
pub(super) struct Args {
    /// A file that is not there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreArg,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = Store::open_existing(&settings.store()?)?;
    store.back_up(&args.file, Clock::System.now()).wait()?;
    output::print_info(format!(
        "copied to {}; everything in the copy is on hold until `drumbeat resume --all`",
        args.file.display()
    ));
    Ok(Exit::Clean)
}
