//! What a plan and a pull request say of campaigns with several contents, and of variables.

use std::fs;

use drumbeat::plan::{CampaignChange, Kind, Plan};
use drumbeat::report::plan::{content_reason, human, json, markdown};
use drumbeat::text::Lang::{self, En as EN, Zh as ZH};
use tempfile::TempDir;

use crate::plan::{book, compared, planned, view};

/// Tuesdays and Fridays in the evening from 24 February 2026; the plan has those from 27 February to 10 March.
const SCHEDULE: &str = "[schedule]\ncron = \"0 20 * * TUE,FRI\"\nstart = 2026-02-24\n";
const TO: &str = "visible_range.sender_list.user_list = [\"lisi\"]\n";
const SCARF: &str = "围巾怎么洗不变形。";
const MUG: &str = "马克杯怎么去茶渍。";
const PLANT: &str = "绿植冬天怎么浇水。";
const COAT: &str = "羽绒服怎么收纳。";

fn contents(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("[[content]]\ntext = \"{text}\"\n")).collect()
}

/// A book with this campaign and this policy.
fn directory(campaign: &str, policy: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("tips.toml"), format!("id = \"tips\"\n{TO}{campaign}{SCHEDULE}")).unwrap();
    fs::write(dir.path().join("policy.toml"), policy).unwrap();
    dir
}

fn plan_of(campaign: &str) -> Plan {
    planned(&book(directory(campaign, "").path()))
}

/// The numbers of the planned contents.
fn numbers(plan: &Plan) -> Vec<u32> {
    plan.occurrences.iter().map(|it| it.content.number).collect()
}

fn between(before: &str, after: &str) -> Vec<CampaignChange> {
    let (before, after) = (directory(before, ""), directory(after, ""));
    compared(&book(before.path()), &book(after.path())).1.campaigns
}

/// The changed contents of each occurrence: before, after, and whether the turns moved.
#[track_caller]
fn changes(before: &str, after: &str, expected: &[(u32, u32, bool)]) {
    let changes = between(before, after);
    let [change] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(change.kind, Kind::Changed);
    let told: Vec<_> =
        change.contents.iter().map(|it| (it.before.content.number, it.after.content.number, it.is_shifted)).collect();
    assert_eq!(told, expected);
}

#[test]
fn contents_take_turns_from_the_start() {
    assert_eq!(numbers(&plan_of(&contents(&[SCARF, MUG, PLANT]))), [2, 3, 1, 2]);
}

#[test]
fn a_content_in_the_middle_shifts_later_ones() {
    let before = contents(&[SCARF, MUG, PLANT]);
    changes(&before, &contents(&[SCARF, COAT, MUG, PLANT]), &[(2, 2, true), (3, 3, true), (1, 4, true), (2, 1, true)]);
    changes(&before, &contents(&[SCARF, PLANT]), &[(2, 2, false), (3, 1, true), (1, 2, true), (2, 1, false)]);
}

#[test]
fn a_content_at_the_end_shifts_the_next_cycle() {
    changes(&contents(&[SCARF, MUG, PLANT]), &contents(&[SCARF, MUG, PLANT, COAT]), &[(1, 4, true), (2, 1, true)]);
}

#[test]
fn an_edited_content_changes_its_own_turns() {
    changes(&contents(&[SCARF, MUG, PLANT]), &contents(&[SCARF, COAT, PLANT]), &[(2, 2, false), (2, 2, false)]);
}

#[test]
fn a_date_of_its_own_changes_one_occurrence() {
    let before = contents(&[SCARF, MUG, PLANT]);
    let after = format!("{before}[[content]]\non = [2026-03-03]\ntext = \"{COAT}\"\n");
    changes(&before, &after, &[(3, 4, false)]);
}

/// A content before it gives a dated content another number, and leaves its dates as they are.
#[test]
fn a_shifted_number_is_no_change_of_dates() {
    let dated = |date: &str| format!("[[content]]\non = [\"{date}\"]\ntext = \"{COAT}\"\n");
    let keys = |before: &str, after: &str| -> Vec<String> {
        between(before, after).iter().flat_map(|it| &it.fields).map(|it| it.key().to_owned()).collect()
    };
    let (two, three) = (contents(&[SCARF, MUG]), contents(&[SCARF, MUG, PLANT]));
    let (before, after) = (two.clone() + &dated("2026-03-03"), three.clone() + &dated("2026-03-03"));
    assert_eq!(keys(&before, &after), ["content[3]"]);
    assert_eq!(keys(&after, &(three.clone() + &dated("2026-03-06"))), ["content[4].on"]);
    assert_eq!(keys(&three, &after), ["content[4]", "content[4].on"]);
}

