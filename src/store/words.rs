//! What the store itself says, kept apart from the logic.

use chrono::{DateTime, Utc};

use crate::limits::BEIJING;

/// Who lays the hold that lies in every copy.
pub(super) const BACKUP: &str = "drumbeat backup";

pub(super) fn a_copy(taken: DateTime<Utc>) -> String {
    format!(
        "this store is a copy taken at {} ({}), and what was posted after that is not in it: compare with WeCom's console, then \
         `drumbeat resume --all`",
        taken.with_timezone(&BEIJING).format("%Y-%m-%d %H:%M:%S"),
        BEIJING.name()
    )
}
