//! Serves pages over HTTP within limits: clients cannot use up the file descriptors that a post needs.
//!
//! When all connections are in use, a new one replaces the oldest. Pages answer at once, so the oldest connection is
//! idle, and health checks are answered even with many idle clients.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::middleware::{self, Next};
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Pause after a connection could not be accepted.
const ACCEPT_RETRY_INTERVAL: Duration = Duration::from_millis(100);
/// How long a stop waits for running answers.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Interval between two answers to all clients together: 1,000 a second is more than any monitoring needs, and clients
/// that repeat requests cannot take the processor from a post.
const ANSWER_INTERVAL: Duration = Duration::from_millis(1);

/// Spaces answers by [`ANSWER_INTERVAL`].
struct AnswerLimiter(Mutex<Instant>);

impl AnswerLimiter {
    async fn wait(&self) {
        let at = {
            let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let at = (*next).max(Instant::now());
            *next = at + ANSWER_INTERVAL;
            at
        };
        tokio::time::sleep_until(at).await;
    }
}

/// Who sent a request: an extension of each.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Limits for all clients together and for each client.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Time limit for the head of a client's next request, also on a kept connection.
    pub head_time: Duration,
    /// Longest head, in bytes.
    pub head_bytes: usize,
    /// Most header lines in a head.
    pub headers: usize,
}

impl Limits {
    /// For a process that may open this many files: seven of eight descriptors stay free for posting.
    pub fn of_descriptors(descriptors: u64) -> Self {
        let connections = usize::try_from(descriptors / 8).unwrap_or(usize::MAX).clamp(8, 256);
        Self { connections, head_time: Duration::from_secs(30), head_bytes: 16 * 1024, headers: 64 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of_descriptors(1024)
    }
}

/// Serves pages until `stop`.
pub(super) async fn serve(listener: TcpListener, pages: Router, limits: Limits, stop: CancellationToken) {
    let limiter = Arc::new(AnswerLimiter(Mutex::new(Instant::now())));
    let pages = pages.layer(middleware::from_fn(move |request, next: Next| {
        let limiter = Arc::clone(&limiter);
        async move {
            limiter.wait().await;
            next.run(request).await
        }
    }));
    let (mut tasks, mut open) = (JoinSet::new(), VecDeque::<AbortHandle>::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                make_room(&mut tasks, &mut open, limits.connections).await;
                open.push_back(tasks.spawn(serve_connection(
                    stream,
                    pages.clone().layer(Extension(Peer(peer.ip()))),
                    limits,
                    stop.clone(),
                )));
            }
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection to the pages; retrying");
                let fewer = open.len() / 2;
                make_room(&mut tasks, &mut open, fewer).await;
                tokio::time::sleep(ACCEPT_RETRY_INTERVAL).await;
            }
        }
    }
    drop(listener);
    let ended = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await;
}

/// Closes the oldest connections until there is room for one more.
async fn make_room(tasks: &mut JoinSet<()>, open: &mut VecDeque<AbortHandle>, most: usize) {
    while tasks.try_join_next().is_some() {}
    if open.len() >= most {
        open.retain(|task| !task.is_finished());
    }
    while open.len() >= most
        && let Some(oldest) = open.pop_front()
    {
        oldest.abort();
        // Its descriptor is free only after it ended.
        let _ = tasks.join_next().await;
    }
}

async fn serve_connection(stream: TcpStream, pages: Router, limits: Limits, stop: CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages));
    tokio::pin!(connection);
    // Errors of a client are not logged.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Whether the client closed the connection before it was accepted.
fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
