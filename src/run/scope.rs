//! The scope of a hold: a campaign, a corp or everything.

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, CorpId};
use crate::text::Text;

/// What a hold applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Everything,
    Corp(CorpId),
    Campaign(CampaignId),
}

impl Scope {
    /// Whether a hold of this scope applies to a campaign.
    pub fn covers(&self, corp: &CorpId, campaign: &CampaignId) -> bool {
        match self {
            Self::Everything => true,
            Self::Corp(id) => id == corp,
            Self::Campaign(id) => id == campaign,
        }
    }

    /// Whether a hold of this scope applies to every campaign of a corp.
    pub fn covers_all_of(&self, corp: &CorpId) -> bool {
        match self {
            Self::Everything => true,
            Self::Corp(id) => id == corp,
            Self::Campaign(_) => false,
        }
    }
}

impl Scope {
    pub fn text(&self) -> Text {
        match self {
            Self::Everything => text!(en: "everything", zh: "全部活动"),
            Self::Corp(id) => text!(en: "the corp {id}", zh: "企业 {id} 的全部活动"),
            Self::Campaign(id) => text!(en: "`{id}`", zh: "活动 `{id}`"),
        }
    }
}

display_in_english!(Scope);
