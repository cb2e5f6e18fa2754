//! Settings of the engine: how the book is watched, and how lost posts are handled.

use std::time::Duration;

use super::file::File;
use super::{Settings, SettingsError};
use crate::duration;
use crate::text::UserError;

/// Default poll interval of a book's directory.
pub const POLL_INTERVAL: Duration = Duration::from_secs(60);
/// Default time for which a file must be unchanged before its posts are sent.
pub const EDIT_DELAY: Duration = Duration::from_secs(10);
/// The shortest poll interval and heartbeat interval.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
/// The shortest settle window of a lost post.
const MIN_SETTLE_WINDOW: Duration = Duration::from_secs(60);
/// The shortest settle window with a sandbox.
const MIN_SANDBOX_SETTLE_WINDOW: Duration = Duration::from_secs(3);

impl Settings {
    /// Poll interval of the book's directory, also without file events.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn poll(&self) -> Result<Duration, SettingsError> {
        self.interval("poll", |file| file.poll.as_deref(), POLL_INTERVAL)
    }

    /// How long a file of the book's directory must be unchanged before its posts are sent.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn edit_delay(&self) -> Result<Duration, SettingsError> {
        Ok(self.duration("edit_delay", |file| file.edit_delay.as_deref())?.unwrap_or(EDIT_DELAY))
    }

    /// The settle window of a lost post. WeCom does not publish how late its list may show a moment, so less than a
    /// minute is accepted only for a sandbox on this machine.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn settle_window(&self) -> Result<Option<Duration>, SettingsError> {
        let window = self.duration("settle_window", |file| file.settle_window.as_deref())?;
        let origin = || self.in_file("settle_window", |file| file.settle_window.as_deref());
        let is_sandbox = self.wecom_url().0.trim().starts_with("http://");
        let least = if is_sandbox { MIN_SANDBOX_SETTLE_WINDOW } else { MIN_SETTLE_WINDOW };
        match (origin(), window) {
            (Some((_, origin)), Some(window)) if window < least => {
                let why = text!(
                    en: "it must be at least {least}: a post that WeCom's list shows later would count as not posted",
                    zh: "至少要 {least}：企业微信的列表如果更晚才显示这条朋友圈，就会被当成没有发表",
                    least = duration::text(least)
                );
                Err(SettingsError::invalid(origin, why))
            }
            _ => Ok(window),
        }
    }

    /// How long before an occurrence its media are uploaded and a token is requested.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn preflight(&self) -> Result<Option<Duration>, SettingsError> {
        self.duration("preflight", |file| file.preflight.as_deref())
    }

    /// Whether a lost post that counts as absent is sent once more.
    pub fn retry_absent(&self) -> bool {
        self.in_file("retry_absent", |file| file.retry_absent).is_some_and(|(retry, _)| retry)
    }

    /// Maximum number of creations in a minute. WeCom's limit is 10; a sandbox may allow more.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn creates_per_minute(&self) -> Result<Option<usize>, SettingsError> {
        match self.in_file("creates_per_minute", |file| file.creates_per_minute) {
            Some((0, origin)) => {
                let why = text!(
                    en: "with 0 nothing would ever be posted; write 1 or more, or leave it out for WeCom's own limit of 10",
                    zh: "写 0 就什么都发不出去；请写 1 或更大的数，或者不写，按企业微信的上限 10 处理"
                );
                Err(SettingsError::invalid(origin, why))
            }
            limit => Ok(limit.map(|(limit, _)| limit)),
        }
    }

    /// A duration of the service file.
    pub(super) fn duration(
        &self,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<&str>,
    ) -> Result<Option<Duration>, SettingsError> {
        let Some((text, origin)) = self.in_file(key, in_file) else { return Ok(None) };
        duration::parse(text).map(Some).map_err(|error| SettingsError::invalid(origin, error.text()))
    }

    /// A duration of the service file that is not shorter than [`MIN_INTERVAL`].
    pub(super) fn interval(
        &self,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<&str>,
        default: Duration,
    ) -> Result<Duration, SettingsError> {
        match (self.duration(key, &in_file)?, self.in_file(key, in_file)) {
            (Some(interval), Some((_, origin))) if interval < MIN_INTERVAL => {
                let why = text!(en: "it must be at least 1s", zh: "至少要 `1s`（1 秒）");
                Err(SettingsError::invalid(origin, why))
            }
            (interval, _) => Ok(interval.unwrap_or(default)),
        }
    }
}
