//! Which content an occurrence gets: a function of the file and the occurrence, whatever is skipped, held or restarted.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use drumbeat::book::{Book, Files, SourceFile};
use drumbeat::campaign::{Campaign, ChoiceReason, shuffled};
use drumbeat::check::{CheckResult, check};
use drumbeat::media_index::MediaIndex;
use drumbeat::text::Lang;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn now() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().expect("an instant")
}

fn checked(schedule: &str, contents: &[&str], rotation: &str, policy: &str) -> CheckResult {
    let contents: String = contents.iter().map(|content| format!("[[content]]\n{content}\n")).collect();
    let text = format!(
        "id = \"weekly-tips\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\n{contents}\n[schedule]\n{schedule}\n{rotation}\n"
    );
    let policy = Some(SourceFile::new("policy.toml", &format!("limits.max_per_day = 100\n{policy}")));
    let files = Files { campaigns: vec![SourceFile::new("weekly.toml", &text)], policy, ..Files::default() };
    check(&Book::read(files), &MediaIndex::default(), now())
}

#[track_caller]
fn campaign(schedule: &str, contents: &[&str], rotation: &str) -> Arc<Campaign> {
    let checked = checked(schedule, contents, rotation, "");
    checked.campaigns.first().unwrap_or_else(|| panic!("{:?}", checked.findings)).clone()
}

/// The contents of a campaign's occurrences in the days from [`now`] on, by local time.
fn numbers(campaign: &Campaign, days: i64) -> BTreeMap<NaiveDateTime, u32> {
    let schedule = campaign.timing.schedule.expand();
    let occurrences = schedule.between(now() - TimeDelta::days(1), now() + TimeDelta::days(days));
    occurrences.map(|it| (it.local, campaign.content_for(&it).number)).collect()
}

#[track_caller]
fn turns(campaign: &Campaign, expected: &[u32]) {
    let found: Vec<u32> = numbers(campaign, 400).into_values().take(expected.len() + 1).collect();
    assert_eq!(&found[..expected.len().min(found.len())], expected);
}

const MONDAYS: &str = "cron = \"0 9 * * MON\"\nstart = 2026-03-02";
const THREE: &[&str] = &["text = \"围巾\"", "text = \"马克杯\"", "text = \"手账本\""];

#[test]
fn contents_rotate_in_file_order() {
    turns(&campaign(MONDAYS, THREE, ""), &[1, 2, 3, 1, 2, 3, 1]);
}

#[test]
fn a_skipped_day_takes_its_content_along() {
    turns(&campaign(&format!("{MONDAYS}\nskip = [2026-03-09]"), THREE, ""), &[1, 3, 1, 2]);
}

#[test]
fn dated_content_replaces_one_turn() {
    let contents = [THREE, &["on = [2026-03-09]\ntext = \"三八节\""]].concat();
    turns(&campaign(MONDAYS, &contents, ""), &[1, 4, 3, 1, 2]);
}

#[test]
fn moves_and_weeks_shift_no_turn() {
    // 1 March, 15 March and 15 August are days off.
    let monthly = "cron = \"0 9 1,15 * *\"\nstart = 2026-03-01\non_day_off = \"after\"";
    turns(&campaign(monthly, THREE, ""), &[1, 2, 3, 1, 2, 3]);
    // Of a weekend's two firings one goes out; the other counts.
    let weekend = "cron = \"0 9 * * SAT,SUN\"\nstart = 2026-03-02\non_day_off = \"before\"";
    turns(&campaign(weekend, THREE, ""), &[1, 3, 2, 1]);
    let fortnightly = "cron = \"0 9 * * MON\"\nstart = 2026-03-02\nevery = \"2w\"\nskip = [2026-03-16]";
    turns(&campaign(fortnightly, THREE, ""), &[1, 3, 1, 2]);
    turns(&campaign("lunar = [\"端午节 09:00\", \"中秋节 09:00\"]\nstart = 2026-03-02", THREE, ""), &[1, 2]);
}

