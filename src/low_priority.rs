//! Threads of low priority, for work that must not delay a post: pages, and reads of the store for people.
//!
//! With two cores, a page that is made at the moment of a claim takes one of them. The scheduler of Linux gives a thread
//! of normal priority about nine tenths of a core that it shares with one of these.

use std::future::Future;
use std::sync::Arc;
use std::{io, thread};

use rustix::process::setpriority_process;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// The niceness of these threads; 0 is that of all others, 19 the least.
const NICENESS: i32 = 10;

/// Lowers the priority of the current thread, and of those that it starts. A system that refuses leaves it as it is.
pub fn lower() {
    // On Linux, priorities are those of threads.
    if let Err(error) = setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "failed to lower the priority of a thread");
    }
}

/// Runs a future on a runtime and a thread of its own, with low priority, and waits for its end. Each thread of the
/// runtime calls `begin` first.
///
/// # Errors
/// The system gives no thread or runtime, or the future panicked.
pub async fn run<F: Future<Output = ()>>(
    name: &'static str,
    begin: impl Fn() + Send + Sync + 'static,
    make: impl FnOnce() -> F + Send + 'static,
) -> io::Result<()> {
    let begin = Arc::new(begin);
    let on_start = Arc::clone(&begin);
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().thread_name(name).on_thread_start(move || on_start()).build()?;
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        lower();
        begin();
        runtime.block_on(async { make().await });
        // A read of a book on a hanging disk may go on.
        runtime.shutdown_background();
        let _ = ended.send(());
    })?;
    end.await.map_err(|_| io::Error::other(format!("the thread `{name}` panicked")))
}

#[cfg(test)]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[tokio::test]
    async fn its_thread_alone_gets_a_low_priority() {
        let (tell, told) = oneshot::channel();
        let own = getpriority_process(None).expect("a priority");
        let look = move || async move {
            let here = getpriority_process(None).expect("a priority");
            let blocking = tokio::task::spawn_blocking(|| getpriority_process(None)).await.expect("it ran");
            tell.send((here, blocking.expect("a priority"))).expect("the test waits");
        };
        run("sample", || {}, look).await.expect("it ran");
        let lowered = own.max(NICENESS);
        assert_eq!(told.await.expect("told"), (lowered, lowered));
        assert_eq!(getpriority_process(None).expect("a priority"), own);
    }

    #[tokio::test]
    async fn panic_is_an_error() {
        let error = run("sample", || {}, || async { panic!("a sample of a fault") }).await.expect_err("it panicked");
        assert_eq!(error.to_string(), "the thread `sample` panicked");
    }
}
