//! Edits in a directory: possibly incomplete files are not posted, and a missing book is not an empty one.

use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::clock::Clock;

use crate::support::service_harness::{ServiceHarness, in_seconds};

/// Writes the beginning of a campaign, like a program that stops in the middle of its file.
fn write_half(harness: &ServiceHarness, id: &str, schedule: &str) -> String {
    let half = format!(
        "id = \"{id}\"\n[content]\ntext = \"贵宾专享\"\n[schedule]\n{schedule}\n[visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n"
    );
    fs::write(harness.book().join(format!("{id}.toml")), &half).expect("written");
    half
}

#[test]
fn half_written_audience_is_never_posted() {
    let harness = ServiceHarness::new();
    let service = harness.service();
    service.logs_times("book loaded", 1);
    let half = write_half(&harness, "vip", &in_seconds(5));
    service.logs_times("book loaded", 2);
    harness.run_in("vip", "claimed");
    let whole = format!("{half}external_contact_list = {{ tag_list = [\"etCFVip00000001\"] }}\n");
    fs::write(harness.book().join("vip.toml"), whole).expect("written");
    harness.run_in("vip", "created");
    let sent = harness.ledger();
    let bodies: Vec<String> = sent.iter().map(|entry| format!("{entry:?}")).collect();
    assert!(bodies.len() == 1 && bodies[0].contains("etCFVip00000001"), "{bodies:?}");
    service.stop();
}

#[test]
fn an_incomplete_file_at_start_waits_too() {
    let harness = ServiceHarness::new();
    write_half(&harness, "vip", &in_seconds(2));
    let service = harness.service();
    service.logs_times("book loaded", 1);
    harness.run_in("vip", "claimed");
    assert!(harness.ledger().is_empty());
    harness.run_in("vip", "created");
    service.stop();
}

#[test]
fn an_empty_replacement_directory_is_no_empty_book() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(6));
    let file = fs::File::options().write(true).open(harness.book().join("spring.toml")).expect("open");
    file.set_modified((Clock::System.now() - TimeDelta::hours(1)).into()).expect("set");
    let service = harness.service();
    service.logs_times("book loaded", 1);
    fs::rename(harness.book(), harness.path("away")).expect("moved");
    fs::create_dir(harness.book()).expect("made");
    let said = service.logs_times("cannot load the newest book; the last one stays active", 1);
    assert!(said["why"].as_str().is_some_and(|why| why.contains("another directory")), "{said}");
    harness.run_in("spring", "created");
    fs::remove_dir(harness.book()).expect("removed");
    fs::rename(harness.path("away"), harness.book()).expect("moved back");
    service.logs_times("the newest book is loaded again", 1);
    service.stop();
}

#[test]
fn the_last_campaign_that_is_removed_is_removed() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", "cron = \"0 9 * * MON\"");
    let service = harness.service();
    service.logs_times("book loaded", 1);
    fs::remove_file(harness.book().join("spring.toml")).expect("removed");
    service.logs("that it is removed", |event| event["message"] == "book loaded" && event["removed"] == "spring");
    service.stop();
}

#[test]
fn the_default_delay_is_the_documented_one() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/running.md")).expect("a page");
    let row = page.lines().find(|line| line.starts_with("| `edit_delay`")).expect("a row");
    assert_eq!(drumbeat::settings::EDIT_DELAY, Duration::from_secs(10));
    assert!(row.ends_with("| `10s` |"), "{row}");
}
