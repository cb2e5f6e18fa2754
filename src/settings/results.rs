//! Settings of results: when they are counted, and how long counts per member are kept.

use std::time::Duration;

use super::{Settings, SettingsError};
use crate::duration;

const DAY: u64 = 86_400;
/// A moment's results change little after a week.
const RESULTS_AFTER: [Duration; 3] =
    [Duration::from_secs(DAY), Duration::from_secs(3 * DAY), Duration::from_secs(7 * DAY)];
/// Counts per member are personal data.
const RESULTS_KEEP: Duration = Duration::from_secs(180 * DAY);
/// Each age costs two calls for each member who posted.
const MAX_AGES: usize = 8;
/// `report` looks no further back, and WeCom's answers change no more.
const MAX_AGE: Duration = Duration::from_secs(60 * DAY);

impl Settings {
    /// The ages of a moment at which its results are counted. `0s` alone turns it off.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn results_after(&self) -> Result<Vec<Duration>, SettingsError> {
        let in_file = self.in_file("results_after", |file| file.results_after.as_ref());
        let Some((texts, origin)) = in_file else { return Ok(RESULTS_AFTER.to_vec()) };
        let ages: Result<Vec<Duration>, _> = texts.iter().map(|text| duration::parse(text)).collect();
        let is_good = |ages: &Vec<Duration>| {
            let is_off = matches!(&ages[..], [only] if only.is_zero());
            let is_list = ages.len() <= MAX_AGES && ages.iter().all(|age| !age.is_zero() && *age <= MAX_AGE);
            is_off || is_list
        };
        match ages {
            Ok(ages) if is_good(&ages) => Ok(ages.into_iter().filter(|age| !age.is_zero()).collect()),
            _ => {
                let why = text!(
                    en: "write up to {MAX_AGES} ages of at most 60 days, such as [\"1d\", \"3d\", \"7d\"], or [\"0s\"] for none",
                    zh: "请写 {MAX_AGES} 个以内的时长，每个不超过 60 天，例如 `[\"1d\", \"3d\", \"7d\"]`；不要统计就写 `[\"0s\"]`"
                );
                Err(SettingsError::invalid(origin, why))
            }
        }
    }

    /// How long counts are kept per member; then only their sums.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn results_keep(&self) -> Result<Duration, SettingsError> {
        Ok(self.duration("results_keep", |file| file.results_keep.as_deref())?.unwrap_or(RESULTS_KEEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    #[track_caller]
    fn ages(file: &str) -> Option<Vec<u64>> {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("drumbeat.toml");
        std::fs::write(&config, file).unwrap();
        let settings = Settings::new(Flags { config: Some(config), ..Flags::default() }).unwrap();
        let ages = settings.results_after().ok()?;
        Some(ages.iter().map(Duration::as_secs).collect())
    }

    #[test]
    fn ages_are_a_list_and_zero_is_off() {
        assert_eq!(ages(""), Some(vec![DAY, 3 * DAY, 7 * DAY]));
        assert_eq!(ages("results_after = ['12h']"), Some(vec![DAY / 2]));
        assert_eq!(ages("results_after = ['0s']"), Some(vec![]));
        assert_eq!(ages("results_after = ['0s', '1d']"), None);
        assert_eq!(ages("results_after = ['61d']"), None);
        assert_eq!(ages("results_after = ['soon']"), None);
    }
}
