use crate::check::characters::short;
use crate::check::phrases::{code_list, did_you_mean};
use crate::check::variables::{self, Stretch};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-variable",
    level: Level::Error,
    summary: StaticText {
        en: "A variable in a text, such as `{{ phone }}`, that is neither a part of the date nor in `[variables]` of the policy.",
        zh: "文字里用了没有的变量：既不是 `month`、`day`、`weekday`，公共设置（`policy.toml`）的 `[variables]` 里也没有。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unknown_variable.md"), zh: include_str!("unknown_variable.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Most variables that the help names.
const MAX_NAMED: usize = 10;

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::written(check) {
        let unknown = variables::stretches(text).filter_map(|(part, stretch)| match stretch {
            Stretch::Variable(name) if variables::is_name(name) && context.variables.is_unknown(name) => {
                Some((part, name))
            }
            _ => None,
        });
        for (part, name) in unknown.take(customer_texts::MAX_PLACES) {
            let span = check.within(text, &part);
            let shown = short(name);
            let finding = findings.at(
                &span,
                text!(en: "no such variable", zh: "没有这个变量"),
                text!(en: "no variable is named `{shown}`", zh: "没有名叫 `{shown}` 的变量"),
            );
            if let Some(near) = in_chinese(name).or_else(|| nearest(name, context.variables.names())) {
                let correct = format!("{{{{ {near} }}}}");
                finding.help(did_you_mean(&correct)).replace(&span, correct);
                continue;
            }
            finding.help(text!(
                en: "the variables are {names}; another one needs its value in `[variables]` of `policy.toml`. All customers see the same text, so none stands for a customer",
                zh: "可以用的变量：{names}；别的变量要先在 `policy.toml` 的 `[variables]` 里写好。所有客户看到的是同样的文字，没有客户昵称这类变量",
                names = code_list(context.variables.names().take(MAX_NAMED))
            ));
        }
    }
}

/// The part of the date that a Chinese word means.
fn in_chinese(word: &str) -> Option<&'static str> {
    Some(match word {
        "月" | "月份" => "month",
        "日" | "号" | "日期" => "day",
        "星期" | "周" | "周几" | "星期几" => "weekday",
        _ => return None,
    })
}
