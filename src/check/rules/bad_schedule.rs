use std::sync::Arc;

use toml::value::{Datetime, Time};

use crate::check::characters::short;
use crate::check::schedule_check::What;
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, proposals};
use crate::diag::{Edit, Level, Suggestion};
use crate::nearest::nearest;
use crate::schedule::FaultKind;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-schedule",
    level: Level::Error,
    summary: StaticText {
        en: "An invalid schedule.",
        zh: "时间安排不对，例如 `cron` 里的数字超出范围、`at` 写了一个不存在的时刻、结束早于开始，或者永远不会到点。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("bad_schedule.md"), zh: include_str!("bad_schedule.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let spec = case.schedule.spec.as_deref();
    for problem in &case.schedule.problems {
        let mut suggestion = None;
        let (message, help) = match &problem.what {
            What::Fault(fault) if matches!(fault.kind, FaultKind::Zone(_)) => continue,
            What::Lateness(_) | What::NoLateness => continue,
            What::Fault(fault) => (fault.to_string(), spec.and_then(|spec| fault.help_from(spec, context.now))),
            What::Both => (
                "both `cron` and `at` are given".to_owned(),
                Some("keep one; split the campaign if both are meant".to_owned()),
            ),
            What::DayMatchBesideAt => (
                "`day_match` says nothing beside `at`".to_owned(),
                Some("take it out; it belongs to a `cron` with both day fields".to_owned()),
            ),
            What::TooMany { key, most } => (
                format!("`{key}` takes at most {most} entries"),
                Some("say it with `cron`, or split the campaign".to_owned()),
            ),
            What::Form { key, wanted, written } => {
                let (message, help, instead) = form(key, wanted, written);
                let edit = |text| Edit { file: Arc::clone(&case.draft.file.path), span: problem.span.clone(), text };
                suggestion = instead.map(|text| Suggestion { edits: vec![edit(text)], is_safe: false });
                (message, Some(help))
            }
            What::Word { key, got, takes } => {
                let help = match nearest(got, takes.iter().copied()) {
                    Some(near) => {
                        let text = format!("\"{near}\"");
                        let edit = Edit { file: Arc::clone(&case.draft.file.path), span: problem.span.clone(), text };
                        suggestion = Some(Suggestion { edits: vec![edit], is_safe: false });
                        format!("did you mean `{near}`?")
                    }
                    None => format!("write one of {}", takes.join(", ")),
                };
                (format!("`{key}` does not take `{}`", short(got)), Some(help))
            }
            What::Number { key } => {
                (format!("`{key}` is a whole number from 1"), Some("correct it, or take it out".to_owned()))
            }
        };
        let help = help.unwrap_or_else(|| "see `drumbeat explain bad-schedule` for what a schedule takes".to_owned());
        let proposal = match &problem.what {
            What::Fault(fault) => spec.and_then(|spec| fault.proposal(spec)),
            _ => None,
        };
        let written = case.draft.schedule.as_ref();
        let proposed = proposal.and_then(|proposal| proposals::edits(case.draft, written?, &proposal));
        found.at(&problem.span, "here", message).help(help).suggest(proposed.or(suggestion));
    }
}

/// What is wrong with a date or time, what to write, and that text where it is certain.
fn form(key: &str, wanted: &str, written: &Datetime) -> (String, String, Option<String>) {
    let instead = |text: Datetime| {
        let text = text.to_string();
        (format!("write {text}"), Some(text))
    };
    if let Some(offset) = written.offset {
        let (help, text) = instead(Datetime { offset: None, ..*written });
        return (
            format!("`{key}` takes a local time: `{offset}` does not belong there"),
            format!("{help}; the zone stands in `timezone`"),
            text,
        );
    }
    if let Some(time) = written.time.filter(|time| time.nanosecond.is_some_and(|it| it > 0)) {
        let whole = Time { nanosecond: None, ..time };
        let (help, text) = instead(Datetime { time: Some(whole), ..*written });
        return (format!("`{key}` takes whole seconds only"), help, text);
    }
    if let Some(time) = written.time.filter(|time| time.second == Some(60)) {
        let (help, text) = instead(Datetime { time: Some(Time { second: Some(59), ..time }), ..*written });
        return (format!("`{key}` takes seconds up to 59"), help, text);
    }
    match (key, written.date, written.time) {
        ("at", Some(date), None) => (
            format!("`{key}` needs a time as well as the date"),
            format!("add the time, such as {date}T09:00:00"),
            None,
        ),
        ("skip", Some(date), Some(_)) => {
            (format!("`{key}` takes dates without a time"), format!("write {date}"), Some(date.to_string()))
        }
        (_, None, Some(_)) => (format!("`{key}` needs a date"), format!("write {wanted}"), None),
        _ => (format!("`{key}` takes {wanted}"), format!("write {wanted}"), None),
    }
}
