//! What the store keeps of a campaign beside its fingerprint, as JSON text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Campaign, CampaignTiming};

/// File, schedule and `max_lateness` of a campaign at the last load; used when its file is invalid or removed.
#[derive(Deserialize)]
pub struct StoredTiming {
    pub file: Arc<str>,
    #[serde(rename = "terms")]
    pub timing: CampaignTiming,
}

#[derive(Serialize)]
struct StoredTimingRef<'c> {
    file: &'c str,
    #[serde(rename = "terms")]
    timing: &'c CampaignTiming,
}

impl StoredTiming {
    /// Parses a stored text.
    ///
    /// # Errors
    /// If the text is not one that [`StoredTiming::of`] made.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The text that is stored for a campaign.
    ///
    /// # Panics
    /// Never: the timing is plain data, which serialize.
    pub fn of(campaign: &Campaign) -> String {
        let stored = StoredTimingRef { file: &campaign.file, timing: &campaign.timing };
        serde_json::to_string(&stored).expect("the timing is plain data")
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
    fn timing_of_older_stores_is_written_as_before() {
        for text in STORED {
            let StoredTiming { file, timing } = StoredTiming::parse(text).expect("a stored timing");
            let again = serde_json::to_string(&StoredTimingRef { file: &file, timing: &timing }).expect("plain data");
            assert_eq!(again, text);
        }
    }
}
