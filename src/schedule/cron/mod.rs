//! Cron expressions: from text to local times, or to the errors of the text.

mod describe;
mod dialect;
mod field_sets;
mod parse;
mod words;
pub(super) mod crontab;
pub(super) mod error;
pub(super) mod error_help;
mod error_text;
pub(super) mod field;
pub(super) mod field_kind;
pub(super) mod read;
pub(super) mod repair;
pub(super) mod text;
