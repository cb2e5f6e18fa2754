//! The book in a browser while it is being edited.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::source_revision::git;
use crate::support::service_harness::until;
use crate::support::webdriver::{Scheme, WebDriver};

/// A running preview of a book in a directory.
struct Preview {
    dir: TempDir,
    child: Child,
    address: String,
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const BIN: &str = env!("CARGO_BIN_EXE_drumbeat");

impl Preview {
    /// `files` are paths from the book's top with their texts.
    fn of(files: &[(&str, String)]) -> Self {
        let dir = TempDir::new().unwrap();
        for (path, text) in files {
            fs::write(dir.path().join(path), text).unwrap();
        }
        Self::start(dir.path().to_owned(), dir)
    }

    fn start(book: PathBuf, dir: TempDir) -> Self {
        let mut child = Command::new(BIN)
            .args(["preview", "--lang", "zh", "--listen", "127.0.0.1:0"])
            .arg(book)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").and_then(|it| it.split_whitespace().next()).expect("an address");
        Self { address: address.to_owned(), dir, child }
    }

    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// The whole answer to a request with these header lines.
    fn answer(&self, path: &str, headers: &str) -> String {
        let mut answer = Vec::new();
        let mut stream = self.send(&format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"));
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.answer(path, &format!("Host: {}\r\n", self.address))
    }

    /// Versions of the book as the page hears of them: the present one first.
    fn versions(&self) -> impl Iterator<Item = String> + use<> {
        let stream = self.send(&format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.address));
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines.filter_map(|line| Some(line.strip_prefix("data: ")?.to_owned()))
    }
}

fn campaign(id: &str, text: &str) -> String {
    format!(
        "id = \"{id}\"\ncontent.text = '''{text}'''\nvisible_range.sender_list.user_list = [\"lisi\"]\n\
         schedule.at = 2030-03-04T09:00:00\n"
    )
}

#[test]
fn month_day_and_campaign_show_a_post() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季新品"))]);
    let month = preview.get("/?month=2030-03");
    assert!(month.starts_with("HTTP/1.1 200"), "{month}");
    assert!(month.contains("href=\"/day/2030-03-04\"") && month.contains("href=\"/campaign/a\""), "{month}");
    assert!(preview.get("/day/2030-03-04").contains("春季新品"));
    assert!(preview.get("/campaign/a").contains("春季新品"));
}

#[test]
fn month_counts_past_posts_as_past() {
    let past = campaign("a", "春季新品").replace("2030-03-04", "2020-03-04");
    let preview = Preview::of(&[("a.toml", past)]);
    let month = preview.get("/?month=2020-03");
    assert!(month.contains("共发表 1 次，其中 1 次的时间已经过去"), "{month}");
    let month = preview.get("/?month=2030-03");
    assert!(!month.contains("已经过去"), "{month}");
}

#[test]
fn edit_is_told_and_shown() {
    let preview = Preview::of(&[("a.toml", campaign("a", "原来的文字"))]);
    let mut versions = preview.versions();
    assert_eq!(versions.next().as_deref(), Some("1"));
    fs::write(preview.dir.path().join("a.toml"), campaign("a", "改过的文字")).unwrap();
    assert_eq!(versions.next().as_deref(), Some("2"));
    assert!(preview.get("/day/2030-03-04").contains("改过的文字"));
}

#[test]
fn broken_file_shows_what_to_correct() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季")), ("b.toml", campaign("b", "夏季"))]);
    let mut versions = preview.versions();
    versions.next();
    fs::write(preview.dir.path().join("b.toml"), campaign("b", "夏季") + "titel = 'x'\n").unwrap();
    versions.next();
    let month = preview.get("/?month=2030-03");
    assert!(month.contains("role=\"status\"") && month.contains("b.toml"), "{month}");
    assert!(preview.get("/findings").contains("b.toml:5"));
}

#[test]
fn broken_file_stays_at_its_last_known_times() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季"))]);
    let mut versions = preview.versions();
    versions.next();
    fs::write(preview.dir.path().join("a.toml"), campaign("a", "春季") + "titel = 'x'\n").unwrap();
    versions.next();
    let month = preview.get("/?month=2030-03");
    let day = month.split("datetime=\"2030-03-04\"").nth(1).unwrap().split("</td>").next().unwrap();
    assert!(day.contains("09:00") && day.contains("文件有错误") && day.contains("href=\"/findings\""), "{day}");
    fs::write(preview.dir.path().join("a.toml"), campaign("a", "改好了")).unwrap();
    versions.next();
    let month = preview.get("/?month=2030-03");
    assert!(month.contains("改好了") && !month.contains("文件有错误"), "{month}");
}

#[test]
fn file_broken_at_the_start_shows_its_committed_times() {
    let book = TempDir::new().unwrap();
    fs::write(book.path().join("a.toml"), campaign("a", "春季")).unwrap();
    for words in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "spring"]] {
        git(book.path(), words);
    }
    fs::write(book.path().join("a.toml"), campaign("a", "春季") + "titel = 'x'\n").unwrap();
    let preview = Preview::start(book.path().to_owned(), book);
    let month = preview.get("/?month=2030-03");
    let day = month.split("datetime=\"2030-03-04\"").nth(1).unwrap().split("</td>").next().unwrap();
    assert!(day.contains("09:00") && day.contains("文件有错误"), "{day}");
}

