//! `drumbeat explain`: what a rule finds, why it matters, and how it looks.

use super::error::Result;
use super::{Exit, output, settings};
use crate::check::{Rule, nearest_rule, rules};
use crate::diag::Level;
use crate::invocation::command;
use crate::settings::Flags;
use crate::text::Lang;

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

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    settings(flags)?;
    let Some(name) = args.rule else {
        output::result(&table())?;
        return Ok(Exit::Clean);
    };
    match (rules::find(&name), nearest_rule(&name)) {
        (Some(rule), _) => output::result(rule.page(output::lang()))?,
        (None, Some(near)) => {
            fail!(en: "there is no rule `{name}`: did you mean `{near}`?", zh: "没有规则 `{name}`：是不是 `{near}`？")
        }
        (None, None) => {
            fail!(en: "there is no rule `{name}`: `{explain}` lists them all", zh: "没有规则 `{name}`：`{explain}` 会列出所有规则", explain = command("explain"))
        }
    }
    Ok(Exit::Clean)
}

/// Every rule with its level and its summary, one per line.
fn table() -> String {
    let lang = output::lang();
    let widest = rules::ALL.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| {
        let level = match (lang, rule.level) {
            (Lang::En, level) => format!("{:7}", level.name()),
            (Lang::Zh, Level::Error) => "错误".to_owned(),
            (Lang::Zh, Level::Warning) => "警告".to_owned(),
        };
        format!("{:widest$}  {level}  {}\n", rule.code, rule.summary.get(lang))
    };
    rules::ALL.iter().map(line).collect()
}
