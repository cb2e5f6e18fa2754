//! `drumbeat rehearse`: the real engine against the built-in sandbox, in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{BookArg, Exit, Format, output, settings};
use crate::clock::Clock;
use crate::diag::Level;
use crate::engine::{self, Engine, Means, Until};
use crate::ids::CorpId;
use crate::load::{Loaded, load};
use crate::report::runs;
use crate::run::Run;
use crate::sandbox::{Company, Sandbox, in_process};
use crate::settings::Flags;
use crate::source::Source;
use crate::store::{Store, Wanted};
use crate::wecom::WeCom;

/// Shows what the coming days would do: the real engine runs them in a moment, against a sandbox of WeCom
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat rehearse                              the next 7 days of campaigns/
  drumbeat rehearse --from 2026-03-01 --days 31  all of March
  drumbeat rehearse --format json | jq '.runs[].state'

Nothing is sent anywhere: no account, no network, no store.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    /// Begin here instead of now: 2026-03-01, 2026-03-01T09:00 (both in the book's zone) or 2026-03-01T01:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many days to run
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { book: args.book.book, ..flags })?;
    let source = Source::directory(&settings.book())?;
    let loaded = Arc::new(load(&source)?);
    let from = match &args.from {
        Some(text) => super::time::parse(text, &loaded)?,
        None => Clock::System.now(),
    };
    let until = from + TimeDelta::days(args.days.into());

    // A paused clock jumps to the next timer whenever nothing is left to do: a week takes as long as its work.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let rehearsed = runtime.block_on(rehearse(Arc::clone(&loaded), source, from, until))?;

    match args.format {
        Format::Human => output::result(&runs::rehearsal(&rehearsed, &loaded, from, until))?,
        Format::Json => output::result(&runs::json(&rehearsed)?)?,
    }
    super::findings_in_short(&loaded);
    let trouble = rehearsed.iter().any(|run| !run.state.is_posted()) || loaded.verdict.count(Level::Error) > 0;
    Ok(if trouble { Exit::Found } else { Exit::Clean })
}

async fn rehearse(
    loaded: Arc<Loaded>,
    source: Source,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> anyhow::Result<Vec<Run>> {
    let clock = Clock::starting_at(from);
    let company = Company::chunfeng();
    let (corp, secret) = (company.corp.clone(), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::new(company)));
    let wecom = WeCom::new(corp.clone(), secret, in_process(sandbox, clock.clone()), clock.clone());
    let store = Arc::new(Store::in_memory()?);
    let means = Means {
        clock,
        store: Arc::clone(&store),
        wecom,
        source: Arc::new(source),
        // Nothing but the engine itself changes anything here, so there is nothing to wake up for.
        settings: engine::Settings { longest_sleep: Duration::from_secs(24 * 3600), ..engine::Settings::default() },
    };
    let (_keep, books) = watch::channel(Arc::clone(&loaded));
    let engine = Engine::start(means, loaded, Until::Settled(until))?;
    engine.run(books, CancellationToken::new()).await.context("the rehearsal broke off")?;
    due_since(&store, &corp, from)
}

fn due_since(store: &Store, corp: &CorpId, from: DateTime<Utc>) -> anyhow::Result<Vec<Run>> {
    let wanted = Wanted { corp: Some(corp.clone()), since: Some(from), ..Wanted::default() };
    Ok(store.runs(&wanted)?)
}
