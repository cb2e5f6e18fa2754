//! `drumbeat explain`: what a rule finds, why it matters, and how it looks.

use super::error::Result;
use super::{Exit, output, settings_of_all};
use crate::check::{Rule, rules};
use crate::finding::Level;
use crate::import::{FINDING_CODES, FindingCode, find_code};
use crate::invocation::command;
use crate::nearest::nearest;
use crate::settings::Flags;
use crate::text::{Lang, StaticText};

/// Explains a rule of `check`; without a rule, lists all rules
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
    settings_of_all(flags)?;
    let Some(name) = args.rule else {
        output::result(&table())?;
        return Ok(Exit::Clean);
    };
    let known = rules::ALL.iter().map(|rule| rule.code).chain(FINDING_CODES.iter().map(|it| it.code));
    match (rules::find(&name), find_code(&name), nearest(&name, known)) {
        (Some(rule), ..) => output::result(rule.page(output::lang()))?,
        (None, Some(code), _) => output::result(&page(code))?,
        (None, None, Some(near)) => {
            fail!(en: "there is no rule `{name}`: did you mean `{near}`?", zh: "没有规则 `{name}`：是不是 `{near}`？")
        }
        (None, None, None) => {
            fail!(en: "there is no rule `{name}`: `{explain}` lists them all", zh: "没有规则 `{name}`：`{explain}` 会列出所有规则", explain = command("explain"))
        }
    }
    Ok(Exit::Clean)
}

/// The page of a finding of spreadsheets.
fn page(code: &FindingCode) -> String {
    let lang = output::lang();
    let (name, summary, act) = (code.code, code.summary.get(lang), code.act.get(lang));
    text!(
        en: "# {name}\n\n## What it finds\n{summary}\n\n## What to do\n{act}\n",
        zh: "# {name}\n\n## 查什么\n{summary}\n\n## 怎么办\n{act}\n"
    )
    .into_lang(lang)
}

/// Every rule with its level and its summary, one per line.
fn table() -> String {
    let lang = output::lang();
    let of_rules = rules::ALL.iter().map(|rule: &&Rule| (rule.code, rule.level, rule.summary));
    let of_sheets = FINDING_CODES.iter().map(|it| (it.code, Level::Error, it.summary));
    let mut all: Vec<_> = of_rules.chain(of_sheets).collect();
    all.sort_by_key(|(code, ..)| *code);
    let widest = all.iter().map(|(code, ..)| code.len()).max().unwrap_or(0);
    let line = |(code, level, summary): (&str, Level, StaticText)| {
        let level = match (lang, level) {
            (Lang::En, level) => format!("{:7}", level.name()),
            (Lang::Zh, Level::Error) => "错误".to_owned(),
            (Lang::Zh, Level::Warning) => "警告".to_owned(),
        };
        format!("{code:widest$}  {level}  {}\n", summary.get(lang))
    };
    all.into_iter().map(line).collect()
}
