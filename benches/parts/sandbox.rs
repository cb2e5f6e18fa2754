//! WeCom for measurements: a sandbox without limits and delays.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drumbeat::clock::Clock;
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A sandbox that takes everything at once.
pub fn unlimited(company: Company) -> Arc<Mutex<Sandbox>> {
    let behaviour = SandboxConfig {
        creates_per_minute: usize::MAX,
        creates_per_month: usize::MAX,
        jobs_in_flight: usize::MAX,
        job_runs_after: Duration::ZERO,
        job_done_after: Duration::ZERO,
        listed_after: Duration::ZERO,
        ..SandboxConfig::default()
    };
    Arc::new(Mutex::new(Sandbox::with_behaviour(company, behaviour)))
}

/// Serves it over HTTP on this machine until `stop`.
pub async fn over_http(sandbox: &Arc<Mutex<Sandbox>>, stop: &CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, Arc::clone(sandbox), Clock::System, stop.clone()));
    address
}
