//! Posts that some people would get twice: the same content on one day, in two campaigns.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::FileSource;
use crate::campaign::{self, Campaign};
use crate::check::overlap;
use crate::ids::CampaignId;
use crate::import::{CellFinding, MAX_FINDINGS, MergedCampaign, Position, file_of};
use crate::load::CheckedBook;
use crate::post::{Audience, Seen};
use crate::schedule::Occurrence;
use crate::text::when;

/// The warning of `check` about such posts. A campaign that allows it may repeat a post, but not at the same time for
/// exactly the same people.
pub(super) const ALLOW_CODE: &str = "same-text";

/// Within one campaign, posts nearer than this are taken for one that was written twice.
const SAME_CAMPAIGN_WINDOW: TimeDelta = TimeDelta::hours(1);

/// A post of the sheet that is still to come.
struct RowPost<'a> {
    campaign: &'a Campaign,
    /// The number of its content, from 1.
    content: u32,
    cell: Position,
    occurrence: Occurrence,
    local: NaiveDateTime,
}

/// Another post on the same day.
struct Twin<'a> {
    campaign: &'a Campaign,
    due: NaiveDateTime,
    /// Of the row that it comes from.
    cell: Option<Position>,
    is_same_audience: bool,
}

/// Finds the rows whose post is made by another campaign too, for some of the same people on the same day. `source_of`
/// gives the spreadsheet of an imported post.
pub(super) fn find(
    merged: &[MergedCampaign],
    checked: &CheckedBook,
    source_of: &FileSource<'_>,
    now: DateTime<Utc>,
) -> Vec<CellFinding> {
    let campaigns = &checked.result.campaigns;
    let directory = checked.book.directory.as_deref();
    let rows: Vec<RowPost<'_>> = merged.iter().flat_map(|merged| row_posts(merged, campaigns, now)).collect();
    let mut by_day: HashMap<(Seen<'_>, NaiveDate), Vec<&RowPost<'_>>> = HashMap::new();
    let mut cells: HashMap<(&CampaignId, DateTime<Utc>), Position> = HashMap::new();
    for row in &rows {
        let content = row.campaign.contents.get(row.content).expect("the content of an occurrence");
        by_day.entry((content.post().seen(), row.local.date())).or_default().push(row);
        cells.insert((&row.campaign.id, row.occurrence.at), row.cell);
    }
    let contents: HashSet<&Seen<'_>> = by_day.keys().map(|(seen, _)| seen).collect();
    let Some(last) = rows.iter().map(|row| row.occurrence.at).max() else { return Vec::new() };
    let allowing: HashMap<&str, bool> =
        checked.book.campaigns.iter().map(|parsed| (&*parsed.file.path, parsed.allows(ALLOW_CODE))).collect();
    let allows = |campaign: &Campaign| allowing.get(&*campaign.file).copied().unwrap_or(false);
    let mut found = Vec::new();
    for other in campaigns {
        let numbered = (1..).zip(other.contents.iter().map(|content| content.post().seen()));
        let like: HashMap<u32, Seen<'_>> = numbered.filter(|(_, seen)| contents.contains(seen)).collect();
        if like.is_empty() {
            continue;
        }
        let schedule = other.timing.schedule.expand();
        let day = TimeDelta::days(1);
        for due in schedule.between(now - day, last + day) {
            let number = other.content_in(&schedule, &due).number;
            let local = due.due_local(schedule.zone());
            let key = like.get(&number).map(|seen| (seen.clone(), local.date()));
            for row in key.and_then(|key| by_day.get(&key)).into_iter().flatten() {
                let is_one_campaign = row.campaign.id == other.id;
                let (at, before) = (row.occurrence.at, row.occurrence.at - due.at);
                if is_one_campaign && (before <= TimeDelta::zero() || before >= SAME_CAMPAIGN_WINDOW) {
                    continue;
                }
                let (audience, others) = (row.campaign.contents.audience(), other.contents.audience());
                let is_same_audience = is_same(audience, others);
                let is_allowed =
                    !(is_same_audience && due.at == at || is_one_campaign) && (allows(row.campaign) || allows(other));
                // Two rows of the sheet are one finding, at the lower one.
                let cell = cells.get(&(&other.id, due.at)).copied();
                let is_lower = is_one_campaign || cell.is_none_or(|cell| cell < row.cell);
                if is_lower && !is_allowed && overlap(audience, others, directory) {
                    found.push(finding(row, &Twin { campaign: other, due: local, cell, is_same_audience }, source_of));
                    if found.len() >= MAX_FINDINGS {
                        return found;
                    }
                }
            }
        }
    }
    found
}

fn row_posts<'a>(merged: &'a MergedCampaign, campaigns: &'a [Arc<Campaign>], now: DateTime<Utc>) -> Vec<RowPost<'a>> {
    let id = merged.id.parse().ok().filter(|_| !merged.has_no_rows);
    let Some(campaign) = id.and_then(|id| campaign::find(campaigns, &id)) else { return Vec::new() };
    let with_rows = merged.posts.iter().filter_map(|post| Some((post.due, post.cell?)));
    let cells: HashMap<NaiveDateTime, Position> = with_rows.collect();
    let schedule = campaign.timing.schedule.expand();
    let due: Vec<Occurrence> = schedule.between(now, DateTime::<Utc>::MAX_UTC).collect();
    due.into_iter()
        .filter_map(|occurrence| {
            let content = campaign.content_in(&schedule, &occurrence).number;
            let cell = *cells.get(&occurrence.local)?;
            let local = occurrence.due_local(schedule.zone());
            Some(RowPost { campaign, content, cell, occurrence, local })
        })
        .collect()
}

/// Whether two audiences are the same, in any order.
fn is_same(one: &Audience, other: &Audience) -> bool {
    fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        list
    }
    match (one, other) {
        (
            Audience::Lists { users, departments, tags },
            Audience::Lists { users: other_users, departments: other_departments, tags: other_tags },
        ) => {
            sorted(users) == sorted(other_users)
                && sorted(departments) == sorted(other_departments)
                && sorted(tags) == sorted(other_tags)
        }
        _ => one == other,
    }
}

