//! A provider's app: the real service, and a sandbox that plays WeCom's side.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::sandbox::{Callback, Company, Sandbox, SuiteApp};
use drumbeat::secret::Secret;
use drumbeat::wecom::suite::CallbackKeys;

use crate::support::postgres;
use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT, in_seconds, until};

const AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// A service with a provider's app and one corp, which has not authorised it yet.
struct Provider {
    harness: ServiceHarness,
    service: Service,
}

impl Provider {
    fn start() -> Self {
        Self::with(|harness| (String::new(), format!("store = '{}'", harness.address_of_store())))
    }

    /// `stores` gives lines at the top and of the corp.
    fn with(stores: impl FnOnce(&ServiceHarness) -> (String, String)) -> Self {
        let harness = ServiceHarness::new();
        let keys = CallbackKeys::new(Secret::new("QDG6eK"), &Secret::new(AES_KEY)).expect("keys");
        let app = SuiteApp::new("ww-suite", Secret::new("suite-secret"), CorpId("ww-provider".to_owned()), keys);
        harness.sandbox().register_suite(app);
        let files = [("secret", "suite-secret"), ("token", "QDG6eK"), ("aes", AES_KEY), ("key", &"ab".repeat(32))];
        for (name, text) in files {
            fs::write(harness.path(name), text).expect("written");
        }
        let (top, own) = stores(&harness);
        let service = start(&harness, "provider.toml", &top, &own);
        Self { harness, service }
    }

    /// Sends WeCom's request, and returns the status and the text of the answer.
    fn send(&self, path: &str, callback: &Callback) -> (u16, String) {
        send(&self.service, path, callback)
    }

    #[track_caller]
    fn accepts(&self, make: impl FnOnce(&mut Sandbox) -> Option<Callback>) {
        self.accepted_by(&self.service, make);
    }

    #[track_caller]
    fn accepted_by(&self, service: &Service, make: impl FnOnce(&mut Sandbox) -> Option<Callback>) {
        let callback = make(&mut self.harness.sandbox()).expect("an app");
        assert_eq!(send(service, "/suite/command", &callback), (200, "success".to_owned()));
    }

    #[track_caller]
    fn readiness(&self, wanted: &str) {
        let address = address(&self.service, "metrics and health are served");
        let shown = until(|| Some(exchange(address, "GET", "/readyz", "")).filter(|page| page.contains(wanted)));
        shown.unwrap_or_else(|| panic!("never {wanted}: {}", exchange(address, "GET", "/readyz", "")));
    }
}

/// Starts a service with a service file of this name.
fn start(harness: &ServiceHarness, name: &str, top: &str, own: &str) -> Service {
    let codes = if top.is_empty() { "codes_file = 'codes'" } else { "" };
    let corp = Company::chunfeng().corp;
    let config = format!(
        "listen = '127.0.0.1:0'\nedit_delay = '0s'\nwecom_url = 'http://{}'\n{top}\n\
         [suite]\nid = 'ww-suite'\nsecret_file = 'secret'\nprovider_corp_id = 'ww-provider'\ncallback_token_file = 'token'\n\
         callback_aes_key_file = 'aes'\n{codes}\ncodes_key_file = 'key'\nlisten = '127.0.0.1:0'\nkeep_cancelled = '1s'\n\
         [[corp]]\nname = 'abc'\ncorp_id = '{corp}'\nsuite = true\n{own}\nbook = 'campaigns'\npage = 'off'\n",
        harness.address,
    );
    fs::write(harness.path(name), config).expect("written");
    let mut command = harness.command(&["--config", name, "run", "--log", "json"]);
    for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE", "DRUMBEAT_WECOM_URL"] {
        command.env_remove(variable);
    }
    Service::start(command)
}

fn address(service: &Service, message: &str) -> SocketAddr {
    let said = service.logs("where it serves", |event| event["message"] == message);
    said["address"].as_str().expect("an address").parse().expect("an address")
}

/// Sends WeCom's request to a service, and returns the status and the text of the answer.
fn send(service: &Service, path: &str, Callback { query, body }: &Callback) -> (u16, String) {
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let address = address(service, "callbacks of the suite are served");
    let begun = Instant::now();
    let text = exchange(address, method, &format!("{path}?{}", query.join("&")), body);
    assert!(begun.elapsed() < Duration::from_secs(1), "WeCom waits for one second");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text.split_once("\r\n\r\n").expect("a head").1.to_owned())
}

