//! `drumbeat post CAMPAIGN`: one campaign now, by the same road as every run.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::log::{self, LogFormat};
use super::{Exit, Format, StoreArg, output, progress, service, settings, signals};
use crate::background::TaskReport;
use crate::book::Corp;
use crate::book_watcher::{BookLocation, BookWatcher};
use crate::campaign::Campaign;
use crate::check::CheckResult;
use crate::engine::{Engine, EngineContext, StopCondition};
use crate::load::{CheckedBook, load};
use crate::ops::{self, CampaignNames, Steered};
use crate::report::runs;
use crate::run::{Reason, Run, RunId, State};
use crate::schedule::civil::read_in;
use crate::settings::{Flags, Settings};
use crate::source::Source;
use crate::store::{Recorded, ServiceLock, Store, StoreError, Wait};

/// Between two looks at a run that somebody else carries.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// So often it is looked whether the service has loaded the campaign as it is here.
const LOAD_TRIES: u32 = 25;

/// Posts one campaign now, recorded like any run; asks first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat post spring-launch            shows what goes out and asks
  drumbeat post spring-launch --yes      in scripts
  drumbeat post spring-launch --sandbox  to try it: nobody sees it

While a service runs on the same store, the service posts it and this command waits for the outcome.
Ctrl-C withdraws the post if nothing of it was sent yet. A campaign of which another run is not over
is not posted beside that one without --again.")]
pub(super) struct Args {
    /// The campaign's id, title or file
    #[arg(value_name = "CAMPAIGN")]
    campaign: String,
    /// The directory with the campaign files [default: campaigns]
    #[arg(long, value_name = "BOOK")]
    book: Option<std::path::PathBuf>,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    wecom_url: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Post it although another run of this campaign is not over: customers may get it twice
    #[arg(long)]
    again: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let sandbox = args.store.sandbox;
    let flags = Flags { book: args.book, store: args.store.address(), wecom_url: args.wecom_url, ..flags };
    let settings = settings(flags)?;
    log::start(LogFormat::Human, "warn")?;
    let source = Source::directory(&settings.book())?;
    // The stand-in takes a book for whatever corp it was written.
    let corp = if sandbox { Corp::default() } else { service::corp(&settings) };
    let loaded = Arc::new(load(&source, &corp)?);
    super::use_lang_of(&loaded.book.policy, &settings);
    let campaign = find(&args.campaign, &loaded.verdict)?;
    let means = service::engine_context(&settings, source, sandbox)?;
    let unfinished = means.store.unfinished(means.wecom.corp(), &campaign.id).wait()?;
    if !args.again {
        refuse_unfinished(&campaign, &unfinished)?;
    }
    if !args.yes {
        if !output::can_ask() {
            bail!(
                "not a terminal, so there is no question to answer: add --yes to post `{}` without a question",
                campaign.id
            );
        }
        output::print_info(format!("{}\n", campaign.post.in_words(&campaign.names)));
        for run in &unfinished {
            output::print_info(format!("{}\n", ops::what_is_known(run)));
        }
        let again = if unfinished.is_empty() { "" } else { "a second time " };
        let question = format!("Post `{}` {again}now? It reaches customers and cannot be taken back.", campaign.id);
        if !output::ask(question)? {
            output::print_info("nothing was posted");
            return Ok(Exit::Found);
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let post = Post { means, corp, loaded, campaign, again: args.again };
    let run = runtime.block_on(post.now(&settings))?;
    runtime.shutdown_background();
    output::result(&match args.format {
        Format::Human => runs::history(std::slice::from_ref(&run), output::width()),
        Format::Json => runs::json(std::slice::from_ref(&run))?,
    })?;
    Ok(if run.state.is_posted() { Exit::Clean } else { Exit::Found })
}

/// A second post beside one that may still go out, or may be out, is what nobody wants by accident.
fn refuse_unfinished(campaign: &Campaign, unfinished: &[Run]) -> anyhow::Result<()> {
    if unfinished.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = unfinished.iter().map(ops::what_is_known).collect();
    bail!(
        "nothing was posted, because a run of `{0}` is not over:\n  {1}\nTo post `{0}` beside it all the same: drumbeat post {0} --again",
        campaign.id,
        known.join("\n  ")
    )
}

fn find(id: &str, verdict: &CheckResult) -> anyhow::Result<Arc<Campaign>> {
    let mut names = CampaignNames::default();
    names.add_sound(&verdict.campaigns);
    let found = names.find(id);
    if let Ok(id) = &found
        && let Some(campaign) = verdict.campaigns.iter().find(|campaign| campaign.id == *id)
    {
        return Ok(Arc::clone(campaign));
    }
    if let Some(broken) = verdict.broken.iter().find(|broken| broken.id.as_ref().is_some_and(|it| it.as_str() == id)) {
        bail!("{} has an error: {}; `drumbeat check` shows it", broken.file, broken.reason.get(crate::text::Lang::En));
    }
    // A file that could not be read has no id that anybody knows: the campaign may be in it.
    let stem = |file: &str| file.rsplit('/').next().and_then(|name| name.split('.').next()).map(str::to_owned);
    let mut unread = verdict.broken.iter().filter(|broken| broken.id.is_none());
    let own = unread.clone().find(|broken| stem(&broken.file).is_some_and(|stem| stem == id));
    if let Some(broken) = own.or_else(|| unread.next()) {
        bail!(
            "`{id}` is in no file that could be read; {}: {}; `drumbeat check` shows it",
            broken.file,
            broken.reason.get(crate::text::Lang::En)
        );
    }
    Err(found.map_or_else(Into::into, |id| anyhow!("`{id}` is not in the book")))
}

/// One campaign, about to be posted.
struct Post {
    means: EngineContext,
    /// Whose book it is.
    corp: Corp,
    loaded: Arc<CheckedBook>,
    campaign: Arc<Campaign>,
    again: bool,
}

impl Post {
    /// Posts it, by whoever has the store: the service that runs, or this process.
    async fn now(self, settings: &Settings) -> anyhow::Result<Run> {
        let recorded: Arc<OnceLock<RunId>> = Arc::default();
        let known = Arc::clone(&recorded);
        let stop = signals::stop_on_signal_saying(move || {
            let run = known.get()?;
            Some(format!(
                "stopped without waiting: {run} may still be sent, or be out; to see: drumbeat show {run}; to withdraw it: \
                 drumbeat cancel {run}"
            ))
        })?;
        let store = self.means.store.clone();
        let sole = self.sole().await?;
        if sole.is_none() {
            output::print_info(
                "a service, or another `drumbeat post`, works on this store: the service posts it, this waits for the \
                 outcome (Ctrl-C withdraws the post if nothing of it was sent yet)",
            );
            self.let_service_load(&stop).await?;
        }
        if stop.is_cancelled() {
            bail!("stopped; nothing was posted");
        }
        let run = self.record().await?;
        let _first = recorded.set(run.id());
        let clock = self.means.clock.clone();
        let telling = tokio::spawn(progress::tell(store.clone(), clock.clone(), run.clone()));
        let carried = self.carry(settings, &run, sole, &stop).await;
        telling.abort();
        let end = end(&store, run, clock.now()).await;
        carried?;
        end
    }

    /// The store, where nobody else works on it.
    async fn sole(&self) -> Result<Option<ServiceLock>, StoreError> {
        // It waits for somebody who is about to leave.
        match self.means.store.acquire_service_lock(self.means.clock.now()).await {
            Ok(sole) => Ok(Some(sole)),
            Err(StoreError::InUse { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives a service that follows the same directory the time to load what was saved a moment ago.
    async fn let_service_load(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let fingerprint = self.campaign.fingerprint();
        for _ in 0..LOAD_TRIES {
            let known = self.means.store.known(self.means.wecom.corp()).await?;
            let loaded = known.iter().find(|known| known.campaign == self.campaign.id);
            if stop.is_cancelled() || known.is_empty() || loaded.is_some_and(|it| it.fingerprint == fingerprint) {
                break;
            }
            self.means.clock.sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Records the run as claimed.
    async fn record(&self) -> anyhow::Result<Run> {
        let corp = self.means.wecom.corp();
        loop {
            let commit = self.loaded.source.commit();
            let run = ops::by_hand(corp.clone(), &self.campaign, commit, self.means.clock.now());
            match self.means.store.record_by_hand(&run, self.again).await? {
                Recorded::New => return Ok(run),
                Recorded::OnHold(hold) => bail!(
                    "{} is on hold since {} by {}: {}; `{}` lifts that",
                    hold.scope,
                    read_in(&run.zone, hold.at),
                    hold.by,
                    hold.reason,
                    super::hold::resume(&hold.scope)
                ),
                Recorded::Unfinished(unfinished) => refuse_unfinished(&self.campaign, &unfinished)?,
                // Runs are named by the second.
                Recorded::SameSecond => {}
            }
            self.means.clock.sleep(POLL_INTERVAL).await;
        }
    }

    /// Carries the run to its end, or waits for whoever does. Whoever has the store may leave in the middle: then this
    /// process takes over.
    async fn carry(
        self,
        settings: &Settings,
        run: &Run,
        mut sole: Option<ServiceLock>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            if let Some(sole) = &sole {
                service::log_lost_commits(sole);
                return self.work(settings, run, stop).await;
            }
            let found = self.means.store.run_of(&run.corp, &run.id()).await?;
            if found.is_none_or(|run| run.state.is_over() || (run.state == State::InDoubt && run.needs_review)) {
                return Ok(());
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.means.clock.sleep(POLL_INTERVAL) => sole = self.sole().await?,
            }
        }
        Ok(())
    }

    /// Carries the run, by the book as it is from now on.
    async fn work(self, settings: &Settings, run: &Run, stop: &CancellationToken) -> anyhow::Result<()> {
        let (store, clock) = (self.means.store.clone(), self.means.clock.clone());
        let place = BookLocation::Directory {
            book: settings.book(),
            poll: settings.poll()?,
            events: true,
            edit_delay: settings.edit_delay()?,
        };
        let status = self.means.status.clone();
        let (watcher, book) = BookWatcher::open(place, self.corp, clock.clone(), status).await?;
        let (books, watching) = watch::channel(book);
        let (_nobody, again) = mpsc::channel(1);
        let ended = CancellationToken::new();
        let engine_stop = CancellationToken::new();
        let shown = Arc::new(self.loaded.in_force());
        let engine =
            Engine::start(self.means, shown, StopCondition::Over(run.id())).await?.run(watching, engine_stop.clone());
        tokio::spawn(watcher.run(books, again, TaskReport::unlisted(), ended.clone()));
        let _ended = ended.drop_guard();
        tokio::pin!(engine);
        tokio::select! {
            done = &mut engine => return Ok(done?),
            () = stop.cancelled() => {}
        }
        // At once, and not when a call that nobody needs any more has ended.
        match ops::withdraw(&store, run.clone(), Reason::PostStopped, clock.now()).await? {
            Steered::TooLate(run) if run.state == State::Sending => {
                output::print_info("its request is under way: waiting for the answer (Ctrl-C again stops the waiting)");
            }
            _ => return Ok(()),
        }
        engine_stop.cancel();
        Ok(engine.await?)
    }
}

/// What became of the run. One that is still to be sent is withdrawn: nobody stays to send it.
async fn end(store: &Store, run: Run, now: DateTime<Utc>) -> anyhow::Result<Run> {
    let id = run.id();
    let withdrawn = ops::withdraw(store, run.clone(), Reason::PostStopped, now).await.with_context(|| {
        format!(
            "{id} could not be withdrawn: it stays due until {} ({}), and goes out with the next `drumbeat run`; to withdraw \
             it: drumbeat cancel {id}",
            read_in(&run.zone, run.latest),
            run.zone
        )
    })?;
    Ok(match withdrawn {
        Steered::Done(run) => run,
        Steered::TooLate(run) => {
            if !run.state.is_over() {
                output::print_info(ops::what_is_known(&run));
            }
            run
        }
    })
}
