//! A followed directory with changes that are not committed to git.

use std::fs;

use serde_json::Value;

use super::source_revision::git;
use crate::support::service_harness::ServiceHarness;

const NEVER_SOON: &str = "cron = \"0 9 29 2 *\"";

fn committed() -> ServiceHarness {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    harness.write("autumn", "秋天", NEVER_SOON);
    git(harness.dir.path(), &["init", "--quiet"]);
    commit(&harness);
    harness
}

fn commit(harness: &ServiceHarness) {
    git(harness.dir.path(), &["add", "campaigns"]);
    git(harness.dir.path(), &["commit", "--quiet", "--message", "reviewed"]);
}

/// Posts a campaign, and returns the commit that its run names, with what `show` says of it.
fn posted(harness: &ServiceHarness, campaign: &str) -> (String, String) {
    let json = harness.says(&["post", campaign, "--yes", "--again", "--format", "json"]);
    let run: Value = serde_json::from_str::<Value>(&json).expect("JSON")["runs"][0].clone();
    let name = run["run"].as_str().expect("a name").to_owned();
    (run["commit"].as_str().expect("a commit").to_owned(), harness.says(&["show", &name]))
}

#[test]
fn runs_name_only_commits_that_have_their_content() {
    let harness = committed();
    let head = git(harness.dir.path(), &["rev-parse", "HEAD"]);
    assert_eq!(posted(&harness, "spring").0, head);
    harness.write("spring", "春天来了", NEVER_SOON);
    let (commit_id, shown) = posted(&harness, "spring");
    assert_eq!(commit_id, format!("{head}-dirty"));
    assert!(shown.contains("with changes that are not in this commit"), "{shown}");
    assert!(!shown.contains("last changed in"), "{shown}");
    // Another file is still the committed one.
    assert_eq!(posted(&harness, "autumn").0, head);
    commit(&harness);
    let next = git(harness.dir.path(), &["rev-parse", "HEAD"]);
    assert_eq!(posted(&harness, "spring").0, next);
}

#[test]
fn new_files_media_and_policy_are_uncommitted_changes() {
    let harness = committed();
    let is_dirty = |campaign: &str| posted(&harness, campaign).0.ends_with("-dirty");
    harness.write("winter", "冬天", NEVER_SOON);
    assert!(is_dirty("winter") && !is_dirty("autumn"));
    fs::write(harness.book().join("policy.toml"), "timezone = \"Asia/Shanghai\"\n").expect("written");
    assert!(is_dirty("autumn"));
}

#[test]
fn index_flags_cannot_hide_a_change() {
    let harness = committed();
    git(harness.dir.path(), &["update-index", "--assume-unchanged", "campaigns/spring.toml"]);
    harness.write("spring", "春天来了", NEVER_SOON);
    assert!(posted(&harness, "spring").0.ends_with("-dirty"));
}

#[test]
fn the_service_reports_uncommitted_changes() {
    let harness = committed();
    harness.write("spring", "春天来了", NEVER_SOON);
    let service = harness.service();
    let warned = "these campaigns have changes that are not committed to git; they are posted as they are";
    let line = service.logs_times(warned, 1);
    assert_eq!((&line["level"], &line["campaigns"]), (&"WARN".into(), &1.into()));
    let doctor = harness.output(&["doctor", "--format", "json"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("not committed to git"), "{doctor:?}");
    commit(&harness);
    service.signal("HUP");
    let loaded = service.logs_times("book loaded", 2);
    assert_eq!(loaded["commit"], git(harness.dir.path(), &["rev-parse", "HEAD"]).as_str());
    service.stop();
}
