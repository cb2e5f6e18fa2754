//! Plans what a book would post in a window, and compares the plans of two books.
//!
//! Pure: books and times in, values out. A plan uses the engine's own schedules and policy, and changes nothing.

mod audience_change;
mod book_plan;
mod campaign_change;
mod campaign_fields;
mod comparison;
mod occurrence_diff;
mod planned;
mod quota;
mod second_post;
pub mod text_diff;
mod time_ranges;
mod toml_diff;

pub use audience_change::AudienceChange;
pub use book_plan::{DayOfPlan, Idle, Plan, plan, plan_campaigns, plan_of};
pub use campaign_change::{CampaignChange, Kind};
pub use campaign_fields::{CampaignField, MediaChange, VISIBLE_RANGE};
pub use comparison::{BookSide, Changes, NamedAudience, ReachJump, compare};
pub use occurrence_diff::{ContentChange, Moved};
pub use planned::{LeftOut, Note, Planned, Window};
pub use quota::Quota;
pub use second_post::SecondPost;
pub use toml_diff::KeyChange;
