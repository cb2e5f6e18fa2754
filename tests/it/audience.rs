//! How many customers a campaign reaches: counted at WeCom, kept in the book, shown by plans.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use drumbeat::audience_counter::{CountError, Counted, Step, count};
use drumbeat::book::{SourceFile, read_counts};
use drumbeat::clock::Clock;
use drumbeat::post::{Audience, Count};
use drumbeat::report::audience;
use drumbeat::sandbox::{self, Company, Member, Sandbox};
use drumbeat::wecom::{CALL_INTERVAL, Pace, WeCom};

use crate::support::client_harness::monday_nine;

struct CountHarness {
    dir: tempfile::TempDir,
    sandbox: Arc<Mutex<Sandbox>>,
    wecom: WeCom,
}

impl CountHarness {
    fn of(company: Company) -> Self {
        let clock = Clock::starting_at(monday_nine());
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        let sandbox = Arc::new(Mutex::new(Sandbox::new(company)));
        let wecom = WeCom::new(corp, secret, sandbox::in_process(Arc::clone(&sandbox), clock.clone()), clock);
        Self { dir: tempfile::tempdir().expect("there is room"), sandbox, wecom }
    }

    fn progress(&self) -> std::path::PathBuf {
        self.dir.path().join(".audience.progress")
    }

    async fn count(&self, audiences: &[Audience]) -> Result<(Counted, usize), CountError> {
        let pace = Pace { clock: self.wecom.clock().clone(), interval: CALL_INTERVAL };
        let (mut resumed, now) = (0, self.wecom.clock().now());
        let progress = self.progress();
        let tell = |step: Step<'_>| {
            if let Step::Resumed { members } = step {
                resumed = members;
            }
        };
        let counted = count(&self.wecom, &pace, audiences, &progress, now, tell).await?;
        Ok((counted, resumed))
    }

    fn change(&self, change: impl FnOnce(&mut Sandbox)) {
        change(&mut self.sandbox.lock().expect("whole"));
    }
}

fn lists(users: &[&str], departments: &[u64], tags: &[&str]) -> Audience {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Audience::Lists { users: owned(users), departments: departments.to_vec(), tags: owned(tags) }
}

fn numbers(count: &Count) -> [u64; 3] {
    [count.members, count.customers, count.pairs]
}

#[tokio::test(start_paused = true)]
async fn departments_tags_and_audiences_are_counted() {
    let harness = CountHarness::of(Company::chunfeng());
    let audiences = [
        lists(&["zhangshan", "lisi"], &[], &[]),
        lists(&["ZhangShan"], &[5], &["etCFVip00000001"]),
        Audience::Everyone,
    ];
    let (counted, _) = harness.count(&audiences).await.expect("counts");
    // 12 members with 40 customers each, of whom 10 are the same for all.
    assert_eq!(numbers(&counted.total), [12, 12 * 30 + 10, 480]);
    assert_eq!(numbers(&counted.departments[&5]), [2, 70, 80]);
    // With the department below it.
    assert_eq!(numbers(&counted.departments[&2]), [6, 190, 240]);
    assert_eq!(counted.audiences.len(), 2);
    assert_eq!(numbers(&counted.audiences[0].1), [2, 70, 80]);
    // Of department 5, only one member has customers with the tag.
    assert_eq!(counted.audiences[1].1.members, 2);
    assert!(counted.tags["etCFVip00000001"].customers < counted.total.customers);
    assert!(!harness.progress().exists());
}

