//! Work grows linearly with the size of a file: twice the size takes about twice the time. The fuzz target `growth`
//! checks the same for any text.

use drumbeat::text::Lang::En as EN;
use std::time::Duration;

use drumbeat::book::Corp;
use drumbeat::load::{CheckedBook, check_files};
use drumbeat::report::findings::{self, Report};
use drumbeat::report::plan;
use drumbeat::source::Source;
use rustix::time::{ClockId, clock_gettime};

use super::block::{files, now, verdict};

/// The shortest of several runs, in processor time: one file is read and shown on the calling thread.
fn shortest(work: impl Fn()) -> Duration {
    let spent = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let once = || {
        let start = spent();
        work();
        spent() - start
    };
    (0..3).map(|_| once()).min().unwrap()
}

/// Sixteen times the size takes at most 64 times the time; quadratic growth would take 256 times.
#[track_caller]
fn grows_with_its_size(make: impl Fn(usize) -> String, small: usize) {
    grows(
        |size| {
            let toml = make(size);
            shortest(|| drop(verdict(&[&toml])))
        },
        small,
    );
}

#[track_caller]
fn grows(taken: impl Fn(usize) -> Duration, small: usize) {
    // Measures again after a slow result: other programs may have used the caches.
    let measured = || (taken(small).max(Duration::from_millis(4)), taken(16 * small));
    let is_slow = |(short, long): &(Duration, Duration)| *long >= 64 * *short;
    let tries = (0..3).map(|_| measured()).take_while(is_slow).collect::<Vec<_>>();
    assert!(tries.len() < 3, "for {small}, and for 16 times that: {tries:?}");
}

/// The same, for all reports of a book, and of a change from another book.
#[track_caller]
fn is_shown_in_time(make: impl Fn(usize, &str) -> String, small: usize) {
    let nowhere = tempfile::tempdir().unwrap();
    let source = Source::directory(nowhere.path()).unwrap();
    let loaded = |toml: &str| check_files(files(&[toml]), &source, &Corp::default(), now());
    grows(
        |size| {
            let (before, after) = (loaded(&make(size, "a")), loaded(&make(size, "b")));
            shortest(|| show(&before, &after))
        },
        small,
    );
}

fn show(before: &CheckedBook, after: &CheckedBook) {
    let report = Report::new(&after.book, &after.result.findings, "campaigns", EN, |_| true);
    let mut written = vec![
        findings::human::write(&report),
        findings::concise::write(&report),
        findings::github::commands(&report),
        findings::github::summary(&report),
        findings::junit::write(&report, true),
    ];
    written.extend(
        [findings::json::write(&report), findings::gitlab::write(&report), findings::sarif::write(&report)]
            .map(Result::unwrap),
    );
    let (planned, changes) = crate::plan::compared(before, after);
    let view = crate::plan::view(&planned, &changes, after);
    written.extend([
        plan::human::write(&view, None),
        plan::human::write(&view, Some(80)),
        plan::human::write(&view, Some(120)),
        plan::markdown::write(&view),
        plan::csv::write(&view),
        plan::ics::write(&view),
        plan::json::write(&view).unwrap(),
    ]);
    assert!(written.iter().any(|text| !text.is_empty()));
}

