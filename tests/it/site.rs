//! The plan as one HTML file: what it shows, that nothing in a book gets out of its place, and a real browser's word.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use tempfile::TempDir;

use crate::support::webdriver::{Scheme, WebDriver};

const BIN: &str = env!("CARGO_BIN_EXE_drumbeat");

/// A book in a git repository, as a pull request leaves it.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(TempDir::new().unwrap());
        repository.git(&["init", "-q", "-b", "main"]);
        fs::create_dir_all(repository.book().join("media")).unwrap();
        repository
    }

    fn book(&self) -> std::path::PathBuf {
        self.0.path().join("campaigns")
    }

    fn git(&self, args: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(args)
            .current_dir(self.0.path())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success(), "git {args:?}");
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.book().join(path), bytes).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x"]);
    }

    /// The page, and the exit code.
    fn site(&self, args: &[&str]) -> (String, i32) {
        let out = self.0.path().join("plan.html");
        let run = Command::new(BIN)
            .args(["site", "campaigns", "--lang", "zh", "--from", "2030-03-01", "--days", "31", "--out"])
            .arg(&out)
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        let html = fs::read_to_string(&out).unwrap_or_else(|error| panic!("{error}: {said}"));
        (html, run.status.code().unwrap())
    }
}

fn campaign(id: &str, text: &str, more: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = '{id} 标题'\ncontent.text = '''{text}'''\n\
         visible_range.sender_list.user_list = [\"lisi\"]\nschedule.cron = \"0 9 * * MON\"\n{more}"
    )
}

/// A PNG of one colour.
fn picture(colour: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 30, 20);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[colour; 30 * 20 * 3]).unwrap();
    drop(writer);
    bytes
}

