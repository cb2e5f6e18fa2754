//! Runs the services of several corps side by side: one that fails or changes does not touch the others.
//!
//! Each corp has a task of its own, which starts its service, starts it again some time after a failure, and restarts it
//! when its configuration changes. Nothing here waits for one corp on behalf of another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::ids::CorpName;
use crate::invocation::in_corp;
use crate::text::{Lang, Text};
use crate::web::{CorpState, Corps};

/// How long after a failure a corp is started again. A reload starts it at once.
const RESTART_INTERVAL: Duration = Duration::from_secs(60);

/// The service of one corp, as the supervisor starts it.
pub struct Start<C> {
    pub name: CorpName,
    pub config: C,
    /// Each message asks for the book to be read again.
    pub reload: mpsc::Receiver<()>,
    /// Ends the service.
    pub stop: CancellationToken,
}

/// What the supervisor is told.
pub enum Change<C> {
    /// The corps with their configurations, as they are to be from now on.
    Corps(BTreeMap<CorpName, C>),
    /// The books are to be read again, and nothing else has changed.
    Books,
}

/// One corp whose task runs.
struct Supervised<C> {
    config: watch::Sender<C>,
    reload: mpsc::Sender<()>,
    stop: CancellationToken,
    /// Cancelled when the task has ended.
    ended: CancellationToken,
}

/// How the supervisor runs a corp.
pub trait Service: Send + Sync + 'static {
    type Config: Clone + Send + Sync + 'static;

    /// Whether a corp need not be restarted for another configuration.
    fn is_same(&self, one: &Self::Config, other: &Self::Config) -> bool;

    /// Runs the service of one corp until its token ends it.
    ///
    /// # Errors
    /// It cannot start, or it failed.
    fn serve(&self, start: Start<Self::Config>) -> impl Future<Output = Result<(), Text>> + Send;

    /// Tells people that a corp is not served; `false` if they could not be told.
    fn tell(&self, config: &Self::Config, why: &Text) -> impl Future<Output = bool> + Send;
}

/// Runs the service of each corp until `stop`.
pub async fn run<S: Service>(
    service: Arc<S>,
    corps: Corps,
    first: BTreeMap<CorpName, S::Config>,
    mut changes: mpsc::Receiver<Change<S::Config>>,
    stop: CancellationToken,
) {
    let mut running = BTreeMap::<CorpName, Supervised<S::Config>>::new();
    let mut ending = BTreeMap::<CorpName, CancellationToken>::new();
    let mut tasks = JoinSet::new();
    let mut change = Some(Change::Corps(first));
    loop {
        match change.take() {
            Some(Change::Books) => running.values().for_each(Supervised::read_book),
            Some(Change::Corps(wanted)) => {
                running.retain(|name, corp| {
                    let is_wanted = wanted.contains_key(name);
                    if !is_wanted {
                        tracing::info!(corp = %name, "the corp is no longer in the service file: its service stops");
                        corp.stop.cancel();
                        ending.insert(name.clone(), corp.ended.clone());
                    }
                    is_wanted
                });
                for (name, config) in wanted {
                    match running.get(&name) {
                        Some(corp) if service.is_same(&corp.config.borrow(), &config) => corp.read_book(),
                        Some(corp) => {
                            tracing::info!(corp = %name, "the settings of the corp have changed: it is restarted");
                            let _ = corp.config.send(config);
                        }
                        None => {
                            let (config, configs) = watch::channel(config);
                            let (reload, reloads) = mpsc::channel(1);
                            let (own_stop, ended) = (stop.child_token(), CancellationToken::new());
                            let corp = OneCorp {
                                name: name.clone(),
                                service: Arc::clone(&service),
                                corps: corps.clone(),
                                configs,
                                reloads,
                                stop: own_stop.clone(),
                            };
                            let (before, until) = (ending.remove(&name), ended.clone());
                            let task = async move {
                                let _ended = until.drop_guard();
                                // The former service of a corp that was removed and added again has the store.
                                if let Some(before) = before {
                                    before.cancelled().await;
                                }
                                corp.run().await;
                            };
                            let span = tracing::error_span!("tenant", corp = %name);
                            tasks.spawn(in_corp(Some(name.clone()), task).instrument(span));
                            running.insert(name, Supervised { config, reload, stop: own_stop, ended });
                        }
                    }
                }
            }
            None => {}
        }
        tokio::select! {
            () = stop.cancelled() => break,
            next = changes.recv() => match next {
                Some(next) => change = Some(next),
                None => { stop.cancelled().await; break }
            },
            // Removed corps.
            Some(_) = tasks.join_next() => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

impl<C> Supervised<C> {
    fn read_book(&self) {
        // A full channel already holds the request.
        let _ = self.reload.try_send(());
    }
}

/// The task of one corp.
struct OneCorp<S: Service> {
    name: CorpName,
    service: Arc<S>,
    corps: Corps,
    configs: watch::Receiver<S::Config>,
    reloads: mpsc::Receiver<()>,
    stop: CancellationToken,
}

impl<S: Service> OneCorp<S> {
    async fn run(mut self) {
        // The failure that people know of, and the one that was logged.
        let (mut told, mut logged) = (None, None);
        while !self.stop.is_cancelled() {
            self.corps.set(Some(&self.name), CorpState::Starting);
            let config = self.configs.borrow_and_update().clone();
            let ended = self.serve(config.clone()).await;
            if self.stop.is_cancelled() {
                break;
            }
            if let Err(why) = ended {
                if logged.as_ref() != Some(&why) {
                    tracing::error!(
                        error = why.get(Lang::En),
                        "the corp is not served; it is tried again every minute"
                    );
                    logged = Some(why.clone());
                }
                self.corps.set(Some(&self.name), CorpState::Failed(why.clone()));
                let service = Arc::clone(&self.service);
                let telling = async {
                    if told.as_ref() != Some(&why) && service.tell(&config, &why).await {
                        told = Some(why);
                    }
                };
                tokio::join!(telling, self.wait_for_restart());
            }
        }
        self.corps.remove(&self.name);
    }

    /// Runs the service until it fails, its configuration changes, or the stop. A panic is a failure.
    async fn serve(&mut self, config: S::Config) -> Result<(), Text> {
        let (tell, reload) = mpsc::channel(1);
        let stop = self.stop.child_token();
        let start = Start { name: self.name.clone(), config, reload, stop: stop.clone() };
        let service = Arc::clone(&self.service);
        let serving = async move { service.serve(start).await };
        let mut serving = tokio::spawn(in_corp(Some(self.name.clone()), serving).in_current_span());
        loop {
            tokio::select! {
                ended = &mut serving => {
                    return ended.unwrap_or_else(|error| {
                        Err(text!(en: "its service ended unexpectedly: {error}", zh: "它的服务意外结束：{error}"))
                    });
                }
                Ok(()) = self.configs.changed() => {
                    stop.cancel();
                    let _ = serving.await;
                    return Ok(());
                }
                Some(()) = self.reloads.recv() => { let _ = tell.try_send(()); }
            }
        }
    }

    async fn wait_for_restart(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(RESTART_INTERVAL) => {}
            Ok(()) = self.configs.changed() => {}
            Some(()) = self.reloads.recv() => {}
            () = self.stop.cancelled() => {}
        }
    }
}
