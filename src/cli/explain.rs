//! `drumbeat explain`: what a rule finds, why it matters, and how it looks.

use anyhow::bail;

use super::{Exit, output, settings};
use crate::check::{Rule, nearest_rule, rules};
use crate::settings::Flags;

/// Tells what a rule of `check` finds and why it matters; without a rule, lists them all
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat explain
  drumbeat explain long-text")]
pub(super) struct Args {
    /// The name in brackets after `error` or `warning`
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    settings(flags)?;
    let Some(name) = args.rule else {
        output::result(&table())?;
        return Ok(Exit::Clean);
    };
    match (rules::find(&name), nearest_rule(&name)) {
        (Some(rule), _) => output::result(rule.page(output::lang()))?,
        (None, Some(near)) => bail!("there is no rule `{name}`: did you mean `{near}`?"),
        (None, None) => bail!("there is no rule `{name}`: `drumbeat explain` lists them all"),
    }
    Ok(Exit::Clean)
}

/// Every rule with its level and what it finds, one a line.
fn table() -> String {
    let widest = rules::ALL.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| {
        format!("{:widest$}  {:7}  {}\n", rule.code, rule.level.name(), rule.summary.get(output::lang()))
    };
    rules::ALL.iter().map(line).collect()
}
