//! Which days a rule comes to, against a second reading that looks at every date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use drumbeat::schedule::{Bound, Calendar, Day, OnDayOff, Schedule, Spec};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The local dates on which a schedule names a time, from a date on, for so many days.
fn dates(schedule: &Schedule, from: NaiveDate, days: u64) -> Vec<NaiveDate> {
    let before = from.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8) - TimeDelta::seconds(1);
    let until = (from + Days::new(days)).and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8);
    schedule.between(before, until).map(|occurrence| occurrence.local.date()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weeks_count_from_the_week_of_start(
        weekdays in proptest::sample::subsequence((0..7_usize).collect::<Vec<_>>(), 1..=7),
        every in 2..=9_u32,
        start in 0..800_u64,
        ahead in 0..400_u64,
    ) {
        let start = date("2025-12-01") + Days::new(start);
        let cron = format!("0 9 * * {}", weekdays.iter().map(|day| NAMES[*day]).collect::<Vec<_>>().join(","));
        let mut spec = Spec::cron(cron, "Asia/Shanghai");
        spec.start = Some(Bound::Date(start));
        spec.every_weeks = Some(every);
        let schedule = Schedule::new(spec).unwrap();
        let from = start + Days::new(ahead);
        // Counted by hand: a new week begins on each Monday.
        let (mut wanted, mut week) = (Vec::new(), 0);
        for day in start.iter_days().take(ahead as usize + 120) {
            if day.weekday().num_days_from_monday() == 0 && day != start {
                week += 1;
            }
            let is_named = weekdays.contains(&(day.weekday().num_days_from_monday() as usize));
            if is_named && week % every == 0 && day >= from {
                wanted.push(day);
            }
        }
        prop_assert_eq!(dates(&schedule, from, 120), wanted);
    }
}

/// What goes out: the named date and the date that clocks show.
fn moves(schedule: &Schedule, from: NaiveDate, days: u64) -> Vec<(NaiveDate, NaiveDate)> {
    let before = from.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(8) - TimeDelta::seconds(1);
    let until = before + TimeDelta::days(i64::try_from(days).unwrap());
    let shown = |at: DateTime<Utc>| (at + TimeDelta::hours(8)).date_naive();
    schedule.between(before, until).map(|occurrence| (occurrence.local.date(), shown(occurrence.at))).collect()
}

fn is_workday(calendar: &Calendar, date: NaiveDate) -> bool {
    matches!(calendar.day(date), Day::Workday | Day::MakeUpWorkday { .. })
}

/// Of all dates that come to one day, the nearest, in the order in which they go out.
fn one_a_day(all: Vec<(NaiveDate, NaiveDate)>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut chosen: BTreeMap<NaiveDate, NaiveDate> = BTreeMap::new();
    for (named, shown) in all {
        let nearest = chosen.entry(shown).or_insert(named);
        if (named - shown).abs() < (*nearest - shown).abs() {
            *nearest = named;
        }
    }
    chosen.into_iter().map(|(shown, named)| (named, shown)).collect()
}

/// Days of a month and weekdays, as the fields of a rule and as a test of dates.
fn day_rules() -> impl Strategy<Value = (String, Vec<u32>, Vec<usize>)> {
    let days = proptest::sample::subsequence((1..=28).collect::<Vec<u32>>(), 1..=4);
    let weekdays = proptest::sample::subsequence((0..7_usize).collect::<Vec<_>>(), 1..=4);
    prop_oneof![
        days.prop_map(|days| {
            let text = days.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            (format!("0 9 {text} * *"), days, Vec::new())
        }),
        weekdays.prop_map(|weekdays| {
            let text = weekdays.iter().map(|day| NAMES[*day]).collect::<Vec<_>>().join(",");
            (format!("0 9 * * {text}"), Vec::new(), weekdays)
        }),
    ]
}

fn names(date: NaiveDate, days: &[u32], weekdays: &[usize]) -> bool {
    days.contains(&date.day()) || weekdays.contains(&(date.weekday().num_days_from_monday() as usize))
}

fn moved(cron: &str, on_day_off: OnDayOff, calendar: &Calendar) -> Schedule {
    let mut spec = Spec::cron(cron, "Asia/Shanghai");
    spec.on_day_off = Some(on_day_off);
    spec.calendar = Some(calendar.clone());
    Schedule::new(spec).unwrap()
}

fn either() -> impl Strategy<Value = OnDayOff> {
    prop_oneof![Just(OnDayOff::Before), Just(OnDayOff::After)]
}

