//! The output of `plan` in every format: the books `before` and `after` of `tests/cases/plan`, with the expected files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::load::{CheckedBook, check_files};
use drumbeat::plan::{self, BookSide, Changes, Plan, Window};
use drumbeat::report::plan::{View, csv, human, ics, json, markdown};
use drumbeat::schedule::zone;
use drumbeat::source::Source;
use drumbeat::text::Lang;

pub(crate) const NOW: &str = "2026-02-20T00:00:00Z";

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/plan").join(name)
}

/// A book of the cases or of any directory.
pub(crate) fn book(dir: &Path) -> CheckedBook {
    let source = Source::directory(dir).unwrap();
    check_files(source.read().unwrap(), &source, &Corp::default(), instant(NOW))
}

/// The first days of March.
pub(crate) fn planned(loaded: &CheckedBook) -> Plan {
    plan::plan(&loaded.result, zone("Asia/Shanghai").unwrap(), march())
}

fn march() -> Window {
    let from = instant("2026-02-26T16:00:00Z");
    Window { from, to: from + TimeDelta::days(12) }
}

pub(crate) fn compared(before: &CheckedBook, after: &CheckedBook) -> (Plan, Changes) {
    compared_at(before, after, march(), instant(NOW))
}

/// A view of a comparison with `main`.
pub(crate) fn view<'a>(plan: &'a Plan, changes: &'a Changes, after: &'a CheckedBook) -> View<'a> {
    View {
        plan,
        invalid_files: &after.result.invalid_files,
        changes: Some(changes),
        base: Some("main"),
        notes: &[],
        findings: &[],
        unfetched: &[],
        lang: Lang::En,
    }
}

fn side(loaded: &CheckedBook) -> BookSide<'_> {
    BookSide { book: &loaded.book, checked: &loaded.result }
}

pub(crate) fn compared_at(
    before: &CheckedBook,
    after: &CheckedBook,
    window: Window,
    now: DateTime<Utc>,
) -> (Plan, Changes) {
    plan::compare(side(before), side(after), zone("Asia/Shanghai").unwrap(), window, now)
}

/// The output equals a file of the cases.
#[track_caller]
fn writes(file: &str, written: &str) {
    let path = case(file);
    if fs::read_to_string(&path).unwrap_or_default() != written {
        let actual = tempfile::Builder::new().prefix("plan-").tempdir().unwrap().keep().join(file);
        fs::write(&actual, written).unwrap();
        panic!("{} is not what was written, which is in {}:\n{written}", path.display(), actual.display());
    }
}

