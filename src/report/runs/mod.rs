//! Runs, for `rehearse`, `history` and `show`.

mod cells;
mod detail;
mod json;
mod rehearsal;
mod table;

pub(crate) use cells::{local, local_at};
pub use detail::{Fact, Origin, Step, facts, steps, whole};
pub use json::{history_json, json};
pub use rehearsal::{bad_day, rehearsal};
pub use table::{history, long_history};
