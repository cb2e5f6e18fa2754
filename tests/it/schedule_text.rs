//! No text makes a schedule panic or hang. Also: descriptions and explanations of schedules.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use drumbeat::schedule::{
    Blackout, Bound, CronError, DayMatch, Days, PostingBlocks, QuietHours, Schedule, ScheduleErrorKind, Spec, When,
    ZONE_DATA, civil, zone,
};
use drumbeat::text::Lang;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::schedule::{local, spec};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Calls every method of a schedule.
fn ask_all(spec: Spec) {
    match Schedule::new(spec.clone()) {
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(!error.to_string().is_empty());
                assert_ne!(error.kind, ScheduleErrorKind::Cron(CronError::Internal), "{spec:?}");
                let _ = (error.help(&spec), error.proposal(&spec), error.help_from(&spec, at("2026-03-02T00:00:00Z")));
                if let (Some(span), When::Cron { text, .. }) = (error.span, &spec.when) {
                    assert!(text.get(span.clone()).is_some(), "{span:?} of {text:?}");
                }
            }
        }
        Ok(schedule) => {
            let instants = [
                DateTime::<Utc>::MIN_UTC,
                DateTime::UNIX_EPOCH,
                at("2026-03-08T06:59:59.5Z"),
                at("2100-12-31T23:59:59Z"),
                DateTime::<Utc>::MAX_UTC,
            ];
            for instant in instants {
                let next = schedule.next_after(instant);
                assert!(next.as_ref().is_none_or(|next| next.at > instant));
                assert_eq!(schedule.ended_by(instant), next.is_none());
                let _ = schedule.explain(instant.clamp(at("1900-01-01T00:00:00Z"), at("2150-01-01T00:00:00Z")));
                if let Some(next) = next {
                    let explained = schedule.explain(next.at);
                    assert_eq!(explained.occurrence.as_ref(), Some(&next));
                    let _ = (schedule.note(&next), schedule.explain_local(next.local));
                }
            }
            assert!(schedule.next_after(DateTime::<Utc>::MIN_UTC).is_some(), "sound, so it fires once at least");
            assert!(schedule.fires_most_per_day() > 0);
            assert!(!schedule.in_words().is_empty());
            for warning in schedule.warnings() {
                assert!(!warning.text().is_empty() && !warning.help(&spec).is_empty());
            }
            let json = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule);
        }
    }
}

/// Pieces of cron expressions, valid and not.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "*",
        "*/2",
        "0",
        "5",
        "9",
        "23",
        "24",
        "59",
        "60",
        "31",
        "L",
        "L-3",
        "MON",
        "mon#1",
        "FRI#L",
        "FRI-MON",
        "22-2",
        ",",
        "-",
        "/",
        "#",
        "?",
        "W",
        "15W",
        "H",
        " ",
        "  ",
        "\t",
        "\n",
        "1-5",
        "*/15",
        "1/7",
        "@daily",
        "@",
        "周一",
        "，",
        "９",
        "é",
        "🎉",
        "2026",
        "2100",
        "99999999999",
        "0-59",
        "JAN",
        "feb-APR",
        "30",
        "29",
        "2",
        "\u{0}",
        "MON-FRI/2",
        "+",
        "ß",
        "ǅ",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Five to seven items, so that many are valid.
fn near_texts() -> impl Strategy<Value = String> {
    let item = prop::sample::select(vec![
        "*", "0", "5", "9", "*/2", "*/45", "1,3", "1-3", "28-3", "L", "L-30", "MON", "FRI#L", "MON#5", "30", "31", "2",
        "2-1", "?", "2028", "0-59",
    ]);
    prop::collection::vec(item, 5..=7).prop_map(|items| items.join(" "))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() }
}

