//! Posting by hand in the console: what it shows first, and that each form posts once.

use std::fs;

use chrono::TimeDelta;
use drumbeat::clock::Clock;

use crate::support::console_harness::{Answer, ConsoleHarness, store_run};
use crate::support::service_harness::ServiceHarness;

const FORM: &str = "/campaign/spring/post";

/// A console over a campaign that is due in years.
fn console() -> ConsoleHarness {
    let harness = ServiceHarness::new();
    harness.remove_limits();
    harness.write("spring", "春季新品", "at = 2040-03-02T09:00:00");
    ConsoleHarness::over(harness)
}

/// A form as a person sees it.
fn form(console: &ConsoleHarness, cookie: &str, path: &str) -> String {
    let answer = console.send("GET", path, &format!("Cookie: {cookie}\r\n"), "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn token_in(form: &str) -> String {
    let rest = form.split("name=\"token\" value=\"").nth(1).unwrap_or_else(|| panic!("no token: {form}"));
    rest.split('"').next().expect("a token").to_owned()
}

#[track_caller]
fn refused(answer: &Answer, words: &str) {
    assert!(answer.status == 409 && answer.body.contains(words), "{words}: {answer:?}");
}

fn runs(console: &ConsoleHarness) -> usize {
    use drumbeat::store::Wait as _;
    console.store().runs(&drumbeat::store::RunFilter::default()).wait().expect("read").len()
}

#[test]
fn post_shows_what_goes_out_and_names_who() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let page = form(&console, &cookie, FORM);
    for words in ["现在发表“spring”？", "春季新品", "zhangshan", "收不回来", "spring.toml", "现在发表</button>"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("name=\"again\""), "{page}");
    let english = console.send("GET", FORM, &format!("Cookie: {cookie}; drumbeat_language=en\r\n"), "").body;
    assert!(english.contains("Post spring now?") && english.contains("cannot be taken back"), "{english}");
    let answer = console.submit(FORM, &cookie, &format!("token={}", token_in(&page)));
    let to = answer.header("location").unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    assert!(answer.status == 303 && to.starts_with("/run/spring@"), "{answer:?}");
    console.run_in("spring", "created");
    assert_eq!(console.ledger().len(), 1);
    let page = form(&console, &cookie, &to);
    assert!(page.contains("由 lisi 手动发表") && page.contains("已创建"), "{page}");
}

#[test]
fn each_form_posts_once() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let sent = format!("token={}", token_in(&form(&console, &cookie, FORM)));
    // A double click: two requests at the same time.
    let answers = std::thread::scope(|scope| {
        let clicks = [(); 2].map(|()| scope.spawn(|| console.submit(FORM, &cookie, &sent)));
        clicks.map(|click| click.join().expect("answered"))
    });
    let mut statuses = answers.each_ref().map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    console.run_in("spring", "created");
    // The back button, and the same form once more.
    let late = console.submit(FORM, &cookie, &sent);
    refused(&late, "这张表单已经提交过");
    assert!(late.body.contains("href=\"/run/spring@"), "{}", late.body);
    for token in ["", "0", &"0".repeat(64)] {
        refused(&console.submit(FORM, &cookie, &format!("token={token}&again=yes")), "请重新打开");
    }
    // A form is for the person to whom it was shown.
    let token = token_in(&form(&console, &cookie, FORM));
    let wangwu = console.sign_in("wangwu");
    refused(&console.submit(FORM, &wangwu, &format!("token={token}&again=yes")), "请重新打开");
    assert_eq!((runs(&console), console.ledger().len()), (1, 1));
}

#[test]
fn second_post_needs_a_tick() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let first = token_in(&form(&console, &cookie, FORM));
    // Opened before the first post, and sent after it.
    let other = token_in(&form(&console, &cookie, FORM));
    assert_eq!(console.submit(FORM, &cookie, &format!("token={first}")).status, 303);
    console.run_in("spring", "created");
    refused(&console.submit(FORM, &cookie, &format!("token={other}&again=yes")), "请再确认一次");
    let page = form(&console, &cookie, FORM);
    assert!(page.contains("客户可能会看到两次") && page.contains("/run/spring@"), "{page}");
    let unticked = console.submit(FORM, &cookie, &format!("token={}", token_in(&page)));
    refused(&unticked, "请先勾选确认");
    assert_eq!(runs(&console), 1);
    let agreed = console.submit(FORM, &cookie, &format!("token={}&again=yes", token_in(&unticked.body)));
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    let gone = crate::support::service_harness::until(|| (console.ledger().len() == 2).then_some(()));
    gone.expect("both are at WeCom");
}

#[test]
fn changed_campaign_is_shown_again() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let token = token_in(&form(&console, &cookie, FORM));
    console.write("spring", "夏季新品", "at = 2040-03-02T09:00:00");
    console.service().logs_times("book loaded", 2);
    let answer = console.submit(FORM, &cookie, &format!("token={token}"));
    refused(&answer, "活动改过");
    assert!(answer.body.contains("夏季新品") && runs(&console) == 0, "{}", answer.body);
    assert_eq!(console.submit(FORM, &cookie, &format!("token={}", token_in(&answer.body))).status, 303);
    console.run_in("spring", "created");
    assert_eq!(console.ledger()[0].text, "夏季新品");
}

