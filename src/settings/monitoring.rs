//! Settings of monitoring: where the service listens, and where notifications go.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::NaiveTime;

use super::file::File;
use super::{Origin, Settings, SettingsError};
use crate::duration;
use crate::secret::Secret;

/// The default address of metrics and health checks.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:9118";

/// The default interval of the heartbeat.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);
/// How long members' confirmations are polled by default.
const CONFIRMATION_WINDOW: Duration = Duration::from_secs(3 * 86_400);
/// With a shorter history, `settle` and the reports would lack data that people need.
const MIN_RETENTION: Duration = Duration::from_secs(90 * 86_400);

/// Where the service listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    Off,
    /// The default: a port in use does not stop the service.
    Default(SocketAddr),
    Explicit(SocketAddr),
}

impl Settings {
    /// Where metrics and health checks are served.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn listen(&self) -> Result<Listen, SettingsError> {
        let told =
            self.pick(self.flags.listen.clone(), "--listen", "DRUMBEAT_LISTEN", "listen", |file| file.listen.clone());
        let (listen, origin) = listen(told, DEFAULT_LISTEN);
        listen.ok_or_else(|| {
            let why = text!(
                en: "write an address and a port, such as 127.0.0.1:9118 or 0.0.0.0:9118, or `off`",
                zh: "请写地址和端口，例如 `127.0.0.1:9118` 或 `0.0.0.0:9118`；不需要就写 `off`"
            );
            SettingsError::invalid(origin, why)
        })
    }

    /// The address of notifications, if one is set.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn notify_url(&self) -> Result<Option<Secret>, SettingsError> {
        self.secret("DRUMBEAT_NOTIFY_URL", "DRUMBEAT_NOTIFY_URL_FILE", "notify_url_file", |file| {
            file.notify_url_file.clone()
        })
    }

    /// The heartbeat URL, called while the service is ready.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn heartbeat_url(&self) -> Result<Option<Secret>, SettingsError> {
        self.secret("DRUMBEAT_HEARTBEAT_URL", "DRUMBEAT_HEARTBEAT_URL_FILE", "heartbeat_url_file", |file| {
            file.heartbeat_url_file.clone()
        })
    }

    /// Interval of the heartbeat.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn heartbeat_every(&self) -> Result<Duration, SettingsError> {
        self.interval("heartbeat_every", |file| file.heartbeat_every.as_deref(), HEARTBEAT_INTERVAL)
    }

    /// The local time of the daily summary, if it is configured.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn daily_summary(&self) -> Result<Option<NaiveTime>, SettingsError> {
        self.time_of_day("DRUMBEAT_DAILY_SUMMARY", "daily_summary", |file| file.daily_summary.clone())
    }

    /// The local time at which the posts of the next day are sent, if that is wanted.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn daily_plan(&self) -> Result<Option<NaiveTime>, SettingsError> {
        self.time_of_day("DRUMBEAT_DAILY_PLAN", "daily_plan", |file| file.daily_plan.clone())
    }

    fn time_of_day(
        &self,
        variable: &'static str,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<String>,
    ) -> Result<Option<NaiveTime>, SettingsError> {
        let Some((text, origin)) = self.pick(None, "", variable, key, in_file) else { return Ok(None) };
        let invalid = text!(en: "write a time of day, such as 09:00", zh: "请写一天里的时间，例如 `09:00`");
        let time = NaiveTime::parse_from_str(&text, "%H:%M");
        time.map(Some).map_err(|_| SettingsError::invalid(origin, invalid))
    }

    /// How long members' confirmations are polled; `0s` turns it off. The key was `reach_window` in earlier versions.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn confirmation_window(&self) -> Result<Duration, SettingsError> {
        let window = self.duration("confirmation_window", |file| file.confirmation_window.as_deref())?;
        let former = self.duration("reach_window", |file| file.reach_window.as_deref())?;
        let is_former = |file: &File| file.reach_window.clone();
        if let (Some(_), Some(_), Some((_, origin))) = (window, former, self.in_file("reach_window", is_former)) {
            let why = text!(
                en: "the former name of `confirmation_window`, which is set as well: take one out",
                zh: "这是 `confirmation_window` 的旧名称，两个都写了：请删掉一个"
            );
            return Err(SettingsError::invalid(origin, why));
        }
        Ok(window.or(former).unwrap_or(CONFIRMATION_WINDOW))
    }

    /// Keys of the service file with a new name: old and new.
    pub fn renamed_keys(&self) -> Vec<(&'static str, &'static str)> {
        let uses_former = self.file.as_ref().is_some_and(|(_, file)| file.reach_window.is_some());
        uses_former.then_some(("reach_window", "confirmation_window")).into_iter().collect()
    }

    /// How long runs are kept in the store after they were due; without it, forever. Years are written like `2y`.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn keep(&self) -> Result<Option<Duration>, SettingsError> {
        let Some((text, origin)) = self.in_file("keep", |file| file.keep.as_deref()) else { return Ok(None) };
        let years = text.trim().strip_suffix('y').and_then(|years| years.parse::<u64>().ok());
        let days = years.and_then(|years| years.checked_mul(365)).map(|days| format!("{days}d"));
        match duration::parse(days.as_deref().unwrap_or(text)) {
            Ok(keep) if keep >= MIN_RETENTION => Ok(Some(keep)),
            _ => {
                let why = text!(
                    en: "write 90d or more, up to ten years, such as 400d or 2y",
                    zh: "请写 `90d`（90 天）以上、十年以内，例如 `400d` 或 `2y`（2 年）"
                );
                Err(SettingsError::invalid(origin, why))
            }
        }
    }
}

/// The address of a setting with its origin; nothing if it is none.
pub(super) fn listen(told: Option<(String, Origin)>, default: &str) -> (Option<Listen>, Origin) {
    let (text, origin) = told.unwrap_or_else(|| (default.to_owned(), Origin::Default));
    let listen = match text.parse::<SocketAddr>() {
        _ if text == "off" => Some(Listen::Off),
        Ok(at) if origin == Origin::Default => Some(Listen::Default(at)),
        Ok(at) => Some(Listen::Explicit(at)),
        Err(_) => None,
    };
    (listen, origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    #[track_caller]
    fn window(file: &str) -> (Duration, usize) {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("drumbeat.toml");
        std::fs::write(&config, file).unwrap();
        let settings = Settings::new(Flags { config: Some(config), ..Flags::default() }).unwrap();
        (settings.confirmation_window().unwrap(), settings.renamed_keys().len())
    }

    #[test]
    fn a_former_key_counts_with_a_warning() {
        assert_eq!(window("confirmation_window = '1d'"), (Duration::from_secs(86_400), 0));
        assert_eq!(window("reach_window = '1d'"), (Duration::from_secs(86_400), 1));
        assert_eq!(window(""), (CONFIRMATION_WINDOW, 0));
    }
}
