//! Rows and posts whose time is over.

use std::collections::HashSet;

use chrono::{NaiveDateTime, TimeDelta};

use super::finding::CellFinding;
use super::imported_file::ImportedFile;
use super::planned::{PlannedCampaign, PlannedPost};
use super::read_rows::row_list;
use super::situation::Situation;
use crate::campaign::DEFAULT_MAX_LATENESS;
use crate::text::{Text, when};

/// Whether a post that was due then can no longer be sent.
pub(super) fn is_over(due: NaiveDateTime, now: NaiveDateTime) -> bool {
    due + TimeDelta::from_std(DEFAULT_MAX_LATENESS).unwrap_or_default() < now
}

/// Leaves out rows whose time was over before they were imported: nothing posts them.
pub(super) fn leave_out_past(
    planned: &mut Vec<PlannedCampaign>,
    files: &[ImportedFile],
    situation: &Situation<'_>,
    findings: &mut Vec<CellFinding>,
    notes: &mut Vec<Text>,
) {
    let mut known = HashSet::new();
    let mut same = HashSet::new();
    for file in files {
        let audience = situation.resolver.resolve(&file.audience);
        for post in &file.posts {
            known.insert((file.id.as_str(), post.due));
            same.insert((post.content.key(), audience.clone(), post.due));
        }
    }
    let (mut skipped, mut elsewhere) = (Vec::new(), Vec::new());
    for campaign in planned.iter_mut() {
        let id = campaign.id.to_string();
        let audience = situation.resolver.resolve(&campaign.audience);
        campaign.posts.retain(|post| {
            if post.due >= situation.now || known.contains(&(id.as_str(), post.due)) {
                return true;
            }
            if same.contains(&(post.content.key(), audience.clone(), post.due)) {
                elsewhere.push(post.cell.row);
            } else if situation.skip_past {
                skipped.push(post.cell.row);
            } else {
                findings.push(past_time(post));
                return true;
            }
            false
        });
    }
    planned.retain(|campaign| !campaign.posts.is_empty());
    for (mut rows, is_known) in [(skipped, false), (elsewhere, true)] {
        if rows.is_empty() {
            continue;
        }
        rows.sort_unstable();
        let rows = row_list(&rows);
        notes.push(match is_known {
            false => text!(en: "{rows} in the past: left out", zh: "{rows}时间已过：没有导入", rows = rows),
            true => text!(
                en: "{rows} in the past and imported before under another name: left out",
                zh: "{rows}时间已过，以前用别的名称导入过：没有再导入",
                rows = rows
            ),
        });
    }
}

fn past_time(post: &PlannedPost) -> CellFinding {
    let due = when::date_time(post.due);
    CellFinding::error(
        "past-time",
        post.cell,
        text!(en: "{due} is in the past: it would never be posted", zh: "{due}已经过了，不会再发表", due = due),
    )
    .with_help(text!(
        en: "correct the date or remove the row; to leave all rows in the past out, add `--skip-past`",
        zh: "请改正日期，或者删掉这一行；要跳过所有已过时间的行，请加上 `--skip-past`"
    ))
}
