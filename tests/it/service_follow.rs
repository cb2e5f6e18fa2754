//! The service watches a directory: each change causes one load, and an unreadable book leaves the last one active.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use drumbeat::background::TaskReport;
use drumbeat::book::Corp;
use drumbeat::book_watcher::{BookLocation, BookWatcher};
use drumbeat::clock::Clock;
use drumbeat::engine::EngineStatus;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::source_revision::git;
use crate::support::service_harness::{ServiceHarness, WAIT_TIMEOUT, write};

const MONDAYS: &str = "cron = \"0 9 * * MON\"";
const FRIDAYS: &str = "cron = \"0 9 * * FRI\"";

#[test]
fn reload_logs_what_changed() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", MONDAYS);
    harness.write("autumn", "秋天", MONDAYS);
    let service = harness.service();
    service.logs_times("book loaded", 1);
    harness.write("spring", "春天", FRIDAYS);
    assert_eq!(service.logs_times("book loaded", 2)["changed"], "spring");
    harness.write("winter", "冬天", MONDAYS);
    assert_eq!(service.logs_times("book loaded", 3)["added"], "winter");
    fs::remove_file(harness.book().join("autumn.toml")).expect("removed");
    let loaded = |what: &str, wanted: &dyn Fn(&Value) -> bool| {
        service.logs(what, |event| event["message"] == "book loaded" && wanted(event));
    };
    let is_unsettled = |event: &Value| event["unsettled"].as_str().is_some_and(|ids| ids.contains("autumn"));
    loaded("that autumn is unsettled", &is_unsettled);
    loaded("that autumn is removed", &|event| event["removed"] == "autumn");
    fs::write(harness.book().join("winter.toml"), "id = \"winter\"\nhalf =").expect("written");
    loaded("that winter is held", &|event| event["changed"] == "winter" && event["held"] == 1);
    service.stop();
}

#[test]
fn vanished_book_stays_active_until_back() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", MONDAYS);
    let service = harness.service();
    service.logs_times("book loaded", 1);
    fs::rename(harness.book(), harness.path("away")).expect("moved");
    let said = service.logs_times("cannot load the newest book; the last one stays active", 1);
    assert!(said["why"].as_str().is_some_and(|why| why.contains("not found")), "{said}");
    fs::rename(harness.path("away"), harness.book()).expect("moved back");
    service.logs_times("the newest book is loaded again", 1);
    service.stop();
}

/// A change caused one load, and the next load is the requested one.
fn is_one_load(service: &crate::support::service_harness::Service) {
    service.logs_times("book loaded", 2);
    service.signal("HUP");
    let third = service.logs_times("book loaded", 3);
    assert_eq!((&third["added"], &third["changed"], &third["removed"]), (&().into(), &().into(), &().into()));
}

#[test]
fn a_swapped_config_map_is_one_load() {
    let harness = ServiceHarness::new();
    let mount = harness.book();
    let version = |name: &str, schedule: &str| {
        fs::create_dir(mount.join(name)).expect("made");
        for id in ["spring", "autumn"] {
            write(&mount.join(name), id, id, schedule);
        }
    };
    version("..2026_01", MONDAYS);
    symlink("..2026_01", mount.join("..data")).expect("linked");
    for id in ["spring", "autumn"] {
        symlink(format!("..data/{id}.toml"), mount.join(format!("{id}.toml"))).expect("linked");
    }
    let service = harness.service();
    service.logs_times("book loaded", 1);
    version("..2026_02", FRIDAYS);
    symlink("..2026_02", mount.join("..data_tmp")).expect("linked");
    fs::rename(mount.join("..data_tmp"), mount.join("..data")).expect("swapped");
    fs::remove_dir_all(mount.join("..2026_01")).expect("removed");
    assert_eq!(service.logs_times("book loaded", 2)["changed"], "autumn, spring");
    is_one_load(&service);
    service.stop();
}

#[test]
fn a_checkout_of_many_files_is_one_load() {
    let harness = ServiceHarness::new();
    let (top, book) = (harness.dir.path(), harness.book());
    git(top, &["init", "-q", "-b", "main"]);
    let commit = |schedule: &str| {
        for n in 0..300 {
            write(&book, &format!("c{n}"), &format!("第 {n} 号"), schedule);
        }
        git(top, &["add", "-A", "campaigns"]);
        git(top, &["commit", "-q", "-m", "many"]);
    };
    commit(MONDAYS);
    git(top, &["checkout", "-q", "-b", "next"]);
    commit(FRIDAYS);
    git(top, &["checkout", "-q", "main"]);
    let service = harness.service();
    service.logs_times("book loaded", 1);
    git(top, &["checkout", "-q", "next"]);
    let loaded = service.logs_times("book loaded", 2);
    assert!(loaded["changed"].as_str().is_some_and(|ids| ids.ends_with("and 280 more")), "{loaded}");
    is_one_load(&service);
    service.stop();
}

#[tokio::test]
async fn a_swapped_link_is_noticed_without_events() {
    let dir = tempfile::TempDir::new().expect("a place for the test");
    for (name, text) in [("one", "第一版"), ("two", "第二版")] {
        fs::create_dir(dir.path().join(name)).expect("made");
        write(&dir.path().join(name), "spring", text, MONDAYS);
    }
    let book = dir.path().join("current");
    let point = |to: &str| {
        symlink(to, dir.path().join("next")).expect("linked");
        fs::rename(dir.path().join("next"), &book).expect("swapped");
    };
    point("one");
    let place = BookLocation::Directory {
        book: book.clone(),
        poll: Duration::from_millis(20),
        events: false,
        edit_delay: Duration::ZERO,
    };
    let (watcher, loaded) =
        BookWatcher::open(place, Corp::default(), Clock::System, EngineStatus::default()).await.expect("a book");
    let (books, mut watching) = watch::channel(Arc::clone(&loaded));
    let (_again, asks) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let following = tokio::spawn(watcher.run(books, asks, TaskReport::unlisted(), stop.clone()));
    point("two");
    tokio::time::timeout(WAIT_TIMEOUT, watching.changed()).await.expect("in time").expect("it follows");
    let text = watching.borrow().campaigns[0].contents.first().post().text.clone();
    assert_eq!(text.as_deref(), Some("第二版"));
    assert!(
        matches!(&watching.borrow().source, drumbeat::source::Source::Directory(top) if top.ends_with(Path::new("two")))
    );
    stop.cancel();
    following.await.expect("it ends when told");
}
