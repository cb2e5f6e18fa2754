//! `drumbeat report CAMPAIGN|RUN`: who has posted, and who has not yet.

use clap::ValueEnum;

use super::error::Result;
use super::{Exit, StoreArg, output, service, settings};
use crate::invocation::command;
use crate::report::acknowledgements::{self, Entry};
use crate::run::{Run, RunId};
use crate::settings::{Flags, Settings};
use crate::store::{RunFilter, Store, Wait};

/// Shows which members have posted a moment, and which have not confirmed it yet
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat report spring-launch                     every run of the campaign
  drumbeat report spring-launch@2026-03-02T09:00 --format csv

Members confirm a moment one by one, and only then customers see it. The service asks WeCom about
it for three days.")]
pub(super) struct Args {
    /// A campaign's id, title or file, or a run as `history` names it
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
    let store = service::existing_store(&settings)?;
    let entries: Vec<Entry> = runs(&store, &settings, &args.what)?
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

fn runs(store: &Store, settings: &Settings, what: &str) -> Result<Vec<Run>> {
    if what.contains('@') {
        let id: RunId = what.parse()?;
        let found = store.runs_named(&id).wait()?;
        if found.is_empty() {
            fail!(en: "run {id} not found in this store: `{history}` lists all runs", zh: "记录库里没有发表记录 {id}：`{history}` 会列出所有记录", history = command("history"));
        }
        return Ok(found);
    }
    let id = service::campaign_named(store, settings, what)?;
    let found = store.runs(&RunFilter { campaign: Some(id), ..RunFilter::default() }).wait()?;
    if found.is_empty() {
        fail!(en: "`{what}` has no runs in this store: `{history}` lists all runs", zh: "记录库里没有 `{what}` 的发表记录：`{history}` 会列出所有记录", history = command("history"));
    }
    Ok(found)
}
