//! The effects of a pull request, computed from two books.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use drumbeat::plan::{AudienceChange, CampaignChange, Kind, Window};
use drumbeat::report::plan::{View, human, json, markdown};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;

use crate::plan::{book, compared, compared_at, instant, view};

const TO: &str = "visible_range.sender_list.user_list = [\"lisi\"]\n";

fn campaign(id: &str, rest: &str) -> (String, String) {
    (format!("{id}.toml"), format!("id = \"{id}\"\ncontent.text = \"春季新品上架。\"\n{rest}"))
}

fn directory(files: &[(String, String)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    files.iter().for_each(|(path, text)| fs::write(dir.path().join(path), text).unwrap());
    dir
}

fn between(before: &[(String, String)], after: &[(String, String)]) -> Vec<CampaignChange> {
    let (before, after) = (directory(before), directory(after));
    compared(&book(before.path()), &book(after.path())).1.campaigns
}

/// The changes of one campaign's times: gained, lost, moved.
#[track_caller]
fn times(before: &str, after: &str, expected: (usize, usize, usize)) {
    let changes = between(&[campaign("a", &format!("{TO}{before}"))], &[campaign("a", &format!("{TO}{after}"))]);
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((change.gained.len(), change.lost.len(), change.moved.len()), expected);
}

#[test]
fn times_that_only_move() {
    times("schedule.cron = \"0 9 * * MON\"", "schedule.cron = \"0 10 * * MON\"", (0, 0, 2));
    times("schedule.cron = \"0 9 * * MON\"", "schedule.cron = \"0 9 * * TUE\"", (0, 0, 2));
    times("schedule.at = 2026-02-28T09:00:00", "schedule.at = 2026-03-08T09:00:00", (0, 0, 1));
}

#[test]
fn times_that_come_and_go() {
    times("schedule.cron = \"0 9 * * MON\"", "schedule.cron = \"0 9 * * MON,WED\"", (1, 0, 0));
    times("schedule.cron = \"0 9 * * *\"", "schedule.cron = \"0 9 * * MON\"", (0, 10, 0));
}

#[test]
fn one_that_cannot_be_read_any_more() {
    let sound = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    for spoilt in [campaign("a", &format!("{TO}schedule.cron = \"0 9 * *\"")), ("a.toml".to_owned(), "= [".to_owned())]
    {
        let changes = between(std::slice::from_ref(&sound), std::slice::from_ref(&spoilt));
        assert!(
            matches!(&changes[..], [it] if matches!(it.kind, Kind::Invalid(_)) && it.lost.len() == 2),
            "{changes:?}"
        );
        let changes = between(std::slice::from_ref(&spoilt), std::slice::from_ref(&sound));
        assert!(matches!(&changes[..], [it] if it.kind == Kind::Fixed && it.gained.len() == 2), "{changes:?}");
        let changes = between(std::slice::from_ref(&spoilt), std::slice::from_ref(&spoilt));
        assert!(changes.is_empty(), "{changes:?}");
    }
}

#[test]
fn a_new_id_is_a_new_campaign() {
    let rest = format!("{TO}schedule.cron = \"0 9 * * MON\"");
    let changes = between(&[campaign("a", &rest)], &[campaign("b", &rest)]);
    let kinds: Vec<&str> = changes.iter().map(|it| it.kind.name()).collect();
    assert_eq!(kinds, ["added", "removed"]);
    assert!(matches!(&changes[0].kind, Kind::IdChanged { was } if was.as_str() == "a"));
}

#[test]
fn a_policy_that_widens_an_audience() {
    let named = campaign("a", "visible_range.audience = \"vip\"\nschedule.cron = \"0 9 * * MON\"");
    let policy = |tags: &str| {
        let text = format!("[audiences.vip.external_contact_list]\ntag_list = [{tags}]\n");
        ("policy.toml".to_owned(), text)
    };
    let (narrow, wide) = (policy("\"etCFVip00000001\""), policy("\"etCFVip00000001\", \"etCFNew00000001\""));
    let changes = between(&[named.clone(), narrow], &[named, wide]);
    assert!(matches!(&changes[..], [it] if it.audience == AudienceChange::Wider), "{changes:?}");
}

#[test]
fn a_directory_that_means_somebody_else() {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join("campaigns").join(name), text).unwrap();
    let names = |vip: &str, new: &str| {
        let text = include_str!("../../campaigns/directory.toml");
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

/// Both formats for people, for the differences of two books.
fn rendered_changes(before: &[(String, String)], after: &[(String, String)]) -> [String; 2] {
    let (before, after) = (directory(before), directory(after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = view(&plan, &changes, &after);
    [human::write(&view, Some(80)), markdown::write(&view)]
}

#[test]
fn a_changed_audience_is_shown_once() {
    let named =
        |id: &str| campaign(id, "title = \"T\"\nvisible_range.audience = \"vip\"\nschedule.cron = \"0 9 * * MON\"");
    let policy = |users: &str| ("policy.toml".to_owned(), format!("audiences.vip.sender_list.user_list = [{users}]\n"));
    let (narrow, wide) = (policy("\"lisi\""), policy("\"lisi\", \"wangwu\""));
    let [human, markdown] = rendered_changes(&[named("a"), named("b"), narrow], &[named("a"), named("b"), wide]);
    let line = "WIDER AUDIENCE `vip`: member lisi; all their customers → members lisi, wangwu; all their customers; in a · T, b · T\n";
    let on_one_line = human.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(on_one_line.contains(line.trim_end()), "{human}");
    assert!(!human.contains("changed a"), "{human}");
    assert_eq!(markdown.matches("WIDER AUDIENCE").count(), 1, "{markdown}");
    assert!(markdown.contains("**2 changed**") && !markdown.contains("changed <b>T</b>"), "{markdown}");
}

#[test]
fn only_edits_of_past_times_mention_the_past() {
    let past = "are already past";
    // The rule has fired before and continues: the edit does not touch the past.
    let rule = |text: &str| [campaign("a", &format!("{TO}schedule.cron = \"{text}\""))];
    for pair in [
        (&rule("0 9 * * MON")[..], &rule("0 10 * * MON")[..]),
        (&[], &rule("0 9 * * MON")),
        (&rule("0 9 * * MON"), &[]),
    ] {
        assert!(rendered_changes(pair.0, pair.1).iter().all(|text| !text.contains("already past")), "{pair:?}");
    }
    let times = |text: &str| [campaign("a", &format!("{TO}schedule.at = [{text}, 2026-03-02T09:00:00]"))];
    let [human, markdown] = rendered_changes(
        &times("2026-02-02T09:00:00"),
        &times("2026-02-03T09:00:00, 2026-02-04T09:00:00, 2026-02-02T09:00:00"),
    );
    for text in [human, markdown] {
        assert!(text.contains(past) || text.contains("already past"), "{text}");
        assert!(text.contains("Wed 2026-02-04 09"), "{text}");
    }
    let text = rendered_changes(&times("2026-02-02T09:00:00"), &times("2026-02-02T09:00:00, 2026-03-03T09:00:00"));
    assert!(text.iter().all(|text| !text.contains("already past")), "{text:?}");
}

#[test]
fn what_is_added_is_shown_whole_to_people() {
    let lantern = (
        "b.toml".to_owned(),
        "id = \"b\"\ntitle = \"元宵节\"\ncontent.text = \"满 300 减 50\\n\\n3 件包邮\"\nvisible_range.all = true\nschedule.at = 2026-03-03T09:00:00"
            .to_owned(),
    );
    let [human, markdown] = rendered_changes(&[], &[lantern]);
    let lines = [
        "added b · 元宵节\n",
        "  TO EVERYBODY: ",
        "  once, on Tue 2026-03-03 at 09:00 (Asia/Shanghai)\n",
        "  text: 满 300 减 50\n        \n        3 件包邮\n",
    ];
    lines.iter().for_each(|line| assert!(human.contains(line), "{line}\n{human}"));
    // GitHub's style sheet hides line ends inside code.
    assert!(markdown.contains("<blockquote>满 300 减 50<br><br>3 件包邮</blockquote>"), "{markdown}");
    assert!(
        markdown.contains("<summary>⚠️ added <b>元宵节</b> <code>b</code> (1 gained)<br>once, on Tue"),
        "{markdown}"
    );
}

#[test]
fn a_line_end_more_is_seen() {
    let text = |text: &str| {
        [("a.toml".to_owned(), format!("id = \"a\"\ncontent.text = \"{text}\"\n{TO}schedule.cron = \"0 9 * * MON\""))]
    };
    let [human, markdown] = rendered_changes(&text("一\\n二"), &text("一\\n\\n二"));
    assert!(human.contains("{+↵"), "{human}");
    assert!(markdown.contains("<ins><b>↵<br></b></ins>"), "{markdown}");
}

const HOSTILE: &str = "@octocat #1 | <b> [a](https://www.b.c) `x` $y$ \\u202E";

/// A directory with a tag of this name.
fn named(word: &str) -> String {
    format!(
        "version = 1\ncorp = \"ww\"\nsenders = []\ndepartments = []\n[[tag_groups]]\nid = \"etG\"\nname = \"@octocat\"\n\
         tags = [{{ id = \"etA\", name = \"{HOSTILE}\" }}, {{ id = \"etB\", name = \"et{word}\" }}, {{ id = \"etC\", name = \"@octocat {word}\" }}]\n"
    )
}

/// A book in which every text tries to be more than text.
fn hostile(count: usize, word: &str) -> TempDir {
    let files: Vec<(String, String)> = (0..count)
        .map(|n| {
            let text = format!("{word}{n} @octocat #1 | <b> [a](https://www.b.c) `x` $y$ &amp; \\u202E").repeat(20);
            let file =
                format!("id = \"c-{n}\"\ntitle = \"@octocat\"\nowner = \"@{word}\"\ncontent.text = \"{text}\"\n");
            let to = format!("visible_range.external_contact_list.tag_list = [\"{HOSTILE}\", \"et{word}\"]\n");
            (format!("@c|{n}.toml"), format!("{file}{to}schedule.cron = \"{} 9 * * *\"", n % 60))
        })
        .chain([("directory.toml".to_owned(), named(word))])
        .collect();
    directory(&files)
}

#[test]
fn a_comment_fits_whatever_the_book_holds() {
    for count in [1, 30, 1_000] {
        let (before, after) = (hostile(count, "甲"), hostile(count, "乙"));
        let (before, after) = (book(before.path()), book(after.path()));
        let (plan, changes) = compared(&before, &after);
        assert_eq!(changes.campaigns.len(), count);
        let view = View { base: Some("@main|#2"), ..view(&plan, &changes, &after) };
        let written = markdown::write(&view);
        assert!(written.encode_utf16().count() <= 65_536, "{}", written.len());
        assert_eq!(written.matches("<details>").count(), written.matches("</details>").count());
        assert_eq!(written.contains(" left out here"), count > 1);
        // Character references begin with `&#`, which refers to nothing.
        let written = written.replace("&#", "&");
        for markup in ["@octocat", "#1", "#2", "@main", "](", "https://", "www.", "<b> ", "$y", "\u{202e}", "`x`"] {
            assert!(!written.contains(markup), "{markup}");
        }
    }
}

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
fn a_blackout_takes_posts_out_of_a_rule() {
    let rule = campaign("a", &format!("{TO}schedule.cron = \"0 9 * * *\""));
    let policy = |text: &str| ("policy.toml".to_owned(), text.to_owned());
    let blackout = policy("[[calendar.blackout]]\nfrom = 2026-02-27\nto = 2026-02-28\n");
    let changes = between(std::slice::from_ref(&rule), &[rule.clone(), blackout]);
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((change.gained.len(), change.lost.len(), change.held.len()), (0, 2, 0));
}

#[test]
fn repeated_local_times_are_shown() {
    let zoned =
        |zone: &str| campaign("a", &format!("{TO}schedule = {{ cron = \"0 9 * * *\", timezone = \"{zone}\" }}"));
    let again = |before: &str, after: &str| {
        let changes = between(&[zoned(before)], &[zoned(after)]);
        let [change] = &changes[..] else { panic!("{changes:?}") };
        change.again.len()
    };
    // Today's 09:00 is past in one zone and in the future in the other.
    assert_eq!(again("Pacific/Kiritimati", "Pacific/Pago_Pago"), 1);
    assert_eq!(again("America/Los_Angeles", "Asia/Shanghai"), 0);
}

#[test]
fn a_new_rule_has_no_past() {
    let changes = between(&[], &[campaign("a", &format!("{TO}schedule.cron = \"0 9 * * *\""))]);
    assert!(matches!(&changes[..], [it] if it.past_named.is_empty()), "{changes:?}");
    let changes =
        between(&[], &[campaign("a", &format!("{TO}schedule.at = [2026-02-10T09:00:00, 2026-02-27T09:00:00]"))]);
    assert!(matches!(&changes[..], [it] if it.past_named.len() == 1), "{changes:?}");
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

/// Both formats for people and the one for programs, for an edit of one campaign, at an instant.
#[track_caller]
fn edited_at(now: &str, before: &str, after: &str) -> (CampaignChange, [String; 2], serde_json::Value) {
    let file = |rest: &str| [campaign("a", &format!("{TO}{rest}"))];
    let (before, after) = (directory(&file(before)), directory(&file(after)));
    let (before, after) = (book(before.path()), book(after.path()));
    let now = instant(now);
    let (plan, changes) = compared_at(&before, &after, Window { from: now, to: now + TimeDelta::days(30) }, now);
    let view = view(&plan, &changes, &after);
    let document = serde_json::from_str(&json::write(&view).unwrap()).unwrap();
    let told = [human::write(&view, Some(200)), plainly(&markdown::write(&view))];
    let [change] = &changes.campaigns[..] else { panic!("{:?}", changes.campaigns) };
    (change.clone(), told, document)
}

/// A comment with the characters that a browser shows.
fn plainly(markdown: &str) -> String {
    let mut parts = markdown.split("&#");
    let mut out = parts.next().unwrap_or_default().replace("&nbsp;", " ");
    for part in parts {
        let (number, rest) = part.split_once(';').unwrap();
        // The word joiner keeps a date on one line and is invisible.
        out.extend(number.parse().ok().and_then(char::from_u32).filter(|c| *c != '\u{2060}'));
        out.push_str(&rest.replace("&nbsp;", " "));
    }
    out
}

/// Thursday at 15:50 in Shanghai.
const AFTERNOON: &str = "2026-02-26T07:50:00Z";

#[test]
fn later_time_on_same_day_is_second_post() {
    let cron = |text: &str| format!("schedule.cron = \"{text}\"");
    let at = |text: &str| format!("schedule.at = 2026-02-26T{text}:00");
    for (before, after) in [
        (cron("30 9 * * *"), cron("30 19 * * *")),
        (cron("30 9 * * THU"), cron("30 19 * * THU")),
        (cron("30 9 * * *"), cron("30 9,19 * * *")),
        (at("09:30"), at("19:30")),
    ] {
        let (change, told, document) = edited_at(AFTERNOON, &before, &after);
        let [second] = &change.second[..] else { panic!("{before}: {change:?}") };
        assert!(second.is_today && !change.gained.is_empty(), "{change:?}");
        assert!(
            change.moved.iter().all(|it| it.before.local_time().date() == it.after.local_time().date()),
            "{change:?}"
        );
        assert!(change.past_named.is_empty(), "{change:?}");
        let words = "SECOND POST: today's 09:30 may have gone out already; this edit posts again today (Thu 2026-02-26) at 19:30";
        let [human, markdown] = told;
        assert_eq!(human.lines().find(|line| line.starts_with("  ")), Some(&*format!("  {words}")), "{human}");
        assert_eq!(
            markdown.lines().find(|line| line.starts_with("- ")),
            Some(&*format!("- ⚠️ <code>a</code>: {words}")),
            "{markdown}"
        );
        let second = &document["changes"][0]["second_posts"][0];
        assert_eq!(
            (&second["before"], &second["after"]),
            (&"2026-02-26T01:30:00Z".into(), &"2026-02-26T11:30:00Z".into())
        );
    }
}

#[test]
fn the_next_morning_is_a_second_post() {
    let (change, [human, _], _) =
        edited_at(AFTERNOON, "schedule.cron = \"30 9 * * THU\"", "schedule.cron = \"0 8 * * FRI\"");
    assert_eq!((change.second.len(), change.gained.len()), (1, 1), "{change:?}");
    assert!(
        human.contains(
            "the post of Thu 2026-02-26 09:30 may have gone out already; this edit posts again on Fri 2026-02-27 08:00"
        ),
        "{human}"
    );
}

#[test]
fn an_already_due_post_is_no_second_post() {
    let none = |now: &str, before: &str, after: &str| {
        let cron = |text: &str| format!("schedule.cron = \"{text}\"");
        let (change, ..) = edited_at(now, &cron(before), &cron(after));
        assert!(change.second.is_empty(), "{before} {after} {:?}", change.second);
    };
    // Tomorrow's post moves within its day, although it comes less than a day after today's.
    none(AFTERNOON, "30 9 * * *", "0 9 * * *");
    none(AFTERNOON, "30 19 * * *", "30 9 * * *");
    // No occurrence has passed yet.
    none("2026-02-26T01:00:00Z", "30 9 * * THU", "30 19 * * THU");
    // The last occurrence was days ago.
    none(AFTERNOON, "30 9 * * MON", "30 9 * * FRI");
}

#[test]
fn moves_across_the_window_are_not_changes() {
    // The window ends at 15:50, between the old and the new time of its last day.
    let (change, ..) = edited_at(AFTERNOON, "schedule.cron = \"30 9 * * SAT\"", "schedule.cron = \"30 19 * * SAT\"");
    assert_eq!((change.gained.len(), change.lost.len(), change.moved.len()), (0, 0, 5), "{change:?}");
}

#[test]
fn a_second_post_under_a_new_id() {
    let rule = |id: &str, text: &str| [campaign(id, &format!("{TO}schedule.cron = \"{text}\""))];
    let second = |before: &[_], after: &[_]| {
        let (before, after) = (directory(before), directory(after));
        let (before, after, now) = (book(before.path()), book(after.path()), instant(AFTERNOON));
        let (_, changes) = compared_at(&before, &after, Window { from: now, to: now + TimeDelta::days(9) }, now);
        let kind = changes.campaigns[0].kind.clone();
        assert!(matches!(&kind, Kind::IdChanged { was } if was.as_str() == "a"), "{kind:?}");
        changes.campaigns[0].second.len()
    };
    assert_eq!(second(&rule("a", "30 9 * * *"), &rule("b", "30 19 * * *")), 1);
    assert_eq!(second(&rule("a", "30 9 * * *"), &rule("b", "30 9 * * *")), 0);
}

#[test]
fn repeated_slot_after_zone_change_is_no_post() {
    let at = "at = 2026-02-26T12:00:00";
    let zoned = format!("schedule = {{ {at}, timezone = \"America/New_York\" }}");
    let (change, [human, markdown], document) = edited_at(AFTERNOON, &format!("schedule.{at}"), &zoned);
    assert!(change.gained.is_empty() && change.second.is_empty() && change.again.len() == 1, "{change:?}");
    let note = "not posted again: this local time has already come in the former time zone, Asia/Shanghai";
    for text in [&human, &markdown] {
        assert!(text.contains("1 time comes again in the new time zone and is not posted twice: Thu 2026-02-26 12:00 (America/New_York)"), "{text}");
        assert!(
            text.contains("not posted again: this local time") && text.contains("0 posts, 1 more is not posted again"),
            "{text}"
        );
    }
    assert!(human.contains("posts in this time: 0 → 0") && !human.contains("already past"), "{human}");
    let occurrence = &document["occurrences"][0];
    assert_eq!((&occurrence["repeated"], &occurrence["notes"][0]), (&true.into(), &note.into()));
    assert_eq!(document["quota"]["after"]["posts"], 0);
    assert!(document["days"].as_array().unwrap().iter().all(|day| day["posts"] == 0));
}

#[test]
fn moves_between_zones_name_both_zones() {
    let zoned = |zone: &str| format!("schedule = {{ cron = \"10 8 * * MON\", timezone = \"{zone}\" }}");
    let (_, told, _) = edited_at(AFTERNOON, &zoned("Asia/Shanghai"), &zoned("America/New_York"));
    for text in told {
        assert!(
            text.contains("moved Mon 2026-03-02 08:10 (Asia/Shanghai) → Mon 2026-03-02 08:10 (America/New_York)"),
            "{text}"
        );
    }
    let (_, told, _) = edited_at(AFTERNOON, &zoned("America/New_York"), "schedule.cron = \"0 8 * * MON\"");
    assert!(told[0].contains("08:10 (America/New_York) → Mon 2026-03-02 08:00 (Asia/Shanghai)"), "{}", told[0]);
}

/// All three formats, for the differences of two books.
fn all_forms(before: &[(String, String)], after: &[(String, String)]) -> ([String; 2], serde_json::Value) {
    let (before, after) = (directory(before), directory(after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = View { findings: &after.result.findings, ..view(&plan, &changes, &after) };
    let document = serde_json::from_str(&json::write(&view).unwrap()).unwrap();
    ([human::write(&view, Some(200)), plainly(&markdown::write(&view))], document)
}

fn policy(text: &str) -> (String, String) {
    ("policy.toml".to_owned(), text.to_owned())
}

#[test]
fn every_changed_policy_key_is_named() {
    let rule = || campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    let before = "[limits]\nmax_per_day = 3\n[[wording.refuse]]\nwords = [\"根治\", \"特效\"]\nlevel = \"error\"\n\
                  [[calendar.blackout]]\nfrom = 2027-01-01\nto = 2027-01-02\nreason = \"维护\"\n";
    let after = "[limits]\nmax_per_day = 99\n[[wording.refuse]]\nwords = [\"根治\"]\nlevel = \"warning\"\n\
                 [[calendar.blackout]]\nfrom = 2027-01-01\nto = 2027-01-03\nreason = \"演练\"\n";
    let (told, document) = all_forms(&[rule(), policy(before)], &[rule(), policy(after)]);
    for text in &told {
        for line in [
            "no campaign changes, and the policy changes",
            "policy: limits.max_per_day: 3 → 99",
            "policy: wording.refuse[1].words: \"特效\" → nothing",
            "policy: wording.refuse[1].level: \"error\" → \"warning\"",
            "policy: calendar.blackout[1].to: 2027-01-02 → 2027-01-03",
            "policy: calendar.blackout[1].reason: \"维护\" → \"演练\"",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
    assert_eq!(document["policy"].as_array().unwrap().len(), 5, "{document}");
}

#[test]
fn every_changed_campaign_key_is_named() {
    let file = |rest: &str| {
        [(
            "a.toml".to_owned(),
            format!("id = \"a\"\n{rest}content.text = \"春季新品上架。\"\n{TO}schedule.cron = \"0 9 * * MON\""),
        )]
    };
    let (told, document) = all_forms(&file(""), &file("allow = [\"placeholder\"]\n"));
    for text in &told {
        assert!(text.contains("1 changed") && text.contains("allow"), "{text}");
    }
    assert_eq!(document["changes"][0]["fields"][0]["after"], "[\"placeholder\"]");
    // A difference with its own words is not shown again.
    let (_, document) = all_forms(&file("title = \"A\"\n"), &file("title = \"B\"\n"));
    assert_eq!(document["changes"][0]["fields"].as_array().unwrap().len(), 1, "{document}");
}

#[test]
fn holiday_is_listed_once_with_its_campaigns() {
    let rule = |id: &str, rest: &str| campaign(id, &format!("{TO}schedule.cron = \"0 9 * * *\"\n{rest}"));
    let book = [rule("a", ""), rule("b", "schedule.days = \"workday\"\n")];
    let calendar = ("calendar.toml".to_owned(), "holidays = [{ name = \"司庆\", on = 2026-03-04 }]\n".to_owned());
    let (told, document) = all_forms(&book, &[&book[..], &[calendar]].concat());
    for text in &told {
        assert!(text.contains("calendar: + 司庆 2026-03-04") && text.contains("1 changed"), "{text}");
        assert!(!text.contains("as shipped"), "{text}");
    }
    assert_eq!(
        (&document["changes"][0]["campaign"], &document["calendar"][0]),
        (&"b".into(), &"+ 司庆 2026-03-04".into())
    );
    assert_eq!(document["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn no_line_before_the_folds_is_empty() {
    let named = |id: &str| {
        campaign(id, "visible_range.audience = \"vip\"\nschedule.cron = \"0 9 * * *\"\nschedule.days = \"workday\"")
    };
    let users = |users: &str| policy(&format!("audiences.vip.sender_list.user_list = [{users}]\n"));
    let calendar = ("calendar.toml".to_owned(), "holidays = [{ name = \"司庆\", on = 2026-03-04 }]\n".to_owned());
    let ([_, markdown], _) =
        all_forms(&[named("a"), users("\"lisi\"")], &[named("a"), users("\"lisi\", \"wangwu\""), calendar]);
    assert!(markdown.contains("WIDER AUDIENCE") && markdown.contains("1 lost"), "{markdown}");
    assert!(!markdown.lines().any(|line| line.trim_end().ends_with(':')), "{markdown}");
}

#[test]
fn removals_and_new_ids_are_not_folded() {
    let rest = format!("{TO}schedule.cron = \"0 9 * * MON\"");
    let other = campaign("c", "title = \"C\"\nvisible_range.all = true\nschedule.cron = \"0 8 * * MON\"");
    let ([_, markdown], _) = all_forms(&[campaign("a", &rest), other], &[campaign("b", &rest)]);
    let bullets: Vec<&str> =
        markdown.lines().take_while(|line| !line.contains("<details>")).filter(|it| it.starts_with("- ")).collect();
    assert_eq!(bullets.len(), 3, "{markdown}");
    assert!(
        bullets[0].contains("it posts the same as `a`, under a new id") || bullets[0].contains("the same as"),
        "{bullets:?}"
    );
    assert!(
        bullets[2].starts_with(
            "- ➖ <b>C</b> <code>c</code>: it is removed: 2 posts are not made, the next on Mon 2026-03-02 08:00"
        ),
        "{bullets:?}"
    );
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
    write("tea.jpg", include_bytes!("../../campaigns/media/birthday.jpg"));
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
fn no_line_is_longer_than_a_narrow_terminal() {
    let members = |users: &str| format!("visible_range.sender_list.user_list = [{users}]\n");
    let before =
        [campaign("a", &format!("title = \"周三会员日\"\n{}schedule.cron = \"0 9 * * *\"", members("\"lisi\"")))];
    let after = [campaign(
        "a",
        &format!(
            "title = \"周三会员日\"\n{}schedule.cron = \"0 10 * * *\"",
            members("\"lisi\", \"wangwu\", \"zhaoliu\"")
        ),
    )];
    let (before, after) = (directory(&before), directory(&after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = View { invalid_files: &[], ..view(&plan, &changes, &after) };
    for width in [40, 60, 79] {
        let text = human::write(&view, Some(width));
        let long = text.lines().find(|line| line.width() > usize::from(width));
        assert_eq!(long, None, "{width}\n{text}");
    }
}

#[test]
fn a_long_audience_ends_with_how_many_more() {
    let users: Vec<String> = (0..8).map(|n| format!("\"{n}{}\"", "a".repeat(60))).collect();
    let tags: Vec<String> = (0..8).map(|n| format!("\"etAbCdEfGhIjKlMnOpQrStUvWxYz00{n}\"")).collect();
    let rest = format!(
        "[visible_range]\nsender_list.user_list = [{}]\nexternal_contact_list.tag_list = [{}]\n[schedule]\ncron = \"0 9 * * MON\"",
        users.join(", "),
        tags.join(", ")
    );
    let ([_, markdown], _) = all_forms(&[], &[campaign("a", &rest)]);
    assert!(markdown.matches(" and 3 more; only those customers").count() >= 2, "{markdown}");
}

#[test]
fn campaigns_of_which_nothing_is_due_are_named() {
    let book = [
        campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\"")),
        campaign("b", &format!("{TO}schedule.at = 2026-02-02T09:00:00")),
        campaign("c", &format!("{TO}schedule.at = 2026-06-01T09:00:00")),
    ];
    let (told, document) = all_forms(&book, &book);
    for text in &told {
        assert!(
            text.contains("2 campaigns post nothing in this time: b (over: the last time was Mon 2026-02-02 09:00), c (next Mon 2026-06-01 09:00)"),
            "{text}"
        );
    }
    assert_eq!(
        (&document["idle"][0]["over"], &document["idle"][1]["next"]),
        (&true.into(), &"2026-06-01T01:00:00Z".into())
    );
}

const RESULTS: &str = "version = 1\ncorp = \"ww1\"\ncounted_on = \"2026-02-27\"\nposts = [\n\
    { campaign = \"a\", due = \"2026-02-16T09:00\", why = \"deleted\" },\n\
    { campaign = \"a\", due = \"2026-02-23T09:00\", days = 3, members = 4, posted = 3, customers = 1234, likes = 5, comments = 1 },\n]\n";

#[test]
fn an_edited_campaign_says_how_its_last_posts_went() {
    let results = |text: &str| ("results.toml".to_owned(), text.to_owned());
    let at = |hour: u32| campaign("a", &format!("{TO}schedule.cron = \"0 {hour} * * MON\""));
    let (before, after) = (directory(&[at(9)]), directory(&[at(10), results(RESULTS)]));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    for lang in [drumbeat::text::Lang::En, drumbeat::text::Lang::Zh] {
        let view = View { lang, ..view(&plan, &changes, &after) };
        for text in [plainly(&markdown::write(&view)), human::write(&view, Some(200))] {
            assert!(text.contains("1,234") && text.find("1,234") < text.rfind("2026"), "{text}");
            assert!(text.contains("the moment was deleted") || text.contains("朋友圈已删除"), "{text}");
        }
    }
    let document: serde_json::Value =
        serde_json::from_str(&json::write(&view(&plan, &changes, &after)).unwrap()).unwrap();
    let last = &document["changes"][0]["last_results"];
    assert_eq!((&last[0]["customers"], &last[1]["why"]), (&1234.into(), &"deleted".into()));
    // Not of a new one, and nothing from a file of which a part cannot be read.
    for (before, after) in
        [(vec![], vec![at(10), results(RESULTS)]), (vec![at(9)], vec![at(10), results("version = 2\n")])]
    {
        let (before, after) = (directory(&before), directory(&after));
        let (before, after) = (book(before.path()), book(after.path()));
        let (plan, changes) = compared(&before, &after);
        assert!(!markdown::write(&view(&plan, &changes, &after)).contains("1,234"));
    }
}