#[test]
fn dated_content_follows_the_day_of_the_post() {
    // The 15th of March is a Sunday: it goes out on Friday the 13th.
    let monthly = "cron = \"0 9 15 * *\"\nstart = 2026-03-01\non_day_off = \"before\"";
    let contents = [THREE, &["on = [2026-03-13]\ntext = \"星期五\""]].concat();
    turns(&campaign(monthly, &contents, ""), &[4, 2, 3]);
}

#[test]
fn last_content_goes_out_where_it_moves() {
    // Two firings: Sunday the 1st goes out on the 2nd, and Sunday the 15th on the 16th.
    let schedule = "cron = \"0 9 1,15 * *\"\nstart = 2026-03-01\non_day_off = \"after\"";
    let campaign = campaign(schedule, &THREE[..2], "[rotation]\nafter_last = \"stop\"");
    let found: Vec<(String, u32)> =
        numbers(&campaign, 200).into_iter().map(|(local, number)| (local.to_string(), number)).collect();
    assert_eq!(found, [("2026-03-01 09:00:00".to_owned(), 1), ("2026-03-15 09:00:00".to_owned(), 2)]);
}

#[test]
fn listed_times_take_contents_in_order() {
    let at = "at = [2026-03-10T09:00:00, 2026-03-03T09:00:00, 2026-03-05T09:00:00]";
    turns(&campaign(at, THREE, ""), &[2, 3, 1]);
}

#[test]
fn stopping_ends_with_the_last_content() {
    let stopping = campaign(MONDAYS, THREE, "[rotation]\nafter_last = \"stop\"");
    assert_eq!(numbers(&stopping, 400).into_values().collect::<Vec<_>>(), [1, 2, 3]);
    let skipping = campaign(&format!("{MONDAYS}\nskip = [2026-03-09]"), THREE, "[rotation]\nafter_last = \"stop\"");
    assert_eq!(numbers(&skipping, 400).into_values().collect::<Vec<_>>(), [1, 3]);
    let at = "at = [2026-03-10T09:00:00, 2026-03-03T09:00:00]";
    let listed = campaign(at, &["text = \"围巾\""], "[rotation]\nafter_last = \"stop\"");
    assert_eq!(numbers(&listed, 400).len(), 1);
}

/// A reader of the plan finds no `end` in the file.
#[test]
fn used_up_contents_are_named_as_the_end() {
    let stopping = campaign(MONDAYS, THREE, "[rotation]\nafter_last = \"stop\"");
    let schedule = stopping.timing.schedule.expand();
    assert_eq!(schedule.spec().end, None);
    let after = NaiveDate::from_ymd_opt(2026, 3, 23).and_then(|date| date.and_hms_opt(9, 0, 0)).expect("a time");
    let why = schedule.explain_local(after).text(None).into_lang(Lang::Zh);
    assert!(why.contains("2026年3月16日（周一）09:00那一次已经把内容发完"), "{why}");
}

#[test]
fn a_choice_says_why() {
    let campaign = campaign(MONDAYS, THREE, "");
    let schedule = campaign.timing.schedule.expand();
    let fourth = schedule.between(now(), DateTime::<Utc>::MAX_UTC).nth(3).expect("an occurrence");
    let reason = ChoiceReason::Turn { firing: 4, cycle: 2, place: 1, of: 3 };
    assert_eq!(campaign.content_for(&fourth).reason, reason);
}

/// An upgrade must not count as an edit of every campaign.
#[test]
fn single_contents_keep_their_fingerprint() {
    let one = campaign("cron = \"0 9 * * MON\"", &["text = \"围巾\""], "");
    let terms = serde_json::to_string(&one.timing).expect("plain data");
    let former = drumbeat::ids::Sha256::of(format!("{}{terms}", one.contents.first().post().sha256()).as_bytes());
    assert_eq!(one.fingerprint(), former.to_string());
}

