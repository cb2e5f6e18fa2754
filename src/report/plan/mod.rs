//! Formats plans and the changes of a pull request: one format per file, and the words that they share.

pub(crate) mod cells;
mod changes;
mod content_reason;
pub mod csv;
pub mod xlsx;
pub mod human;
pub mod ics;
pub mod json;
pub mod markdown;
mod markdown_page;
pub(crate) mod notices;
pub(crate) mod remarks;
pub(crate) mod summary;
mod view;

pub use content_reason::content_reason;
pub use view::View;
