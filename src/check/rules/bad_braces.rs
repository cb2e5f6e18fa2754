use crate::check::characters::short;
use crate::check::phrases::here;
use crate::check::variables::{self, Stretch};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-braces",
    level: Level::Error,
    summary: StaticText {
        en: "Two opening braces in a text that do not make a variable: not closed on their line, or without a valid name.",
        zh: "文字里的 `{{` 没有写成变量：同一行里没有 `}}`，或者中间没有正确的变量名。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_braces.md"), zh: include_str!("bad_braces.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::written(check) {
        let with_problem = variables::stretches(text).filter_map(|(part, stretch)| Some((part, problem_of(stretch)?)));
        for (part, (message, help)) in with_problem.take(customer_texts::MAX_PLACES) {
            findings.at(&check.within(text, &part), here(), message).help(help);
        }
    }
}

/// What is wrong with a stretch, and the next act.
fn problem_of(stretch: Stretch<'_>) -> Option<(Text, Text)> {
    let literal = text!(
        en: "to post the braces themselves, write `{{{{{{{{`",
        zh: "要让客户看到花括号，请写 `{{{{{{{{`"
    );
    match stretch {
        Stretch::Unclosed => {
            let message = text!(en: "`{{{{` is not closed on its line", zh: "`{{{{` 后面没有 `}}}}`");
            let help = text!(
                en: "close the variable with `}}}}`; {literal}",
                zh: "用变量请在同一行里写上 `}}}}`；{literal}",
                literal = literal
            );
            Some((message, help))
        }
        Stretch::Variable("") => {
            let message = text!(en: "there is no name between the braces", zh: "花括号里没有变量名");
            let help = text!(
                en: "write a name, as in `{{{{ month }}}}`; {literal}",
                zh: "请写上变量名，例如 `{{{{ month }}}}`；{literal}",
                literal = literal
            );
            Some((message, help))
        }
        Stretch::Variable(name) if !variables::is_name(name) => {
            let shown = short(name);
            let message = text!(en: "`{shown}` cannot be the name of a variable", zh: "`{shown}` 不能用作变量名");
            let help = text!(
                en: "a name begins with a letter and has letters, digits, `_` and `-`; {literal}",
                zh: "变量名以文字或字母开头，可以有数字、`_` 和 `-`；{literal}",
                literal = literal
            );
            Some((message, help))
        }
        Stretch::Words(_) | Stretch::Braces | Stretch::Variable(_) => None,
    }
}
