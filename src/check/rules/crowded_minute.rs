use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::limits::CREATES_PER_MINUTE;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "crowded-minute",
    level: Level::Warning,
    summary: StaticText {
        en: "More than ten posts of the book due in the same minute, within the next 31 days or, for listed times, at any later time.",
        zh: "同一分钟要发表的朋友圈超过 10 条。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("crowded_minute.md"), zh: include_str!("crowded_minute.zh.md") },
    run: RuleFn::Book(run),
};

const MINUTE_SECONDS: i64 = 60;

fn run(checks: &[CampaignCheck<'_>], _: &Context<'_>, findings: &mut FindingSink<'_>) {
    // Sorted by time in seconds, then by file.
    let mut due: Vec<(i64, usize)> = checks
        .iter()
        .enumerate()
        .filter(|(_, check)| check.campaign.is_some())
        .flat_map(|(n, check)| check.upcoming.iter().map(move |occurrence| (occurrence.at.timestamp(), n)))
        .collect();
    due.sort_unstable();
    let sent = queue(due.iter().map(|(at, _)| *at));
    let mut reported = HashSet::new();
    let mut first = 0;
    for crowd in due.chunk_by(|a, b| a.0.div_euclid(MINUTE_SECONDS) == b.0.div_euclid(MINUTE_SECONDS)) {
        let gone = &sent[first..first + crowd.len()];
        first += crowd.len();
        let (Some((at, n)), Some(last)) = (crowd.last(), gone.last()) else { continue };
        // Each crowded minute is reported once, at the campaign that is sent last.
        if crowd.len() > CREATES_PER_MINUTE && reported.insert(n) {
            let crowd: Vec<&CampaignCheck<'_>> = crowd.iter().map(|(_, n)| &checks[*n]).collect();
            let instant = |second| DateTime::from_timestamp(second, 0).unwrap_or_default();
            report(&crowd, instant(*at), &checks[*n], instant(*last), findings);
        }
    }
}

fn report(
    crowd: &[&CampaignCheck<'_>],
    at: DateTime<Utc>,
    check: &CampaignCheck<'_>,
    last: DateTime<Utc>,
    findings: &mut FindingSink<'_>,
) {
    let (Some(written), Some(schedule)) = (&check.parsed.schedule, &check.schedule.schedule) else { return };
    let local = |at: DateTime<Utc>| at.with_timezone(&schedule.zone()).naive_local();
    let (count, end) = (crowd.len(), local(last).format("%H:%M"));
    let headline = text!(
        en: "{count} posts are due at {due}; the last one is sent at {end}",
        zh: "{due} 这一分钟有 {count} 条要发表，最后一条要到 {end} 才能发出",
        due = when::date_time(local(at))
    );
    let is_late = check.campaign.as_ref().is_some_and(|campaign| last > campaign.timing.deadline(at));
    let place = check.place(&schedule_check::rule_span(written), text!(en: "the last of them", zh: "最后一条"));
    let finding = findings.place(place, headline);
    for other in crowd.iter().take(3) {
        if let Some(written) = &other.parsed.schedule {
            finding.related(
                other.place(&schedule_check::rule_span(written), text!(en: "also due then", zh: "也在这一分钟")),
            );
        }
    }
    finding.help(if is_late {
        text!(
            en: "WeCom accepts {CREATES_PER_MINUTE} posts a minute, and this one would be too late for its `max_lateness`: spread them over more minutes",
            zh: "企业微信每分钟只受理 {CREATES_PER_MINUTE} 条，这一条会超过它的 `max_lateness`；请把时间错开"
        )
    } else {
        text!(
            en: "WeCom accepts {CREATES_PER_MINUTE} posts a minute: spread them over more minutes",
            zh: "企业微信每分钟只受理 {CREATES_PER_MINUTE} 条，请把时间错开"
        )
    });
}

/// When each post can be sent, from the sorted due times.
fn queue(due: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut sent: Vec<i64> = Vec::new();
    for at in due {
        let free = sent.len().checked_sub(CREATES_PER_MINUTE).map(|n| sent[n] + MINUTE_SECONDS);
        sent.push(free.map_or(at, |free| free.max(at)));
    }
    sent
}
