//! The console of the service over HTTP: what it shows, who may change something, and what keeps others out.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::run::{Reason, State, Transition};
use drumbeat::store::Wait;

use crate::support::console_harness::{Answer, ConsoleHarness, count_results, store_run, with_history};
use crate::support::service_harness::{ServiceHarness, in_seconds};

/// Every page that can be read without an argument.
const PAGES: [&str; 9] =
    ["/", "/runs", "/review", "/holds", "/confirmations", "/results", "/findings", "/health", "/sign-in"];

/// The version that a form of the console shows.
fn version_in(form: &str) -> &str {
    let rest = form.split("name=\"version\" value=\"").nth(1).unwrap_or_else(|| panic!("no version: {form}"));
    rest.split('"').next().expect("a number")
}

/// The name of a run of a campaign.
fn run_of(console: &ConsoleHarness, campaign: &str) -> String {
    let wanted = drumbeat::store::RunFilter { campaign: Some(campaign.parse().expect("an id")), ..Default::default() };
    console.store().runs(&wanted).wait().expect("read")[0].id().to_string()
}

#[test]
fn calendar_shows_past_and_future() {
    let console = ConsoleHarness::over(with_history());
    let today = Clock::System.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let week =
        console.get(&format!("/?week={today}")) + &console.get(&format!("/?week={}", today - TimeDelta::days(7)));
    for state in State::ALL.iter().filter(|state| state.is_over()) {
        let words = state.text().into_lang(drumbeat::text::Lang::Zh);
        assert!(week.contains(&format!(">{words}</span>")), "{words}: {week}");
    }
    assert!(week.contains("需人工处理") && week.contains("北京时间"), "{week}");
    let next = console.get(&format!("/?week={}", today + TimeDelta::days(7)));
    assert!(next.contains("春季新品上架") && next.contains("09:00"), "{next}");
    // What is past and was never recorded did not happen.
    let before = console.get(&format!("/?week={}", today - TimeDelta::days(14)));
    assert!(!before.contains("春季新品上架"), "{before}");
}

