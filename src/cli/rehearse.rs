//! `drumbeat rehearse`: the real engine against the built-in sandbox, in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::{Context, Result};
use super::{BookArg, Exit, Format, book, output, service, settings};
use crate::clock::Clock;
use crate::engine::{self, Engine, EngineContext, StopCondition};
use crate::finding::Level;
use crate::load::{ActiveBook, load};
use crate::report::runs;
use crate::run::Run;
use crate::sandbox::{Company, FaultProfile, Faults, InjectedFault, Sandbox, in_process};
use crate::settings::Flags;
use crate::source::Source;
use crate::store::{LogLine, RunFilter, Store};
use crate::wecom::WeCom;

/// Faults of each kind per 1,000 calls, with `--faults`.
const FAULTS_PER_1000: u32 = 18;

/// Simulates the coming days: the real engine runs them quickly, against the built-in sandbox
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat rehearse                              the next 7 days of campaigns/
  drumbeat rehearse --from 2026-03-01 --days 31  all of March
  drumbeat rehearse --faults 7                   the same days with injected faults
  drumbeat rehearse --format json | jq '.runs[].state'

Nothing is sent. No account, network or store is needed.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    /// Start at this time instead of now: 2026-03-01, 2026-03-01T09:00 (both in the book's zone) or 2026-03-01T01:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many days to run
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Inject faults chosen by this seed, and show how Drumbeat handles them
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(args.book.into_flags(flags)?)?;
    let source = book::open(&settings)?;
    let loaded = load(&source, &service::corp_in(&settings, true))?;
    super::use_lang_of(&loaded.book.policy, &settings);
    book::refuse_empty(&loaded, &settings.book())?;
    let from = match &args.from {
        Some(text) => super::time::parse(text, &loaded)?,
        None => Clock::System.now(),
    };
    let until = from + TimeDelta::days(args.days.into());

    // A paused clock jumps to the next timer when no task is ready, so a week takes only the time of its work.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let Rehearsed { runs, injected } =
        runtime.block_on(rehearse(Arc::new(loaded.to_active()), source, from, until, args.faults))?;

    match args.format {
        Format::Human => {
            if args.faults.is_some() {
                output::result(&runs::bad_day(&runs, &injected, super::time::zone_of(&loaded), output::lang()))?;
            }
            let runs: Vec<Run> = runs.iter().map(|(run, _)| run.clone()).collect();
            output::result(&runs::rehearsal(&runs, &loaded, from, until, output::width(), output::lang()))?;
        }
        Format::Json => {
            output::result(&runs::json(&runs.iter().map(|(run, _)| run.clone()).collect::<Vec<_>>(), output::lang())?)?
        }
    }
    super::findings_in_short(&loaded);
    let trouble = runs.iter().any(|(run, _)| !run.state.is_posted()) || loaded.result.count(Level::Error) > 0;
    Ok(if trouble { Exit::Found } else { Exit::Clean })
}

/// The result of a rehearsal: each run with its log, and the injected faults.
struct Rehearsed {
    runs: Vec<(Run, Vec<LogLine>)>,
    injected: Vec<InjectedFault>,
}

async fn rehearse(
    book: Arc<ActiveBook>,
    source: Source,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    faults: Option<u64>,
) -> Result<Rehearsed> {
    let clock = Clock::starting_at(from);
    let company = Company::chunfeng();
    let (corp, secret) = (company.corp.clone(), company.secret.clone());
    let sandbox = Arc::new(Mutex::new(Sandbox::new(company)));
    let profile = if faults.is_some() { FaultProfile::all(FAULTS_PER_1000) } else { FaultProfile::none() };
    let faulty = Faults::new(Arc::clone(&sandbox), clock.clone(), faults.unwrap_or_default(), profile);
    let transport = if faults.is_some() { faulty.transport() } else { in_process(sandbox, clock.clone()) };
    let store = Store::in_memory()?;
    let context = EngineContext {
        wecom: WeCom::new(corp.clone(), secret, transport, clock.clone()),
        clock,
        store: store.clone(),
        source: Arc::new(source),
        // Only the engine changes anything here, so it need not wake up to look for changes.
        settings: engine::Settings { longest_sleep: Duration::from_secs(24 * 3600), ..engine::Settings::default() },
        status: engine::EngineStatus::default(),
    };
    let (_keep, books) = watch::channel(Arc::clone(&book));
    let engine = Engine::start(context, book, StopCondition::Idle(until)).await?;
    engine.run(books, CancellationToken::new()).await.context(|| text!(en: "the rehearsal failed", zh: "演练出错"))?;
    let wanted = RunFilter { corp: Some(corp), since: Some(from), ..RunFilter::default() };
    let mut runs = Vec::new();
    for run in store.runs(&wanted).await? {
        let log = store.log(&run).await?;
        runs.push((run, log));
    }
    Ok(Rehearsed { runs, injected: faulty.injected() })
}
