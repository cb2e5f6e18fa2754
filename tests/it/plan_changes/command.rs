//! `drumbeat plan --base` as a process, in a git repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use drumbeat::report::plan::{View, human, json, markdown};
use tempfile::TempDir;

use super::{TO, campaign, directory, plainly};
use crate::plan::{book, compared, view};

fn git(dir: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]);
    let output = git.args(words).env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs `drumbeat plan` and checks the exit code; returns stdout, or stderr without a result.
#[track_caller]
fn plan(dir: &Path, args: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.current_dir(dir).arg("plan").args(args).stdin(Stdio::null());
    for name in ["DRUMBEAT_BOOK", "DRUMBEAT_CONFIG", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
    text(if code == 2 { &output.stderr } else { &output.stdout })
}

#[test]
fn the_command_against_a_commit() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["commit", "-q", "--allow-empty", "-m", "no book yet"]);
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let write = |name: &str, rest: &str| {
        let (path, text) = campaign(name, &format!("{TO}{rest}"));
        fs::write(dir.path().join("campaigns").join(path), text).unwrap();
    };
    write("a", "schedule.cron = \"0 9 * * MON\"");
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "a"]);
    write("b", "schedule.cron = \"0 9 * * TUE\"");

    let json = |base: &str| -> Vec<String> {
        let out = plan(dir.path(), &["--base", base, "--format", "json"], 0);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        let changes = document["changes"].as_array().unwrap().iter();
        changes.map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["campaign"].as_str().unwrap())).collect()
    };
    assert_eq!(json("HEAD"), ["added b"]);
    assert_eq!(json("HEAD~1"), ["added a", "added b"]);
    assert!(plan(dir.path(), &["--base", "nothing"], 2).contains("git knows no revision `nothing`"));
    write("c", "schedule.cron = \"0 9 * *\"");
    assert!(plan(dir.path(), &["--base", "HEAD"], 1).contains("cannot be posted: c.toml"));
}

#[test]
fn the_command_and_its_window() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let (path, text) = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    fs::write(dir.path().join("campaigns").join(path), text).unwrap();
    let lines = |args: &[&str]| plan(dir.path(), &[&["--format", "csv"], args].concat(), 0).lines().count() - 1;
    assert_eq!(lines(&["--from", "2026-03-02", "--days", "7"]), 1);
    // The beginning is included, the end is not.
    assert_eq!(lines(&["--from", "2026-03-02T09:00", "--to", "2026-03-09T09:00"]), 1);
    assert_eq!(lines(&["--from", "2026-03-02T09:01", "--to", "2026-03-09"]), 0);
    assert!(lines(&[]) >= 4);
    plan(dir.path(), &["--from", "2026-03-02", "--to", "2026-03-02"], 2);
    for year in ["+262142", "-262143", "0001"] {
        plan(dir.path(), &["--from", &format!("{year}-01-01")], 2);
    }
    plan(dir.path(), &["--from", "2026-03-02", "--to", "2026-03-03", "--days", "1"], 2);
}

#[test]
fn the_command_says_why() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let write = |path: &str, text: &str| fs::write(dir.path().join("campaigns").join(path), text).unwrap();
    write("a.toml", &campaign("a-b", &format!("{TO}schedule.cron = \"0 9 * * MON\"")).1);
    let blackout = "calendar.blackout = [{ from = 2026-03-09, to = 2026-03-10 }]";
    let quiet_hours = "calendar.quiet_hours = { from = 08:00:00, to = 10:00:00 }";
    write("policy.toml", &format!("{blackout}\n{quiet_hours}\n"));
    let why = |asked: &str, code| plan(dir.path(), &["--explain", asked], code);
    let there = why("a-b@2026-03-02T09:00", 0);
    assert!(there.contains("there is one") && there.contains("it would be held: 08:00 to 10:00 are quiet"), "{there}");
    assert_eq!(
        there.lines().skip(1).collect::<Vec<_>>(),
        why("a-b@2026-03-02T01:00:00Z", 0).lines().skip(1).collect::<Vec<_>>()
    );
    assert!(there.contains("there is one, and it would be held"), "{there}");
    assert!(why("a-b@2026-03-03T09:00", 0).contains("there is none"));
    let left_out = why("a-b@2026-03-09T09:00", 0);
    assert!(left_out.contains("there is none:\n- 2026-03-09 to 2026-03-10 is blacked out"), "{left_out}");
    assert!(why("a-bb@2026-03-02T09:00", 2).contains("did you mean `a-b`"));
    assert!(why("a-b@tomorrow", 2).contains("not a time"));
    assert!(why("a-b", 2).contains("is not an occurrence"));
    write("w.toml", &campaign("w", &format!("{TO}schedule.cron = \"0 12 * * *\"\nschedule.days = \"workday\"")).1);
    let unknown = why("w@2099-03-02T12:00", 0);
    assert!(
        unknown.contains("there is one, and it would be held: it is not known yet whether 2099-03-02 is a workday"),
        "{unknown}"
    );
}