/// The names of all elements of a page.
fn elements(html: &str) -> BTreeSet<&str> {
    let names = html.split('<').skip(1).map(|rest| {
        rest.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn calendar_shows_each_post_at_its_day() {
    let repository = Repository::new();
    repository.write("a.toml", campaign("a", "春季新品", ""));
    repository.write("b.toml", campaign("b", "同一分钟", ""));
    let (html, code) = repository.site(&[]);
    assert_eq!(code, 0);
    // Four Mondays; two posts in one minute are two.
    assert_eq!(html.matches("<li class=\"tile").count(), 8);
    let monday = html.split("<time datetime=\"2030-03-04\">").nth(1).unwrap().split("</td>").next().unwrap();
    assert_eq!(monday.matches("09:00").count(), 2, "{monday}");
    assert!(monday.contains("a 标题") && monday.contains("b 标题"), "{monday}");
}

#[test]
fn page_has_no_script_and_loads_nothing() {
    let repository = Repository::new();
    repository.write("media/a.png", picture(90));
    let with_picture =
        campaign("a", "图", "").replace("visible_range", "content.images = [\"media/a.png\"]\nvisible_range");
    repository.write("a.toml", with_picture);
    let (html, _) = repository.site(&[]);
    assert!(!elements(&html).contains("script"));
    let sources: Vec<&str> = html.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!sources.is_empty() && sources.iter().all(|it| it.starts_with("data:image/jpeg;base64,")), "{sources:?}");
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = base64::engine::general_purpose::STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(style));
    assert!(
        html.contains(&format!("style-src &#39;sha256-{digest}&#39;"))
            || html.contains(&format!("style-src 'sha256-{digest}'"))
    );
}

/// Text, title, owner, file name, link and picture name of a hostile campaign stay text.
#[test]
fn nothing_of_a_book_becomes_markup() {
    let repository = Repository::new();
    let evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;";
    repository.write("media/<b onload=1>.png", picture(9));
    let text = format!(
        "id = \"a\"\ntitle = '''{evil}'''\nowner = '''{evil}'''\n\
         content.text = '''{evil}'''\ncontent.images = ['media/<b onload=1>.png']\n\
         visible_range.sender_list.user_list = [\"lisi\"]\nschedule.cron = \"0 9 * * MON\"\n"
    );
    repository.write("<i>.toml", text);
    repository.write("broken.toml", format!("'<script>' = '''{evil}'''"));
    let (html, code) = repository.site(&[]);
    assert_eq!(code, 1);
    let allowed = BTreeSet::from([
        "DOCTYPE",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "article",
        "nav",
        "a",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "div",
        "span",
        "figure",
        "figcaption",
        "img",
        "time",
        "details",
        "summary",
        "strong",
        "code",
        "pre",
        "dl",
        "dt",
        "dd",
        "del",
        "ins",
    ]);
    let found: Vec<&str> = elements(&html).into_iter().filter(|name| !allowed.contains(name)).collect();
    assert!(found.is_empty(), "{found:?}");
    let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    let handlers: Vec<&str> = tags.filter(|tag| tag.contains(" onerror=") || tag.contains(" onload=1>\"")).collect();
    assert!(handlers.is_empty(), "{handlers:?}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn broken_file_shows_its_finding_with_the_line() {
    let repository = Repository::new();
    repository.write("a.toml", campaign("a", "春季", ""));
    repository.write("b.toml", campaign("b", "夏季", "titel = 'x'\n"));
    let (html, code) = repository.site(&[]);
    assert_eq!(code, 1);
    let findings = html.split("id=\"findings\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(
        findings.contains("b.toml:6") && findings.contains("titel = &#39;x&#39;") || findings.contains("titel = 'x'"),
        "{findings}"
    );
}

#[test]
fn pull_request_shows_words_pictures_and_times() {
    let repository = Repository::new();
    let with = |text: &str, cron: &str| {
        campaign("a", text, "")
            .replace("visible_range", "content.images = [\"media/a.png\"]\nvisible_range")
            .replace("0 9 * * MON", cron)
    };
    repository.write("media/a.png", picture(9));
    repository.write("a.toml", with("前三天九折", "0 9 * * MON"));
    repository.write("gone.toml", campaign("gone", "要删除的活动", ""));
    repository.commit();
    repository.write("media/a.png", picture(200));
    repository.write("a.toml", with("前三天八折", "0 10 * * MON"));
    fs::remove_file(repository.book().join("gone.toml")).unwrap();
    repository.write("new.toml", campaign("new", "新活动", ""));
    let (html, code) = repository.site(&["--base", "HEAD"]);
    assert_eq!(code, 0);
    let changes = html.split("id=\"changes\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(changes.contains("前三天<del>九</del><ins>八</ins>折"), "{changes}");
    let pair = changes.split("class=\"pair\"").nth(1).unwrap().split("</span>").next().unwrap();
    assert_eq!(pair.matches("<img").count(), 2, "{pair}");
    let calendar = html.split("id=\"calendar\"").nth(1).unwrap().split("</section>").next().unwrap();
    let tiles = |class: &str| calendar.matches(&format!("<li class=\"tile {class}")).count();
    assert_eq!((tiles("added"), tiles("changed"), tiles("removed")), (4, 4, 4));
}

#[test]
fn output_that_cannot_be_written_is_named() {
    let repository = Repository::new();
    repository.write("a.toml", campaign("a", "春季", ""));
    let run = Command::new(BIN)
        .args(["site", "campaigns", "--lang", "zh", "--out", "no/such/plan.html"])
        .current_dir(repository.0.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("无法写入 no/such/plan.html"));
}

/// The page of the example book, in a real browser: its own policy refuses nothing of it, the browser's time zone changes
/// nothing, and axe-core finds nothing in light and in dark.
#[test]
fn browser_and_axe_find_nothing() {
    let Some(browser) = WebDriver::start() else { return };
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("plan.html");
    for lang in ["zh", "en"] {
        let done = Command::new(BIN)
            .args(["site", "campaigns", "--lang", lang, "--from", "2026-12-10", "--out"])
            .arg(&out)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .output()
            .unwrap();
        assert!(done.status.success());
        let [shanghai, honolulu] = ["Asia/Shanghai", "Pacific/Honolulu"].map(|zone| {
            browser.be_in(zone);
            browser.open(&format!("file://{}", out.display()));
            browser.text()
        });
        assert_eq!(shanghai, honolulu);
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.prefer(scheme);
            assert_eq!(browser.accessibility_faults(scheme), "", "{lang} {scheme:?}");
        }
    }
    let said = browser.console_messages();
    assert!(!said.contains("Content Security Policy"), "{said}");
}