fn exchange(address: SocketAddr, method: &str, target: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time");
    let length = body.len();
    let head =
        format!("{method} {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).expect("asked");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("answered");
    text
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    Clock::System.now()
}

#[test]
fn a_corp_is_served_from_authorisation_to_withdrawal() {
    let provider = Provider::start();
    provider.readiness("abc: the corp has not authorised the provider's app yet");
    // WeCom checks the address before anything else.
    let check = provider.harness.sandbox().suite().expect("an app").address_check("1616140317555161061", now());
    assert_eq!(provider.send("/suite/command", &check), (200, "1616140317555161061".to_owned()));
    provider.accepts(|wecom| wecom.send_ticket(now()));
    provider.accepts(|wecom| wecom.authorise(false, now()));
    provider.service.logs("the code", |event| {
        event["message"].as_str().is_some_and(|it| it.starts_with("the corp's permanent code is kept"))
    });
    provider.service.signal("HUP");
    provider.readiness("HTTP/1.1 200");
    provider.harness.write("spring", "春季新品", &in_seconds(2));
    provider.harness.run_in("spring", "created");
    // Another code replaces the first, and other changes need nothing.
    provider.accepts(|wecom| wecom.authorise(true, now()));
    provider.accepts(|wecom| wecom.change_authorisation(false, now()));
    assert!(provider.harness.path("drumbeat.db").exists());
    provider.accepts(|wecom| wecom.change_authorisation(true, now()));
    provider.readiness("abc: the corp withdrew its authorisation");
    let is_removed = || (!provider.harness.path("drumbeat.db").exists()).then_some(());
    assert!(until(is_removed).is_some(), "its data are kept: {:#?}", provider.service.log());
    assert!(provider.harness.book().join("spring.toml").exists());
    let codes = fs::read(provider.harness.path("codes")).expect("the codes");
    let seen = format!("{:?} {}", provider.service.log(), String::from_utf8_lossy(&codes));
    for secret in ["suite-secret", "ticket-", "auth-code-", "permanent-", "suite-token-", "sandbox-token-", AES_KEY] {
        assert!(!seen.contains(secret), "{secret} is shown");
    }
    let (status, log) = provider.service.stop();
    assert!(status.success(), "{log:?}");
}

#[test]
fn a_false_callback_changes_nothing() {
    let provider = Provider::start();
    let genuine = provider.harness.sandbox().authorise(false, now()).expect("an app");
    let with = |name: &str, text: &str| {
        let query = genuine
            .query
            .iter()
            .map(|(known, value)| (*known, if *known == name { text.to_owned() } else { value.clone() }));
        Callback { query: query.collect(), body: genuine.body.clone() }
    };
    for (name, text) in [("msg_signature", "0000"), ("timestamp", "1"), ("nonce", "x")] {
        assert_eq!(provider.send("/suite/command", &with(name, text)).0, 403, "{name}");
    }
    let other = Callback { body: "<xml>".to_owned(), ..genuine.clone() };
    assert_eq!(provider.send("/suite/command", &other).0, 400);
    let bare = Callback { query: Vec::new(), ..genuine.clone() };
    assert_eq!(provider.send("/suite/command", &bare).0, 400);
    assert!(!provider.harness.path("codes").exists());
    // The address of data takes what is signed, and keeps nothing of it.
    assert_eq!(provider.send("/suite/data", &genuine), (200, "success".to_owned()));
    assert!(!provider.harness.path("codes").exists());
}

#[test]
fn a_code_is_exchanged_after_a_crash() {
    let mut provider = Provider::start();
    // Without a ticket the code has to wait, and the service ends before one comes.
    provider.accepts(|wecom| wecom.authorise(false, now()));
    provider
        .service
        .logs("the failure", |event| event["message"].as_str().is_some_and(|it| it.contains("is not exchanged yet")));
    provider.service.signal("KILL");
    provider.service.ends();
    let own = format!("store = '{}'", provider.harness.address_of_store());
    provider.service = start(&provider.harness, "provider.toml", "", &own);
    provider.accepts(|wecom| wecom.send_ticket(now()));
    provider.service.logs("the code", |event| {
        event["message"].as_str().is_some_and(|it| it.starts_with("the corp's permanent code is kept"))
    });
}

/// The first of the services that logs this message.
#[track_caller]
fn which<'s>(services: [&'s Service; 2], message: &str) -> [&'s Service; 2] {
    let says = |service: &Service| {
        service.log().iter().any(|event| event["message"].as_str().is_some_and(|it| it.starts_with(message)))
    };
    let found = until(|| services.iter().position(|service| says(service)));
    let place = found.unwrap_or_else(|| panic!("none: {message}"));
    [services[place], services[1 - place]]
}

