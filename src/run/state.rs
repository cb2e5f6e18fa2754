//! The states of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{Text, UserError};

/// The state of a run, from due to finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The run will be posted; nothing was sent yet.
    Claimed,
    /// The request to create the post is about to be sent, or was sent.
    Sending,
    /// WeCom accepted the request; its job runs.
    Submitted,
    /// The answer to the request was lost: the post may exist.
    InDoubt,
    /// The post exists.
    Created,
    /// The post exists; WeCom rejected some of its senders or tags.
    Partial,
    /// WeCom refused the post.
    Refused,
    /// WeCom accepted the request and did not give a result within a day.
    Expired,
    /// The answer was lost, and the post does not exist.
    Absent,
    /// Nothing was sent, and `max_lateness` has passed.
    Failed,
    /// Nothing was sent, and nothing will be: the run was found due too late, or withdrawn before it was sent.
    Missed,
    /// Due while its campaign was on hold, its file had an error, or the policy forbade its time.
    Held,
}

impl State {
    /// All states.
    pub const ALL: [Self; 12] = [
        Self::Claimed,
        Self::Sending,
        Self::Submitted,
        Self::InDoubt,
        Self::Created,
        Self::Partial,
        Self::Refused,
        Self::Expired,
        Self::Absent,
        Self::Failed,
        Self::Missed,
        Self::Held,
    ];

    /// The stable name in the store and in all output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Submitted => "submitted",
            Self::InDoubt => "in_doubt",
            Self::Created => "created",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Absent => "absent",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Held => "held",
        }
    }

    /// The state in words, for tables.
    pub fn text(self) -> Text {
        let name = self.name();
        let zh = match self {
            Self::Claimed => "待发",
            Self::Sending => "提交中",
            Self::Submitted => "已提交",
            Self::InDoubt => "待核实",
            Self::Created => "已创建",
            Self::Partial => "部分创建",
            Self::Refused => "被拒绝",
            Self::Expired => "已超时",
            Self::Absent => "未创建",
            Self::Failed => "未发出",
            Self::Missed => "已错过",
            Self::Held => "已暂停",
        };
        text!(en: "{name}", zh: "{zh}")
    }

    /// Whether the state is final.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Claimed | Self::Sending | Self::Submitted | Self::InDoubt)
    }

    /// Whether the post exists at WeCom.
    pub fn is_posted(self) -> bool {
        matches!(self, Self::Created | Self::Partial)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text does not name a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownState(String);

impl UserError for UnknownState {
    fn text(&self) -> Text {
        let written = &self.0;
        let states = State::ALL.map(|state| format!("`{state}`"));
        let states = Text::of(states.join(", "), states.join("、"));
        text!(
            en: "`{written}` is not a state of a run: write one of {states}",
            zh: "没有 `{written}` 这个状态：可以写 {states}",
            states = states
        )
    }
}

display_in_english!(UnknownState);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}
