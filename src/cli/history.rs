//! `drumbeat history`: past occurrences and their outcomes.

use std::io::Write as _;

use chrono::TimeDelta;

use super::corps::{self, Selected};
use super::error::{CliError, Result};
use super::{Exit, Format, StoreArg, output, service};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::invocation::command;
use crate::ops;
use crate::report::{holds, runs};
use crate::run::State;
use crate::settings::{Flags, Settings};
use crate::store::{CampaignState, Hold, RunFilter, Store, Wait};
use crate::text::Lang;

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
    let Selected { corps, id } = corps::selected(Flags { store: args.store.address(), ..flags })?;
    let filter = Filter { campaign: args.campaign, days: args.days, state: args.state, id };
    let mut out = output::Lines::default();
    let lang = output::lang();
    match args.format {
        Format::Human => {
            let has_several = corps.len() > 1;
            let shown = corps::for_each(&corps, |settings| {
                if let Some(name) = settings.corp_name().filter(|_| has_several) {
                    let is_first = corps.first().and_then(Settings::corp_name) == Some(name);
                    writeln!(out, "{}{name}", if is_first { "" } else { "\n" })?;
                }
                human(&mut out, settings, &filter, args.all, lang)
            });
            out.end()?;
            shown?;
        }
        Format::Json => {
            let (mut holds, mut known, mut runs) = (Vec::new(), Vec::new(), Vec::new());
            let read = corps::for_each(&corps, |settings| {
                let part = Part::read(settings, &filter, None)?;
                holds.extend(part.holds);
                known.extend(part.known);
                runs.push(part.store.history(part.wanted).wait()?.waiting());
                Ok(())
            });
            // Programs get every corp or an error.
            read?;
            runs::history_json(&mut out, runs.into_iter().flatten(), &holds, &known, lang)?;
            out.end()?;
        }
    }
    Ok(Exit::Clean)
}

/// Which runs are shown.
struct Filter {
    campaign: Option<String>,
    days: Option<u16>,
    state: Option<State>,
    /// In the store of a single account.
    id: Option<CorpId>,
}

/// What is shown of one store.
struct Part {
    store: Store,
    wanted: RunFilter,
    holds: Vec<Hold>,
    known: Vec<CampaignState>,
    /// Whether older runs are left out.
    is_cut: bool,
}

impl Part {
    /// `most`: the newest runs that are shown, if no filter names others.
    fn read(settings: &Settings, filter: &Filter, most: Option<usize>) -> Result<Self> {
        let store = service::existing_store(settings)?;
        // A campaign that is known no more may have runs; its id is enough.
        let campaign = filter.campaign.as_ref().map(|name| {
            let named = service::campaign_named(&store, settings, name);
            named.or_else(|error| name.parse::<CampaignId>().map_err(|_| error))
        });
        let campaign = campaign.transpose()?;
        let since = filter.days.map(|days| Clock::System.now() - TimeDelta::days(days.into()));
        let holds = store.holds().wait()?;
        let of_corp = filter.id.clone();
        let corp = of_corp.clone().or_else(|| settings.corp());
        let mut known = corp.map(|corp| store.campaigns(&corp).wait()).transpose()?.unwrap_or_default();
        known.retain(|known| campaign.as_ref().is_none_or(|id| *id == known.campaign));
        // Half a year's runs would be too long to read, and slow to write.
        let most = most.filter(|_| campaign.is_none() && filter.state.is_none());
        let newest_from = match most {
            Some(most) => ops::newest_from(&store, of_corp.as_ref(), since, most).wait()?,
            None => None,
        };
        let since = since.max(newest_from);
        let wanted = RunFilter { corp: of_corp, campaign, since, state: filter.state, only_open: false };
        Ok(Self { store, wanted, holds, known, is_cut: newest_from.is_some() })
    }
}

fn human(out: &mut output::Lines, settings: &Settings, filter: &Filter, all: bool, lang: Lang) -> Result<()> {
    let Part { store, wanted, holds, known, is_cut } = Part::read(settings, filter, (!all).then_some(MAX_NEWEST))?;
    let is_one_campaign = wanted.campaign.is_some();
    let runs = store.history(wanted).wait()?.waiting();
    runs::long_history(&mut *out, runs.map(|run| run.map_err(CliError::from)), output::width(), lang)?;
    if is_cut {
        let older = text!(
            en: "older runs are not shown; to see every one: `{all}`",
            zh: "更早的发表记录没有显示；要看全部，请用 `{all}`",
            all = command("history --all")
        );
        writeln!(out, "{}", older.get(lang))?;
    }
    let known = if is_one_campaign { known.as_slice() } else { &[] };
    out.write_all(holds::below_history(&holds, known, lang).as_bytes())?;
    Ok(())
}