fn with(text: String, zone: &str, day_match: Option<DayMatch>, days: Days) -> Spec {
    Spec { when: When::Cron { text, day_match }, days, ..Spec::cron("", zone) }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn any_text_at_all(text in any::<String>()) {
        ask_all(with(text, "Asia/Shanghai", None, Days::Any));
    }

    #[test]
    fn any_pieces(text in pieces()) {
        ask_all(with(text, "America/New_York", Some(DayMatch::Any), Days::Any));
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_zone_at_all(zone in any::<String>()) {
        ask_all(with("0 9 * * *".to_owned(), &zone, None, Days::Any));
    }

    #[test]
    fn texts_that_are_nearly_sound(text in near_texts(), match_all in any::<bool>(), workdays in any::<bool>()) {
        let day_match = if match_all { DayMatch::All } else { DayMatch::Any };
        let days = if workdays { Days::Workday } else { Days::Any };
        ask_all(with(text, "America/New_York", Some(day_match), days));
    }
}

#[test]
fn overlong_texts_are_refused_at_once() {
    let started = Instant::now();
    for text in ["1,".repeat(500_000), " ".repeat(1_000_000), "x".repeat(1_000_000), "９".repeat(400_000)] {
        let errors = Schedule::new(Spec::cron(text.clone(), "Asia/Shanghai")).unwrap_err();
        assert_eq!(errors[0].kind, ScheduleErrorKind::Cron(CronError::TooLong { bytes: text.len() }));
        let errors = Schedule::new(Spec::cron("0 9 * * *", &text)).unwrap_err();
        assert!(errors[0].to_string().len() < 1_000, "{}", errors[0]);
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn rules_in_words() {
    let mut wrong = String::new();
    for row in
        include_str!("../cases/schedule/words.txt").lines().filter(|row| !row.is_empty() && !row.starts_with("# "))
    {
        let (rule, _) = row.split_once(" | ").expect("three cells");
        let found = Schedule::new(spec(rule, "Asia/Shanghai")).unwrap().in_words();
        let (english, chinese) = (found.get(Lang::En), found.get(Lang::Zh));
        let right =
            format!("{rule} | {} | {}", english.replace(" (Asia/Shanghai)", ""), chinese.replace("（北京时间）", ""));
        if right != row {
            wrong.push_str(&format!("{right}\n"));
        }
    }
    assert!(wrong.is_empty(), "these rows would be right:\n{wrong}");
}

#[test]
fn both_readings_with_their_next_dates() {
    let spec = spec("0 9 1 * MON", "Asia/Shanghai");
    let errors = Schedule::new(spec.clone()).unwrap_err();
    assert_eq!(
        errors[0].help_from(&spec, at("2026-03-01T00:00:00Z")).unwrap().get(Lang::En),
        "say which is meant: `day_match = \"any\"` if either field is enough \
         (next Sun 2026-03-01, Mon 2026-03-02, Mon 2026-03-09); \
         or `day_match = \"all\"` if both must agree (next Mon 2026-06-01, Mon 2027-02-01, Mon 2027-03-01)"
    );
    let often = self::spec("*/5 9-17 1 * MON ; start=2026-06-01 ; max_runs=0", "Asia/Shanghi");
    let errors = Schedule::new(often.clone()).unwrap_err();
    let help = errors[0].help_from(&often, at("2026-03-01T00:00:00Z")).unwrap().into_lang(Lang::En);
    assert!(help.contains("(next Sun 2026-03-01, Mon 2026-03-02, Mon 2026-03-09)"), "each day once: {help}");
    let later = self::spec("0 9 1 * MON ; start=2026-06-02", "Asia/Shanghai");
    let errors = Schedule::new(later.clone()).unwrap_err();
    let help = errors[0].help_from(&later, at("2026-03-01T00:00:00Z")).unwrap().into_lang(Lang::En);
    assert!(help.contains("(next Mon 2026-06-08, Mon 2026-06-15, Mon 2026-06-22)"), "not before it starts: {help}");
    let never = self::spec("0 9 31 4 MON#1", "Asia/Shanghai");
    let errors = Schedule::new(never.clone()).unwrap_err();
    let help = errors[0].help_from(&never, at("2026-03-01T00:00:00Z")).unwrap().into_lang(Lang::En);
    assert!(help.ends_with("if both must agree (it would never fire)"), "{help}");
}

#[track_caller]
fn explains(rule: &str, zone: &str, local_time: &str, expected: &[&str]) {
    let explained = Schedule::new(spec(rule, zone)).unwrap().explain_local(local(local_time));
    let because: Vec<&str> = explained.because.iter().map(|reason| reason.get(Lang::En)).collect();
    assert_eq!(because, expected);
}

#[test]
fn why_there_is_one() {
    explains(
        "0 9 * * MON ; start=2026-03-01 ; max_runs=5",
        "Asia/Shanghai",
        "2026-03-09 09:00",
        &[
            "the schedule is every Monday at 09:00 (Asia/Shanghai), from 2026-03-01, 5 times at most",
            "2026-03-09 is a Monday",
            "it is number 2 of 5 at most",
        ],
    );
    explains(
        "0 9 * * * ; days=workday",
        "Asia/Shanghai",
        "2026-02-14 09:00",
        &[
            "the schedule is every day at 09:00 (Asia/Shanghai), on workdays only",
            "2026-02-14 is a Saturday",
            "the calendar `China` has 2026-02-14 as make-up workday for 春节",
        ],
    );
    explains(
        "0 9 * * * ; days=workday",
        "Asia/Shanghai",
        "2027-02-01 09:00",
        &["the schedule is every day at 09:00 (Asia/Shanghai), on workdays only", "2027-02-01 is a Monday"],
    );
}

#[test]
fn why_a_week_counts_or_not() {
    explains(
        "0 9 * * MON ; every=2w ; start=2026-03-04",
        "Asia/Shanghai",
        "2026-03-16 09:00",
        &[
            "the schedule is every Monday at 09:00 (Asia/Shanghai), every other week, counted from that of 2026-03-04, \
             from 2026-03-04",
            "2026-03-16 is a Monday",
            "it is in week 3, counted from the week of 2026-03-02",
        ],
    );
    explains(
        "0 9 * * MON ; every=3w ; start=2026-03-04",
        "Asia/Shanghai",
        "2026-03-16 09:00",
        &[
            "it is in week 3, counted from the week of 2026-03-02, and `every` is \"3w\"",
            "the next one is Mon 2026-03-23 09:00",
        ],
    );
}

#[test]
fn why_a_move_leaves_the_bounds() {
    explains(
        "0 9 4 * * ; on_day_off=after ; end=2026-10-05",
        "Asia/Shanghai",
        "2026-10-04 09:00",
        &[
            "2026-10-04 is a day off (国庆节), and nothing is due on Thu 2026-10-08: 2026-10-08 09:00 is after `end` \
             (2026-10-05)",
            "the schedule has ended by then",
        ],
    );
}

#[test]
fn why_an_occurrence_moves() {
    explains(
        "0 9 15 * * ; on_day_off=before",
        "Asia/Shanghai",
        "2026-03-13 09:00",
        &[
            "the schedule is on the 15th of every month at 09:00 (Asia/Shanghai), on a day off moved to the workday before",
            "2026-03-13 is a Friday",
            "the calendar `China` has 2026-03-13 as workday",
            "moved forward from Sun 2026-03-15 (weekend)",
        ],
    );
    explains(
        "0 9 15 * * ; on_day_off=before",
        "Asia/Shanghai",
        "2026-03-15 09:00",
        &["2026-03-15 is a day off (weekend): it goes out on Fri 2026-03-13", "the next one is Wed 2026-04-15 09:00"],
    );
    explains(
        "0 9 * * SAT,SUN ; on_day_off=before",
        "Asia/Shanghai",
        "2026-03-08 09:00",
        &[
            "2026-03-08 is a day off (weekend), and on Fri 2026-03-06 the one of 2026-03-07 goes out",
            "the next one is Fri 2026-03-13 09:00",
        ],
    );
    explains(
        "0 9 15W * *",
        "Asia/Shanghai",
        "2026-03-16 09:00",
        &[
            "the schedule is on the workday nearest to the 15th of every month at 09:00 (Asia/Shanghai)",
            "2026-03-16 is a Monday",
            "the calendar `China` has 2026-03-16 as workday",
            "put off from Sun 2026-03-15 (weekend)",
        ],
    );
}

#[test]
fn why_an_unknown_day_is_held() {
    explains(
        "0 9 L * * ; on_day_off=before",
        "Asia/Shanghai",
        "2027-01-31 09:00",
        &[
            "it is not known yet whether 2027-01-31 is a workday: as things stand, 2027-01-31 moves to Fri 2027-01-29, and \
             is held",
            "the next one is Fri 2027-02-26 09:00",
        ],
    );
    explains(
        "lunar 正月十五 09:00, 除夕 18:00",
        "Asia/Shanghai",
        "2027-02-20 09:00",
        &[
            "the schedule is every year on lunar 1-15 at 09:00 and Lunar New Year's Eve at 18:00 (Asia/Shanghai)",
            "2027-02-20 is a Saturday",
            "2027-02-20 is lunar 1-15",
        ],
    );
    explains(
        "lunar 正月十五 09:00",
        "Asia/Shanghai",
        "2027-02-19 09:00",
        &["2027-02-19 is lunar 1-14, which is not among its days", "the next one is Sat 2027-02-20 09:00"],
    );
}

#[test]
fn why_there_is_one_at_clock_changes() {
    explains(
        "30 2 * * *",
        "America/New_York",
        "2026-03-08 02:30",
        &[
            "the schedule is every day at 02:30 (America/New_York)",
            "2026-03-08 is a Sunday",
            "clocks go from 02:00 straight to 03:00 on 2026-03-08, so it goes out at 03:00",
        ],
    );
    explains(
        "30 1 * * *",
        "America/New_York",
        "2026-11-01 01:30",
        &[
            "the schedule is every day at 01:30 (America/New_York)",
            "2026-11-01 is a Sunday",
            "clocks show this time twice that day: this is the first",
        ],
    );
    let schedule = Schedule::new(spec("30 1 * * *", "America/New_York")).unwrap();
    let second = schedule.explain(at("2026-11-01T06:30:00Z"));
    assert_eq!(second.occurrence, None);
    assert_eq!(
        second.because[0].get(Lang::En),
        "clocks show this time for the second time, and it went out at the first"
    );
}

#[test]
fn why_there_is_none() {
    explains(
        "0 9 * * MON",
        "Asia/Shanghai",
        "2026-03-10 10:00",
        &[
            "its hour is 10, and the schedule takes 9",
            "2026-03-10 is a Tuesday, which is not among its weekdays",
            "the next one is Mon 2026-03-16 09:00",
        ],
    );
    explains(
        "0 9 * * MON ; skip=2026-04-06",
        "Asia/Shanghai",
        "2026-04-06 09:00",
        &["2026-04-06 is in `skip`", "the next one is Mon 2026-04-13 09:00"],
    );
    explains(
        "0 9 * * MON ; skip=2026-04-04 to 2026-04-13",
        "Asia/Shanghai",
        "2026-04-06 09:00",
        &["`skip` leaves out 2026-04-04 to 2026-04-13", "the next one is Mon 2026-04-20 09:00"],
    );
    explains(
        "0 9 * * * ; days=workday",
        "Asia/Shanghai",
        "2026-10-01 09:00",
        &[
            "`days` is \"workday\", and the calendar `China` has 2026-10-01 as 国庆节",
            "the next one is Thu 2026-10-08 09:00",
        ],
    );
    explains(
        "0 9 * * MON ; start=2026-03-01 ; max_runs=1",
        "Asia/Shanghai",
        "2026-03-09 09:00",
        &["`max_runs` (1) were reached before it", "the schedule has ended by then"],
    );
    explains(
        "0 9 L * *",
        "Asia/Shanghai",
        "2026-02-27 09:00",
        &["day 27 is not among its days of the month", "the next one is Sat 2026-02-28 09:00"],
    );
    explains(
        "*/30 2 * * *",
        "America/New_York",
        "2026-03-08 02:30",
        &[
            "Sun 2026-03-08 02:30: clocks go from 02:00 straight to 03:00 on 2026-03-08",
            "an interval follows real time, and clocks show 02:30 at no time that day",
            "the next one is Mon 2026-03-09 02:00",
        ],
    );
    explains(
        "at 2026-03-02T09:00",
        "Asia/Shanghai",
        "2026-03-02 10:00",
        &["Mon 2026-03-02 10:00 is not among the times of `at`", "the schedule has ended by then"],
    );
}

#[track_caller]
fn explains_in_chinese(rule: &str, zone: &str, local_time: &str, expected: &str) {
    let explained = Schedule::new(spec(rule, zone)).unwrap().explain_local(local(local_time));
    assert_eq!(explained.text(None).get(Lang::Zh), expected);
}

#[test]
fn explanations_in_chinese() {
    explains_in_chinese(
        "0 9 * * * ; days=workday",
        "Asia/Shanghai",
        "2026-10-10T09:00",
        "这个时间会发一次，原因：\n- 发表时间：每天 09:00（北京时间），只在工作日发\n- 2026年10月10日是周六\n\
         - 放假日历 `China` 上，2026年10月10日是国庆节调休上班日",
    );
    explains_in_chinese(
        "0 9 * * MON",
        "Asia/Shanghai",
        "2026-03-03T09:05",
        "这个时间不会发，原因：\n- “分”是 5，而发表时间里是 0\n- 2026年3月3日是周二，不在发表时间的星期里\n\
         - 下一次是2026年3月9日（周一）09:00",
    );
    explains_in_chinese(
        "30 2 * * *",
        "America/New_York",
        "2026-03-08T02:30",
        "这个时间会发一次，原因：\n- 发表时间：每天 02:30（America/New_York）\n- 2026年3月8日是周日\n\
         - 2026年3月8日的时钟从 02:00 直接跳到 03:00，所以改在 03:00 发",
    );
    explains_in_chinese(
        "0 9 * * * ; days=workday",
        "Asia/Shanghai",
        "2027-10-10T09:00",
        "会有一次，但到时会暂停：还不知道2027年10月10日是不是工作日：放假日历 `China` 只到2026年12月31日\n\
         - 发表时间：每天 09:00（北京时间），只在工作日发\n- 2027年10月10日是周日",
    );
}

#[test]
fn how_often_a_day() {
    for (rule, times) in [
        ("0 9 * * *", 1),
        ("* 9 * * *", 60),
        ("* * * * *", 1440),
        ("0,30 9-10 * * MON", 4),
        ("*/10 0 9 * * MON", 6),
        ("* 9 * * * ; start=2026-03-01 ; max_runs=2", 2),
        ("at 2026-03-02T09:00, 2026-03-02T18:00, 2026-03-03T09:00", 2),
    ] {
        assert_eq!(Schedule::new(spec(rule, "Asia/Shanghai")).unwrap().fires_most_per_day(), times, "{rule}");
    }
}

#[test]
fn a_schedule_is_stored_as_it_was_written() {
    let written = spec(
        "0 9 1 * MON ; day_match=any ; start=2026-03-01 ; skip=2026-04-06, 2026-10-01 to 2026-10-07 ; days=workday ; max_runs=9",
        "Asia/Shanghai",
    );
    let schedule = Schedule::new(written.clone()).unwrap();
    let stored = serde_json::to_value(&schedule).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({
            "cron": { "text": "0 9 1 * MON", "day_match": "any" },
            "timezone": "Asia/Shanghai",
            "start": "2026-03-01",
            "skip": ["2026-04-06", { "from": "2026-10-01", "to": "2026-10-07" }],
            "days": "workday",
            "max_runs": 9,
        })
    );
    assert_eq!(serde_json::from_value::<Schedule>(stored).unwrap().spec(), &written);
    assert!(serde_json::from_str::<Schedule>(r#"{"cron":{"text":"60 9 * * *"},"timezone":"UTC"}"#).is_err());

    // A stored schedule that only newer zone data or another calendar makes invalid can still be read.
    let gap = r#"{"at":["2026-03-08T02:30:00"],"timezone":"America/New_York"}"#;
    let gap: Schedule = serde_json::from_str(gap).unwrap();
    assert_eq!(gap.next_after(DateTime::UNIX_EPOCH).unwrap().at, at("2026-03-08T07:00:00Z"));
    let holiday = r#"{"at":["2026-10-01T09:00:00"],"timezone":"Asia/Shanghai","days":"workday"}"#;
    let holiday: Schedule = serde_json::from_str(holiday).unwrap();
    assert!(holiday.ended_by(DateTime::UNIX_EPOCH));
    assert_eq!(holiday.in_words().get(Lang::En), "never (Asia/Shanghai), on workdays only");

    let once = Schedule::new(spec("at 2026-03-02T09:00 ; end=2026-03-02T12:00", "Asia/Shanghai")).unwrap();
    let stored = serde_json::to_string(&once).unwrap();
    assert_eq!(stored, r#"{"at":["2026-03-02T09:00:00"],"timezone":"Asia/Shanghai","end":"2026-03-02T12:00:00"}"#);
    assert_eq!(serde_json::from_str::<Schedule>(&stored).unwrap(), once);
    let occurrence = once.next_after(DateTime::UNIX_EPOCH).unwrap();
    assert_eq!(
        serde_json::to_string(&occurrence).unwrap(),
        r#"{"local":"2026-03-02T09:00:00","pass":"first","at":"2026-03-02T01:00:00Z"}"#
    );
}

#[test]
fn an_ended_schedule_is_valid() {
    let schedule = Schedule::new(spec("0 9 * * MON ; start=2020-01-01 ; end=2020-12-31", "Asia/Shanghai")).unwrap();
    assert!(schedule.ended_by(at("2026-03-01T00:00:00Z")));
    assert!(!schedule.ended_by(at("2020-12-27T00:00:00Z")));
}

#[test]
fn blackouts_and_quiet_hours_use_local_time() {
    let schedule = Schedule::new(spec("0 3,9,23 * * *", "Asia/Shanghai")).unwrap();
    let night = QuietHours { from: local("2026-01-01 22:00").time(), to: local("2026-01-01 08:00").time() };
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let closed = PostingBlocks {
        blackouts: vec![Blackout {
            from: Bound::Date(date("2026-12-13")),
            to: Bound::Date(date("2026-12-13")),
            reason: Some("国家公祭日".to_owned()),
        }],
        quiet: vec![night],
    };
    let blocked: Vec<Option<String>> = schedule
        .between(at("2026-12-12T16:00:00Z"), at("2026-12-14T16:00:00Z"))
        .map(|occurrence| closed.blocks(&occurrence, schedule.zone()).map(|reason| reason.text().into_lang(Lang::En)))
        .collect();
    let (black, quiet) = ("2026-12-13 is blacked out (国家公祭日)", "22:00 to 08:00 are quiet hours");
    assert_eq!(
        blocked,
        [Some(black), Some(black), Some(black), Some(quiet), None, Some(quiet)].map(|reason| reason.map(str::to_owned))
    );

    // A gap moves an occurrence out of the quiet hours: the time of sending counts.
    let early = Schedule::new(spec("30 2 * * *", "America/New_York")).unwrap();
    let until_three = PostingBlocks {
        quiet: vec![QuietHours { from: local("2026-01-01 00:00").time(), to: local("2026-01-01 03:00").time() }],
        ..PostingBlocks::default()
    };
    let moved = early.next_after(at("2026-03-08T00:00:00-05:00")).unwrap();
    assert_eq!(until_three.blocks(&moved, early.zone()), None);
    let ordinary = early.next_after(moved.at).unwrap();
    assert!(until_three.blocks(&ordinary, early.zone()).is_some());
}

#[test]
fn quiet_hours_end_just_before() {
    let hours = |from: &str, to: &str| QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap() };
    let time = |text: &str| text.parse().unwrap();
    let night = hours("22:00:00", "08:00:00");
    assert!(night.contains(time("22:00:00")) && night.contains(time("00:00:00")) && night.contains(time("07:59:59")));
    assert!(!night.contains(time("08:00:00")) && !night.contains(time("21:59:59")));
    let noon = hours("12:00:00", "13:30:00");
    assert!(noon.contains(time("12:00:00")) && !noon.contains(time("13:30:00")));
    assert!(hours("00:00:00", "00:00:00").contains(time("12:00:00")), "the same twice is the whole day");
}

#[test]
fn zones_and_their_data() {
    assert_eq!(zone("Asia/Shanghai").unwrap(), chrono_tz::Tz::Asia__Shanghai);
    assert!(ZONE_DATA.len() == 5 && ZONE_DATA.starts_with("20"), "{ZONE_DATA}");
    for zone in chrono_tz::TZ_VARIANTS {
        assert_eq!(self::zone(zone.name()), Ok(zone));
        // Its name in lower case is suggested, unless that reads as an offset.
        if !zone.name().starts_with("GMT")
            && let Err(error) = self::zone(&zone.name().to_lowercase())
        {
            assert_eq!(error.suggestion, Some(zone.name()));
        }
    }
}

#[test]
fn clock_changes_are_found_to_the_second() {
    let zone = chrono_tz::Tz::Pacific__Apia;
    let change = civil::next_change(zone, at("2011-12-01T00:00:00Z"), at("2012-01-01T00:00:00Z")).unwrap();
    assert_eq!(change.at, at("2011-12-30T10:00:00Z"));
    assert_eq!((change.from, change.to), (local("2011-12-30 00:00"), local("2011-12-31 00:00")));
    assert_eq!(civil::next_change(zone, change.at, change.at + TimeDelta::days(20)), None);
}
