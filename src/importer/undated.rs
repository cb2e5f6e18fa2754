//! Rows without a readable time: what else is wrong with them is found in the same run.

use chrono::{NaiveDateTime, TimeDelta};

use super::{FoundMedia, cells};
use crate::book::{Files, SourceFile};
use crate::check::{Subject, rules};
use crate::finding::Finding;
use crate::import::{
    self, Answers, AudienceResolver, CampaignFile, CellFinding, Group, PlannedCampaign, Row, Situation,
};
use crate::text::Lang;

/// Each row as a campaign of its own.
pub(super) fn groups(rows: Vec<Row>, findings: &mut Vec<CellFinding>) -> Vec<Group> {
    let mut groups = Vec::new();
    for row in rows {
        let number = row.row + 1;
        for mut group in import::groups(vec![row], &AudienceResolver::default(), findings) {
            if let Ok(id) = format!("undated-row-{number}").parse() {
                group.id = id;
            }
            groups.push(group);
        }
    }
    groups
}

/// What rules find about the content and the audience of the rows. `check` gives the findings of a book.
pub(super) fn findings(
    groups: &[Group],
    found: &FoundMedia,
    files: &Files,
    own_findings: &[CellFinding],
    check: impl FnOnce(Files) -> Vec<Finding>,
) -> Vec<CellFinding> {
    if groups.is_empty() {
        return Vec::new();
    }
    let planned: Vec<PlannedCampaign> = groups.iter().map(|group| PlannedCampaign::of(group, &found.paths)).collect();
    let now = planned.iter().flat_map(|it| &it.posts).map(|post| post.due).min().unwrap_or(NaiveDateTime::MIN);
    let answers = Answers::default();
    let situation = Situation::new("", now - TimeDelta::days(1), &answers);
    let campaigns = import::reconcile(planned, &[], &situation, &mut Vec::new()).campaigns;
    let generated: Vec<CampaignFile> = campaigns.iter().map(|it| import::write(it, Lang::En)).collect();
    let campaigns = generated.iter().map(|file| SourceFile::new(&file.path, &file.text)).collect();
    let mut of_rules = check(Files { campaigns, ..files.clone() });
    // The time is made up, and the rest of the book is not there.
    of_rules.retain(|finding| {
        rules::find(finding.code).is_none_or(|rule| rule.concerns != Subject::Book) && finding.code != "unused-allow"
    });
    let times: Vec<_> = groups.iter().flat_map(|group| &group.rows).map(|row| row.due.at).collect();
    let mut at_cells = cells::at_cells(&of_rules, &generated, own_findings);
    at_cells.retain(|finding| !times.contains(&finding.at));
    at_cells
}
