//! A store that has lost commits reports it at start, holds everything, and knows which runs may have been sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, Run, Slot, State, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{Address, LossKind, LostCommits, Quota, Saved, Store, StoreError, Wait};
use tempfile::TempDir;

const QUOTA: Quota = Quota { per_minute: 1_000_000, per_month: 1_000_000 };

fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("there is room")
}

fn store_in(directory: &Path) -> PathBuf {
    directory.join("drumbeat.db")
}

fn beside(directory: &Path, end: &str) -> PathBuf {
    directory.join(format!("drumbeat.db{end}"))
}

fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(&Address::Sqlite(store_in(directory)))
}

fn claimed(n: i64) -> Run {
    let text = Some(format!("第 {n} 号"));
    let post = Post { text, attachments: Attachments::None, audience: Audience::Everyone };
    let due = Due {
        corp: CorpId("ww1".to_owned()),
        campaign: format!("c{n}").parse().expect("an id"),
        slot: Slot::Scheduled { local: at(60).naive_utc(), fold: Fold::First },
        due: at(60),
        zone: "UTC".to_owned(),
        deadline: at(3660),
        commit: None,
    };
    Run::claimed(due, Arc::new(post), at(60))
}

/// Records runs as claimed.
fn claim(store: &Store, runs: impl Iterator<Item = i64>) {
    let runs: Vec<Run> = runs.map(claimed).collect();
    store.record(&runs).wait().expect("recorded");
}

/// The last step of the engine before the request of a claimed run.
fn send(store: &Store, n: i64) -> Saved {
    let mut run = store.runs_named(&claimed(n).id()).wait().expect("it can be read").remove(0);
    let event = run.apply(Transition::Send, at(61)).expect("a legal move");
    store.save_together(&[(run, event, Some(QUOTA))]).wait().expect("saved").remove(0)
}

/// A copy of the files, as a process that is killed now would leave them.
fn killed(directory: &Path) -> TempDir {
    let image = self::directory();
    for end in ["", "-wal", ".lock"] {
        if beside(directory, end).exists() {
            std::fs::copy(beside(directory, end), beside(image.path(), end)).expect("copied");
        }
    }
    image
}

/// A service claimed `runs`, wrote that to the database file, sent each and was killed: only the log has the sends.
fn killed_after_sending(runs: i64) -> TempDir {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    assert_eq!(lock.lost_commits(), None);
    claim(&store, 0..runs);
    checkpoint(directory.path());
    for n in 0..runs {
        assert_eq!(send(&store, n), Saved::Done);
    }
    killed(directory.path())
}

/// Another connection writes the log into the database file.
fn checkpoint(directory: &Path) {
    let db = rusqlite::Connection::open(store_in(directory)).expect("a store");
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("brought in");
}

/// The next start: the lost commits, the runs' states, and whether everything is on hold.
fn start(directory: &Path) -> (Option<LostCommits>, Vec<(State, bool)>, bool) {
    let store = open(directory).expect("a store");
    let lock = store.acquire_service_lock(at(100)).wait().expect("the lock is free");
    let runs = store.runs(&drumbeat::store::RunFilter::default()).wait().expect("they can be read");
    let stand = runs.iter().map(|run| (run.state, run.needs_review)).collect();
    (
        lock.lost_commits().cloned(),
        stand,
        store.holds().wait().expect("they can be read").iter().any(|it| it.lifted.is_none()),
    )
}

#[track_caller]
fn lost_and_held(directory: &Path, why: LossKind, runs: &[(State, bool)]) {
    let (lost, stand, held) = start(directory);
    let lost = lost.expect("it is noticed");
    assert_eq!(lost.why, why);
    assert_eq!(lost.doubtful.len(), runs.len());
    assert_eq!(stand, runs);
    assert!(held, "everything is on hold");
    // After the report and the hold, the store counts as complete again.
    assert_eq!(start(directory).0, None);
}

#[track_caller]
fn whole(directory: &Path) {
    let (lost, _, held) = start(directory);
    assert_eq!((lost, held), (None, false));
}

const LOOKED_FOR: (State, bool) = (State::InDoubt, false);
const FOR_A_PERSON: (State, bool) = (State::InDoubt, true);

#[test]
fn a_killed_service_starts_again() {
    whole(killed_after_sending(3).path());
}

#[test]
fn the_log_is_gone() {
    let image = killed_after_sending(3);
    std::fs::remove_file(beside(image.path(), "-wal")).expect("removed");
    lost_and_held(image.path(), LossKind::Behind { store: 0, witness: 3 }, &[LOOKED_FOR; 3]);
}

