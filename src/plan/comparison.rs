//! Compares what two books would post: the effect of a pull request.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::audience_change::AudienceChange;
use super::book_plan::{Plan, plan, plan_marked};
use super::campaign_change::{self, CampaignChange, Kind};
use super::planned::{Note, Planned, Window};
use super::quota::Quota;
use super::time_ranges::TimeRanges;
use super::toml_diff::{self, KeyChange};
use crate::book::Book;
use crate::campaign::{self, Campaign};
use crate::check::{CheckResult, InvalidFile};
use crate::ids::{CampaignId, Sha256};
use crate::post::{Reach, Renamed};
use crate::schedule::Calendar;
use crate::text::Text;

/// One of the two books, with its check's result.
#[derive(Clone, Copy, Debug)]
pub struct BookSide<'a> {
    pub book: &'a Book,
    pub checked: &'a CheckResult,
}

/// All differences between two books.
#[derive(Clone, Debug)]
pub struct Changes {
    /// Those that reviewers must see first, then the others by kind and id.
    pub campaigns: Vec<CampaignChange>,
    /// The changed audiences of the policy, with the campaigns that name them.
    pub audiences: Vec<NamedAudience>,
    pub before: Quota,
    pub after: Quota,
    /// The keys of the policy that differ.
    pub policy: Vec<KeyChange>,
    /// How the calendars differ, one line each.
    pub calendar: Vec<Text>,
    /// Ids with different names in the two directories: an audience with unchanged names may mean other people.
    pub renamed: Vec<Renamed>,
    /// Campaigns with the same audience as before, whose count of customers jumped.
    pub jumps: Vec<ReachJump>,
}

/// A count of customers that differs much from that of the base.
#[derive(Clone, Debug)]
pub struct ReachJump {
    pub campaign: Arc<Campaign>,
    pub before: Reach,
    pub after: Reach,
}

/// An audience of the policy that changed.
#[derive(Clone, Debug)]
pub struct NamedAudience {
    pub name: String,
    /// The audience in words.
    pub before: Text,
    pub after: Text,
    pub change: AudienceChange,
    /// The campaigns that name it, before and now.
    pub campaigns: Vec<Arc<Campaign>>,
}

/// What the book `head` would post in a window, and how it differs from the book `base`. Ids alone match campaigns, so
/// files may be renamed.
pub fn compare(
    base: BookSide<'_>,
    head: BookSide<'_>,
    zone: Tz,
    window: Window,
    now: DateTime<Utc>,
) -> (Plan, Changes) {
    let times = TimeRanges { window, now };
    let texts = (texts(base.book), texts(head.book));
    let (books, base, head) = ((base.book, head.book), base.checked, head.checked);
    let by_id = |checked: &'_ CheckResult| -> BTreeMap<CampaignId, Arc<Campaign>> {
        checked.campaigns.iter().map(|it| (it.id.clone(), Arc::clone(it))).collect()
    };
    let (before, after) = (by_id(base), by_id(head));
    let invalid_before = InvalidOnSide::of(base, &after);
    let invalid_after = InvalidOnSide::of(head, &before);

    let mut campaigns = Vec::new();
    let ids: BTreeSet<&CampaignId> = before.keys().chain(after.keys()).collect();
    for id in ids {
        let (was, is) = (before.get(id), after.get(id));
        let kind = match (was, is) {
            (Some(_), None) => invalid_after.by_id.get(id).map(|invalid| Kind::Invalid(invalid.reason.clone())),
            (None, Some(_)) => invalid_before.by_id.get(id).map(|_| Kind::Fixed),
            _ => None,
        };
        let texts = (text(&texts.0, was), text(&texts.1, is));
        campaigns.extend(campaign_change::change((was, base), (is, head), texts, kind, times));
    }
    let known: BTreeSet<&str> = base.invalid_files.iter().map(|invalid| &*invalid.file).collect();
    let new_and_invalid = invalid_after.nameless.iter().filter(|invalid| !known.contains(&*invalid.file));
    campaigns.extend(new_and_invalid.map(|invalid| invalid_file(invalid)));
    find_changed_ids(&mut campaigns, base, head, times);
    let again = campaigns.iter().flat_map(|change| &change.again);
    let repeated: HashMap<(&str, DateTime<Utc>), Note> = again
        .filter_map(|it| Some((it.campaign.id.as_str(), it.occurrence.at)).zip(it.notes.last().cloned()))
        .collect();
    let mark = |planned: &mut Planned| {
        planned.notes.extend(repeated.get(&(planned.campaign.id.as_str(), planned.occurrence.at)).cloned());
    };
    let (planned_before, planned) = (plan(base, zone, window), plan_marked(head, zone, window, mark));
    campaigns.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    let audiences = audiences(&campaigns);
    let changes = Changes {
        campaigns,
        before: Quota::of(&planned_before.occurrences, zone),
        after: Quota::of(&planned.occurrences, zone),
        policy: policy(books.0, books.1, &audiences),
        calendar: calendar_of(base)
            .zip(calendar_of(head))
            .map(|(base, head)| base.changes_to(&head))
            .unwrap_or_default(),
        renamed: base.names.renamed(&head.names),
        jumps: jumps(base, head),
        audiences,
    };
    (planned, changes)
}

/// The campaigns whose audience is the same and has a very different count.
fn jumps(base: &CheckResult, head: &CheckResult) -> Vec<ReachJump> {
    let jump = |after: &Arc<Campaign>| {
        let before = campaign::find(&base.campaigns, &after.id)?;
        let is_same = before.contents.audience() == after.contents.audience();
        let (was, is) = (before.reach?, after.reach?);
        let jump = ReachJump { campaign: Arc::clone(after), before: was, after: is };
        (is_same && was.jumps_to(&is)).then_some(jump)
    };
    head.campaigns.iter().filter_map(jump).collect()
}

