//! Holds: the decision to post nothing of a campaign for now, with its author and reason.

use chrono::{DateTime, Utc};

use crate::run::{HoldCause, Reader, Reason, Scope};
use crate::text::Text;

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

impl Hold {
    /// The reason recorded in a run that this hold stops.
    pub fn reason_for_run(&self) -> Reason {
        let cause = self.cause.clone().filter(|cause| *cause != HoldCause::Former).map(Box::new);
        Reason::OnHold { scope: self.scope.clone(), by: self.by.clone(), why: self.reason.clone(), cause }
    }

    /// Why it is on hold: a cause in the reader's language, a person's reason as it was written.
    pub fn reason_text(&self) -> Text {
        self.reason_text_for(Reader::Terminal)
    }

    /// The same with the next act of the place where it is read.
    pub fn reason_text_for(&self, reader: Reader) -> Text {
        match &self.cause {
            Some(HoldCause::Former) | None => Text::quoted(&*self.reason),
            Some(cause) => cause.text_for(reader),
        }
    }

    /// Whether held occurrences may have been posted without a record in this store.
    pub fn forbids_catch_up(&self) -> bool {
        self.cause.is_some()
    }
}
