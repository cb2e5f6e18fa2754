//! Calls of the store from code without a runtime: commands that end soon.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Waits for a call of the store on this thread.
///
/// Only for calls of the store: a future that needs a runtime, such as a timer, never ends here.
pub trait Wait: Future + Sized {
    /// Blocks this thread until the call has ended.
    fn wait(self) -> Self::Output {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        // tokio's cooperative budget would make the call wait for the runtime, which waits for this thread.
        let mut call = pin!(tokio::task::coop::unconstrained(self));
        loop {
            match call.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl<F: Future> Wait for F {}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
