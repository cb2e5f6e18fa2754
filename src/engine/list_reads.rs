//! Runs that are searched for at the same time share one read of WeCom's list.
//!
//! Each answer comes from a read that began after its request: an older read could lack the post.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::post::Post;
use crate::wecom::{Error, Moment, PostMatch, WeCom};

/// The part of the list to search, by creation time.
type TimeRange = RangeInclusive<DateTime<Utc>>;
type Moments = Result<Vec<Moment>, Error>;

#[derive(Debug, Default)]
pub(super) struct ListReads {
    waiting: Mutex<Vec<Search>>,
    turn: tokio::sync::Mutex<()>,
}

/// A search: the post to match, and where the answer goes.
#[derive(Debug)]
struct Search {
    range: TimeRange,
    post: Arc<Post>,
    answer: oneshot::Sender<Moments>,
}

impl ListReads {
    /// The moments of a time range that are similar to a post, oldest first.
    pub(super) async fn similar_moments(&self, wecom: &WeCom, post: &Arc<Post>, range: TimeRange) -> Moments {
        loop {
            let (answer, mut answered) = oneshot::channel();
            let search = Search { range: range.clone(), post: Arc::clone(post), answer };
            self.waiting().push(search);
            // Other runs that begin a search now join this read.
            tokio::task::yield_now().await;
            let _turn = self.turn.lock().await;
            match answered.try_recv() {
                Ok(moments) => return moments,
                // The task that read for this run was aborted.
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let all = std::mem::take(&mut *self.waiting());
            for group in overlapping(all) {
                walk(wecom, group).await;
            }
            if let Ok(moments) = answered.try_recv() {
                return moments;
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Search>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Groups overlapping ranges: one read of a group is no longer than its single reads together.
fn overlapping(mut all: Vec<Search>) -> Vec<Vec<Search>> {
    all.sort_by_key(|search| *search.range.start());
    let mut groups: Vec<(DateTime<Utc>, Vec<Search>)> = Vec::new();
    for search in all {
        let end = *search.range.end();
        match groups.last_mut().filter(|(last, _)| search.range.start() <= last) {
            Some((last, group)) => {
                *last = end.max(*last);
                group.push(search);
            }
            None => groups.push((end, vec![search])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

async fn walk(wecom: &WeCom, group: Vec<Search>) {
    let Some(from) = group.iter().map(|search| *search.range.start()).min() else { return };
    let to = group.iter().map(|search| *search.range.end()).max().unwrap_or(from);
    let is_like = |moment: &Moment, search: &Search| moment.likeness(&search.post) != PostMatch::None;
    let any = |moment: &Moment| group.iter().any(|search| is_like(moment, search));
    let moments = wecom.moments(from, to, any).await;
    for search in group {
        // WeCom gives times in whole seconds.
        let seconds = search.range.start().timestamp()..=search.range.end().timestamp();
        let is_its = |moment: &&Moment| seconds.contains(&moment.created.timestamp()) && is_like(moment, &search);
        let its =
            moments.as_ref().map(|moments| moments.iter().filter(is_its).cloned().collect()).map_err(Clone::clone);
        // The answer has no receiver if the run's task has ended.
        drop(search.answer.send(its));
    }
}