/// The texts of the campaign files, by path.
fn texts(book: &Book) -> HashMap<&str, &str> {
    book.campaigns.iter().map(|parsed| (&*parsed.file.path, parsed.file.text())).collect()
}

fn text<'a>(texts: &HashMap<&str, &'a str>, campaign: Option<&Arc<Campaign>>) -> &'a str {
    campaign.and_then(|it| texts.get(&*it.file)).copied().unwrap_or_default()
}

/// The keys of the policy that differ, without the audiences that `told` has.
fn policy(before: &Book, after: &Book, told: &[NamedAudience]) -> Vec<KeyChange> {
    let text = |book: &Book| book.policy.file.as_ref().map(|file| file.text().to_owned()).unwrap_or_default();
    let mut changes = toml_diff::between(&text(before), &text(after));
    changes.retain(|it| !told.iter().any(|audience| it.key.starts_with(&format!("audiences.{}.", audience.name))));
    changes
}

/// The calendar that all campaigns of a book share; `None` if no campaign uses one.
fn calendar_of(checked: &CheckResult) -> Option<Calendar> {
    checked.campaigns.first().map(|it| it.timing.schedule.expand().calendar().clone())
}

/// The changes of audiences that campaigns name, by name.
fn audiences(changes: &[CampaignChange]) -> Vec<NamedAudience> {
    let mut audiences: BTreeMap<&str, NamedAudience> = BTreeMap::new();
    for change in changes {
        let (Some(name), Some(before), Some(after)) = (change.named_audience(), &change.before, &change.after) else {
            continue;
        };
        let audience = audiences.entry(name).or_insert_with(|| NamedAudience {
            name: name.to_owned(),
            before: before.audience(),
            after: after.audience(),
            change: change.audience,
            campaigns: Vec::new(),
        });
        audience.campaigns.push(Arc::clone(after));
    }
    audiences.into_values().collect()
}

/// The invalid files of a side, matched with the valid campaigns of the other.
struct InvalidOnSide<'a> {
    by_id: HashMap<CampaignId, &'a InvalidFile>,
    /// The files that belong to no campaign of the other side.
    nameless: Vec<&'a InvalidFile>,
}

impl<'a> InvalidOnSide<'a> {
    fn of(side: &'a CheckResult, other: &BTreeMap<CampaignId, Arc<Campaign>>) -> Self {
        let by_file: HashMap<&str, &CampaignId> = other.values().map(|it| (&*it.file, &it.id)).collect();
        let mut matched = Self { by_id: HashMap::new(), nameless: Vec::new() };
        for invalid in &side.invalid_files {
            // A file whose id cannot be read is matched by its path.
            let id = invalid.id.as_ref().filter(|id| other.contains_key(id));
            match id.or_else(|| by_file.get(&*invalid.file).copied()) {
                Some(id) => _ = matched.by_id.insert(id.clone(), invalid),
                None => matched.nameless.push(invalid),
            }
        }
        matched
    }
}

/// The change of an invalid file that is new, or was no campaign before.
fn invalid_file(invalid: &InvalidFile) -> CampaignChange {
    CampaignChange {
        name: invalid.id.as_ref().map_or_else(|| invalid.file.to_string(), ToString::to_string),
        kind: Kind::Invalid(invalid.reason.clone()),
        before: None,
        after: None,
        fields: Vec::new(),
        gained: Vec::new(),
        lost: Vec::new(),
        moved: Vec::new(),
        held: Vec::new(),
        released: Vec::new(),
        contents: Vec::new(),
        past: Vec::new(),
        past_named: Vec::new(),
        again: Vec::new(),
        second: Vec::new(),
        first_unknown: None,
        audience: AudienceChange::Same,
        is_over: false,
    }
}

/// Finds added campaigns that post the same as a removed one: their ids were changed.
fn find_changed_ids(campaigns: &mut [CampaignChange], base: &CheckResult, head: &CheckResult, times: TimeRanges) {
    let removed = campaigns.iter().filter(|it| it.kind == Kind::Removed).filter_map(|it| it.before.clone());
    let removed: HashMap<Sha256, Arc<Campaign>> = removed.map(|it| (it.contents.sha256(), it)).collect();
    for change in campaigns.iter_mut().filter(|it| it.kind == Kind::Added) {
        let Some(after) = &change.after else { continue };
        let Some(was) = removed.get(&after.contents.sha256()) else { continue };
        change.second = campaign_change::second_posts((was, base), (after, head), times);
        change.kind = Kind::IdChanged { was: was.id.clone() };
    }
}

fn rank(change: &CampaignChange) -> u8 {
    match change.kind {
        _ if !change.second.is_empty() => 0,
        _ if change.is_wider() || change.is_new_to_everyone() => 1,
        _ if change.shifted().next().is_some() => 2,
        Kind::Invalid(_) => 3,
        Kind::IdChanged { .. } => 4,
        Kind::Removed => 5,
        Kind::Added | Kind::Fixed => 6,
        Kind::Changed => 7,
    }
}

impl Changes {
    /// The number of changes of one kind, by the word for programs.
    pub fn count(&self, kind: &str) -> usize {
        self.campaigns.iter().filter(|change| change.kind.name() == kind).count()
    }

    /// How many campaigns reach more people than before.
    pub fn wider(&self) -> usize {
        self.campaigns.iter().filter(|change| change.is_wider()).count()
    }
}
