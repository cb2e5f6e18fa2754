//! Runs that are looked for at the same time share one walk of WeCom's list.
//!
//! Every answer comes from a walk that began after it was asked for: an older one could lack the post.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::post::Post;
use crate::wecom::{Error, Likeness, Moment, WeCom};

/// The stretch of the list that a run is looked for in, in time.
type Stretch = RangeInclusive<DateTime<Utc>>;
type Seen = Result<Vec<Moment>, Error>;

#[derive(Debug, Default)]
pub(super) struct ListWalks {
    waiting: Mutex<Vec<Wanted>>,
    turn: tokio::sync::Mutex<()>,
}

/// What a run is looked for by, and where the answer goes.
#[derive(Debug)]
struct Wanted {
    stretch: Stretch,
    post: Arc<Post>,
    answer: oneshot::Sender<Seen>,
}

impl ListWalks {
    /// The moments of a stretch that are like a post, oldest first.
    pub(super) async fn like(&self, wecom: &WeCom, post: &Arc<Post>, stretch: Stretch) -> Seen {
        loop {
            let (answer, mut answered) = oneshot::channel();
            let wanted = Wanted { stretch: stretch.clone(), post: Arc::clone(post), answer };
            self.waiting().push(wanted);
            // Other runs that are about to look join this walk.
            tokio::task::yield_now().await;
            let _turn = self.turn.lock().await;
            match answered.try_recv() {
                Ok(seen) => return seen,
                // Who walked for this one was stopped in the middle.
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

/// Groups those whose stretches overlap: a walk of all of them is no longer than their own walks together.
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
        // To the second, as WeCom says times.
        let seconds = wanted.stretch.start().timestamp()..=wanted.stretch.end().timestamp();
        let is_its = |moment: &&Moment| seconds.contains(&moment.created.timestamp()) && is_like(moment, &wanted);
        let its = seen.as_ref().map(|moments| moments.iter().filter(is_its).cloned().collect()).map_err(Clone::clone);
        // A run whose task has ended needs no answer.
        drop(wanted.answer.send(its));
    }
}
