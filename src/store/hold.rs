//! Holds: a person's decision that something is not posted for now, with who decided it and why.

use chrono::{DateTime, Utc};

use super::messages;
use crate::run::{Reason, Scope};

/// A hold, lying or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its number, which a held run names.
    pub id: i64,
    pub scope: Scope,
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
    pub lifted: Option<Lifted>,
}

/// How a hold ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    pub at: DateTime<Utc>,
    pub by: String,
    /// The newest occurrence of each campaign that it kept back is posted after all, if it is not too late.
    pub catch_up: bool,
}

impl Hold {
    /// Why a run that this hold keeps back is not posted.
    pub fn reason_for_run(&self) -> Reason {
        Reason::OnHold { scope: self.scope.clone(), by: self.by.clone(), why: self.reason.clone() }
    }

    /// Whether it lies because this store may not know of every post: what it kept back may be out already.
    pub fn forbids_catch_up(&self) -> bool {
        self.by == messages::BACKUP
            || (self.by == messages::SERVICE && self.reason.ends_with(messages::WITHOUT_CATCH_UP))
    }
}
