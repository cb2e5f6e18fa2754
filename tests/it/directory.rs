//! The corp's directory, from WeCom's answers over a real socket to the texts for people.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use drumbeat::book::{Directory, SourceFile, read_directory};
use drumbeat::clock::Clock;
use drumbeat::engine::EngineEvent;
use drumbeat::notifier::AlertPolicy;
use drumbeat::report::{directory, runs};
use drumbeat::run::State;
use drumbeat::sandbox::{self, AnswerFault, Company, Sandbox};
use drumbeat::store::{RunFilter, Wait};
use drumbeat::wecom::{Network, Transport, WeCom};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::watch::{InProcessService, just_before, port, until};

/// A company behind a socket, and a book.
struct DirectoryHarness {
    dir: tempfile::TempDir,
    company: Company,
    sandbox: Arc<Mutex<Sandbox>>,
    url: String,
    _stop: DropGuard,
}

impl DirectoryHarness {
    async fn of(company: Company) -> Self {
        let (listener, address) = port().await;
        let stop = CancellationToken::new();
        let sandbox = Arc::new(Mutex::new(Sandbox::new(company.clone())));
        tokio::spawn(sandbox::serve(listener, Arc::clone(&sandbox), Clock::System, stop.clone()));
        let dir = tempfile::tempdir().expect("there is room");
        fs::create_dir(dir.path().join("campaigns")).expect("a directory");
        Self { dir, company, sandbox, url: format!("http://{address}"), _stop: stop.drop_guard() }
    }

