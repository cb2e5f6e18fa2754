//! The memory of a service while its book changes.

use std::sync::Arc;

use super::{InProcessService, MINUTELY, until};

/// A book of 10,000 campaigns takes 7 MB: a service that kept its first one would hold two for months.
#[tokio::test]
async fn first_book_is_freed_after_reload() {
    let mut harness = InProcessService::with(&MINUTELY.replace("* * * * *", "0 9 * * *")).await;
    let running = harness.run();
    let first = Arc::downgrade(&harness.books.as_ref().expect("the engine runs").borrow());
    until(|| async { harness.context.status.snapshot().at }, |at| at.is_some()).await;
    assert!(first.strong_count() > 0, "it is active");

    harness.edit(&MINUTELY.replace("* * * * *", "0 10 * * *"));
    until(|| async { first.strong_count() }, |holders| *holders == 0).await;

    harness.stop.cancel();
    running.await.expect("no panic").expect("a good end");
}
