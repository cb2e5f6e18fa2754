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

#[cfg(test)]
mod tests {
    use super::*;

    /// Terms as the first version that stored them wrote them.
    const STORED: [&str; 4] = [
        r#"{"file":"a.toml","terms":{"schedule":{"cron":{"text":"0 9 * * MON"},"timezone":"Asia/Shanghai"},"max_lateness":{"secs":3600,"nanos":0}}}"#,
        r#"{"file":"a.toml","terms":{"schedule":{"at":["2026-12-12T08:30:00"],"timezone":"Asia/Tokyo"},"max_lateness":{"secs":3600,"nanos":0}}}"#,
        r#"{"file":"a.toml","terms":{"schedule":{"cron":{"text":"0 9 15W * *"},"timezone":"Asia/Shanghai","start":"2026-03-01","end":"2026-12-31T12:00:00","skip":["2026-04-15",{"from":"2026-05-01","to":"2026-05-05"}],"max_runs":4},"max_lateness":{"secs":3600,"nanos":0}}}"#,
        r#"{"file":"a.toml","terms":{"schedule":{"cron":{"text":"0 9 1-7 * MON","day_match":"all"},"timezone":"Asia/Shanghai","days":"workday","calendar":{"name":"A","weekend":["Sat","Sun"],"published":[2026],"marked":{"2026-01-01":{"off":"X"}}}},"max_lateness":{"secs":3600,"nanos":0}}}"#,
    ];

    /// The fingerprint of a campaign is taken from this text: another one would count as an edit of every campaign.
    #[test]
    fn terms_of_older_stores_are_written_as_before() {
        for text in STORED {
            let StoredTerms { file, terms } = StoredTerms::parse(text).expect("stored terms");
            let again = serde_json::to_string(&StoredTermsRef { file: &file, terms: &terms }).expect("plain data");
            assert_eq!(again, text);
        }
    }
}
