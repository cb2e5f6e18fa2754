//! `drumbeat post CAMPAIGN`: posts one campaign now, recorded and sent like every run.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::error::{Context, Result};
use super::log::{self, LogFormat};
use super::{Exit, Format, StoreArg, output, progress, service, settings, signals};
use crate::background::TaskReport;
use crate::book::Corp;
use crate::book_watcher::{BookLocation, BookWatcher};
use crate::campaign::Campaign;
use crate::engine::{Engine, EngineContext, StopCondition};
use crate::load::{CheckedBook, load};
use crate::ops::{self, Steered};
use crate::report::runs;
use crate::run::{Reason, Run, RunId, State};
use crate::settings::{Flags, Settings};
use crate::source::Source;
use crate::store::{ServiceLock, Store, StoreError, Wait};
use crate::text::Text;

/// How often a run is read while another process sends it.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// How often to check whether the service has loaded the campaign as it is here.
const MAX_LOAD_CHECKS: u32 = 25;

/// Posts one campaign now, recorded like any run; asks first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat post spring-launch            shows what goes out and asks
  drumbeat post spring-launch --yes      in scripts
  drumbeat post spring-launch --sandbox  for trials: no customer sees it

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
    /// Which content is posted, by its number in the file, where the campaign has several
    #[arg(long, value_name = "N")]
    content: Option<u32>,
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

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let sandbox = args.store.sandbox;
    let flags = Flags { book: args.book, store: args.store.address(), wecom_url: args.wecom_url, ..flags };
    let settings = settings(flags)?;
    log::start(LogFormat::Human, "warn")?;
    let source = Source::directory(&settings.book())?;
    // The sandbox accepts a book of any corp.
    let corp = if sandbox { Corp::default() } else { service::corp(&settings) };
    let loaded = Arc::new(load(&source, &corp)?);
    super::use_lang_of(&loaded.book.policy, &settings);
    let campaign = ops::campaign_to_post(&args.campaign, &loaded.result)?;
    let content = ops::content_to_post(&campaign, args.content)?;
    let context = service::engine_context(&settings, source, sandbox)?;
    if sandbox {
        output::print_info(text!(
            en: "posting to the sandbox: no customer sees it",
            zh: "这次只发到模拟环境，客户看不到"
        ));
    }
    let unfinished = ops::unfinished_runs(&context.store, context.wecom.corp(), &campaign.id, args.again).wait()?;
    if !args.yes {
        let id = &campaign.id;
        if !output::can_ask() {
            fail!(
                en: "not a terminal, so there is no question to answer: add --yes to post `{id}` without a question",
                zh: "这里不是终端，没法提问：要不经询问就发表 `{id}`，请加 --yes"
            );
        }
        let shown = ops::by_hand(context.wecom.corp().clone(), &campaign, content, None, context.clock.now());
        if let Some(post) = &shown.post {
            output::print_info(text!(en: "{post}\n", zh: "{post}\n", post = post.in_words(&campaign.names)));
        }
        for run in &unfinished {
            output::print_info(text!(en: "{known}\n", zh: "{known}\n", known = ops::what_is_known(run)));
        }
        let again = if unfinished.is_empty() { Text::default() } else { text!(en: "a second time ", zh: "再次") };
        let question = text!(
            en: "Post `{id}` {again}now? It reaches customers and cannot be taken back.",
            zh: "现在{again}发表 `{id}` 吗？客户会看到，发表后收不回来。",
            again = again
        );
        if !output::ask(question)? {
            output::print_info(text!(en: "nothing was posted", zh: "没有发表"));
            return Ok(Exit::Found);
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let post = Post { context, corp, loaded, campaign, content, again: args.again };
    let run = runtime.block_on(post.now(&settings))?;
    runtime.shutdown_background();
    output::result(&match args.format {
        Format::Human => runs::history(std::slice::from_ref(&run), output::width(), output::lang()),
        Format::Json => runs::json(std::slice::from_ref(&run), output::lang())?,
    })?;
    Ok(if run.state.is_posted() { Exit::Clean } else { Exit::Found })
}

/// A campaign to post now.
struct Post {
    context: EngineContext,
    /// The corp of the book.
    corp: Corp,
    loaded: Arc<CheckedBook>,
    campaign: Arc<Campaign>,
    content: u32,
    again: bool,
}

impl Post {
    /// Posts it through the service that holds the store, or in this process.
    async fn now(self, settings: &Settings) -> Result<Run> {
        let recorded: Arc<OnceLock<RunId>> = Arc::default();
        let known = Arc::clone(&recorded);
        let stop = signals::stop_on_signal_saying(move || {
            let run = known.get()?;
            Some(text!(
                en: "stopped without waiting: {run} may still be sent, or be out; to see: drumbeat show {run}; to withdraw it: \
                     drumbeat cancel {run}",
                zh: "没有等到结果就停下了：{run} 可能还会提交，也可能已经发表；要查看：drumbeat show {run}；要取消：\
                     drumbeat cancel {run}"
            ))
        })?;
        let store = self.context.store.clone();
        let lock = self.lock().await?;
        if lock.is_none() {
            output::print_info(text!(
                en: "a service, or another `drumbeat post`, works on this store: the service posts it, this waits for the \
                     outcome (Ctrl-C withdraws the post if nothing of it was sent yet)",
                zh: "服务或另一个 `drumbeat post` 正在使用这个记录库：由服务来发表，这里等待结果（按 Ctrl-C 可以取消还没提交的发表）"
            ));
            self.let_service_load(&stop).await?;
        }
        if stop.is_cancelled() {
            fail!(en: "stopped; nothing was posted", zh: "已停下，没有发表");
        }
        let (corp, commit) = (self.context.wecom.corp(), self.loaded.source.commit());
        let run = ops::record_post(&store, corp, &self.campaign, self.content, commit, &self.context.clock, self.again)
            .await?;
        let _first = recorded.set(run.id());
        let clock = self.context.clock.clone();
        let progress = tokio::spawn(progress::print_changes(store.clone(), clock.clone(), run.clone()));
        let sent = self.send_or_wait(settings, &run, lock, &stop).await;
        progress.abort();
        let end = end(&store, run, clock.now()).await;
        sent?;
        end
    }

    /// The lock of the store; `None` if another process holds it.
    async fn lock(&self) -> std::result::Result<Option<ServiceLock>, StoreError> {
        match self.context.store.acquire_service_lock(self.context.clock.now()).await {
            Ok(lock) => Ok(Some(lock)),
            Err(StoreError::InUse { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives a service that watches the same directory time to load a campaign that was just saved.
    async fn let_service_load(&self, stop: &CancellationToken) -> Result<()> {
        let fingerprint = self.campaign.fingerprint();
        for _ in 0..MAX_LOAD_CHECKS {
            let known = self.context.store.campaigns(self.context.wecom.corp()).await?;
            let loaded = known.iter().find(|known| known.campaign == self.campaign.id);
            if stop.is_cancelled() || known.is_empty() || loaded.is_some_and(|it| it.fingerprint == fingerprint) {
                break;
            }
            self.context.clock.sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Sends the run, or waits for the process that does, and takes over if that process ends.
    async fn send_or_wait(
        self,
        settings: &Settings,
        run: &Run,
        mut lock: Option<ServiceLock>,
        stop: &CancellationToken,
    ) -> Result<()> {
        while !stop.is_cancelled() {
            if let Some(lock) = &lock {
                service::log_lost_commits(lock);
                return self.work(settings, run, stop).await;
            }
            let found = self.context.store.run(&run.corp, &run.id()).await?;
            if found.is_none_or(|run| run.state.is_over() || (run.state == State::InDoubt && run.needs_review)) {
                return Ok(());
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.context.clock.sleep(POLL_INTERVAL) => lock = self.lock().await?,
            }
        }
        Ok(())
    }

    /// Sends the run, from the book as it is now.
    async fn work(self, settings: &Settings, run: &Run, stop: &CancellationToken) -> Result<()> {
        let (store, clock) = (self.context.store.clone(), self.context.clock.clone());
        let place = BookLocation::Directory {
            book: settings.book(),
            poll: settings.poll()?,
            events: true,
            edit_delay: settings.edit_delay()?,
        };
        let status = self.context.status.clone();
        let (watcher, book) = BookWatcher::open(place, self.corp, clock.clone(), status).await?;
        let (books, watching) = watch::channel(book);
        let (_nobody, again) = mpsc::channel(1);
        let ended = CancellationToken::new();
        let engine_stop = CancellationToken::new();
        let shown = Arc::new(self.loaded.to_active());
        let engine = Engine::start(self.context, shown, StopCondition::Over(run.id())).await?;
        let engine = engine.run(watching, engine_stop.clone());
        tokio::spawn(watcher.run(books, again, TaskReport::unlisted(), ended.clone()));
        let _ended = ended.drop_guard();
        tokio::pin!(engine);
        tokio::select! {
            done = &mut engine => return Ok(done?),
            () = stop.cancelled() => {}
        }
        // Withdraws immediately, even during a call to WeCom.
        match ops::withdraw(&store, run.clone(), Reason::PostStopped, clock.now()).await? {
            Steered::TooLate(run) if run.state == State::Sending => {
                output::print_info(text!(
                    en: "its request is under way: waiting for the answer (Ctrl-C again stops the waiting)",
                    zh: "请求已经提交，正在等待结果（再按一次 Ctrl-C 就不再等待）"
                ));
            }
            _ => return Ok(()),
        }
        engine_stop.cancel();
        Ok(engine.await?)
    }
}

/// The run at the end of the command. An unsent run is withdrawn, because no process is left to send it.
async fn end(store: &Store, run: Run, now: DateTime<Utc>) -> Result<Run> {
    let id = run.id();
    let withdrawn = ops::withdraw(store, run.clone(), Reason::PostStopped, now).await;
    let withdrawn = withdrawn.context(|| {
        text!(
            en: "{id} could not be withdrawn: it stays due until {until}, and goes out with the next `drumbeat run`; to withdraw it: \
                 drumbeat cancel {id}",
            zh: "{id} 没有取消成功：在 {until}之前仍会随下一次 `drumbeat run` 发表；要取消：drumbeat cancel {id}",
            until = ops::in_zone(&run.zone, run.latest)
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
