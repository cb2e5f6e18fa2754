//! What runs beside the engine in the service: the pages for those who watch, systemd's watchdog, the heartbeat.
//!
//! None of it can delay a post: each is a task of its own that only looks.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ack_poller::AckPoller;
use crate::archive::Archive;
use crate::book_watcher::Status;
use crate::engine::{EngineContext, EngineStatus};
use crate::notifier::{self, NotifierContext};
use crate::notify::{DeliveryQueue, Heartbeat, HttpSink, RetryPolicy};
use crate::settings::{Listen, Settings};
use crate::web::{self, Limits, WebState};

/// How long the tasks may take to end once the engine has.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The tasks beside the engine.
pub(super) struct BackgroundTasks {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

/// Begins all that the settings ask for. A port that is not available stops the start, if somebody asked for it.
pub(super) async fn begin(
    means: &EngineContext,
    settings: &Settings,
    following: watch::Receiver<Status>,
    descriptors: u64,
    stop: &CancellationToken,
) -> anyhow::Result<BackgroundTasks> {
    let view = WebState::of(means);
    let mut tasks = JoinSet::new();
    if let Some(listener) = listener(settings).await? {
        tracing::info!(address = %listener.local_addr()?, "metrics and health are served");
        let (view, limits, stop) = (view.clone(), Limits::of_descriptors(descriptors), stop.clone());
        tasks.spawn(async move {
            if let Err(error) = web::serve(listener, view, limits, stop).await {
                tracing::error!(%error, "metrics and health are not served any more");
            }
        });
    }
    if let Some(url) = settings.heartbeat_url()? {
        let heartbeat =
            Heartbeat::new(&url, settings.heartbeat_every()?).context("the heartbeat's address is wrong")?;
        let view = view.clone();
        tasks.spawn(heartbeat.run(move || view.trouble().is_none(), stop.clone()));
    }
    if let Some(url) = settings.notify_url()? {
        let door = HttpSink::new(url).context("DRUMBEAT_NOTIFY_URL is wrong")?;
        tracing::info!(to = door.name(), "notifications are sent");
        let (courier, delivering) =
            DeliveryQueue::new(door, RetryPolicy::default(), Arc::clone(&view.dropped), stop.clone());
        tasks.spawn(delivering);
        let post = NotifierContext::of(means, courier, settings.daily_summary()?);
        tasks.spawn(notifier::run(means.status.subscribe(), post, stop.clone()));
    }
    let follower = AckPoller {
        clock: means.clock.clone(),
        store: Arc::clone(&means.store),
        wecom: means.wecom.clone(),
        status: means.status.clone(),
        window: settings.confirmation_window()?,
    };
    tasks.spawn(follower.run(stop.clone()));
    let (clock, store, keep) = (means.clock.clone(), Arc::clone(&means.store), settings.keep()?);
    tasks.spawn(Archive { clock, store, keep }.run(stop.clone()));
    tasks.spawn(hand_on(following, means.status.clone(), stop.clone()));
    tasks.spawn(web::notify_systemd(view, stop.clone()));
    Ok(BackgroundTasks { tasks, stop: stop.clone() })
}

impl BackgroundTasks {
    /// Lets them end, for a moment.
    pub(super) async fn end(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_TIMEOUT, ended).await.is_err() {
            tracing::debug!("something beside the engine did not end in time");
        }
    }
}

/// Shows how following the book goes where the rest is shown.
async fn hand_on(mut following: watch::Receiver<Status>, engine: EngineStatus, stop: CancellationToken) {
    loop {
        let status = following.borrow_and_update().clone();
        match status.trouble {
            None => engine.fetched(status.fetched_at),
            Some(trouble) => engine.book_failed(&trouble.why, trouble.alarm),
        }
        tokio::select! {
            changed = following.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

async fn listener(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    match settings.listen()? {
        Listen::Off => Ok(None),
        Listen::Explicit(at) => {
            let why = || format!("cannot listen on {at}: choose another address with --listen, or --listen off");
            web::listen(at).await.map(Some).with_context(why)
        }
        Listen::Default(at) => match web::listen(at).await {
            Ok(listener) => Ok(Some(listener)),
            Err(error) => {
                tracing::warn!(%error, address = %at, "metrics and health are not served: set DRUMBEAT_LISTEN");
                Ok(None)
            }
        },
    }
}
