//! Runs the calls of the store: on a separate thread, or inline on the caller.
//!
//! **On a thread.** Each connection to a file has a thread, which runs jobs from a channel in order. The threads of the
//! runtime never wait for a disk.
//!
//! **Inline**, for virtual time (`rehearse`, the simulation). tokio's paused clock advances to the next timer when
//! every task waits, and it does not see the store's thread: a call could take hours of virtual time. tokio stops its
//! clock for a `spawn_blocking` task, but then the order of events would depend on the system's scheduler, and one seed
//! of the simulation must always give the same run. So the job runs on the caller, which then yields once: other tasks
//! run between a call and its answer, as they do with a thread.
//!
//! **A dropped call is not undone.** Its job was sent when the call was first polled, and runs to its end: only the
//! answer is lost. A caller that drops a call must expect both outcomes.
//!
//! **The end.** The last handle waits until the thread has run its jobs and closed the file. If a job panics, its
//! transaction is rolled back and the thread ends: that call and all later ones get [`StoreError::Stopped`].

use std::future::poll_fn;
use std::io;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::database::Database;
use super::{SimulatedNetwork, StoreError};
use crate::low_priority;

type Job = Box<dyn FnOnce(&mut Database) + Send>;

/// A connection, and where its calls run.
#[derive(Debug)]
pub(super) enum Executor {
    Thread(DatabaseThread),
    /// With the network of a simulated server, which each call may wait for.
    Inline(Box<Mutex<Database>>, Option<Arc<dyn SimulatedNetwork>>),
}

/// The thread that owns one SQLite connection; ends when its last handle is dropped.
#[derive(Debug)]
pub(super) struct DatabaseThread {
    /// `None` only while it is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Executor {
    pub(super) fn inline(database: Database) -> Self {
        Self::Inline(Box::new(Mutex::new(database)), None)
    }

    pub(super) fn over(network: Arc<dyn SimulatedNetwork>, database: Database) -> Self {
        Self::Inline(Box::new(Mutex::new(database)), Some(network))
    }

    pub(super) fn thread(database: Database) -> io::Result<Self> {
        Self::thread_after(database, || {})
    }

    /// The same for reads that must not delay a post.
    pub(super) fn thread_of_low_priority(database: Database) -> io::Result<Self> {
        Self::thread_after(database, low_priority::lower)
    }

    /// The thread begins with `first`.
    fn thread_after(mut database: Database, first: fn()) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || {
            first();
            for job in waiting {
                job(&mut database);
            }
        })?;
        Ok(Self::Thread(DatabaseThread { jobs: Some(jobs), thread: Some(thread) }))
    }

    /// Runs a job after the jobs that were sent before it.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] if the thread has ended.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        match self {
            Self::Inline(database, network) => {
                if let Some(network) = network {
                    network.pause().await;
                }
                // A job that panicked left the connection intact: dropping its transaction rolled it back.
                let answer = job(&mut database.lock().unwrap_or_else(PoisonError::into_inner));
                yield_once().await;
                if let Some(network) = network {
                    network.pause().await;
                }
                Ok(answer)
            }
            Self::Thread(DatabaseThread { jobs, .. }) => {
                let (answer, answered) = oneshot::channel();
                // The caller may have been dropped in the meantime.
                let job: Job = Box::new(move |database| drop(answer.send(job(database))));
                jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(StoreError::Stopped)?;
                answered.await.map_err(|_| StoreError::Stopped)
            }
        }
    }
}

impl Executor {
    /// The same for a caller that blocks its thread.
    pub(super) fn call_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        match self {
            Self::Inline(database, _) => Ok(job(&mut database.lock().unwrap_or_else(PoisonError::into_inner))),
            Self::Thread(DatabaseThread { jobs, .. }) => {
                let (answer, answered) = mpsc::channel();
                let job: Job = Box::new(move |database| drop(answer.send(job(database))));
                jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(StoreError::Stopped)?;
                answered.recv().map_err(|_| StoreError::Stopped)
            }
        }
    }

    /// Waits until all jobs sent so far have run.
    pub(super) fn finish_jobs(&self) {
        let Self::Thread(DatabaseThread { jobs: Some(jobs), thread: Some(thread) }) = self else { return };
        let (done, is_done) = mpsc::channel::<()>();
        // On the thread itself, earlier jobs have already run.
        if thread.thread().id() != thread::current().id() && jobs.send(Box::new(move |_| drop(done))).is_ok() {
            let _ = is_done.recv();
        }
    }
}

impl Drop for DatabaseThread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            // The panic was reported by the calls.
            let _ = thread.join();
        }
    }
}

/// Lets other ready tasks run first. tokio's `yield_now` resumes only on its runtime, and a caller may wait without one
/// (`store::Wait`).
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
