//! Edits that make a campaign post once more on the same day, or look as if they did.

use chrono::TimeDelta;
use drumbeat::plan::{CampaignChange, Kind, Window};
use drumbeat::report::plan::{human, json, markdown};

use super::{TO, campaign, directory, plainly};
use crate::plan::{book, compared_at, instant, view};

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
