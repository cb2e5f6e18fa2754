//! Three services as processes on a PostgreSQL primary with a synchronous standby, and the sandbox over sockets: services
//! and servers are killed, stopped, cut off and failed over. Nothing is posted twice, and nothing is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use rustix::process::Signal;

use crate::at_length::rounds;
use crate::real_kills::seed;
use crate::support::postgres_pair::Pair;
use crate::support::services::{Services, absent, harness_on, signal};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    ServiceKilled,
    ServiceStopped,
    ServiceEnded,
    ConnectionsReset,
    BackendKilled,
    PrimaryKilled,
    PrimaryStopped,
    PrimaryDiskFull,
    StandbyKilled,
    WaitForStandbyCancelled,
    FailedOver,
}

impl Fault {
    const ALL: [Self; 11] = [
        Self::ServiceKilled,
        Self::ServiceStopped,
        Self::ServiceEnded,
        Self::ConnectionsReset,
        Self::BackendKilled,
        Self::PrimaryKilled,
        Self::PrimaryStopped,
        Self::PrimaryDiskFull,
        Self::StandbyKilled,
        Self::WaitForStandbyCancelled,
        Self::FailedOver,
    ];
}

async fn bring(fault: Fault, rng: &mut Rng, services: &mut Services<'_>, pair: &mut Pair) {
    let some_time = Duration::from_millis(rng.u64(100..4_000));
    match fault {
        Fault::ServiceKilled => signal(services.any(rng), Signal::KILL),
        Fault::ServiceEnded => signal(services.any(rng), Signal::TERM),
        Fault::ServiceStopped => {
            let length = Duration::from_millis(rng.u64(500..40_000));
            services.stop(services.any(rng), length);
        }
        Fault::ConnectionsReset => pair.reset_connections(),
        Fault::BackendKilled => pair.kill_backend(rng.usize(..100)),
        Fault::PrimaryKilled => pair.crash_primary(),
        Fault::PrimaryStopped => {
            pair.signal_primary(Signal::STOP);
            tokio::time::sleep(some_time).await;
            pair.signal_primary(Signal::CONT);
        }
        Fault::PrimaryDiskFull => {
            if pair.fill_disk() {
                tokio::time::sleep(some_time).await;
                pair.free_disk();
            }
        }
        Fault::StandbyKilled => {
            pair.kill_standby();
            tokio::time::sleep(some_time).await;
            pair.start_standby();
        }
        Fault::WaitForStandbyCancelled => {
            pair.kill_standby();
            tokio::time::sleep(some_time).await;
            pair.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            pair.start_standby();
        }
        Fault::FailedOver => pair.fail_over(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "what happened, for the person who runs the long form")]
async fn after_many_faults_every_post_exists_once() {
    let Some(mut pair) = Pair::start().await else { return };
    let (seed, faults) = (seed(), rounds(30, 300));
    let mut rng = Rng::with_seed(seed);
    let campaigns = faults * 4;
    // A post every 400 ms for about the time that the faults take.
    let harness = harness_on(pair.proxy.port, campaigns, TimeDelta::milliseconds(400)).await;
    let mut services = Services::start(&harness, campaigns).await;
    let mut counts = BTreeMap::<Fault, usize>::new();
    for n in 0..faults {
        // Each kind comes at least once.
        let fault = Fault::ALL.get(n).copied().unwrap_or_else(|| Fault::ALL[rng.usize(..Fault::ALL.len())]);
        bring(fault, &mut rng, &mut services, &mut pair).await;
        *counts.entry(fault).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(rng.u64(100..1_200))).await;
        services.keep_up();
    }
    let broken = services.end(campaigns).await;
    eprintln!("seed {seed}: {faults} faults {counts:?}; {campaigns} posts, {}", absent(&harness));
    assert!(
        broken.is_empty(),
        "DRUMBEAT_SEED={seed}:\n{}\n{}\n{}",
        broken.join("\n"),
        harness.log_end(),
        pair.log_end()
    );
}