#[test]
fn the_log_is_torn() {
    let image = killed_after_sending(3);
    let log = std::fs::File::options().write(true).open(beside(image.path(), "-wal")).expect("a log");
    log.set_len(log.metadata().expect("a file").len() - 100).expect("cut");
    let (lost, _, held) = start(image.path());
    assert_eq!(
        (lost.map(|it| (it.why, it.doubtful.len())), held),
        (Some((LossKind::Behind { store: 2, witness: 3 }, 1)), true)
    );
}

#[test]
fn one_byte_of_the_log_is_flipped() {
    let image = killed_after_sending(3);
    let mut log = std::fs::read(beside(image.path(), "-wal")).expect("a log");
    log[40] ^= 1;
    std::fs::write(beside(image.path(), "-wal"), log).expect("written");
    lost_and_held(image.path(), LossKind::Behind { store: 0, witness: 3 }, &[LOOKED_FOR; 3]);
}

#[test]
fn an_older_copy_replaces_the_store() {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    checkpoint(directory.path());
    let older = killed(directory.path());
    claim(&store, 0..2);
    assert_eq!(send(&store, 0), Saved::Done);
    std::fs::copy(beside(directory.path(), ".lock"), beside(older.path(), ".lock")).expect("copied");
    // The copy lacks the occurrence: its run is created again and never becomes due again.
    lost_and_held(older.path(), LossKind::Behind { store: 0, witness: 1 }, &[FOR_A_PERSON]);
}

#[test]
fn an_empty_store_replaces_the_store() {
    let image = killed_after_sending(2);
    for end in ["", "-wal"] {
        std::fs::remove_file(beside(image.path(), end)).expect("removed");
    }
    lost_and_held(image.path(), LossKind::AnotherStore, &[FOR_A_PERSON; 2]);
}

#[test]
fn the_witness_is_gone() {
    let image = killed_after_sending(2);
    std::fs::remove_file(beside(image.path(), ".lock")).expect("removed");
    let (lost, stand, held) = start(image.path());
    assert_eq!(lost.map(|it| it.why), Some(LossKind::NoWitness));
    assert_eq!((stand, held), (vec![(State::Sending, false); 2], true));
}

#[test]
fn witness_missing_beside_store_without_sends() {
    let image = killed_after_sending(0);
    std::fs::remove_file(beside(image.path(), ".lock")).expect("removed");
    lost_and_held(image.path(), LossKind::NoWitness, &[]);
}

/// A first start and a send, killed. Then the log is lost and the lock file is replaced.
#[track_caller]
fn log_and_witness_are_damaged(lock: &[u8]) {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    claim(&store, 0..1);
    assert_eq!(send(&store, 0), Saved::Done);
    let image = killed(directory.path());
    std::fs::remove_file(beside(image.path(), "-wal")).expect("removed");
    std::fs::write(beside(image.path(), ".lock"), lock).expect("written");
    lost_and_held(image.path(), LossKind::NoWitness, &[]);
}

#[test]
fn the_log_is_missing_and_the_witness_empty() {
    log_and_witness_are_damaged(b"");
}

#[test]
fn the_log_is_missing_and_the_witness_unreadable() {
    log_and_witness_are_damaged(&[0x5a; 3000]);
}

#[test]
fn missing_log_is_known_from_first_start() {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    claim(&store, 0..1);
    assert_eq!(send(&store, 0), Saved::Done);
    let image = killed(directory.path());
    std::fs::remove_file(beside(image.path(), "-wal")).expect("removed");
    lost_and_held(image.path(), LossKind::Behind { store: 0, witness: 1 }, &[FOR_A_PERSON]);
}

#[test]
fn interrupted_first_start_repeats() {
    let image = killed_after_sending(0);
    for end in ["", "-wal"] {
        std::fs::remove_file(beside(image.path(), end)).expect("removed");
    }
    whole(image.path());
}

#[test]
fn an_older_store_starts_its_counter() {
    let image = killed_after_sending(2);
    // As before this version: no counter in the store, and an empty lock file.
    let count_nothing = || {
        let db = rusqlite::Connection::open(store_in(image.path())).expect("a store");
        db.execute("DELETE FROM witness", []).expect("deleted");
    };
    count_nothing();
    std::fs::write(beside(image.path(), ".lock"), "").expect("emptied");
    whole(image.path());
    count_nothing();
    std::fs::remove_file(beside(image.path(), ".lock")).expect("removed");
    whole(image.path());
}

#[test]
fn a_damaged_byte_in_the_witness_is_tolerated() {
    let image = killed_after_sending(2);
    let mut lock = std::fs::read(beside(image.path(), ".lock")).expect("a lock file");
    let last = lock.len() - 500;
    lock[last] ^= 1;
    std::fs::write(beside(image.path(), ".lock"), lock).expect("written");
    whole(image.path());
}

