//! What a hold covers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, CorpId};

/// What a hold lies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Everything,
    Corp(CorpId),
    Campaign(CampaignId),
}

impl Scope {
    pub fn covers(&self, corp: &CorpId, campaign: &CampaignId) -> bool {
        match self {
            Self::Everything => true,
            Self::Corp(id) => id == corp,
            Self::Campaign(id) => id == campaign,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Corp(id) => write!(f, "the corp {id}"),
            Self::Campaign(id) => write!(f, "`{id}`"),
        }
    }
}
