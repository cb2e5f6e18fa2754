//! Which occurrences were added or removed, and which moved.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::planned::{Planned, Window};
use crate::campaign::ChoiceReason;
use crate::schedule::{Fold, When};

/// An occurrence whose due time changed.
#[derive(Clone, Debug)]
pub struct Moved {
    pub before: Planned,
    pub after: Planned,
}

/// An occurrence that posts something else than before, at the same time or at another one.
#[derive(Clone, Debug)]
pub struct ContentChange {
    pub before: Planned,
    pub after: Planned,
    /// Whether only the order changed: the former content still exists and is posted by other occurrences.
    pub is_shifted: bool,
}

/// How two lists of occurrences of one campaign differ.
#[derive(Clone, Debug, Default)]
pub(super) struct OccurrenceDiff {
    pub gained: Vec<Planned>,
    pub lost: Vec<Planned>,
    pub moved: Vec<Moved>,
    /// Due as before, but newly held.
    pub held: Vec<Planned>,
    /// Due as before, but no longer held.
    pub released: Vec<Planned>,
    /// Those that post something else, by time.
    pub contents: Vec<ContentChange>,
}

/// How far an occurrence may move and still count as the same.
pub(super) const NEAR: TimeDelta = TimeDelta::days(4);

/// Compares two lists within a window. Both should extend [`NEAR`] beyond it, so that an occurrence that moves across
/// an end of the window counts as moved.
pub(super) fn between(before: Vec<Planned>, after: Vec<Planned>, window: Window) -> OccurrenceDiff {
    let key = |it: &Planned| -> (DateTime<Utc>, Fold) { (it.occurrence.at, it.occurrence.fold) };
    let mut left: HashMap<_, Planned> = before.iter().map(|it| (key(it), it.clone())).collect();
    let mut moves = OccurrenceDiff::default();
    for new in after {
        let old = left.remove(&key(&new));
        moves.contents.extend(old.as_ref().and_then(|old| content_change(old, &new)));
        match old {
            None => moves.gained.push(new),
            Some(old) if !old.is_held() && new.is_held() => moves.held.push(new),
            Some(old) if old.is_held() && !new.is_held() => moves.released.push(new),
            Some(_) => {}
        }
    }
    moves.lost = before.into_iter().filter(|it| left.contains_key(&key(it))).collect();
    pair(&mut moves, |old, new| old.local_time().date() == new.local_time().date());
    pair(&mut moves, |old, new| (old.occurrence.at - new.occurrence.at).abs() < NEAR);
    // In a list of times, one time that replaces another is a move at any distance. Cron rules give no such hint.
    if moves.lost.len() == 1 && moves.gained.len() == 1 {
        pair(&mut moves, |old, new| is_of_list(old) && is_of_list(new));
    }
    let is_inside = |it: &Planned| window.from <= it.occurrence.at && it.occurrence.at < window.to;
    for list in [&mut moves.gained, &mut moves.lost, &mut moves.held, &mut moves.released] {
        list.retain(is_inside);
    }
    moves.moved.retain(|moved| is_inside(&moved.before) || is_inside(&moved.after));
    moves.moved.sort_by_key(|moved| moved.after.occurrence.at);
    moves.contents.retain(|change| is_inside(&change.after));
    moves.contents.extend(moves.moved.iter().filter_map(|moved| content_change(&moved.before, &moved.after)));
    moves.contents.sort_by_key(|change| change.after.occurrence.at);
    moves
}

/// How the content of an occurrence differs, if it does.
fn content_change(before: &Planned, after: &Planned) -> Option<ContentChange> {
    if before.content.post.shows_same(&after.content.post) {
        return None;
    }
    let is_turn = |planned: &Planned| matches!(planned.content.reason, ChoiceReason::Turn { .. });
    let date = after.occurrence.local.date();
    let is_still_there =
        || after.campaign.contents.iter().any(|content| content.on(date).shows_same(&before.content.post));
    let is_shifted = is_turn(before) && is_turn(after) && is_still_there();
    Some(ContentChange { before: before.clone(), after: after.clone(), is_shifted })
}

fn is_of_list(planned: &Planned) -> bool {
    matches!(planned.campaign.timing.schedule.spec().when, When::At(_))
}

/// Pairs removed with added occurrences, in order, if they are close enough.
fn pair(moves: &mut OccurrenceDiff, fits: impl Fn(&Planned, &Planned) -> bool) {
    let mut gained = std::mem::take(&mut moves.gained).into_iter().peekable();
    let mut lost = std::mem::take(&mut moves.lost).into_iter().peekable();
    loop {
        match (lost.peek(), gained.peek()) {
            (Some(old), Some(new)) if fits(old, new) => {
                if let (Some(before), Some(after)) = (lost.next(), gained.next()) {
                    moves.moved.push(Moved { before, after });
                }
            }
            (Some(old), Some(new)) if old.occurrence.at < new.occurrence.at => moves.lost.extend(lost.next()),
            (Some(_), Some(_)) => moves.gained.extend(gained.next()),
            _ => break,
        }
    }
    moves.lost.extend(lost);
    moves.gained.extend(gained);
}
