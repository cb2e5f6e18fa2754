//! Finds posts that an edit would make shortly after the campaign has posted.

use chrono::{DateTime, TimeDelta, Utc};

use super::occurrence_diff::OccurrenceDiff;
use super::planned::Planned;
use crate::schedule::civil;

/// An occurrence that an edit adds shortly after one that may already have been sent: customers would get both.
#[derive(Clone, Debug)]
pub struct SecondPost {
    /// In the past at the time of the comparison.
    pub first: Planned,
    pub again: Planned,
    /// Whether both are on the day of the comparison, in their own zones.
    pub is_today: bool,
}

/// Posts that are closer than this, or on the same local day, count as second posts.
const SOON: TimeDelta = TimeDelta::hours(24);

/// Occurrences that come shortly after a `past` one, and only because of the edit.
pub(super) fn find(past: &[Planned], moves: &OccurrenceDiff, now: DateTime<Utc>) -> Vec<SecondPost> {
    // A post that moves within its day was due on that day before, too.
    let from_elsewhere = moves.moved.iter().filter(|it| it.before.local_time().date() != it.after.local_time().date());
    let mut new: Vec<&Planned> = moves.gained.iter().chain(from_elsewhere.map(|it| &it.after)).collect();
    new.sort_by_key(|it| it.occurrence.at);
    let of = |again: &&Planned| {
        let is_near = |first: &&Planned| {
            let lateness = again.campaign.timing.deadline(first.occurrence.at) - first.occurrence.at;
            first.local_time().date() == again.local_time().date()
                || again.occurrence.at - first.occurrence.at < SOON.max(lateness)
        };
        let first = past.iter().rev().filter(|it| !it.is_held()).find(is_near)?;
        let is_today =
            |it: &Planned| it.local_time().date() == civil::to_local(it.campaign.timing.schedule.zone(), now).date();
        Some(SecondPost { first: first.clone(), again: (*again).clone(), is_today: is_today(first) && is_today(again) })
    };
    new.iter().filter(|it| !it.is_held()).filter_map(of).collect()
}
