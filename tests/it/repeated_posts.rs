//! Posting by hand what customers have just seen, or will see soon.

use drumbeat::store::{RunFilter, Wait};

use crate::support::service_harness::{ServiceHarness, in_seconds};

const NEVER_SOON: &str = "cron = \"0 9 29 2 *\"";

fn runs(harness: &ServiceHarness) -> usize {
    harness.store().runs(&RunFilter::default()).wait().expect("read").len()
}

#[test]
fn same_content_twice_needs_again() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    harness.says(&["post", "spring", "--yes"]);
    let repeated = "customers would get the same content twice";
    harness.refuses(&["post", "spring", "--yes"], repeated);
    harness.refuses(&["post", "spring", "--yes"], "drumbeat post spring --again");
    // Another campaign with the same words is no other post.
    harness.write("copy", "春天", NEVER_SOON);
    harness.refuses(&["post", "copy", "--yes"], repeated);
    assert_eq!((runs(&harness), harness.ledger().len()), (1, 1));
    harness.says(&["post", "copy", "--yes", "--again"]);
    // Other words are another post.
    harness.write("spring", "春天来了", NEVER_SOON);
    harness.says(&["post", "spring", "--yes"]);
    assert_eq!(harness.ledger().len(), 3);
}

#[test]
fn content_that_is_scheduled_soon_needs_again() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(3_600));
    harness.write("copy", "春天", NEVER_SOON);
    harness.refuses(&["post", "spring", "--yes"], "this campaign posts the same content at");
    harness.refuses(&["post", "copy", "--yes"], "is scheduled for an overlapping audience");
    assert_eq!(harness.ledger().len(), 0);
    harness.write("spring", "春天", &in_seconds(72 * 3_600));
    let output = harness.output(&["post", "spring", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("this campaign posts the same content at"), "{said}");
    assert_eq!(harness.ledger().len(), 1);
}

#[test]
fn quiet_hours_are_mentioned() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    let policy = "[calendar]\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\n";
    std::fs::write(harness.book().join("policy.toml"), policy).expect("written");
    let output = harness.output(&["post", "spring", "--yes"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the policy posts nothing by schedule now"), "{said}");
}
