//! Metrics and health over HTTP: `/metrics`, `/healthz`, `/readyz`. Read-only.
//!
//! Reads only the engine's status and never the store, so that clients cannot load the store. Shows no content
//! of campaigns, so a scraper may read it.

mod corps;
mod metrics;
mod server;
mod systemd;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background::TaskList;
use crate::clock::Clock;
use crate::engine::{EngineContext, EngineStatus, StatusSnapshot};
use crate::invocation::{command, with_corp};
use crate::text::{Lang, StaticText};

pub use corps::{CorpState, Corps};
pub use server::{Limits, Peer};
pub use systemd::notify_systemd;

/// The data of the pages about one engine.
#[derive(Clone, Debug)]
pub struct WebState {
    pub clock: Clock,
    pub status: EngineStatus,
    /// Notifications that were not delivered.
    pub dropped: Arc<AtomicU64>,
    pub tasks: TaskList,
}

impl WebState {
    pub fn of(context: &EngineContext) -> Self {
        Self {
            clock: context.clock.clone(),
            status: context.status.clone(),
            dropped: Arc::default(),
            tasks: TaskList::default(),
        }
    }

    /// Why the service is not ready, if it is not.
    pub fn trouble(&self) -> Option<StaticText> {
        self.status.trouble(self.clock.now())
    }
}

/// What is monitored: the service of a single account, or of several corps.
#[derive(Clone, Debug)]
pub enum Monitored {
    Account(WebState),
    Corps {
        corps: Corps,
        clock: Clock,
        /// The tasks of the process.
        tasks: TaskList,
    },
}

impl From<WebState> for Monitored {
    fn from(state: WebState) -> Self {
        Self::Account(state)
    }
}

impl Monitored {
    /// Whether everything that is due now would be posted, for every corp.
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Account(state) => state.trouble().is_none(),
            Self::Corps { corps, .. } => corps.troubles().is_empty(),
        }
    }

    /// Whether the service has started. A corp that cannot start does not keep the others from it.
    pub fn has_started(&self) -> bool {
        match self {
            Self::Account(state) => state.trouble().is_none(),
            Self::Corps { .. } => true,
        }
    }

    /// Why a restart of the process could help, if it could. One stalled corp of several is reported, but a restart would
    /// interrupt the others.
    pub fn stalled(&self) -> Option<StaticText> {
        match self {
            Self::Account(state) => state.status.stalled(state.clock.now()),
            Self::Corps { corps, clock, .. } => {
                let now = clock.now();
                let mut stalled = None;
                for (_, state) in corps.states() {
                    if let CorpState::Running(state) = state {
                        stalled = Some(state.status.stalled(now)?);
                    }
                }
                stalled
            }
        }
    }

    fn clock(&self) -> &Clock {
        match self {
            Self::Account(state) => &state.clock,
            Self::Corps { clock, .. } => clock,
        }
    }
}

/// Opens the port, so that a port in use is found before anything else starts.
///
/// # Errors
/// The port is in use or not permitted.
pub async fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(at).await
}

/// Serves any pages within limits until `stop`.
pub async fn serve_pages(listener: TcpListener, pages: Router, limits: Limits, stop: CancellationToken) {
    server::serve(listener, pages, limits, stop).await;
}

/// Serves the pages within limits until `stop`.
pub async fn serve(listener: TcpListener, state: impl Into<Monitored>, limits: Limits, stop: CancellationToken) {
    let pages = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .with_state(state.into());
    server::serve(listener, pages, limits, stop).await;
}

async fn metrics(State(monitored): State<Monitored>) -> Response {
    match metrics::text(&monitored) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether the engine makes progress; with `?verbose` also the state of each background task. A failing store does not
/// matter here, because a restart would not repair it.
async fn health(State(monitored): State<Monitored>, RawQuery(query): RawQuery) -> Response {
    if let Some(why) = monitored.stalled() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.en)).into_response();
    }
    if query.as_deref() != Some("verbose") {
        return "ok\n".into_response();
    }
    match monitored {
        Monitored::Account(state) => format!("ok\n{}", state.tasks).into_response(),
        Monitored::Corps { corps, tasks, .. } => {
            let mut page = format!("ok\n{tasks}");
            for (name, state) in corps.states() {
                page.push_str(&format!("\n{name}: {}\n", state.name()));
                if let CorpState::Running(state) = state {
                    page.push_str(&state.tasks.to_string());
                }
            }
            page.into_response()
        }
    }
}

/// Whether an occurrence that is due now would be posted, for every corp.
async fn readiness(State(monitored): State<Monitored>) -> Response {
    match monitored {
        Monitored::Account(state) => match state.trouble() {
            // Other posts are still sent, so the service is ready; the page mentions the runs.
            None => format!("ready\n{}", to_mention(&state.status.snapshot())).into_response(),
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.en)).into_response(),
        },
        Monitored::Corps { corps, .. } => {
            let mut is_ready = true;
            let mut page = String::new();
            for (name, state) in corps.states() {
                if let Some(why) = state.trouble() {
                    is_ready = false;
                    page.push_str(&format!("{name}: {}\n", why.get(Lang::En)));
                } else if let CorpState::Running(state) = state {
                    let mention = with_corp(Some(name.clone()), || to_mention(&state.status.snapshot()));
                    mention.lines().for_each(|line| page.push_str(&format!("{name}: {line}\n")));
                }
            }
            if is_ready {
                format!("ready\n{page}").into_response()
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
            }
        }
    }
}

/// What a person should know of a service that is ready: one line each.
fn to_mention(StatusSnapshot { needs_review, uncommitted, .. }: &StatusSnapshot) -> String {
    let mut lines = String::new();
    if *needs_review > 0 {
        let history = command("history --state in_doubt");
        lines.push_str(&format!("runs that need review: {needs_review} (`{history}`)\n"));
    }
    if *uncommitted > 0 {
        lines.push_str(&format!("campaigns with changes that are not committed to git: {uncommitted}\n"));
    }
    lines
}
