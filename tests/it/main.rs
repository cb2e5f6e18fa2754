//! Everything that is tested from outside, as one binary.

mod media;
mod schedule;
mod source_directory;
mod source_example;
mod source_revision;
mod wecom_roads;
mod wecom_requests;
mod wecom_stage;
mod wecom_token;
