//! What a book would post in a window: its occurrences, its days and the campaigns that post nothing.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::planned::{LeftOut, Planned, Window, day_note, left_out, of_campaign};
use crate::campaign::Campaign;
use crate::check::CheckResult;
use crate::ids::CampaignId;
use crate::parallel;
use crate::schedule::{Calendar, Day, Occurrence, PostingBlocks, civil};
use crate::text::Text;

/// What a book would post in a window.
#[derive(Clone, Debug)]
pub struct Plan {
    pub window: Window,
    /// The zone in which days are counted.
    pub zone: Tz,
    /// Sorted by due time.
    pub occurrences: Vec<Planned>,
    /// Occurrences left out because of a blackout, sorted by due time.
    pub left_out: Vec<LeftOut>,
    /// The campaigns without an occurrence in the window, by id.
    pub idle: Vec<Idle>,
    /// Every day of the window, in order.
    pub days: Vec<DayOfPlan>,
}

/// A campaign without an occurrence in a window.
#[derive(Clone, Debug)]
pub struct Idle {
    pub campaign: Arc<Campaign>,
    /// The first occurrence after the window; `None` if there is none.
    pub next: Option<Occurrence>,
    /// The last occurrence of a list of times that is over by the beginning of the window.
    pub last_listed: Option<Occurrence>,
}

/// One day of a plan.
#[derive(Clone, Debug)]
pub struct DayOfPlan {
    pub date: NaiveDate,
    pub day: Day,
    pub posts: usize,
    /// How many of the posts all customers see.
    pub public: usize,
    /// How many of the posts would be held.
    pub held: usize,
    /// The campaigns, each once, sorted by due time.
    pub campaigns: Vec<Arc<Campaign>>,
}

/// The longest window, in days, whose every day is listed. Of a longer one, only days with posts are.
const MAX_LISTED_DAYS: i64 = 92;

/// What the valid campaigns of a book would post in a window.
pub fn plan(checked: &CheckResult, zone: Tz, window: Window) -> Plan {
    plan_marked(checked, zone, window, |_| {})
}

/// What one campaign of a book would post in a window.
pub fn plan_of(campaign: &Arc<Campaign>, checked: &CheckResult, zone: Tz, window: Window) -> Plan {
    plan_campaigns(std::slice::from_ref(campaign), &checked.posting_blocks, zone, window)
}

/// What these campaigns of a book would post in a window.
pub fn plan_campaigns(campaigns: &[Arc<Campaign>], closed: &PostingBlocks, zone: Tz, window: Window) -> Plan {
    plan_campaigns_marked(campaigns, closed, zone, window, |_| {})
}

/// The same; `mark` adds what a comparison knows about each occurrence.
pub(super) fn plan_marked(checked: &CheckResult, zone: Tz, window: Window, mark: impl FnMut(&mut Planned)) -> Plan {
    plan_campaigns_marked(&checked.campaigns, &checked.posting_blocks, zone, window, mark)
}

fn plan_campaigns_marked(
    campaigns: &[Arc<Campaign>],
    closed: &PostingBlocks,
    zone: Tz,
    window: Window,
    mark: impl FnMut(&mut Planned),
) -> Plan {
    let of_each = parallel::map(campaigns, |campaign| of_campaign(campaign, closed, window).collect::<Vec<_>>());
    let mut occurrences: Vec<Planned> = of_each.into_iter().flatten().collect();
    occurrences.iter_mut().for_each(mark);
    occurrences.sort_by(|a, b| (a.occurrence.at, &a.campaign.id).cmp(&(b.occurrence.at, &b.campaign.id)));
    // All campaigns of a book share one calendar.
    let calendar = campaigns.first().map(|it| it.timing.schedule.expand().calendar().clone());
    let mut left_out: Vec<LeftOut> = campaigns.iter().flat_map(|campaign| left_out(campaign, closed, window)).collect();
    left_out.sort_by(|a, b| (a.occurrence.at, &a.campaign.id).cmp(&(b.occurrence.at, &b.campaign.id)));
    let days = days(&occurrences, &calendar.unwrap_or_else(Calendar::china), zone, window);
    let busy: HashSet<&CampaignId> = occurrences.iter().map(|it| &it.campaign.id).collect();
    let idle = campaigns.iter().filter(|it| !busy.contains(&it.id)).map(|it| idle(it, window)).collect();
    Plan { window, zone, occurrences, left_out, idle, days }
}

fn idle(campaign: &Arc<Campaign>, window: Window) -> Idle {
    let schedule = campaign.timing.schedule.expand();
    let next = schedule.next_after(window.to - TimeDelta::seconds(1));
    let last_listed = schedule.last_listed().filter(|last| last.at < window.from).cloned();
    Idle { campaign: Arc::clone(campaign), next, last_listed }
}

fn days(occurrences: &[Planned], calendar: &Calendar, zone: Tz, window: Window) -> Vec<DayOfPlan> {
    let date = |at| civil::to_local(zone, at).date();
    let empty = |date| DayOfPlan { date, day: calendar.day(date), posts: 0, public: 0, held: 0, campaigns: Vec::new() };
    let mut days: BTreeMap<NaiveDate, DayOfPlan> = BTreeMap::new();
    if (window.to - window.from).num_days() <= MAX_LISTED_DAYS && window.from < window.to {
        let last = date(window.to - TimeDelta::seconds(1));
        let all = date(window.from).iter_days().take_while(|day| *day <= last);
        days.extend(all.map(|date| (date, empty(date))));
    }
    for planned in occurrences.iter().filter(|it| !it.is_repeated()) {
        let date = date(planned.occurrence.at);
        let day = days.entry(date).or_insert_with(|| empty(date));
        day.posts += 1;
        day.public += usize::from(!planned.content.post.audience.is_partial());
        day.held += usize::from(planned.is_held());
        day.campaigns.push(Arc::clone(&planned.campaign));
    }
    for day in days.values_mut() {
        let mut seen = HashSet::new();
        day.campaigns.retain(|campaign| seen.insert(campaign.id.clone()));
    }
    days.into_values().collect()
}

impl Plan {
    /// The number of occurrences that make a post, held ones included.
    pub fn posts(&self) -> usize {
        self.occurrences.len() - self.repeated()
    }

    /// The number of occurrences that are not posted because their local time has already occurred.
    pub fn repeated(&self) -> usize {
        self.occurrences.iter().filter(|planned| planned.is_repeated()).count()
    }

    /// The number of occurrences that would be held.
    pub fn held(&self) -> usize {
        self.occurrences.iter().filter(|planned| planned.is_held()).count()
    }
}

impl DayOfPlan {
    /// As [`Planned::day_note`].
    pub fn day_note(&self) -> Option<Text> {
        day_note(&self.day)
    }
}
