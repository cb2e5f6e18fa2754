use crate::book::Spanned;
use crate::check::characters::short;
use crate::check::phrases::{here, remove_it};
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::schedule;
use crate::text::{Lang, StaticText, UserError};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-policy",
    level: Level::Error,
    summary: StaticText {
        en: "An invalid value in `policy.toml`.",
        zh: "公共设置 `policy.toml` 里有一项的值不对，例如时区不存在、`language` 写了 `zh` 和 `en` 以外的语言、停发期的结束早于开始、上限小于 1，或者 `level` 不是 `error` 和 `warning`。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Policy,
    pages: StaticText { en: include_str!("bad_policy.md"), zh: include_str!("bad_policy.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let policy = &context.book.policy;
    if let Some(zone) = &policy.timezone
        && let Err(error) = schedule::zone(zone)
    {
        findings.at(&zone.span, text!(en: "no such timezone", zh: "没有这个时区"), error.text()).help(text!(
            en: "write a name such as `Asia/Shanghai`",
            zh: "请写时区名称，例如 `Asia/Shanghai`"
        ));
    }
    if let Some(language) = &policy.language
        && language.parse::<Lang>().is_err()
    {
        let written = short(language);
        let message = text!(en: "unknown language `{written}`", zh: "不支持语言“{written}”");
        let help = text!(en: "write \"zh\" for Chinese or \"en\" for English", zh: "中文写 \"zh\"，英文写 \"en\"");
        findings.at(&language.span, text!(en: "here", zh: "这里"), message).help(help);
    }
    for range in &policy.calendar.blackout {
        let ends = [("from", &range.from), ("to", &range.to)];
        for (key, end) in ends {
            if let Some(end) = end.as_ref().filter(|end| schedule_check::bound(end).is_none()) {
                findings
                    .at(
                        &end.span,
                        here(),
                        text!(en: "`{key}` takes a date or a local date-time", zh: "`{key}` 要写日期，或者日期加时间"),
                    )
                    .help(text!(
                        en: "write a date in the form `\"YYYY-MM-DD\"` or `\"YYYY-MM-DD 09:00\"`",
                        zh: "请写成 `\"YYYY-MM-DD\"` 或 `\"YYYY-MM-DD 09:00\"` 的形式"
                    ));
            }
        }
        let read = |end: &Option<Spanned<_>>| end.as_ref().and_then(|end| schedule_check::bound(&end.value));
        if let (Some(from), Some(to)) = (read(&range.from), read(&range.to))
            && from.opens() > to.closes()
        {
            findings
                .at(&range.span, here(), text!(en: "the blackout ends before it begins", zh: "停发期的结束早于开始"))
                .help(text!(en: "swap `from` and `to`", zh: "请把 `from` 和 `to` 对调"));
        }
    }
    if let Some(hours) = &policy.calendar.quiet_hours {
        for (key, end) in [("from", &hours.from), ("to", &hours.to)] {
            if let Some(end) = end.as_ref().filter(|end| schedule_check::time(end).is_none()) {
                findings
                    .at(&end.span, here(), text!(en: "`{key}` takes a time of day", zh: "`{key}` 只写几点几分"))
                    .help(text!(en: "write a time such as `22:00:00`", zh: "请写时间，例如 `22:00:00`"));
            }
        }
    }
    let limits = &policy.limits;
    let numbers = [
        ("max_per_day", &limits.max_per_day),
        ("max_per_audience_per_day", &limits.max_per_audience_per_day),
        ("same_text_days", &limits.same_text_days),
    ];
    for (key, number) in numbers {
        if let Some(number) = number.as_ref().filter(|number| !(1..=10_000).contains(&number.value)) {
            findings
                .at(
                    &number.span,
                    here(),
                    text!(en: "`{key}` must be a whole number from 1", zh: "`{key}` 应该是从 1 开始的整数"),
                )
                .help(text!(
                    en: "correct it, or remove it to use the default",
                    zh: "请改正；不需要自己限制时，把它删掉"
                ));
        }
    }
    for wording in &policy.wording {
        if let Some(level) = wording.level.as_ref().filter(|level| !matches!(level.as_str(), "error" | "warning")) {
            findings
                .at(
                    &level.span,
                    here(),
                    text!(en: "`level` cannot be `{level}`", zh: "`level` 不能是 `{level}`", level = short(level)),
                )
                .help(text!(
                    en: "for `level`, write `\"error\"` or `\"warning\"`",
                    zh: "请写 `\"error\"`（错误）或 `\"warning\"`（警告）"
                ));
        }
        if wording.words.is_empty() {
            findings
                .at(
                    &wording.words.span,
                    text!(en: "no word here", zh: "这里一个词也没有"),
                    text!(en: "`words` is empty", zh: "`words` 是空的"),
                )
                .help(text!(en: "add a word, or remove the entry", zh: "请至少写一个词，或者删掉这一项"));
        }
        for word in wording.words.iter().filter(|word| word.trim().is_empty()) {
            findings
                .at(&word.span, here(), text!(en: "this word to refuse is empty", zh: "禁用词是空的"))
                .help(remove_it());
        }
    }
}
