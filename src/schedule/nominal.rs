//! The nominal firings of a schedule: every local time that its rule names from `start` on, independent of `skip`, `days`,
//! `end`, blackouts and clock changes leave out. A number of them never changes when an occurrence is left out.

use chrono::{NaiveDateTime, TimeDelta};

use super::occurrence::Occurrence;
use super::occurrences::Schedule;
use super::rule::Rule;
use super::spec::When;

impl Schedule {
    /// How many nominal firings come before an occurrence: those of a rule since `start`, or the entries of `at` before
    /// it, in the order in which they are written. None for a rule without `start`.
    pub fn nominal_number(&self, occurrence: &Occurrence) -> Option<u64> {
        match (self.rule(), &self.spec().when) {
            (Rule::Cron(crontab), _) => {
                let (start, local) = (self.spec().start?.opens(), occurrence.local);
                Some(match self.weeks() {
                    None => crontab.count(start, local),
                    Some(weeks) => {
                        let spans = weeks.spans().take_while(|(from, _)| *from < local);
                        spans.map(|(from, to)| crontab.count(from.max(start), to.min(local))).sum()
                    }
                })
            }
            (Rule::Lunar(lunar), _) => {
                let first = self.spec().start?.opens() - TimeDelta::seconds(1);
                let firings = std::iter::successors(lunar.next(first), |time| lunar.next(*time));
                u64::try_from(firings.take_while(|time| *time < occurrence.local).count()).ok()
            }
            (Rule::At(_), When::At(times)) => {
                let place = times.iter().position(|time| *time == occurrence.local)?;
                u64::try_from(place).ok()
            }
            (Rule::At(_), When::Cron { .. } | When::Lunar(_)) => None,
        }
    }