#[test]
fn findings_about_long_lists_are_shown_in_time() {
    let with = |rest: &str| format!("id = \"a\"\ncontent.text = \"春\"\nschedule.cron = \"0 9 * * MON\"\n{rest}");
    let users = |n: usize, side: &str| (0..n).map(|user| format!("\"{side}{user}\"")).collect::<Vec<_>>();
    let list = |users: Vec<String>| with(&format!("visible_range.sender_list.user_list = [{}]\n", users.join(", ")));
    // On one line, and with one entry per line; none of the entries is a valid id.
    is_shown_in_time(|n, side| list(users(n, side)), 500);
    is_shown_in_time(|n, side| list(users(n, &format!("张 {side}"))), 500);
    is_shown_in_time(|n, side| list(users(n, side).into_iter().map(|user| format!("\n{user}")).collect()), 500);
    let of_faults = |n: usize| (0..n).map(|n| format!("k{n} = 1\n")).collect::<String>();
    is_shown_in_time(|n, _| with("visible_range.all = true\n") + &of_faults(n), 500);
    is_shown_in_time(|n, side| with("visible_range.all = true\n").replace('春', &side.repeat(n)), 2_000);
    let dates = |n: usize, side: &str| {
        let hour = if side == "a" { 9 } else { 10 };
        let at: Vec<String> = (0..n)
            .map(|day| format!("{}-{:02}-{:02}T{hour:02}:00:00", 2026 + day / 300, 1 + day % 300 / 25, 1 + day % 25))
            .collect();
        with("visible_range.all = true\n")
            .replace("schedule.cron = \"0 9 * * MON\"", &format!("schedule.at = [{}]", at.join(", ")))
    };
    is_shown_in_time(dates, 50);
}

#[test]
fn many_campaigns_of_a_change() {
    let campaign = |n: usize, side: &str| {
        format!(
            "# file: {n:05}.toml\nid = \"c{n}\"\ncontent.text = \"第{n}周的新品，{side}折\"\nvisible_range.sender_list.user_list = [\"u{side}{n}\"]\nschedule.cron = \"{} 9 * * *\"\n",
            n % 60
        )
    };
    let nowhere = tempfile::tempdir().unwrap();
    let source = Source::directory(nowhere.path()).unwrap();
    let loaded = |n: usize, side: &str| {
        let blocks: Vec<String> = (0..n).map(|n| campaign(n, side)).collect();
        let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
        check_files(files(&blocks), &source, &Corp::default(), now())
    };
    grows(
        |size| {
            let (before, after) = (loaded(size, "a"), loaded(size, "b"));
            shortest(|| show(&before, &after))
        },
        20,
    );
}

const REST: &str = "id = \"a\"\ncontent.text = \"春\"\nvisible_range.all = true\nschedule.cron = \"0 9 * * MON\"\n";

#[test]
fn a_head_of_many_parts() {
    grows_with_its_size(|n| format!("{REST}[{}]\n", vec!["\"a\""; n].join(".")), 4_000);
    grows_with_its_size(|n| format!("{REST}{} = 1\n", vec!["a"; n].join(" . ")), 4_000);
    grows_with_its_size(|n| format!("{REST}x = {{ {} = 1 }}\n", vec!["'a'"; n].join(".")), 4_000);
}

#[test]
fn a_deep_key_is_told_at_its_line() {
    let toml = format!("{REST}[{}]\n", vec!["\"a\""; 200].join("."));
    let found = verdict(&[&toml]).findings;
    let deep = found.iter().find(|it| it.code == "bad-syntax").unwrap();
    assert_eq!(deep.message.get(EN), "lists or tables are nested too deeply");
    assert!(toml[deep.place.span.clone().unwrap()].starts_with("[\"a\""));
}

#[test]
fn many_faults() {
    grows_with_its_size(|n| REST.to_owned() + &(0..n).map(|n| format!("k{n} = 1\n")).collect::<String>(), 1_000);
    grows_with_its_size(|n| REST.to_owned() + &"x = [\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"x = \"\"\"\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"春 = “\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"<<<<<<< a\n=======\n".repeat(n), 500);
    grows_with_its_size(|n| REST.to_owned() + &"[x\n".repeat(n), 500);
}

#[test]
fn many_audiences_each_with_a_fault() {
    let audience = |n: usize| format!("[audiences.a{n}]\nsender_list.user_list = [\"zhangshan\"]\nodd = 1\n");
    grows_with_its_size(|n| "# file: policy.toml\n".to_owned() + &(0..n).map(audience).collect::<String>(), 300);
}

#[test]
fn long_texts() {
    for part in ["{", "%", "&", "<", "\\\\", "{{", "\\u202E", "\\uFFFD", "XXX", "\\n", "<a ", "https://"] {
        grows_with_its_size(|n| REST.replace('春', &part.repeat(n)), 2_000);
    }
}
