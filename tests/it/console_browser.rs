//! The console in a real browser: what a person does, in both languages and schemes, on a phone, and without script.

use std::fs;

use chrono::TimeDelta;
use drumbeat::clock::Clock;

use crate::support::console_harness::{ConsoleHarness, count_results, with_history};
use crate::support::service_harness::{ServiceHarness, in_seconds, until};
use crate::support::webdriver::{Scheme, WebDriver};

fn sign_in(browser: &WebDriver, console: &ConsoleHarness, to: &str) {
    browser.open(&console.url(to));
    assert!(browser.url().contains("/sign-in?to="), "{}", browser.url());
    browser.fill("[name=name]", "李四");
    browser.fill("[name=key]", &console.key);
    browser.click("main button[type=submit]");
}

#[test]
fn person_holds_and_resumes_a_campaign() {
    let Some(browser) = WebDriver::start() else { return };
    browser.turn_scripts_off();
    let harness = ServiceHarness::new();
    harness.write("spring", "春季新品", &in_seconds(3_600));
    let console = ConsoleHarness::over(harness);
    sign_in(&browser, &console, "/hold?campaign=spring");
    browser.fill("[name=reason]", "价格写错了");
    browser.click("main button[type=submit]");
    assert!(browser.url().ends_with("/holds") && browser.text().contains("价格写错了"), "{}", browser.text());
    browser.open(&console.url("/"));
    assert!(browser.text().contains("暂停中"), "{}", browser.text());
    console.write("spring", "春季新品", &in_seconds(3));
    let held = console.run_in("spring", "held");
    browser.open(&console.url(&format!("/run/{}", held["run"].as_str().expect("a name"))));
    assert!(browser.text().contains("李四") && browser.text().contains("已暂停"), "{}", browser.text());
    browser.open(&console.url("/holds"));
    browser.click(".hold .button");
    browser.click("[name=catch_up][value=yes]");
    browser.click("main button[type=submit]");
    assert!(browser.text().contains("现在没有暂停的"), "{}", browser.text());
    console.run_in("spring", "created");
    assert_eq!(console.ledger().len(), 1);
    assert!(console.says(&["history"]).contains("created"));
}

#[test]
fn person_settles_a_doubtful_run() {
    let Some(browser) = WebDriver::start() else { return };
    let console = ConsoleHarness::over(with_history());
    browser.open(&console.url("/review"));
    browser.click(".to-settle .actions .button");
    assert!(browser.url().contains("/sign-in"));
    browser.fill("[name=name]", "李四");
    browser.fill("[name=key]", &console.key);
    browser.click("main button[type=submit]");
    assert!(browser.text().contains("企业微信里有的"), "{}", browser.text());
    browser.click("[name=outcome][value=absent]");
    browser.click("main button[type=submit]");
    assert!(browser.url().contains("/run/doubtful@"), "{}", browser.url());
    assert!(browser.text().contains("未创建") && browser.text().contains("李四"), "{}", browser.text());
    let gone = until(|| {
        browser.open(&console.url("/review"));
        browser.text().contains("现在没有要人工处理的").then_some(())
    });
    gone.expect("nothing waits any more");
}

#[test]
fn stale_form_says_what_changed() {
    let Some(browser) = WebDriver::start() else { return };
    let console = ConsoleHarness::over(with_history());
    let doubtful = console.run_in("doubtful", "in_doubt")["run"].as_str().expect("a name").to_owned();
    sign_in(&browser, &console, &format!("/run/{doubtful}/settle"));
    browser.click("[name=outcome][value=absent]");
    console.says(&["settle", &doubtful, "--created", "mom77", "--by", "王五"]);
    browser.click("main button[type=submit]");
    let page = browser.text();
    assert!(page.contains("这条记录刚刚变了") && page.contains("王五") && page.contains("没有改动任何东西"), "{page}");
    browser.click("main p a");
    assert!(browser.text().contains("mom77") && browser.text().contains("已创建"), "{}", browser.text());
}

/// The whole way of a person through WeCom's page, which the sandbox plays, with the test in place of the TLS proxy.
#[test]
fn members_sign_in_through_wecom() {
    let file = "[page_sign_in]\nhost = 'localhost'\nagent_id = 1000002\noperators = ['lisi']\nviewers = ['wangwu']\n";
    let console = ConsoleHarness::behind(with_history(), "localhost", file);
    let port = console.address.rsplit(':').next().expect("a port");
    let rules = format!("--host-resolver-rules=MAP localhost:80 127.0.0.1:{port}");
    let Some(browser) = WebDriver::start_with(&[&rules]) else { return };
    let sign_in = |user: &str| {
        browser.open("http://localhost/hold?campaign=spring");
        assert!(browser.url().contains("/sign-in?to=/hold"), "{}", browser.url());
        browser.click("main .button");
        let page = browser.url();
        assert!(page.contains("/wwlogin/sso/login?") && browser.text().contains("lisi"), "{page}");
        browser.open_dead_end(&format!("{page}&user={user}"));
        let back = browser.url();
        assert!(back.starts_with("https://localhost/signed-in?code="), "{back}");
        browser.open(&back.replacen("https", "http", 1));
        back
    };
    let back = sign_in("wangwu");
    assert!(browser.text().contains("没有权限"), "a viewer cannot steer: {}", browser.text());
    browser.open("http://localhost/runs");
    assert!(browser.text().contains("wangwu（只能看）"), "{}", browser.text());
    // Neither the same way back a second time, nor one that this browser did not begin.
    for back in [back.as_str(), "https://localhost/signed-in?code=x&state=y"] {
        browser.open(&back.replacen("https", "http", 1));
        assert!(browser.text().contains("没有登录成功"), "{}", browser.text());
    }
    browser.open("http://localhost/runs");
    browser.click(".corner button");
    until(|| browser.url().contains("/sign-in").then_some(())).expect("it is signed out");
    sign_in("lisi");
    browser.fill("[name=reason]", "价格写错了");
    browser.click("main button[type=submit]");
    assert!(browser.text().contains("lisi") && browser.text().contains("价格写错了"), "{}", browser.text());
}

