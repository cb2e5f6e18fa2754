//! Three services as processes on two PostgreSQL servers that Patroni keeps: primaries killed, and left without Patroni, so
//! that for a time two servers take commits. Nothing is posted twice, and nothing is lost.
//!
//! No primary is stopped and continued: after that, Patroni 3.0.2 with etcd often assigns no synchronous standby any more.

use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;
use rustix::process::Signal;

use crate::at_length::rounds;
use crate::real_kills::seed;
use crate::support::patroni::{Cluster, TTL};
use crate::support::services::{Services, absent, harness_on, signal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    LeaderKilled,
    /// The server goes on as a primary that nothing watches.
    PatroniKilled,
    EtcdStopped,
    SwitchedOver,
}

impl Fault {
    const ALL: [Self; 4] = [Self::LeaderKilled, Self::PatroniKilled, Self::EtcdStopped, Self::SwitchedOver];
}

async fn bring(fault: Fault, cluster: &mut Cluster) {
    cluster.wait_until_whole().await;
    let leader = cluster.leader().expect("the cluster is whole");
    match fault {
        Fault::LeaderKilled => {
            cluster.kill(leader);
            cluster.wait_until_led_by(1 - leader).await;
            cluster.restart(leader);
        }
        Fault::PatroniKilled => {
            cluster.kill_patroni(leader);
            cluster.wait_until_led_by(1 - leader).await;
            cluster.restart(leader);
        }
        Fault::EtcdStopped => {
            cluster.signal_etcd(Signal::STOP);
            tokio::time::sleep(Duration::from_secs(TTL + 5)).await;
            cluster.signal_etcd(Signal::CONT);
        }
        Fault::SwitchedOver => cluster.switch_over(leader).await,
    }
}

/// Needs Patroni and etcd, so it is one of the proofs at length.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "what happened, for the person who runs the long form")]
async fn under_patroni_every_post_exists_once() {
    let faults = rounds(0, 6);
    if faults == 0 {
        return;
    }
    let Some(mut cluster) = Cluster::start().await else { return };
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let campaigns = faults * 20;
    // A post every 1.5 s for about the time that the faults take.
    let harness = harness_on(cluster.proxy.port, campaigns, TimeDelta::milliseconds(1_500)).await;
    let mut services = Services::start(&harness, campaigns).await;
    for n in 0..faults {
        // Each kind comes at least once. A service is killed or stopped in half of them.
        let fault = Fault::ALL.get(n).copied().unwrap_or_else(|| Fault::ALL[rng.usize(..Fault::ALL.len())]);
        match rng.u8(..4) {
            0 => signal(services.any(&mut rng), Signal::KILL),
            1 => services.stop(services.any(&mut rng), Duration::from_secs(rng.u64(1..40))),
            _ => {}
        }
        bring(fault, &mut cluster).await;
        eprintln!("{n}: {fault:?}");
        services.keep_up();
    }
    let broken = services.end(campaigns).await;
    eprintln!("seed {seed}: {faults} faults; {campaigns} posts, {}", absent(&harness));
    let logs = || format!("{}\n{}", harness.log_end(), cluster.log_end());
    assert!(broken.is_empty(), "DRUMBEAT_SEED={seed}:\n{}\n{}", broken.join("\n"), logs());
}
