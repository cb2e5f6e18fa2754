use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_check};
use crate::diag::Level;
use crate::limits::CREATES_PER_MINUTE;

pub(in crate::check) static RULE: Rule = Rule {
    code: "crowded-minute",
    level: Level::Warning,
    page: include_str!("crowded_minute.md"),
    run: Run::Book(run),
};

/// In seconds.
const MINUTE: i64 = 60;

fn run(cases: &[CampaignCheck<'_>], _: &Context<'_>, found: &mut FindingSink<'_>) {
    // By time, in seconds, and those of one instant in the order of the cases.
    let mut due: Vec<(i64, usize)> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.campaign.is_some())
        .flat_map(|(n, case)| case.upcoming.iter().map(move |occurrence| (occurrence.at.timestamp(), n)))
        .collect();
    due.sort_unstable();
    let sent = queue(due.iter().map(|(at, _)| *at));
    let mut told = HashSet::new();
    let mut first = 0;
    for crowd in due.chunk_by(|a, b| a.0.div_euclid(MINUTE) == b.0.div_euclid(MINUTE)) {
        let gone = &sent[first..first + crowd.len()];
        first += crowd.len();
        let (Some((at, n)), Some(last)) = (crowd.last(), gone.last()) else { continue };
        // Each crowd is told once, at the campaign that goes out last.
        if crowd.len() > CREATES_PER_MINUTE && told.insert(n) {
            let crowd: Vec<&CampaignCheck<'_>> = crowd.iter().map(|(_, n)| &cases[*n]).collect();
            let instant = |second| DateTime::from_timestamp(second, 0).unwrap_or_default();
            tell(&crowd, instant(*at), &cases[*n], instant(*last), found);
        }
    }
}

fn tell(
    crowd: &[&CampaignCheck<'_>],
    at: DateTime<Utc>,
    case: &CampaignCheck<'_>,
    last: DateTime<Utc>,
    found: &mut FindingSink<'_>,
) {
    let (Some(written), Some(schedule)) = (&case.draft.schedule, &case.schedule.schedule) else { return };
    let local = |at: DateTime<Utc>, form| at.with_timezone(&schedule.zone()).format(form).to_string();
    let headline = format!(
        "{} posts are due at {}; the last goes out at {}",
        crowd.len(),
        local(at, "%Y-%m-%d %H:%M"),
        local(last, "%H:%M")
    );
    let is_late = case.campaign.as_ref().is_some_and(|campaign| last > campaign.terms.latest(at));
    let finding = found.place(case.place(&schedule_check::rule_span(written), "this is the last of them"), headline);
    for other in crowd.iter().take(3) {
        if let Some(written) = &other.draft.schedule {
            finding.related(other.place(&schedule_check::rule_span(written), "also due then"));
        }
    }
    finding.help(if is_late {
        format!("WeCom takes {CREATES_PER_MINUTE} a minute, and this one comes too late for its `max_lateness`: spread them over more minutes")
    } else {
        format!("WeCom takes {CREATES_PER_MINUTE} a minute: spread them over more minutes")
    });
}

/// When each post can go out, given when each is due, in order.
fn queue(due: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut sent: Vec<i64> = Vec::new();
    for at in due {
        let free = sent.len().checked_sub(CREATES_PER_MINUTE).map(|n| sent[n] + MINUTE);
        sent.push(free.map_or(at, |free| free.max(at)));
    }
    sent
}
