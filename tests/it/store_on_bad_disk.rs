//! A store on a full or read-only disk: reads succeed, and each error names the next action.

use std::fs;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use drumbeat::ids::CorpId;
use drumbeat::run::Scope;
use drumbeat::store::{Address, Store, StoreError, Wait};
use drumbeat::text::Lang;
use tempfile::TempDir;

use crate::support::small_disk::SmallDisk;

fn now() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("an instant")
}

fn address(file: &Path) -> Address {
    Address::Sqlite(file.to_owned())
}

fn corp() -> CorpId {
    CorpId("ww1".to_owned())
}

fn hold(store: &Store) -> Result<(), StoreError> {
    store.create_hold(&Scope::Everything, "a reason", "zhangshan", now()).wait().map(drop)
}

/// A disk with a store in which everything is on hold.
fn disk_with_store(dir: &TempDir) -> Option<SmallDisk> {
    let disk = SmallDisk::mount(dir.path().join("disk"), "2m")?;
    hold(&Store::open(&address(&disk.0.join("a.db"))).expect("a store")).expect("on hold");
    Some(disk)
}

#[test]
fn read_only_store_can_be_read() {
    let dir = TempDir::new().expect("a place");
    let Some(disk) = disk_with_store(&dir) else { return };
    let store = address(&disk.0.join("a.db"));
    disk.remount("ro");
    let opened = Store::open_existing(&store).expect("it is read");
    assert_eq!(opened.holds().wait().expect("read").len(), 1);
    assert!(opened.growth(now()).wait().is_ok(), "what only watches reads too");
    assert_eq!(opened.watermark(&corp()).wait().expect("read"), None);
    let said = opened.rewind(&corp(), now()).wait().expect_err("it is not written").to_string();
    assert!(said.contains("readonly database (SQLite error 8): mount its file system for writing"), "{said}");
    let said = Store::open(&store)
        .and_then(|store| store.acquire_service_lock(now()).wait().map(drop))
        .expect_err("not served")
        .to_string();
    assert!(said.contains("can only be read") && said.contains("mount its file system for writing"), "{said}");
    let said = Store::open(&address(&disk.0.join("new.db"))).expect_err("not made").to_string();
    assert!(said.contains("mount its file system for writing"), "{said}");
}

#[test]
fn store_is_not_read_without_its_log() {
    let dir = TempDir::new().expect("a place");
    let Some(disk) = SmallDisk::mount(dir.path().join("disk"), "2m") else { return };
    let at_home = dir.path().join("a.db");
    let open = Store::open(&address(&at_home)).expect("a store");
    hold(&open).expect("on hold");
    for end in ["a.db", "a.db-wal"] {
        fs::copy(dir.path().join(end), disk.0.join(end)).expect("copied");
    }
    drop(open);
    disk.remount("ro");
    let error = Store::open_existing(&address(&disk.0.join("a.db"))).expect_err("its log cannot be read");
    let said = error.to_string();
    assert!(matches!(error, StoreError::LogOnReadOnly { .. }), "{error:?}");
    assert!(said.contains("read-only") && said.contains("a.db-wal to a writable directory"), "{said}");
    disk.remount("rw");
    let opened = Store::open_existing(&address(&disk.0.join("a.db"))).expect("with its log");
    assert_eq!(opened.holds().wait().expect("read").len(), 1, "the last commit was in the log");
}

#[test]
fn a_full_disk_asks_for_room() {
    let dir = TempDir::new().expect("a place");
    let Some(disk) = disk_with_store(&dir) else { return };
    let file = disk.0.join("a.db");
    let full = || {
        let mut ballast = fs::File::create(disk.0.join("ballast")).expect("there is room still");
        while ballast.write_all(&[0; 4096]).is_ok() {}
    };
    let opened = Store::open_existing(&address(&file)).expect("a store");
    assert!(opened.holds().wait().is_ok());
    full();
    let asks_for_room = |error: StoreError| {
        let (what, todo) = error.what_and_help();
        let (what, todo) = (what.get(Lang::En), todo.get(Lang::En));
        assert!(what.contains("full (SQLite error 13)") && todo == "free space on the disk", "{what}: {todo}");
        assert_eq!(error.to_string(), format!("{what}: {todo}"));
    };
    asks_for_room(opened.check_writable().wait().expect_err("no room"));
    let elsewhere = Store::open(&address(&dir.path().join("b.db"))).expect("a store");
    asks_for_room(elsewhere.back_up(&disk.0.join("copy.db"), now()).wait().expect_err("no room for the copy"));
}
