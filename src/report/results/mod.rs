//! What came of posted moments: customers reached, likes and comments, grouped in several ways. Counts only.

mod book_file;
mod group;
mod write;

use crate::run::Run;
use crate::store::Sweep;

pub use book_file::{MAX_POSTS, toml};
pub use group::{By, Group, groups};
pub use write::{csv, human, json, markdown, xlsx};

/// A posted run with its finished sweeps.
#[derive(Clone, Debug)]
pub struct Entry {
    pub run: Run,
    pub sweeps: Vec<Sweep>,
}
