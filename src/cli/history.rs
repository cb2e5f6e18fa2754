//! `drumbeat history`: past occurrences and their outcomes.

use std::io::Write as _;

use chrono::TimeDelta;

use super::error::{CliError, Result};
use super::{Exit, Format, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::invocation::command;
use crate::ops;
use crate::report::{holds, runs};
use crate::run::State;
use crate::settings::Flags;
use crate::store::{RunFilter, Wait};

/// Shows what happened: every occurrence that was due, and how it ended
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat history --days 7
  drumbeat history --campaign spring-launch --format json
  drumbeat history --state in_doubt      what a person may have to settle")]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArg,
    /// Only this campaign: its id, title or file
    #[arg(long, value_name = "CAMPAIGN")]
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

/// Runs in a table for people without `--all`.
const MAX_NEWEST: usize = 1_000;

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = service::existing_store(&settings)?;
    // A campaign that is known no more may have runs; its id is enough.
    let campaign = args.campaign.map(|name| {
        let named = service::campaign_named(&store, &settings, &name);
        named.or_else(|error| name.parse::<CampaignId>().map_err(|_| error))
    });
    let campaign = campaign.transpose()?;
    let since = args.days.map(|days| Clock::System.now() - TimeDelta::days(days.into()));
    let holds = store.holds().wait()?;
    let of_corp = args.corp.map(CorpId);
    let corp = of_corp.clone().or_else(|| settings.corp());
    let mut known = corp.map(|corp| store.campaigns(&corp).wait()).transpose()?.unwrap_or_default();
    known.retain(|known| campaign.as_ref().is_none_or(|id| *id == known.campaign));
    let is_one_campaign = campaign.is_some();
    // Half a year's runs would be too long to read, and slow to write.
    let is_cut = matches!(args.format, Format::Human) && !args.all && campaign.is_none() && args.state.is_none();
    let newest_from = if is_cut { ops::newest_from(&store, of_corp.as_ref(), since, MAX_NEWEST).wait()? } else { None };
    let since = since.max(newest_from);
    let runs = store
        .history(RunFilter { corp: of_corp, campaign, since, state: args.state, only_open: false })
        .wait()?
        .waiting();
    let lang = output::lang();
    let mut out = output::Lines::default();
    match args.format {
        Format::Human => {
            runs::long_history(&mut out, runs.map(|run| run.map_err(CliError::from)), output::width(), lang)?;
            if newest_from.is_some() {
                let older = text!(
                    en: "older runs are not shown; to see every one: `{all}`",
                    zh: "更早的发表记录没有显示；要看全部，请用 `{all}`",
                    all = command("history --all")
                );
                writeln!(out, "{}", older.get(lang))?;
            }
            let known = if is_one_campaign { known.as_slice() } else { &[] };
            out.write_all(holds::below_history(&holds, known, lang).as_bytes())?;
        }
        Format::Json => runs::history_json(&mut out, runs, &holds, &known, lang)?,
    }
    out.end()?;
    Ok(Exit::Clean)
}
