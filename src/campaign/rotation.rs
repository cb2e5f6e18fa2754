//! Which content an occurrence gets. A function of the file and the occurrence alone; `docs/content.md` describes it for
//! other programs.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, Sha256};

/// The order in which contents take turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// As in the file.
    #[default]
    Listed,
    /// Another permutation in each cycle, made from the campaign's id and the number of the cycle.
    Shuffled,
}

/// What follows the last content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterLast {
    /// The next cycle.
    #[default]
    Repeat,
    /// The campaign ends: its schedule has no occurrence after the last content.
    Stop,
}

/// Which contents take turns, and which have dates of their own. Contents are named by their number in the file, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rotation {
    order: Order,
    after_last: AfterLast,
    /// The contents that take turns, in the order of the file. At least one.
    turns: Vec<u32>,
    /// The contents of single local dates.
    on: BTreeMap<NaiveDate, u32>,
}

/// Why an occurrence gets its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceReason {
    /// It is the only content.
    Only,
    /// It is the content of the occurrence's date.
    OnDate(NaiveDate),
    /// It is its turn.
    Turn {
        /// The number of the nominal firing since `start`, or the place in the list of times, from 1.
        firing: u64,
        /// From 1.
        cycle: u64,
        /// The place in the order of the cycle, from 1.
        place: u32,
        /// How many contents take turns.
        of: u32,
    },
    /// A person named it.
    Named,
}

impl Rotation {
    /// The local dates that are kept for a content, by its number from 1; none if it takes turns.
    pub(super) fn dates_of(&self, number: u32) -> Vec<NaiveDate> {
        self.on.iter().filter(|(_, kept_for)| **kept_for == number).map(|(date, _)| *date).collect()
    }

    /// The rotation of contents, each with its own dates; a content without dates takes turns. Nothing if none does.
    pub fn new(order: Order, after_last: AfterLast, dates: &[Vec<NaiveDate>]) -> Option<Self> {
        let numbered = || (1..).zip(dates);
        let turns: Vec<u32> = numbered().filter(|(_, dates)| dates.is_empty()).map(|(number, _)| number).collect();
        let on = numbered().flat_map(|(number, dates)| dates.iter().map(move |date| (*date, number))).collect();
        (!turns.is_empty()).then_some(Self { order, after_last, turns, on })
    }

    /// The contents that take turns, in the order of the file.
    pub fn turns(&self) -> &[u32] {
        &self.turns
    }

    /// The contents of single local dates.
    pub fn on(&self) -> &BTreeMap<NaiveDate, u32> {
        &self.on
    }

    pub fn order(&self) -> Order {
        self.order
    }

    pub fn after_last(&self) -> AfterLast {
        self.after_last
    }

    /// Whether the number of a firing matters.
    pub fn needs_number(&self) -> bool {
        self.turns.len() > 1 || self.after_last == AfterLast::Stop
    }

    /// The content of an occurrence on a local date. `number` gives the number of its nominal firing, from 0.
    pub fn content_of(
        &self,
        id: &CampaignId,
        date: NaiveDate,
        number: impl FnOnce() -> Option<u64>,
    ) -> (u32, ChoiceReason) {
        if let Some(number) = self.on.get(&date) {
            return (*number, ChoiceReason::OnDate(date));
        }
        if let ([only], true) = (&self.turns[..], self.on.is_empty()) {
            return (*only, ChoiceReason::Only);
        }
        let firing = if self.needs_number() { number() } else { None }.unwrap_or(0);
        let (cycle, place) = (firing / self.len(), firing % self.len());
        // The conversions cannot fail: a position is less than the number of contents.
        let at = usize::try_from(place).unwrap_or(0);
        let turn = match self.order {
            Order::Listed => at,
            Order::Shuffled => shuffled(id, cycle, self.turns.len())[at],
        };
        let of = u32::try_from(self.turns.len()).unwrap_or(u32::MAX);
        let reason =
            ChoiceReason::Turn { firing: firing + 1, cycle: cycle + 1, place: u32::try_from(at).unwrap_or(0) + 1, of };
        (self.turns[turn], reason)
    }

    fn len(&self) -> u64 {
        self.turns.len() as u64
    }
}

/// The order of a cycle of `count` contents, from 0: a permutation of `0..count`.
///
/// Contents are sorted by the SHA-256 of `id/cycle/content`, both numbers from 1. Where a cycle would begin with the
/// content that the one before ended with, its first two change places; two contents keep the order of the first cycle.
pub fn shuffled(id: &CampaignId, cycle: u64, count: usize) -> Vec<usize> {
    let cycle = if count == 2 { 0 } else { cycle };
    let mut order = by_digest(id, cycle, count);
    if count > 2 && cycle > 0 && by_digest(id, cycle - 1, count).last() == order.first() {
        order.swap(0, 1);
    }
    order
}

fn by_digest(id: &CampaignId, cycle: u64, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_cached_key(|at| Sha256::of(format!("{id}/{}/{}", cycle + 1, at + 1).as_bytes()));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> CampaignId {
        "weekly-tips".parse().expect("an id")
    }

    #[test]
    fn no_content_repeats_across_cycles() {
        for count in 2..12 {
            let all: Vec<usize> = (0..200).flat_map(|cycle| shuffled(&id(), cycle, count)).collect();
            assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{count} contents");
        }
    }

    #[test]
    fn each_cycle_has_each_content_once() {
        for cycle in 0..50 {
            let mut order = shuffled(&id(), cycle, 10);
            order.sort_unstable();
            assert_eq!(order, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn cycles_differ_and_campaigns_differ() {
        let other = "other-tips".parse().expect("an id");
        assert_ne!(shuffled(&id(), 0, 10), shuffled(&id(), 1, 10));
        assert_ne!(shuffled(&id(), 0, 10), shuffled(&other, 0, 10));
    }

    #[test]
    fn contents_with_dates_take_no_turns() {
        let date: NaiveDate = "2026-12-25".parse().expect("a date");
        let rotation = Rotation::new(Order::Listed, AfterLast::Repeat, &[vec![], vec![date], vec![]]).expect("turns");
        assert_eq!((rotation.turns(), rotation.on().get(&date)), (&[1, 3][..], Some(&2)));
        assert_eq!(Rotation::new(Order::Listed, AfterLast::Repeat, &[vec![date]]), None);
    }
}
