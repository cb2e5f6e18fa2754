use crate::check::characters::short;
use crate::check::phrases::{here, remove_it};
use crate::check::variables;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-variable",
    level: Level::Error,
    summary: StaticText {
        en: "An entry of `[variables]` in the policy with a name that texts cannot use, without a value, or with braces in its value.",
        zh: "公共设置（`policy.toml`）的 `[variables]` 里，有变量名不能用，值是空的，或者值里又写了 `{{`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Policy,
    pages: StaticText { en: include_str!("bad_variable.md"), zh: include_str!("bad_variable.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for variable in &context.book.policy.variables {
        let name = short(&variable.name);
        if variables::date_part(&variable.name).is_some() {
            findings
                .at(
                    &variable.name.span,
                    here(),
                    text!(en: "`{name}` is always a part of the date", zh: "`{name}` 表示发表当天的日期，不能另外设值"),
                )
                .help(text!(en: "choose another name", zh: "请换一个变量名"));
        } else if !variables::is_name(&variable.name) {
            let most = variables::MAX_NAME_CHARS;
            findings
                .at(
                    &variable.name.span,
                    here(),
                    text!(en: "`{name}` cannot be the name of a variable", zh: "`{name}` 不能用作变量名"),
                )
                .help(text!(
                    en: "begin with a letter and use letters, digits, `_` and `-`, at most {most} characters",
                    zh: "变量名请以文字或字母开头，可以有数字、`_` 和 `-`，最多 {most} 个字"
                ));
        }
        let Some(value) = &variable.value else { continue };
        if value.trim().is_empty() {
            findings
                .at(
                    &value.span,
                    text!(en: "nothing here", zh: "这里是空的"),
                    text!(en: "the variable `{name}` has no value", zh: "变量 `{name}` 没有值"),
                )
                .help(text!(en: "write its value, or remove the variable", zh: "请写上值，或者删掉这个变量"));
        } else if variables::has_braces(value) {
            findings
                .at(
                    &value.span,
                    here(),
                    text!(
                        en: "the value of `{name}` contains `{{{{`: it cannot name another variable",
                        zh: "变量 `{name}` 的值里有 `{{{{`：值里不能再用变量"
                    ),
                )
                .help(remove_it());
        }
    }
}
