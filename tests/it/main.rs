//! Everything that is tested from outside, as one binary.

mod schedule;
mod schedule_calendar;
mod schedule_croniter;
mod schedule_oracle;
mod schedule_text;
mod wecom_roads;
mod wecom_requests;
mod wecom_stage;
mod wecom_token;
