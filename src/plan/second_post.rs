//! Posts that an edit would make although the campaign has just posted.

use chrono::{DateTime, TimeDelta, Utc};

use super::occurrence_diff::OccurrenceDiff;
use super::planned::Planned;
use crate::schedule::civil;

/// An occurrence that an edit adds shortly after one that may have gone out already: customers would get both.
#[derive(Clone, Debug)]
pub struct SecondPost {
    /// Past when the books were compared.
    pub first: Planned,
    pub again: Planned,
    /// Whether both are on the day, in their own zones, on which the books were compared.
    pub is_today: bool,
}

/// How soon after a post another one is a second post. On the same local day it always is.
const SOON: TimeDelta = TimeDelta::hours(24);

/// What comes shortly after something that is `past`, and would not have come without the edit.
pub(super) fn find(past: &[Planned], moves: &OccurrenceDiff, now: DateTime<Utc>) -> Vec<SecondPost> {
    // A post that only moves within its day was due there before the edit, too.
    let from_elsewhere = moves.moved.iter().filter(|it| it.before.local_time().date() != it.after.local_time().date());
    let mut new: Vec<&Planned> = moves.gained.iter().chain(from_elsewhere.map(|it| &it.after)).collect();
    new.sort_by_key(|it| it.occurrence.at);
    let of = |again: &&Planned| {
        let is_near = |first: &&Planned| {
            let lateness = again.campaign.terms.latest(first.occurrence.at) - first.occurrence.at;
            first.local_time().date() == again.local_time().date()
                || again.occurrence.at - first.occurrence.at < SOON.max(lateness)
        };
        let first = past.iter().rev().filter(|it| !it.is_held()).find(is_near)?;
        let is_today =
            |it: &Planned| it.local_time().date() == civil::to_local(it.campaign.terms.schedule.zone(), now).date();
        Some(SecondPost { first: first.clone(), again: (*again).clone(), is_today: is_today(first) && is_today(again) })
    };
    new.iter().filter(|it| !it.is_held()).filter_map(of).collect()
}
