//! What the service shows over HTTP to those who watch it: `/metrics`, `/healthz`, `/readyz`. Read-only.
//!
//! It looks at the engine's pulse and at the store, and has no way to change either. It says nothing of campaigns'
//! contents, so that a scraper may read it.

mod metrics;
mod systemd;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::{Means, Pulse};
use crate::ids::CorpId;
use crate::store::{Left, Quota, Store};

pub use systemd::accompany;

/// What the pages are made from.
#[derive(Clone, Debug)]
pub struct View {
    pub clock: Clock,
    pub pulse: Pulse,
    pub store: Arc<Store>,
    pub corp: CorpId,
    pub quota: Quota,
    /// Notifications that were given up.
    pub dropped: Arc<AtomicU64>,
}

impl View {
    pub fn of(means: &Means) -> Self {
        Self {
            clock: means.clock.clone(),
            pulse: means.pulse.clone(),
            store: Arc::clone(&means.store),
            corp: means.wecom.corp().clone(),
            quota: means.settings.quota,
            dropped: Arc::default(),
        }
    }

    /// Why the service is not ready, if it is not.
    pub fn trouble(&self) -> Option<&'static str> {
        let trouble = self.pulse.trouble(self.clock.now());
        trouble.or_else(|| self.left().is_none().then_some("the store cannot be read"))
    }

    fn left(&self) -> Option<Left> {
        self.store.left(&self.corp, self.clock.now(), self.quota).ok()
    }
}

/// Takes the port, so that a port in use is found before anything is begun.
pub async fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(at).await
}

/// Serves the pages until `stop`.
pub async fn serve(listener: TcpListener, view: View, stop: CancellationToken) -> io::Result<()> {
    let pages = Router::new()
        .route("/metrics", get(numbers))
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .with_state(view);
    axum::serve(listener, pages).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn numbers(State(view): State<View>) -> Response {
    let numbers = metrics::Numbers {
        now: view.clock.now(),
        beat: view.pulse.beat(),
        tally: view.pulse.tally(),
        left: view.left(),
        ready: view.trouble().is_none(),
        dropped: view.dropped.load(Ordering::Relaxed),
    };
    match metrics::text(numbers) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether the process is worth keeping: the engine goes round. A store in trouble is no reason to kill it.
async fn health(State(view): State<View>) -> Response {
    match view.pulse.stalled(view.clock.now()) {
        None => "ok\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

/// Whether what falls due now would be posted.
async fn readiness(State(view): State<View>) -> Response {
    match view.trouble() {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}
