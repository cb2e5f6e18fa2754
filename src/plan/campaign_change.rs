//! How one campaign differs between two books.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::audience_change::AudienceChange;
use super::campaign_fields::{self, CampaignField, VISIBLE_RANGE};
use super::occurrence_diff::{self, ContentChange, Moved, OccurrenceDiff};
use super::planned::{Note, Planned, Window, of_campaign};
use super::second_post::{self, SecondPost};
use super::time_ranges::TimeRanges;
use crate::campaign::Campaign;
use crate::check::CheckResult;
use crate::ids::CampaignId;
use crate::post::{Audience, Media, PastResult};
use crate::schedule::{Occurrence, When};
use crate::text::Text;

/// The difference of one campaign between two books.
#[derive(Clone, Debug)]
pub struct CampaignChange {
    /// The id; for a file whose id cannot be read, its path.
    pub name: String,
    pub kind: Kind,
    pub before: Option<Arc<Campaign>>,
    pub after: Option<Arc<Campaign>>,
    pub fields: Vec<CampaignField>,
    /// From now on, within the window, as are the next four lists.
    pub gained: Vec<Planned>,
    pub lost: Vec<Planned>,
    pub moved: Vec<Moved>,
    /// Due as before, but newly held.
    pub held: Vec<Planned>,
    /// Due as before, but no longer held.
    pub released: Vec<Planned>,
    /// The occurrences that post something else than before, where the campaign has several contents or the date is
    /// a part of its text. Of other campaigns the fields say it.
    pub contents: Vec<ContentChange>,
    /// Occurrences of the last month: no edit changes their outcome, and missed ones are not posted later.
    pub past: Vec<Planned>,
    /// Past times that the edit itself names: the entries added to or removed from a list of `at`. For a rule it is
    /// empty.
    pub past_named: Vec<Planned>,
    /// Due again at a local time that has already occurred in the campaign's former zone: the service does not post it
    /// twice.
    pub again: Vec<Planned>,
    /// Posts that the edit adds shortly after one that may already have been sent.
    pub second: Vec<SecondPost>,
    /// The first occurrence whose day the calendar does not know: from there on, occurrences are held.
    pub first_unknown: Option<Occurrence>,
    pub audience: AudienceChange,
    /// Added or changed, but without occurrences from now on.
    pub is_over: bool,
}

/// How a campaign differs between two books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    /// Posts the same as this removed campaign. For the service it is a new campaign.
    IdChanged {
        was: CampaignId,
    },
    Removed,
    Changed,
    /// Invalid now; it was valid before, or is new. With the first error.
    Invalid(Text),
    /// Valid now, and invalid before.
    Fixed,
}

impl Kind {
    /// The stable word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added | Self::IdChanged { .. } => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Invalid(_) => "broken",
            Self::Fixed => "mended",
        }
    }
}

impl Kind {
    pub fn text(&self) -> Text {
        match self {
            Self::Added | Self::IdChanged { .. } => text!(en: "added", zh: "新增"),
            Self::Removed => text!(en: "removed", zh: "删除"),
            Self::Changed => text!(en: "changed", zh: "修改"),
            Self::Invalid(_) => text!(en: "broken", zh: "出错"),
            Self::Fixed => text!(en: "fixed", zh: "修复"),
        }
    }
}

impl CampaignChange {
    /// How the last posts of an edited campaign went, newest first; nothing of a new or removed one.
    pub fn past_results(&self) -> &[PastResult] {
        match (&self.before, &self.after) {
            (Some(_), Some(after)) => &after.past_results,
            _ => &[],
        }
    }

    /// The first day of which the calendar does not know whether it is a workday.
    pub fn first_unknown_date(&self) -> Option<NaiveDate> {
        let zone = self.after.as_ref()?.timing.schedule.zone();
        Some(self.first_unknown.as_ref()?.due_local(zone).date())
    }

    /// Whether more people see its posts than before. Reviewers look at it first.
    pub fn is_wider(&self) -> bool {
        self.audience.is_wider()
    }

    /// Whether only a named audience of the policy differs, which is shown once, as the change of that audience.
    pub fn is_only_named_audience(&self) -> bool {
        self.named_audience().is_some()
            && matches!(&self.fields[..], [field] if field.key() == VISIBLE_RANGE)
            && self.gained.is_empty()
            && self.lost.is_empty()
            && self.moved.is_empty()
            && self.held.is_empty()
            && self.released.is_empty()
            && self.contents.is_empty()
    }