fn finding(row: &RowPost<'_>, twin: &Twin<'_>, source_of: &FileSource<'_>) -> CellFinding {
    let other = twin.campaign;
    let is_same_time = twin.due == row.local;
    let name = match (twin.cell, &other.title) {
        (Some(cell), _) => {
            let number = cell.row + 1;
            text!(en: "row {number}", zh: "第 {number} 行")
        }
        (None, Some(title)) => text!(en: "the campaign `{title}`", zh: "活动“{title}”"),
        (None, None) => {
            let file = &other.file;
            text!(en: "`{file}`", zh: "`{file}` ")
        }
    };
    let people = match twin.is_same_audience {
        true => text!(en: "for the same people", zh: "发表范围一样"),
        false => text!(en: "for some of the same people", zh: "发表范围有重叠"),
    };
    let message = text!(
        en: "some people would get this twice: {name} has the same content at {due}, {people}",
        zh: "这一条会发两次：{name}在{due}发同样的内容，{people}",
        name = name,
        due = when::date_time(twin.due),
        people = people
    );
    let mut finding = CellFinding::error("twin-post", row.cell, message);
    let is_one_campaign = row.campaign.id == other.id;
    let source = source_of.get(&(Arc::clone(&other.file), twin.due));
    let act = match twin.cell {
        Some(cell) => {
            finding.related.push((cell, text!(en: "the other row", zh: "另一行")));
            text!(
                en: "remove one of the rows, or write different audiences",
                zh: "请删掉其中一行；要发给不同的人，请把发表范围改成不重叠的"
            )
        }
        None => {
            finding.files.push((Arc::clone(&other.file), text!(en: "the other campaign", zh: "另一个活动")));
            match source {
                Some(source) => {
                    let source = file_of(source);
                    text!(
                        en: "remove this row, or take the other one out of `{source}` and import that first",
                        zh: "请删掉这一行；要去掉的是另一条，就先在“{source}”里删掉它，再导入那张表"
                    )
                }
                None => {
                    let file = &other.file;
                    text!(en: "remove this row, or change `{file}` first", zh: "请删掉这一行，或者先改好 `{file}`")
                }
            }
        }
    };
    finding.help = Some(if is_one_campaign || twin.is_same_audience && is_same_time {
        act
    } else {
        text!(
            en: "{act}; if both are meant, write `{ALLOW_CODE}` into the column `allow`",
            zh: "{act}；确实两条都要发，请在“放行”列写 `{ALLOW_CODE}`",
            act = act
        )
    });
    finding
}
