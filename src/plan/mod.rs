//! What a book would post in a stretch of time, and what one book would post that another would not.
//!
//! Pure: books and times in, values out. It holds no campaign back and lets none go; it says what the engine would do, from
//! the same schedules and the same policy.

mod audience;
mod campaign;
mod changes;
pub mod diff;
mod field;
mod keys;
mod occurrence_diff;
mod quota;
mod second;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::check::{Campaign, CheckResult};
use crate::ids::CampaignId;
use crate::schedule::{Blackout, Calendar, Day, Occurrence, PostingBlocks, Schedule, civil};

pub use audience::AudienceChange;
pub use campaign::{Change, Kind};
pub use changes::{Changes, NamedAudience, Side, compare};
pub use field::{Field, MediaChange, VISIBLE_RANGE};
pub use keys::KeyChange;
pub use occurrence_diff::Moved;
pub use quota::Quota;
pub use second::Second;

/// A stretch of time: `from` is in it, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// What a book would post in a window.
#[derive(Clone, Debug)]
pub struct Plan {
    pub window: Window,
    /// The zone in which the book's days are counted.
    pub zone: Tz,
    /// In the order in which they are due.
    pub occurrences: Vec<Planned>,
    /// What rules leave out because of a blackout, in the order in which it would be due.
    pub left_out: Vec<LeftOut>,
    /// The campaigns of which nothing is due in the window, by id.
    pub idle: Vec<Idle>,
    /// Every day of the window, in order.
    pub days: Vec<DayOfPlan>,
}

/// One occurrence, with what is to be said about it.
#[derive(Clone, Debug)]
pub struct Planned {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    /// What the calendar says of its day.
    pub day: Day,
    pub notes: Vec<Note>,
}

/// A time of a rule on which nothing is due, because of a blackout of the policy.
#[derive(Clone, Debug)]
pub struct LeftOut {
    pub campaign: Arc<Campaign>,
    pub occurrence: Occurrence,
    pub blackout: Blackout,
}

/// A campaign of which nothing is due in a window.
#[derive(Clone, Debug)]
pub struct Idle {
    pub campaign: Arc<Campaign>,
    /// What is due first after the window; nothing of one that is over.
    pub next: Option<Occurrence>,
}

/// Something peculiar about an occurrence. Shown in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It would not go out: nobody knows whether it counts, or the policy lets nothing go out then.
    Held(String),
    /// Clocks change around it.
    Clocks(String),
    /// Its local time has come already, before the campaign left this zone: the service does not post it twice.
    Repeated(Tz),
}

/// What is due on one day of a plan.
#[derive(Clone, Debug)]
pub struct DayOfPlan {
    pub date: NaiveDate,
    pub day: Day,
    pub posts: usize,
    /// Of the posts, how many everybody may see.
    pub public: usize,
    /// Of the posts, how many would be held.
    pub held: usize,
    /// The campaigns, each once, in the order in which they are due.
    pub campaigns: Vec<Arc<Campaign>>,
}

/// Longest window of which every day is listed; of a longer one, only those with posts.
const LISTED_DAYS: i64 = 92;

/// What the sound campaigns of a book would post in a window.
pub fn plan(verdict: &CheckResult, zone: Tz, window: Window) -> Plan {
    plan_marked(verdict, zone, window, |_| {})
}

/// The same, with what another book says of occurrences marked on them.
fn plan_marked(verdict: &CheckResult, zone: Tz, window: Window, mark: impl FnMut(&mut Planned)) -> Plan {
    let mut occurrences: Vec<Planned> =
        verdict.campaigns.iter().flat_map(|campaign| of_campaign(campaign, &verdict.closed, window)).collect();
    occurrences.iter_mut().for_each(mark);
    occurrences.sort_by(|a, b| (a.occurrence.at, &a.campaign.id).cmp(&(b.occurrence.at, &b.campaign.id)));
    // One calendar holds for a whole book.
    let calendar = verdict.campaigns.first().map(|it| it.terms.schedule.expand().calendar().clone());
    let mut left_out: Vec<LeftOut> =
        verdict.campaigns.iter().flat_map(|campaign| left_out(campaign, &verdict.closed, window)).collect();
    left_out.sort_by(|a, b| (a.occurrence.at, &a.campaign.id).cmp(&(b.occurrence.at, &b.campaign.id)));
    let days = days(&occurrences, &calendar.unwrap_or_else(Calendar::china), zone, window);
    let busy: HashSet<&CampaignId> = occurrences.iter().map(|it| &it.campaign.id).collect();
    let idle = verdict.campaigns.iter().filter(|it| !busy.contains(&it.id)).map(|it| idle(it, window)).collect();
    Plan { window, zone, occurrences, left_out, idle, days }
}

fn idle(campaign: &Arc<Campaign>, window: Window) -> Idle {
    let next = campaign.terms.schedule.expand().next_after(window.to - TimeDelta::seconds(1));
    Idle { campaign: Arc::clone(campaign), next }
}

