//! Settings for watching the service: where it listens, and whom it tells.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::NaiveTime;

use super::{Origin, Settings, SettingsError, wrong};
use crate::duration;
use crate::secret::Secret;

/// Where the service shows how it is, unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:9118";

/// Less history than this would take from a person what `settle` and the reports need.
const MIN_RETENTION: Duration = Duration::from_secs(90 * 86_400);

/// Where the service listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    Off,
    /// Nobody asked for it: a port in use is no reason not to post.
    Default(SocketAddr),
    Explicit(SocketAddr),
}

impl Settings {
    /// Where `/metrics` and its kin are served.
    pub fn listen(&self) -> Result<Listen, SettingsError> {
        let told = self
            .pick(self.flags.listen.clone(), "--listen", "DRUMBEAT_LISTEN", "listen", |file| file.listen.clone())
            .unwrap_or_else(|| (DEFAULT_LISTEN.to_owned(), Origin::Default));
        match told {
            (text, _) if text == "off" => Ok(Listen::Off),
            (text, origin) => match text.parse::<SocketAddr>() {
                Ok(at) if origin == Origin::Default => Ok(Listen::Default(at)),
                Ok(at) => Ok(Listen::Explicit(at)),
                Err(_) => {
                    let why = "write an address and a port, such as 127.0.0.1:9118 or 0.0.0.0:9118, or `off`";
                    Err(wrong(origin, why))
                }
            },
        }
    }

    /// Where notifications go, if anywhere.
    pub fn notify_url(&self) -> Result<Option<Secret>, SettingsError> {
        self.kept("DRUMBEAT_NOTIFY_URL", "DRUMBEAT_NOTIFY_URL_FILE", "notify_url_file", |file| {
            file.notify_url_file.clone()
        })
    }

    /// What is called while all is well, if anything.
    pub fn heartbeat_url(&self) -> Result<Option<Secret>, SettingsError> {
        self.kept("DRUMBEAT_HEARTBEAT_URL", "DRUMBEAT_HEARTBEAT_URL_FILE", "heartbeat_url_file", |file| {
            file.heartbeat_url_file.clone()
        })
    }

    /// How often the heartbeat is called: once a minute unless said.
    pub fn heartbeat_every(&self) -> Result<Duration, SettingsError> {
        let key = "heartbeat_every";
        match (self.length(key, |file| file.heartbeat_every.as_deref())?, &self.file) {
            (Some(every), Some((at, _))) if every < Duration::from_secs(1) => {
                Err(wrong(Origin::File(at.clone(), key), "it must be at least 1s"))
            }
            (every, _) => Ok(every.unwrap_or(Duration::from_secs(60))),
        }
    }

    /// The local time of a daily summary, if one is wanted.
    pub fn daily_summary(&self) -> Result<Option<NaiveTime>, SettingsError> {
        let told = self.pick(None, "", "DRUMBEAT_DAILY_SUMMARY", "daily_summary", |file| file.daily_summary.clone());
        let Some((text, origin)) = told else { return Ok(None) };
        let time = NaiveTime::parse_from_str(&text, "%H:%M");
        time.map(Some).map_err(|_| wrong(origin, "write a time of day, such as 09:00"))
    }

    /// How long it is followed who has posted a moment: three days unless said, and `0s` for not at all.
    pub fn reach_window(&self) -> Result<Duration, SettingsError> {
        let window = self.length("reach_window", |file| file.reach_window.as_deref())?;
        Ok(window.unwrap_or(Duration::from_secs(3 * 24 * 3600)))
    }

    /// How long runs are kept in the store after they were due; they are never removed unless it is set. Years are written like `2y`.
    pub fn keep(&self) -> Result<Option<Duration>, SettingsError> {
        let Some((at, file)) = &self.file else { return Ok(None) };
        let Some(text) = &file.keep else { return Ok(None) };
        let years = text.trim().strip_suffix('y').and_then(|years| years.parse::<u64>().ok());
        let days = years.and_then(|years| years.checked_mul(365)).map(|days| format!("{days}d"));
        match duration::parse(days.as_deref().unwrap_or(text)) {
            Ok(keep) if keep >= MIN_RETENTION => Ok(Some(keep)),
            _ => Err(wrong(Origin::File(at.clone(), "keep"), "write 90d or more, up to ten years, such as 400d or 2y")),
        }
    }
}
