//! The structure of every page in a real browser: landmarks, headings, tables, links and forms, compared with stored
//! files in both languages. Pixels may change; a link that goes or a heading without a name is seen.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::support::console_harness::{ConsoleHarness, lives, store_run};
use crate::support::service_harness::{ServiceHarness, until};
use crate::support::webdriver::{Scheme, WebDriver};

const STRUCTURE: &str = include_str!("../support/structure.js");

/// A history in fixed hours of one day, so that each page of it stays the same.
fn fixed_history() -> ServiceHarness {
    let harness = ServiceHarness::new();
    harness.write("spring", "春季新品上架，全场九折", "at = 2040-03-05T09:00:00");
    let several = "id = \"tea\"\ntitle = \"新茶\"\nowner = \"lisi\"\nschedule.at = 2040-03-05T10:00:00\n\
                   visible_range.sender_list.user_list = [\"lisi\"]\n\
                   [[content]]\ntext = \"龙井\"\nimages = [\"a.png\", \"b.png\", \"a.png\", \"b.png\"]\n\
                   [[content]]\ntext = \"碧螺春\"\nlink = { title = \"商城\", url = \"https://example.com/tea\", cover = \"a.png\" }\n";
    fs::write(harness.book().join("tea.toml"), several).expect("written");
    for (name, shade) in [("a.png", 90), ("b.png", 160)] {
        fs::write(harness.book().join(name), picture(shade)).expect("written");
    }
    fs::write(harness.book().join("broken.toml"), "id = \"broken\"\ntitel = 1\n").expect("written");
    let first: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().expect("an instant");
    for (n, (state, steps)) in (0..).zip(lives()) {
        store_run(&harness, state, &format!("{state} 的文字"), first + TimeDelta::minutes(30 * n), steps);
    }
    harness
}

/// A PNG of one colour.
fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 30, 20);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a head");
    writer.write_image_data(&[shade; 30 * 20 * 3]).expect("pixels");
    drop(writer);
    bytes
}

/// The run of a campaign in the fixed history.
fn run_of(console: &ConsoleHarness, campaign: &str) -> String {
    let text = console.says(&["history", "--campaign", campaign, "--format", "json"]);
    let history: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    history["runs"][0]["run"].as_str().unwrap_or_else(|| panic!("{campaign}: {text}")).to_owned()
}

/// The pages with these names, each with its structure.
fn structures(browser: &WebDriver, console: &ConsoleHarness, pages: &[(&str, String)]) -> String {
    let mut all = String::new();
    for (name, path) in pages {
        browser.open(&console.url(path));
        // On a busy machine the browser answers before it has the whole page.
        let is_read = || (browser.script("return document.readyState") == "complete").then_some(());
        until(is_read).expect("the page comes");
        let found = browser.script(STRUCTURE);
        let found = found.as_str().unwrap_or_else(|| panic!("{path}: {found}"));
        let quoted = browser.script("return document.body.innerText.includes('`')");
        assert_eq!(quoted, false, "{path} shows a backtick");
        let _ = writeln!(all, "=== {name}\n{found}\n");
    }
    all
}

/// The structures equal a file of the cases.
#[track_caller]
fn equals(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/pages").join(file);
    let stored = fs::read_to_string(&path).unwrap_or_default();
    if stored == found {
        return;
    }
    let actual = tempfile::Builder::new().prefix("pages-").tempdir().expect("a directory").keep().join(file);
    fs::write(&actual, found).expect("written");
    let first = stored.lines().zip(found.lines()).find(|(old, new)| old != new);
    panic!("{} is not what the browser has, which is in {}; first: {first:?}", path.display(), actual.display());
}

