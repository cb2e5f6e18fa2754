//! Everything that is tested from outside, as one binary.

mod end_to_end;
mod exactly_once;
mod exactly_once_page;
mod real_kills;
mod real_stage;
mod real_socket;
mod disk;
mod sandbox_desk;
mod sandbox_http;
mod sandbox_refuses;
mod sandbox_shows;
mod layers;
mod media;
mod check;
mod check_any_text;
mod check_cli;
mod check_recipes;
mod json_schema;
mod plan;
mod plan_changes;
mod report_findings;
mod report_schema;
mod schedule;
mod source_directory;
mod source_example;
mod source_revision;
mod schedule_calendar;
mod schedule_croniter;
mod schedule_oracle;
mod schedule_text;
mod watch;
mod service_house;
mod service_follow;
mod service_git;
mod service_steer;
mod service_stop;
mod wecom_roads;
mod wecom_answers;
mod wecom_network;
mod wecom_requests;
mod wecom_secrets;
mod wecom_stage;
mod wecom_token;

#[path = "../simulation/mod.rs"]
mod simulation;
