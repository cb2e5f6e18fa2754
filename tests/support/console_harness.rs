//! The console of a running service: requests as a browser sends them, and runs in every state.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Reason, RejectedRecipients, Run, Transition};
use drumbeat::store::{MemberResult, RunFilter, Sweep, Wait};

use super::service_harness::{Service, ServiceHarness, manual_due};

/// A service with its console.
pub(crate) struct ConsoleHarness {
    service: Service,
    pub(crate) address: String,
    /// What requests name as their host.
    host: String,
    pub(crate) key: String,
    /// Dropped after the service.
    harness: ServiceHarness,
}

impl Deref for ConsoleHarness {
    type Target = ServiceHarness;

    fn deref(&self) -> &ServiceHarness {
        &self.harness
    }
}

/// An answer: its status, head and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header line.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl ConsoleHarness {
    /// Starts the service over what the harness has.
    pub(crate) fn over(harness: ServiceHarness) -> Self {
        Self::with(harness, &["--page", "127.0.0.1:0"], None)
    }

    /// The same for other machines, which know the pages by a host. The service file says how people sign in.
    pub(crate) fn behind(harness: ServiceHarness, host: &str, file: &str) -> Self {
        fs::write(harness.path("drumbeat.toml"), file).expect("written");
        Self::with(harness, &["--config", "drumbeat.toml", "--page", "0.0.0.0:0"], Some(host))
    }

    fn with(harness: ServiceHarness, words: &[&str], host: Option<&str>) -> Self {
        // With the default port, only one of several tests at once would have it.
        let words = [&["--lang", "zh", "--listen", "127.0.0.1:0"], words].concat();
        let service = harness.service_with(&words, harness.address);
        let served = service.logs("where the pages are", |event| event["message"] == "the pages are served");
        let text = |name: &str| served[name].as_str().expect("a text").to_owned();
        let key = fs::read_to_string(text("key_file")).expect("a key").trim().to_owned();
        service.logs_times("book loaded", 1);
        let host = host.map_or_else(|| text("address"), str::to_owned);
        Self { service, address: text("address"), host, key, harness }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where the sandbox listens.
    pub(crate) fn harness_address(&self) -> std::net::SocketAddr {
        self.harness.address
    }

    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    /// A request with these header lines besides `Host`.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        );
        self.send_raw(&(head + body))
    }

    pub(crate) fn send_raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {request}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = self.send("GET", path, "", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// A form, as a page of the console sends it. `cookie` is that of [`Self::sign_in`].
    pub(crate) fn submit(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let headers = format!(
            "Origin: http://{}\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            self.address
        );
        self.send("POST", path, &headers, form)
    }

    /// The cookie of a session.
    pub(crate) fn sign_in(&self, name: &str) -> String {
        let answer = self.submit("/sign-in", "", &format!("key={}&name={name}", self.key));
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.header("set-cookie").and_then(|it| it.split(';').next()).expect("a cookie").to_owned()
    }
}

fn reason() -> Reason {
    Reason::NotListedYet
}

fn lost() -> Vec<Transition> {
    vec![Transition::Send, Transition::LoseResponse { look_at: Clock::System.now(), reason: reason() }]
}

/// Transitions of a run that ends in each state, by the state.
pub(crate) fn lives() -> Vec<(&'static str, Vec<Transition>)> {
    let submitted =
        |step: Transition| vec![Transition::Send, Transition::Submit { jobid: "job".to_owned(), errmsg: None }, step];
    let create = |n: u32, users: &[&str]| Transition::Create {
        moment_id: format!("mom{n}"),
        invalid: RejectedRecipients {
            users: users.iter().map(|it| (*it).to_owned()).collect(),
            ..RejectedRecipients::default()
        },
        reason: None,
    };
    let refuse = Transition::Refuse {
        errcode: 40058,
        errmsg: "invalid parameter".to_owned(),
        reason: Reason::JobRefused { errcode: 40058, errmsg: "invalid parameter".to_owned() },
    };
    vec![
        ("created", submitted(create(1, &[]))),
        ("partial", submitted(create(2, &["zhangshan"]))),
        ("refused", submitted(refuse)),
        ("expired", submitted(Transition::Expire { reason: Reason::Expired })),
        ("absent", [lost(), vec![Transition::ConfirmAbsent { reason: Reason::Absent }]].concat()),
        ("failed", vec![Transition::GiveUp { errcode: None, errmsg: None, reason: Reason::StillUploading }]),
        ("held", vec![Transition::Hold { hold: None, reason: Reason::NewerDue }]),
        ("missed", vec![Transition::Withdraw { reason: Reason::WithdrawnBy { by: "wangwu".to_owned() } }]),
        ("doubtful", [lost(), vec![Transition::RequireReview { reason: Reason::Several }]].concat()),
    ]
}

/// Stores a run of a campaign that was due at an instant, with its transitions; returns its name.
pub(crate) fn store_run(
    harness: &ServiceHarness,
    campaign: &str,
    text: &str,
    at: DateTime<Utc>,
    steps: Vec<Transition>,
) -> String {
    let post = Post { text: Some(text.to_owned()), attachments: Attachments::None, audience: Audience::Everyone };
    let mut run = Run::claimed(manual_due(campaign, at), post.into(), at);
    let store = harness.store();
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    for (n, step) in (1..).zip(steps) {
        let event = run.apply(step, at + TimeDelta::seconds(n)).expect("a legal move");
        store.save((&run, &event)).wait().expect("saved");
    }
    run.id().to_string()
}

/// A harness whose store has a run in each state, due in the last hours, and whose book has a campaign to come.
pub(crate) fn with_history() -> ServiceHarness {
    let harness = ServiceHarness::new();
    harness.write("spring", "春季新品上架", "cron = \"0 9 * * MON\"");
    let now = Clock::System.now();
    for (n, (state, steps)) in (1..).zip(lives()) {
        store_run(&harness, state, &format!("{state} 的文字"), now - TimeDelta::hours(n), steps);
    }
    harness
}

/// Counts results of every posted run of a store.
pub(crate) fn count_results(harness: &ServiceHarness) {
    let (store, age) = (harness.store(), Duration::from_secs(86_400));
    let runs = store.runs(&RunFilter::default()).wait().expect("read");
    for (n, run) in (1..).zip(runs.into_iter().filter(|run| run.state.is_posted())) {
        let result = |member: &str, errcode| MemberResult {
            member: Ok(member.to_owned()),
            department: Some(2),
            customers: if errcode == 0 { 40 * n } else { 0 },
            likes: n,
            comments: 1,
            errcode,
        };
        for result in [result("zhangshan", 0), result("lisi", 701_008)] {
            store.save_result(&run, age, &result).wait().expect("saved");
        }
        let asked_at = Clock::System.now();
        let sweep = Sweep { age, asked_at, members: 3, posted: 2, errcode: 0, results: Vec::new() };
        store.save_sweep(&run, &sweep).wait().expect("saved");
    }
}