    /// The occurrences that get another content because the turns of the contents moved.
    pub fn shifted(&self) -> impl Iterator<Item = &ContentChange> {
        self.contents.iter().filter(|change| change.is_shifted)
    }

    /// The changed audience of the policy, if the campaign names it before and after.
    pub fn named_audience(&self) -> Option<&str> {
        let (before, after) = (self.before.as_ref()?, self.after.as_ref()?);
        let name = after.audience_name.as_deref().filter(|name| before.audience_name.as_deref() == Some(name))?;
        (before.contents.audience() != after.contents.audience()).then_some(name)
    }

    /// The files with content that is new to the campaign.
    pub fn new_media(&self) -> impl Iterator<Item = &str> {
        fn media(campaign: &Option<Arc<Campaign>>) -> impl Iterator<Item = &Media> {
            campaign.iter().flat_map(|it| it.contents.iter()).flat_map(|content| content.post().media())
        }
        let before: HashSet<&Media> = media(&self.before).collect();
        media(&self.after).filter(move |media| !before.contains(media)).filter_map(|media| match media {
            Media::File { path, .. } => Some(&**path),
            Media::Id(_) => None,
        })
    }

    /// Whether it is new and visible to every customer of every member.
    pub fn is_new_to_everyone(&self) -> bool {
        let is_new = matches!(self.kind, Kind::Added | Kind::IdChanged { .. } | Kind::Fixed);
        is_new && self.after.as_ref().is_some_and(|it| *it.contents.audience() == Audience::Everyone)
    }
}

/// How one campaign differs; `None` if neither it nor its occurrences changed.
pub(super) fn change(
    (before, base): (Option<&Arc<Campaign>>, &CheckResult),
    (after, head): (Option<&Arc<Campaign>>, &CheckResult),
    (text_before, text_after): (&str, &str),
    kind: Option<Kind>,
    times: TimeRanges,
) -> Option<CampaignChange> {
    let name = after.or(before)?.id.to_string();
    let same_policy = base.posting_blocks == head.posting_blocks;
    let mut fields = match (before, after) {
        (Some(before), Some(after)) if same(before, after) => Vec::new(),
        (Some(before), Some(after)) => campaign_fields::between(before, after),
        _ => Vec::new(),
    };
    if before.is_some() && after.is_some() {
        fields.extend(campaign_fields::uncovered(text_before, text_after, &fields));
    }
    let calendar = |it: Option<&Arc<Campaign>>| it.and_then(|it| it.timing.schedule.spec().calendar.clone());
    let same_days = calendar(before) == calendar(after);
    let same_contents = matches!((before, after), (Some(before), Some(after)) if before.contents == after.contents);
    if before.is_some() && after.is_some() && fields.is_empty() && same_policy && same_days && same_contents {
        return None;
    }
    let kind = kind.unwrap_or(match (before, after) {
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
        _ => Kind::Changed,
    });
    let again = match (before, after) {
        (Some(before), Some(after)) => again((before, base), (after, head), times),
        _ => Vec::new(),
    };
    let mut moves = moves((before, base), (after, head), times, times.ahead());
    let has_several = |it: Option<&Arc<Campaign>>| it.is_some_and(|it| it.contents.has_several());
    if !has_several(before) && !has_several(after) && !fields.is_empty() {
        moves.contents.clear();
    }
    let posts_otherwise = match (before, after) {
        (Some(before), Some(after)) => before.fingerprint() != after.fingerprint(),
        _ => true,
    };
    // For a campaign that existed, what it has posted; for a new one, the past times that it does not post.
    let (then, side) = if before.is_some() { (before, base) } else { (after, head) };
    let past = if posts_otherwise { in_window(then, side, times.behind()) } else { Vec::new() };
    let past_named = if posts_otherwise {
        let list =
            |campaign, side| if names_times(campaign) { in_window(campaign, side, times.behind()) } else { Vec::new() };
        differing(list(before, base), list(after, head))
    } else {
        Vec::new()
    };
    let second = match (before, after) {
        (Some(before), Some(after)) => second_posts((before, base), (after, head), times),
        _ => Vec::new(),
    };
    // Second posts and repeated local times are shown as such, and not as past times.
    let is_told = |it: &Planned| {
        second.iter().any(|twice| twice.first.occurrence == it.occurrence)
            || again.iter().any(|other| other.occurrence.local == it.occurrence.local)
    };
    let past_named = past_named.into_iter().filter(|it| !is_told(it)).collect();
    let nothing = fields.is_empty()
        && moves.held.is_empty()
        && moves.released.is_empty()
        && moves.gained.is_empty()
        && moves.lost.is_empty()
        && moves.moved.is_empty()
        && moves.contents.is_empty();
    if nothing && before.is_some() && after.is_some() {
        return None;
    }
    let audience = match (before, after) {
        (Some(before), Some(after)) => AudienceChange::between(before.contents.audience(), after.contents.audience()),
        _ => AudienceChange::Same,
    };
    Some(CampaignChange {
        name,
        kind,
        fields,
        gained: moves.gained,
        lost: moves.lost,
        moved: moves.moved,
        held: moves.held,
        released: moves.released,
        contents: moves.contents,
        past,
        past_named,
        again,
        second,
        first_unknown: after
            .filter(|_| posts_otherwise)
            .and_then(|it| it.timing.schedule.expand().first_unknown_after(times.now)),
        audience,
        is_over: posts_otherwise && after.is_some_and(|it| it.timing.schedule.expand().ended_by(times.now)),
        before: before.cloned(),
        after: after.cloned(),
    })
}

