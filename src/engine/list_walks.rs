//! Runs that are searched for at the same time share one read of WeCom's list.
//!
//! Each answer comes from a read that began after its request: an older read could lack the post.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::post::Post;
use crate::wecom::{Error, Likeness, Moment, WeCom};

/// The part of the list to search, by creation time.
type Stretch = RangeInclusive<DateTime<Utc>>;
type Seen = Result<Vec<Moment>, Error>;

#[derive(Debug, Default)]
pub(super) struct ListWalks {
    waiting: Mutex<Vec<Wanted>>,
    turn: tokio::sync::Mutex<()>,
}

/// A search: the post to match, and where the answer goes.
#[derive(Debug)]
struct Wanted {
    stretch: Stretch,
    post: Arc<Post>,
    answer: oneshot::Sender<Seen>,
}

impl ListWalks {
    /// The moments of a time range that are similar to a post, oldest first.
    pub(super) async fn like(&self, wecom: &WeCom, post: &Arc<Post>, stretch: Stretch) -> Seen {
        loop {
            let (answer, mut answered) = oneshot::channel();
            let wanted = Wanted { stretch: stretch.clone(), post: Arc::clone(post), answer };
            self.waiting().push(wanted);
            // Other runs that begin a search now join this read.
            tokio::task::yield_now().await;
            let _turn = self.turn.lock().await;
            match answered.try_recv() {
                Ok(seen) => return seen,
                // The task that read for this run was aborted.
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let all = std::mem::take(&mut *self.waiting());
            for group in overlapping(all) {
                walk(wecom, group).await;
            }
            if let Ok(seen) = answered.try_recv() {
                return seen;
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Wanted>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Groups overlapping ranges: one read of a group is no longer than its single reads together.
fn overlapping(mut all: Vec<Wanted>) -> Vec<Vec<Wanted>> {
    all.sort_by_key(|wanted| *wanted.stretch.start());
    let mut groups: Vec<(DateTime<Utc>, Vec<Wanted>)> = Vec::new();
    for wanted in all {
        let end = *wanted.stretch.end();
        match groups.last_mut().filter(|(last, _)| wanted.stretch.start() <= last) {
            Some((last, group)) => {
                *last = end.max(*last);
                group.push(wanted);
            }
            None => groups.push((end, vec![wanted])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

async fn walk(wecom: &WeCom, group: Vec<Wanted>) {
    let Some(from) = group.iter().map(|wanted| *wanted.stretch.start()).min() else { return };
    let to = group.iter().map(|wanted| *wanted.stretch.end()).max().unwrap_or(from);
    let is_like = |moment: &Moment, wanted: &Wanted| moment.likeness(&wanted.post) != Likeness::None;
    let any = |moment: &Moment| group.iter().any(|wanted| is_like(moment, wanted));
    let seen = wecom.moments(from, to, any).await;
    for wanted in group {
        // WeCom gives times in whole seconds.
        let seconds = wanted.stretch.start().timestamp()..=wanted.stretch.end().timestamp();
        let is_its = |moment: &&Moment| seconds.contains(&moment.created.timestamp()) && is_like(moment, &wanted);
        let its = seen.as_ref().map(|moments| moments.iter().filter(is_its).cloned().collect()).map_err(Clone::clone);
        // The answer has no receiver if the run's task has ended.
        drop(wanted.answer.send(its));
    }
}
