//! What the store keeps of a campaign beside its fingerprint, as JSON text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Campaign, ScheduleTerms};

/// The terms of a campaign as they were at the last load. Needed once its file is invalid or gone.
#[derive(Deserialize)]
pub struct StoredTerms {
    pub file: Arc<str>,
    pub terms: ScheduleTerms,
}

#[derive(Serialize)]
struct StoredTermsRef<'c> {
    file: &'c str,
    terms: &'c ScheduleTerms,
}

impl StoredTerms {
    /// Parses a stored text.
    ///
    /// # Errors
    /// If the text is not one that [`StoredTerms::of`] made.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The text that is stored for a campaign.
    ///
    /// # Panics
    /// Never: the terms are plain data, which serialize.
    pub fn of(campaign: &Campaign) -> String {
        let stored = StoredTermsRef { file: &campaign.file, terms: &campaign.terms };
        serde_json::to_string(&stored).expect("terms are plain data")
    }
}
