//! Metrics and health over HTTP: `/metrics`, `/healthz`, `/readyz`. Read-only.
//!
//! Reads only the engine's status and never the store, so that clients cannot load the store. Shows no content
//! of campaigns, so a scraper may read it.

mod metrics;
mod server;
mod systemd;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
use crate::invocation::command;
use crate::text::StaticText;

pub use server::{Limits, Peer};
pub use systemd::notify_systemd;

/// The data of the pages.
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
pub async fn serve(listener: TcpListener, state: WebState, limits: Limits, stop: CancellationToken) {
    let pages = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .with_state(state);
    server::serve(listener, pages, limits, stop).await;
}

async fn metrics(State(state): State<WebState>) -> Response {
    let metrics = metrics::MetricsCollector {
        now: state.clock.now(),
        snapshot: state.status.snapshot(),
        counters: state.status.counters(),
        ready: state.trouble().is_none(),
        dropped: state.dropped.load(Ordering::Relaxed),
        tasks: state.tasks.statuses(),
    };
    match metrics::text(metrics) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether the engine makes progress; with `?verbose` also the state of each background task. A failing store does not
/// matter here, because a restart would not repair it.
async fn health(State(state): State<WebState>, RawQuery(query): RawQuery) -> Response {
    match state.status.stalled(state.clock.now()) {
        None if query.as_deref() == Some("verbose") => format!("ok\n{}", state.tasks).into_response(),
        None => "ok\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.en)).into_response(),
    }
}

/// Whether an occurrence that is due now would be posted.
async fn readiness(State(state): State<WebState>) -> Response {
    match state.trouble() {
        // Other posts are still sent, so the service is ready; the page mentions the runs.
        None => {
            let StatusSnapshot { needs_review, uncommitted, .. } = state.status.snapshot();
            let mut page = "ready\n".to_owned();
            if needs_review > 0 {
                let history = command("history --state in_doubt");
                page.push_str(&format!("runs that need review: {needs_review} (`{history}`)\n"));
            }
            if uncommitted > 0 {
                page.push_str(&format!("campaigns with changes that are not committed to git: {uncommitted}\n"));
            }
            page.into_response()
        }
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.en)).into_response(),
    }
}