#[test]
fn results_are_plotted_and_stand_beside_the_next_times() {
    let harness = with_history();
    harness.write("created", "再来一次", "cron = \"0 9 * * MON\"");
    count_results(&harness);
    let console = ConsoleHarness::over(harness);
    let campaign = console.get("/campaign/created");
    assert!(campaign.contains("最近几次的效果") && campaign.contains("接下来的发表时间"), "{campaign}");
    assert!(!console.get("/campaign/spring").contains("最近几次的效果"));
    let page = console.get("/results");
    assert!(page.matches("<svg").count() == 4 && !page.contains("<script"), "{page}");
    for words in ["可见客户", "每 100 位客户的点赞和评论，按钟点", "名成员没有接口许可", "partial 第 1 条"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn pages_of_runs_reach_every_run_once() {
    let harness = ServiceHarness::new();
    let now = Clock::System.now();
    for n in 0..120 {
        let withdrawn = vec![Transition::Withdraw { reason: Reason::Edited }];
        store_run(&harness, &format!("c{n}"), "文字", now - TimeDelta::minutes(n + 1), withdrawn);
    }
    let console = ConsoleHarness::over(harness);
    let (mut path, mut seen, mut pages) = ("/runs?state=missed".to_owned(), Vec::new(), 0);
    loop {
        let page = console.get(&path);
        seen.extend(page.split("href=\"/campaign/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        pages += 1;
        let Some(older) = page.split("rel=\"next\" href=\"").nth(1) else { break };
        older.split('"').next().unwrap().replace("&amp;", "&").clone_into(&mut path);
    }
    let all: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), all.len(), pages), (120, 120, 3));
    assert!(console.get("/runs?state=created").contains("没有符合条件的发表记录"));
    assert!(console.get("/runs?campaign=c7").contains("c7@"));
    assert!(console.get("/runs?campaign=c_7").contains("role=\"alert\""));
}

#[test]
fn run_is_shown_as_the_command_shows_it() {
    let console = ConsoleHarness::over(with_history());
    let run = run_of(&console, "partial");
    let page = console.get(&format!("/run/{run}"));
    let shown = console.says(&["show", &run, "--lang", "zh"]);
    for line in shown.lines().filter(|line| !line.trim().is_empty()) {
        // On the page, what is in backticks is code.
        for word in line.split("  ").flat_map(|it| it.split('`')).map(str::trim).filter(|word| !word.is_empty()) {
            assert!(page.contains(&word.replace('"', "&quot;")), "`{word}` of `{line}`: {page}");
        }
    }
}

#[test]
fn only_operations_need_a_session() {
    let console = ConsoleHarness::over(with_history());
    let run = run_of(&console, "doubtful");
    PAGES.iter().for_each(|page| _ = console.get(page));
    for path in ["/hold", "/hold?all=yes", &format!("/run/{run}/settle"), &format!("/run/{run}/cancel"), "/resume/1"] {
        let answer = console.send("GET", path, "", "");
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").is_some_and(|to| to.starts_with("/sign-in?to=/")), "{answer:?}");
    }
    for (path, form) in [
        ("/hold", "all=yes&reason=x"),
        (&*format!("/run/{run}/settle"), "version=4&outcome=absent"),
        (&*format!("/run/{run}/cancel"), "version=4"),
    ] {
        for cookie in ["", "drumbeat_session=", "drumbeat_session=0000"] {
            assert_eq!(console.submit(path, cookie, form).status, 303, "{path}");
        }
    }
    assert_eq!(console.store().holds().wait().expect("read"), []);
    assert_eq!(
        console.store().runs(&Default::default()).wait().expect("read").iter().filter(|it| it.needs_review).count(),
        1
    );
}

#[test]
fn key_is_for_the_user_of_the_service() {
    let console = ConsoleHarness::over(ServiceHarness::new());
    let file = console.path("drumbeat.db.page-key");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    for key in ["", "0", &"0".repeat(64)] {
        let answer = console.submit("/sign-in", "", &format!("key={key}&name=lisi"));
        assert!(answer.status == 409 && answer.header("set-cookie").is_none(), "{answer:?}");
    }
    let cookie = console.sign_in("lisi");
    let answer = console.send("GET", "/holds", &format!("Cookie: {cookie}\r\n"), "");
    assert!(answer.body.contains("lisi"), "{}", answer.body);
    let log = format!("{:?}", console.service().log());
    assert!(!log.contains(&console.key), "the log shows the key");
    console.submit("/sign-out", &cookie, "");
    assert_eq!(console.submit("/hold", &cookie, "all=yes&reason=x").status, 303);
}

#[test]
fn requests_from_elsewhere_are_refused() {
    let console = ConsoleHarness::over(ServiceHarness::new());
    let cookie = console.sign_in("lisi");
    for host in ["evil.example", "127.0.0.1.evil.example", ""] {
        let answer = console.send_raw(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert!(answer.status >= 400 && !answer.body.contains("<html"), "{host}: {answer:?}");
    }
    let form = "all=yes&reason=x";
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    for from in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Site: none\r\n",
        "Origin: http://evil.example\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Origin: null\r\n",
        "",
    ] {
        let answer = console.send("POST", "/hold", &format!("Cookie: {cookie}\r\n{kind}{from}"), form);
        assert_eq!(answer.status, 403, "{from}");
    }
    assert_eq!(console.store().holds().wait().expect("read"), []);
    let own = format!("Cookie: {cookie}\r\n{kind}Sec-Fetch-Site: same-origin\r\n");
    assert_eq!(console.send("POST", "/hold", &own, form).status, 303);
    assert_eq!(console.store().holds().wait().expect("read").len(), 1);
}

#[test]
fn each_answer_forbids_foreign_content() {
    let console = ConsoleHarness::over(ServiceHarness::new());
    for path in PAGES.iter().copied().chain(["/nothing", "/style.css", "/run/x", "/day/x", "/campaign/x"]) {
        let answer = console.send("GET", path, "", "");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!answer.body.contains("<script"), "{path}");
    }
}

#[test]
fn large_and_slow_requests_do_not_stop_others() {
    let console = ConsoleHarness::over(ServiceHarness::new());
    let cookie = console.sign_in("lisi");
    let answer = console.submit("/hold", &cookie, &format!("all=yes&reason={}", "x".repeat(20_000)));
    assert_eq!(answer.status, 413);
    let mut waiting: Vec<TcpStream> = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(&console.address).expect("it listens");
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: ");
        waiting.push(stream);
    }
    console.get("/health");
    drop(waiting);
}

