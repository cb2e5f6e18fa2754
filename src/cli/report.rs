//! `drumbeat report CAMPAIGN|RUN`: who has posted, and who has not yet.

use clap::ValueEnum;

use super::error::{Context as _, Result};
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

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = Store::open_existing(&settings.store()?)?;
    let entries: Vec<Entry> = runs(&store, &args.what)?
        .into_iter()
        .map(|run| store.acks(&run).wait().map(|(progress, members)| Entry { run, progress, members }))
        .collect::<std::result::Result<_, _>>()?;
    let lang = output::lang();
    output::result(&match args.format {
        Format::Human => acknowledgements::human(&entries, output::width(), lang),
        Format::Json => acknowledgements::json(&entries, output::lang())?,
        Format::Csv => acknowledgements::csv(&entries, lang),
        Format::Markdown => acknowledgements::markdown(&entries, lang),
    })?;
    Ok(Exit::Clean)
}

fn runs(store: &Store, what: &str) -> Result<Vec<Run>> {
    if what.contains('@') {
        let id: RunId = what.parse()?;
        let found = store.runs_named(&id).wait()?;
        if found.is_empty() {
            fail!(en: "run {id} not found in this store: `drumbeat history` lists all runs", zh: "记录库里没有发表记录 {id}：`drumbeat history` 会列出所有记录");
        }
        return Ok(found);
    }
    let id: CampaignId = what.parse().context(
        || text!(en: "`{what}` is neither a run nor a campaign id", zh: "`{what}` 既不是发表记录，也不是活动的 id"),
    )?;
    let found = store.runs(&RunFilter { campaign: Some(id), ..RunFilter::default() }).wait()?;
    if found.is_empty() {
        fail!(en: "`{what}` has no runs in this store: `drumbeat history` lists all runs", zh: "记录库里没有 `{what}` 的发表记录：`drumbeat history` 会列出所有记录");
    }
    Ok(found)
}