#[tokio::test(start_paused = true)]
async fn the_file_reads_back_as_it_was_counted() {
    let harness = CountHarness::of(Company::chunfeng());
    let asked = [lists(&["zhangshan"], &[2], &["etCFVip00000001"])];
    let (counted, _) = harness.count(&asked).await.expect("counts");
    let text = audience::toml("ww1", &counted, None);
    let read = read_counts(&Arc::new(SourceFile::new("audience.toml", &text)));
    assert_eq!(read.head.parse_errors, []);
    assert_eq!(read.total, Some(counted.total));
    assert_eq!(read.departments, counted.departments.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(read.tags, counted.tags.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(read.audiences, counted.audiences);
    assert_eq!(read.head.counted_on.expect("a date").value, "2026-03-02");
}

#[tokio::test(start_paused = true)]
async fn the_former_numbers_stay_beside_the_new_ones() {
    let harness = CountHarness::of(Company::chunfeng());
    let asked = [lists(&["zhangshan"], &[], &[])];
    let (counted, _) = harness.count(&asked).await.expect("counts");
    let read = |text: &str| read_counts(&Arc::new(SourceFile::new("audience.toml", text)));
    let first = read(&audience::toml("ww1", &counted, None));
    let later = |days: i64| {
        let mut later = counted.clone();
        later.counted_on += chrono::TimeDelta::days(days);
        later
    };
    let second = read(&audience::toml("ww1", &later(7), Some(&first)));
    assert_eq!(second.head.parse_errors, []);
    assert_eq!(second.formerly_on.as_ref().expect("a date").value, "2026-03-02");
    let former = [(Audience::Everyone, counted.total.customers), (asked[0].clone(), 40)];
    assert_eq!(second.former, former);
    // Counted twice on a day, the first count of that day does not take the place of the one before it.
    let third = read(&audience::toml("ww1", &later(7), Some(&second)));
    assert_eq!(third.former, former);
    assert_eq!(read(&audience::toml("ww2", &later(7), Some(&second))).former, []);
}

#[tokio::test(start_paused = true)]
async fn unlicensed_members_are_said_not_counted_as_none() {
    let harness = CountHarness::of(Company::chunfeng());
    harness.change(|sandbox| sandbox.change_company(|company| company.members[0].licensed = false));
    let alone = [lists(&["zhangshan"], &[], &[])];
    let (counted, _) = harness.count(&alone).await.expect("counts");
    assert_eq!((&counted.unlicensed[..], counted.total.uncounted), (&["zhangshan".to_owned()][..], 1));
    assert_eq!((numbers(&counted.audiences[0].1), counted.audiences[0].1.uncounted), ([1, 0, 0], 1));
    harness.change(|sandbox| {
        sandbox.change_company(|company| company.members.iter_mut().for_each(|member| member.licensed = false));
    });
    let (counted, _) = harness.count(&[]).await.expect("counts");
    assert_eq!((counted.unlicensed.len(), counted.total.uncounted), (12, 12));
}

#[tokio::test(start_paused = true)]
async fn without_permission_nothing_is_counted_or_written() {
    let harness = CountHarness::of(Company::chunfeng());
    harness.change(|sandbox| sandbox.behaviour.hides_customers = true);
    let error = harness.count(&[]).await.expect_err("48002");
    assert!(matches!(&error, CountError::Call(error) if error.errcode() == Some(48002)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unseen_department_gives_no_number() {
    let harness = CountHarness::of(Company::chunfeng());
    // Department 6 is out of the app's scope.
    let (counted, _) = harness.count(&[lists(&[], &[2, 6], &[])]).await.expect("counts");
    assert_eq!((counted.audiences.len(), counted.unseen.len()), (0, 1));
}

/// A company of some members with customers of their own.
pub(crate) fn company(members: usize, customers: usize) -> Company {
    let mut company = Company::chunfeng();
    let one = company.members[0].clone();
    company.members =
        (0..members).map(|n| Member { userid: format!("member{n:04}"), customers, ..one.clone() }).collect();
    company
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_count_continues_and_ends_the_same() {
    let harness = CountHarness::of(company(60, 150));
    let pace = Pace { clock: harness.wecom.clock().clone(), interval: CALL_INTERVAL };
    let (path, now) = (harness.progress(), harness.wecom.clock().now());
    let stopped = tokio_util::sync::CancellationToken::new();
    let tell = |step: Step<'_>| {
        if matches!(step, Step::Members { done: 40, .. }) {
            stopped.cancel();
        }
    };
    tokio::select! {
        biased;
        () = stopped.cancelled() => {}
        _ = count(&harness.wecom, &pace, &[], &path, now, tell) => panic!("it was to be interrupted"),
    }
    let kept = fs::read_to_string(&path).expect("the progress is kept");
    assert_eq!(kept.lines().count(), 3, "the head, and two batches of 20");
    // A half written line is not used.
    fs::write(&path, format!("{kept}{{\"members\":[\"member00")).expect("written");
    let (counted, resumed) = harness.count(&[]).await.expect("counts");
    assert_eq!(resumed, 40);
    let (whole, fresh) = harness.count(&[]).await.expect("counts");
    assert_eq!((fresh, numbers(&whole.total)), (0, numbers(&counted.total)));
    assert!(counted.calls < whole.calls, "{} {}", counted.calls, whole.calls);
}

#[tokio::test(start_paused = true)]
async fn a_count_with_another_key_begins_afresh() {
    let harness = CountHarness::of(company(20, 30));
    let head =
        "{\"version\":1,\"corp\":\"ww5c8f26d1e07ab394\",\"begun\":\"2026-03-02T00:59:00Z\",\"salt\":\"a\",\"check\":1}";
    fs::write(harness.progress(), format!("{head}\n{{\"members\":[\"member0000\"],\"pairs\":[]}}\n")).expect("written");
    let (counted, resumed) = harness.count(&[]).await.expect("counts");
    assert_eq!((resumed, counted.total.pairs), (0, 600));
}

#[tokio::test(start_paused = true)]
async fn no_customer_is_in_the_progress_or_the_file() {
    let harness = CountHarness::of(company(20, 30));
    let pace = Pace { clock: harness.wecom.clock().clone(), interval: CALL_INTERVAL };
    let (path, now) = (harness.progress(), harness.wecom.clock().now());
    let mut kept = String::new();
    let tell = |step: Step<'_>| {
        if matches!(step, Step::Members { .. }) {
            kept = fs::read_to_string(&path).expect("the progress is kept");
        }
    };
    let counted = count(&harness.wecom, &pace, &[], &path, now, tell).await.expect("counts");
    for text in [kept, audience::toml("ww1", &counted, None)] {
        // The sandbox's external user ids begin so, as WeCom's do.
        assert!(text.len() > 100 && !text.contains("wm"), "{text}");
        assert!(!text.contains("客户0") && !text.contains("老同学") && !text.contains("13800000000"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "figures for the docs: cargo test --release --test it audience::figures -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are its result")]
async fn figures() {
    let harness = CountHarness::of(company(500, 200));
    let begun = (harness.wecom.clock().now(), std::time::Instant::now());
    let (counted, _) = harness.count(&[]).await.expect("counts");
    let paced = harness.wecom.clock().now() - begun.0;
    println!("{} calls, {paced} paced, {:?} of work: {:?}", counted.calls, begun.1.elapsed(), counted.total);
    assert_eq!(counted.total.pairs, 100_000);
}

/// A book with a count, and the plan of it.
fn planned(dir: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_drumbeat"))
        .args(args)
        .env_remove("DRUMBEAT_LANG")
        .env_remove("DRUMBEAT_BOOK")
        .current_dir(dir)
        .output()
        .expect("the program starts");
    String::from_utf8(output.stdout).expect("UTF-8")
}

const CAMPAIGN: &str = r#"
id = "spring"
[content]
text = "春季新品上架"
[visible_range]
sender_list = { department_list = [2] }
[schedule]
cron = "0 9 * * *"
"#;

fn counts(customers: u32) -> String {
    let today = Clock::System.now().date_naive();
    format!(
        "version = 1\ncorp = \"ww1\"\ncounted_on = \"{today}\"\n\
         total = {{ members = 90, customers = 9000, pairs = 9900 }}\n\
         departments = [{{ id = 2, members = 45, customers = {customers}, pairs = 4100 }}]\ntags = []\naudiences = []\n"
    )
}

#[test]
fn plans_say_how_many_customers_without_network() {
    let dir = tempfile::tempdir().expect("there is room");
    let book = dir.path().join("campaigns");
    fs::create_dir(&book).expect("a directory");
    fs::write(book.join("spring.toml"), CAMPAIGN).expect("written");
    fs::write(book.join("audience.toml"), counts(3_150)).expect("written");
    for format in ["human", "markdown", "csv"] {
        let text = planned(dir.path(), &["plan", "--lang", "zh", "--days", "2", "--format", format]);
        let words: String = text.split_whitespace().collect();
        assert!(words.contains("约3,200位客户，45名成员"), "{format}: {text}");
        assert!(words.contains("统计，上限"), "{format}: {text}");
    }
    let plan: serde_json::Value =
        serde_json::from_str(&planned(dir.path(), &["plan", "--days", "2", "--format", "json"])).expect("JSON");
    let reach = &plan["occurrences"][0]["reach"];
    assert_eq!((&reach["customers"], &reach["pairs"], &reach["members"]), (&3150.into(), &4100.into(), &45.into()));
    planned(dir.path(), &["site", "--lang", "zh", "--out", "site.html"]);
    let page = fs::read_to_string(dir.path().join("site.html")).expect("a page");
    assert!(page.contains("约 3,200 位客户，45 名成员"), "the page and its phone");
}

#[test]
fn a_review_sees_widening_and_jumps_in_customers() {
    let dir = tempfile::tempdir().expect("there is room");
    let book = dir.path().join("campaigns");
    fs::create_dir(&book).expect("a directory");
    fs::write(book.join("spring.toml"), CAMPAIGN).expect("written");
    fs::write(book.join("audience.toml"), counts(1_000)).expect("written");
    let git = |args: &[&str]| {
        let done = std::process::Command::new("git").args(args).current_dir(dir.path()).output().expect("git");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qm", "one"]);
    let comment =
        || planned(dir.path(), &["plan", "--base", "HEAD", "--lang", "zh", "--days", "2", "--format", "markdown"]);
    fs::write(book.join("audience.toml"), counts(2_000)).expect("written");
    let jumped = comment();
    assert!(jumped.contains("客户数变化很大") && jumped.contains("约 1,000 位客户"), "{jumped}");
    fs::write(book.join("audience.toml"), counts(1_000)).expect("written");
    fs::write(
        book.join("spring.toml"),
        CAMPAIGN
            .replace("{ department_list = [2] }", "{}")
            .replace("[visible_range]\nsender_list = {}", "[visible_range]\nall = true"),
    )
    .expect("written");
    let wider = comment();
    assert!(wider.contains("客户数：原来约 1,000 位客户，现在约 9,000 位客户"), "{wider}");
}