#[test]
fn the_fingerprint_covers_contents_and_rotation() {
    let all = [
        campaign(MONDAYS, THREE, ""),
        campaign(MONDAYS, &[THREE[1], THREE[0], THREE[2]], ""),
        campaign(MONDAYS, &THREE[..2], ""),
        campaign(MONDAYS, THREE, "[rotation]\norder = \"shuffled\""),
        campaign(MONDAYS, &[THREE[0], THREE[1], "on = [2026-03-09]\ntext = \"手账本\""], ""),
    ];
    let mut fingerprints: Vec<String> = all.iter().map(|campaign| campaign.fingerprint()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), all.len());
}

/// The findings of a campaign, as code and English headline.
#[track_caller]
fn finds(schedule: &str, contents: &[&str], rotation: &str, expected: &[(&str, &str)]) {
    let checked = checked(schedule, contents, rotation, "");
    let found: Vec<(&str, &str)> = checked.findings.iter().map(|it| (it.code, it.message.get(Lang::En))).collect();
    assert_eq!(found, expected);
}

#[test]
fn findings_name_their_content() {
    let long = format!("link = {{ title = \"新品\", url = \"https://example.com/\" }}\ntext = \"{}\"", "a");
    finds(MONDAYS, &[THREE[0], &long], "", &[("link-without-cover", "content 2: the link has no cover")]);
    finds(
        MONDAYS,
        &[THREE[0], "txt = \"a\""],
        "",
        &[
            ("empty-content", "content 2: the post is empty"),
            ("unknown-key", "content 2: unknown key `txt` in `content`"),
        ][1..],
    );
    finds(MONDAYS, &[THREE[0], "text = \"\""], "", &[("empty-content", "content 2: the post is empty")]);
}

#[test]
fn invalid_rotations_are_refused() {
    let dated = |date: &str| format!("on = [{date}]\ntext = \"{date}\"");
    let (one, same) = (dated("2026-03-09"), dated("2026-03-09"));
    finds(
        "cron = \"0 9 * * MON\"",
        THREE,
        "",
        &[("rotation-without-start", "several contents take turns, but `start` does not say from when")],
    );
    finds(MONDAYS, THREE, "[rotation]\norder = \"random\"", &[("bad-rotation", "`order` cannot be `random`")]);
    finds(MONDAYS, &[THREE[0], &one, &same], "", &[("bad-rotation", "content 3: 2026-03-09 already has content 2")]);
    finds(
        MONDAYS,
        &[&one],
        "",
        &[("bad-rotation", "every content is kept for certain dates, so the other days have nothing to post")],
    );
    finds(MONDAYS, &[THREE[0], "on = []\ntext = \"b\""], "", &[("bad-rotation", "content 2: `on` has no date")]);
    finds(
        &format!("{MONDAYS}\nskip = [2026-03-02, 2026-03-09, 2026-03-16]"),
        THREE,
        "[rotation]\nafter_last = \"stop\"",
        &[(
            "bad-rotation",
            "the campaign is over before anything is posted: the schedule skips every occurrence of the first cycle",
        )],
    );
}

/// The rows of the table in `docs/content.md`, from 1: id, cycle, contents, order.
fn documented() -> Vec<(String, u64, usize, Vec<usize>)> {
    let page = include_str!("../../docs/content.md");
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, cycle, count, order] = cells[..] else { return None };
        let order = order.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        Some((id.to_owned(), cycle.parse().ok()?, count.parse().ok()?, order))
    });
    rows.collect()
}

/// Numbers from 1, as the page has them.
fn order(id: &str, cycle: u64, count: usize) -> Vec<usize> {
    let order = shuffled(&id.parse().expect("an id"), cycle - 1, count);
    order.into_iter().map(|place| place + 1).collect()
}

