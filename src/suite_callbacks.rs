//! The callback addresses of a provider's app, and the work that its events cause.
//!
//! WeCom waits for an answer for one second only. So an event is kept on disk and answered, and its work is done after
//! that: also by a service that is started later. No content of an event is logged, but the id of its corp. Replicas
//! share what is kept (`on_server`): an event may reach any of them.

mod on_server;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use on_server::{CodesOnServer, WorkLease};

use crate::archive;
use crate::background::TaskReport;
use crate::call_error::Next;
use crate::error_chain::error_chain;
use crate::ids::CorpId;
use crate::limits;
use crate::secret::Secret;
use crate::store::{Address, ServerAddress, ServerProblem, Store, StoreError};
use crate::web::{self, Limits};
use crate::wecom::suite::{AuthorisedCorp, CallbackError, CallbackKeys, Codes, Suite, SuiteEvent, encrypted};

/// The longest body of a callback, in bytes; an event has a few hundred.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// The pause between two tries to exchange a code.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// How often data are looked for whose time is over.
const IDLE_INTERVAL: Duration = Duration::from_secs(20);
/// How often a replica looks for events that reached another one.
const SHARED_INTERVAL: Duration = Duration::from_secs(2);
/// How long the addresses of removed data are kept, so that each replica can remove its own files.
const FILES_REMOVED_WITHIN: TimeDelta = TimeDelta::days(30);

/// The addresses of one app.
#[derive(Clone)]
pub struct Callbacks {
    suite: Suite,
    keys: Arc<CallbackKeys>,
    /// The provider's own corp: the receiver of checks.
    provider: CorpId,
    /// Counts the events that were kept.
    kept: watch::Sender<u64>,
}

#[derive(Deserialize)]
struct Signed {
    msg_signature: String,
    timestamp: String,
    nonce: String,
    echostr: Option<String>,
}

impl Callbacks {
    pub fn new(suite: Suite, keys: CallbackKeys, provider: CorpId) -> Self {
        Self { suite, keys: Arc::new(keys), provider, kept: watch::Sender::default() }
    }

    /// Counts the events that were kept.
    pub fn kept(&self) -> &watch::Sender<u64> {
        &self.kept
    }

    /// Serves `/suite/command` (指令回调) and `/suite/data` (数据回调) until `stop`.
    pub async fn serve(self, listener: TcpListener, limits: Limits, stop: CancellationToken) {
        let pages = Router::new()
            .route("/suite/command", get(check).post(command))
            .route("/suite/data", get(check).post(data))
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(self);
        web::serve_pages(listener, pages, limits, stop).await;
    }

    fn open(&self, signed: &Signed, encrypted: &str, receiver: Option<&str>) -> Result<String, CallbackError> {
        self.keys.open(&signed.msg_signature, &signed.timestamp, &signed.nonce, encrypted, receiver)
    }

    /// Keeps what an event tells.
    async fn keep(&self, event: SuiteEvent) -> Result<(), crate::call_error::Error> {
        let now = self.suite.clock().now();
        match event {
            SuiteEvent::Ticket(ticket) => {
                self.suite.change(move |codes| codes.ticket = Some((ticket.expose().to_owned(), now))).await?;
            }
            SuiteEvent::Authorised { auth_code } => {
                self.suite.change(move |codes| keep_code(codes, &auth_code, now)).await?;
                tracing::info!("a corp has authorised the app");
            }
            SuiteEvent::Cancelled(corp) => {
                let of = corp.clone();
                self.suite
                    .change(move |codes| {
                        let entry = codes.corps.entry(of).or_default();
                        entry.permanent_code = None;
                        entry.cancelled_at = entry.cancelled_at.or(Some(now));
                    })
                    .await?;
                tracing::warn!(%corp, "the corp has withdrawn its authorisation: nothing more is posted for it");
            }
            SuiteEvent::Changed(corp) => tracing::info!(%corp, "the corp has changed what the app may do"),
            SuiteEvent::Other(kind) => tracing::debug!(kind, "an event of the suite needs nothing"),
        }
        self.kept.send_modify(|count| *count += 1);
        Ok(())
    }
}

fn keep_code(codes: &mut Codes, code: &Secret, now: chrono::DateTime<chrono::Utc>) {
    // WeCom sends an event again if its answer was lost.
    if !codes.pending.iter().any(|(known, _)| known == code.expose()) {
        codes.pending.push((code.expose().to_owned(), now));
    }
}

fn refused(why: CallbackError) -> Response {
    tracing::warn!(error = %why, "a request to the callback address was refused");
    StatusCode::FORBIDDEN.into_response()
}

/// WeCom's check of an address: the answer is the decrypted text alone.
async fn check(State(callbacks): State<Callbacks>, Query(signed): Query<Signed>) -> Response {
    let Some(echo) = &signed.echostr else { return StatusCode::BAD_REQUEST.into_response() };
    match callbacks.open(&signed, echo, Some(&callbacks.provider.0)) {
        Ok(text) => text.into_response(),
        Err(why) => refused(why),
    }
}

