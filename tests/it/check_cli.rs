//! `drumbeat check` and related commands: arguments, exit codes, stdout and stderr.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use drumbeat::report::schema;
use drumbeat::text::Lang;
use tempfile::TempDir;

const SOUND: &str = "content.text = \"春季新品上架。\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";

/// A directory with a book in `campaigns/`.
fn book(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("campaigns")).unwrap();
    for (path, text) in files {
        let path = dir.path().join("campaigns").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn sound(id: &str) -> String {
    format!("id = \"{id}\"\n{SOUND}")
}

fn drumbeat(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.current_dir(dir).args(args).stdin(Stdio::null());
    for name in [
        "DRUMBEAT_BOOK",
        "DRUMBEAT_CONFIG",
        "DRUMBEAT_LANG",
        "GITHUB_STEP_SUMMARY",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
    ] {
        command.env_remove(name);
    }
    command
}

fn run(dir: &TempDir, args: &[&str]) -> Output {
    drumbeat(dir.path(), args).output().unwrap()
}

/// Runs a command and checks the exit code; returns stdout and stderr.
#[track_caller]
fn ends(dir: &TempDir, args: &[&str], code: i32) -> (String, String) {
    stdout_and_stderr(&run(dir, args), code)
}

#[track_caller]
fn stdout_and_stderr(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out, err)
}

#[test]
fn a_sound_book() {
    let dir = book(&[("a.toml", &sound("a"))]);
    let (out, err) = ends(&dir, &["check"], 0);
    assert_eq!((out.as_str(), err.as_str()), ("1 file checked, nothing found\n", ""));
}

#[test]
fn check_names_the_first_unknown_workday() {
    let workdays = sound("w").replace("schedule.cron", "schedule.days = \"workday\"\nschedule.cron");
    let dir = book(&[("w.toml", &workdays), ("a.toml", &sound("a"))]);
    let (_, err) = ends(&dir, &["check"], 0);
    assert!(err.starts_with("1 campaign is held from Mon 20"), "{err}");
    assert!(err.ends_with("`drumbeat explain past-calendar` shows how (w)\n"), "{err}");
}

/// A check does not fail because time passes, and says that nothing more is posted.
#[test]
fn a_campaign_that_is_over_is_told() {
    let at = |id: &str, times: &str| {
        sound(id).replace("schedule.cron = \"0 9 * * MON\"", &format!("schedule.at = [{times}]"))
    };
    let over = at("typo", "\"2020-12-12 08:30\"");
    let partly = at("partly", "\"2020-12-12 08:30\", \"2100-12-12 08:30\"");
    let dir = book(&[("a.toml", &over), ("b.toml", &partly)]);
    let (out, err) = ends(&dir, &["check", "--deny-warnings"], 0);
    assert_eq!(out, "2 files checked, nothing found\n");
    assert_eq!(err, "1 campaign is over: all times are past, and nothing more is posted (typo)\n");
    let (out, _) = ends(&dir, &["plan"], 0);
    assert!(out.contains("typo (over: the last time was Sat 2020-12-12 08:30)"), "{out}");
}

#[test]
fn errors_end_with_1() {
    let dir = book(&[("a.toml", "id = \"a\"\n"), ("b.toml", &sound("b"))]);
    let (out, _) = ends(&dir, &["check", "campaigns", "--format", "concise"], 1);
    assert_eq!(out.lines().count(), 3, "{out}");
    assert!(out.starts_with("campaigns/a.toml: error[missing-key]: "), "{out}");
}

#[test]
fn warnings_end_with_1_only_if_denied() {
    let everyone = sound("a").replace("sender_list.user_list = [\"zhangshan\"]", "all = true");
    let dir = book(&[("a.toml", &everyone)]);
    ends(&dir, &["check"], 0);
    ends(&dir, &["check", "--deny-warnings"], 1);
    let dir = book(&[("a.toml", &format!("allow = [\"everyone\"]\n{everyone}"))]);
    ends(&dir, &["check", "--deny-warnings"], 0);
}

