//! Adds the results of runs up by run, campaign, content, department, member or month.
//!
//! Of each run, the last finished sweep counts. What is missing is counted too: a sum without it would look whole.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Datelike;

use super::Entry;
use crate::limits::BEIJING;
use crate::post::Names;
use crate::store::MemberResult;
use crate::text::{StaticText, Text, when};

/// By what results are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Run,
    Campaign,
    /// The content of a rotation.
    Content,
    Department,
    Member,
    Month,
    /// Of the day of the post.
    Weekday,
    /// Of the time of the post.
    Hour,
}

/// WeCom's codes for a member without a licence.
const UNLICENSED: [i64; 2] = [701_008, 701_099];
/// WeCom's codes for a member who has left or is out of the app's scope.
const LEFT: [i64; 6] = [40003, 46004, 50002, 60021, 60111, 41061];
/// WeCom's code for a member who has not posted.
const NOT_POSTED: i64 = 41062;
/// WeCom's code for a moment that it does not know.
const DELETED: i64 = 41060;

/// The sum of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// For programs: an id, a number, a month.
    pub key: String,
    /// For people.
    pub name: Text,
    /// Runs with results.
    pub runs: u64,
    /// Members who were asked; `None` where groups divide the members of a run.
    pub asked: Option<u64>,
    /// Members who posted, at the time of counting.
    pub posted: u64,
    pub customers: u64,
    pub likes: u64,
    pub comments: u64,
    /// The least and the greatest age of the moments when they were counted.
    pub ages: Option<(Duration, Duration)>,
    pub missing: Missing,
}

/// What the sums lack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Runs that were not counted yet.
    pub uncounted_runs: u64,
    /// Runs whose moment was deleted.
    pub deleted_runs: u64,
    /// Runs for which WeCom refused the question.
    pub refused_runs: u64,
    /// Members without a licence.
    pub unlicensed: u64,
    /// Members who left or are out of the app's scope.
    pub left: u64,
    /// Members for whom WeCom gave no counts for another reason.
    pub others: u64,
}

impl Missing {
    /// In words; empty if nothing is missing.
    pub fn text(&self) -> Text {
        let Self { uncounted_runs, deleted_runs, refused_runs, unlicensed, left, others } = *self;
        let part = |number: u64, one: &str, several: &str, chinese: &str| {
            let noun = if number == 1 { one } else { several };
            (number > 0).then(|| Text::of(format!("{number} {noun}"), chinese.replace("{}", &number.to_string())))
        };
        let parts: Vec<Text> = [
            part(uncounted_runs, "run not counted yet", "runs not counted yet", "{} 次还没有统计"),
            part(deleted_runs, "moment deleted", "moments deleted", "{} 条朋友圈已删除"),
            part(refused_runs, "run refused by WeCom", "runs refused by WeCom", "{} 次企业微信不让查"),
            part(unlicensed, "member without licence", "members without licence", "{} 名成员没有接口许可"),
            part(left, "member left", "members left", "{} 名成员已离职或不在范围内"),
            part(others, "member unknown", "members unknown", "{} 名成员查不到"),
        ]
        .into_iter()
        .flatten()
        .collect();
        Text::join(&parts, &text!(en: ", ", zh: "、"))
    }
}

/// The groups, sorted by key. `names` has the names of departments.
pub fn groups(entries: &[Entry], by: By, names: &Names) -> Vec<Group> {
    let mut groups: BTreeMap<(u64, String), Group> = BTreeMap::new();
    for entry in entries {
        let whole = || key(entry, by);
        match entry.sweeps.last() {
            None => group_of(&mut groups, whole()).missing.uncounted_runs += 1,
            Some(sweep) if sweep.errcode == DELETED => group_of(&mut groups, whole()).missing.deleted_runs += 1,
            Some(sweep) if sweep.errcode != 0 => group_of(&mut groups, whole()).missing.refused_runs += 1,
            Some(sweep) => {
                let divides = matches!(by, By::Department | By::Member);
                if !divides {
                    let group = group_of(&mut groups, whole());
                    group.asked = Some(group.asked.unwrap_or(0) + sweep.members);
                }
                let mut seen = Vec::new();
                for result in &sweep.results {
                    let at = if divides { key_of_member(result, by, names) } else { whole() };
                    let group = group_of(&mut groups, at.clone());
                    group.add(result);
                    if !seen.contains(&at) {
                        seen.push(at);
                    }
                }
                if seen.is_empty() && !divides {
                    seen.push(whole());
                }
                for at in seen {
                    let group = group_of(&mut groups, at);
                    group.runs += 1;
                    let (least, most) = group.ages.unwrap_or((sweep.age, sweep.age));
                    group.ages = Some((least.min(sweep.age), most.max(sweep.age)));
                }
            }
        }
    }
    groups.into_values().collect()
}

type Key = (u64, String, Text);

fn group_of(groups: &mut BTreeMap<(u64, String), Group>, (order, key, name): Key) -> &mut Group {
    groups.entry((order, key.clone())).or_insert_with(|| Group { key, name, ..Group::default() })
}

fn key(entry: &Entry, by: By) -> Key {
    let run = &entry.run;
    let local = run.due.with_timezone(&run.zone.parse().unwrap_or(BEIJING)).naive_local();
    let quoted = |key: String| (0, key.clone(), Text::quoted(key));
    match by {
        By::Run => quoted(run.id().to_string()),
        By::Campaign => quoted(run.campaign.to_string()),
        By::Content => {
            let number = run.content.unwrap_or(1);
            let campaign = &run.campaign;
            let name = text!(en: "{campaign}, content {number}", zh: "{campaign} 第 {number} 条");
            (0, format!("{campaign}#{number:03}"), name)
        }
        By::Month => {
            let key = local.format("%Y-%m").to_string();
            (0, key, when::month(local.date()))
        }
        By::Weekday => {
            let number = u64::from(local.weekday().number_from_monday());
            (number, number.to_string(), when::weekday_name(local.weekday()))
        }
        By::Hour => {
            let hour = chrono::Timelike::hour(&local);
            (u64::from(hour), hour.to_string(), Text::quoted(format!("{hour:02}:00")))
        }
        // What a run lacks as a whole belongs to no member.
        By::Department | By::Member => (u64::MAX, String::new(), text!(en: "whole runs", zh: "整条缺少")),
    }
}

fn key_of_member(result: &MemberResult, by: By, names: &Names) -> Key {
    match (by, &result.member, result.department) {
        (By::Member, Ok(member), _) => (0, member.clone(), Text::quoted(member)),
        (By::Member, Err(_), _) => (1, "summed".to_owned(), SUMMED.into()),
        (_, _, Some(id)) => (id, id.to_string(), Text::quoted(names.department(id))),
        (_, _, None) => (u64::MAX - 1, String::new(), text!(en: "department unknown", zh: "部门未知")),
    }
}

const SUMMED: StaticText = StaticText { en: "earlier results (sums only)", zh: "早先的效果（只留合计）" };

impl Group {
    fn add(&mut self, result: &MemberResult) {
        let members = result.members();
        let missing = match result.errcode {
            0 => {
                self.posted += members;
                self.customers += result.customers;
                self.likes += result.likes;
                self.comments += result.comments;
                return;
            }
            NOT_POSTED => return,
            code if UNLICENSED.contains(&code) => &mut self.missing.unlicensed,
            code if LEFT.contains(&code) => &mut self.missing.left,
            _ => &mut self.missing.others,
        };
        *missing += members;
        self.posted += members;
    }
}
