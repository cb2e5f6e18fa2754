//! Holds: the decision to post nothing of a campaign for now, with its author and reason.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::LostCommits;
use crate::limits::BEIJING;
use crate::run::{Reason, Scope};
use crate::text::{Lang, Text, when};

/// A hold, active or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number, which is stored in held runs.
    pub id: i64,
    pub scope: Scope,
    pub at: DateTime<Utc>,
    pub by: String,
    /// The reason that a person gave; for a hold by Drumbeat itself, its cause in English.
    pub reason: String,
    /// The cause of a hold by Drumbeat itself; `None` for a hold by a person.
    pub cause: Option<HoldCause>,
    pub lifted: Option<Lifted>,
}

/// How a hold ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The newest held occurrence of each campaign is posted after all, if it is not too late.
    pub catch_up: bool,
}

/// Why Drumbeat itself holds everything: the store may lack posts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCause {
    /// The store is a copy, made at this instant.
    Copy { taken: DateTime<Utc> },
    /// The store has lost commits.
    LostCommits(LostCommits),
    /// Written by an earlier version, with a text only.
    Former,
}

/// The command that lifts such a hold.
const RESUME: &str = "drumbeat resume --all";

impl Hold {
    /// The reason recorded in a run that this hold stops.
    pub fn reason_for_run(&self) -> Reason {
        Reason::OnHold { scope: self.scope.clone(), by: self.by.clone(), why: self.reason.clone() }
    }

    /// Why it is on hold: a cause in the reader's language, a person's reason as it was written.
    pub fn reason_text(&self) -> Text {
        match &self.cause {
            Some(HoldCause::Former) | None => Text::quoted(&*self.reason),
            Some(cause) => cause.text(),
        }
    }

    /// Whether held occurrences may have been posted without a record in this store.
    pub fn forbids_catch_up(&self) -> bool {
        self.cause.is_some()
    }
}

impl HoldCause {
    /// The author of such a hold.
    pub(super) fn by(&self) -> &'static str {
        match self {
            Self::Copy { .. } => "drumbeat backup",
            Self::LostCommits(_) | Self::Former => "drumbeat",
        }
    }

    /// In English, for programs.
    pub(super) fn reason(&self) -> String {
        self.text().into_lang(Lang::En)
    }

    fn text(&self) -> Text {
        match self {
            Self::Copy { taken } => text!(
                en: "this store is a copy taken at {taken} ({zone}), and what was posted after that is not in it: compare with \
                     WeCom's console, then `{RESUME}` (without --catch-up)",
                zh: "这个记录库是 {taken}（{zone}）做的备份，之后发表的内容不在里面：请对照企业微信管理后台，\
                     再运行 `{RESUME}`（不要加 --catch-up）",
                taken = when::moment(taken.with_timezone(&BEIJING).naive_local()), zone = BEIJING.name()
            ),
            Self::LostCommits(lost) => text!(
                en: "{lost}, then `{RESUME}` (without --catch-up)",
                zh: "{lost}，再运行 `{RESUME}`（不要加 --catch-up）",
                lost = lost.text()
            ),
            Self::Former => Text::default(),
        }
    }
}
