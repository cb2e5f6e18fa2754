//! The page about running the service matches the program.

use std::fs;
use std::process::Command;

/// The keys of the service file, from the program's error about a wrong one. `wrong` is a file with such an error.
fn keys(wrong: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a place for the test");
    let file = dir.path().join("drumbeat.toml");
    fs::write(&file, wrong).expect("written");
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    let output = doctor.arg("--config").arg(&file).arg("doctor").output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, keys) = said.split_once("expected one of ").unwrap_or_else(|| panic!("no keys in: {said}"));
    keys.split(['`', ',', ' ', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_page_documents_every_service_file_key() {
    let page = include_str!("../../docs/running.md");
    const TABLES: [&str; 3] = ["git", "page_proxy", "page_sign_in"];
    let top: Vec<String> = keys("nothing = 1").into_iter().filter(|key| !TABLES.contains(&key.as_str())).collect();
    let of_table = |table: &&str| -> Vec<String> {
        keys(&format!("{table}.nothing = 1")).iter().map(|key| format!("{table}.{key}")).collect()
    };
    let inner: Vec<String> = TABLES.iter().flat_map(of_table).collect();
    assert!(top.len() > 10 && inner.len() > 6, "{top:?} {inner:?}");
    for key in top.iter().chain(&inner) {
        assert!(page.contains(&format!("| `{key}` |")), "docs/running.md does not name `{key}`");
    }
    let on_page = page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 5);
    let unknown: Vec<&str> =
        on_page.filter(|line| !top.iter().chain(&inner).any(|key| line.contains(&format!("| `{key}` |")))).collect();
    assert!(unknown.is_empty(), "the program does not know {unknown:?}");
}
