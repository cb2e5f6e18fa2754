//! The service of one corp: its book, its engine, its notifications and its pollers.
//!
//! A tenant is opened, started and stopped as one. Its status is in [`EngineStatus`], and its tasks are in the list of
//! the service's background tasks.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::NaiveTime;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::ack_poller::{self, AckPoller};
use crate::background::{BackgroundTasks, Task};
use crate::book::Corp;
use crate::book_watcher::{BookError, BookLocation, BookWatcher};
use crate::engine::{self, Engine, EngineContext, EngineError, EngineStatus, StopCondition};
use crate::load::ActiveBook;
use crate::notifier::{self, NotifierContext};
use crate::notify::{DeliveryQueue, HttpSink, RetryPolicy};
use crate::nudger::{self, NudgeConfig, Nudger};
use crate::results_poller::{self, ResultsPoller};
use crate::settings::LangChoice;
use crate::store::Store;
use crate::text::StaticText;
use crate::wecom::{CALL_INTERVAL, Pace, WeCom};

/// The configuration of one corp.
#[derive(Clone, Debug)]
pub struct TenantConfig {
    pub corp: Corp,
    pub book: BookLocation,
    pub engine: engine::Settings,
    /// Where notifications go. `None`: nowhere.
    pub notify: Option<HttpSink>,
    /// When the daily summary is sent, in Beijing time.
    pub daily_summary: Option<NaiveTime>,
    /// When the posts of the next day are sent, in Beijing time.
    pub daily_plan: Option<NaiveTime>,
    /// How long to poll members' confirmations after a moment was created. Zero: not at all.
    pub ack_window: Duration,
    /// Ages of a moment at which its results are counted. Empty: never.
    pub results_after: Vec<Duration>,
    /// How long counts are kept per member.
    pub results_keep: Duration,
    /// How members who have not posted are reminded. `None`: not at all.
    pub nudge: Option<NudgeConfig>,
    /// The language of notifications, if set; otherwise the book's policy decides.
    pub lang: LangChoice,
}

/// The service of one corp.
pub struct Tenant {
    config: TenantConfig,
    context: EngineContext,
    watcher: BookWatcher,
    books: watch::Sender<Arc<ActiveBook>>,
    dropped: Arc<AtomicU64>,
}

impl Tenant {
    /// Reads the book for the first time. Nothing else runs yet.
    ///
    /// # Errors
    /// The book cannot be read, or its directory cannot be watched.
    pub async fn open(config: TenantConfig, wecom: WeCom, store: Store) -> Result<Self, BookError> {
        let (status, clock) = (EngineStatus::default(), wecom.clock().clone());
        let (location, corp) = (config.book.clone(), config.corp.clone());
        let (watcher, book) = BookWatcher::open(location, corp, clock.clone(), status.clone()).await?;
        let (source, settings) = (Arc::new(book.source.clone()), config.engine.clone());
        let context = EngineContext { clock, store, wecom, source, settings, status };
        Ok(Self { config, context, watcher, books: watch::Sender::new(book), dropped: Arc::default() })
    }

    pub fn context(&self) -> &EngineContext {
        &self.context
    }

    pub fn config(&self) -> &TenantConfig {
        &self.config
    }

    /// The active book, now and after each change.
    pub fn books(&self) -> watch::Receiver<Arc<ActiveBook>> {
        self.books.subscribe()
    }

    /// The active book.
    pub fn book(&self) -> Arc<ActiveBook> {
        Arc::clone(&self.books.borrow())
    }

    /// Counts the notifications that could not be delivered.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// Starts the tasks of the corp. Returns the engine's future: it ends when `stop` is cancelled or the engine fails.
    /// Each message of `reload` reads the book again.
    ///
    /// # Errors
    /// The future ends with an error if the engine fails, such as after a change of the store by another program.
    pub fn start(
        self,
        tasks: &mut BackgroundTasks,
        reload: mpsc::Receiver<()>,
        stop: CancellationToken,
    ) -> impl Future<Output = Result<(), EngineError>> + use<> {
        let Self { config, context, watcher, books: sender, dropped } = self;
        let books = sender.subscribe();
        let book = Arc::clone(&sender.borrow());
        // The book is watched until the engine ends, which is later than `stop`.
        let engine_ended = CancellationToken::new();
        let watched_until = engine_ended.clone();
        let task = Task {
            name: "book_watcher",
            purpose: StaticText {
                en: "reads the book again when it changes", zh: "活动目录有改动时重新读取"
            },
            period: Some(config.book.poll_interval()),
        };
        tasks.start(task, |report, _| watcher.run(sender, reload, report, watched_until));
        if let Some(sink) = config.notify {
            tracing::info!(to = sink.name(), "notifications are sent");
            let (queue, worker) = DeliveryQueue::new(sink, RetryPolicy::default(), dropped);
            let queue = queue.for_corp(config.corp.name.clone());
            let task = Task {
                name: "delivery_queue",
                purpose: StaticText { en: "delivers notifications", zh: "发送通知" },
                period: None,
            };
            tasks.start(task, |report, stop| worker.run(report, stop));
            let events = context.status.subscribe();
            let notifier = NotifierContext {
                lang: config.lang,
                book_lang: book.language,
                daily_plan: config.daily_plan,
                ..NotifierContext::of(&context, queue, config.daily_summary)
            };
            let task = Task {
                name: "notifier",
                purpose: StaticText { en: "decides which events people are told", zh: "决定哪些事要通知" },
                period: Some(notifier::QUOTA_CHECK_INTERVAL),
            };
            tasks.start(task, |report, stop| notifier::run(events, notifier, report, stop));
        }
        if !config.ack_window.is_zero() {
            let poller = AckPoller {
                clock: context.clock.clone(),
                store: context.store.clone(),
                wecom: context.wecom.clone(),
                status: context.status.clone(),
                window: config.ack_window,
            };
            let task = Task {
                name: "ack_poller",
                purpose: StaticText {
                    en: "asks which members have confirmed a moment", zh: "查询哪些成员已经发表"
                },
                period: Some(ack_poller::IDLE_INTERVAL),
            };
            tasks.start(task, |report, stop| poller.run(report, stop));
        }
        if let Some(nudge) = config.nudge {
            let nudger = Nudger {
                clock: context.clock.clone(),
                store: context.store.clone(),
                wecom: context.wecom.clone(),
                status: context.status.clone(),
                books: books.clone(),
                config: nudge,
            };
            let task = Task {
                name: "nudger",
                purpose: StaticText {
                    en: "reminds members who have not posted a moment", zh: "提醒还没有发表的成员"
                },
                period: Some(nudger::IDLE_INTERVAL),
            };
            tasks.start(task, |report, stop| nudger.run(report, stop));
        }
        // Also without ages: it sums counts that are too old to be kept per member.
        let pace = Pace { clock: context.clock.clone(), interval: CALL_INTERVAL };
        let (wecom, store, status) = (context.wecom.clone(), context.store.clone(), context.status.clone());
        let poller = ResultsPoller::new(wecom, store, status, pace, config.results_after, config.results_keep);
        let task = Task {
            name: "results_poller",
            purpose: StaticText { en: "counts what came of posted moments", zh: "统计发表后的效果" },
            period: Some(results_poller::IDLE_INTERVAL),
        };
        tasks.start(task, |report, stop| poller.run(report, stop));
        async move {
            let _engine_ended = engine_ended.drop_guard();
            Engine::start(context, book, StopCondition::OnRequest).await?.run(books, stop).await
        }
    }
}
