//! The real binary, killed repeatedly. Between its lives its store is damaged: its log is missing, truncated or
//! changed, its pages are changed or empty, or an older copy is restored. Nothing is sent twice, and damaged runs are
//! reported and held.

use std::path::{Path, PathBuf};
use std::time::Duration;

use drumbeat::store::{Lifted, Scope, Store, Wait};
use fastrand::Rng;

use crate::at_length::rounds;
use crate::real_kills::{LONGEST_LIFE, next_point, seed};
use crate::support::process_harness::{ProcessHarness, now, posted_twice, text_of};

/// The damage to the store of a killed process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    LogGone,
    LogCut,
    LogChanged,
    PageChanged,
    PageEmpty,
    OlderCopy,
    /// For the mutant: no file reveals the older copy.
    OlderCopyWithWitness,
}

const DAMAGES: [Damage; 6] =
    [Damage::LogGone, Damage::LogCut, Damage::LogChanged, Damage::PageChanged, Damage::PageEmpty, Damage::OlderCopy];

/// The files of a store at some time.
struct Copy(PathBuf);

const STORE: [&str; 2] = ["drumbeat.db", "drumbeat.db-wal"];
const LOCK: &str = "drumbeat.db.lock";

impl Copy {
    fn take(harness: &ProcessHarness, name: &str) -> Self {
        let to = harness.path(name);
        std::fs::create_dir_all(&to).expect("a directory");
        for file in STORE.into_iter().chain([LOCK]) {
            let _ = std::fs::remove_file(to.join(file));
            if harness.path(file).exists() {
                std::fs::copy(harness.path(file), to.join(file)).expect("copied");
            }
        }
        Self(to)
    }

    /// Takes an operator's backup, unless the store has damage, noticed or not.
    fn back_up_if_undamaged(harness: &ProcessHarness) {
        let newest = Self::take(harness, "newest");
        if newest.is_sound() {
            let _ = std::fs::remove_dir_all(harness.path("whole"));
            std::fs::rename(newest.0, harness.path("whole")).expect("renamed");
        }
    }

    fn is_sound(&self) -> bool {
        let ask = || -> rusqlite::Result<String> {
            let db = rusqlite::Connection::open(self.0.join(STORE[0]))?;
            db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        };
        ask().is_ok_and(|said| said == "ok")
    }

    fn put_back(&self, harness: &ProcessHarness, with_witness: bool) {
        let _ = std::fs::remove_file(harness.path("drumbeat.db-shm"));
        for file in STORE.into_iter().chain(with_witness.then_some(LOCK)) {
            let _ = std::fs::remove_file(harness.path(file));
            if self.0.join(file).exists() {
                std::fs::copy(self.0.join(file), harness.path(file)).expect("copied");
            }
        }
    }
}

fn damage(harness: &ProcessHarness, how: Damage, earlier: &Copy, rng: &mut Rng) {
    let log = harness.path("drumbeat.db-wal");
    match how {
        Damage::LogGone => drop(std::fs::remove_file(log)),
        Damage::LogCut => change(&log, |bytes| bytes.truncate(rng.usize(..bytes.len()))),
        Damage::LogChanged => change(&log, |bytes| flip(bytes, rng)),
        Damage::PageChanged => change(&harness.path("drumbeat.db"), |bytes| flip(bytes, rng)),
        Damage::PageEmpty => change(&harness.path("drumbeat.db"), |bytes| {
            let page = rng.usize(..bytes.len().div_ceil(4096)) * 4096;
            let end = bytes.len().min(page + 4096);
            bytes[page..end].fill(0);
        }),
        Damage::OlderCopy => earlier.put_back(harness, false),
        Damage::OlderCopyWithWitness => earlier.put_back(harness, true),
    }
}

/// Changes the content of a file, unless it is empty.
fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let Ok(mut bytes) = std::fs::read(path) else { return };
    if !bytes.is_empty() {
        how(&mut bytes);
        std::fs::write(path, bytes).expect("written");
    }
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    let at = rng.usize(..bytes.len());
    bytes[at] ^= 1 << rng.u8(..8);
}

/// The outcome of all lives.
#[derive(Debug, Default)]
struct Lives {
    /// Lives that ended with exit code 2 before the operator restored a backup.
    refused: usize,
    /// Lives that held everything because the store had lost commits.
    held: usize,
    broken: Vec<String>,
}

