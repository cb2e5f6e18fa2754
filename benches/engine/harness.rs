//! The parts shared by all measurements.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use drumbeat::clock::Clock;
use drumbeat::engine::Settings;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig, serve};
use drumbeat::source::Source;
use drumbeat::store::Quota;
use drumbeat::wecom::{Network, Request, Transport, WeCom};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Concurrent sends.
pub(super) const CONCURRENT_SENDS: usize = 8;

/// The transport to the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// In process.
    Nothing,
    Loopback,
}

pub(super) fn behaviour() -> SandboxConfig {
    SandboxConfig {
        creates_per_minute: usize::MAX,
        creates_per_month: usize::MAX,
        jobs_in_flight: usize::MAX,
        job_runs_after: Duration::ZERO,
        job_done_after: Duration::ZERO,
        listed_after: Duration::ZERO,
        ..SandboxConfig::default()
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        quota: Quota { per_minute: 1_000_000_000, per_month: 1_000_000_000 },
        max_concurrent_sends: CONCURRENT_SENDS,
        preflight: Duration::ZERO,
        ..Settings::default()
    }
}

/// Writes a book of campaigns with one time each, or weekly ones if no times are given.
pub(super) fn write_book(directory: &Path, campaigns: usize, at: impl Fn(usize) -> Option<DateTime<Utc>>) -> Source {
    for n in 0..campaigns {
        let schedule = match at(n) {
            Some(at) => format!("at = {}\ntimezone = \"UTC\"", at.format("%Y-%m-%dT%H:%M:%S")),
            None => format!("cron = \"{} {} * * {}\"", n % 60, n / 60 % 24, n % 7),
        };
        let text = format!(
            "id = \"c{n:06}\"\n[content]\ntext = \"第 {n} 号：新品到店\"\n[visible_range]\n\
             sender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\n{schedule}\n"
        );
        let directory = directory.join(format!("d{}", n / 100));
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(format!("c{n}.toml")), text).expect("written");
    }
    Source::directory(directory).expect("a book")
}

#[expect(clippy::disallowed_methods, reason = "the engine is measured in real time")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(super) fn late(at: DateTime<Utc>, due: DateTime<Utc>) -> f64 {
    (at - due).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e3
}

/// WeCom over a transport; in process, it records the instants of the creation requests.
pub(super) async fn wecom(
    over: Over,
    sandbox: &Arc<Mutex<Sandbox>>,
    sent: &Arc<Mutex<Vec<DateTime<Utc>>>>,
    stop: &CancellationToken,
) -> WeCom {
    let transport = match over {
        Over::Nothing => {
            let (sandbox, sent) = (Arc::clone(sandbox), Arc::clone(sent));
            Transport::InProcess(Arc::new(move |request: Request| {
                if request.path == Request::CREATE {
                    sent.lock().expect("no panics").push(now());
                }
                let answer = sandbox.lock().expect("no panics").handle(&request, now());
                Box::pin(std::future::ready(Ok(answer)))
            }))
        }
        Over::Loopback => {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(serve(listener, Arc::clone(sandbox), Clock::System, stop.clone()));
            Transport::Network(Network::new(&format!("http://{address}")).expect("a client"))
        }
    };
    let company = Company::chunfeng();
    WeCom::new(company.corp, company.secret, transport, Clock::System)
}
