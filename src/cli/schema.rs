//! `drumbeat schema`: JSON Schemas for editors.

use clap::ValueEnum;

use super::{Exit, output, settings_of_all};
use crate::report::schema;
use crate::settings::Flags;

/// Prints the JSON Schema of campaign files or of policy.toml, for editors to complete keys and show what they mean
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat schema > campaign.schema.json
  drumbeat schema policy > policy.schema.json
  drumbeat schema --lang zh > campaign.schema.json   descriptions in Chinese

An editor with TOML support takes it from a first line in the file:
  #:schema ./campaign.schema.json")]
pub(super) struct Args {
    /// Which files
    #[arg(value_enum, default_value_t, value_name = "FILES")]
    files: Files,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Files {
    /// Campaign files
    #[default]
    Campaign,
    /// policy.toml
    Policy,
}

pub(super) fn run(args: &Args, flags: Flags) -> super::error::Result<Exit> {
    settings_of_all(flags)?;
    output::result(&match args.files {
        Files::Campaign => schema::campaign(output::lang()),
        Files::Policy => schema::policy(output::lang()),
    })?;
    Ok(Exit::Clean)
}
