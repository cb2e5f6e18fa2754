use crate::check::characters::short;
use crate::check::phrases::{did_you_mean, here, the_keys_are};
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::invocation::command;
use crate::nearest::nearest;
use crate::schedule::UnknownKey;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-calendar",
    level: Level::Error,
    summary: StaticText {
        en: "A calendar file that cannot be read, or that the policy names and the book does not contain.",
        zh: "放假日历读不懂，或者公共设置（`policy.toml`）里写了放假日历、活动目录里却没有。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Calendar,
    pages: StaticText { en: include_str!("bad_calendar.md"), zh: include_str!("bad_calendar.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let read = &context.calendar;
    if let (true, Some(name)) = (read.is_missing, &context.book.policy.calendar.file) {
        findings
            .at(
                &name.span,
                text!(en: "no such file", zh: "没有这个文件"),
                text!(
                    en: "the book has no calendar file `{name}`",
                    zh: "活动目录里没有放假日历 `{name}`",
                    name = short(name)
                ),
            )
            .help(text!(
                en: "write its path from the top of the book: `calendar.toml`, or a file in `calendars/`",
                zh: "请写从活动目录算起的路径：`calendar.toml`，或 `calendars/` 里的文件"
            ));
    }
    let Some(file) = read.file else { return };
    for error in &read.errors {
        let message = error.message.clone().map(|words| words.replace('\n', " "));
        let place = match &error.span {
            Some(span) => Place::new(&file.path, span, here()),
            None => Place::of_file(&file.path),
        };
        let finding = findings.place(place, message);
        finding.help(text!(
            en: "see `{explain}` for the format of the file",
            zh: "运行 `{explain}` 可以看到文件的写法", explain = command("explain bad-calendar")));
        if let Some(UnknownKey { key, known }) = &error.unknown {
            let unknown = short(key);
            finding.message = text!(en: "unknown key `{unknown}` in the calendar", zh: "放假日历里不能写 `{unknown}`");
            match (nearest(key, known.iter().copied()), &error.span) {
                (Some(near), Some(span)) => finding.help(did_you_mean(near)).replace(span, near),
                (Some(near), None) => finding.help(did_you_mean(near)),
                (None, _) => finding.help(the_keys_are(known.to_vec())),
            };
        }
    }
}
