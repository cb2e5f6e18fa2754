//! A real browser for pages: Debian's Chromium. Where it is missing, a test says so and passes, unless `CI` is set.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The accessibility checker of Deque, unchanged from npm (4.14.1, MPL-2.0): for tests only.
pub(super) const AXE: &str = include_str!("axe.min.js");

/// Chromium, where it is installed.
pub struct Browser(());

impl Browser {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    #[expect(clippy::disallowed_methods, reason = "CI installs the browser")]
    pub fn find() -> Option<Self> {
        let is_there = Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if is_there.is_ok_and(|status| status.success()) {
            return Some(Self(()));
        }
        assert!(std::env::var_os("CI").is_none(), "chromium is not installed: apt-get install chromium");
        eprintln!("chromium is not installed: the page was not looked at in a browser");
        None
    }

    /// The document as it is after loading, and what the browser says of it, such as a refusal by the page's own policy.
    pub fn load(&self, url: &str, zone: &str) -> (String, String) {
        // A page that waits for news never ends to load.
        self.run(url, zone, "--timeout=4000")
    }

    fn run(&self, url: &str, zone: &str, wait: &str) -> (String, String) {
        let profile = TempDir::new().unwrap();
        let run = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--enable-logging=stderr", "--dump-dom", wait])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .env("TZ", zone)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (text(&run.stdout), text(&run.stderr))
    }

    /// What axe-core finds in a page: a line each, empty if nothing.
    pub fn accessibility_faults(&self, html: &str) -> String {
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("page.html");
        // The page's own policy forbids scripts, and this one comes from outside.
        let from = html.find("<meta http-equiv=\"Content-Security-Policy\"");
        let without = match from {
            Some(from) => {
                let end = from + html[from..].find('>').unwrap() + 1;
                format!("{}{}", &html[..from], &html[end..])
            }
            None => html.to_owned(),
        };
        let run = "axe.run().then(it => { const found = it.violations.flatMap(v => v.nodes.map(n => \
                   `${v.id}: ${n.html.slice(0, 200)}`)); document.body.textContent = 'FAULTS[' + found.join('\\n') + ']END'; });";
        let script = format!("<script>{AXE}</script><script>{run}</script></body>");
        std::fs::write(&file, without.replace("</body>", &script)).unwrap();
        let (dom, said) = self.run(&file_url(&file), "Asia/Shanghai", "--virtual-time-budget=30000");
        let (_, rest) = dom.split_once("FAULTS[").unwrap_or_else(|| panic!("axe did not run: {said}"));
        rest.split_once("]END").expect("it ends").0.to_owned()
    }
}

pub fn file_url(path: &Path) -> String {
    format!("file://{}", path.display())
}