#[test]
fn no_book_ends_with_2() {
    let dir = book(&[]);
    let (out, err) = ends(&dir, &["check"], 2);
    assert_eq!(out, "");
    assert!(err.contains("no campaign file in `campaigns`; `drumbeat new ID` writes one"), "{err}");
    let (_, err) = ends(&dir, &["check", "nowhere"], 2);
    assert!(err.contains("nowhere"), "{err}");
    let (_, err) = ends(&dir, &["check", "--format", "xml"], 2);
    assert!(err.contains("junit"), "{err}");
}

#[test]
fn a_single_file_is_checked_within_its_book() {
    let dir = book(&[("a.toml", &sound("same")), ("b.toml", &sound("same")), ("c.toml", "id = 5\n")]);
    let (out, _) = ends(&dir, &["check", "campaigns/a.toml", "--format", "concise"], 1);
    assert_eq!(out, "campaigns/a.toml:1:6: error[duplicate-id]: two campaigns have the id `same`\n");
    let (out, _) = ends(&dir, &["check", "campaigns/a.toml", "campaigns/b.toml", "--format", "concise"], 1);
    assert_eq!(out.lines().count(), 2, "{out}");
}

#[test]
fn a_single_file_finds_the_book_above_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("shops/north")).unwrap();
    fs::write(dir.path().join("shops/policy.toml"), "timezone = \"Asia/Tokyo\"\n").unwrap();
    let vip = sound("a").replace("sender_list.user_list = [\"zhangshan\"]", "audience = \"vip\"");
    fs::write(dir.path().join("shops/north/a.toml"), vip).unwrap();
    let (out, _) = ends(&dir, &["check", "shops/north/a.toml", "--format", "concise"], 1);
    assert_eq!(out, "shops/north/a.toml:3:26: error[unknown-audience]: the policy has no audience `vip`\n");
}

#[test]
fn files_that_are_no_campaigns_of_the_book() {
    let dir = book(&[("a.toml", &sound("a")), ("notes.txt", "x")]);
    let (_, err) = ends(&dir, &["check", "campaigns/notes.txt"], 2);
    assert!(err.contains("neither a campaign file nor the policy"), "{err}");
    ends(&dir, &["check", "campaigns/b.toml"], 2);
    fs::write(dir.path().join("other.toml"), "").unwrap();
    let (_, err) = ends(&dir, &["check", "campaigns/a.toml", "other.toml"], 2);
    assert!(err.contains("one book at a time"), "{err}");
}