#[test]
fn a_directory_that_means_somebody_else() {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join("campaigns").join(name), text).unwrap();
    let names = |vip: &str, new: &str| {
        let text = include_str!("../../../campaigns/directory.toml");
        write(
            "directory.toml",
            &text.replace("\"VIP客户\"", "\"X\"").replace("\"新客\"", "\"Y\"").replace('X', vip).replace('Y', new),
        );
    };
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let who = "visible_range.external_contact_list.tag_list = [\"VIP客户\"]\nschedule.cron = \"0 9 * * MON\"";
    write("a.toml", &campaign("a", who).1);
    write("b.toml", &campaign("b", &who.replace("VIP客户", "etCFVip00000001")).1);
    names("VIP客户", "新客");
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "a"]);
    // The commit has its own directory: the one in the work tree has no effect.
    names("新客", "VIP客户");
    let out = plan(dir.path(), &["--base", "HEAD"], 0);
    for line in [
        "against HEAD: 1 changed\n",
        "the tag etCFNew00000001 is named VIP客户 now, and was 新客\n",
        "the tag etCFVip00000001 is named 新客 now, and was VIP客户\n",
        "  OTHER AUDIENCE: it reaches people whom it may not have reached before\n",
        "with tag VIP客户 (etCFVip00000001); only those customers → members who have customers with tag VIP客户 (etCFNew00000001);",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let out = plan(dir.path(), &["--base", "HEAD", "--format", "json"], 0);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["renamed"].as_array().unwrap().len(), 2);
    // Without it the name has no meaning.
    fs::remove_file(dir.path().join("campaigns/directory.toml")).unwrap();
    let out = plan(dir.path(), &["--base", "HEAD"], 1);
    assert!(out.contains("broken a\n  it cannot be posted, and would be held: `VIP客户` is not a tag id"), "{out}");
}

#[test]
fn history_names_the_store_of_the_sandbox() {
    let dir = TempDir::new().unwrap();
    let history = || {
        let mut history = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
        history.current_dir(dir.path()).arg("history").env_remove("DRUMBEAT_STORE").env_remove("DRUMBEAT_CONFIG");
        let output = history.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(!history().contains("sandbox"));
    fs::write(dir.path().join("drumbeat-sandbox.db"), "").unwrap();
    assert!(history().contains("add --sandbox"), "{}", history());
}

#[test]
fn git_files_in_the_book_are_shown_first() {
    let rule = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    let (before, after) = (
        directory(std::slice::from_ref(&rule)),
        directory(&[rule, (".gitattributes".to_owned(), "*.toml ident\n".to_owned())]),
    );
    fs::write(after.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::create_dir(after.path().join("objects")).unwrap();
    fs::write(after.path().join("objects/x"), "").unwrap();
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = View { invalid_files: &[], findings: &after.result.findings, ..view(&plan, &changes, &after) };
    let markdown = plainly(&markdown::write(&view));
    let first = markdown.lines().nth(3).unwrap();
    assert!(first.starts_with("❌ ") && first.contains(".gitattributes") && first.contains("ident"), "{markdown}");
    assert!(markdown.contains("this makes the directory a bare git repository"), "{markdown}");
    assert!(human::write(&view, None).starts_with("error: `"), "{}", human::write(&view, None));
    let document: serde_json::Value = serde_json::from_str(&json::write(&view).unwrap()).unwrap();
    assert_eq!(document["errors"].as_array().unwrap().len(), 2, "{document}");
}

#[test]
fn check_and_plan_report_linked_book() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    fs::create_dir_all(dir.path().join("real/campaigns")).unwrap();
    std::os::unix::fs::symlink("real/campaigns", dir.path().join("campaigns")).unwrap();
    let (path, text) = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    fs::write(dir.path().join("real/campaigns").join(path), text).unwrap();
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "a"]);
    assert!(plan(dir.path(), &["--base", "HEAD"], 2).contains("`campaigns` is a symbolic link"));
    for args in [&[][..], &["--format", "markdown"]] {
        let out = plan(dir.path(), args, 1);
        assert!(out.contains("the path of the book is a symbolic link"), "{out}");
    }
    let mut check = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    let output =
        check.current_dir(dir.path()).args(["check", "--format", "json"]).env_remove("DRUMBEAT_BOOK").output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for finding in document["diagnostics"].as_array().unwrap() {
        let file = finding["file"].as_str().unwrap();
        assert!(dir.path().join(file).exists() && file.starts_with("campaigns"), "{file}");
    }
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn unfetched_images_are_marked_as_unchecked() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let write = |name: &str, text: &[u8]| fs::write(dir.path().join("campaigns").join(name), text).unwrap();
    write("tea.jpg", include_bytes!("../../../campaigns/media/birthday.jpg"));
    write(
        "a.toml",
        campaign("a", &format!("content.images = [\"tea.jpg\"]\n{TO}schedule.cron = \"0 9 * * MON\"")).1.as_bytes(),
    );
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "a"]);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 40000\n", "a".repeat(64));
    write("tea.jpg", pointer.as_bytes());
    for format in ["human", "markdown"] {
        let out = plainly(&plan(dir.path(), &["--base", "HEAD", "--format", format], 0));
        assert!(out.contains("1 file is in Git LFS and not fetched, so the content was not checked"), "{out}");
        assert!(out.contains("sha256 aaaaaaaaaaaa, in Git LFS and not checked"), "{out}");
    }
    let document: serde_json::Value =
        serde_json::from_str(&plan(dir.path(), &["--base", "HEAD", "--format", "json"], 0)).unwrap();
    assert_eq!(document["unfetched"][0], "tea.jpg");
}

#[test]
fn reversed_window_error_uses_local_time() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    let (path, text) = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    fs::write(dir.path().join("campaigns").join(path), text).unwrap();
    let said = plan(dir.path(), &["--from", "2026-12-10", "--to", "2026-12-01"], 2);
    assert!(
        said.contains("the plan would end at 2026-12-01 00:00, before it begins at 2026-12-10 00:00 (Asia/Shanghai)"),
        "{said}"
    );
}

#[test]
fn an_empty_book_is_no_book() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    assert!(plan(dir.path(), &[], 2).contains("no campaign file in `campaigns`; `drumbeat new ID` writes one"));
    let mut rehearse = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    let output = rehearse.current_dir(dir.path()).args(["rehearse", "campaigns"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
