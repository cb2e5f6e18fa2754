//! A real browser that a test operates, through Debian's `chromedriver`. Where it is missing, a test says so and passes,
//! unless `CI` is set.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::service_harness::until;

/// The accessibility checker of Deque, unchanged from npm (4.14.1, MPL-2.0): for tests only.
const AXE: &str = include_str!("axe.min.js");

/// How an element is named in answers of the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long a page may take to load, in milliseconds: far longer than any takes, and shorter than the minute for which a
/// browser waits for a free connection.
const PAGE_LOAD_LIMIT_MS: u64 = 30_000;

/// The colours that a person prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// A browser with one window.
pub(crate) struct WebDriver {
    child: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        let _ = self.call("DELETE", "", &Value::Null);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new chromedriver and its port; `None` if it ends at once.
fn chromedriver() -> io::Result<Option<(Child, u16)>> {
    let mut child = Command::new("chromedriver")
        .args(["--port=0", "--log-level=SEVERE"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let port = lines
        .filter_map(|line| line.split_once("started successfully on port ").map(|(_, rest)| rest.to_owned()))
        .find_map(|rest| rest.trim_end_matches('.').parse().ok());
    if port.is_none() {
        let _ = child.wait();
    }
    Ok(port.map(|port| (child, port)))
}

impl WebDriver {
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same with more options of the browser.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    #[expect(clippy::disallowed_methods, reason = "CI installs the browser")]
    pub(crate) fn start_with(options: &[&str]) -> Option<Self> {
        // It ends without a word if another program takes its free port before it has bound all its addresses.
        let (child, port) = match (0..5).find_map(|_| chromedriver().transpose()) {
            Some(Ok(started)) => started,
            Some(Err(_)) => {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "chromedriver is not installed: apt-get install chromium-driver"
                );
                eprintln!("chromedriver is not installed: no page was operated in a browser");
                return None;
            }
            None => panic!("chromedriver does not name its port"),
        };
        let profile = TempDir::new().expect("a directory");
        let mut driver = Self { child, port, session: String::new(), _profile: profile };
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", driver._profile.path().display()),
        ];
        let args = [&args, options].concat();
        let wanted = json!({"goog:chromeOptions": {"args": args}, "goog:loggingPrefs": {"browser": "ALL"}});
        let asked = json!({"capabilities": {"alwaysMatch": wanted}});
        let answer = driver.send("POST", "/session", &asked);
        answer["sessionId"].as_str().expect("a session").clone_into(&mut driver.session);
        driver.call("POST", "/timeouts", &json!({"pageLoad": PAGE_LOAD_LIMIT_MS}));
        Some(driver)
    }

    pub(crate) fn open(&self, url: &str) {
        let failed = self.call("POST", "/url", &json!({"url": url}));
        assert!(failed.is_null(), "{url}: {failed}");
    }

    /// Opens an address that leads on to one that no server answers.
    pub(crate) fn open_dead_end(&self, url: &str) {
        let failed = self.call("POST", "/url", &json!({"url": url}));
        assert_eq!(failed["error"], "unknown error", "{url}: {failed}");
    }

    /// A new tab, which hides the others.
    pub(crate) fn open_tab(&self) {
        let tab = self.call("POST", "/window/new", &json!({"type": "tab"}));
        self.call("POST", "/window", &json!({"handle": tab["handle"]}));
    }

    /// The back button.
    pub(crate) fn back(&self) {
        self.call("POST", "/back", &json!({}));
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        self.call("GET", "/url", &Value::Null).as_str().expect("an address").to_owned()
    }

    /// The visible text of the page. The page may just be leaving: its body is then another one a moment later.
    pub(crate) fn text(&self) -> String {
        let shown = || {
            let body = self.find("body");
            self.call("GET", &format!("/element/{body}/text"), &Value::Null).as_str().map(str::to_owned)
        };
        until(shown).expect("a text")
    }

    /// What the browser said of the pages since the last call, such as a refusal by a page's own policy.
    pub(crate) fn console_messages(&self) -> String {
        self.call("POST", "/se/log", &json!({"type": "browser"})).to_string()
    }

    /// The value of a script that returns something.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.call("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.call("POST", &format!("/element/{element}/click"), &json!({}));
    }

    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.call("POST", &format!("/element/{element}/clear"), &json!({}));
        self.call("POST", &format!("/element/{element}/value"), &json!({"text": text}));
    }

    /// The element. The page before may just be leaving: the element is then there a moment later.
    fn find(&self, selector: &str) -> String {
        let wanted = json!({"using": "css selector", "value": selector});
        let found = until(|| self.call("POST", "/element", &wanted)[ELEMENT].as_str().map(str::to_owned));
        found.unwrap_or_else(|| panic!("`{selector}` is not on the page of {}", self.url()))
    }

    /// As if the person were in this time zone.
    pub(crate) fn be_in(&self, zone: &str) {
        self.devtools("Emulation.setTimezoneOverride", &json!({"timezoneId": zone}));
    }

    pub(crate) fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    pub(crate) fn turn_scripts_off(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    /// The width of a common phone, in CSS pixels.
    pub(crate) fn be_a_phone(&self) {
        let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
        self.devtools("Emulation.setDeviceMetricsOverride", &phone);
    }

    fn devtools(&self, command: &str, params: &Value) {
        self.call("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": params}));
    }

    /// What axe-core finds in the page: a line each, empty if nothing. In the dark, only the colours are others.
    pub(crate) fn accessibility_faults(&self, scheme: Scheme) -> String {
        let rules = match scheme {
            Scheme::Light => "{}",
            Scheme::Dark => "{runOnly: ['color-contrast']}",
        };
        let run = format!(
            "{AXE}; const done = arguments[arguments.length - 1]; axe.run({rules}).then(it => done(it.violations.flatMap(v => \
             v.nodes.map(n => `${{v.id}}: ${{n.html.slice(0, 200)}} ${{n.failureSummary}}`)).join('\\n')), \
             error => done('axe failed: ' + error));"
        );
        let found = self.call("POST", "/execute/async", &json!({"script": run, "args": []}));
        found.as_str().unwrap_or_else(|| panic!("axe did not run: {found}")).to_owned()
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.send(method, &format!("/session/{}{path}", self.session), body)
    }

    /// The `value` of an answer.
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("sent");
        // The driver keeps the connection: the answer ends after its length.
        let (mut reader, mut line, mut length) = (BufReader::new(stream), String::new(), 0);
        while reader.read_line(&mut line).expect("answered") > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            line.clear();
        }
        let mut json = vec![0; length];
        reader.read_exact(&mut json).expect("the whole answer");
        let mut json: Value = serde_json::from_slice(&json).expect("JSON");
        json["value"].take()
    }
}