#[test]
fn campaign_on_hold_is_not_posted() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let token = token_in(&form(&console, &cookie, FORM));
    console.says(&["hold", "spring", "--reason", "价格写错了"]);
    for answer in [
        console.submit(FORM, &cookie, &format!("token={token}")),
        console.send("GET", FORM, &format!("Cookie: {cookie}\r\n"), ""),
    ] {
        refused(&answer, "价格写错了");
        assert!(answer.body.contains("href=\"/resume/1\""), "{}", answer.body);
    }
    assert_eq!(runs(&console), 0);
}

/// WeCom's list may lack a post that exists: only a person who looked knows.
#[test]
fn post_that_may_exist_is_shown() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let now = Clock::System.now();
    let absent = vec![
        drumbeat::run::Transition::Send,
        drumbeat::run::Transition::LoseResponse { look_at: now, reason: drumbeat::run::Reason::NotListedYet },
        drumbeat::run::Transition::ConfirmAbsent { reason: drumbeat::run::Reason::Absent },
    ];
    store_run(&console, "spring", "春季新品", now - TimeDelta::hours(1), absent);
    let page = form(&console, &cookie, FORM);
    assert!(page.contains("也许已经发出") && page.contains("管理后台"), "{page}");
    refused(&console.submit(FORM, &cookie, &format!("token={}", token_in(&page))), "请先勾选确认");
    assert_eq!(runs(&console), 1);
}

#[test]
fn run_that_is_not_over_is_shown() {
    let console = console();
    let cookie = console.sign_in("lisi");
    let lost = vec![
        drumbeat::run::Transition::Send,
        drumbeat::run::Transition::LoseResponse {
            look_at: Clock::System.now() + TimeDelta::hours(1),
            reason: drumbeat::run::Reason::NotListedYet,
        },
    ];
    store_run(&console, "spring", "别的文字", Clock::System.now() - TimeDelta::hours(1), lost);
    let page = form(&console, &cookie, FORM);
    assert!(page.contains("请先核定，不要补发") && page.contains("href=\"/run/spring@"), "{page}");
    refused(&console.submit(FORM, &cookie, &format!("token={}", token_in(&page))), "请先勾选确认");
    assert_eq!(runs(&console), 1);
}

#[test]
fn one_of_several_contents_is_chosen() {
    let harness = ServiceHarness::new();
    harness.remove_limits();
    let file = "id = \"spring\"\nschedule.at = 2040-03-02T09:00:00\nvisible_range.sender_list.user_list = [\"lisi\"]\n\
                [[content]]\ntext = \"第一种说法\"\n[[content]]\ntext = \"第二种说法\"\n";
    fs::write(harness.book().join("spring.toml"), file).expect("written");
    let console = ConsoleHarness::over(harness);
    let cookie = console.sign_in("lisi");
    let choice = form(&console, &cookie, FORM);
    assert!(
        choice.contains("第一种说法") && choice.contains("第二种说法") && !choice.contains("name=\"token\""),
        "{choice}"
    );
    let second = form(&console, &cookie, &format!("{FORM}?content=2"));
    assert!(second.contains("第二种说法") && !second.contains("第一种说法"), "{second}");
    assert_eq!(console.submit(FORM, &cookie, &format!("token={}", token_in(&second))).status, 303);
    console.run_in("spring", "created");
    assert_eq!(console.ledger()[0].text, "第二种说法");
    refused(&console.send("GET", &format!("{FORM}?content=3"), &format!("Cookie: {cookie}\r\n"), ""), "没有发表");
}

#[test]
fn post_needs_an_operator() {
    let host = "drumbeat.example.com";
    let harness = ServiceHarness::new();
    harness.write("spring", "春季新品", "at = 2040-03-02T09:00:00");
    let file = format!(
        "[page_proxy]\nfrom = ['127.0.0.1']\nuser_header = 'X-Forwarded-User'\nhost = '{host}'\noperators = ['lisi']\n"
    );
    let console = ConsoleHarness::behind(harness, host, &file);
    let viewer = "X-Forwarded-User: wangwu\r\n";
    let own = format!("Origin: https://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    assert_eq!(console.send("GET", FORM, viewer, "").status, 403);
    assert_eq!(console.send("POST", FORM, &format!("{viewer}{own}"), "token=0").status, 403);
    let operator = "X-Forwarded-User: lisi\r\n";
    let token = token_in(&console.send("GET", FORM, operator, "").body);
    assert_eq!(console.send("POST", FORM, &format!("{viewer}{own}"), &format!("token={token}")).status, 403);
    assert_eq!(console.send("POST", FORM, operator, &format!("token={token}")).status, 403, "not from a page");
    assert_eq!(runs(&console), 0);
}

#[test]
fn reader_signs_in_first() {
    let console = console();
    let answer = console.send("GET", FORM, "", "");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in?to=/campaign/spring/post")));
    assert_eq!(console.submit(FORM, "", "token=0").status, 303);
    assert_eq!(runs(&console), 0);
}
