//! Several corps in one service: the real binary, and a sandbox for each corp.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use drumbeat::ids::CorpId;
use drumbeat::sandbox::Company;

use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT, in_seconds, until};

/// Corps with a sandbox, a book and a store each. The service file is in the directory of the first.
struct Corps(Vec<(&'static str, ServiceHarness)>);

impl Corps {
    fn new(names: &[&'static str]) -> Self {
        let of = |name: &&'static str| {
            let company = Company { corp: CorpId(format!("ww-of-{name}")), ..Company::chunfeng() };
            let harness = ServiceHarness::of(company);
            fs::write(harness.path("secret"), Company::chunfeng().secret.expose()).expect("written");
            (*name, harness)
        };
        let corps = Self(names.iter().map(of).collect());
        corps.configure(names);
        corps
    }

    fn of(&self, name: &str) -> &ServiceHarness {
        &self.0.iter().find(|(known, _)| *known == name).expect("a corp of the test").1
    }

    /// The section of a corp.
    fn section(&self, name: &str) -> String {
        let harness = self.of(name);
        format!(
            "[[corp]]\nname = '{name}'\ncorp_id = 'ww-of-{name}'\ncorp_secret_file = '{}'\nbook = '{}'\nstore = '{}'\nwecom_url = 'http://{}'\n",
            harness.path("secret").display(),
            harness.book().display(),
            harness.address_of_store(),
            harness.address
        )
    }

    fn write_file(&self, text: &str) {
        fs::write(self.0[0].1.path("corps.toml"), format!("listen = '127.0.0.1:0'\nedit_delay = '0s'\n{text}"))
            .expect("written");
    }

    /// Writes a service file with these corps.
    fn configure(&self, names: &[&str]) {
        let sections: String = names.iter().map(|name| self.section(name)).collect();
        self.write_file(&sections);
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.0[0].1.command(words);
        for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE", "DRUMBEAT_WECOM_URL"] {
            command.env_remove(variable);
        }
        command.env("DRUMBEAT_CONFIG", "corps.toml");
        command
    }

    /// The exit code of a command, and everything that it says.
    fn says(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = self.command(words).output().expect("the command runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    }

    fn service(&self) -> Service {
        Service::start(self.command(&["run", "--log", "json"]))
    }
}

#[track_caller]
fn page_shows(service: &Service, path: &str, wanted: &str) {
    let shown = until(|| Some(service.page(path)).filter(|page| page.contains(wanted)));
    shown.unwrap_or_else(|| panic!("{path} never shows {wanted}: {}", service.page(path)));
}

#[test]
fn each_corp_posts_its_own_book() {
    let corps = Corps::new(&["abc", "def"]);
    let service = corps.service();
    page_shows(&service, "/readyz", "HTTP/1.1 200");
    corps.of("abc").write("spring", "春季新品", &in_seconds(2));
    corps.of("def").write("autumn", "秋季新品", &in_seconds(2));
    for (name, campaign, text) in [("abc", "spring", "春季新品"), ("def", "autumn", "秋季新品")] {
        let run = corps.of(name).run_in(campaign, "created");
        assert_eq!(run["corp"], format!("ww-of-{name}"));
        let posted: Vec<String> = corps.of(name).ledger().into_iter().map(|entry| entry.text).collect();
        assert_eq!(posted, [text]);
        page_shows(
            &service,
            "/metrics",
            &format!("drumbeat_occurrences_total{{corp=\"{name}\",outcome=\"created\"}} 1\n"),
        );
    }
    let (code, history) = corps.says(&["history"]);
    assert_eq!(code, Some(0), "{history}");
    assert!(history.contains("abc\n") && history.contains("spring@") && history.contains("autumn@"), "{history}");
    let (_, json) = corps.says(&["history", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["runs"].as_array().map(Vec::len), Some(2));
    let (status, log) = service.stop();
    assert!(status.success(), "{log:?}");
    let of_corp = |event: &&serde_json::Value| event["state"] == "created";
    assert!(log.iter().filter(of_corp).all(|event| event["span"]["corp"].is_string()), "{log:?}");
}

#[test]
fn a_corp_that_cannot_start_stops_no_other() {
    let corps = Corps::new(&["abc", "def"]);
    let secret = corps.of("def").path("secret");
    let text = fs::read(&secret).expect("a secret");
    fs::remove_file(&secret).expect("removed");
    let told = Robot::listen();
    corps.write_file(&format!(
        "{}{}notify_url_file = '{}'\n",
        corps.section("abc"),
        corps.section("def"),
        told.url_file(corps.of("def")).display()
    ));
    let service = corps.service();
    page_shows(&service, "/metrics", "drumbeat_ready{corp=\"abc\"} 1.0");
    corps.of("abc").write("spring", "春季新品", &in_seconds(2));
    corps.of("abc").run_in("spring", "created");
    page_shows(&service, "/readyz", "def: `corp_secret_file` of the corp `def` in corps.toml: failed to read");
    assert!(service.page("/healthz").starts_with("HTTP/1.1 200"));
    page_shows(&service, "/metrics", "drumbeat_ready{corp=\"def\"} 0.0");
    page_shows(&service, "/metrics", "drumbeat_corps{state=\"failed\"} 1.0");
    let message = told.message();
    assert!(message.contains("corp_failed") && message.contains("--corp def"), "{message}");
    // Corrected, and told to read its settings again.
    fs::write(&secret, text).expect("written");
    service.signal("HUP");
    page_shows(&service, "/readyz", "HTTP/1.1 200");
    corps.of("def").write("autumn", "秋季新品", &in_seconds(2));
    corps.of("def").run_in("autumn", "created");
}

#[test]
fn a_reload_adds_and_removes_corps() {
    let corps = Corps::new(&["abc", "def", "ghi"]);
    corps.configure(&["abc", "def"]);
    let service = corps.service();
    page_shows(&service, "/readyz", "HTTP/1.1 200");
    // A file with an error changes nothing.
    corps.write_file("[[corp]]\nname = 'Wrong Name'\n");
    service.signal("HUP");
    service
        .logs("the wrong file", |event| event["message"].as_str().is_some_and(|it| it.starts_with("failed to reload")));
    // The first is removed, the second is changed, the third is new.
    corps.write_file(&format!("{}creates_per_minute = 5\n{}", corps.section("def"), corps.section("ghi")));
    service.signal("HUP");
    page_shows(&service, "/metrics", "drumbeat_ready{corp=\"ghi\"} 1.0");
    page_shows(&service, "/metrics", "drumbeat_quota_left_minute{corp=\"def\"} 5.0");
    assert!(!service.page("/metrics").contains("corp=\"abc\""));
    // And comes back.
    corps.configure(&["abc", "def", "ghi"]);
    service.signal("HUP");
    page_shows(&service, "/metrics", "drumbeat_ready{corp=\"abc\"} 1.0");
    for name in ["abc", "def", "ghi"] {
        corps.of(name).write("spring", "春季新品", &in_seconds(2));
    }
    for name in ["abc", "def", "ghi"] {
        corps.of(name).run_in("spring", "created");
        assert_eq!(corps.of(name).ledger().len(), 1, "{name}");
    }
}

#[test]
fn wrong_service_files_are_explained() {
    let corps = Corps::new(&["abc", "def"]);
    let (abc, def) = (corps.section("abc"), corps.section("def"));
    let cases = [
        (abc.replace("'abc'", "'A b'"), "`A b`: the name of a corp has", "`A b`：企业的名字要用"),
        (format!("{abc}{abc}"), "two corps are named `abc`", "有两家企业都叫 `abc`"),
        (
            format!("{abc}{}", def.replace("ww-of-def", "ww-of-abc")),
            "the corps `abc` and `def` have the same id",
            "企业 `abc` 和 `def` 的企业 ID 相同",
        ),
        (
            format!("{abc}{}store = '{}'\n", without(&def, "store"), corps.of("abc").address_of_store()),
            "the corps `abc` and `def` have the same store",
            "企业 `abc` 和 `def` 用了同一个记录库",
        ),
        (
            format!("token_command = ['']\n{}", without(&abc, "corp_secret_file")),
            "write a program",
            "请写程序和它的参数",
        ),
        (format!("{abc}token_command = ['x']\n"), "`corp_secret_file` is set as well", "`corp_secret_file` 也设置了"),
        (without(&abc, "corp_id"), "the corp `abc` in corps.toml has no `corp_id`", "企业 `abc` 没有写 `corp_id`"),
        (format!("corp_id = 'ww1'\n{abc}"), "`corp_id` in corps.toml: it belongs to one corp", "它只属于一家企业"),
        (format!("{abc}listen = 'off'\n"), "unknown key `listen`, expected one of `name`", "不认识的键 `listen`"),
        (
            format!("page = '127.0.0.1:0'\n{abc}{def}"),
            "`page` in corps.toml: the pages are those of one corp",
            "网页只显示一家企业",
        ),
    ];
    for (text, en, zh) in cases {
        corps.write_file(&text);
        for (lang, words) in [("en", en), ("zh", zh)] {
            // A fault of one corp is in the report, one of the file is the end.
            let (code, said) = corps.says(&["doctor", "--lang", lang]);
            let joined = said.replace("\n            ", "");
            assert!(code != Some(0) && joined.contains(words), "{words} is missing in: {said}");
        }
    }
    corps.configure(&["abc", "def"]);
    let mut command = corps.command(&["history"]);
    let said = command.env("DRUMBEAT_CORP_ID", "ww1").output().expect("it runs").stderr;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("DRUMBEAT_CORP_ID in the environment: it belongs to one corp"), "{said}");
}

fn without(section: &str, key: &str) -> String {
    section.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_command_for_one_corp_says_which() {
    let corps = Corps::new(&["abc", "def"]);
    let cases = [
        (
            &["plan"][..],
            "several corps are configured, and this command is for one: `abc`, `def`; name one, such as `drumbeat plan --lang en --corp abc`",
            "请指定一家，例如 `drumbeat plan --lang zh --corp abc`",
        ),
        (
            &["plan", "--corp", "abd"],
            "no corp is named `abd`; did you mean `abc`?",
            "没有叫 `abd` 的企业；是不是 `abc`？",
        ),
        (&["show", "a@1", "--corp", "x y"], "no corp is named `x y`", "没有叫 `x y` 的企业"),
    ];
    for (words, en, zh) in cases {
        for (lang, wanted) in [("en", en), ("zh", zh)] {
            let (code, said) = corps.says(&[words, &["--lang", lang]].concat());
            assert!(code == Some(2) && said.contains(wanted), "{said}");
        }
    }
    // By name and by id.
    corps.of("def").write("spring", "春季新品", &in_seconds(3600));
    for corp in ["def", "ww-of-def"] {
        let (code, said) = corps.says(&["plan", "--corp", corp]);
        assert!(code == Some(0) && said.contains("spring"), "{said}");
    }
    // A corp without a configuration: the account of the environment is not its.
    let said = corps.of("abc").output(&["doctor", "--corp", "abc"]).stderr;
    assert!(String::from_utf8_lossy(&said).contains("add --config FILE"));
}

#[test]
fn holds_are_for_one_corp_or_all() {
    let corps = Corps::new(&["abc", "def"]);
    let hold = |words: &[&str]| corps.says(&[&["hold", "--reason", "news", "--new-store"][..], words].concat());
    let is_held = |name: &str| corps.of(name).says(&["history"]).contains("on hold");
    assert_eq!(hold(&["--corp", "def"]).0, Some(0));
    assert!(!corps.of("abc").path("drumbeat.db").exists() && is_held("def"));
    let (code, said) = hold(&["--all"]);
    assert!(code == Some(0) && said.contains("drumbeat resume --all --corp abc"), "{said}");
    assert!(is_held("abc") && is_held("def"));
    let (code, said) = corps.says(&["hold", "spring", "--reason", "news", "--force"]);
    assert!(code == Some(2) && said.contains("name one"), "{said}");
}

/// A webhook that takes one message.
struct Robot(TcpListener);

impl Robot {
    fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    /// A file with the address, for a corp's settings.
    fn url_file(&self, harness: &ServiceHarness) -> std::path::PathBuf {
        let file = harness.path("notify-url");
        fs::write(&file, format!("http://{}/hook", self.0.local_addr().expect("an address"))).expect("written");
        file
    }

    /// Waits for a message.
    fn message(&self) -> String {
        let (mut stream, _) = self.0.accept().expect("a client");
        stream.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time");
        let mut text = Vec::new();
        let mut part = [0; 4096];
        // The message is JSON on one line; its end closes the outermost brace.
        while !text.ends_with(b"}") {
            let read = stream.read(&mut part).expect("a message");
            assert!(read > 0, "it ended early: {}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&part[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("answered");
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// How late the first request of a corp was, on average, in seconds.
fn lateness(service: &Service, corp: &str) -> f64 {
    let page = service.page("/metrics");
    let value = |name: &str| {
        let start = format!("drumbeat_lateness_seconds_{name}{{corp=\"{corp}\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {start} in {page}")).parse::<f64>().expect("a number")
    };
    value("sum") / value("count")
}

/// Posts of the corp with a flood.
const FLOOD: usize = 200;

#[test]
#[expect(clippy::print_stdout, reason = "the figure")]
fn trouble_of_one_corp_delays_no_other() {
    let corps = Corps::new(&["calm", "flood", "broken", "dead", "limited", "quiet"]);
    let section = |name: &str| corps.section(name);
    // A server that takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = silent.local_addr().expect("an address").to_string();
    let dead = section("dead").replace(&corps.of("dead").address.to_string(), &at);
    corps.of("flood").takes_per_minute(usize::MAX);
    corps.of("limited").takes_per_minute(0);
    let flood = format!("{}creates_per_minute = 1000000\n", section("flood"));
    let limited = format!("{}creates_per_minute = 1000000\n", section("limited"));
    corps.write_file(&[section("calm"), flood, section("broken"), dead, limited, section("quiet")].concat());
    let service = corps.service();
    page_shows(&service, "/readyz", "HTTP/1.1 200");
    // The floor: a corp alone in its second.
    corps.of("quiet").write("alone", "只有这一条", &in_seconds(3));
    corps.of("quiet").run_in("alone", "created");
    let floor = lateness(&service, "quiet");
    // Everything at once.
    let due = in_seconds(8);
    for n in 0..FLOOD {
        corps.of("flood").write(&format!("flood-{n}"), &format!("第 {n} 条"), &due);
    }
    for name in ["dead", "limited"] {
        (0..5).for_each(|n| corps.of(name).write(&format!("post-{n}"), &format!("第 {n} 条"), &due));
    }
    fs::write(corps.of("broken").book().join("bad.toml"), "id = \"bad\"\n[content\n").expect("written");
    fs::write(corps.of("broken").book().join("policy.toml"), [0xff, 0xfe]).expect("written");
    corps.of("calm").write("calm", "一切照常", &due);
    corps.of("calm").run_in("calm", "created");
    let beside = lateness(&service, "calm");
    println!(
        "late by {floor:.2} s alone, {beside:.2} s beside a flood of {FLOOD}, a dead network, 45009 and a broken book"
    );
    // A busy machine delays both.
    assert!(beside < floor + 3.0, "late by {beside} s; alone {floor} s");
    page_shows(
        &service,
        "/metrics",
        &format!("drumbeat_occurrences_total{{corp=\"flood\",outcome=\"created\"}} {FLOOD}\n"),
    );
    assert_eq!(corps.of("flood").ledger().len(), FLOOD);
    assert_eq!(corps.of("calm").ledger().len(), 1);
    assert!(corps.of("limited").ledger().is_empty());
}

/// A directory with one tag and one member.
fn directory(corp: &str, tag: &str) -> String {
    format!(
        "version = 1\ncorp = \"{corp}\"\nsenders = [\"zhangshan\", \"lisi\"]\ndepartments = []\n[[tag_groups]]\nid = \"etGroup0000000001\"\nname = \"客户等级\"\ntags = [{{ id = \"{tag}\", name = \"VIP客户\" }}]\n"
    )
}

#[test]
fn names_of_a_shared_book_are_those_of_each_corp() {
    let corps = Corps::new(&["abc", "def"]);
    let book = corps.of("abc").book();
    let shared: String = ["abc", "def"].iter().map(|name| without(&corps.section(name), "book")).collect();
    corps.write_file(&format!("book = '{}'\n{shared}", book.display()));
    let campaign = format!(
        "id = \"vip\"\n[content]\ntext = \"春季新品\"\n[visible_range]\nsender_list = {{ user_list = [\"lisi\"] }}\nexternal_contact_list = {{ tag_list = [\"VIP客户\"] }}\n[schedule]\n{}\n",
        in_seconds(3600)
    );
    fs::write(book.join("vip.toml"), campaign).expect("written");
    for (name, tag) in [("abc", "etAbcVip000000001"), ("def", "etDefVip000000001")] {
        fs::write(book.join(format!("directory.{name}.toml")), directory(&format!("ww-of-{name}"), tag))
            .expect("written");
    }
    for (name, tag) in [("abc", "etAbcVip000000001"), ("def", "etDefVip000000001")] {
        let (code, said) = corps.says(&["plan", "--corp", name, "--format", "json"]);
        assert!(code == Some(0) && said.contains(tag), "{said}");
    }
    let checked =
        |words: &[&str]| corps.of("abc").output(&[&["check", book.to_str().expect("a path")][..], words].concat());
    let said = String::from_utf8(checked(&["--lang", "zh"]).stderr).expect("text");
    assert!(said.contains("这个活动目录由几家企业共用（abc, def）"), "{said}");
    // In a pull request there is no service file: the name alone is enough.
    let found = checked(&["--corp", "def"]);
    let found = String::from_utf8([found.stdout, found.stderr].concat()).expect("text");
    assert!(!found.contains("unknown-name"), "{found}");
}

#[test]
fn a_token_command_serves_its_corp_and_is_not_quoted() {
    let corps = Corps::new(&["abc", "def"]);
    let script = corps.of("abc").path("token.sh");
    let section =
        |words: &str| format!("{}token_command = {words}\n", without(&corps.section("abc"), "corp_secret_file"));
    let cases = [
        ("echo hunter2 >&2; exit 3", "it ended with status 3", "退出码是 3"),
        ("echo hunter2", "its output is not a JSON object", "它的输出不是带"),
        (
            "echo '{\"access_token\": \"hunter2\", \"expires_in\": 0}'",
            "its token has already expired",
            "它给的凭据已经过期",
        ),
        (
            "echo '{\"errcode\": 40001, \"errmsg\": \"hunter2\"}'",
            "it answered with errcode 40001",
            "它的输出是错误码 40001",
        ),
        ("echo '{\"access_token\": \"hunter2\"}'", "hunter", ""),
    ];
    corps.write_file(&section(&format!("['/bin/sh', '{}']", script.display())));
    for (text, en, zh) in &cases[..4] {
        fs::write(&script, text).expect("written");
        for (lang, words) in [("en", en), ("zh", zh)] {
            let (code, said) = corps.says(&["doctor", "--lang", lang]);
            let joined: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                code == Some(1) && joined.replace(' ', "").contains(&words.replace(' ', "")),
                "{words} is missing in: {said}"
            );
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
    // A token that WeCom refuses.
    fs::write(&script, cases[4].0).expect("written");
    let (_, said) = corps.says(&["doctor"]);
    assert!(!said.contains("hunter2"), "{said}");
    corps.write_file(&section("['/nowhere/wecom-token', 'hunter2']"));
    let (_, said) = corps.says(&["doctor"]);
    assert!(said.contains("it cannot be started") && !said.contains("hunter2"), "{said}");
}
