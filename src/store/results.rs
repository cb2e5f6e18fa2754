//! What came of a posted moment: counts per member, and the sweeps that asked for them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::run::Run;

/// What one member's customers did with a moment, by the time of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberResult {
    /// The user id; after the retention time, the number of members whose counts are summed in this entry.
    pub member: Result<String, u64>,
    /// One of the member's departments, if WeCom shows one to the app.
    pub department: Option<u64>,
    pub customers: u64,
    pub likes: u64,
    pub comments: u64,
    /// 0, or WeCom's code for why there are no counts.
    pub errcode: i64,
}

/// One round of questions about a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The time since the moment's creation for which it was planned.
    pub age: Duration,
    pub asked_at: DateTime<Utc>,
    /// Members who were asked to post, and those of them who have.
    pub members: u64,
    pub posted: u64,
    /// 0, or WeCom's code for why nothing is known.
    pub errcode: i64,
    /// Empty if nothing is known.
    pub results: Vec<MemberResult>,
}

/// A run whose results are to be asked for.
#[derive(Clone, Debug)]
pub struct DueResults {
    pub run: Run,
    pub age: Duration,
    /// The members who were asked about before an interruption.
    pub known: Vec<String>,
}

impl MemberResult {
    /// How many members it stands for.
    pub fn members(&self) -> u64 {
        *self.member.as_ref().err().unwrap_or(&1)
    }
}
