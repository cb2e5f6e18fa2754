//! What came of posted moments: counted in virtual time, kept in the store, reported in groups.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::book::{SourceFile, read_results};
use drumbeat::engine::EngineStatus;
use drumbeat::post::{Names, PastOutcome};
use drumbeat::report::results::{By, Entry, Group, MAX_POSTS, csv, groups, human, json, markdown, toml, xlsx};
use drumbeat::results_poller::{ResultsPoller, Round};
use drumbeat::sandbox::Sandbox;
use drumbeat::store::{Sweep, Wait};
use drumbeat::text::Lang;
use drumbeat::wecom::{CALL_INTERVAL, Pace};

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};
use crate::support::posted_moment::{PostedMoment, prompt_members};

const DAY: u64 = 86_400;
const REACHED: &str = "/cgi-bin/externalcontact/get_moment_send_result";

struct ResultsHarness(PostedMoment);

impl std::ops::Deref for ResultsHarness {
    type Target = PostedMoment;

    fn deref(&self) -> &PostedMoment {
        &self.0
    }
}

impl ResultsHarness {
    /// One moment of two members, who post it within seconds.
    fn new() -> Self {
        Self(PostedMoment::new(prompt_members()))
    }

    fn poller(&self) -> ResultsPoller {
        let pace = Pace { clock: self.clock.clone(), interval: CALL_INTERVAL };
        let ages = [1, 3, 7].map(|days| Duration::from_secs(days * DAY)).to_vec();
        let keep = Duration::from_secs(180 * DAY);
        ResultsPoller::new(self.wecom.clone(), self.store.clone(), EngineStatus::default(), pace, ages, keep)
    }

    fn pass_days(&self, days: i64) {
        self.pass(TimeDelta::days(days));
    }

    fn change(&self, change: impl FnOnce(&mut Sandbox)) {
        change(&mut self.sandbox());
    }

    fn sweeps(&self) -> Vec<Sweep> {
        self.store.sweeps(&self.run).wait().expect("the store can be read")
    }

    fn groups(&self, by: By) -> Vec<Group> {
        groups(&[Entry { run: self.run.clone(), sweeps: self.sweeps() }], by, &Names::default())
    }
}

#[tokio::test(start_paused = true)]
async fn counted_at_each_age_and_growing() {
    let harness = ResultsHarness::new();
    let mut poller = harness.poller();
    assert_eq!(poller.round().await, Round::Idle);
    for days in [1, 2, 4] {
        harness.pass_days(days);
        assert_eq!((poller.round().await, poller.round().await), (Round::Swept, Round::Idle));
    }
    let sweeps = harness.sweeps();
    let sums: Vec<(u64, u64, u64)> = sweeps
        .iter()
        .map(|it| {
            let sum = |of: fn(&drumbeat::store::MemberResult) -> u64| it.results.iter().map(of).sum();
            (it.age.as_secs() / DAY, sum(|it| it.customers), sum(|it| it.likes + it.comments))
        })
        .collect();
    assert_eq!(sums.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 3, 7]);
    assert!(sums.is_sorted() && sums[2].1 == 80 && sums[2].2 > sums[0].2, "{sums:?}");
    assert!(sweeps.iter().all(|it| (it.members, it.posted, it.errcode) == (2, 2, 0)));
    assert!(sweeps[0].results.iter().all(|it| it.department == Some(2)));
}

