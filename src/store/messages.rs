//! What the store itself says, kept apart from the logic.

use chrono::{DateTime, Utc};

use super::{LostMemory, Why};
use crate::limits::BEIJING;

/// Who lays the hold that lies in every copy.
pub(super) const BACKUP: &str = "drumbeat backup";

pub(super) fn a_copy(taken: DateTime<Utc>) -> String {
    format!(
        "this store is a copy taken at {} ({}), and what was posted after that is not in it: compare with WeCom's console, then \
         {WITHOUT_CATCH_UP}",
        taken.with_timezone(&BEIJING).format("%Y-%m-%d %H:%M:%S"),
        BEIJING.name()
    )
}

/// Who lays the hold that lies on a store which has forgotten something.
pub(super) const SERVICE: &str = "drumbeat";

/// How such a hold ends.
pub(super) const WITHOUT_CATCH_UP: &str = "`drumbeat resume --all` (without --catch-up)";

pub(super) fn lost_memory(lost: &LostMemory) -> String {
    let what = match lost.why {
        Why::Behind { store, witness } => {
            format!("the store knows of {store} sends and its lock file of {witness}: its last commits are lost")
        }
        Why::AnotherStore => {
            "the lock file belongs to another history: another file stands in the place of the store, or \
            the store has lost its log (`-wal`) with all that was in it"
                .to_owned()
        }
        Why::NoWitness => {
            "the lock file of the store is gone, empty or cannot be read, so nothing proves that its last \
            commits are there"
                .to_owned()
        }
    };
    let how_many = match lost.doubtful.len() as u64 + lost.more {
        _ if lost.why == Why::NoWitness => "how many posts it has forgotten is not known".to_owned(),
        0 => "it has forgotten what became of posts that it knows".to_owned(),
        1 => "1 run may have been sent and is in doubt".to_owned(),
        n => format!("{n} runs may have been sent and are in doubt"),
    };
    format!(
        "{what}; {how_many}: compare `drumbeat history` with WeCom's console, settle what is in doubt, then {WITHOUT_CATCH_UP}"
    )
}
