//! Everything that is tested from outside, as one binary.

mod exactly_once;
mod schedule;
mod wecom_roads;
mod wecom_requests;
mod wecom_stage;
mod wecom_token;

#[path = "../simulation/mod.rs"]
mod simulation;