#[tokio::test(start_paused = true)]
async fn ages_that_were_missed_are_not_made_up() {
    let harness = ResultsHarness::new();
    harness.pass_days(5);
    let mut poller = harness.poller();
    assert_eq!((poller.round().await, poller.round().await), (Round::Swept, Round::Idle));
    // Five days old: the counts of one day are gone, those of seven days are still to come.
    assert_eq!(harness.sweeps().iter().map(|it| it.age.as_secs() / DAY).collect::<Vec<_>>(), [3]);
    harness.pass_days(30);
    assert_eq!(poller.round().await, Round::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_moment_has_no_numbers() {
    let harness = ResultsHarness::new();
    let moment = harness.run.moment_id.clone().expect("an id");
    harness.change(|sandbox| sandbox.delete_moment(&moment));
    harness.pass_days(1);
    assert_eq!(harness.poller().round().await, Round::Swept);
    assert_eq!((harness.sweeps()[0].errcode, harness.sweeps()[0].results.len()), (41060, 0));
    let groups = harness.groups(By::Campaign);
    assert_eq!((groups[0].runs, groups[0].missing.deleted_runs), (0, 1));
    assert!(human(&groups, None, Lang::Zh).contains("1 条朋友圈已删除"));
}

#[tokio::test(start_paused = true)]
async fn without_permission_it_is_said_once() {
    let harness = ResultsHarness::new();
    harness.change(|sandbox| sandbox.behaviour.hides_customers = true);
    harness.pass_days(1);
    let mut poller = harness.poller();
    assert_eq!((poller.round().await, poller.round().await), (Round::Swept, Round::Idle));
    assert_eq!(harness.sweeps()[0].errcode, 48002);
    assert_eq!(harness.groups(By::Run)[0].missing.refused_runs, 1);
    assert_eq!(harness.sandbox().calls(REACHED), 1);
}

#[tokio::test(start_paused = true)]
async fn members_without_licence_and_those_who_left_are_said() {
    let harness = ResultsHarness::new();
    harness.pass_days(1);
    harness.change(|sandbox| {
        sandbox.change_company(|company| {
            company.members[0].licensed = false;
            company.members.retain(|member| member.userid != "lisi");
        });
    });
    assert_eq!(harness.poller().round().await, Round::Swept);
    let group = &harness.groups(By::Campaign)[0];
    assert_eq!((group.posted, group.customers), (2, 0));
    assert_eq!((group.missing.unlicensed, group.missing.left), (1, 1));
    assert!(markdown(std::slice::from_ref(group), Lang::En).contains("1 member without licence, 1 member left"));
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_sweep_asks_for_the_rest_only() {
    let harness = ResultsHarness::new();
    harness.pass_days(1);
    let (store, age) = (&harness.store, Duration::from_secs(DAY));
    let known = drumbeat::store::MemberResult {
        member: Ok("zhangshan".to_owned()),
        department: None,
        customers: 7,
        likes: 0,
        comments: 0,
        errcode: 0,
    };
    store.save_result(&harness.run, age, &known).wait().expect("saved");
    assert_eq!(harness.poller().round().await, Round::Swept);
    assert_eq!(harness.sandbox().calls(REACHED), 1);
    assert_eq!(harness.sweeps()[0].results.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_the_retention_time_only_sums_remain() {
    let harness = ResultsHarness::new();
    harness.pass_days(1);
    let mut poller = harness.poller();
    poller.round().await;
    let sum = |groups: &[Group]| -> (u64, u64, u64) {
        groups.iter().fold((0, 0, 0), |sum, it| (sum.0 + it.posted, sum.1 + it.customers, sum.2 + it.likes))
    };
    let before = [By::Campaign, By::Department].map(|by| sum(&harness.groups(by)));
    assert_eq!(harness.groups(By::Member).len(), 2);
    harness.pass_days(181);
    poller.round().await;
    let after = [By::Campaign, By::Department].map(|by| sum(&harness.groups(by)));
    assert_eq!(before, after);
    let members = harness.groups(By::Member);
    assert_eq!(members.iter().map(|it| &*it.key).collect::<Vec<_>>(), ["summed"]);
}

#[tokio::test(start_paused = true)]
async fn every_grouping_in_every_format() {
    let harness = ResultsHarness::new();
    harness.pass_days(1);
    harness.poller().round().await;
    let run = harness.run.id().to_string();
    for (by, keys) in [
        (By::Run, vec![&*run]),
        (By::Campaign, vec!["minutely"]),
        (By::Content, vec!["minutely#001"]),
        (By::Department, vec!["2"]),
        (By::Member, vec!["lisi", "zhangshan"]),
        (By::Month, vec!["2026-03"]),
        (By::Weekday, vec!["1"]),
        (By::Hour, vec!["9"]),
    ] {
        let groups = harness.groups(by);
        assert_eq!(groups.iter().map(|it| &*it.key).collect::<Vec<_>>(), keys);
        assert_eq!(groups.iter().map(|it| it.posted).sum::<u64>(), 2, "{by:?}");
        for lang in [Lang::En, Lang::Zh] {
            let lines = [human(&groups, None, lang), markdown(&groups, lang), csv(&groups, lang)];
            assert!(lines.iter().all(|text| text.lines().count() > keys.len()), "{lines:?}");
            assert!(xlsx(&groups, lang).expect("a workbook").starts_with(b"PK"));
        }
        let document: serde_json::Value =
            serde_json::from_str(&json(&groups, by, Lang::En).expect("JSON")).expect("JSON");
        assert_eq!(document["groups"][0]["counted_after"][0], 86_400);
    }
}

#[tokio::test(start_paused = true)]
#[ignore = "figures for the docs: cargo test --test it results::figures -- --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are its result")]
async fn figures() {
    let company = crate::audience::company(500, 200);
    let members: Vec<String> = company.members.iter().map(|member| member.userid.clone()).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let harness = ResultsHarness(PostedMoment::of(company, &members, prompt_members()));
    harness.pass_days(7);
    let (begun, mut poller) = (harness.clock.now(), harness.poller());
    assert_eq!(poller.round().await, Round::Swept);
    let paced = harness.clock.now() - begun;
    let calls = [
        "externalcontact/get_moment_task",
        "externalcontact/get_moment_send_result",
        "externalcontact/get_moment_comments",
        "department/simplelist",
        "user/simplelist",
    ];
    let calls = calls.map(|call| harness.sandbox().calls(&format!("/cgi-bin/{call}")));
    let group = &harness.groups(By::Run)[0];
    println!("{calls:?} calls, {paced} paced: {} members, {} customers", group.posted, group.customers);
    assert_eq!(group.customers, 100_000);
}

#[tokio::test(start_paused = true)]
async fn the_book_gets_the_last_results_as_counts() {
    let harness = ResultsHarness::new();
    let written = || {
        let entry = Entry { run: harness.run.clone(), sweeps: harness.sweeps() };
        toml("ww1", "2026-03-09".parse().expect("a date"), vec![entry; 4])
    };
    let read = |text: &str| {
        let file = read_results(&Arc::new(SourceFile::new("results.toml", text)));
        assert_eq!(file.head.parse_errors, []);
        assert!(file.posts.iter().all(|(campaign, _)| campaign == "minutely"));
        assert_eq!(file.posts.len(), MAX_POSTS);
        file.posts[0].1.clone()
    };
    assert_eq!(read(&written()).outcome, PastOutcome::NotCounted);
    harness.pass_days(7);
    harness.poller().round().await;
    let text = written();
    assert!(!text.contains("zhangshan"), "{text}");
    let PastOutcome::Counted(counts) = read(&text).outcome else { panic!("{text}") };
    assert_eq!((counts.days, counts.members, counts.posted, counts.customers), (7, 2, 2, 80));
    assert!(counts.likes > 0 && counts.uncounted == 0, "{counts:?}");
}

/// Counts one post while another becomes due, and returns how many calls about results were made from ten seconds before
/// the second post was due until WeCom had it. `status`: what the poller sees of the engine.
async fn calls_beside_a_post(status: impl Fn(&EngineHarness) -> EngineStatus) -> u64 {
    let engine = EngineHarness::new();
    {
        let behaviour = &mut engine.sandbox.lock().expect("whole").behaviour;
        (behaviour.never_confirm, behaviour.confirmed_within) = (0, Duration::from_secs(1));
    }
    let everyone = |id: &str, seconds| {
        engine.write(id, "", seconds, "");
        let file = engine.dir.path().join(format!("{id}.toml"));
        let text = std::fs::read_to_string(&file).expect("written");
        let text = text.replace("user_list = [\"zhangshan\"]", "department_list = [2, 3, 4]");
        std::fs::write(file, text).expect("written");
    };
    // Its results are due shortly before the second post is.
    everyone("early", 35);
    everyone("late", 120);
    let pace = Pace { clock: engine.clock.clone(), interval: Duration::from_secs(1) };
    let (wecom, store, ages) =
        (engine.context.wecom.clone(), engine.context.store.clone(), vec![Duration::from_secs(60)]);
    let mut poller = ResultsPoller::new(wecom, store, status(&engine), pace, ages, Duration::from_secs(DAY));
    let counting = async {
        loop {
            let round = poller.round().await;
            engine.clock.sleep(Duration::from_secs(if round == Round::Swept { 0 } else { 5 })).await;
        }
    };
    let mut beside = 0;
    let watching = async {
        let calls = || {
            let sandbox = engine.sandbox.lock().expect("whole");
            let calls: u64 = ["get_moment_task", "get_moment_send_result", "get_moment_comments"]
                .iter()
                .map(|call| sandbox.calls(&format!("/cgi-bin/externalcontact/{call}")))
                .sum();
            (calls, sandbox.ledger().len())
        };
        let mut at_first = None;
        loop {
            engine.clock.sleep(Duration::from_secs(1)).await;
            let (calls, posts) = calls();
            if engine.clock.now() >= nine() + TimeDelta::seconds(111) {
                // A call that was already under way ends.
                beside = calls - *at_first.get_or_insert(calls);
            }
            if posts == 2 {
                return;
            }
        }
    };
    let living = async {
        engine.live_through(nine() + TimeDelta::minutes(10)).await.expect("it lives");
    };
    tokio::select! {
        () = watching => {}
        () = counting => unreachable!("it counts on"),
        () = living => panic!("the second post was not made"),
    }
    beside
}

#[test]
fn no_call_about_results_is_made_while_a_post_is_due() {
    assert_eq!(in_virtual_time(calls_beside_a_post(|engine| engine.context.status.clone())), 0);
}

/// A poller that does not see the engine: what the test above would find without the priority.
#[test]
fn without_the_priority_results_are_asked_for_beside_posts() {
    assert!(in_virtual_time(calls_beside_a_post(|_| EngineStatus::default())) > 5);
}
