//! `drumbeat report CAMPAIGN|RUN`: who has posted, and who has not yet.

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::{Exit, StoreArg, output, settings};
use crate::ids::CampaignId;
use crate::report::acknowledgements::{self, Entry};
use crate::run::{Run, RunId};
use crate::settings::Flags;
use crate::store::{RunFilter, Store, Wait};

/// Shows which members have posted a moment, and which have not confirmed it yet
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat report spring-launch                     every run of the campaign
  drumbeat report spring-launch@2026-03-02T09:00 --format csv

Members confirm a moment one by one, and only then customers see it. The service asks WeCom about
it for three days.")]
pub(super) struct Args {
    /// A campaign's id, or a run as `history` names it
    #[arg(value_name = "CAMPAIGN|RUN")]
    what: String,
    #[command(flatten)]
    store: StoreArg,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; stable
    Json,
    /// One line a member
    Csv,
    /// A table for a page or a comment
    Markdown,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = Store::open_existing(&settings.store()?)?;
    let entries: Vec<Entry> = runs(&store, &args.what)?
        .into_iter()
        .map(|run| store.acks(&run).wait().map(|(reached, members)| Entry { run, reached, members }))
        .collect::<Result<_, _>>()?;
    output::result(&match args.format {
        Format::Human => acknowledgements::human(&entries, output::width()),
        Format::Json => acknowledgements::json(&entries)?,
        Format::Csv => acknowledgements::csv(&entries),
        Format::Markdown => acknowledgements::markdown(&entries),
    })?;
    Ok(Exit::Clean)
}

fn runs(store: &Store, what: &str) -> anyhow::Result<Vec<Run>> {
    if what.contains('@') {
        let id: RunId = what.parse()?;
        let found = store.runs_named(&id).wait()?;
        if found.is_empty() {
            bail!("there is no run {id} in this store: `drumbeat history` lists them");
        }
        return Ok(found);
    }
    let id: CampaignId = what.parse().with_context(|| format!("`{what}` is neither a run nor a campaign id"))?;
    let found = store.runs(&RunFilter { campaign: Some(id), ..RunFilter::default() }).wait()?;
    if found.is_empty() {
        bail!("`{what}` has no runs in this store: `drumbeat history` lists them");
    }
    Ok(found)
}
