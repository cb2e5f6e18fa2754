//! What a store was found to have forgotten, compared with the witness beside it.

use super::messages;
use crate::run::RunId;

/// What a store was found to have forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostMemory {
    pub why: Why,
    /// Runs that the witness names and of whose request the store knows nothing: each may have been sent.
    pub doubtful: Vec<RunId>,
    /// More were sent than the witness keeps.
    pub more: u64,
}

impl std::fmt::Display for LostMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&messages::lost_memory(self))
    }
}

/// How a store and its witness differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The store counts fewer sends than the witness.
    Behind { store: u64, witness: u64 },
    /// The witness belongs to another history: another copy stands in the place of the store.
    AnotherStore,
    /// The store has begun to count, or its lock file is not one of a first start, and no witness can be read.
    NoWitness,
}