#[test]
fn a_skipped_day_changes_no_content() {
    let before = contents(&[SCARF, MUG, PLANT]);
    let skipped = format!("schedule.skip = [2026-03-03]\n{before}");
    let dir = TempDir::new().unwrap();
    let schedule = "schedule.cron = \"0 20 * * TUE,FRI\"\nschedule.start = 2026-02-24\n";
    fs::write(dir.path().join("tips.toml"), format!("id = \"tips\"\n{TO}{schedule}{skipped}")).unwrap();
    assert_eq!(numbers(&planned(&book(dir.path()))), [2, 1, 2]);
}

#[test]
fn a_shifted_rotation_is_told_first() {
    let (before, after) = (contents(&[SCARF, MUG, PLANT]), contents(&[SCARF, COAT, MUG, PLANT]));
    let (before, after) = (directory(&before, ""), directory(&after, ""));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let shown = view(&plan, &changes, &after);
    let text = human::write(&shown, None);
    let remark = "ROTATION SHIFTED: 4 posts get another content than planned before, the first on Fri 2026-02-27 20:00";
    let other = "other content Fri 2026-02-27 20:00: content 2 “马克杯怎么去茶渍。” → content 2 “羽绒服怎么收纳。”";
    assert!(text.contains(remark) && text.contains(other), "{text}");
    let comment = markdown::write(&shown);
    let (first, _) = comment.split_once("| before | after |").unwrap();
    assert!(first.contains("ROTATION SHIFTED"), "{comment}");
    let chinese = human::write(&drumbeat::report::plan::View { lang: Lang::Zh, ..shown }, None);
    assert!(chinese.contains("轮换顺序变了：有 4 次要发的内容和原来排的不一样"), "{chinese}");
}

#[test]
fn programs_see_the_number_and_the_digest() {
    let (before, after) = (contents(&[SCARF, MUG]), contents(&[SCARF, MUG, PLANT]));
    let (before, after) = (directory(&before, ""), directory(&after, ""));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let document: serde_json::Value =
        serde_json::from_str(&json::write(&view(&plan, &changes, &after)).unwrap()).unwrap();
    let first = &document["occurrences"][0];
    assert_eq!(first["content"], 2);
    assert_eq!(first["content_sha256"], plan.occurrences[0].content.post.sha256().to_string());
    assert_eq!(document["changes"][0]["contents"][0]["after"], 3);
    assert_eq!(document["changes"][0]["contents"][0]["shifted"], true);
}

/// A changed value of the policy, and a changed language of weekdays, change what is posted.
#[test]
fn a_changed_variable_is_a_changed_content() {
    let text = contents(&["请致电 {{ phone }}。"]).replace("[[content]]", "[content]");
    let policy = |phone| format!("[variables]\nphone = \"{phone}\"\n");
    let (before, after) = (directory(&text, &policy("021-1")), directory(&text, &policy("021-2")));
    let changes = compared(&book(before.path()), &book(after.path())).1;
    let [change] = &changes.campaigns[..] else { panic!("{:?}", changes.campaigns) };
    assert_eq!(change.fields[0].key(), "text");

    let text = contents(&["{{ weekday }}见。"]).replace("[[content]]", "[content]");
    let (before, after) = (directory(&text, "language = \"zh\"\n"), directory(&text, "language = \"en\"\n"));
    let changes = compared(&book(before.path()), &book(after.path())).1;
    let [change] = &changes.campaigns[..] else { panic!("{:?}", changes.campaigns) };
    assert_eq!(change.contents.len(), 4);
    assert_eq!(change.contents[0].after.content.post.text.as_deref(), Some("Friday见。"));
}

#[test]
fn the_reason_of_a_content_is_told() {
    let text = format!("{}[[content]]\non = [2026-03-06]\ntext = \"{COAT}\"\n", contents(&[SCARF, MUG, PLANT]));
    let plan = plan_of(&text);
    let reasons: Vec<_> =
        plan.occurrences.iter().map(|it| content_reason(&it.campaign, &it.content).unwrap()).collect();
    assert_eq!(
        reasons[1].get(ZH),
        "这是第 3 次（跳过的也算），第 1 轮里的第 3 次，轮到第 3 条内容（共 3 条轮换）：“绿植冬天怎么浇水。”"
    );
    assert_eq!(reasons[2].get(EN), "content 4 is kept for 2026-03-06 (`on`): “羽绒服怎么收纳。”");
    let single = plan_of(&contents(&[SCARF]).replace("[[content]]", "[content]"));
    assert_eq!(content_reason(&single.occurrences[0].campaign, &single.occurrences[0].content), None);
}
