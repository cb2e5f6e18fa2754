//! A new store beside the history of its corp: the real binary asks, instead of forgetting what was posted.

use std::fs;

use drumbeat::ids::CorpId;
use drumbeat::run::Run;
use drumbeat::sandbox::Company;
use drumbeat::store::{Address, Advance, Store, Wait};

use crate::support::postgres;
use crate::support::service_harness::{ServiceHarness, manual_due};

/// The store of a single account, with one run.
fn with_history() -> ServiceHarness {
    let harness = ServiceHarness::new();
    let now = drumbeat::clock::Clock::System.now();
    let post = drumbeat::post::Post {
        text: Some("春季新品".to_owned()),
        attachments: drumbeat::post::Attachments::None,
        audience: drumbeat::post::Audience::Everyone,
    };
    let run = Run::claimed(manual_due("spring", now), std::sync::Arc::new(post), now);
    harness.store().record(&[run]).wait().expect("recorded");
    harness
}

/// Writes a service file with the account as one of several corps.
fn configure(harness: &ServiceHarness, top: &str, own: &str) {
    let corp = Company::chunfeng().corp;
    let file = format!(
        "listen = 'off'\n{top}\n[[corp]]\nname = 'abc'\ncorp_id = '{corp}'\ncorp_secret_file = 'secret'\npage = 'off'\n{own}\n"
    );
    fs::write(harness.path("secret"), Company::chunfeng().secret.expose()).expect("written");
    fs::write(harness.path("corps.toml"), file).expect("written");
}

/// What a command says with that file and without the variables of a single account.
fn says(harness: &ServiceHarness, words: &[&str]) -> (bool, String) {
    let mut command = harness.command(words);
    for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE"] {
        command.env_remove(variable);
    }
    let output = command.env("DRUMBEAT_CONFIG", "corps.toml").output().expect("the command runs");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

fn line(harness: &ServiceHarness) -> String {
    let real = fs::canonicalize(harness.path("drumbeat.db")).expect("a store");
    format!("store = \"sqlite://{}\"", real.display())
}

#[test]
fn an_account_that_becomes_a_corp_keeps_its_history() {
    let harness = with_history();
    let post = ["post", "spring", "--corp", "abc", "--yes"];
    for top in [String::new(), format!("store = '{}'", harness.address_of_store())] {
        configure(&harness, &top, "");
        let (is_done, said) = says(&harness, &["hold", "--all", "--reason", "r", "--corp", "abc", "--new-store"]);
        assert!(!is_done && said.contains(&line(&harness)), "{said}");
        let (is_done, said) = says(&harness, &["run", "--corp", "abc"]);
        assert!(!is_done && said.contains(&line(&harness)) && said.contains("[[corp]] `abc`"), "{said}");
        let (_, said) = says(&harness, &["run", "--corp", "abc", "--lang", "zh"]);
        assert!(said.contains(&line(&harness)) && said.contains("`[[corp]]` 里写"), "{said}");
    }
    assert!(!harness.path("drumbeat.abc.db").exists(), "nothing was begun");
    // The line that it names is the answer.
    configure(&harness, "", &line(&harness));
    let (_, said) = says(&harness, &post);
    assert!(!said.contains("is new"), "{said}");
    let (is_done, said) = says(&harness, &["hold", "--all", "--reason", "r", "--corp", "abc"]);
    assert!(is_done, "{said}");
}

#[test]
fn a_renamed_corp_keeps_its_history() {
    let harness = with_history();
    fs::rename(harness.path("drumbeat.db"), harness.path("drumbeat.former.db")).expect("renamed");
    configure(&harness, "", "");
    let (is_done, said) = says(&harness, &["run", "--corp", "abc"]);
    assert!(!is_done && said.contains("drumbeat.former.db"), "{said}");
    // Another corp's history does not matter.
    let other = Address::Sqlite(harness.path("drumbeat.former.db"));
    fs::remove_file(harness.path("drumbeat.former.db")).expect("removed");
    let store = Store::open(&other).expect("a store");
    store
        .record_due(
            &CorpId("another".to_owned()),
            &[],
            Advance { from: None, through: drumbeat::clock::Clock::System.now() },
        )
        .wait()
        .expect("written");
    drop(store);
    let (is_done, said) = says(&harness, &["hold", "--all", "--reason", "r", "--corp", "abc", "--new-store"]);
    assert!(is_done, "{said}");
}

#[test]
fn a_move_to_a_server_names_the_command() {
    let Some(schema) = postgres::schema() else { return };
    let harness = with_history();
    configure(&harness, "", &format!("store = '{}&files={}'", schema.address(), harness.dir.path().display()));
    let (is_done, said) = says(&harness, &["run", "--corp", "abc"]);
    assert!(!is_done && said.contains("`drumbeat store copy --from sqlite://"), "{said}");
    let start = said.find("store copy").expect("it was just found");
    let line = said[start..].split('`').next().expect("a command");
    let words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('\'')).collect();
    let (is_done, said) = says(&harness, &words);
    assert!(is_done && said.contains("1 runs"), "{said}");
    let (is_done, said) = says(&harness, &["hold", "--all", "--reason", "r", "--corp", "abc"]);
    assert!(is_done, "{said}");
}

/// A file of a version before histories could be moved knows its corp too.
#[test]
fn a_file_of_an_older_format_is_not_overlooked() {
    let Some(schema) = postgres::schema() else { return };
    let harness = with_history();
    let db = rusqlite::Connection::open(harness.path("drumbeat.db")).expect("a store");
    db.execute_batch("DROP TABLE moved").expect("dropped");
    drop(db);
    configure(&harness, "", &format!("store = '{}&files={}'", schema.address(), harness.dir.path().display()));
    let (is_done, said) = says(&harness, &["run", "--corp", "abc"]);
    assert!(!is_done && said.contains("store copy"), "{said}");
}
