//! What people do to runs and campaigns, typed: one implementation for every place that offers it.

mod campaign;
mod post;
mod settle;
mod steer;

pub use campaign::{CampaignNames, NoCampaign};
pub use post::{by_hand, what_is_known};
pub use settle::{NotSettled, Settlement, release_from_sending, settle};
pub use steer::{Steered, steer, withdraw};