#[test]
fn metrics_have_no_pages_and_pages_no_metrics() {
    let harness = with_history();
    let service = harness.service_with(&["--listen", "127.0.0.1:0", "--page", "127.0.0.1:0"], harness.address);
    let address = |message: &str| {
        let event = service.logs(message, |event| event["message"] == message);
        event["address"].as_str().expect("an address").to_owned()
    };
    let (metrics, pages) = (address("metrics and health are served"), address("the pages are served"));
    let status = |address: &str, path: &str| {
        let mut stream = TcpStream::connect(address).expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer[9..12].to_owned()
    };
    assert_eq!((status(&metrics, "/metrics"), status(&metrics, "/runs")), ("200".to_owned(), "404".to_owned()));
    assert_eq!((status(&pages, "/metrics"), status(&pages, "/runs")), ("404".to_owned(), "200".to_owned()));
}

#[test]
fn proxy_names_viewers_and_operators() {
    let host = "drumbeat.example.com";
    let file = format!(
        "[page_proxy]\nfrom = ['127.0.0.1']\nuser_header = 'X-Forwarded-User'\nhost = '{host}'\noperators = ['lisi']\n"
    );
    let console = ConsoleHarness::behind(with_history(), host, &file);
    let (lisi, wangwu) = ("X-Forwarded-User: lisi\r\n", "X-Forwarded-User: wangwu\r\n");
    assert_eq!(console.send("GET", "/runs", wangwu, "").status, 200);
    for headers in ["", &*format!("{wangwu}{lisi}"), "X-Forwarded-User: \r\n"] {
        assert_eq!(console.send("GET", "/runs", headers, "").status, 403, "{headers}");
    }
    for host in ["evil.example", &*console.address] {
        let request = format!("GET /runs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lisi}\r\n");
        assert_eq!(console.send_raw(&request).status, 403, "{host}");
    }
    let form = "all=yes&reason=x";
    let own = format!("Origin: https://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let refused = console.send("POST", "/hold", &format!("{wangwu}{own}"), form);
    assert!(refused.status == 403 && refused.body.contains("没有权限"), "{refused:?}");
    assert_eq!(console.send("POST", "/hold", lisi, form).status, 403);
    assert_eq!(console.store().holds().wait().expect("read"), []);
    assert_eq!(console.send("POST", "/hold", &format!("{lisi}{own}"), form).status, 303);
    assert_eq!(console.store().holds().wait().expect("read")[0].by, "lisi");
}

/// The way of a browser to WeCom's page and back, with the sandbox in WeCom's place.
#[test]
fn members_sign_in_through_wecom() {
    let host = "drumbeat.example.com";
    let file =
        format!("[page_sign_in]\nhost = '{host}'\nagent_id = 1000002\noperators = ['lisi']\nviewers = ['wangwu']\n");
    let console = ConsoleHarness::behind(with_history(), host, &file);
    let cookie_of =
        |answer: &Answer| answer.header("set-cookie").and_then(|it| it.split(';').next()).expect("a cookie").to_owned();
    // To WeCom's page: its address, and the cookie of the browser.
    let begin = || {
        let answer = console.send("GET", "/sign-in/wecom?to=/holds", "", "");
        (answer.header("location").expect("an address").to_owned(), cookie_of(&answer))
    };
    // The path with which WeCom's page sends the browser back.
    let agree = |page: &str, user: &str| {
        let path =
            page.split_once("/wwlogin").map(|(_, rest)| format!("/wwlogin{rest}&user={user}")).expect("its page");
        let mut stream = TcpStream::connect(console.harness_address()).expect("the sandbox listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let back = answer.split(&format!("https://{host}")).nth(1).unwrap_or_else(|| panic!("{answer}"));
        back.split_whitespace().next().expect("a path").to_owned()
    };
    let finish = |path: &str, cookie: &str| console.send("GET", path, &format!("Cookie: {cookie}\r\n"), "");

    let nothing = console.send("GET", "/runs", "", "");
    assert_eq!((nothing.status, nothing.header("location")), (303, Some("/sign-in?to=/runs")));
    assert!(console.send("GET", "/sign-in", "", "").body.contains("用企业微信登录"));

    let (page, state) = begin();
    assert!(page.contains("agentid=1000002") && page.contains("login_type=CorpApp"), "{page}");
    let back = agree(&page, "lisi");
    let other = begin().1;
    for stolen in ["", &*other] {
        assert_eq!(finish(&back, stolen).status, 409, "another browser");
    }
    // A state that was tried is used up.
    assert_eq!(finish(&back, &state).status, 409);

    let (page, state) = begin();
    let back = agree(&page, "lisi");
    let done = finish(&back, &state);
    assert_eq!((done.status, done.header("location")), (303, Some("/holds")), "{}", done.body);
    let flags = done.header("set-cookie").expect("a cookie");
    assert!(["Secure", "HttpOnly", "SameSite=Lax"].iter().all(|flag| flags.contains(flag)), "{flags}");
    let lisi = cookie_of(&done);
    assert!(finish("/holds", &lisi).body.contains("lisi"));
    assert_eq!(finish(&back, &state).status, 409, "a code works once");
    let own = format!("Origin: https://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let hold = |cookie: &str| console.send("POST", "/hold", &format!("Cookie: {cookie}\r\n{own}"), "all=yes&reason=x");

    let (page, state) = begin();
    let wangwu = cookie_of(&finish(&agree(&page, "wangwu"), &state));
    assert_eq!((finish("/runs", &wangwu).status, hold(&wangwu).status), (200, 403));
    let (page, state) = begin();
    assert_eq!(finish(&agree(&page, "zhangshan"), &state).status, 403, "not in the service file");
    assert_eq!(hold(&lisi).status, 303);
    assert_eq!(console.store().holds().wait().expect("read")[0].by, "lisi");
}

#[test]
fn address_that_other_machines_reach_is_refused() {
    let harness = ServiceHarness::new();
    harness.refuses(&["run", "--page", "0.0.0.0:0"], "other machines can reach 0.0.0.0:0");
}

#[test]
fn port_in_use_is_named() {
    let (harness, taken) = (ServiceHarness::new(), std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
    let address = taken.local_addr().expect("an address").to_string();
    harness.refuses(&["run", "--page", &address], "choose another address with --page");
}

#[test]
fn stale_forms_say_what_changed() {
    let console = ConsoleHarness::over(with_history());
    let (cookie, run) = (console.sign_in("lisi"), run_of(&console, "doubtful"));
    let path = format!("/run/{run}/settle");
    let form = console.send("GET", &path, &format!("Cookie: {cookie}\r\n"), "").body;
    let version = version_in(&form).to_owned();
    console.says(&["settle", &run, "--absent", "--by", "wangwu"]);
    let answer = console.submit(&path, &cookie, &format!("version={version}&outcome=other&moment_id=mom77"));
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("wangwu") && answer.body.contains("未创建"), "{}", answer.body);

    let hold = console.submit("/hold", &cookie, "campaign=spring&reason=价格");
    assert_eq!((hold.status, hold.header("location")), (303, Some("/holds")));
    let again = console.submit("/hold", &cookie, "campaign=spring&reason=价格");
    assert!(again.status == 409 && again.body.contains("lisi"), "{}", again.body);
    console.says(&["resume", "spring", "--by", "wangwu"]);
    let late = console.submit("/resume/1", &cookie, "catch_up=yes");
    assert!(late.status == 409 && late.body.contains("wangwu"), "{}", late.body);
}

#[test]
fn settled_run_names_who_said_so() {
    let console = ConsoleHarness::over(with_history());
    let (cookie, run) = (console.sign_in("lisi"), run_of(&console, "doubtful"));
    let path = format!("/run/{run}/settle");
    let form = console.send("GET", &path, &format!("Cookie: {cookie}\r\n"), "").body;
    let version = version_in(&form);
    for (form, words) in [
        ("", "请选择结果"),
        ("&outcome=other", "请写上朋友圈 ID"),
        ("&outcome=zzz", "请选择结果"),
        ("&outcome=listed:mom1", "已经属于 created@"),
        ("&outcome=other&moment_id=zzz", "不像企业微信的朋友圈 ID"),
        ("&outcome=other&moment_id=mom+b", "不是朋友圈 ID"),
    ] {
        let answer = console.submit(&path, &cookie, &format!("version={version}{form}"));
        assert!(answer.status == 409 && answer.body.contains(words), "{form}: {}", answer.body);
    }
    let answer = console.submit(&path, &cookie, &format!("version={version}&outcome=other&moment_id=mom77"));
    assert_eq!(answer.header("location"), Some(&*format!("/run/{run}")), "{}", answer.body);
    let shown = console.says(&["show", &run]);
    assert!(shown.contains("lisi") && shown.contains("mom77"), "{shown}");
}

#[test]
fn waiting_run_is_withdrawn() {
    let harness = ServiceHarness::new();
    harness.write("soon", "等一下", &in_seconds(4));
    let console = ConsoleHarness::over(harness);
    // Its file was written less than `edit_delay` ago: it waits.
    console.run_in("soon", "claimed");
    let (cookie, run) = (console.sign_in("lisi"), run_of(&console, "soon"));
    let path = format!("/run/{run}/cancel");
    let form = console.send("GET", &path, &format!("Cookie: {cookie}\r\n"), "").body;
    let answer = console.submit(&path, &cookie, &format!("version={}", version_in(&form)));
    assert_eq!(answer.status, 303, "{}", answer.body);
    let missed = console.run_in("soon", "missed");
    assert!(missed["reason"].as_str().is_some_and(|why| why.contains("lisi")), "{missed}");
    assert!(console.ledger().is_empty());
}

/// Texts of a campaign, a person and WeCom stay text on every page.
#[test]
fn nothing_of_a_run_becomes_markup() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;";
    let harness = ServiceHarness::new();
    let book = format!(
        "id = \"a\"\ntitle = '''{evil}'''\nowner = '''{evil}'''\ncontent.text = '''{evil}'''\n\
         visible_range.sender_list.user_list = [\"lisi\"]\nschedule.cron = \"0 9 * * *\"\n"
    );
    fs::write(harness.book().join("<i>.toml"), book).expect("written");
    fs::write(harness.book().join("broken.toml"), format!("'<script>' = '''{evil}'''")).expect("written");
    let now = Clock::System.now();
    let refuse = Transition::Refuse {
        errcode: 1,
        errmsg: evil.to_owned(),
        reason: Reason::JobRefused { errcode: 1, errmsg: evil.to_owned() },
    };
    let submit = Transition::Submit { jobid: evil.to_owned(), errmsg: Some(evil.to_owned()) };
    let refused = store_run(&harness, "a", evil, now - TimeDelta::hours(1), vec![Transition::Send, submit, refuse]);
    let doubt = vec![
        Transition::Send,
        Transition::LoseResponse { look_at: now, reason: Reason::Other(evil.to_owned()) },
        Transition::RequireReview { reason: Reason::Other(evil.to_owned()) },
    ];
    let doubtful = store_run(&harness, "a", evil, now - TimeDelta::hours(2), doubt);
    let console = ConsoleHarness::over(harness);
    let name = "%3Cb%3Eevil%3C%2Fb%3E%22%27";
    let cookie = console.sign_in(name);
    assert_eq!(
        console.submit("/hold", &cookie, "campaign=a&reason=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22").status,
        303
    );
    let today = now.with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let paths = PAGES.iter().map(|it| (*it).to_owned()).chain([
        format!("/?week={today}"),
        format!("/day/{today}"),
        format!("/day/{}", today + TimeDelta::days(1)),
        "/campaign/a".to_owned(),
        format!("/run/{refused}"),
        format!("/run/{doubtful}"),
        format!("/run/{doubtful}/settle"),
        "/hold?campaign=%3Cscript%3E%22%3E&reason=%3Cscript%3E%22%3E".to_owned(),
        "/runs?campaign=%3Cscript%3E%22%3E&from=%22%3E%3Cscript%3E&state=%3Cscript%3E".to_owned(),
        "/sign-in?to=/%22%3E%3Cscript%3E".to_owned(),
        "/resume/1".to_owned(),
        "/%3Cscript%3E?x=%22%3E%3Cscript%3E".to_owned(),
    ]);
    let mut shown = 0;
    for path in paths {
        let page = console.send("GET", &path, &format!("Cookie: {cookie}\r\n"), "").body;
        shown += page.matches("&lt;script&gt;").count();
        for markup in ["<script", "<img src=x", "<b>", "<i>", "onerror=alert(2)>"] {
            assert!(!page.contains(markup), "{path} has {markup}: {page}");
        }
    }
    assert!(shown > 10, "{shown}");
}

#[test]
fn book_that_cannot_be_read_says_why() {
    let console = ConsoleHarness::over(with_history());
    fs::rename(console.book(), console.path("away")).expect("moved");
    let answer = console.send("GET", "/", "", "");
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("活动目录读不出来"), "{}", answer.body);
    // Runs are shown all the same.
    let run = run_of(&console, "created");
    console.get(&format!("/run/{run}"));
    fs::rename(console.path("away"), console.book()).expect("moved back");
    console.get("/");
}