fn shown(show: impl Fn(&View<'_>) -> String) -> String {
    shown_in(Lang::En, show)
}

fn shown_in(lang: Lang, show: impl Fn(&View<'_>) -> String) -> String {
    shown_of("after", lang, show)
}

/// The plan of a book of the cases.
fn shown_of(name: &str, lang: Lang, show: impl Fn(&View<'_>) -> String) -> String {
    let loaded = book(&case(name));
    let plan = planned(&loaded);
    show(&View {
        plan: &plan,
        invalid_files: &loaded.result.invalid_files,
        changes: None,
        base: None,
        notes: &[],
        findings: &[],
        unfetched: &[],
        lang,
    })
}

fn shown_against_before(lang: Lang, show: impl Fn(&View<'_>) -> String) -> String {
    let (before, after) = (book(&case("before")), book(&case("after")));
    let (plan, changes) = compared(&before, &after);
    show(&View { lang, ..view(&plan, &changes, &after) })
}

/// All formats in both languages: `plan.md` is English, `plan.zh.md` Chinese.
#[track_caller]
fn writes_in_both(file: &str, written: impl Fn(Lang) -> String) {
    let (stem, end) = file.split_once('.').expect("a file's name has an extension");
    writes(file, &written(Lang::En));
    writes(&format!("{stem}.zh.{end}"), &written(Lang::Zh));
}

#[test]
fn for_people() {
    writes_in_both("human.txt", |lang| shown_in(lang, |view| human::write(view, None)));
    writes_in_both("changes.txt", |lang| shown_against_before(lang, |view| human::write(view, None)));
}

#[test]
fn for_programs() {
    writes_in_both("plan.json", |lang| shown_in(lang, |view| json::write(view).unwrap()));
    writes_in_both("changes.json", |lang| shown_against_before(lang, |view| json::write(view).unwrap()));
}

#[test]
fn for_a_comment() {
    writes_in_both("plan.md", |lang| shown_in(lang, markdown::write));
    writes_in_both("changes.md", |lang| shown_against_before(lang, markdown::write));
}

/// A book of several contents, variables and lunar days, in every format.
#[test]
fn contents_in_every_format() {
    let written = |file: &str, show: fn(&View<'_>) -> String| {
        writes_in_both(&format!("contents.{file}"), |lang| shown_of("contents", lang, show));
    };
    written("txt", |view| human::write(view, None));
    written("json", |view| json::write(view).unwrap());
    written("md", markdown::write);
    written("csv", csv::write);
    written("ics", ics::write);
}

#[test]
fn for_spreadsheets() {
    writes_in_both("plan.csv", |lang| shown_in(lang, csv::write));
}

#[test]
fn for_calendars() {
    writes_in_both("plan.ics", |lang| shown_in(lang, ics::write));
}

/// Keys of the JSON whose values may differ between the languages.
const SENTENCES: [&str; 11] =
    ["audience", "notes", "reason", "message", "calendar", "base_notes", "before", "after", "what", "day", "lunar"];

#[test]
fn json_keys_do_not_depend_on_language() {
    fn codes(value: &serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| {
                    let is_sentence = SENTENCES.contains(&key.as_str()) && !value.is_object();
                    (key.clone(), if is_sentence { serde_json::Value::Null } else { codes(value) })
                })
                .collect(),
            serde_json::Value::Array(values) => values.iter().map(codes).collect(),
            value => value.clone(),
        }
    }
    let [en, zh] = Lang::ALL.map(|lang| {
        let written = shown_against_before(lang, |view| json::write(view).unwrap());
        serde_json::from_str::<serde_json::Value>(&written).unwrap()
    });
    assert_eq!(codes(&en), codes(&zh));
    assert_ne!(en, zh);
}

/// Words of English sentences; Chinese output may only contain them in quotations from the book.
const ENGLISH_WORDS: [&str; 22] = [
    "the ", " of ", " and ", " is ", " are ", " not ", " on ", " at ", " to ", " more", "posts", "campaign", "public",
    "partial", "image", "nothing", "before", "after", "gained", "lost", "held", "due",
];

#[test]
fn chinese_output_has_no_english_sentence() {
    let forms: [fn(&View<'_>) -> String; 4] =
        [|view| human::write(view, None), |view| human::write(view, Some(70)), markdown::write, csv::write];
    // Quotations from files, and code.
    let quoted = ["=1+1 &#60;img src=x onerror=alert(1)&#62;", "=1+1 <img src=x onerror=alert(1)>", "and owner/repo"];
    for form in forms {
        for written in [shown_in(Lang::Zh, form), shown_against_before(Lang::Zh, form)] {
            let written = quoted.iter().fold(written, |text, quoted| text.replace(quoted, ""));
            let written = written.replace("<!-- drumbeat plan -->", "").replace("Drumbeat", "");
            let found: Vec<&str> = written
                .lines()
                .filter(|line| ENGLISH_WORDS.iter().any(|word| line.to_lowercase().contains(word)))
                .collect();
            assert!(found.is_empty(), "{found:#?}");
        }
    }
}

#[test]
fn english_output_has_no_chinese_punctuation() {
    for form in [|view: &View<'_>| human::write(view, None), csv::write] {
        let written = shown_against_before(Lang::En, form);
        // The book is Chinese: its names and texts are removed.
        let ours = written.lines().filter(|line| line.contains("WIDER") || line.contains("busiest"));
        for line in ours {
            assert!(!line.contains(['：', '（', '）', '，', '。']), "{line}");
        }
    }
}

#[test]
fn no_line_of_a_calendar_is_too_long() {
    let written = shown(ics::write);
    assert!(written.ends_with("\r\n"));
    assert!(written.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
    assert!(written.split("\r\n").any(|line| line.starts_with(' ')));
}

/// PyPI's `icalendar` shares no code with the writer. Without it, this test prints a note and passes.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn another_reader_of_calendars_finds_the_same() {
    let installed = Command::new("python3").args(["-c", "import icalendar"]).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: the calendar is not read back: icalendar is not installed (`pip install icalendar`)");
        return;
    }
    let script = "
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
assert not calendar.errors, calendar.errors
found = []
for event in calendar.walk('VEVENT'):
    assert not event.errors, event.errors
    start = event.decoded('DTSTART')
    found.append([str(event['UID']), start.strftime('%Y-%m-%dT%H:%M:%SZ'), str(start.utcoffset()), str(event['SUMMARY']), str(event['DESCRIPTION'])])
json.dump(found, sys.stdout)";
    let mut python = Command::new("python3");
    let mut python =
        python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python starts");
    std::io::Write::write_all(&mut python.stdin.take().unwrap(), shown(ics::write).as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let found: Vec<[String; 5]> = serde_json::from_slice(&output.stdout).unwrap();

    let loaded = book(&case("after"));
    let plan = planned(&loaded);
    assert_eq!(found.len(), plan.occurrences.len());
    for ([uid, start, offset, summary, description], planned) in found.iter().zip(&plan.occurrences) {
        let campaign = &planned.campaign;
        let local = planned.occurrence.local.format("%Y-%m-%dT%H:%M");
        assert_eq!(*uid, format!("{}@{local}@drumbeat", campaign.id));
        assert_eq!((instant(start), offset.as_str()), (planned.occurrence.at, "0:00:00"));
        assert_eq!(*summary, campaign.title.as_deref().unwrap_or(campaign.id.as_str()));
        let text = campaign.contents.first().post().text.clone().unwrap_or_default();
        assert!(description.contains(text.trim_end()), "{description}");
    }
}

#[test]
fn the_same_book_changes_nothing() {
    let loaded = book(&case("after"));
    let (_, changes) = compared(&loaded, &loaded);
    assert!(changes.campaigns.is_empty(), "{:?}", changes.campaigns);
    assert_eq!(changes.before, changes.after);
}
