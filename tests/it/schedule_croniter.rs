//! Compares cron texts with PyPI's `croniter`, which many people use and which shares no code with this program.
//! Without `python3` and `croniter` these tests print a note and pass.

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::{NaiveDateTime, TimeZone};
use drumbeat::schedule::{Schedule, Spec, zone};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::schedule::{local, rows, spec};
use crate::schedule_oracle::crontab_rules;

/// A text, its zone, a local start and the number of occurrences.
type Question = (String, String, NaiveDateTime, usize);

/// The answers of croniter; `None` if it is not installed.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn croniter(questions: &[Question]) -> Option<Vec<Vec<NaiveDateTime>>> {
    let installed = Command::new("python3").args(["-c", "import croniter"]).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: not compared with croniter, which is not installed (`pip install croniter`)");
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/schedule_croniter.py");
    let mut python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(&serde_json::to_vec(questions).unwrap()).unwrap();
    let answer = python.wait_with_output().unwrap();
    assert!(answer.status.success());
    Some(serde_json::from_slice(&answer.stdout).unwrap())
}

fn ours((text, zone, start, count): &Question) -> Vec<NaiveDateTime> {
    let schedule = Schedule::new(if text.contains(';') { spec(text, zone) } else { Spec::cron(text, zone) }).unwrap();
    let mut at = schedule.zone().from_local_datetime(start).unwrap().to_utc();
    let mut found = Vec::new();
    for _ in 0..*count {
        let Some(next) = schedule.next_after(at) else { break };
        at = next.at;
        found.push(next.local);
    }
    found
}

#[track_caller]
fn agrees(questions: &[Question]) {
    let texts = |(text, zone, start, count): &Question| {
        // Croniter combines both day fields as crontab does, without an option.
        (text.split(" ; ").next().unwrap_or_default().to_owned(), zone.clone(), *start, *count)
    };
    let Some(answers) = croniter(&questions.iter().map(texts).collect::<Vec<_>>()) else { return };
    assert_eq!(answers.len(), questions.len());
    for (question, theirs) in questions.iter().zip(answers) {
        assert_eq!(ours(question), theirs, "{question:?}");
    }
}

#[test]
fn the_table_of_crontab() {
    let rows = rows(include_str!("../cases/schedule/crontab.txt"));
    // Our schedules end with the year 2100.
    let questions: Vec<Question> = rows
        .into_iter()
        .filter(|row| row.expected != "end")
        .map(|row| (row.rule, row.zone, local(&row.from), row.expected.split(", ").count()))
        .collect();
    assert!(questions.len() >= 60);
    agrees(&questions);
}

#[test]
fn random_rules() {
    let config = Config { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let drawn = (crontab_rules(), 0..1_000_i64);
    let questions: Vec<Question> = std::iter::repeat_with(|| drawn.new_tree(&mut runner).unwrap().current())
        .filter(|(rule, _)| Schedule::new(Spec::cron(rule.clone(), "UTC")).is_ok())
        .map(|(rule, days)| {
            let start = local("2026-01-01 00:00") + chrono::TimeDelta::days(days);
            (rule, "Asia/Shanghai".to_owned(), start, 8)
        })
        .take(300)
        .collect();
    assert!(zone("Asia/Shanghai").is_ok());
    agrees(&questions);
}
