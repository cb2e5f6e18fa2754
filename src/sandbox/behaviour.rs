//! The sandbox's behaviour where WeCom states no number, or where a test needs another one.

use std::time::Duration;

use super::AnswerFault;
use crate::limits;

/// The settings of the sandbox. Defaults are WeCom's published numbers, or likely ones where WeCom publishes none.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Seed of all ids that are given out, and of the time when each member confirms.
    pub seed: u64,
    /// Refuses every call except gettoken with this code: 60020 for an untrusted address, 48002 for an app without
    /// permission. WeCom gives out a token in both cases.
    pub refuses_with: Option<i64>,
    /// The app may not read customers: calls about them are refused with 48002, others work.
    pub hides_customers: bool,
    /// How answers differ from WeCom's pages.
    pub answer_faults: Vec<AnswerFault>,
    /// Sends the time with every answer, like HTTP's `Date`.
    pub says_date: bool,
    pub token_life: Duration,
    pub media_life: Duration,
    pub job_life: Duration,
    /// Time from the creation to status 2 (unpublished).
    pub job_runs_after: Duration,
    /// Time from the creation to status 3 (unpublished). The moment exists from then on.
    pub job_done_after: Duration,
    /// Time from the moment's creation until `get_moment_list` shows it (unpublished).
    pub listed_after: Duration,
    /// Time from the moment's creation until its members can be queried: 41079 before (unpublished).
    pub dispatched_after: Duration,
    /// Unfinished jobs above which a creation is refused with 41078 (unpublished).
    pub jobs_in_flight: usize,
    pub creates_per_minute: usize,
    pub creates_per_month: usize,
    /// How many of 100 members never confirm.
    pub never_confirm: u64,
    /// Latest time after which a member confirms.
    pub confirmed_within: Duration,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            refuses_with: None,
            hides_customers: false,
            answer_faults: Vec::new(),
            says_date: true,
            token_life: limits::TOKEN_LIFE,
            media_life: limits::MEDIA_LIFE,
            job_life: limits::JOB_LIFE,
            job_runs_after: Duration::from_secs(2),
            job_done_after: Duration::from_secs(5),
            listed_after: Duration::from_secs(5),
            dispatched_after: Duration::from_secs(3),
            jobs_in_flight: 50,
            creates_per_minute: limits::CREATES_PER_MINUTE,
            creates_per_month: limits::CREATES_PER_MONTH,
            never_confirm: 10,
            confirmed_within: Duration::from_secs(48 * 3600),
        }
    }
}
