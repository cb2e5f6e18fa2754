//! Runs the calls of the store: on a separate thread, or inline on the caller.
//!
//! **On a thread.** Each connection to a file has a thread, which runs jobs from a channel in order. The threads of the
//! runtime never wait for a disk. Stores on a server share threads with their connections (`shared_threads`).
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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::database::Database;
use super::postgres::Server;
use super::{SimulatedNetwork, StoreError};
use crate::low_priority;

type Job = Box<dyn FnOnce(&mut Database) + Send>;

/// A connection, and where its calls run.
#[derive(Debug)]
pub(super) enum Executor {
    Thread(DatabaseThread),
    /// A thread that serves this store and others of the same address.
    Shared(Arc<DatabaseThread>, Arc<Server>),
    /// With the network of a simulated server, which each call may wait for.
    Inline(Box<Mutex<Database>>, Option<Arc<dyn SimulatedNetwork>>),
}

/// The thread that owns one connection; ends when its last handle is dropped.
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
        DatabaseThread::after(database, || {}, run_all).map(Self::Thread)
    }

    /// The same for reads that must not delay a post.
    pub(super) fn thread_of_low_priority(database: Database) -> io::Result<Self> {
        DatabaseThread::after(database, low_priority::lower, run_all).map(Self::Thread)
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
                // A job that panicked left the connection intact: dropping its transaction rolled it back.
                let mut call = InlineCall { database, job: Some(job) };
                if let Some(network) = network {
                    network.pause().await;
                }
                let answer = call.run().ok_or(StoreError::Stopped)?;
                yield_once().await;
                if let Some(network) = network {
                    network.pause().await;
                }
                Ok(answer)
            }
            Self::Thread(thread) => thread.call(job).await,
            Self::Shared(thread, server) => thread.call(serving(server, job)).await,
        }
    }

    /// The same for a caller that blocks its thread.
    pub(super) fn call_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        match self {
            Self::Inline(database, _) => Ok(job(&mut database.lock().unwrap_or_else(PoisonError::into_inner))),
            Self::Thread(thread) => thread.call_blocking(job),
            Self::Shared(thread, server) => thread.call_blocking(serving(server, job)),
        }
    }

    /// Waits until all jobs sent so far have run.
    pub(super) fn finish_jobs(&self) {
        match self {
            Self::Thread(thread) => thread.finish_jobs(),
            Self::Shared(thread, _) => thread.finish_jobs(),
            Self::Inline(..) => {}
        }
    }
}

/// A job that waits for a simulated network. As with a thread, it is carried out even if its call is dropped.
struct InlineCall<'d, T, F: FnOnce(&mut Database) -> T> {
    database: &'d Mutex<Database>,
    job: Option<F>,
}

impl<T, F: FnOnce(&mut Database) -> T> InlineCall<'_, T, F> {
    fn run(&mut self) -> Option<T> {
        let job = self.job.take()?;
        Some(job(&mut self.database.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl<T, F: FnOnce(&mut Database) -> T> Drop for InlineCall<'_, T, F> {
    fn drop(&mut self) {
        drop(self.run());
    }
}

/// A job of one of the stores that share a connection.
fn serving<T>(
    server: &Arc<Server>,
    job: impl FnOnce(&mut Database) -> T + Send + 'static,
) -> impl FnOnce(&mut Database) -> T + Send + 'static {
    let server = Arc::clone(server);
    move |database| {
        database.serve(&server);
        job(database)
    }
}

fn run_all(mut database: Database, jobs: Receiver<Job>) {
    for job in jobs {
        job(&mut database);
    }
}

/// A job that panics ends alone: other stores use the thread too.
fn run_each(mut database: Database, jobs: Receiver<Job>) {
    for job in jobs {
        if catch_unwind(AssertUnwindSafe(|| job(&mut database))).is_err() {
            database.disconnect();
        }
    }
}

impl DatabaseThread {
    /// A thread for several stores.
    pub(super) fn shared(database: Database, has_low_priority: bool) -> io::Result<Self> {
        Self::after(database, if has_low_priority { low_priority::lower } else { || {} }, run_each)
    }

    /// The thread begins with `first`.
    fn after(database: Database, first: fn(), run: fn(Database, Receiver<Job>)) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || {
            first();
            run(database, waiting);
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        // The caller may have been dropped in the meantime.
        self.send(Box::new(move |database| drop(answer.send(job(database)))))?;
        answered.await.map_err(|_| StoreError::Stopped)
    }

    fn call_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = mpsc::channel();
        self.send(Box::new(move |database| drop(answer.send(job(database)))))?;
        answered.recv().map_err(|_| StoreError::Stopped)
    }

    /// On the thread itself, earlier jobs have already run.
    fn finish_jobs(&self) {
        let (done, is_done) = mpsc::channel::<()>();
        let is_itself = self.thread.as_ref().is_some_and(|thread| thread.thread().id() == thread::current().id());
        if !is_itself && self.send(Box::new(move |_| drop(done))).is_ok() {
            let _ = is_done.recv();
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(StoreError::Stopped)
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
