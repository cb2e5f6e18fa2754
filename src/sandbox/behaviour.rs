//! How the sandbox behaves where WeCom states no number, or where a test wants another one.

use std::time::Duration;

use super::AnswerFault;
use crate::limits;

/// The sandbox's knobs. The defaults are WeCom's published numbers, and likely ones where there are none.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Decides every name that is given out, and when each member confirms.
    pub seed: u64,
    /// Refuses every call but gettoken with this code: 60020 for an address that is not trusted, 48002 for an app
    /// without the right. WeCom gives out a token all the same.
    pub refuses_with: Option<i64>,
    /// How answers differ from WeCom's pages.
    pub answer_faults: Vec<AnswerFault>,
    /// Says the time with every answer, as HTTP's `Date` does.
    pub says_date: bool,
    pub token_life: Duration,
    pub media_life: Duration,
    pub job_life: Duration,
    /// From the creation to status 2 (unpublished).
    pub job_runs_after: Duration,
    /// From the creation to status 3 (unpublished). The moment exists from then on.
    pub job_done_after: Duration,
    /// From the moment's birth until `get_moment_list` shows it (unpublished).
    pub listed_after: Duration,
    /// From the moment's birth until its members can be asked for: 41079 before (unpublished).
    pub dispatched_after: Duration,
    /// Unfinished jobs beyond which a creation is refused with 41078 (unpublished).
    pub jobs_in_flight: usize,
    pub creates_per_minute: usize,
    pub creates_per_month: usize,
    /// Out of 100 members, how many never confirm.
    pub never_confirm: u64,
    /// The latest that a member confirms, if at all.
    pub confirmed_within: Duration,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            refuses_with: None,
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