#[test]
fn recorded_sends_are_not_marked_in_doubt() {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    claim(&store, 0..2);
    assert_eq!(send(&store, 0), Saved::Done);
    checkpoint(directory.path());
    assert_eq!(send(&store, 1), Saved::Done);
    let image = killed(directory.path());
    std::fs::remove_file(beside(image.path(), "-wal")).expect("removed");
    let (lost, stand, _) = start(image.path());
    assert_eq!(lost.map(|it| it.doubtful), Some(vec![claimed(1).id()]));
    assert_eq!(stand, [(State::Sending, false), LOOKED_FOR]);
}

#[test]
fn damaged_store_page_stops_the_start() {
    let image = killed_after_sending(0);
    {
        let store = open(image.path()).expect("a store");
        claim(&store, 0..200);
    }
    let mut bytes = std::fs::read(store_in(image.path())).expect("a store");
    // The second half of every page but the first.
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0x5a);
    }
    std::fs::write(store_in(image.path()), bytes).expect("written");
    let started = open(image.path()).and_then(|store| store.acquire_service_lock(at(0)).wait().map(drop));
    assert!(matches!(started, Err(StoreError::Damaged { .. })), "{started:?}");
}

/// Whether the holds of a store forbid to catch up.
fn catching_up_is_forbidden(directory: &Path) -> Vec<bool> {
    let holds = open(directory).expect("a store").holds().wait().expect("they can be read");
    holds.iter().filter(|hold| hold.lifted.is_none()).map(|hold| hold.forbids_catch_up()).collect()
}

#[test]
fn holds_of_lost_memory_refuse_catch_up() {
    let image = killed_after_sending(2);
    std::fs::remove_file(beside(image.path(), ".lock")).expect("removed");
    start(image.path());
    assert_eq!(catching_up_is_forbidden(image.path()), [true]);
    let (directory, copy) = (directory(), self::directory());
    let store = open(directory.path()).expect("a store");
    store.back_up(&store_in(copy.path()), at(0)).wait().expect("copied");
    assert_eq!(catching_up_is_forbidden(copy.path()), [true]);
    // The user of a service often has this name.
    store.create_hold(&drumbeat::store::Scope::Everything, "inventory", "drumbeat", at(0)).wait().expect("laid");
    assert_eq!(catching_up_is_forbidden(directory.path()), [false]);
}

#[track_caller]
fn second_is_refused(first: &Path, second: &Path) {
    let _first = Store::open(&Address::Sqlite(first.to_owned())).expect("a store");
    let _lock = _first.acquire_service_lock(at(0)).wait().expect("the lock is free");
    let second = Store::open(&Address::Sqlite(second.to_owned()))
        .and_then(|store| store.acquire_service_lock(at(0)).wait().map(drop));
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
}

#[test]
fn a_second_service_through_a_link_is_refused() {
    let directory = directory();
    let (store, link) = (store_in(directory.path()), directory.path().join("link.db"));
    drop(open(directory.path()).expect("a store"));
    std::os::unix::fs::symlink(&store, &link).expect("linked");
    second_is_refused(&store, &link);
}

#[test]
fn second_service_is_refused_without_lock_file() {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    std::fs::remove_file(beside(directory.path(), ".lock")).expect("removed");
    let second = open(directory.path()).and_then(|store| store.acquire_service_lock(at(0)).wait().map(drop));
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
}

#[test]
fn a_store_with_a_second_name_is_refused() {
    let directory = directory();
    drop(open(directory.path()).expect("a store"));
    std::fs::hard_link(store_in(directory.path()), directory.path().join("other.db")).expect("linked");
    assert!(matches!(open(directory.path()), Err(StoreError::HardLinked { links: 2, .. })));
}

#[test]
fn a_lock_file_that_leads_elsewhere_is_refused() {
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let elsewhere = directory.path().join("elsewhere");
    std::fs::write(&elsewhere, "mine").expect("written");
    std::os::unix::fs::symlink(&elsewhere, beside(directory.path(), ".lock")).expect("linked");
    assert!(matches!(store.acquire_service_lock(at(0)).wait(), Err(StoreError::Lock { .. })));
    assert_eq!(std::fs::read_to_string(elsewhere).expect("it is there"), "mine");
}

#[test]
fn store_files_are_private_to_the_owner() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let store = open(directory.path()).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock is free");
    claim(&store, 0..1);
    store.back_up(&directory.path().join("copy.db"), at(0)).wait().expect("copied");
    for name in ["drumbeat.db", "drumbeat.db-wal", "drumbeat.db-shm", "drumbeat.db.lock", "copy.db"] {
        let mode = std::fs::metadata(directory.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