    /// The local time of a nominal firing, by its number. None if there are fewer, or for a rule without `start`.
    pub fn nominal_time(&self, number: usize) -> Option<NaiveDateTime> {
        match (self.rule(), &self.spec().when) {
            (Rule::Cron(_) | Rule::Lunar(_), _) => {
                let first = self.spec().start?.opens() - TimeDelta::seconds(1);
                std::iter::successors(self.next_of_rule(first), |time| self.next_of_rule(*time)).nth(number)
            }
            (Rule::At(_), When::At(times)) => times.get(number).copied(),
            (Rule::At(_), When::Cron { .. } | When::Lunar(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::schedule::{Bound, DayMatch, Days, Skip, Spec};

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn since(cron: &str, start: &str) -> Spec {
        let mut spec = Spec::cron(cron, "Asia/Shanghai");
        if let When::Cron { day_match, .. } = &mut spec.when {
            *day_match = Some(DayMatch::Any).filter(|_| cron == "0 9 1,15 * MON");
        }
        Spec { start: Some(Bound::Date(date(start))), ..spec }
    }

    /// The numbers of a schedule's first occurrences.
    #[track_caller]
    fn numbered(spec: Spec, numbers: &[u64]) {
        let schedule = Schedule::new(spec).expect("a schedule");
        let all = schedule.between(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let found: Vec<u64> = all.take(numbers.len()).filter_map(|it| schedule.nominal_number(&it)).collect();
        assert_eq!(found, numbers);
    }

    #[test]
    fn skipped_days_keep_their_numbers() {
        numbered(since("0 9 * * MON", "2026-03-01"), &[0, 1, 2, 3]);
        let skip = vec![Skip::Range { from: date("2026-03-09"), to: date("2026-03-17") }];
        numbered(Spec { skip, ..since("0 9 * * MON", "2026-03-01") }, &[0, 3, 4]);
        // Two days of the new year holiday and a weekend come before the first workday.
        numbered(Spec { days: Days::Workday, ..since("0 9 * * *", "2026-01-01") }, &[3, 4, 5, 6, 7]);
    }

    #[test]
    fn moved_days_keep_their_numbers() {
        use crate::schedule::OnDayOff;
        // 1 March is a Sunday.
        let spec = Spec { on_day_off: Some(OnDayOff::After), ..since("0 9 1,15 * *", "2026-03-01") };
        numbered(spec, &[0, 1, 2, 3]);
        // Friday, and the weekend's two firings, of which one goes out.
        let spec = Spec { on_day_off: Some(OnDayOff::After), ..since("0 9 * * FRI,SAT,SUN", "2026-03-02") };
        numbered(spec, &[0, 2, 3, 5]);
        numbered(since("0 9 15W * *", "2026-03-01"), &[0, 1, 2, 3]);
    }

    #[test]
    fn weeks_that_do_not_count_have_no_numbers() {
        numbered(Spec { every_weeks: Some(2), ..since("0 9 * * MON,THU", "2026-03-04") }, &[0, 1, 2, 3]);
        let skip = vec![Skip::Date(date("2026-03-16"))];
        numbered(Spec { every_weeks: Some(2), skip, ..since("0 9 * * MON", "2026-03-02") }, &[0, 2, 3]);
    }

    #[test]
    fn lunar_occasions_count_each() {
        let when = When::Lunar(vec!["正月十五 09:00".to_owned(), "中秋 09:00".to_owned()]);
        let skip = vec![Skip::Date(date("2026-09-25"))];
        numbered(Spec { when, skip, ..since("0 9 * * *", "2026-01-01") }, &[0, 2, 3]);
    }

    #[test]
    fn several_times_of_a_day_count_each() {
        numbered(since("0 9,18 * * *", "2026-03-01"), &[0, 1, 2, 3]);
        let start = Some(Bound::Time(date("2026-03-01").and_hms_opt(12, 0, 0).expect("noon")));
        numbered(Spec { start, ..since("0 9,18 * * *", "2026-03-01") }, &[0, 1, 2]);
    }

    #[test]
    fn a_list_counts_as_written() {
        let times = ["2026-03-09T09:00:00", "2026-03-02T09:00:00", "2026-03-16T09:00:00"];
        let times: Vec<NaiveDateTime> = times.iter().map(|time| time.parse().expect("a time")).collect();
        numbered(Spec::at(times, "Asia/Shanghai"), &[1, 0, 2]);
    }

    /// A local time that clocks show twice is one nominal time; a time in a gap counts as any other.
    #[test]
    fn clock_changes_shift_no_number() {
        let spec = Spec { timezone: "America/New_York".to_owned(), ..since("30 * * * *", "2026-11-01") };
        numbered(spec, &[0, 1, 1, 2, 3]);
        let spec = Spec { timezone: "America/New_York".to_owned(), ..since("30 2 * * *", "2026-03-07") };
        numbered(spec, &[0, 1, 2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() })]

        /// The number is what counting each firing comes to.
        #[test]
        fn a_number_is_the_count_of_firings(
            cron in prop::sample::select(vec![
                "0 9 * * MON", "*/7 8-18 * * *", "0 9 L * *", "0 9 15W * *", "30 10 * 2,11 MON-FRI", "0 9 * * MON#2",
                "0 9 1,15 * MON", "0 0 29 2 *", "15,45 7,19 10-20 * *", "30 0 9 * * FRI 2024-2050",
            ]),
            start in 0_i64..3_000, seconds in 0_i64..86_400, steps in 0_usize..400,
        ) {
            let start = date("2024-01-01").and_hms_opt(0, 0, 0).expect("midnight") + TimeDelta::days(start) + TimeDelta::seconds(seconds);
            let spec = Spec { start: Some(Bound::Time(start)), ..since(cron, "2024-01-01") };
            let schedule = Schedule::new(spec).expect("a schedule");
            let Some(local) = schedule.nominal_time(steps) else { return Ok(()) };
            let occurrence = Occurrence { local, fold: super::super::Fold::First, at: local.and_utc(), doubt: None };
            prop_assert_eq!(schedule.nominal_number(&occurrence), Some(steps as u64), "{} from {}", cron, start);
        }
    }
}
