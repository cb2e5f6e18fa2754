//! The cost of the engine, with the floor of the same work without it: `cargo bench --bench engine`.
//!
//! `-- NAME` only measures `throughput`, `burst`, `single` or `armed`. `-- postgres` measures the throughput on a PostgreSQL
//! of its own, from Debian's binaries; `-- postgres://…` on that server. A floor is the same commits, and the same requests by
//! the same client, without an engine between them. Compare the ratios; absolute numbers depend on the machine.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod armed;
mod submit;
mod harness;
mod server;

#[path = "../../tests/support/postgres.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod postgres;
#[path = "../parts/history.rs"]
mod history;
#[path = "../parts/sandbox.rs"]
mod sandbox;

use std::path::Path;

use chrono::TimeDelta;

use armed::{ALONE, armed, run_scheduled};
use harness::{CONCURRENT_SENDS, Over};
use submit::{claims_lower_bound, commits_lower_bound, lower_bound, submit_runs};

/// The allocator of the program.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, alone, window, book] = arguments.as_slice()
        && alone == ALONE
    {
        return run_scheduled(window.parse().expect("seconds"), Path::new(book));
    }
    // `cargo test --benches` only checks that they run.
    let quick = arguments.iter().any(|argument| argument == "--test") || cfg!(debug_assertions);
    let asked = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| asked.is_none_or(|asked| asked == name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores; {CONCURRENT_SENDS} runs carried at a time");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    if wanted("throughput") {
        runtime.block_on(throughput(if quick { 20 } else { 1_000 }));
    }
    if wanted("burst") {
        runtime.block_on(burst(if quick { 50 } else { 10_000 }));
    }
    if wanted("single") {
        runtime.block_on(single(if quick { 2 } else { 100 }));
    }
    if let Some(asked) = arguments.iter().find(|argument| argument.starts_with("postgres")) {
        let (_server, address) = postgres::of_bench(asked);
        runtime.block_on(server::on_server(&address, if quick { 20 } else { 1_000 }));
    }
    drop(runtime);
    if wanted("armed") {
        (if quick { vec![50] } else { vec![10_000, 100_000] }).into_iter().for_each(|many| armed(many, quick));
    }
}

async fn throughput(runs: usize) {
    for over in [Over::Nothing, Over::Loopback] {
        let engine = submit_runs(over, runs, TimeDelta::zero()).await;
        let floor = lower_bound(over, &engine).await;
        println!(
            "{runs} from due to created, {over:?}: {:.0} a second; floor {:.0} a second; {:.2} x the floor's time \
             ({} changes saved, {} requests; the floor commits each by itself)",
            runs as f64 / engine.took.as_secs_f64(),
            runs as f64 / floor.as_secs_f64(),
            engine.took.as_secs_f64() / floor.as_secs_f64(),
            engine.commits,
            engine.requests,
        );
    }
}

async fn burst(runs: usize) {
    let floor = claims_lower_bound(runs);
    let many = submit_runs(Over::Nothing, runs, TimeDelta::zero()).await;
    println!("{runs} due in one second, {} of them created in {:.1} s:", many.created, many.took.as_secs_f64());
    println!("  lateness of the durable claim  {}", spread(many.claim_ms));
    println!("  lateness of the request        {}", spread(many.request_ms));
    println!("  floor: one commit of as many rows of run and log takes {:.0} ms", floor.as_secs_f64() * 1e3);
}

async fn single(runs: usize) {
    let one = submit_runs(Over::Nothing, runs, TimeDelta::seconds(1)).await;
    println!("one alone in its second, {runs} times:");
    println!("  lateness of the durable claim  {}", spread(one.claim_ms));
    println!("  lateness of the request        {}", spread(one.request_ms));
    println!(
        "  floor: one commit, of which a claim takes one and a request two: {}",
        spread(commits_lower_bound(runs))
    );
}

fn spread(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
    format!("p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({})", at(0.5), at(0.99), at(1.0), times.len())
}
