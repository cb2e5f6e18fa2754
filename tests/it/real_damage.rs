//! The real binary, killed again and again, whose store is damaged between its lives: its log is gone, cut or changed, its
//! pages are changed or empty, or an older copy is put back. Nothing goes out twice; what is damaged is said and held.

use std::path::{Path, PathBuf};
use std::time::Duration;

use drumbeat::store::{Lifted, Scope, Store};
use fastrand::Rng;

use crate::at_length::rounds;
use crate::real_kills::{LONGEST_LIFE, next_point, seed};
use crate::real_stage::{Stage, now, posted_twice, text_of};

/// What is done to the store of a dead process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    LogGone,
    LogCut,
    LogChanged,
    PageChanged,
    PageEmpty,
    OlderCopy,
    /// For the mutant: nothing on the disk tells.
    OlderCopyWithWitness,
}

const DAMAGES: [Damage; 6] =
    [Damage::LogGone, Damage::LogCut, Damage::LogChanged, Damage::PageChanged, Damage::PageEmpty, Damage::OlderCopy];

/// The files of a store, as they were at some time.
struct Copy(PathBuf);

const STORE: [&str; 2] = ["drumbeat.db", "drumbeat.db-wal"];
const LOCK: &str = "drumbeat.db.lock";

impl Copy {
    fn take(stage: &Stage, name: &str) -> Self {
        let to = stage.path(name);
        std::fs::create_dir_all(&to).expect("a directory");
        for file in STORE.into_iter().chain([LOCK]) {
            let _ = std::fs::remove_file(to.join(file));
            if stage.path(file).exists() {
                std::fs::copy(stage.path(file), to.join(file)).expect("copied");
            }
        }
        Self(to)
    }

    /// Takes the copy that an operator keeps, unless the store is damaged: nobody may have noticed that yet.
    fn keep_if_sound(stage: &Stage) {
        let newest = Self::take(stage, "newest");
        if newest.is_sound() {
            let _ = std::fs::remove_dir_all(stage.path("whole"));
            std::fs::rename(newest.0, stage.path("whole")).expect("renamed");
        }
    }

    fn is_sound(&self) -> bool {
        let ask = || -> rusqlite::Result<String> {
            let db = rusqlite::Connection::open(self.0.join(STORE[0]))?;
            db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        };
        ask().is_ok_and(|said| said == "ok")
    }

    fn put_back(&self, stage: &Stage, with_witness: bool) {
        let _ = std::fs::remove_file(stage.path("drumbeat.db-shm"));
        for file in STORE.into_iter().chain(with_witness.then_some(LOCK)) {
            let _ = std::fs::remove_file(stage.path(file));
            if self.0.join(file).exists() {
                std::fs::copy(self.0.join(file), stage.path(file)).expect("copied");
            }
        }
    }
}

fn damage(stage: &Stage, how: Damage, earlier: &Copy, rng: &mut Rng) {
    let log = stage.path("drumbeat.db-wal");
    match how {
        Damage::LogGone => drop(std::fs::remove_file(log)),
        Damage::LogCut => change(&log, |bytes| bytes.truncate(rng.usize(..bytes.len()))),
        Damage::LogChanged => change(&log, |bytes| flip(bytes, rng)),
        Damage::PageChanged => change(&stage.path("drumbeat.db"), |bytes| flip(bytes, rng)),
        Damage::PageEmpty => change(&stage.path("drumbeat.db"), |bytes| {
            let page = rng.usize(..bytes.len().div_ceil(4096)) * 4096;
            let end = bytes.len().min(page + 4096);
            bytes[page..end].fill(0);
        }),
        Damage::OlderCopy => earlier.put_back(stage, false),
        Damage::OlderCopyWithWitness => earlier.put_back(stage, true),
    }
}

/// Changes what a file holds, where it holds anything.
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

/// What came of the lives.
#[derive(Debug, Default)]
struct Lives {
    /// Ended by themselves, with exit code 2, before the operator put a whole copy back.
    refused: usize,
    /// Held everything, because the store had lost commits.
    held: usize,
    broken: Vec<String>,
}