async fn command(State(callbacks): State<Callbacks>, Query(signed): Query<Signed>, body: String) -> Response {
    let Some(encrypted) = encrypted(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let xml = match callbacks.open(&signed, &encrypted, Some(callbacks.suite.id())) {
        Ok(xml) => xml,
        Err(why) => return refused(why),
    };
    let Some(event) = SuiteEvent::read(&xml) else { return StatusCode::BAD_REQUEST.into_response() };
    match callbacks.keep(event).await {
        Ok(()) => "success".into_response(),
        Err(error) => {
            // WeCom sends the event again.
            tracing::error!(error = %error_chain(&error), "failed to keep an event of the suite");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Events of a corp's own: none is needed, but they must be answered.
async fn data(State(callbacks): State<Callbacks>, Query(signed): Query<Signed>, body: String) -> Response {
    let Some(encrypted) = encrypted(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match callbacks.open(&signed, &encrypted, None) {
        Ok(_) => "success".into_response(),
        Err(why) => refused(why),
    }
}

/// The work after the events: exchanges codes, and removes the data of corps that have withdrawn.
pub struct SuiteWork {
    pub suite: Suite,
    /// Counts the events that were kept.
    pub kept: watch::Sender<u64>,
    /// How long the data of a corp are kept after it has withdrawn.
    pub keep_cancelled: Duration,
    /// With replicas, which of them works.
    pub lease: Option<WorkLease>,
}

impl SuiteWork {
    /// Works until `stop`.
    pub async fn run(mut self, report: TaskReport, stop: CancellationToken) {
        let (mut kept, mut known) = (self.kept.subscribe(), None);
        while !stop.is_cancelled() {
            kept.mark_unchanged();
            let is_ours = match &mut self.lease {
                Some(lease) => lease.is_ours(self.suite.clock()).await,
                None => true,
            };
            let (is_done, removed) =
                if is_ours { (self.exchange_codes().await, self.remove_data().await) } else { (true, true) };
            let looked = self.look(&mut known).await;
            report.pass(is_done && removed && looked);
            let idle = if self.lease.is_some() { SHARED_INTERVAL } else { IDLE_INTERVAL };
            let pause = if is_done { idle } else { RETRY_INTERVAL };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.suite.clock().sleep(pause) => {}
                Ok(()) = kept.changed() => {}
            }
        }
    }

    /// Tells the corps of this replica of events that another one has kept, and removes this machine's files of corps whose data
    /// were removed; `false` if that failed.
    async fn look(&self, known: &mut Option<Codes>) -> bool {
        let codes = match self.suite.codes().await {
            Ok(codes) => codes,
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "the permanent codes cannot be read");
                return false;
            }
        };
        let is_gone = |it: &&AuthorisedCorp| it.permanent_code.is_none() && it.removed_at.is_some();
        let of =
            |(corp, it): (&CorpId, &AuthorisedCorp)| addresses(corp, it).map(|it| it.local_name()).collect::<Vec<_>>();
        let gone = codes.corps.iter().filter(|(_, it)| is_gone(it)).flat_map(of).collect::<Vec<_>>();
        let removed = tokio::task::spawn_blocking(move || gone.iter().try_for_each(|local| remove(local))).await;
        let removed = removed.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        if let Err(error) = &removed {
            tracing::error!(%error, "failed to remove this machine's files of a corp that withdrew; retrying");
        }
        if known.as_ref() != Some(&codes) && known.replace(codes).is_some() {
            self.kept.send_modify(|count| *count += 1);
        }
        removed.is_ok()
    }

    /// Exchanges each code that waits; `false` if one is to be tried again.
    pub async fn exchange_codes(&self) -> bool {
        let pending = match self.suite.codes().await {
            Ok(codes) => codes.pending,
            Err(error) => {
                tracing::error!(error = %error_chain(&error), "the permanent codes cannot be read");
                return false;
            }
        };
        let mut is_done = true;
        for (code, at) in pending {
            let code = Secret::new(code);
            let is_over = self.suite.clock().now() - at >= limits::AUTH_CODE_LIFE;
            match self.suite.exchange_code(&code).await {
                Ok(None) => tracing::info!("a corp has withdrawn since it authorised the app: its code is not kept"),
                Ok(Some(corp)) => {
                    tracing::info!(%corp, "the corp's permanent code is kept; a [[corp]] with this corp_id and suite = true is served");
                }
                Err(error) if is_over || matches!(error.next(), Next::AskAPerson | Next::GiveUp) => {
                    tracing::error!(error = %error_chain(&error), "the code of an authorisation cannot be exchanged: the corp must authorise the app again");
                    let forget = move |codes: &mut Codes| codes.pending.retain(|(known, _)| known != code.expose());
                    is_done &= self.suite.change(forget).await.is_ok();
                }
                Err(error) => {
                    tracing::warn!(error = %error_chain(&error), "the code of an authorisation is not exchanged yet; retrying");
                    is_done = false;
                }
            }
        }
        is_done
    }

    /// Removes the data of corps that withdrew long enough ago; `false` if that failed.
    pub async fn remove_data(&self) -> bool {
        let Ok(codes) = self.suite.codes().await else { return false };
        let now = self.suite.clock().now();
        let keep = TimeDelta::from_std(self.keep_cancelled).unwrap_or(TimeDelta::MAX);
        let mut is_done = true;
        for (corp, entry) in codes.corps {
            let is_due = entry.cancelled_at.is_some_and(|at| now - at >= keep);
            if entry.permanent_code.is_some() || !is_due {
                continue;
            }
            if let Some(removed_at) = entry.removed_at {
                if now - removed_at >= FILES_REMOVED_WITHIN {
                    is_done &= self.forget(corp).await;
                }
                continue;
            }
            let stores = entry.stores.clone();
            if let Some(used) = self.store_in_use(&stores).await {
                tracing::error!(%corp, store = %used.display(), "the store of a corp that withdrew is in use: its data are kept");
                is_done = false;
                continue;
            }
            let removed = tokio::task::spawn_blocking(move || stores.iter().try_for_each(|store| remove(store))).await;
            match removed.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
                Ok(()) if !self.remove_rows(&corp, &entry).await => is_done = false,
                Ok(()) => {
                    tracing::warn!(%corp, "the data of a corp that withdrew its authorisation were removed");
                    // Not if it has authorised the app again in the meantime.
                    is_done &= if entry.servers.is_empty() {
                        self.forget(corp).await
                    } else {
                        let note = move |codes: &mut Codes| {
                            let entry = codes.corps.get_mut(&corp).filter(|it| it.permanent_code.is_none());
                            if let Some(entry) = entry {
                                entry.removed_at = Some(now);
                            }
                        };
                        self.suite.change(note).await.is_ok()
                    };
                }
                Err(error) => {
                    tracing::error!(%corp, %error, "failed to remove the data of a corp that withdrew; retrying");
                    is_done = false;
                }
            }
        }
        is_done
    }
}

impl SuiteWork {
    /// Forgets a corp, unless it has authorised the app again.
    async fn forget(&self, corp: CorpId) -> bool {
        let forget =
            move |codes: &mut Codes| codes.corps.retain(|known, it| *known != corp || it.permanent_code.is_some());
        self.suite.change(forget).await.is_ok()
    }

    /// Removes the rows of a corp from servers; `false` if that is to be tried again.
    async fn remove_rows(&self, corp: &CorpId, entry: &AuthorisedCorp) -> bool {
        for address in addresses(corp, entry) {
            match self.remove_rows_at(corp, address).await {
                Ok(()) => {}
                Err(StoreError::Server { problem: ServerProblem::NoStore { .. }, .. }) => {}
                Err(error) => {
                    tracing::error!(%corp, %error, "failed to remove the rows of a corp that withdrew; retrying");
                    return false;
                }
            }
        }
        true
    }

    async fn remove_rows_at(&self, corp: &CorpId, address: ServerAddress) -> Result<(), StoreError> {
        let opened = tokio::task::spawn_blocking(move || Store::open_apart(&address)).await;
        let store = opened.map_err(|_| StoreError::Stopped)??;
        let lock = store.lock_for_removal(self.suite.clock().now()).await?;
        // With the lock no service can begin. A corp that has authorised the app again keeps its history.
        match self.suite.codes().await {
            Ok(codes) if codes.corps.get(corp).is_some_and(|it| it.permanent_code.is_none()) => {
                store.remove_corp(corp, &lock).await
            }
            _ => Ok(()),
        }
    }

    /// A store that a service uses: of another corp that has taken the same file.
    async fn store_in_use(&self, stores: &BTreeSet<PathBuf>) -> Option<PathBuf> {
        for path in stores {
            let address = Address::Sqlite(path.clone());
            let opened = tokio::task::spawn_blocking(move || Store::open_existing(&address)).await;
            if let Ok(Ok(store)) = opened
                && store.acquire_service_lock(self.suite.clock().now()).await.is_err()
            {
                return Some(path.clone());
            }
        }
        None
    }
}

/// The servers with the data of a corp.
fn addresses(corp: &CorpId, entry: &AuthorisedCorp) -> impl Iterator<Item = ServerAddress> {
    let corp = corp.clone();
    let of_corp = move |text: &String| match text.parse::<Address>().ok()?.of_corp_id(Some(corp.clone())) {
        Address::Postgres(address) => Some(*address),
        Address::Sqlite(_) => None,
    };
    entry.servers.iter().filter_map(of_corp)
}

/// Removes a store with everything that is kept beside it.
fn remove(store: &Path) -> io::Result<()> {
    let beside = |ending: &str| {
        let mut name = store.to_owned().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let files = ["-wal", "-shm", ".lock", ".page-key"].map(beside);
    let files: BTreeSet<PathBuf> = files.into_iter().chain([store.to_owned()]).collect();
    let gone = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    };
    for directory in [archive::directory(store), beside(".book")] {
        gone(std::fs::remove_dir_all(directory))?;
    }
    files.into_iter().try_for_each(|file| gone(std::fs::remove_file(file)))
}
