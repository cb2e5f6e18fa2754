//! The identity of an occurrence, and its name for people.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};

use crate::ids::CampaignId;
use crate::schedule::{Fold, Occurrence};
use crate::text::{Text, UserError};

/// An occurrence within its campaign: the nominal local time, and the fold: which of two equal local times, if clocks are set back.
///
/// The UTC instant is not part of it: new zone data must not make a second occurrence of a posted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    Scheduled {
        local: NaiveDateTime,
        fold: Fold,
    },
    /// A manual run, requested at this local time.
    Manual {
        local: NaiveDateTime,
    },
}

impl Slot {
    pub fn local(&self) -> NaiveDateTime {
        match *self {
            Self::Scheduled { local, .. } | Self::Manual { local } => local,
        }
    }
}

impl From<&Occurrence> for Slot {
    fn from(occurrence: &Occurrence) -> Self {
        Self::Scheduled { local: occurrence.local, fold: occurrence.fold }
    }
}

/// `2026-03-02T09:00`, with `~2` for the second fold and `~hand` for a manual run; seconds only if they are not zero.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.local();
        // Without a format string: thousands of runs are written, and parsing the string takes most of the time.
        let (year, month, day, hour, minute) = (at.year(), at.month(), at.day(), at.hour(), at.minute());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")?;
        if at.second() != 0 {
            write!(f, ":{:02}", at.second())?;
        }
        match self {
            Self::Scheduled { fold: Fold::First, .. } => Ok(()),
            Self::Scheduled { fold: Fold::Second, .. } => f.write_str("~2"),
            Self::Manual { .. } => f.write_str("~hand"),
        }
    }
}

/// The text does not name an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRunId(String);

impl UserError for BadRunId {
    fn text(&self) -> Text {
        let written = &self.0;
        text!(
            en: "`{written}` names no run: write it as `history` shows it, such as spring-launch@2026-03-02T09:00",
            zh: "`{written}` 不是发表记录的名称：请照 `history` 显示的写，例如 spring-launch@2026-03-02T09:00"
        )
    }
}

impl std::error::Error for BadRunId {}

display_in_english!(BadRunId);

impl FromStr for Slot {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, BadRunId> {
        let (local, mark) = text.split_once('~').map_or((text, None), |(local, mark)| (local, Some(mark)));
        let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
            .into_iter()
            .find_map(|form| NaiveDateTime::parse_from_str(local, form).ok())
            .ok_or_else(|| BadRunId(text.to_owned()))?;
        match mark {
            None => Ok(Self::Scheduled { local, fold: Fold::First }),
            Some("2") => Ok(Self::Scheduled { local, fold: Fold::Second }),
            Some("hand") => Ok(Self::Manual { local }),
            Some(_) => Err(BadRunId(text.to_owned())),
        }
    }
}

/// A run's name within its corp: `spring-launch@2026-03-02T09:00`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    pub fn new(campaign: &CampaignId, slot: &Slot) -> Self {
        Self(format!("{campaign}@{slot}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, BadRunId> {
        let bad = || BadRunId(text.to_owned());
        let (campaign, slot) = text.split_once('@').ok_or_else(bad)?;
        let (campaign, slot) = (campaign.parse().map_err(|_| bad())?, slot.parse().map_err(|_| bad())?);
        Ok(Self::new(&campaign, &slot))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads_back(text: &str) {
        assert_eq!(text.parse::<RunId>().map(|id| id.0), Ok(text.to_owned()));
    }

    #[test]
    fn every_kind_of_slot_reads_back() {
        reads_back("spring-launch@2026-03-02T09:00");
        reads_back("spring-launch@2026-03-02T09:00:17~hand");
        reads_back("spring-launch@2026-11-01T01:30~2");
    }

    #[test]
    fn invalid_run_names_are_refused() {
        for text in ["", "spring-launch", "Spring@2026-03-02T09:00", "a@2026-03-02", "a@2026-03-02T09:00~3"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