/// Lives through `kills` deaths with damage after some of them and a last life, as an operator does who reads the log.
async fn live_with_damage(stage: &Stage, kills: usize, campaigns: usize, rng: &mut Rng, damages: &[Damage]) -> Lives {
    let mut lives = Lives::default();
    let first = stage.make_known(kills, campaigns).await;
    let mut earlier = Copy::take(stage, "earlier");
    tokio::time::sleep((first - now()).to_std().unwrap_or_default()).await;

    // Each kind in turn, so that none is left out by chance.
    let mut kinds = damages.iter().copied().cycle();
    for life in 0..kills {
        let said = stage.log().len();
        let loaded = stage.books_loaded();
        stage.trap.set(stage.start(), Some(next_point(rng, &stage.trap.kills())));
        let ends = async {
            stage.wait_until_loaded_or(loaded + 1, || stage.trap.has_ended()).await;
            tokio::time::sleep(LONGEST_LIFE).await;
        };
        tokio::select! { () = stage.trap.sprung() => {}, () = ends => {} }
        if let Some(ended) = stage.trap.ended() {
            lives.refused += 1;
            assert_eq!(ended.code(), Some(2), "{}", stage.log_end());
            Copy(stage.path("whole")).put_back(stage, false);
            continue;
        }
        stage.trap.kill();
        if stage.log()[said..].contains("the store has lost commits") {
            lives.held += 1;
            lift(stage);
        }
        Copy::keep_if_sound(stage);
        if rng.u32(..5) == 0 {
            earlier = Copy::take(stage, "earlier");
        }
        // The last lives are left to come to their end.
        if life + 10 < kills && rng.bool() {
            damage(stage, kinds.next().expect("a circle has no end"), &earlier, rng);
        }
    }
    finish(stage, campaigns).await;
    lives.broken = posted_twice(stage, campaigns);
    // A changed byte in the text of a run that is over is not noticed before somebody reads it, so names alone are asked for.
    let named: Vec<String> = read(stage, "SELECT run FROM runs").expect("runs have names");
    let made = stage.ledger();
    let is_known = |n: &usize| {
        named.iter().any(|run| run.starts_with(&format!("c{n}@"))) || made.iter().any(|it| it.text == text_of(*n))
    };
    lives.broken.extend((0..campaigns).filter(|n| !is_known(n)).map(|n| format!("lost: {}", text_of(n))));
    lives
}

/// The last life goes on until every run is over or waits for a person.
async fn finish(stage: &Stage, campaigns: usize) {
    let is_done = |_: &Store| {
        let waiting: Option<Vec<bool>> = read(stage, "SELECT over = 0 AND needs_person = 0 FROM runs");
        waiting.is_some_and(|runs| runs.len() >= campaigns && !runs.contains(&true))
    };
    stage.trap.set(stage.start(), None);
    // What the last damage was noticed by is said first.
    tokio::time::sleep(Duration::from_secs(2)).await;
    if stage.trap.ended().is_some() {
        Copy(stage.path("whole")).put_back(stage, false);
        stage.trap.set(stage.start(), None);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    lift(stage);
    stage.wait_for("every run is over or waits for a person", is_done).await;
    stage.trap.kill();
}

/// One column of the store's rows.
fn read<T: rusqlite::types::FromSql>(stage: &Stage, sql: &str) -> Option<Vec<T>> {
    let db = rusqlite::Connection::open(stage.path("drumbeat.db")).ok()?;
    let mut rows = db.prepare(sql).ok()?;
    rows.query_map([], |row| row.get(0)).ok()?.collect::<rusqlite::Result<_>>().ok()
}

/// An operator has read the log, and lets everything go on.
fn lift(stage: &Stage) {
    let store = Store::open_existing(&stage.store.parse().expect("an address")).expect("a store");
    let _ = store.lift_hold(&Scope::Everything, Lifted { at: now(), by: "operator".to_owned(), catch_up: true });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_with_damage_post_nothing_twice() {
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let stage = Stage::build().await;
    let kills = rounds(50, 200);
    let lives = live_with_damage(&stage, kills, kills, &mut rng, &DAMAGES).await;
    assert!(lives.broken.is_empty(), "DRUMBEAT_SEED={seed}: {lives:?}\n{}", stage.log_end());
    assert!(lives.held > rounds(0, 10) && lives.refused >= rounds(0, 4), "DRUMBEAT_SEED={seed} proves less: {lives:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_nothing_tells_of_posts_twice() {
    let mut rng = Rng::with_seed(seed());
    // Nor does WeCom's list tell it.
    let stage = Stage::with_moments_listed_after(Duration::from_secs(86_400)).await;
    let lives = live_with_damage(&stage, 30, 30, &mut rng, &[Damage::OlderCopyWithWitness]).await;
    assert!(lives.broken.iter().any(|it| it.starts_with("posted twice")), "{lives:?}\n{}", stage.log_end());
}