fn names_times(campaign: Option<&Arc<Campaign>>) -> bool {
    campaign.is_some_and(|it| matches!(it.timing.schedule.spec().when, When::At(_)))
}

/// The occurrences that only one of two lists has, by time.
fn differing(before: Vec<Planned>, after: Vec<Planned>) -> Vec<Planned> {
    let has = |list: &[Planned], it: &Planned| list.iter().any(|other| other.occurrence.at == it.occurrence.at);
    let gone: Vec<Planned> = before.iter().filter(|it| !has(&after, it)).cloned().collect();
    let mut all: Vec<Planned> = after.into_iter().filter(|it| !has(&before, it)).chain(gone).collect();
    all.sort_by_key(|it| it.occurrence.at);
    all
}

fn in_window(campaign: Option<&Arc<Campaign>>, side: &CheckResult, window: Window) -> Vec<Planned> {
    campaign.map(|it| of_campaign(it, &side.posting_blocks, window).collect()).unwrap_or_default()
}

/// How an edit changes the future occurrences of a window.
fn moves(
    (before, base): (Option<&Arc<Campaign>>, &CheckResult),
    (after, head): (Option<&Arc<Campaign>>, &CheckResult),
    times: TimeRanges,
    window: Window,
) -> OccurrenceDiff {
    let around = times.around(window);
    let mut coming = in_window(after, head, around);
    if let (Some(before), Some(after)) = (before, after) {
        let again = again((before, base), (after, head), times);
        coming.retain(|it| again.iter().all(|other| other.occurrence != it.occurrence));
    }
    occurrence_diff::between(in_window(before, base, around), coming, window)
}

/// Posts of `after` that come shortly after a post of `before` that may already have been sent.
pub(super) fn second_posts(
    (before, base): (&Arc<Campaign>, &CheckResult),
    (after, head): (&Arc<Campaign>, &CheckResult),
    times: TimeRanges,
) -> Vec<SecondPost> {
    let moves = moves((Some(before), base), (Some(after), head), times, times.soon());
    second_post::find(&in_window(Some(before), base, times.behind()), &moves, times.now)
}

/// Future occurrences whose local time has already occurred in the former zone.
fn again(
    (before, base): (&Arc<Campaign>, &CheckResult),
    (after, head): (&Arc<Campaign>, &CheckResult),
    times: TimeRanges,
) -> Vec<Planned> {
    let zone = before.timing.schedule.zone();
    // Runs are identified by the campaign's id.
    if zone == after.timing.schedule.zone() || before.id != after.id {
        return Vec::new();
    }
    let slot = |it: &Planned| (it.occurrence.local, it.occurrence.fold);
    let past: BTreeSet<_> = in_window(Some(before), base, times.behind()).iter().map(slot).collect();
    let mut again: Vec<Planned> = in_window(Some(after), head, times.soon());
    again.retain(|it| past.contains(&slot(it)));
    again.iter_mut().for_each(|it| it.notes.push(Note::Repeated(zone)));
    again
}

/// Whether two campaigns are equal, without serializing them.
fn same(before: &Campaign, after: &Campaign) -> bool {
    before.contents == after.contents
        && before.timing.schedule.spec() == after.timing.schedule.spec()
        && before.timing.max_lateness == after.timing.max_lateness
        && (&before.title, &before.owner, &before.file) == (&after.title, &after.owner, &after.file)
}