fn check_stdin(dir: &TempDir, args: &[&str], text: &[u8]) -> Output {
    let mut child =
        drumbeat(dir.path(), args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn stdin_replaces_the_saved_file() {
    let dir = book(&[("a.toml", "id = 5\n"), ("b.toml", &sound("b"))]);
    let args = ["check", "-", "--stdin-name", "campaigns/a.toml", "--format", "concise"];
    let (out, _) = stdout_and_stderr(&check_stdin(&dir, &args, sound("a").as_bytes()), 0);
    assert_eq!(out, "");
    let (out, _) = stdout_and_stderr(&check_stdin(&dir, &args, sound("b").as_bytes()), 1);
    assert_eq!(out, "campaigns/a.toml:1:6: error[duplicate-id]: two campaigns have the id `b`\n");
    let (out, _) = stdout_and_stderr(&check_stdin(&dir, &["check", "-", "--format", "concise"], b"x = 1"), 1);
    assert!(out.starts_with("campaigns/stdin.toml"), "{out}");
    let (_, err) = stdout_and_stderr(&check_stdin(&dir, &["check", "-"], b"\xff"), 2);
    assert!(err.contains("not UTF-8"), "{err}");
}

#[test]
fn hidden_policy_error_is_mentioned() {
    let dir = book(&[("a.toml", &sound("a")), ("policy.toml", "[limits]\nmax_per_dya = 2\n")]);
    let (out, err) = ends(&dir, &["check", "campaigns/a.toml"], 0);
    assert_eq!(out, "1 file checked, nothing found\n");
    assert!(err.contains("policy.toml has an error"), "{err}");
    ends(&dir, &["check"], 1);
}

#[test]
fn github_gets_all_findings_in_the_summary() {
    let dir = book(&[("a.toml", "id = 5\n")]);
    let summary = dir.path().join("summary.md");
    let output = drumbeat(dir.path(), &["check", "--format", "github"]).env("GITHUB_STEP_SUMMARY", &summary).output();
    let (out, _) = stdout_and_stderr(&output.unwrap(), 1);
    assert!(out.starts_with("::error file=campaigns/a.toml,"), "{out}");
    assert!(fs::read_to_string(summary).unwrap().contains("| ❌ | campaigns/a&#46;toml |"));
}

#[test]
fn pull_request_paths_are_relative_to_repository() {
    let dir = book(&[("a.toml", "id = 5\n")]);
    fs::create_dir(dir.path().join(".git")).unwrap();
    let output = drumbeat(&dir.path().join("campaigns"), &["check", ".", "--format", "github"]).output().unwrap();
    let (out, _) = stdout_and_stderr(&output, 1);
    assert!(out.starts_with("::error file=campaigns/a.toml,"), "{out}");
    let output = drumbeat(&dir.path().join("campaigns"), &["check", ".", "--format", "concise"]).output().unwrap();
    assert!(stdout_and_stderr(&output, 1).0.starts_with("a.toml:"));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let dir = book(&[("a.toml", "id = 5\n")]);
    assert!(!ends(&dir, &["check"], 1).0.contains('\u{1b}'));
    assert!(ends(&dir, &["check", "--color", "always"], 1).0.contains('\u{1b}'));
    let output = drumbeat(dir.path(), &["check"]).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "").output().unwrap();
    assert!(!stdout_and_stderr(&output, 1).0.contains('\u{1b}'));
}

#[test]
fn rules_are_explained() {
    let dir = book(&[]);
    let (out, _) = ends(&dir, &["explain", "long-text"], 0);
    assert!(out.starts_with("# long-text\n\n## What it finds\n"), "{out}");
    let (out, _) = ends(&dir, &["explain"], 0);
    let known = drumbeat::check::rules::ALL.len() + drumbeat::import::FINDING_CODES.len();
    assert_eq!(out.lines().count(), known);
    let (_, err) = ends(&dir, &["explain", "long-txt"], 2);
    assert!(err.contains("did you mean `long-text`?"), "{err}");
}

#[test]
fn new_campaign_passes_and_is_never_overwritten() {
    let dir = book(&[]);
    let (out, _) = ends(&dir, &["new", "spring-launch"], 0);
    assert_eq!(out.trim(), "campaigns/spring-launch.toml");
    let (out, _) = ends(&dir, &["check", "--format", "concise"], 1);
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.contains("template-text"), "{out}");
    let path = dir.path().join("campaigns/spring-launch.toml");
    let written =
        fs::read_to_string(&path).unwrap().replace("Write the text here, at most 2000 characters.", "春季新品上架。");
    fs::write(&path, written).unwrap();
    ends(&dir, &["check", "--deny-warnings"], 0);
    let (_, err) = ends(&dir, &["new", "spring-launch"], 2);
    assert!(err.contains("already exists"), "{err}");
    ends(&dir, &["new", "Spring"], 2);
}

#[test]
fn new_campaigns_follow_the_language_of_the_policy() {
    let dir = book(&[("policy.toml", "language = \"zh\"\n")]);
    let (_, err) = ends(&dir, &["new", "spring-launch"], 0);
    assert!(err.contains("请写上文字"), "{err}");
    let written = fs::read_to_string(dir.path().join("campaigns/spring-launch.toml")).unwrap();
    assert!(written.contains("在这里写文字"), "{written}");
}

#[test]
fn schemas_are_printed() {
    let dir = book(&[]);
    for lang in Lang::ALL {
        let printed = |files: &str| ends(&dir, &["schema", files, "--lang", lang.code()], 0).0;
        assert_eq!(printed("campaign"), schema::campaign(lang));
        assert_eq!(printed("policy"), schema::policy(lang));
    }
}
