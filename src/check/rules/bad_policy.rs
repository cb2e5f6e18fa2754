use crate::book::Spanned;
use crate::check::characters::short;
use crate::check::{Context, FindingSink, Rule, Run, schedule_check};
use crate::diag::Level;
use crate::schedule;
use crate::text::Lang;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-policy", level: Level::Error, page: include_str!("bad_policy.md"), run: Run::Policy(run) };

fn run(context: &Context<'_>, found: &mut FindingSink<'_>) {
    let policy = &context.book.policy;
    if let Some(zone) = &policy.timezone
        && let Err(fault) = schedule::zone(zone)
    {
        found.at(&zone.span, "no such zone", fault.to_string()).help("write a name such as Asia/Shanghai");
    }
    if let Some(language) = &policy.language
        && language.parse::<Lang>().is_err()
    {
        let written = short(language);
        let message = text!(en: "unknown language `{written}`", zh: "不支持语言“{written}”");
        let help = text!(en: "write \"zh\" for Chinese or \"en\" for English", zh: "中文写 \"zh\"，英文写 \"en\"");
        found.at(&language.span, text!(en: "here", zh: "这里"), message).help(help);
    }
    for range in &policy.calendar.blackout {
        let ends = [("from", &range.from), ("to", &range.to)];
        for (key, end) in ends {
            if let Some(end) = end.as_ref().filter(|end| schedule_check::bound(end).is_none()) {
                found
                    .at(&end.span, "here", format!("`{key}` takes a date or a local date-time"))
                    .help("write a date in the form YYYY-MM-DD or YYYY-MM-DDT09:00:00");
            }
        }
        let read = |end: &Option<Spanned<_>>| end.as_ref().and_then(|end| schedule_check::bound(&end.value));
        if let (Some(from), Some(to)) = (read(&range.from), read(&range.to))
            && from.opens() > to.closes()
        {
            found.at(&range.span, "here", "the blackout ends before it begins").help("swap `from` and `to`");
        }
    }
    if let Some(hours) = &policy.calendar.quiet_hours {
        for (key, end) in [("from", &hours.from), ("to", &hours.to)] {
            if let Some(end) = end.as_ref().filter(|end| schedule_check::time(end).is_none()) {
                found.at(&end.span, "here", format!("`{key}` takes a time of day")).help("write 22:00:00");
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
            found
                .at(&number.span, "here", format!("`{key}` is a whole number from 1"))
                .help("take it out for no limit of your own");
        }
    }
    for wording in &policy.wording {
        if let Some(level) = wording.level.as_ref().filter(|level| !matches!(level.as_str(), "error" | "warning")) {
            found
                .at(&level.span, "here", format!("`level` does not take `{}`", short(level)))
                .help("write \"error\" or \"warning\"");
        }
        if wording.words.is_empty() {
            found
                .at(&wording.words.span, "no word in it", "`words` is empty")
                .help("name a word, or take the entry out");
        }
        for word in wording.words.iter().filter(|word| word.trim().is_empty()) {
            found.at(&word.span, "here", "a word to refuse is empty").help("take it out");
        }
    }
}
