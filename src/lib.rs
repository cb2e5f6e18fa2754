//! Drumbeat posts WeCom customer moments that are defined in TOML files in git.
//!
//! Modules are grouped by layer, lowest first. To start reading: `book`, `check`, `run`, `engine`, then `cli`.
//! Dependencies point downwards only (`ARCHITECTURE.md` lists them, and a test checks it).

// What no other crate can name is `pub(crate)`. Here and not in `Cargo.toml`: tests and benches are crates of their own.
#![warn(unreachable_pub)]

// First, so that its macro is known everywhere.
#[macro_use]
pub mod text;

// Ground: values that everything else is made of.
pub mod background;
pub mod clock;
pub mod finding;
pub mod duration;
pub mod error_chain;
pub mod escape;
pub mod ids;
pub mod invocation;
pub mod limits;
pub mod nearest;
pub mod low_priority;
pub mod parallel;
pub mod plural;
pub mod secret;

// Middle: what campaigns mean. Pure: no I/O, no async, no clock.
pub mod call_error;
pub mod schedule;
pub mod post;
pub mod media_index;
pub mod campaign;
pub mod book;
pub mod check;
pub mod import;
pub mod plan;
pub mod run;

// Adapters: each module wraps one external system. They are independent, except that some use `git` and `http`.
pub mod git;
pub mod http;
pub mod source;
pub mod media;
pub mod sheet;
pub mod thumbnail;
pub mod wecom;
pub mod store;
pub mod notify;
pub mod settings;

// Service: what runs.
pub mod archive;
pub mod load;
pub mod importer;
pub mod book_watcher;
pub mod engine;
pub mod ops;
pub mod sandbox;
pub mod notifier;
pub mod web;
pub mod doctor;
pub mod ack_poller;
pub mod suite_callbacks;
pub mod supervisor;
pub mod audience_counter;
pub mod results_poller;
pub mod nudger;
pub mod tenant;

// Shell: what people type and read. Only the shell prints.
pub mod report;
pub mod page;
pub mod cli;
