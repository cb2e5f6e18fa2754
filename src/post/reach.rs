//! How many members and customers an audience has, as they were counted on one date.
//!
//! WeCom gives out no such count, so it is made ahead and kept beside the book. It is an upper bound: members still have
//! to confirm, and customers who are in several of the counted parts are counted in each.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::Audience;
use crate::text::{Text, when};

/// The count of one audience, department or tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Members who can be asked to post and, with tags, who have such customers.
    pub members: u64,
    /// Distinct customers.
    pub customers: u64,
    /// Pairs of a member and a customer.
    pub pairs: u64,
    /// The members whose customers WeCom does not give out, because they have no licence.
    pub uncounted: u64,
}

/// Everything that was counted of a corp.
#[derive(Clone, Debug, Default)]
pub struct AudienceCounts {
    pub counted_on: NaiveDate,
    /// The date of the reader: in Chinese, the year is written only if it is another one.
    pub read_on: NaiveDate,
    /// All members in the app's scope.
    pub total: Count,
    /// With the departments below.
    pub departments: HashMap<u64, Count>,
    pub tags: HashMap<String, Count>,
    /// Audiences that were counted as a whole.
    pub audiences: HashMap<Audience, Count>,
}

/// How many people an audience reaches, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    pub count: Count,
    pub counted_on: NaiveDate,
    read_on: NaiveDate,
}

impl AudienceCounts {
    /// The reach of an audience; `None` if the count does not cover it.
    pub fn reach(&self, audience: &Audience) -> Option<Reach> {
        let count = match audience {
            Audience::Everyone => self.total,
            Audience::Lists { users, departments, tags } => match self.audiences.get(&audience.sorted()) {
                Some(count) => *count,
                // Customers of single members are not kept.
                None if !users.is_empty() => return None,
                None => self.bound(departments, tags)?,
            },
        };
        Some(Reach { count, counted_on: self.counted_on, read_on: self.read_on })
    }

    /// The least of the sums over departments, over tags, and of all.
    fn bound(&self, departments: &[u64], tags: &[String]) -> Option<Count> {
        let departments: Option<Vec<Count>> = departments.iter().map(|id| self.departments.get(id).copied()).collect();
        let tags: Option<Vec<Count>> = tags.iter().map(|id| self.tags.get(id).copied()).collect();
        let sums = [departments?, tags?].into_iter().filter(|counts| !counts.is_empty()).map(|counts| sum(&counts));
        Some(sums.fold(self.total, least))
    }
}

fn sum(counts: &[Count]) -> Count {
    let plus = |of: fn(&Count) -> u64| counts.iter().map(of).fold(0, u64::saturating_add);
    Count {
        members: plus(|it| it.members),
        customers: plus(|it| it.customers),
        pairs: plus(|it| it.pairs),
        uncounted: plus(|it| it.uncounted),
    }
}

fn least(one: Count, other: Count) -> Count {
    Count {
        members: one.members.min(other.members),
        customers: one.customers.min(other.customers),
        pairs: one.pairs.min(other.pairs),
        uncounted: one.uncounted.min(other.uncounted),
    }
}

impl Reach {
    /// `约 3,200 位客户，45 名成员（11月20日统计，上限）`
    pub fn text(&self) -> Text {
        let Count { customers, members, uncounted, .. } = self.count;
        let date = self.counted_on;
        let day = if date.year() == self.read_on.year() {
            Text::of(date.to_string(), format!("{}月{}日", date.month(), date.day()))
        } else {
            when::plain_date(date)
        };
        let people = text!(
            en: "{customers}, {members}",
            zh: "{customers}，{members}",
            customers = in_words(customers),
            members = Text::of(noun(members, "member"), format!("{} 名成员", grouped(members)))
        );
        match uncounted {
            0 => text!(
                en: "{people} (counted on {day}, at most)",
                zh: "{people}（{day}统计，上限）",
                people = people,
                day = day
            ),
            // Their customers may come on top.
            _ => text!(
                en: "{people} (counted on {day}, {without})",
                zh: "{people}（{day}统计，{without}）",
                people = people,
                day = day,
                without = Text::of(
                    format!("without the customers of {}", noun(uncounted, "unlicensed member")),
                    format!("未含 {uncounted} 名没有接口许可的成员的客户")
                )
            ),
        }
    }

    /// The customers alone, for a comparison.
    pub fn customers_in_words(&self) -> Text {
        in_words(self.count.customers)
    }

    /// Whether a later count differs so much that a reviewer should know: by half or more, and by ten or more.
    pub fn jumps_to(&self, later: &Self) -> bool {
        is_jump(self.count.customers, later.count.customers)
    }
}