    fn answers_with(&self, fault: AnswerFault) {
        self.sandbox.lock().expect("whole").behaviour.answer_faults = vec![fault];
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("campaigns").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// Runs the binary with the corp's account and checks the exit code; returns stdout and stderr.
    #[track_caller]
    fn ends(&self, args: &[&str], code: i32) -> (String, String) {
        self.ends_with(args, self.company.secret.expose(), code)
    }

    #[track_caller]
    fn ends_with(&self, args: &[&str], secret: &str, code: i32) -> (String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
        command
            .env_clear()
            .stdin(Stdio::null())
            .env("DRUMBEAT_WECOM_URL", &self.url)
            .env("DRUMBEAT_CORP_ID", self.company.corp.to_string());
        let output = command.env("DRUMBEAT_CORP_SECRET", secret).current_dir(self.dir.path()).args(args).output();
        let output = output.expect("the binary runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
        (out, err)
    }

    /// WeCom's lists, as `directory pull` would write them.
    async fn pulled(&self) -> String {
        let network = Network::new(&self.url).expect("a loopback address");
        let (corp, secret) = (self.company.corp.clone(), self.company.secret.clone());
        let wecom = WeCom::new(corp, secret, Transport::Network(network), Clock::System);
        let (senders, tags) = (wecom.follow_users().await.expect("senders"), wecom.tags().await.expect("tags"));
        let departments = crate::support::client_harness::departments(&wecom).await;
        directory::toml(&self.company.corp.0, &senders, &departments, &tags).expect("TOML")
    }
}

fn read(text: &str) -> Directory {
    read_directory(&Arc::new(SourceFile::new("directory.toml", text)))
}

fn campaign(who: &str) -> String {
    format!("id = \"a\"\ncontent.text = \"会员日到啦。\"\nvisible_range.{who}\nschedule.cron = \"30 9 * * WED\"\n")
}

/// Odd names, as some corps use them.
const ODD: [&str; 14] = [
    "引\"号'和\\反斜杠",
    "两\n行\r\n三行",
    "制表\t符",
    "控\u{1}制\u{1b}[2J\u{7f}\u{85}符",
    "倒\u{202e}过来",
    "🎉🧑‍👩‍👧",
    "",
    " 空白 ",
    "\"\"\"",
    "'''",
    "# 注释 = 1",
    "[段]",
    "总部/销售部",
    "\u{feff}",
];

#[tokio::test]
async fn odd_names_round_trip_through_the_book() {
    let mut company = Company::chunfeng();
    let (mut group, mut department) = (company.tag_groups[0].clone(), company.departments[1].clone());
    let tag = group.tags[0].clone();
    for (n, name) in ODD.iter().enumerate() {
        (department.id, department.name) = (100 + n as u64, (*name).to_owned());
        company.departments.push(department.clone());
        // The same tags in two groups of the same odd name.
        for half in ["A", "B"] {
            (group.id, group.name) = (format!("etGroup{half}{n}"), (*name).to_owned());
            let named = |(m, name): (usize, &&str)| {
                let mut tag = tag.clone();
                (tag.id, tag.name) = (format!("et{half}{n}x{m}"), (*name).to_owned());
                tag
            };
            group.tags = ODD.iter().enumerate().map(named).collect();
            company.tag_groups.push(group.clone());
        }
    }
    let harness = DirectoryHarness::of(company).await;
    let text = harness.pulled().await;
    assert_eq!(text, harness.pulled().await);
    let directory = read(&text);
    assert_eq!((&directory.parse_errors[..], &directory.errors[..]), (&[][..], &[][..]));
    for (n, name) in ODD.iter().enumerate() {
        assert_eq!(directory.department(100 + n as u64).expect("it is there").name.value, *name);
        let tag = directory.tag(&format!("etB3x{n}")).expect("it is there");
        assert_eq!((&*tag.name.value, &*tag.group), (*name, ODD[3]));
    }
    assert_eq!(directory.tags.len(), 6 + ODD.len() * ODD.len() * 2);
    // None of them causes a finding, and all shown names stay on one line.
    harness.write("a.toml", &campaign("external_contact_list.tag_list = [\"etA0x3\", \"etA0x1\"]"));
    harness.write("directory.toml", &text);
    let (out, _) = harness.ends(&["check", "--deny-warnings"], 0);
    assert_eq!(out, "2 files checked, nothing found\n");
    let (out, _) = harness.ends(&["plan", "--format", "csv", "--days", "8"], 0);
    assert!(
        out.contains(
            "tags 控\u{fffd}制\u{fffd}[2J\u{fffd}\u{fffd}符 (etA0x3), 两\u{fffd}行\u{fffd}\u{fffd}三行 (etA0x1)"
        ),
        "{out}"
    );
}

#[tokio::test]
async fn a_corp_without_anything() {
    let mut company = Company::chunfeng();
    company.tag_groups.clear();
    company.members.clear();
    company.departments.iter_mut().for_each(|department| department.in_scope = false);
    let directory = read(&DirectoryHarness::of(company).await.pulled().await);
    assert_eq!((directory.parse_errors.len(), directory.senders.len(), directory.tags.len()), (0, 0, 0));
}

#[tokio::test]
async fn the_example_book_matches_the_sandbox_directory() {
    let pulled = DirectoryHarness::of(Company::chunfeng()).await.pulled().await;
    assert_eq!(pulled, include_str!("../../campaigns/directory.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pulling_twice_changes_nothing() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.ends(&["directory", "pull"], 0);
    let first = harness.read("directory.toml");
    harness.ends(&["directory", "pull"], 0);
    assert_eq!(first, harness.read("directory.toml"));
    let left: Vec<_> =
        fs::read_dir(harness.path("")).expect("a directory").flatten().map(|it| it.file_name()).collect();
    assert_eq!(left, ["directory.toml"]);
    let (_, err) = harness.ends_with(&["directory", "pull"], "wrong", 2);
    assert!(err.contains("40001") && !err.contains("wrong"), "{err}");
    assert_eq!(first, harness.read("directory.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_wecom_is_asked_again() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.answers_with(AnswerFault::BusyOnce);
    let (_, err) = harness.ends(&["directory", "pull"], 0);
    assert!(err.contains("the senders: ") && err.contains("asked again in 2s"), "{err}");
    assert_eq!(harness.read("directory.toml"), include_str!("../../campaigns/directory.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_departments_are_reported_and_omitted() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.answers_with(AnswerFault::Department60011);
    let (_, err) = harness.ends(&["directory", "pull"], 1);
    assert!(err.contains("department 2 is left out, because WeCom refused department: 60011"), "{err}");
    let directory = read(&harness.read("directory.toml"));
    assert!(directory.department(2).is_none() && directory.department(5).is_some());
    harness.write("a.toml", &campaign("sender_list.department_list = [\"母婴馆\"]"));
    harness.ends(&["check", "--deny-warnings"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wecom_lists_twice_is_written_once() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.answers_with(AnswerFault::DirectoryTwice);
    harness.ends(&["directory", "pull"], 0);
    assert_eq!(harness.read("directory.toml"), include_str!("../../campaigns/directory.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_members_are_pulled_and_checked() {
    let mut company = Company::chunfeng();
    let member = company.members[0].clone();
    company.members = (0..100_000)
        .map(|n| {
            let mut member = member.clone();
            member.userid = format!("member-{n:057}");
            member
        })
        .collect();
    let harness = DirectoryHarness::of(company).await;
    harness.ends(&["directory", "pull"], 0);
    let last = format!("member-{:057}", 99_999);
    harness.write("a.toml", &campaign(&format!("sender_list.user_list = [\"{last}\"]")));
    harness.ends(&["check", "--deny-warnings"], 0);
    // All of them in one campaign: a file of 7 MB, and a readable plan.
    let all: Vec<String> = (0..100_000).map(|n| format!("\"member-{n:057}\"")).collect();
    harness.write("a.toml", &campaign(&format!("sender_list.user_list = [{}]", all.join(", "))));
    harness.ends(&["check", "--deny-warnings"], 0);
    for format in ["human", "markdown", "csv"] {
        let (out, _) = harness.ends(&["plan", "--days", "8", "--format", format], 0);
        assert!(out.contains("0000000000000000") && out.len() < 4_000, "{format}: {} bytes", out.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_book_held_against_wecom() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.write("a.toml", &campaign("external_contact_list.tag_list = [\"VIP客户\"]"));
    harness.write("b.toml", &campaign("sender_list.user_list = [\"hetao\", \"wu.qain\"]").replace("\"a\"", "\"b\""));
    harness.ends(&["directory", "pull"], 0);
    let (out, err) = harness.ends(&["check", "--online", "--format", "concise"], 0);
    assert_eq!(
        out,
        "campaigns/b.toml:3:40: warning[unknown-id]: WeCom shows the app no member `hetao` who can post\n\
         campaigns/b.toml:3:49: warning[unknown-id]: WeCom shows the app no member `wu.qain` who can post\n"
    );
    assert_eq!(err, "WeCom shows the app 12 senders, 5 departments and 6 tags\n");
    let (out, _) = harness.ends(&["check", "--online", "campaigns/b.toml"], 0);
    assert!(out.contains("did you mean `wu.qian`? give the member `客户联系`"), "{out}");

    // The file becomes outdated: a renamed tag, a removed department, a new sender.
    let behind = harness.read("directory.toml").replace("VIP客户", "大客户").replace("    \"lisi\",\n", "");
    harness.write(
        "directory.toml",
        &format!("{behind}\n[[tag_groups.tags]]\nid = \"etCFGone0000001\"\nname = \"旧客\"\n"),
    );
    let (out, _) = harness.ends(&["check", "--online", "--format", "json"], 0);
    let found: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let stale = &found["diagnostics"][2];
    assert_eq!((&stale["code"], &stale["file"]), (&"stale-directory".into(), &"campaigns/directory.toml".into()));
    assert_eq!(stale["message"], "`directory.toml` differs from what WeCom has now: 1 changed, 1 removed, 1 added");
    assert_eq!(
        stale["help"],
        "changed: tag `VIP客户 (etCFVip00000001)`, which was `客户等级/大客户`; removed: tag `旧客 (etCFGone0000001)`; \
         added: sender `lisi`; run `drumbeat directory pull` again"
    );
    harness.ends(&["check", "--online", "--deny-warnings"], 1);
    // Without `--online` the file counts, as it does for the service.
    let (out, _) = harness.ends(&["check", "--format", "concise", "campaigns/a.toml"], 1);
    assert!(out.contains("error[unknown-name]: no tag is named `VIP客户`"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wecom_cannot_be_asked() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.write("a.toml", &campaign("sender_list.user_list = [\"lisi\"]"));
    let (out, err) = harness.ends_with(&["check", "--online"], "wrong", 2);
    assert_eq!(out, "");
    assert!(err.contains("40001") && err.contains("; "), "{err}");
    harness.sandbox.lock().expect("whole").behaviour.refuses_with = Some(60020);
    let (_, err) = harness.ends(&["check", "--online"], 2);
    assert!(err.contains("60020") && err.contains("企业可信IP"), "{err}");
    harness.ends(&["check", "--wecom-url", &harness.url], 2);
    // Without `--online` no request is sent.
    harness.ends(&["check"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_corp_s_directory_stops_no_ids() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.write("a.toml", &campaign("external_contact_list.tag_list = [\"VIP客户\"]"));
    harness.write("b.toml", &campaign("sender_list.user_list = [\"lisi\"]").replace("\"a\"", "\"b\""));
    harness.ends(&["directory", "pull"], 0);
    let foreign = harness.read("directory.toml").replace(&harness.company.corp.0, "wwother");
    harness.write("directory.toml", &foreign);
    let (out, _) = harness.ends(&["check", "--format", "concise"], 1);
    let corp = &harness.company.corp;
    assert_eq!(
        out,
        format!(
            "campaigns/directory.toml:4:8: error[foreign-directory]: the directory belongs to the corp `wwother`, not to `{corp}`\n"
        )
    );
    let (out, _) = harness.ends(&["plan", "--format", "csv", "--days", "8"], 1);
    assert_eq!(out.lines().skip(1).filter(|line| line.contains(",b,,public,member lisi; ")).count(), 1, "{out}");
    assert!(!out.contains("VIP"), "{out}");
    let (_, err) = harness.ends(&["post", "a", "--yes"], 2);
    assert!(err.contains("`directory.toml` has an error"), "{err}");
    let (out, _) = harness.ends(&["check", "campaigns/a.toml"], 0);
    assert_eq!(out, "1 file checked, nothing found\n");
}

/// Everyone who is told about a refused recipient sees its name.
#[tokio::test(flavor = "multi_thread")]
async fn rejected_senders_are_listed_by_name() {
    const CAMPAIGN: &str = "id = \"partly\"\ncontent.text = \"居家小物。\"\nschedule.cron = \"* * * * *\"\n\
        visible_range.sender_list = { user_list = [\"zhangshan\", \"guodong\"], department_list = [\"仓储物流\"] }\n";
    let mut harness = InProcessService::with(CAMPAIGN).await;
    let directory =
        include_str!("../../campaigns/directory.toml").replace("会员中心", "仓储物流").replace("id = 4", "id = 6");
    fs::write(harness.dir.path().join("book/directory.toml"), directory).expect("written");
    let engine = harness.run();
    let store = harness.context.store.clone();
    let ended = until(
        || std::future::ready(store.runs(&RunFilter::default()).wait().unwrap_or_default()),
        |runs| runs.iter().any(|run| run.state == State::Partial),
    )
    .await;
    harness.stop.cancel();
    engine.await.expect("it ends").expect("it ends well");
    let run = ended.iter().find(|run| run.state == State::Partial).expect("it was waited for");
    let why = "WeCom did not take senders guodong; departments 仓储物流 (6); check that the app may see them";
    assert_eq!(run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).as_deref(), Some(why));
    assert!(runs::history(&ended, None, drumbeat::text::Lang::En).contains(why));
    let notes = AlertPolicy::default().on_event(&EngineEvent::Run(Box::new(run.clone())), just_before());
    assert!(notes[0].to_string().contains(why), "{}", notes[0]);
    let names = &harness.load().names;
    let shown = runs::whole(run, &[], &runs::Origin::default(), None, names, drumbeat::text::Lang::En);
    assert!(shown.contains("not taken    guodong, 仓储物流 (6)\n"), "{shown}");
    assert!(
        shown.contains("audience     members zhangshan, guodong and department 仓储物流 (6); all their"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn show_uses_names_of_the_runs_corp() {
    let harness = DirectoryHarness::of(Company::chunfeng()).await;
    harness.write("a.toml", &campaign("external_contact_list.tag_list = [\"VIP客户\"]"));
    harness.ends(&["directory", "pull"], 0);
    let (out, _) = harness.ends(&["post", "a", "--yes", "--format", "json"], 0);
    let posted: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let run = posted["runs"][0]["run"].as_str().expect("a run");
    // The id was sent.
    let ledger = format!("{:?}", harness.sandbox.lock().expect("whole").ledger());
    assert!(ledger.contains("etCFVip00000001") && !ledger.contains("VIP客户"), "{ledger}");
    let (out, _) = harness.ends(&["show", run], 0);
    assert!(out.contains("members who have customers with tag VIP客户 (etCFVip00000001); only"), "{out}");
    let foreign = harness.read("directory.toml").replace(&harness.company.corp.0, "wwother");
    harness.write("directory.toml", &foreign);
    let (out, _) = harness.ends(&["show", run], 0);
    assert!(out.contains("customers with tag etCFVip00000001; only"), "{out}");
}
