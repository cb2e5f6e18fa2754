//! `drumbeat post CAMPAIGN`: one campaign now, by the same road as every run.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::SubsecRound;
use tokio::sync::watch;

use super::log::{self, LogFormat};
use super::{Exit, Format, StoreArg, output, service, settings, signals};
use crate::check::{Campaign, Verdict};
use crate::engine::{Engine, Means, Until};
use crate::load::{InForce, Loaded, load};
use crate::report::runs;
use crate::run::{Due, Run, Slot, State};
use crate::settings::Flags;
use crate::source::Source;
use crate::store::StoreError;

/// Posts one campaign now, recorded like any run; asks first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat post spring-launch            shows what goes out and asks
  drumbeat post spring-launch --yes      in scripts

While a service runs on the same store, the service posts it and this command waits for the outcome.")]
pub(super) struct Args {
    /// The campaign's id
    #[arg(value_name = "CAMPAIGN")]
    campaign: String,
    /// The directory with the campaign files [default: campaigns]
    #[arg(long, value_name = "BOOK")]
    book: Option<std::path::PathBuf>,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL")]
    wecom_url: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let flags = Flags { book: args.book, store: args.store.store, wecom_url: args.wecom_url, ..flags };
    let settings = settings(flags)?;
    log::start(LogFormat::Human, "warn")?;
    let source = Source::directory(&settings.book())?;
    let loaded = Arc::new(load(&source, &service::corp(&settings))?);
    let campaign = find(&args.campaign, &loaded.verdict)?;
    if !args.yes {
        if !output::can_ask() {
            bail!("nobody is there to ask: say --yes to post `{}` without a question", campaign.id);
        }
        output::talk(&format!("{}\n", campaign.post.in_words(&campaign.names)));
        if !output::ask(&format!("Post `{}` now? It reaches customers and cannot be taken back.", campaign.id))? {
            output::talk("nothing was posted");
            return Ok(Exit::Found);
        }
    }
    let means = service::means(&settings, source)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let run = runtime.block_on(post(means, &loaded, &campaign))?;
    output::result(&match args.format {
        Format::Human => runs::history(std::slice::from_ref(&run), output::width()),
        Format::Json => runs::json(std::slice::from_ref(&run))?,
    })?;
    Ok(if run.state.is_posted() { Exit::Clean } else { Exit::Found })
}

fn find(id: &str, verdict: &Verdict) -> anyhow::Result<Arc<Campaign>> {
    if let Some(campaign) = verdict.campaigns.iter().find(|campaign| campaign.id.as_str() == id) {
        return Ok(Arc::clone(campaign));
    }
    if let Some(broken) = verdict.broken.iter().find(|broken| broken.id.as_ref().is_some_and(|it| it.as_str() == id)) {
        bail!("{} has an error: {}; `drumbeat check` shows it", broken.file, broken.reason);
    }
    // A file that could not be read has no id that anybody knows: the campaign may be in it.
    let stem = |file: &str| file.rsplit('/').next().and_then(|name| name.split('.').next()).map(str::to_owned);
    let mut unread = verdict.broken.iter().filter(|broken| broken.id.is_none());
    let own = unread.clone().find(|broken| stem(&broken.file).is_some_and(|stem| stem == id));
    if let Some(broken) = own.or_else(|| unread.next()) {
        bail!("`{id}` is in no file that could be read; {}: {}; `drumbeat check` shows it", broken.file, broken.reason);
    }
    let near = verdict.campaigns.iter().map(|campaign| campaign.id.as_str());
    let near = near.max_by(|a, b| strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id)));
    match near.filter(|near| strsim::jaro_winkler(near, id) > 0.8) {
        Some(near) => bail!("there is no campaign `{id}` in the book: did you mean `{near}`?"),
        None => bail!("there is no campaign `{id}` in the book"),
    }
}

async fn post(means: Means, loaded: &Loaded, campaign: &Campaign) -> anyhow::Result<Run> {
    let run = claim(&means, loaded, campaign)?;
    let id = run.id();
    let store = Arc::clone(&means.store);
    match store.sole(means.clock.now()) {
        Ok(sole) => {
            service::say_what_is_lost(&sole);
            // No service is running: this process carries the run, and whatever else is open, to its end.
            let nothing_else = Arc::new(InForce { campaigns: Vec::new(), broken: Vec::new(), ..loaded.in_force() });
            let until = Until::Over(id.clone());
            let (_keep, books) = watch::channel(Arc::clone(&nothing_else));
            Engine::start(means, nothing_else, until)?.run(books, signals::stop_on_signal()?).await?;
        }
        Err(StoreError::InUse { .. }) => {
            output::talk(
                "a service runs on this store: it posts, this waits for the outcome (Ctrl-C stops the waiting)",
            );
            wait_for(&means, &run).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let run = store.run(&id)?.into_iter().find(|it| it.corp == run.corp);
    run.context("the run is not in the store any more")
}

/// Records the run as claimed.
fn claim(means: &Means, loaded: &Loaded, campaign: &Campaign) -> anyhow::Result<Run> {
    let now = means.clock.now();
    let zone = campaign.terms.schedule.zone();
    let local = now.with_timezone(&zone).naive_local().trunc_subsecs(0);
    let due = Due {
        corp: means.wecom.corp().clone(),
        campaign: campaign.id.clone(),
        slot: Slot::ByHand { local },
        due: now,
        zone: zone.name().to_owned(),
        latest: campaign.terms.latest(now),
        commit: loaded.source.commit(),
    };
    let run_corp = due.corp.clone();
    let run = Run::claimed(due, Arc::clone(&campaign.post), now);
    if let Some(hold) = means.store.hold_on(&run_corp, &campaign.id)? {
        bail!(
            "{} is on hold since {} by {}: {}; `{}` lifts that",
            hold.scope,
            hold.at.format("%Y-%m-%dT%H:%M:%SZ"),
            hold.by,
            hold.reason,
            super::hold::resume(&hold.scope)
        );
    }
    let new = means.store.record(std::slice::from_ref(&run))?;
    if new != [true] {
        bail!("`{}` was posted by hand in this very second already: {}", campaign.id, run.id());
    }
    Ok(run)
}

async fn wait_for(means: &Means, run: &Run) -> anyhow::Result<()> {
    let stop = signals::stop_on_signal()?;
    while !stop.is_cancelled() {
        let found = means.store.run(&run.id())?;
        let found = found.iter().find(|it| it.corp == run.corp);
        if found.is_none_or(|run| run.state.is_over() || (run.state == State::InDoubt && run.needs_person)) {
            break;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = means.clock.sleep(Duration::from_millis(200)) => {}
        }
    }
    Ok(())
}