#[test]
fn an_event_may_reach_any_replica() {
    let Some(schema) = postgres::schema() else { return };
    let place = |harness: &ServiceHarness, machine: &str| {
        fs::create_dir_all(harness.path(machine)).expect("a directory");
        format!("store = '{}&files={}'", schema.address(), harness.path(machine).display())
    };
    let provider = Provider::with(|harness| (place(harness, "one"), String::new()));
    let harness = &provider.harness;
    let other = start(harness, "other.toml", &place(harness, "other"), "");
    let both = [&provider.service, &other];
    // The ticket comes to one, the authorisation to the other.
    provider.accepted_by(both[0], |wecom| wecom.send_ticket(now()));
    provider.accepted_by(both[1], |wecom| wecom.authorise(false, now()));
    which(both, "the corp's permanent code is kept");
    both.iter().for_each(|service| service.signal("HUP"));
    let [worker, idle] = which(both, "the corp is served");
    harness.write("spring", "春季新品", &in_seconds(2));
    let is_created = || (schema.sql("SELECT count(*) FROM runs WHERE state = 'created'") == "1").then_some(());
    assert!(until(is_created).is_some(), "it is not posted: {:#?}", worker.log());
    let left: Vec<_> = ["one", "other"]
        .map(|machine| harness.path(machine).join(format!("{}.{}.archive", schema.name, Company::chunfeng().corp)))
        .into_iter()
        .inspect(|archive| fs::create_dir_all(archive).expect("a directory"))
        .collect();
    // The replica that does not serve the corp hears of its withdrawal.
    provider.accepted_by(idle, |wecom| wecom.change_authorisation(true, now()));
    let health = address(worker, "metrics and health are served");
    let stopped = || exchange(health, "GET", "/readyz", "").contains("withdrew its authorisation").then_some(());
    assert!(until(stopped).is_some(), "it is still served: {:#?}", worker.log());
    let is_removed = || (schema.sql("SELECT count(*) FROM corps") == "0").then_some(());
    assert!(until(is_removed).is_some(), "its rows are kept: {:#?}", worker.log());
    for table in ["runs", "events", "posts", "sends", "watermarks", "media"] {
        assert_eq!(schema.sql(&format!("SELECT count(*) FROM {table}")), "0", "{table}");
    }
    assert!(until(|| left.iter().all(|archive| !archive.exists()).then_some(())).is_some(), "files are kept");
    let kept = schema.sql("SELECT encode(bytes, 'escape') FROM sealed");
    let seen = format!("{:?} {:?} {kept}", worker.log(), idle.log());
    for secret in ["suite-secret", "ticket-", "auth-code-", "permanent-", "suite-token-", "sandbox-token-", AES_KEY] {
        assert!(!seen.contains(secret), "{secret} is shown");
    }
    assert!(!harness.path("codes").exists());
}

#[test]
fn a_server_that_is_away_at_the_start_ends_no_service() {
    let Some(schema) = postgres::schema() else { return };
    let provider = Provider::with(|harness| {
        // A directory of the server's socket that is not there yet.
        let socket = harness.path("server").display().to_string().replace('/', "%2F");
        let (server, name) = (harness.path("machine"), &schema.name);
        fs::create_dir_all(&server).expect("a directory");
        let options = format!("schema={name}&files={}", server.display());
        (format!("store = 'postgres://drumbeat@{socket}/postgres?{options}'"), String::new())
    });
    which([&provider.service; 2], "the codes of the app cannot be read");
    provider.readiness("503");
    let socket = schema.socket();
    let directory = socket.parent().expect("the directory of a socket");
    std::os::unix::fs::symlink(directory, provider.harness.path("server")).expect("a link");
    provider.accepts(|wecom| wecom.send_ticket(now()));
    // And a service that waits can be stopped.
    let waiting = start(&provider.harness, "other.toml", "store = 'postgres://drumbeat@%2Fnowhere/postgres'", "");
    which([&waiting; 2], "the codes of the app cannot be read");
    assert!(waiting.stop().0.success());
}
