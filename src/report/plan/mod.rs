//! What will be posted, and what a pull request changes about it: one format a file, and the words that they share.

mod cells;
mod changes;
pub mod csv;
pub mod human;
pub mod ics;
pub mod json;
pub mod markdown;
mod markdown_page;
mod notices;
mod remarks;
mod summary;
mod view;

pub use view::View;
