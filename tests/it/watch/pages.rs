//! `/metrics`, `/healthz`, `/readyz`.

use std::net::SocketAddr;

use drumbeat::ops;
use drumbeat::run::Scope;
use drumbeat::web::{self, Limits, WebState};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{InProcessService, MINUTELY, get, port, until};

async fn serve(harness: &InProcessService) -> SocketAddr {
    let (listener, address) = port().await;
    tokio::spawn(web::serve(listener, WebState::of(&harness.context), Limits::default(), harness.stop.clone()));
    address
}

/// The value of a series in the metrics.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok())
}

#[tokio::test]
async fn ready_after_the_engines_first_round() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let address = serve(&harness).await;
    assert_eq!(get(address, "/readyz").await, (503, "the engine has not started yet\n".to_owned()));
    assert_eq!(get(address, "/healthz").await.0, 200, "a start is no reason to be killed");
    let _engine = harness.run();
    until(|| get(address, "/readyz"), |(status, _)| *status == 200).await;
    assert_eq!(get(address, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/").await.0, 404);
}

#[tokio::test]
async fn an_engine_that_stands_still_is_unwell() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let address = serve(&harness).await;
    let engine = harness.run();
    until(|| get(address, "/readyz"), |(status, _)| *status == 200).await;
    engine.abort();
    let _ = engine.await;
    harness.context.clock.suspend(chrono::TimeDelta::seconds(61));
    assert_eq!(get(address, "/healthz").await, (503, "the engine has not completed a cycle for a minute\n".to_owned()));
    assert_eq!(get(address, "/readyz").await.0, 503);
}

#[tokio::test]
async fn metrics_show_posts_lateness_and_quota() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let address = serve(&harness).await;
    let _engine = harness.run();
    let (created, left) = ("drumbeat_occurrences_total{outcome=\"created\"}", "drumbeat_quota_left_minute");
    // The quota is read once a second while the post is under way.
    let is_done = |(_, text): &(u16, String)| value(text, created) == Some(1.0) && value(text, left) == Some(9.0);
    let (_, text) = until(|| get(address, "/metrics"), is_done).await;
    for (series, expected) in [
        ("drumbeat_occurrences_total{outcome=\"refused\"}", 0.0),
        ("drumbeat_runs_open{state=\"in_doubt\"}", 0.0),
        ("drumbeat_lateness_seconds_count", 1.0),
        ("drumbeat_lateness_seconds_bucket{le=\"+Inf\"}", 1.0),
        ("drumbeat_lateness_seconds_bucket{le=\"30.0\"}", 1.0),
        ("drumbeat_queue_length", 0.0),
        ("drumbeat_campaigns_scheduled", 1.0),
        ("drumbeat_campaigns_armed", 1.0),
        ("drumbeat_campaigns_held", 0.0),
        ("drumbeat_quota_left_month", 99_999.0),
        ("drumbeat_ready", 1.0),
        ("drumbeat_up_and_well", 1.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in\n{text}");
    }
    let next = value(&text, "drumbeat_next_due_timestamp_seconds").expect("a next due time");
    assert_eq!(next as i64 % 60, 0, "the next minute");
    assert!(value(&text, "drumbeat_last_reload_timestamp_seconds").is_some() && text.ends_with("# EOF\n"));
    assert!(!text.contains("minutely"), "no campaign becomes a label");
}

#[tokio::test]
async fn a_broken_file_is_counted_as_held() {
    let mut harness = InProcessService::with(MINUTELY).await;
    let address = serve(&harness).await;
    let _engine = harness.run();
    until(|| get(address, "/readyz"), |(status, _)| *status == 200).await;
    harness.edit(&MINUTELY.replace("* * * * *", "61 * * * *"));
    let held = |(_, text): &(u16, String)| value(text, "drumbeat_campaigns_held") == Some(1.0);
    let (_, text) = until(|| get(address, "/metrics"), held).await;
    assert_eq!(value(&text, "drumbeat_campaigns_scheduled"), Some(0.0));
    let shown = |words: &'static str| until(|| get(address, "/readyz"), move |(_, page)| page.contains(words));
    assert_eq!(shown("on hold or whose files have errors: 1").await.0, 200);
    let now = harness.context.clock.now();
    ops::hold(&harness.context.store, &Scope::Everything, "news", "wangwu", now).await.expect("on hold");
    assert_eq!(shown("everything is on hold").await.0, 200);
}

#[tokio::test]
async fn a_port_in_use_is_said() {
    let (_taken, address) = port().await;
    assert_eq!(web::listen(address).await.map_err(|error| error.kind()).err(), Some(std::io::ErrorKind::AddrInUse));
}

/// The rest of a connection after these bytes were sent.
async fn rest(stream: &mut TcpStream, said: &[u8]) -> String {
    // A server that has closed the connection may refuse them.
    let _ = stream.write_all(said).await;
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

async fn serve_within(harness: &InProcessService, limits: Limits) -> SocketAddr {
    let (listener, address) = port().await;
    tokio::spawn(web::serve(listener, WebState::of(&harness.context), limits, harness.stop.clone()));
    address
}

#[tokio::test]
async fn the_oldest_connection_is_closed_when_full() {
    let harness = InProcessService::with(MINUTELY).await;
    let address = serve_within(&harness, Limits { connections: 3, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(TcpStream::connect(address).await.expect("connected"));
    }
    assert_eq!(get(address, "/healthz").await.0, 200);
    assert_eq!(rest(&mut idle[0], b"").await, "", "it was closed");
    let newest = rest(&mut idle[2], b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(newest.starts_with("HTTP/1.1 200"), "{newest}");
}

#[tokio::test]
async fn slow_or_idle_clients_are_disconnected() {
    let harness = InProcessService::with(MINUTELY).await;
    let limits = Limits { head_time: std::time::Duration::from_millis(50), ..Limits::default() };
    let address = serve_within(&harness, limits).await;
    let mut silent = TcpStream::connect(address).await.expect("connected");
    assert!(!rest(&mut silent, b"").await.contains("200"));
    let mut slow = TcpStream::connect(address).await.expect("connected");
    assert!(!rest(&mut slow, b"GET /healthz HTTP/1.1\r\nhost:").await.contains("200"));
    let mut kept = TcpStream::connect(address).await.expect("connected");
    let text = rest(&mut kept, b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.1 200"), "it ended, and before that it was answered: {text}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let harness = InProcessService::with(MINUTELY).await;
    let address = serve_within(&harness, Limits::default()).await;
    let long = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(20 * 1024));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(100));
    for head in [long, many] {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let text = rest(&mut stream, head.as_bytes()).await;
        assert!(!text.starts_with("HTTP/1.1 200"), "{text}");
    }
}
