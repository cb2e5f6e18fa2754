//! A command that a message proposes acts on the store and the book of the command that proposed it.

use std::collections::BTreeSet;
use std::process::Command;

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::run::{Due, Reason, Run, Transition};
use drumbeat::sandbox::Company;
use drumbeat::store::{Address, RunFilter, Store, Wait};

use crate::support::service_harness::{ServiceHarness, manual_due, write};

const NEVER_SOON: &str = "cron = \"0 9 29 2 *\"";
const OPTIONS: [&str; 5] = ["--book", "shops", "--store", "sqlite://trial.db", "--sandbox"];
/// Commands that work on a store.
const STORE_COMMANDS: [&str; 10] =
    ["run", "post", "history", "show", "hold", "resume", "settle", "cancel", "report", "backup"];
/// Commands that work on a book.
const BOOK_COMMANDS: [&str; 8] = ["check", "plan", "new", "import", "rehearse", "directory", "site", "preview"];

/// A sandbox store with a run in doubt that a person must settle, another that waits, and a book elsewhere.
fn trial() -> (ServiceHarness, Run, Run) {
    let harness = ServiceHarness::new();
    let shops = harness.path("shops");
    std::fs::create_dir(&shops).expect("made");
    write(&shops, "spring", "春天", NEVER_SOON);
    write(&shops, "spring-again", "春天", NEVER_SOON);
    std::fs::write(shops.join("broken.toml"), "id = \"broken\"\n").expect("written");
    let now = Clock::System.now();
    let due = Due { corp: sandbox_corp(), deadline: now + TimeDelta::hours(1), ..manual_due("spring", now) };
    let post = std::sync::Arc::new(post());
    let mut run = Run::claimed(due.clone(), std::sync::Arc::clone(&post), now).of_content(1);
    let store = trial_store(&harness);
    let waiting = Due { campaign: "spring-again".parse().expect("an id"), ..due.clone() };
    let waiting = Run::claimed(waiting, std::sync::Arc::clone(&post), now).of_content(1);
    store.record(&[run.clone(), waiting.clone()]).wait().expect("recorded");
    for step in [
        Transition::Send,
        Transition::LoseResponse { look_at: now + TimeDelta::hours(1), reason: Reason::StoppedWhileSending },
        Transition::RequireReview { reason: Reason::TakenAndNotListed },
    ] {
        let event = run.apply(step, now).expect("a legal move");
        store.save((&run, &event)).wait().expect("saved");
    }
    (harness, run, waiting)
}

fn post() -> drumbeat::post::Post {
    use drumbeat::post::{Attachments, Audience, Post};
    let audience = Audience::Lists { users: vec!["zhangshan".to_owned()], departments: vec![], tags: vec![] };
    Post { text: Some("夏天".to_owned()), attachments: Attachments::None, audience }
}

fn sandbox_corp() -> CorpId {
    Company::chunfeng().corp
}

fn trial_store(harness: &ServiceHarness) -> Store {
    let address = format!("sqlite://{}", harness.path("trial.db").display());
    Store::open(&address.parse::<Address>().expect("an address")).expect("the store opens")
}

fn says(harness: &ServiceHarness, words: &[&str], options: &[&str], lang: &str) -> String {
    let mut command = harness.command(&[words, options].concat());
    let output = command.env_remove("DRUMBEAT_STORE").env("DRUMBEAT_LANG", lang).output().expect("it runs");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("it is text")
}

/// The commands with arguments that a text proposes.
fn proposals(text: &str) -> Vec<String> {
    let ends = ['`', '\n', '；', '。', '，', '（', '）', ';', '('];
    let found = text.match_indices("drumbeat ").map(|(at, _)| text[at..].split(ends).next().unwrap_or_default());
    let has_arguments = |command: &&str| command.trim_end_matches(['.', ':', ' ']).split(' ').count() > 2;
    found.filter(has_arguments).map(str::to_owned).collect()
}

#[test]
fn proposed_commands_repeat_all_options() {
    let (harness, doubtful, waiting) = trial();
    let (id, waiting) = (doubtful.id().to_string(), waiting.id().to_string());
    let lines: Vec<Vec<&str>> = vec![
        vec!["post", "spring", "--yes"],
        vec!["post", "spring-again", "--yes"],
        vec!["post", "spring-again", "--yes"],
        vec!["settle", &waiting, "--absent"],
        vec!["post", "nothing", "--yes"],
        vec!["post", "broken", "--yes"],
        vec!["history"],
        vec!["history", "--campaign", "春天"],
        vec!["show", &id],
        vec!["show", "spring@2020-01-01T09:00"],
        vec!["show", "nonsense"],
        vec!["hold", "spring", "--reason", "x"],
        vec!["hold", "spring", "--reason", "x"],
        vec!["hold", "全部", "--reason", "x"],
        vec!["hold", "nothing", "--reason", "x"],
        vec!["hold", "--all", "--reason", "x"],
        vec!["resume", "spring-again"],
        vec!["resume", "全部"],
        vec!["post", "spring", "--yes", "--again"],
        vec!["resume", "spring"],
        vec!["resume", "--all"],
        vec!["cancel", &id, "--yes"],
        vec!["cancel", "spring@2020-01-01T09:00", "--yes"],
        vec!["settle", &id, "--created", "nonsense"],
        vec!["settle", &id, "--absent"],
        vec!["settle", &id, "--absent", "--reason", "x"],
        vec!["settle", "nonsense", "--absent"],
        vec!["report", "spring@2020-01-01T09:00"],
        vec!["report", "nothing"],
        vec!["backup", "copy.db"],
        vec!["doctor"],
    ];
    let mut proposed = BTreeSet::new();
    for lang in ["en", "zh"] {
        for words in &lines {
            let said = says(&harness, words, &OPTIONS, lang);
            // A copy is another store.
            let store =
                if words[0] == "backup" { "--store sqlite://copy.db" } else { "--store sqlite://trial.db --sandbox" };
            for command in proposals(&said) {
                let name = command.split(' ').nth(1).unwrap_or_default().to_owned();
                let (of_store, of_book) =
                    (STORE_COMMANDS.contains(&name.as_str()), BOOK_COMMANDS.contains(&name.as_str()));
                assert!(!of_store || command.contains(store), "{words:?}: {command}\n{said}");
                assert!(!(of_store || of_book) || command.contains("--book shops"), "{words:?}: {command}\n{said}");
                proposed.insert(name);
            }
        }
        for words in [&["check"][..], &["plan"], &["plan", "--explain", "nothing@2026-12-01T09:00"], &["new", "spring"]]
        {
            let said = says(&harness, words, &OPTIONS[..2], lang);
            for command in proposals(&said) {
                assert!(command.contains("--book shops"), "{words:?}: {command}\n{said}");
            }
        }
    }
    let expected = ["cancel", "hold", "post", "resume", "run", "settle"];
    assert!(expected.iter().all(|name| proposed.contains(*name)), "{proposed:?}");
}

