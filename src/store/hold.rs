//! Holds: the decision that something is not posted for now, with who decided it and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::LostCommits;
use crate::limits::BEIJING;
use crate::run::{Reason, Scope};
use crate::text::{Lang, Text, when};

/// A hold, in force or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number, which a held run names.
    pub id: i64,
    pub scope: Scope,
    pub at: DateTime<Utc>,
    pub by: String,
    /// The words of the person who laid it; of a hold of Drumbeat itself, those of its cause in English.
    pub reason: String,
    /// Why Drumbeat itself laid it; `None` where a person did.
    pub cause: Option<HoldCause>,
    pub lifted: Option<Lifted>,
}

/// How a hold ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The newest occurrence of each campaign that was held is posted after all, if it is not too late.
    pub catch_up: bool,
}

/// Why Drumbeat itself puts everything on hold: the store may not know of every post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCause {
    /// The store is a copy, taken at this instant.
    Copy { taken: DateTime<Utc> },
    /// The store has lost commits.
    LostCommits(LostCommits),
    /// Written by an earlier version, with nothing but its words.
    Former,
}

/// How such a hold is lifted.
const RESUME: &str = "drumbeat resume --all";

impl Hold {
    /// Why a run that this hold keeps back is not posted.
    pub fn reason_for_run(&self) -> Reason {
        Reason::OnHold { scope: self.scope.clone(), by: self.by.clone(), why: self.reason.clone() }
    }

    /// Why it is on hold, in the reader's language where Drumbeat says so and as it was written where a person did.
    pub fn reason_text(&self) -> Text {
        match &self.cause {
            Some(HoldCause::Former) | None => Text::quoted(&*self.reason),
            Some(cause) => cause.text(),
        }
    }

    /// Whether what it kept back may be posted already, unknown to this store.
    pub fn forbids_catch_up(&self) -> bool {
        self.cause.is_some()
    }
}

impl HoldCause {
    /// The name under which Drumbeat lays it.
    pub(super) fn by(&self) -> &'static str {
        match self {
            Self::Copy { .. } => "drumbeat backup",
            Self::LostCommits(_) | Self::Former => "drumbeat",
        }
    }

    /// In English, as programs read it.
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
