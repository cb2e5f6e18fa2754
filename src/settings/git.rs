//! The repository with the branch of the book.

use std::path::PathBuf;
use std::time::Duration;

use super::file::{File, GitFile};
use super::{Origin, Settings, SettingsError};
use crate::duration;
use crate::git::Address;
use crate::secret::Secret;
use crate::text::UserError;

/// A repository, and the branch with the book.
#[derive(Clone, Debug)]
pub struct Git {
    /// A secret, because people put passwords into URLs.
    pub url: Secret,
    pub branch: String,
    /// Interval between two fetches.
    pub every: Duration,
    /// How long fetching may fail before people are notified.
    pub alarm_after: Duration,
    /// Time limit of one git command.
    pub time_limit: Duration,
    /// The directory of the book in the repository.
    pub path: PathBuf,
    pub allow_force: bool,
}

impl Settings {
    /// The repository of the book, if one is set.
    ///
    /// # Errors
    /// An invalid address or duration, even if no repository is set.
    pub fn git(&self) -> Result<Option<Git>, SettingsError> {
        let every =
            self.git_duration(self.flags.every.clone(), "--every", "git.every", |git| git.every.clone(), "60s")?;
        let alarm_after = self.git_duration(None, "", "git.alarm_after", |git| git.alarm_after.clone(), "10m")?;
        let time_limit = self.git_duration(None, "", "git.time_limit", |git| git.time_limit.clone(), "2m")?;
        let url =
            self.pick(self.flags.git.clone(), "--git", "DRUMBEAT_GIT_URL", "git.url", in_git(|git| git.url.clone()));
        let Some((url, origin)) = url else { return Ok(None) };
        // A corp with a directory of its own does not use the repository of the others.
        let is_own = matches!(origin, Origin::Flag(_) | Origin::Corp(..));
        if !is_own && self.in_corp("book", |file| file.book.as_ref()).is_some() {
            return Ok(None);
        }
        if let Err(error) = Address::parse(&url) {
            return Err(SettingsError::invalid(origin, error.text()));
        }
        let branch =
            self.pick(self.flags.branch.clone(), "--branch", "", "git.branch", in_git(|git| git.branch.clone()));
        let in_file = || self.in_file("git.path", |file| file.git.as_ref()?.path.clone()).map(|(path, _)| path);
        let path = self.flags.book.clone().or_else(in_file);
        Ok(Some(Git {
            url: Secret::new(url),
            branch: branch.map_or_else(|| "main".to_owned(), |(branch, _)| branch),
            every,
            alarm_after,
            time_limit,
            path: path.unwrap_or_else(|| Self::BOOK.into()),
            allow_force: self.flags.allow_force,
        }))
    }

    fn git_duration(
        &self,
        flag: Option<String>,
        flag_name: &'static str,
        key: &'static str,
        get: fn(&GitFile) -> Option<String>,
        default: &str,
    ) -> Result<Duration, SettingsError> {
        let picked = self.pick(flag, flag_name, "", key, in_git(get));
        let (text, origin) = picked.unwrap_or_else(|| (default.to_owned(), Origin::Default));
        match duration::parse(&text) {
            Ok(duration) if duration.is_zero() => {
                let why = text!(en: "it must be longer than zero", zh: "时长必须大于零");
                Err(SettingsError::invalid(origin, why))
            }
            Ok(duration) => Ok(duration),
            Err(error) => Err(SettingsError::invalid(origin, error.text())),
        }
    }
}

fn in_git(get: fn(&GitFile) -> Option<String>) -> impl Fn(&File) -> Option<String> {
    move |file| file.git.as_ref().and_then(get)
}