#[test]
fn copied_resume_lifts_the_same_hold() {
    let (harness, ..) = trial();
    drop(harness.store());
    let real = harness.output(&["hold", "--all", "--reason", "a fault"]);
    assert!(real.status.success(), "{real:?}");
    let said = says(&harness, &["hold", "--all", "--reason", "a trial"], &OPTIONS, "zh");
    let resume = proposals(&said).pop().expect("a command is proposed");
    let resume = resume.replacen("drumbeat", env!("CARGO_BIN_EXE_drumbeat"), 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &resume]).current_dir(harness.dir.path()).env("USER", "wangwu");
    let copied = shell.output().expect("it runs");
    assert!(copied.status.success(), "{resume}: {copied:?}");
    let open = |store: Store| store.holds().wait().expect("read").iter().filter(|hold| hold.lifted.is_none()).count();
    assert_eq!((open(trial_store(&harness)), open(harness.store())), (0, 1));
}

#[test]
fn operations_create_no_store() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    for words in [
        &["hold", "spring", "--reason", "x"][..],
        &["hold", "--all", "--reason", "x"],
        &["resume", "--all"],
        &["settle", "spring@2026-01-01T09:00", "--absent"],
        &["cancel", "spring@2026-01-01T09:00", "--yes"],
        &["history"],
        &["show", "spring@2026-01-01T09:00"],
        &["report", "spring"],
    ] {
        let said = says(&harness, words, &["--store", "sqlite://typo.db"], "en");
        assert!(said.contains("no store at typo.db"), "{words:?}: {said}");
        assert!(!harness.path("typo.db").exists(), "{words:?}");
    }
    let said =
        says(&harness, &["hold", "--all", "--reason", "x", "--new-store"], &["--store", "sqlite://first.db"], "en");
    assert!(said.contains("a new store is created"), "{said}");
    assert!(harness.path("first.db").exists());
}

#[test]
fn every_command_takes_the_book_as_an_option() {
    let (harness, ..) = trial();
    let said = |words: &[&str]| says(&harness, words, &[], "en");
    let from = ["--from", "2026-12-01"];
    let plan = |words: &[&str]| said(&[words, &from].concat());
    assert_eq!(plan(&["plan", "--book", "shops"]), plan(&["plan", "shops"]));
    assert_eq!(said(&["check", "--book", "shops"]), said(&["check", "shops"]));
    assert!(said(&["plan", "shops", "--book", "campaigns"]).contains("two books are named"));
    assert!(said(&["hold", "spring", "shops", "--reason", "x"]).contains("--book shops"));
    // A new campaign goes to the same place in both forms.
    assert!(said(&["new", "one", "shops"]).contains("shops/one.toml"));
    assert!(said(&["new", "two", "--book", "shops"]).contains("shops/two.toml"));
}

#[test]
fn inside_the_book_the_way_out_is_named() {
    let (harness, ..) = trial();
    std::fs::create_dir(harness.path("shops/2026")).expect("made");
    for (inside, option) in [("shops", "--book ."), ("shops/2026", "--book ..")] {
        for words in [&["check"][..], &["plan"], &["new", "nested"]] {
            let output = harness.command(words).current_dir(harness.path(inside)).output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains(option), "{words:?}: {said}");
        }
        assert!(!harness.path(inside).join("campaigns").exists());
    }
}

#[test]
fn titles_name_campaigns_everywhere() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", NEVER_SOON);
    let file = harness.book().join("spring.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    std::fs::write(&file, format!("title = \"春季新品\"\n{text}")).expect("written");
    assert!(harness.says(&["post", "春季新品", "--yes"]).contains("1 created"));
    assert!(harness.says(&["history", "--campaign", "春季新品"]).contains("spring@"));
    assert!(harness.says(&["report", "春季新品"]).contains("spring@"));
    assert!(harness.says(&["hold", "春季新品", "--reason", "x"]).contains("`spring` is on hold"));
    harness.says(&["resume", "春季新品"]);
    assert!(harness.says(&["plan", "--explain", "春季新品@2028-02-29T09:00"]).starts_with("spring@2028-02-29T09:00"));
    let runs = harness.store().runs(&RunFilter::default()).wait().expect("read");
    assert_eq!(runs.len(), 1);
}
