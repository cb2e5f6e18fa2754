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

use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT, in_seconds, until};

const AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// A service with a provider's app and one corp, which has not authorised it yet.
struct Provider {
    harness: ServiceHarness,
    service: Service,
}

impl Provider {
    fn start() -> Self {
        let harness = ServiceHarness::new();
        let keys = CallbackKeys::new(Secret::new("QDG6eK"), &Secret::new(AES_KEY)).expect("keys");
        let app = SuiteApp::new("ww-suite", Secret::new("suite-secret"), CorpId("ww-provider".to_owned()), keys);
        harness.sandbox().register_suite(app);
        let files = [("secret", "suite-secret"), ("token", "QDG6eK"), ("aes", AES_KEY), ("key", &"ab".repeat(32))];
        for (name, text) in files {
            fs::write(harness.path(name), text).expect("written");
        }
        let corp = Company::chunfeng().corp;
        let config = format!(
            "listen = '127.0.0.1:0'\nedit_delay = '0s'\nwecom_url = 'http://{}'\n\
             [suite]\nid = 'ww-suite'\nsecret_file = 'secret'\nprovider_corp_id = 'ww-provider'\ncallback_token_file = 'token'\n\
             callback_aes_key_file = 'aes'\ncodes_file = 'codes'\ncodes_key_file = 'key'\nlisten = '127.0.0.1:0'\nkeep_cancelled = '1s'\n\
             [[corp]]\nname = 'abc'\ncorp_id = '{corp}'\nsuite = true\nstore = '{}'\nbook = 'campaigns'\npage = 'off'\n",
            harness.address,
            harness.address_of_store()
        );
        fs::write(harness.path("provider.toml"), config).expect("written");
        let mut command = harness.command(&["--config", "provider.toml", "run", "--log", "json"]);
        for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE", "DRUMBEAT_WECOM_URL"] {
            command.env_remove(variable);
        }
        let service = Service::start(command);
        Self { harness, service }
    }

    fn address(&self, message: &str) -> SocketAddr {
        let said = self.service.logs("where it serves", |event| event["message"] == message);
        said["address"].as_str().expect("an address").parse().expect("an address")
    }

    /// Sends WeCom's request, and returns the status and the text of the answer.
    fn send(&self, path: &str, Callback { query, body }: &Callback) -> (u16, String) {
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let method = if body.is_empty() { "GET" } else { "POST" };
        let address = self.address("callbacks of the suite are served");
        let begun = Instant::now();
        let text = exchange(address, method, &format!("{path}?{}", query.join("&")), body);
        assert!(begun.elapsed() < Duration::from_secs(1), "WeCom waits for one second");
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, text.split_once("\r\n\r\n").expect("a head").1.to_owned())
    }

    #[track_caller]
    fn accepts(&self, make: impl FnOnce(&mut Sandbox) -> Option<Callback>) {
        let callback = make(&mut self.harness.sandbox()).expect("an app");
        assert_eq!(self.send("/suite/command", &callback), (200, "success".to_owned()));
    }

    #[track_caller]
    fn readiness(&self, wanted: &str) {
        let address = self.address("metrics and health are served");
        let shown = until(|| Some(exchange(address, "GET", "/readyz", "")).filter(|page| page.contains(wanted)));
        shown.unwrap_or_else(|| panic!("never {wanted}: {}", exchange(address, "GET", "/readyz", "")));
    }
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
    let mut command = provider.harness.command(&["--config", "provider.toml", "run", "--log", "json"]);
    for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE", "DRUMBEAT_WECOM_URL"] {
        command.env_remove(variable);
    }
    provider.service = Service::start(command);
    provider.accepts(|wecom| wecom.send_ticket(now()));
    provider.service.logs("the code", |event| {
        event["message"].as_str().is_some_and(|it| it.starts_with("the corp's permanent code is kept"))
    });
}
