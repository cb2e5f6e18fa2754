use crate::check::characters::short;
use crate::check::phrases::here;
use crate::check::rotation_check::RotationError;
use crate::check::schedule_check::MAX_TIMES;
use crate::check::word_aliases::word_help;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-rotation",
    level: Level::Error,
    summary: StaticText {
        en: "Contents whose order cannot be told: an invalid `on` or `[rotation]`.",
        zh: "几条内容的轮换方式不对：`on` 或 `[rotation]` 写错了。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_rotation.md"), zh: include_str!("bad_rotation.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for problem in &check.rotation.problems {
        let span = &problem.span;
        match &problem.error {
            // It has a rule of its own.
            RotationError::NoStart => {}
            RotationError::Word { key, got, takes } => {
                let got_shown = short(got);
                let message = text!(en: "`{key}` cannot be `{got_shown}`", zh: "`{key}` 不能是 `{got_shown}`");
                let (help, meant) = word_help(key, got, takes);
                let finding = findings.at(span, here(), message).help(help);
                if let Some(meant) = meant {
                    finding.replace(span, format!("\"{meant}\""));
                }
            }
            RotationError::NotADate => {
                findings
                    .at(span, here(), text!(en: "`on` takes dates without a time", zh: "`on` 只写日期，不写时间"))
                    .help(text!(
                        en: "write the date in the form `\"YYYY-MM-DD\"`; the schedule says at what time",
                        zh: "请写成 `\"YYYY-MM-DD\"` 的形式；几点发表由发表时间决定"
                    ));
            }
            RotationError::NoDate => {
                findings.at(span, here(), text!(en: "`on` has no date", zh: "`on` 里没有日期")).help(text!(
                    en: "add the dates on which this content is posted, or remove `on` so that it takes its turn",
                    zh: "请写上用这条内容的日期；想让它参加轮换，请删掉 `on`"
                ));
            }
            RotationError::SameDate { date, first, there } => {
                let related = check.place(there, text!(en: "first here", zh: "第一次在这里"));
                let message = text!(
                    en: "{date} already has content {first}",
                    zh: "{date}已经指定了第 {first} 条内容",
                    date = when::plain_date(*date)
                );
                findings
                    .at(span, text!(en: "the same date again", zh: "又是这一天"), message)
                    .related(related)
                    .help(text!(en: "keep the date in one of them", zh: "请只在一条内容里保留这个日期"));
            }
            RotationError::TooMany => {
                findings
                    .at(
                        span,
                        text!(en: "the first content too many", zh: "从这条开始超出"),
                        text!(en: "a campaign can have at most {MAX_TIMES} contents", zh: "一个活动最多 {MAX_TIMES} 条内容"),
                    )
                    .help(text!(en: "split the campaign", zh: "请拆成几个活动"));
            }
            RotationError::NoTurns => {
                findings
                    .at(
                        span,
                        text!(en: "kept for certain dates", zh: "只用在指定的日期"),
                        text!(
                            en: "every content is kept for certain dates, so the other days have nothing to post",
                            zh: "每条内容都指定了日期，其余的日子就没有内容可发"
                        ),
                    )
                    .help(text!(
                        en: "remove `on` from the content for all other days; or list the times as `schedule.at`, with one content for each",
                        zh: "请让一条内容不写 `on`，其余的日子用它；或者在 `schedule.at` 里列出时间，每个时间一条内容"
                    ));
            }
            RotationError::NothingPosted => {
                findings
                    .at(
                        span,
                        here(),
                        text!(
                            en: "the campaign is over before anything is posted: the schedule skips every occurrence of the first cycle",
                            zh: "还没发表活动就结束了：第一轮的每一次都被发表时间跳过了"
                        ),
                    )
                    .help(text!(
                        en: "move `start`, skip fewer days, or write `after_last = \"repeat\"`",
                        zh: "请调整 `start`，少跳过几天，或者写 `after_last = \"repeat\"`"
                    ));
            }
        }
    }
}
