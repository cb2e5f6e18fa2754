//! When a campaign is posted.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::schedule::CompactSchedule;

/// How late a post may be if its file says nothing.
pub const DEFAULT_MAX_LATENESS: Duration = Duration::from_secs(3_600);

/// When a campaign is posted, and how late a post may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CampaignTiming {
    pub schedule: CompactSchedule,
    pub max_lateness: Duration,
}

impl CampaignTiming {
    /// The last instant at which a post due at `due` may be sent.
    pub fn deadline(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        due + TimeDelta::from_std(self.max_lateness).unwrap_or(TimeDelta::zero())
    }
}