#[test]
fn the_documented_orders_hold() {
    let rows = documented();
    assert!(rows.len() >= 10);
    for (id, cycle, count, expected) in rows {
        assert_eq!(order(&id, cycle, count), expected, "{id} {cycle} {count}");
    }
}

/// A program that was written from `docs/content.md` alone computes the same orders.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn another_program_computes_the_same_orders() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/content_shuffled.py");
    let python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: the shuffled orders are not compared with Python's, which is not installed");
        return;
    };
    let ids = ["a", "weekly-tips", "2026-spring"];
    let counts = [1, 2, 3, 5, 12, 40];
    let rows: Vec<(&str, u64, usize)> =
        ids.iter().flat_map(|id| counts.map(|count| (1..40).map(move |cycle| (*id, cycle, count)))).flatten().collect();
    python.stdin.take().expect("piped").write_all(&serde_json::to_vec(&rows).expect("plain data")).expect("written");
    let answer = python.wait_with_output().expect("it ends");
    let answer: Vec<Vec<usize>> = serde_json::from_slice(&answer.stdout).expect("orders");
    let ours: Vec<Vec<usize>> = rows.iter().map(|(id, cycle, count)| order(id, *cycle, *count)).collect();
    assert_eq!(ours, answer);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// Skipped days, kinds of day, an end and blackouts leave occurrences out and give no other one another content.
    #[test]
    fn leaving_out_shifts_no_content(
        cron in prop::sample::select(vec!["0 9 * * *", "0 9,18 * * MON-FRI", "30 10 */2 * *", "0 9 L * *", "15 8 * * MON,THU"]),
        count in 2_usize..7, shuffled in any::<bool>(),
        start in 0_i64..60, skips in prop::collection::vec(0_i64..60, 0..6), days in prop::sample::select(vec!["any", "workday", "weekend"]),
        blackout in 0_i64..50,
    ) {
        let first: NaiveDate = "2026-03-01".parse().expect("a date");
        let date = |days: i64| (first + TimeDelta::days(days)).to_string();
        let texts: Vec<String> = (0..count).map(|n| format!("text = \"第 {n} 条\"")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rotation = if shuffled { "[rotation]\norder = \"shuffled\"" } else { "" };
        let plain = format!("cron = \"{cron}\"\nstart = {}", first - TimeDelta::days(start));
        let all = numbers(&campaign(&plain, &texts, rotation), 60);

        let skips: Vec<String> = skips.into_iter().map(date).collect();
        let less = format!("{plain}\ndays = \"{days}\"\nskip = [{}]\nend = {}", skips.join(", "), date(55));
        let policy = format!("[calendar]\nblackout = [{{ from = {}, to = {}, reason = \"盘点\" }}]", date(blackout), date(blackout + 5));
        let checked = checked(&less, &texts, rotation, &policy);
        let Some(left) = checked.campaigns.first() else { return Ok(()) };
        let schedule = left.timing.schedule.expand();
        for it in schedule.between_outside(&checked.posting_blocks, now() - TimeDelta::days(1), now() + TimeDelta::days(60)) {
            prop_assert_eq!(all.get(&it.local), Some(&left.content_for(&it).number), "{}", it.local);
        }
    }

    /// A content that is added at the end changes nothing in the first cycle.
    #[test]
    fn additions_change_only_later_cycles(count in 2_usize..8) {
        let texts: Vec<String> = (0..=count).map(|n| format!("text = \"第 {n} 条\"")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let schedule = "cron = \"0 9 * * *\"\nstart = 2026-03-01";
        let (before, after) = (campaign(schedule, &texts[..count], ""), campaign(schedule, &texts, ""));
        let (before, after) = (numbers(&before, 60), numbers(&after, 60));
        let same: Vec<bool> = before.values().zip(after.values()).map(|(one, two)| one == two).collect();
        prop_assert!(same[..count].iter().all(|same| *same));
        prop_assert!(!same[count]);
    }
}
