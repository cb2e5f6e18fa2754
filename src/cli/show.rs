//! `drumbeat show RUN`: everything about one run.

use anyhow::bail;

use super::{Exit, Format, StoreArg, output, settings};
use crate::report::runs;
use crate::run::RunId;
use crate::settings::Flags;
use crate::store::Store;

/// Shows everything about one run: what was posted, to whom, and every step with its time
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat show spring-launch@2026-03-02T09:00")]
pub(super) struct Args {
    /// The run, as `history` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    store: StoreArg,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.store, ..flags })?;
    let id: RunId = args.run.parse()?;
    let store = Store::open_existing(&settings.store()?)?;
    let found = store.run(&id)?;
    if found.is_empty() {
        bail!("there is no run {id} in this store: `drumbeat history` lists them");
    }
    for run in &found {
        output::result(&match args.format {
            Format::Human => runs::whole(run, &store.log(run)?),
            Format::Json => runs::json(std::slice::from_ref(run))?,
        })?;
    }
    Ok(Exit::Clean)
}