/// Lives through `kills` deaths, with damage after some of them, and a last life, like an operator who reads the log.
async fn live_with_damage(
    harness: &ProcessHarness,
    kills: usize,
    campaigns: usize,
    rng: &mut Rng,
    damages: &[Damage],
) -> Lives {
    let mut lives = Lives::default();
    let first = harness.make_known(kills, campaigns).await;
    let mut earlier = Copy::take(harness, "earlier");
    tokio::time::sleep((first - now()).to_std().unwrap_or_default()).await;

    // Each kind in turn, so that none is omitted by chance.
    let mut kinds = damages.iter().copied().cycle();
    for life in 0..kills {
        let said = harness.log().len();
        let loaded = harness.books_loaded();
        harness.kill_switch.set(harness.start(), Some(next_point(rng, &harness.kill_switch.kills())));
        let ends = async {
            harness.wait_until_loaded_or(loaded + 1, || harness.kill_switch.has_ended()).await;
            tokio::time::sleep(LONGEST_LIFE).await;
        };
        tokio::select! { () = harness.kill_switch.killed() => {}, () = ends => {} }
        if let Some(ended) = harness.kill_switch.ended() {
            lives.refused += 1;
            assert_eq!(ended.code(), Some(2), "{}", harness.log_end());
            Copy(harness.path("whole")).put_back(harness, false);
            continue;
        }
        harness.kill_switch.kill();
        if harness.log()[said..].contains("the store has lost commits") {
            lives.held += 1;
            lift(harness);
        }
        Copy::back_up_if_undamaged(harness);
        if rng.u32(..5) == 0 {
            earlier = Copy::take(harness, "earlier");
        }
        // The last lives may run to their end.
        if life + 10 < kills && rng.bool() {
            damage(harness, kinds.next().expect("a circle has no end"), &earlier, rng);
        }
    }
    finish(harness, campaigns).await;
    lives.broken = posted_twice(harness, campaigns);
    // A changed byte in the text of a finished run is only noticed when it is read, so only names are read here.
    let named: Vec<String> = read(harness, "SELECT run FROM runs").expect("runs have names");
    let made = harness.ledger();
    let is_known = |n: &usize| {
        named.iter().any(|run| run.starts_with(&format!("c{n}@"))) || made.iter().any(|it| it.text == text_of(*n))
    };
    lives.broken.extend((0..campaigns).filter(|n| !is_known(n)).map(|n| format!("lost: {}", text_of(n))));
    lives
}

/// The last life runs until every run is finished or needs review.
async fn finish(harness: &ProcessHarness, campaigns: usize) {
    let is_done = |_: &Store| {
        let waiting: Option<Vec<bool>> = read(harness, "SELECT over = 0 AND needs_person = 0 FROM runs");
        waiting.is_some_and(|runs| runs.len() >= campaigns && !runs.contains(&true))
    };
    harness.kill_switch.set(harness.start(), None);
    // First, the service reports how it noticed the last damage.
    tokio::time::sleep(Duration::from_secs(2)).await;
    if harness.kill_switch.ended().is_some() {
        Copy(harness.path("whole")).put_back(harness, false);
        harness.kill_switch.set(harness.start(), None);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    lift(harness);
    harness.wait_for("every run is over or waits for a person", is_done).await;
    harness.kill_switch.kill();
}

/// One column of the store's rows.
fn read<T: rusqlite::types::FromSql>(harness: &ProcessHarness, sql: &str) -> Option<Vec<T>> {
    let db = rusqlite::Connection::open(harness.path("drumbeat.db")).ok()?;
    let mut rows = db.prepare(sql).ok()?;
    rows.query_map([], |row| row.get(0)).ok()?.collect::<rusqlite::Result<_>>().ok()
}

/// The operator has read the log and lifts the hold.
fn lift(harness: &ProcessHarness) {
    let store = Store::open_existing(&harness.store.parse().expect("an address")).expect("a store");
    let _ = store
        .lift_hold(&Scope::Everything, None, Lifted { at: now(), by: "operator".to_owned(), catch_up: true })
        .wait();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_with_damage_post_nothing_twice() {
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let harness = ProcessHarness::build().await;
    let kills = rounds(50, 200);
    let lives = live_with_damage(&harness, kills, kills, &mut rng, &DAMAGES).await;
    assert!(lives.broken.is_empty(), "DRUMBEAT_SEED={seed}: {lives:?}\n{}", harness.log_end());
    assert!(lives.held > rounds(0, 10) && lives.refused >= rounds(0, 4), "DRUMBEAT_SEED={seed} proves less: {lives:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undetected_copy_of_the_store_posts_twice() {
    let mut rng = Rng::with_seed(seed());
    // WeCom's list does not show it either.
    let harness = ProcessHarness::with_moments_listed_after(Duration::from_secs(86_400)).await;
    let lives = live_with_damage(&harness, 30, 30, &mut rng, &[Damage::OlderCopyWithWitness]).await;
    assert!(lives.broken.iter().any(|it| it.starts_with("posted twice")), "{lives:?}\n{}", harness.log_end());
}
