//! Operations of people on runs and campaigns, with typed errors: one implementation for every command and page.

mod campaign;
mod cancel;
mod candidates;
mod find;
mod history;
mod hold;
mod nudge;
mod post;
mod duplicate_check;
mod send_post;
mod settle;
mod manual_transition;

pub use campaign::{CampaignNames, NoCampaign};
pub use cancel::{CancelError, Cancellation, cancellation, check_corp, stop_at_wecom, withdraw_by};
pub use candidates::{Candidate, NoCandidates, candidates};
pub use duplicate_check::{PostWarnings, Scheduled, recent_text};
pub use find::{NoPostableCampaign, NoRun, campaign_to_post, known_campaigns, run_named};
pub use history::newest_from;
pub use hold::{HoldError, ResumeError, Resumed, hold, resume, resume_command};
pub use manual_transition::{TransitionResult, apply, withdraw};
pub use nudge::{NudgeError, NudgeMessage, NudgePlan, Nudged, nudge, nudge_message, plan_nudge, quiet_at};
pub use post::{
    PostError, PostRequest, content_to_post, in_zone, manual_run, open_run_status, record_post, refuse_on_hold,
    unfinished_runs,
};
pub use send_post::{ManualPost, PostProgress, log_lost_commits};
pub use settle::{NotSettled, SettleError, Settlement, looks_like_moment_id, release_from_sending, settle};
