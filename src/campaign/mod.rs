//! A valid campaign: everything that is needed to plan its occurrences and to post them.
//!
//! Made by `check` alone, from a file without errors. Pure data: nothing here reads a file or knows the present time.

mod contents;
mod rotation;
mod stored;
mod timing;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::ids::{CampaignId, Sha256};
use crate::post::{Names, PastResult, Reach};
use crate::schedule::{Occurrence, Schedule};
use crate::text::Text;

pub use contents::{ChosenContent, Content, Contents};
pub use rotation::{AfterLast, ChoiceReason, Order, Rotation, shuffled};
pub use stored::StoredTiming;
pub use timing::{CampaignTiming, DEFAULT_MAX_LATENESS};

/// A campaign whose file has no error.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub id: CampaignId,
    pub title: Option<String>,
    pub owner: Option<String>,
    /// Path of the campaign file from the book's top.
    pub file: Arc<str>,
    pub contents: Contents,
    /// The named audience of the policy, if the file names one. Shown to reviewers.
    pub audience_name: Option<String>,
    pub timing: CampaignTiming,
    /// Names of departments and tags, for display only: what is posted has ids.
    pub names: Arc<Names>,
    /// How many customers it reaches at most, if they were counted. For display only.
    pub reach: Option<Reach>,
    /// What came of its last posts, newest first, if the book says so. For display only.
    pub past_results: Vec<PastResult>,
}

impl Campaign {
    /// Who is asked to post it and who may see it, in words, and how many they are.
    pub fn audience(&self) -> Text {
        let people = self.contents.audience().in_words(&self.names);
        match &self.reach {
            Some(reach) => {
                text!(en: "{people}; {reach}", zh: "{people}；{reach}", people = people, reach = reach.text())
            }
            None => people,
        }
    }

    /// The content of an occurrence, whatever was posted before it.
    ///
    /// For several contents it expands the schedule; [`Campaign::content_in`] takes one that is expanded.
    pub fn content_for(&self, occurrence: &Occurrence) -> ChosenContent {
        let number = || self.timing.schedule.expand().nominal_number(occurrence);
        self.contents.choose(&self.id, self.date_of(occurrence), number)
    }

    /// As [`Campaign::content_for`], with an already expanded schedule.
    pub fn content_in(&self, schedule: &Schedule, occurrence: &Occurrence) -> ChosenContent {
        self.contents.choose(&self.id, self.date_of(occurrence), || schedule.nominal_number(occurrence))
    }

    /// The local date of an occurrence. It selects the content of `on` and the values of date variables.
    fn date_of(&self, occurrence: &Occurrence) -> NaiveDate {
        occurrence.due_local(self.timing.schedule.zone()).date()
    }

    /// Digest of what is posted, to whom and when. Title, owner, file path, names and counts are not part of it.
    ///
    /// # Panics
    /// Never: the timing is plain data, which serialize.
    pub fn fingerprint(&self) -> String {
        let timing = serde_json::to_string(&self.timing).expect("the timing is plain data");
        Sha256::of(format!("{}{timing}", self.contents.sha256()).as_bytes()).to_string()
    }
}

/// The campaign of an id, in a list sorted by id.
pub fn find<'c>(campaigns: &'c [Arc<Campaign>], id: &CampaignId) -> Option<&'c Arc<Campaign>> {
    position(campaigns, id).map(|at| &campaigns[at])
}

/// The title of a campaign in such a list; its id if it is not there or has none.
pub fn title_of(campaigns: &[Arc<Campaign>], id: &CampaignId) -> String {
    find(campaigns, id).and_then(|it| it.title.clone()).unwrap_or_else(|| id.to_string())
}

/// The index of the campaign of an id, in a list sorted by id.
pub fn position(campaigns: &[Arc<Campaign>], id: &CampaignId) -> Option<usize> {
    campaigns.binary_search_by(|campaign| campaign.id.cmp(id)).ok()
}