#[test]
fn calendar_shows_what_keeps_posts_back() {
    let policy = "[calendar]\nquiet_hours = { from = 21:30:00, to = 07:30:00 }\n\
                  blackout = [{ from = 2030-03-11, to = 2030-03-12, reason = \"盘点\" }]\n";
    let weekly = campaign("a", "每周").replace("at = 2030-03-04T09:00:00", "cron = \"0 9 * * MON\"");
    let preview = Preview::of(&[("a.toml", weekly), ("policy.toml", policy.to_owned())]);
    let week = preview.get("/?week=2030-03-13");
    assert!(week.contains("2030年3月11日至3月17日"), "{week}");
    let monday = week.split("datetime=\"2030-03-11\"").nth(1).unwrap().split("</td>").next().unwrap();
    assert!(monday.contains("盘点") && monday.contains("跳过") && monday.contains("09:00"), "{monday}");
    assert!(week.contains("免打扰时段（每天）：21:30 到 07:30"), "{week}");
    // The lunar new year of 2030 is on 3 February.
    let month = preview.get("/?month=2030-02");
    let new_year = month.split("datetime=\"2030-02-03\"").nth(1).unwrap().split("</td>").next().unwrap();
    assert!(new_year.contains("正月初一"), "{new_year}");
}

/// A name that leads to this machine from elsewhere (DNS rebinding) is no way in.
#[test]
fn requests_for_another_host_are_refused() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季"))]);
    for headers in ["Host: evil.example\r\n", "Host: 127.0.0.1.evil.example\r\n", ""] {
        let answer = preview.answer("/", headers);
        assert!(!answer.starts_with("HTTP/1.1 200") && !answer.contains("春季"), "{answer}");
    }
}

#[test]
fn no_file_is_served_and_nothing_is_changed() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季"))]);
    for path in
        ["/a.toml", "/picture/../a.toml", "/picture/%2e%2e%2fa.toml", "/day/x", "/campaign/..%2fa", "/campaign/b"]
    {
        let answer = preview.get(path);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(!answer.contains("user_list"), "{path}: {answer}");
    }
    let mut answer = String::new();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        preview.address
    );
    preview.send(&request).read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[test]
fn each_answer_forbids_foreign_content() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季"))]);
    for path in ["/", "/style.css", "/nothing"] {
        let answer = preview.get(path).to_ascii_lowercase();
        assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
}

#[test]
fn language_is_remembered_and_leads_back() {
    let preview = Preview::of(&[("a.toml", campaign("a", "春季"))]);
    assert!(preview.get("/").contains("<html lang=\"zh-CN\""));
    let answer = preview.get("/language/en?to=/findings");
    assert!(
        answer.contains("drumbeat_language=en") && answer.to_ascii_lowercase().contains("location: /findings"),
        "{answer}"
    );
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let answer = preview.get(&format!("/language/en?to={elsewhere}"));
        assert!(answer.to_ascii_lowercase().contains("location: /\r\n"), "{answer}");
    }
    let english = preview.answer("/", &format!("Host: {}\r\nCookie: drumbeat_language=en\r\n", preview.address));
    assert!(english.contains("<html lang=\"en\""), "{english}");
}

#[test]
fn address_of_other_machines_is_refused() {
    let run = Command::new(BIN).args(["preview", "--lang", "zh", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("--listen 127.0.0.1:8321"));
}

#[test]
fn port_in_use_is_named_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = Command::new(BIN)
        .args(["preview", "--lang", "zh", "--listen", &address])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains(&address) && said.contains("--listen 127.0.0.1:0"), "{said}");
}

/// The example book in a real browser, in both languages and schemes: no page breaks its own policy, the script shows an
/// edit, and axe-core finds nothing.
#[test]
fn no_page_has_console_or_accessibility_errors() {
    let Some(browser) = WebDriver::start() else { return };
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns");
    let preview = Preview::start(book, TempDir::new().unwrap());
    browser.be_in("Pacific/Honolulu");
    let mut faults = Vec::new();
    // Colours do not depend on the language.
    for (lang, schemes) in [("zh", &[Scheme::Light, Scheme::Dark][..]), ("en", &[Scheme::Light])] {
        browser.open(&format!("http://{}/language/{lang}?to=/findings", preview.address));
        for &scheme in schemes {
            browser.prefer(scheme);
            for path in ["/?month=2026-12", "/day/2026-12-31", "/campaign/new-arrivals", "/findings"] {
                browser.open(&format!("http://{}{path}", preview.address));
                let found = browser.accessibility_faults(scheme);
                if !found.is_empty() {
                    faults.push(format!("{lang} {scheme:?} {path}: {found}"));
                }
            }
        }
    }
    let said = browser.console_messages();
    assert!(!said.contains("Content Security Policy"), "{said}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Seven pages in other tabs, and more pages one after the other than the browser has connections.
#[test]
fn pages_that_were_left_hold_no_connection() {
    let Some(browser) = WebDriver::start() else { return };
    let preview = Preview::of(&[("a.toml", campaign("a", "原来的文字"))]);
    let findings = format!("http://{}/findings", preview.address);
    for _ in 0..7 {
        browser.open(&findings);
        browser.open_tab();
    }
    for _ in 0..7 {
        browser.open(&findings);
    }
}

#[test]
fn browser_shows_an_edit() {
    let Some(browser) = WebDriver::start() else { return };
    let preview = Preview::of(&[("a.toml", campaign("a", "原来的文字"))]);
    browser.open(&format!("http://{}/day/2030-03-04", preview.address));
    assert!(browser.text().contains("原来的文字"), "{}", browser.text());
    fs::write(preview.dir.path().join("a.toml"), campaign("a", "改过的文字")).unwrap();
    // The text of a page that loads itself again at this moment is not there.
    let shown = || browser.script("return document.body ? document.body.innerText : ''");
    until(|| shown().as_str().is_some_and(|text| text.contains("改过的文字")).then_some(()))
        .expect("the page loads itself again");
}