/// What one campaign would post in a window.
pub fn of_campaign<'a>(
    campaign: &'a Arc<Campaign>,
    closed: &'a PostingBlocks,
    window: Window,
) -> impl Iterator<Item = Planned> + use<'a> {
    // A schedule leaves the start of a stretch out and takes its end in; occurrences stand on whole seconds.
    let second = TimeDelta::seconds(1);
    let schedule = campaign.terms.schedule.expand();
    let occurrences: Vec<Occurrence> =
        schedule.between_outside(closed, window.from - second, window.to - second).collect();
    occurrences.into_iter().map(move |occurrence| Planned {
        day: schedule.calendar().day(civil::to_local(schedule.zone(), occurrence.at).date()),
        notes: notes(&schedule, &occurrence, closed),
        campaign: Arc::clone(campaign),
        occurrence,
    })
}

/// What the rule of one campaign leaves out of a window because of blackouts.
fn left_out(campaign: &Arc<Campaign>, closed: &PostingBlocks, window: Window) -> Vec<LeftOut> {
    if closed.blackouts.is_empty() {
        return Vec::new();
    }
    let second = TimeDelta::seconds(1);
    let schedule = campaign.terms.schedule.expand();
    let all = schedule.between(window.from - second, window.to - second);
    let left_out = all.filter_map(|occurrence| {
        let blackout = closed.leaves_out(&schedule, &occurrence)?.clone();
        Some(LeftOut { campaign: Arc::clone(campaign), occurrence, blackout })
    });
    left_out.collect()
}

fn notes(schedule: &Schedule, occurrence: &Occurrence, closed: &PostingBlocks) -> Vec<Note> {
    let doubt = occurrence.doubt.as_ref().map(|doubt| Note::Held(doubt.to_string()));
    let blocked = closed.blocks(occurrence, schedule.zone()).map(|reason| Note::Held(reason.to_string()));
    let clocks = schedule.note(&Occurrence { doubt: None, ..occurrence.clone() }).map(Note::Clocks);
    doubt.into_iter().chain(blocked).chain(clocks).collect()
}

fn days(occurrences: &[Planned], calendar: &Calendar, zone: Tz, window: Window) -> Vec<DayOfPlan> {
    let date = |at| civil::to_local(zone, at).date();
    let empty = |date| DayOfPlan { date, day: calendar.day(date), posts: 0, public: 0, held: 0, campaigns: Vec::new() };
    let mut days: BTreeMap<NaiveDate, DayOfPlan> = BTreeMap::new();
    if (window.to - window.from).num_days() <= LISTED_DAYS && window.from < window.to {
        let last = date(window.to - TimeDelta::seconds(1));
        let all = date(window.from).iter_days().take_while(|day| *day <= last);
        days.extend(all.map(|date| (date, empty(date))));
    }
    for planned in occurrences.iter().filter(|it| !it.is_repeated()) {
        let date = date(planned.occurrence.at);
        let day = days.entry(date).or_insert_with(|| empty(date));
        day.posts += 1;
        day.public += usize::from(!planned.campaign.post.audience.is_partial());
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
    /// The occurrences that make a post, those that would be held included.
    pub fn posts(&self) -> usize {
        self.occurrences.len() - self.repeated()
    }

    /// How many occurrences are not posted because their local time has come already.
    pub fn repeated(&self) -> usize {
        self.occurrences.iter().filter(|planned| planned.is_repeated()).count()
    }

    /// How many occurrences would be held.
    pub fn held(&self) -> usize {
        self.occurrences.iter().filter(|planned| planned.is_held()).count()
    }
}

impl Planned {
    /// Whether the service would hold it, as things stand.
    pub fn is_held(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Held(_)))
    }

    /// Whether the service does not post it, because its local time has come already in the campaign's former zone.
    pub fn is_repeated(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::Repeated(_)))
    }

    /// What clocks show in the campaign's zone when it goes out.
    pub fn wall(&self) -> chrono::NaiveDateTime {
        civil::to_local(self.campaign.terms.schedule.zone(), self.occurrence.at)
    }

    /// What the day is, where its weekday does not say it: a holiday, a make-up workday, a day nobody knows yet.
    pub fn day_note(&self) -> Option<String> {
        day_note(&self.day)
    }
}

impl DayOfPlan {
    /// As [`Planned::day_note`].
    pub fn day_note(&self) -> Option<String> {
        day_note(&self.day)
    }
}

fn day_note(day: &Day) -> Option<String> {
    match day {
        Day::Workday | Day::Weekend | Day::Unknown => None,
        Day::Holiday { .. } | Day::MakeUpWorkday { .. } => Some(day.to_string()),
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(why) => write!(f, "would be held: {why}"),
            Self::Clocks(words) => f.write_str(words),
            Self::Repeated(zone) => {
                write!(f, "not posted again: this local time has already come in the former time zone, {zone}")
            }
        }
    }
}