/// China's calendar with some days of 2026 made days off, and others workdays.
fn corrected(off: &BTreeSet<u64>, work: &BTreeSet<u64>) -> Calendar {
    let list = |days: &BTreeSet<u64>| -> Vec<String> {
        days.iter().map(|day| (date("2026-01-01") + Days::new(*day)).to_string()).collect()
    };
    let work: Vec<String> = list(work).into_iter().filter(|day| !list(off).contains(day)).collect();
    let off: Vec<String> = list(off).into_iter().map(|day| format!("{{ name = \"A\", on = {day} }}")).collect();
    let work = format!("{{ name = \"B\", workdays = [{}] }}", work.join(", "));
    let entries = if work.contains("[]") { off } else { off.into_iter().chain([work]).collect() };
    Calendar::china().amend(&format!("holidays = [{}]", entries.join(", "))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn days_off_move_to_the_workday_beside(
        (cron, days, weekdays) in day_rules(),
        on_day_off in either(),
        from in 0..900_u64,
    ) {
        let (calendar, from) = (Calendar::china(), date("2024-03-01") + Days::new(from));
        let step = if on_day_off == OnDayOff::Before { -1 } else { 1 };
        let around = (from - Days::new(40)).iter_days().take(160).filter(|day| names(*day, &days, &weekdays));
        let target = |named: NaiveDate| {
            (0..).map(|n| named + TimeDelta::days(step * n)).find(|day| is_workday(&calendar, *day)).unwrap()
        };
        let all = around.map(|named| (named, target(named))).collect();
        let mut wanted = one_a_day(all);
        wanted.retain(|(_, shown)| (from..from + Days::new(60)).contains(shown));
        prop_assert_eq!(moves(&moved(&cron, on_day_off, &calendar), from, 60), wanted);
    }

    #[test]
    fn nearest_workday_stays_in_its_month(
        day in 1..=31_u32,
        is_counted_back in any::<bool>(),
        from in 0..800_u64,
    ) {
        let (calendar, from) = (Calendar::china(), date("2024-03-01") + Days::new(from));
        let field = match (is_counted_back, day - 1) {
            (false, _) => format!("{day}W"),
            (true, 0) => "LW".to_owned(),
            (true, before) => format!("L-{}W", before.min(27)),
        };
        let mut wanted = Vec::new();
        let mut month = from.with_day(1).unwrap();
        for _ in 0..7 {
            let all: Vec<NaiveDate> = month.iter_days().take_while(|it| it.month() == month.month()).collect();
            let named = match is_counted_back {
                false => all.iter().find(|it| it.day() == day).copied(),
                true => all.len().checked_sub(1 + (day as usize - 1).min(27)).map(|at| all[at]),
            };
            let near = |named: NaiveDate| {
                let workdays = all.iter().filter(|it| is_workday(&calendar, **it));
                workdays.min_by_key(|it| ((**it - named).abs(), **it)).copied().unwrap()
            };
            wanted.extend(named.map(|named| (named, near(named))));
            month = month + Months::new(1);
        }
        wanted.retain(|(_, shown)| (from..from + Days::new(150)).contains(shown));
        let schedule = Schedule::new(Spec::cron(format!("0 9 {field} * *"), "Asia/Shanghai")).unwrap();
        prop_assert_eq!(moves(&schedule, from, 150), wanted);
    }

    #[test]
    fn moved_occurrences_are_in_order_and_unique(
        (cron, ..) in day_rules(),
        on_day_off in either(),
        off in proptest::collection::btree_set(0..330_u64, 0..40),
        work in proptest::collection::btree_set(0..330_u64, 0..40),
    ) {
        let all = moves(&moved(&cron, on_day_off, &corrected(&off, &work)), date("2026-01-01"), 330);
        prop_assert!(all.is_sorted_by(|a, b| a.1 < b.1), "{all:?}");
        let named: BTreeSet<NaiveDate> = all.iter().map(|(named, _)| *named).collect();
        prop_assert_eq!(named.len(), all.len());
    }

    /// A calendar that is corrected while the service runs: what went out under the former one is known by its named date.
    /// A date that was passed over then, because another one went out on its day, goes out later only if there is a workday
    /// now between that other date and itself.
    #[test]
    fn corrected_calendar_makes_no_second_post(
        (cron, days, weekdays) in day_rules(),
        on_day_off in either(),
        off in proptest::collection::btree_set(0..330_u64, 0..60),
        work in proptest::collection::btree_set(0..330_u64, 0..60),
        now in 40..290_u64,
    ) {
        let now = date("2026-01-01") + Days::new(now);
        let before = moves(&moved(&cron, on_day_off, &Calendar::china()), date("2026-01-01"), 330);
        let after = moves(&moved(&cron, on_day_off, &corrected(&off, &work)), now, 40);
        let posted: BTreeMap<NaiveDate, NaiveDate> = before.iter().copied().filter(|(_, shown)| *shown < now).collect();
        let step = if on_day_off == OnDayOff::Before { -1 } else { 1 };
        for (named, shown) in after {
            if posted.contains_key(&named) {
                // The run is known by its name: the store keeps one of each.
                continue;
            }
            prop_assert!(names(named, &days, &weekdays));
            let former = (0..)
                .map(|n| named + TimeDelta::days(step * n))
                .find(|day| is_workday(&Calendar::china(), *day))
                .unwrap();
            let chosen = posted.iter().find(|(_, day)| **day == former).map(|(chosen, _)| *chosen);
            let is_own = chosen.is_none_or(|chosen| chosen < shown && shown <= named);
            prop_assert!(is_own, "{named} goes out on {shown}, and was passed over for {chosen:?}");
        }
    }
}
