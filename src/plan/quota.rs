//! How much of WeCom's limits a plan uses.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Datelike, DurationRound, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::planned::Planned;
use crate::limits::BEIJING;
use crate::schedule::civil;

/// The posts of a plan against WeCom's limits ([`crate::limits::CREATES_PER_MINUTE`], [`crate::limits::CREATES_PER_MONTH`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub posts: usize,
    /// The minute with the most posts; of several, the first.
    pub busiest_minute: Option<(DateTime<Utc>, usize)>,
    /// The day with the most posts, in the book's zone.
    pub busiest_day: Option<(NaiveDate, usize)>,
    /// The first day of the month with the most posts within the plan, in WeCom's zone.
    pub busiest_month: Option<(NaiveDate, usize)>,
}

impl Quota {
    /// Counts the posts of a plan.
    pub fn of(occurrences: &[Planned], book: Tz) -> Self {
        let posts = || occurrences.iter().filter(|planned| !planned.is_repeated());
        let at = || posts().map(|planned| planned.occurrence.at);
        let month = |at| civil::to_local(BEIJING, at).date().with_day(1);
        Self {
            posts: posts().count(),
            busiest_minute: busiest(at().filter_map(|at| at.duration_trunc(TimeDelta::minutes(1)).ok())),
            busiest_day: busiest(at().map(|at| civil::to_local(book, at).date())),
            busiest_month: busiest(at().filter_map(month)),
        }
    }
}

fn busiest<K: Copy + Eq + Hash + Ord>(keys: impl Iterator<Item = K>) -> Option<(K, usize)> {
    let mut counts: HashMap<K, usize> = HashMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
}
