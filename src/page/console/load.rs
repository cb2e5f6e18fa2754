//! The active book with its findings and pictures. The service itself keeps neither, so they are read
//! when a page is requested and dropped 10 minutes after the last page.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::background::TaskReport;
use crate::book::Corp;
use crate::load::{ActiveBook, load_again_for_review};
use crate::media_index::MediaIndex;
use crate::page::live::{LastValid, LiveBook};
use crate::text::{Text, UserError};

/// How long a book is kept after its last page.
const KEEP_TIME: Duration = Duration::from_secs(600);

/// The books of a service.
pub(super) struct Books {
    active: Mutex<(Arc<ActiveBook>, LastValid)>,
    live: tokio::sync::Mutex<Option<Kept>>,
    /// Findings of the last book that was read, and whether a file has an error.
    counted: Mutex<(usize, bool)>,
}

/// A book that was read for pages.
struct Kept {
    of: Arc<ActiveBook>,
    live: Arc<LiveBook>,
    used: Instant,
}

impl Books {
    pub(crate) fn new(books: &watch::Receiver<Arc<ActiveBook>>) -> Self {
        let active = Arc::clone(&books.borrow());
        Self {
            active: Mutex::new((active, LastValid::default())),
            live: tokio::sync::Mutex::default(),
            counted: Mutex::default(),
        }
    }

    /// Stores each newly active book, and drops the read one after KEEP_TIME without a page, until `stop`.
    pub(crate) async fn follow(
        &self,
        mut books: watch::Receiver<Arc<ActiveBook>>,
        report: TaskReport,
        stop: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = books.changed() => match changed {
                    Ok(()) => self.note(Arc::clone(&books.borrow_and_update())),
                    Err(_) => return stop.cancelled().await,
                },
                () = tokio::time::sleep(KEEP_TIME) => {}
            }
            let mut kept = self.live.lock().await;
            if kept.as_ref().is_some_and(|kept| kept.used.elapsed() >= KEEP_TIME) {
                *kept = None;
            }
            report.pass(true);
        }
    }

    fn note(&self, book: Arc<ActiveBook>) {
        let mut active = self.active();
        let last_valid = active.1.after(&active.0.campaigns, &book.invalid_files);
        *active = (book, last_valid);
    }

    /// The active book. Requests that come while it is read share one read.
    pub(crate) async fn live(&self, corp: &Corp) -> Result<Arc<LiveBook>, Text> {
        let mut kept = self.live.lock().await;
        let (active, last_valid) = self.active().clone();
        if let Some(kept) = kept.as_mut().filter(|kept| Arc::ptr_eq(&kept.of, &active)) {
            kept.used = Instant::now();
            return Ok(Arc::clone(&kept.live));
        }
        let (former, source, corp) =
            (kept.as_ref().map(|it| Arc::clone(&it.live)), active.source.clone(), corp.clone());
        let read = move || {
            let none = MediaIndex::default();
            let media = former.as_ref().map_or(&none, |it| &it.checked.media);
            let loaded = load_again_for_review(&source, &corp, media)?;
            let last_valid = last_valid.or_committed(&source, &corp, &loaded.result.invalid_files);
            Ok(LiveBook::new(loaded, former.as_deref(), last_valid))
        };
        let live = match tokio::task::spawn_blocking(read).await {
            Ok(Ok(live)) => Arc::new(live),
            Ok(Err(error)) => {
                let error: crate::source::SourceError = error;
                return Err(error.with_causes());
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let result = &live.checked.result;
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
            (result.findings.len(), !result.invalid_files.is_empty());
        *kept = Some(Kept { of: active, live: Arc::clone(&live), used: Instant::now() });
        Ok(live)
    }

    /// How many findings the book had when it was read last, and whether a file had an error.
    pub(crate) fn counted(&self) -> (usize, bool) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn active(&self) -> MutexGuard<'_, (Arc<ActiveBook>, LastValid)> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