#[test]
fn pages_have_the_stored_structure() {
    let Some(browser) = WebDriver::start() else { return };
    let console = ConsoleHarness::over(fixed_history());
    let (doubtful, created, partial) =
        (run_of(&console, "doubtful"), run_of(&console, "created"), run_of(&console, "partial"));
    // The first round of the engine has counted what waits for a person.
    let counted = until(|| {
        browser.open(&console.url("/review"));
        browser.script("return document.querySelector('.tally.urgent') !== null").as_bool().filter(|is_there| *is_there)
    });
    counted.expect("a run waits for a person");
    let reader = [
        ("runs, for a reader", "/runs".to_owned()),
        ("sign-in", "/sign-in?to=/holds".to_owned()),
        ("campaign, for a reader", "/campaign/tea".to_owned()),
    ];
    let before = ["zh", "en"].map(|lang| {
        browser.open(&console.url(&format!("/language/{lang}?to=/holds")));
        structures(&browser, &console, &reader)
    });
    browser.open(&console.url("/sign-in?to=/hold%3Fcampaign%3Dspring"));
    browser.fill("[name=name]", "李四");
    browser.fill("[name=key]", &console.key);
    browser.click("main button[type=submit]");
    browser.fill("[name=reason]", "价格写错了");
    browser.click("main button[type=submit]");
    until(|| browser.url().ends_with("/holds").then_some(())).expect("it is on hold");
    let pages = [
        ("month with a history", "/?month=2026-03".to_owned()),
        ("month to come", "/?month=2040-03".to_owned()),
        ("month without posts", "/?month=2030-02".to_owned()),
        ("week with a history", "/?week=2026-03-02".to_owned()),
        ("week to come", "/?week=2040-03-05".to_owned()),
        ("day with a history", "/day/2026-03-02".to_owned()),
        ("day to come", "/day/2040-03-05".to_owned()),
        ("campaign on hold", "/campaign/spring".to_owned()),
        ("campaign of several contents", "/campaign/tea".to_owned()),
        ("post: which content", "/campaign/tea/post".to_owned()),
        ("post: form", "/campaign/tea/post?content=1".to_owned()),
        ("post: on hold", "/campaign/spring/post".to_owned()),
        ("runs", "/runs".to_owned()),
        ("runs in a state", "/runs?state=partial".to_owned()),
        ("runs: none", "/runs?campaign=nothing".to_owned()),
        ("runs: wrong filter", "/runs?state=nothing".to_owned()),
        ("run in doubt", format!("/run/{doubtful}")),
        ("run created", format!("/run/{created}")),
        ("run partly created", format!("/run/{partial}")),
        ("settle", format!("/run/{doubtful}/settle")),
        ("correct the record", format!("/run/{created}/settle")),
        ("stop for the others", format!("/run/{created}/cancel")),
        ("needs review", "/review".to_owned()),
        ("holds", "/holds".to_owned()),
        ("hold form", "/hold?campaign=tea".to_owned()),
        ("hold everything", "/hold?all=yes".to_owned()),
        ("resume", "/resume/1".to_owned()),
        ("confirmations", "/confirmations".to_owned()),
        ("results", "/results".to_owned()),
        ("findings", "/findings".to_owned()),
        ("health", "/health".to_owned()),
        ("not found", "/nothing".to_owned()),
    ];
    for (lang, before) in ["zh", "en"].into_iter().zip(before) {
        browser.open(&console.url(&format!("/language/{lang}?to=/holds")));
        equals(&format!("console.{lang}.txt"), &(before + &structures(&browser, &console, &pages)));
    }
    // The structure of a scheme is the same; its colours are others.
    let colour = "return getComputedStyle(document.body).backgroundColor";
    let light = browser.script(colour);
    browser.prefer(Scheme::Dark);
    assert_ne!(browser.script(colour), light);
    let some: Vec<(&str, String)> =
        pages.into_iter().filter(|(name, _)| ["month to come", "week to come", "runs"].contains(name)).collect();
    browser.be_a_phone();
    browser.open(&console.url("/language/zh?to=/holds"));
    equals("console.phone.txt", &structures(&browser, &console, &some));
}