#[test]
fn person_posts_once() {
    let Some(browser) = WebDriver::start() else { return };
    browser.turn_scripts_off();
    let harness = ServiceHarness::new();
    harness.remove_limits();
    harness.write("spring", "春季新品", "at = 2040-03-02T09:00:00");
    let console = ConsoleHarness::over(harness);
    sign_in(&browser, &console, "/campaign/spring/post");
    assert!(browser.text().contains("春季新品") && browser.text().contains("收不回来"), "{}", browser.text());
    browser.click("main button[type=submit]");
    assert!(browser.url().contains("/run/spring@"), "{}", browser.url());
    console.run_in("spring", "created");
    // Back to the form as it was, and sent once more; then once more as it is now, without the tick.
    browser.back();
    browser.click("main button[type=submit]");
    let page = browser.text();
    assert!(page.contains("这张表单已经提交过") || page.contains("再发一次"), "{page}");
    assert_eq!(console.ledger().len(), 1);
}

#[test]
fn calendar_is_the_same_in_every_zone_of_the_browser() {
    let Some(browser) = WebDriver::start() else { return };
    let console = ConsoleHarness::over(with_history());
    let seen: Vec<String> = ["Asia/Shanghai", "Pacific/Honolulu", "Europe/Berlin"]
        .into_iter()
        .map(|zone| {
            browser.be_in(zone);
            browser.open(&console.url("/"));
            assert_eq!(browser.script("return Intl.DateTimeFormat().resolvedOptions().timeZone"), zone);
            browser.text()
        })
        .collect();
    assert!(seen[0].contains("北京时间"), "{}", seen[0]);
    assert_eq!((&seen[1], &seen[2]), (&seen[0], &seen[0]));
}

/// Every page, in both languages and schemes and at two widths: axe-core finds nothing, and nothing is wider than the
/// window.
#[test]
fn every_page_is_accessible_and_fits() {
    let Some(browser) = WebDriver::start() else { return };
    let harness = with_history();
    count_results(&harness);
    harness.write("other", "夏季新品", "at = 2040-03-02T09:00:00");
    let console = ConsoleHarness::over(harness);
    fs::write(console.book().join("broken.toml"), "id = \"broken\"\ntitel = 1\n").expect("written");
    console.service().logs_times("book loaded", 2);
    let today = Clock::System.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    sign_in(&browser, &console, "/hold?campaign=spring");
    browser.fill("[name=reason]", "先停一停");
    browser.click("main button[type=submit]");
    let doubtful = console.run_in("doubtful", "in_doubt");
    let doubtful = doubtful["run"].as_str().expect("a name");
    let pages = [
        "/".to_owned(),
        format!("/?week={today}"),
        format!("/day/{}", today - TimeDelta::days(0)),
        "/campaign/spring".to_owned(),
        "/runs".to_owned(),
        "/runs?campaign=nothing".to_owned(),
        format!("/run/{doubtful}"),
        format!("/run/{doubtful}/settle"),
        "/run/partial@2026-01-01T00:00/cancel".to_owned(),
        "/review".to_owned(),
        "/holds".to_owned(),
        "/hold?campaign=spring".to_owned(),
        "/campaign/other/post".to_owned(),
        "/resume/1".to_owned(),
        "/confirmations".to_owned(),
        "/results".to_owned(),
        "/findings".to_owned(),
        "/health".to_owned(),
        "/sign-in".to_owned(),
        "/nothing".to_owned(),
    ];
    let mut faults = Vec::new();
    for lang in ["zh", "en"] {
        browser.open(&console.url(&format!("/language/{lang}?to=/health")));
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.prefer(scheme);
            for page in &pages {
                browser.open(&console.url(page));
                let found = browser.accessibility_faults(scheme);
                if !found.is_empty() {
                    faults.push(format!("{lang} {scheme:?} {page}: {found}"));
                }
            }
        }
    }
    browser.be_a_phone();
    for page in &pages {
        browser.open(&console.url(page));
        let wide = browser.script(
            "return Math.max(document.documentElement.scrollWidth - window.innerWidth, ...[...document.querySelectorAll(\
             'article, form.card, .month')].map(it => it.scrollWidth - it.clientWidth - 2))",
        );
        if wide.as_i64().is_none_or(|wide| wide > 0) {
            faults.push(format!("{page} is {wide} px too wide for a phone"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
