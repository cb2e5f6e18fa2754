//! The campaigns that are awaited, and when each of them is next due. Knows no store, no WeCom and no clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, TimeDelta, Utc};

use super::adopt::Armed;
use crate::schedule::Occurrence;

/// The place of a campaign on the roster.
pub(super) type Place = u32;

type Queue = BinaryHeap<Reverse<(DateTime<Utc>, Place)>>;

#[derive(Debug, Default)]
pub(super) struct Roster {
    armed: Vec<Armed>,
    /// Of each armed campaign.
    next: Vec<Option<Next>>,
    /// When the next one is due, soonest first.
    due: Queue,
    /// When to get ready for it.
    ahead: Queue,
    /// How long before it that is.
    preflight: TimeDelta,
    /// How many of the armed are held.
    held: usize,
}

/// The next occurrence of a campaign.
#[derive(Clone, Debug)]
struct Next {
    occurrence: Occurrence,
    /// When the one after it is due, so that a schedule need not wake to say that no more than one fell due.
    then: Option<DateTime<Utc>>,
}

/// What a campaign has due through an instant.
#[derive(Debug, Default)]
pub(super) struct DueOccurrences {
    /// Oldest first.
    pub(super) occurrences: Vec<Occurrence>,
    /// A newer one has fallen due as well, and is recorded in a later batch.
    pub(super) more_follow: bool,
}

impl Roster {
    /// Awaits what these campaigns bring after `through`.
    pub(super) fn new(armed: Vec<Armed>, through: DateTime<Utc>, preflight: TimeDelta) -> Self {
        let (next, count) = (vec![None; armed.len()], armed.len());
        let queue = || Queue::with_capacity(count);
        let held = armed.iter().filter(|armed| armed.is_held()).count();
        let mut roster = Self { armed, next, due: queue(), ahead: queue(), preflight, held };
        for place in roster.places() {
            roster.arm(place, roster.at(place).since.max(through));
        }
        roster
    }

    /// Awaits everything after `through`; no campaign counts from later than `now`.
    pub(super) fn rewind(&mut self, now: DateTime<Utc>, through: DateTime<Utc>) {
        let mut armed = std::mem::take(&mut self.armed);
        armed.iter_mut().for_each(|campaign| campaign.since = campaign.since.min(now));
        *self = Self::new(armed, through, self.preflight);
    }

    pub(super) fn armed(&self) -> &[Armed] {
        &self.armed
    }

    /// How many campaigns are awaited, and how many of others would be held.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.armed.len() - self.held, self.held)
    }

    pub(super) fn at(&self, place: Place) -> &Armed {
        &self.armed[place as usize]
    }

    /// When the next occurrence of all is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// When there is something to get ready for.
    pub(super) fn next_ahead(&self) -> Option<DateTime<Utc>> {
        self.ahead.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes off the campaigns that have something due through `horizon`, soonest first. Each goes on with
    /// [`Roster::go_on`], or comes back with [`Roster::put_back`].
    pub(super) fn take_due(&mut self, horizon: DateTime<Utc>) -> Vec<Place> {
        take(&mut self.due, horizon).map(|(_, place)| place).collect()
    }

    /// What a campaign has due through `until`, and whether more of it is due through `horizon`.
    pub(super) fn occurrences(&self, place: Place, until: DateTime<Utc>, horizon: DateTime<Utc>) -> DueOccurrences {
        let mut due = DueOccurrences::default();
        let Some(Next { occurrence, then }) = self.next[place as usize].clone() else { return due };
        let first_at = occurrence.at;
        due.occurrences.push(occurrence);
        if then.is_none_or(|then| then > horizon) {
            return due;
        }
        let schedule = self.at(place).terms().schedule.wake();
        for occurrence in schedule.between(first_at, horizon) {
            if occurrence.at > until {
                due.more_follow = true;
                break;
            }
            due.occurrences.push(occurrence);
        }
        due
    }

    /// Awaits what these campaigns bring after `horizon`.
    pub(super) fn go_on(&mut self, places: Vec<Place>, horizon: DateTime<Utc>) {
        places.into_iter().for_each(|place| self.arm(place, horizon));
    }

    /// Awaits what these campaigns were taken off with.
    pub(super) fn put_back(&mut self, places: Vec<Place>) {
        for place in places {
            if let Some(next) = &self.next[place as usize] {
                self.due.push(Reverse((next.occurrence.at, place)));
            }
        }
    }

    /// Takes the campaigns whose next occurrence it is time to get ready for, with that occurrence's time.
    pub(super) fn take_ahead(&mut self, now: DateTime<Utc>) -> Vec<(Place, DateTime<Utc>)> {
        let taken = take(&mut self.ahead, now);
        let next = |place: Place| self.next[place as usize].as_ref().map(|next| next.occurrence.at);
        // What has fallen due meanwhile has no need of it any more, and the one after it is not so near.
        let fresh = |(at, place)| next(place).filter(|due| *due - self.preflight == at).map(|due| (place, due));
        taken.filter_map(fresh).collect()
    }

    fn arm(&mut self, place: Place, after: DateTime<Utc>) {
        let schedule = self.at(place).terms().schedule.wake();
        let mut coming = schedule.between(after, DateTime::<Utc>::MAX_UTC);
        let next = coming.next().map(|occurrence| Next { occurrence, then: coming.next().map(|it| it.at) });
        if let Some(Next { occurrence, .. }) = &next {
            self.due.push(Reverse((occurrence.at, place)));
            self.ahead.push(Reverse((occurrence.at - self.preflight, place)));
        }
        self.next[place as usize] = next;
    }

    fn places(&self) -> std::ops::Range<Place> {
        0..Place::try_from(self.armed.len()).expect("a book has fewer files than that")
    }
}

/// Takes off a queue what stands before or at an instant, soonest first.
fn take(queue: &mut Queue, until: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, Place)> {
    std::iter::from_fn(move || {
        let Reverse((at, _)) = queue.peek()?;
        if *at <= until { queue.pop().map(|Reverse(entry)| entry) } else { None }
    })
}