/// Whether a number of customers changed by half or more, and by at least ten.
pub fn is_jump(before: u64, after: u64) -> bool {
    let difference = before.abs_diff(after);
    difference >= 10 && difference.saturating_mul(2) >= before
}

/// A number of customers, rounded up: the exact one is out of date tomorrow.
fn in_words(customers: u64) -> Text {
    let unit = match customers {
        0..100 => 1,
        100..1_000 => 10,
        1_000..10_000 => 100,
        _ => 10_u64.pow(customers.ilog10() - 2),
    };
    let rounded = customers.div_ceil(unit).saturating_mul(unit);
    match customers {
        0 => text!(en: "no customers", zh: "没有客户"),
        _ => Text::of(format!("about {}", noun(rounded, "customer")), format!("约 {} 位客户", grouped(rounded))),
    }
}

fn noun(number: u64, singular: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {singular}{end}", grouped(number))
}

/// `3,200`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|part| str::from_utf8(part).ok()).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn count(members: u64, customers: u64) -> Count {
        Count { members, customers, pairs: customers, uncounted: 0 }
    }

    fn lists(users: &[&str], departments: &[u64], tags: &[&str]) -> Audience {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Audience::Lists { users: owned(users), departments: departments.to_vec(), tags: owned(tags) }
    }

    fn counts() -> AudienceCounts {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a date");
        AudienceCounts {
            counted_on: day(11, 20),
            read_on: day(12, 1),
            total: count(45, 3_150),
            departments: [(2, count(20, 2_000)), (3, count(20, 1_500))].into(),
            tags: [("etA".to_owned(), count(9, 700))].into(),
            audiences: [(lists(&["a", "b"], &[], &[]), count(2, 0))].into(),
        }
    }

    #[track_caller]
    fn reaches(audience: &Audience, en: &str, zh: &str) {
        let words = counts().reach(audience).expect("it is counted").text();
        assert_eq!((words.get(Lang::En), words.get(Lang::Zh)), (en, zh));
    }

    #[test]
    fn in_both_languages() {
        reaches(
            &Audience::Everyone,
            "about 3,200 customers, 45 members (counted on 2026-11-20, at most)",
            "约 3,200 位客户，45 名成员（11月20日统计，上限）",
        );
        reaches(
            &lists(&["b", "a"], &[], &[]),
            "no customers, 2 members (counted on 2026-11-20, at most)",
            "没有客户，2 名成员（11月20日统计，上限）",
        );
    }

    #[test]
    fn sums_are_bounded_by_every_part() {
        let customers = |audience| counts().reach(&audience).map(|reach| reach.count.customers);
        assert_eq!(customers(lists(&[], &[2, 3], &[])), Some(3_150));
        assert_eq!(customers(lists(&[], &[2], &["etA"])), Some(700));
        assert_eq!(customers(lists(&[], &[], &["etA"])), Some(700));
    }

    #[test]
    fn no_number_is_guessed() {
        assert_eq!(counts().reach(&lists(&["a"], &[], &[])), None);
        assert_eq!(counts().reach(&lists(&[], &[2, 9], &[])), None);
        assert_eq!(counts().reach(&lists(&[], &[2], &["etB"])), None);
    }

    #[test]
    fn uncounted_members_make_it_no_upper_bound() {
        let mut counts = counts();
        counts.total.uncounted = 1;
        let words = counts.reach(&Audience::Everyone).expect("it is counted").text();
        assert!(words.get(Lang::En).ends_with("without the customers of 1 unlicensed member)"), "{words:?}");
        assert!(!words.get(Lang::Zh).contains("上限"), "{words:?}");
    }

    #[test]
    fn another_year_is_written() {
        let mut counts = counts();
        counts.read_on = NaiveDate::from_ymd_opt(2027, 1, 2).expect("a date");
        let words = counts.reach(&Audience::Everyone).expect("it is counted").text();
        assert!(words.get(Lang::Zh).contains("2026年11月20日统计"), "{words:?}");
    }

    #[test]
    fn numbers_are_rounded_up_and_grouped() {
        let zh = |customers| in_words(customers).into_lang(Lang::Zh);
        assert_eq!(
            [7, 99, 101, 3_101, 99_999, 123_456].map(zh),
            [
                "约 7 位客户",
                "约 99 位客户",
                "约 110 位客户",
                "约 3,200 位客户",
                "约 100,000 位客户",
                "约 124,000 位客户",
            ]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_jump_is_a_half_and_at_least_ten() {
        let reach = |customers| Reach { count: count(1, customers), ..counts().reach(&Audience::Everyone).unwrap() };
        let jumps = |before, after| reach(before).jumps_to(&reach(after));
        assert!(jumps(100, 150) && jumps(100, 50) && jumps(0, 10));
        assert!(!jumps(100, 149) && !jumps(4, 12) && !jumps(100, 100));
    }
}
