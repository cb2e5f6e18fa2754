//! Cron expressions: from text to wall-clock times, or to what is wrong with the text.

mod dialect;
mod field_sets;
mod parse;
mod words;
pub(super) mod crontab;
pub(super) mod fault;
pub(super) mod fault_text;
pub(super) mod field;
pub(super) mod field_kind;
pub(super) mod read;
pub(super) mod repair;
pub(super) mod text;
