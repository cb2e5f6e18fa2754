//! The proof of "exactly once": the real engine and the real store logic in virtual time, the sandbox behind a fault
//! layer, crashes, suspensions, edits, and a clock that is set by hours. One seed decides everything, so a failing seed
//! replays exactly.
//!
//! `judge` has the invariants. `book` writes the campaigns and computes, independently of the engine, the required runs.

mod book;
#[allow(dead_code, reason = "only tests run the mutants")]
pub mod crowd;
mod judge;
mod manual_posts;
#[allow(dead_code, reason = "only tests run the mutants")]
pub mod replicas;
#[allow(dead_code, reason = "only tests run the mutants")]
pub mod set_back;
mod world;

pub use judge::Violation;
#[allow(unused_imports, reason = "only tests count results")]
pub use world::simulate_with_results;
pub use world::{Mutant, simulate};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// How many simulations run now: at most one for each core. Otherwise the real processes of other tests would be too slow.
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// The right to run one simulation.
struct Turn;

impl Turn {
    fn wait() -> Self {
        let (running, ended) = &RUNNING;
        let running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let cores = cores();
        let running = ended.wait_while(running, |running| *running >= cores);
        *running.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        RUNNING.1.notify_one();
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// Runs a simulation in virtual time.
fn in_virtual_time<T>(live: impl Future<Output = T>) -> T {
    let _turn = Turn::wait();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can be made").block_on(live)
}

/// Totals over many seeds.
#[derive(Debug, Default)]
pub struct Sum {
    pub seeds: u64,
    pub due: u64,
    pub posted: u64,
    pub crashes: u64,
    pub faults: u64,
    pub edits: u64,
    pub turns: u64,
    pub failed: Vec<(u64, Vec<Violation>)>,
    /// The events of the first seed that failed.
    pub story: Vec<String>,
}

/// Runs seeds on all cores. Starts no new seed after `enough` have failed. Calls `done` with the totals after each.
pub fn run(seeds: std::ops::Range<u64>, mutant: Mutant, enough: usize, done: impl Fn(&Sum) + Sync) -> Sum {
    let next = AtomicU64::new(seeds.start);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || sum.lock().expect("no worker panics").failed.len() >= enough {
                        break;
                    }
                    let report = simulate(seed, mutant);
                    let mut sum = sum.lock().expect("no worker panics");
                    sum.seeds += 1;
                    sum.due += report.due;
                    sum.posted += report.posted;
                    sum.crashes += report.crashes;
                    sum.faults += report.fault_count;
                    sum.edits += report.edits;
                    sum.turns += report.turns;
                    if !report.violations.is_empty() {
                        if sum.failed.is_empty() {
                            sum.story = report.story;
                        }
                        sum.failed.push((seed, report.violations));
                    }
                    done(&sum);
                }
            });
        }
    });
    sum.into_inner().expect("no worker panics")
}

/// The broken promises of each failed seed, for a simulation that returns them as texts. On all cores.
#[allow(dead_code, reason = "the example alone has many seeds")]
pub fn broken(seeds: std::ops::Range<u64>, simulate: impl Fn(u64) -> Vec<String> + Sync) -> Vec<(u64, Vec<String>)> {
    let (next, failed) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let broken = simulate(seed);
            if !broken.is_empty() {
                failed.lock().expect("no worker panics").push((seed, broken));
            }
        }
    };
    std::thread::scope(|scope| (0..cores()).for_each(|_| drop(scope.spawn(work))));
    failed.into_inner().expect("no worker panics")
}
