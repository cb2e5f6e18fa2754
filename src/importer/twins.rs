//! Posts that would go out twice: the same content to the same people at the same time, in two campaigns.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::campaign::{self, Campaign};
use crate::ids::{CampaignId, Sha256};
use crate::import::{CellFinding, DIRECTORY, MergedCampaign, Position};
use crate::post::{Attachments, Media, Post};
use crate::schedule::Occurrence;
use crate::text::when;

/// A post of the sheet that is still to come.
struct RowPost<'a> {
    campaign: &'a Campaign,
    /// The number of its content, from 1.
    content: u32,
    cell: Position,
    occurrence: Occurrence,
}

/// Finds the rows whose post another campaign of the book has too. `campaigns`: all of the book, sorted by id.
pub(super) fn find(merged: &[MergedCampaign], campaigns: &[Arc<Campaign>], now: DateTime<Utc>) -> Vec<CellFinding> {
    let rows: Vec<RowPost<'_>> = merged.iter().flat_map(|merged| row_posts(merged, campaigns, now)).collect();
    let mut by_content: HashMap<Sha256, Vec<&RowPost<'_>>> = HashMap::new();
    let mut by_time: HashMap<(&CampaignId, DateTime<Utc>), &RowPost<'_>> = HashMap::new();
    for row in &rows {
        let content = row.campaign.contents.get(row.content).expect("the content of an occurrence");
        by_content.entry(appearance(content.post())).or_default().push(row);
        by_time.insert((&row.campaign.id, row.occurrence.at), row);
    }
    let mut found = Vec::new();
    for other in campaigns {
        for (number, content) in (1..).zip(other.contents.iter()) {
            let Some(like) = by_content.get(&appearance(content.post())) else { continue };
            let schedule = other.timing.schedule.expand();
            for row in like.iter().filter(|row| row.campaign.id != other.id) {
                let at = row.occurrence.at;
                let due = schedule.between(at - TimeDelta::seconds(1), at).next();
                if due.is_none_or(|due| other.content_in(&schedule, &due).number != number) {
                    continue;
                }
                let other_row = by_time.get(&(&other.id, at));
                // Two rows of the sheet are one finding, at the lower one.
                if other_row.is_none_or(|other| other.cell < row.cell) {
                    found.push(finding(row, other, other_row.map(|it| it.cell)));
                }
            }
        }
    }
    found
}

fn row_posts<'a>(merged: &'a MergedCampaign, campaigns: &'a [Arc<Campaign>], now: DateTime<Utc>) -> Vec<RowPost<'a>> {
    let id = merged.id.parse().ok().filter(|_| !merged.has_no_rows);
    let Some(campaign) = id.and_then(|id| campaign::find(campaigns, &id)) else { return Vec::new() };
    let cells: HashMap<NaiveDateTime, Position> = merged.posts.iter().map(|post| (post.due, post.cell)).collect();
    let schedule = campaign.timing.schedule.expand();
    let due: Vec<Occurrence> = schedule.between(now, DateTime::<Utc>::MAX_UTC).collect();
    due.into_iter()
        .filter_map(|occurrence| {
            let content = campaign.content_in(&schedule, &occurrence).number;
            Some(RowPost { campaign, content, cell: *cells.get(&occurrence.local)?, occurrence })
        })
        .collect()
}

fn finding(row: &RowPost<'_>, other: &Campaign, other_cell: Option<Position>) -> CellFinding {
    let due = when::date_time(row.occurrence.local);
    let name = other.title.clone().unwrap_or_else(|| other.id.to_string());
    let message = text!(
        en: "this would be posted twice: `{name}` has the same content for the same people at {due}",
        zh: "这一条会发两次：活动“{name}”在{due}也要发同样的内容，发表范围也一样",
        due = due
    );
    let mut finding = CellFinding::error("twin-post", row.cell, message);
    match other_cell {
        Some(cell) => {
            finding.related.push((cell, text!(en: "the other row", zh: "另一行")));
            finding.help = Some(text!(
                en: "remove one of the rows, or give them different audiences",
                zh: "请删掉其中一行；要发给不同的人，请把发表范围改成不一样的"
            ));
        }
        None => {
            let file = &other.file;
            finding.files.push((Arc::clone(file), text!(en: "the other campaign", zh: "另一个活动")));
            finding.help = Some(match file.starts_with(DIRECTORY) {
                true => text!(
                    en: "remove this row, or take the other post out with `--removed \"delete={name}\"` if the sheet no longer has it",
                    zh: "请删掉这一行；如果表里已经没有另一条，请用 `--removed \"delete={name}\"` 不再发表它"
                ),
                false => text!(
                    en: "remove this row, or change `{file}` first",
                    zh: "请删掉这一行，或者先改好 `{file}`"
                ),
            });
        }
    }
    finding
}

/// What customers see and who they are: the same picture under another path is the same.
fn appearance(post: &Post) -> Sha256 {
    let mut post = post.clone();
    let unnamed = |media: &mut Media| {
        if let Media::File { path, .. } = media {
            path.clear();
        }
    };
    match &mut post.attachments {
        Attachments::None => {}
        Attachments::Images(images) => images.iter_mut().for_each(unnamed),
        Attachments::Video(video) => unnamed(video),
        Attachments::Link(link) => unnamed(&mut link.cover),
    }
    post.sha256()
}
