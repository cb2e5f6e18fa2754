//! Metrics and health over HTTP: `/metrics`, `/healthz`, `/readyz`, `/working`. Read-only.
//!
//! Reads only the engine's status and never the store, so that clients cannot load the store. Shows no content
//! of campaigns, so a scraper may read it.

mod corps;
mod metrics;
mod monitored;
mod server;
mod systemd;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::{Query, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::background::TaskList;
use crate::clock::Clock;
use crate::engine::{EngineContext, EngineStatus, StatusSnapshot};
use crate::ids::CorpName;
use crate::invocation::{command, with_corp};
use crate::text::{Lang, StaticText};

pub use corps::{CorpState, Corps, Standby};
pub use monitored::Monitored;
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
        .route("/working", get(working))
        .with_state(state.into());
    server::serve(listener, pages, limits, stop).await;
}

async fn metrics(State(monitored): State<Monitored>) -> Response {
    match metrics::text(&monitored) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether the engine makes progress, or waits for another service; with `?verbose` also the state of each background
/// task. A failing store does not matter here, because a restart would not repair it.
async fn health(State(monitored): State<Monitored>, RawQuery(query): RawQuery) -> Response {
    if let Some(why) = monitored.stalled() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", why.en)).into_response();
    }
    if query.as_deref() != Some("verbose") {
        return "ok\n".into_response();
    }
    let mut page = format!("ok\n{}", monitored.tasks);
    for (name, state) in monitored.corps.states() {
        match (name, &state) {
            (Some(name), state) => page.push_str(&format!("\n{name}: {}\n", state.name())),
            (None, CorpState::Running(_)) => {}
            (None, state) => page.push_str(&format!("{}\n", state.name())),
        }
        if let CorpState::Running(state) = state {
            page.push_str(&state.tasks.to_string());
        }
    }
    page.into_response()
}

/// The readiness page names so many corps at most for one service.
const MAX_NAMES: usize = 10;

/// Whether an occurrence that is due now would be posted, for every corp; and whether this service could take over those
/// for which it waits.
async fn readiness(State(monitored): State<Monitored>) -> Response {
    let (mut is_ready, mut page, mut owners) = (true, String::new(), BTreeMap::<String, Vec<String>>::new());
    for (name, state) in monitored.corps.states() {
        let prefix = name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
        if let Some(why) = state.trouble() {
            is_ready = false;
            page.push_str(&format!("{prefix}{}\n", why.get(Lang::En)));
            continue;
        }
        match state {
            // Other posts are still sent, so the service is ready; the page mentions the runs.
            CorpState::Running(state) => {
                let mention = with_corp(name, || to_mention(&state.status.snapshot()));
                mention.lines().for_each(|line| page.push_str(&format!("{prefix}{line}\n")));
            }
            CorpState::Waiting(standby) => {
                let name = name.as_ref().map(ToString::to_string);
                owners.entry(standby.owner).or_default().extend(name);
            }
            CorpState::Starting | CorpState::Failed(_) => {}
        }
    }
    let is_account = monitored.corps.is_account();
    for (owner, corps) in owners {
        let of = match &*corps {
            _ if is_account => String::new(),
            few if few.len() <= MAX_NAMES => format!(" for {}", few.join(", ")),
            many => format!(" for {} of the corps", many.len()),
        };
        page.push_str(&format!("standby{of}: another service works: {owner}\n"));
    }
    if is_ready {
        format!("ready\n{page}").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
    }
}

/// Which corp a request means.
#[derive(Debug, Deserialize)]
struct Which {
    corp: Option<String>,
}

/// Whether this service works for the corp, and another one does not: load balancers find the pages by it. Without a corp
/// of several, whether it works for any.
async fn working(State(monitored): State<Monitored>, Query(which): Query<Which>) -> Response {
    let is_meant = |name: Option<&CorpName>| {
        which.corp.as_deref().is_none_or(|corp| name.is_some_and(|name| name.as_str() == corp))
    };
    let works = monitored.corps.states().iter().any(|(name, state)| is_meant(name.as_ref()) && state.works());
    if works { "working\n".into_response() } else { (StatusCode::SERVICE_UNAVAILABLE, "not working\n").into_response() }
}

/// What a person should know of a service that is ready: one line each.
fn to_mention(snapshot: &StatusSnapshot) -> String {
    let StatusSnapshot { is_everything_on_hold, held, needs_review, uncommitted, .. } = snapshot;
    let mut lines = String::new();
    let history = command("history");
    if *is_everything_on_hold {
        lines.push_str(&format!("everything is on hold, and nothing is posted (`{history}` shows why)\n"));
    } else if *held > 0 {
        lines.push_str(&format!(
            "campaigns that are on hold or whose files have errors: {held} (`{history}`, `{}`)\n",
            command("check")
        ));
    }
    if *needs_review > 0 {
        let history = command("history --state in_doubt");
        lines.push_str(&format!("runs that need review: {needs_review} (`{history}`)\n"));
    }
    if *uncommitted > 0 {
        lines.push_str(&format!("campaigns with changes that are not committed to git: {uncommitted}\n"));
    }
    lines
}
