//! Every command of the real binary in each language: what it writes has no sentence of the other language.

mod commands;
mod foreign_words;
mod stored_runs;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use drumbeat::text::Lang;
use tempfile::TempDir;

use self::commands::{OPERATIONS, READING, on_each_command};
use self::foreign_words::{Quotable, foreign_words};

/// As many as wait for a process each; the processes do the work.
const THREADS: usize = 4;

/// A sheet with a good row, and a row of each common mistake.
const SHEET: &str = "活动,日期,时间,文案,发送人,图片\n年货节,2026-12-21,09:00,年货到店了，欢迎来挑。,zhangshan,\n\
    年货节,2026-12-22,25:00,第二波年货。,zhangshan,\n店庆,昨天,09:00,店庆。,zhangshan,media/没有.jpg\n,,,,,\n";

/// A directory with the example book, broken books, and a store in which every reason occurs.
fn workplace() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&top.join("campaigns"), &dir.path().join("campaigns"));
    for case in ["carets", "clean", "formats"] {
        copy(&top.join("tests/cases/check").join(case).join("book"), &dir.path().join(case));
    }
    copy(&top.join("tests/cases/plan/contents"), &dir.path().join("contents"));
    copy(&top.join("tests/cases/import"), dir.path());
    fs::write(dir.path().join("plan.csv"), SHEET).expect("written");
    fs::create_dir(dir.path().join("empty")).expect("made");
    fs::create_dir(dir.path().join("sheets")).expect("made");
    for sheet in ["plan.xlsx", "faults.xlsx", "password.xlsx", "entities.xlsx"] {
        fs::copy(top.join("tests/cases/import").join(sheet), dir.path().join("sheets").join(sheet)).expect("copied");
    }
    fs::write(dir.path().join("sheets/cut.xlsx"), b"PK\x03\x04 cut short").expect("written");
    fs::write(dir.path().join("sheets/empty.csv"), "日期,时间,文案,部门\n").expect("written");
    commands::write_questions(dir.path());
    commands::write_bad_books(dir.path());
    stored_runs::write(&dir.path().join("runs.db"));
    dir
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("it can be read");
        let to = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).expect("made");
        } else {
            fs::copy(entry.path(), to).expect("copied");
        }
    }
}

fn run(dir: &Path, lang: Lang, case: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("USER", "wangwu")
        .env("DRUMBEAT_LANG", lang.code())
        .stdin(Stdio::null());
    let mut words = case.split(' ').filter(|word| !word.is_empty());
    let args: Vec<&str> = words.by_ref().take_while(|word| *word != "WITH").collect();
    command.args(args).envs(words.filter_map(|setting| setting.split_once('=')));
    command.output().expect("the binary runs")
}

/// What is wrong with what a command writes, a line each.
fn faults(dir: &Path, lang: Lang, case: &str, quotable: &Quotable) -> Vec<String> {
    let output = run(dir, lang, case);
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("text"));
    let code = output.status.code();
    assert!(code.is_some_and(|code| (0..=2).contains(&code)), "{case}: {code:?}: {said:?}");
    assert!(said.iter().any(|said| !said.is_empty()), "{case}: nothing was written");
    let faults = said.iter().flat_map(|said| foreign_words(lang, said, &quotable.with(case)));
    faults.map(|(words, line)| format!("{} {case}: {words:?}: {}", lang.code(), line.trim())).collect()
}

#[test]
fn no_command_mixes_languages() {
    let dir = workplace();
    let quotable = Quotable::of_books(dir.path());
    let help = run(dir.path(), Lang::En, "--help");
    let of_each = on_each_command(&String::from_utf8(help.stdout).expect("text"));
    let reading: Vec<&str> = READING.iter().copied().chain(of_each.iter().map(String::as_str)).collect();
    let jobs: Vec<(Lang, &str)> =
        Lang::ALL.into_iter().flat_map(|lang| reading.iter().map(move |case| (lang, *case))).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let work = || {
        while let Some((lang, case)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let faults = faults(dir.path(), *lang, case, &quotable);
            wrong.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
        }
    };
    thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let mut wrong = wrong.into_inner().expect("no panics");
    for lang in Lang::ALL {
        fs::remove_file(dir.path().join("runs.db")).expect("removed");
        stored_runs::write(&dir.path().join("runs.db"));
        wrong.extend(OPERATIONS.iter().flat_map(|case| faults(dir.path(), lang, case, &quotable)));
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_unknown_language_names_the_two() {
    let dir = tempfile::tempdir().expect("a directory");
    for case in ["check --lang fr", "plan WITH DRUMBEAT_LANG=fr", "history WITH DRUMBEAT_LANG=fr LANG=zh_CN.UTF-8"] {
        let output = run(dir.path(), Lang::En, case);
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{case}: {said}");
        assert!(said.contains("fr"), "{case}: {said}");
        assert!(said.contains("zh") && said.contains("en"), "{case}: {said}");
    }
}

#[test]
fn an_unreadable_locale_is_english() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command
        .current_dir(dir.path())
        .env_clear()
        .env("LC_ALL", OsStr::from_bytes(b"\xff\xfe"))
        .env("LANG", "zh_CN.UTF-8");
    let output = command.args(["check", "nowhere"]).output().expect("the binary runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.starts_with("error: "), "{said}");
}
