//! What the store itself says, kept apart from the logic.

use chrono::{DateTime, Utc};

use super::Why;
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

/// Who lays the hold that lies on a store which has forgotten something.
pub(super) const SERVICE: &str = "drumbeat";

pub(super) fn lost_memory(why: Why, doubtful: usize) -> String {
    let what = match why {
        Why::Behind { store, witness } => {
            format!("the store knows of {store} sends and its lock file of {witness}: its last commits are lost")
        }
        Why::AnotherStore => {
            "the lock file belongs to another history: another file stands in the place of the store".to_owned()
        }
        Why::NoWitness => {
            "the lock file of the store is gone, so nothing proves that its last commits are there".to_owned()
        }
    };
    format!(
        "{what}; {doubtful} runs may have been sent and are in doubt: compare `drumbeat history` with WeCom's console, settle \
         them, then `drumbeat resume --all` (without --catch-up)"
    )
}
