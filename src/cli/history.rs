//! `drumbeat history`: what happened.

use std::io::Write as _;

use anyhow::bail;
use chrono::TimeDelta;

use super::{Exit, Format, SANDBOX_FILE, StoreArg, output, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::ops;
use crate::report::{holds, runs};
use crate::run::State;
use crate::settings::Flags;
use crate::store::{Address, RunFilter, Store, StoreError, Wait};

/// Shows what happened: every occurrence that was due, and how it ended
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat history --days 7
  drumbeat history --campaign spring-launch --format json
  drumbeat history --state in_doubt      what a person may have to settle")]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArg,
    /// Only this campaign
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    /// Only runs that were due in the last N days
    #[arg(long, value_name = "N")]
    days: Option<u16>,
    /// Only runs in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// Only this corp
    #[arg(long, value_name = "CORPID")]
    corp: Option<String>,
    /// Every run; without it a table for people shows the newest 1,000 and those that a filter names
    #[arg(long)]
    all: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// How many runs a table for people has without `--all`.
const NEWEST: usize = 1_000;

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let campaign = match args.campaign {
        Some(text) => match text.parse::<CampaignId>() {
            Ok(id) => Some(id),
            Err(why) => bail!("`{text}` is not a campaign id: {why}"),
        },
        None => None,
    };
    let address = settings.store()?;
    let store = Store::open_existing(&address).map_err(|error| beside(error, &address))?;
    let since = args.days.map(|days| Clock::System.now() - TimeDelta::days(days.into()));
    let laid = store.holds().wait()?;
    let of_corp = args.corp.map(CorpId);
    let corp = of_corp.clone().or_else(|| settings.corp());
    let mut known = corp.map(|corp| store.campaigns(&corp).wait()).transpose()?.unwrap_or_default();
    known.retain(|known| campaign.as_ref().is_none_or(|id| *id == known.campaign));
    let asked_for_one = campaign.is_some();
    // A table of a half year's runs is not read by anybody, and takes as long as it is.
    let is_cut = matches!(args.format, Format::Human) && !args.all && campaign.is_none() && args.state.is_none();
    let newest_from = if is_cut { ops::newest_from(&store, of_corp.as_ref(), since, NEWEST).wait()? } else { None };
    let since = since.max(newest_from);
    let runs = store
        .history(RunFilter { corp: of_corp, campaign, since, state: args.state, only_open: false })
        .wait()?
        .waiting();
    let mut out = output::Lines::default();
    match args.format {
        Format::Human => {
            runs::long_history(&mut out, runs.map(|run| run.map_err(anyhow::Error::from)), output::width())?;
            if newest_from.is_some() {
                writeln!(out, "older runs are not shown; to see every one: drumbeat history --all")?;
            }
            let known = if asked_for_one { known.as_slice() } else { &[] };
            out.write_all(holds::below_history(&laid, known).as_bytes())?;
        }
        Format::Json => runs::history_json(&mut out, runs, &laid, &known)?,
    }
    out.end()?;
    Ok(Exit::Clean)
}

/// Where there is no store, whether `run --sandbox` has left one in the same place.
fn beside(error: StoreError, address: &Address) -> anyhow::Error {
    let Address::Sqlite(path) = address;
    let sandbox = path.with_file_name(SANDBOX_FILE);
    if matches!(error, StoreError::NotThere { .. }) && sandbox.is_file() {
        let address = Address::Sqlite(sandbox);
        return anyhow::Error::from(error)
            .context(format!("what was posted to the sandbox is in another store: add --store {address}"));
    }
    error.into()
}
