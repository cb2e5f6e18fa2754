//! The effects of a pull request, computed from two books.

mod command;
mod forms;
mod second_post;

use std::fs;

use drumbeat::plan::{AudienceChange, CampaignChange, Kind};
use tempfile::TempDir;

use crate::plan::{book, compared};

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

fn policy(text: &str) -> (String, String) {
    ("policy.toml".to_owned(), text.to_owned())
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
