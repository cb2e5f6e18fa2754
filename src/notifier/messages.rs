//! What people are told, and what they can do about it. Only words: when to say them is the herald's.

use chrono::{DateTime, Utc};

use crate::check::InvalidFile;
use crate::engine::{ClockStatus, StoreStatus};
use crate::ids::CampaignId;
use crate::limits::BEIJING;
use crate::notify::{Notification, Severity};
use crate::run::{Run, State};
use crate::schedule::civil::read_in;

/// Whom a campaign is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CampaignContact {
    pub(super) title: Option<String>,
    pub(super) owner: Option<String>,
}

pub(super) fn in_doubt(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    let detail = format!("{}\nIt is being looked for; nothing is sent meanwhile.", reason(run));
    of_run("in_doubt", Severity::Notice, run, who, "the answer was lost", detail, now)
}

pub(super) fn needs_person(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    let detail = format!("{}\nMore: drumbeat show {}", reason(run), run.id());
    of_run("needs_person", Severity::Alarm, run, who, "a person must say what became of it", detail, now)
}

/// Runs that waited for a person already at the start of the service.
pub(super) fn wait_for_person(runs: &[Run], now: DateTime<Utc>) -> Notification {
    const NAMED: usize = 5;
    let headline = match runs.len() {
        1 => "1 run waits for a person to say what became of it".to_owned(),
        n => format!("{n} runs wait for a person to say what became of them"),
    };
    let named = runs.iter().take(NAMED).map(|run| format!("drumbeat show {}\n", run.id()));
    let detail = format!("{}All of them: drumbeat history --state in_doubt", named.collect::<String>());
    general("needs_person", Severity::Alarm, &headline, Some(detail), now)
}

/// A moment that no customer will see.
pub(super) fn nobody_asked(run: &Run, why: &str, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    let detail = format!("{why}\nMore: drumbeat show {}", run.id());
    of_run("nobody_asked", Severity::Alarm, run, who, "created, and no member was asked to post it", detail, now)
}

/// A run that is due and cannot be sent yet.
pub(super) fn late(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    let until = read_in(&run.zone, run.latest);
    let detail = format!("{}\nIt is tried again until {until} ({}).", reason(run), run.zone);
    of_run("waiting", Severity::Alarm, run, who, "it is due and cannot be sent yet", detail, now)
}

/// What is known of this machine's clock has changed.
pub(super) fn clock(status: &ClockStatus, now: DateTime<Utc>) -> Notification {
    let (headline, detail) = match status {
        ClockStatus::Right => {
            return general("recovered", Severity::Good, "this machine's clock is right again", None, now);
        }
        ClockStatus::Wrong(ahead) => {
            let headline = match ahead.strip_prefix('-') {
                Some(behind) => format!("this machine's clock is wrong: {behind} behind WeCom's time"),
                None => format!("this machine's clock is wrong: {ahead} ahead of WeCom's time"),
            };
            (headline, "Posting goes on by WeCom's time.".to_owned())
        }
        ClockStatus::Unconfirmed(why) => {
            let headline = "nothing is posted: this machine's clock is in doubt and WeCom cannot be asked for the time";
            (headline.to_owned(), format!("{why}\nPosting goes on as soon as WeCom answers."))
        }
    };
    let detail = format!("{detail} Set the clock, for example with `timedatectl set-ntp true`.");
    general("clock_wrong", Severity::Alarm, &headline, Some(detail), now)
}

/// Whether the store takes what is to be recorded has changed.
pub(super) fn store(status: &StoreStatus, now: DateTime<Utc>) -> Notification {
    let (headline, detail) = match status {
        StoreStatus::Good => return general("recovered", Severity::Good, "the store records again", None, now),
        StoreStatus::Failing(why) => (
            "nothing is posted: the store cannot record it",
            format!("{why}\nIt is tried again every few seconds. On the server: drumbeat doctor"),
        ),
        StoreStatus::Displaced(why) => ("the service stops: its store was removed, renamed or replaced", why.clone()),
    };
    general("store_failing", Severity::Alarm, headline, Some(detail), now)
}

/// What is due soon and could not be made ready.
pub(super) fn unready(
    campaign: Option<&CampaignId>,
    why: &str,
    who: Option<&CampaignContact>,
    now: DateTime<Utc>,
) -> Notification {
    let what = campaign
        .map_or_else(|| "WeCom gives no token".to_owned(), |id| format!("the media of {id} cannot be uploaded"));
    let headline = format!("{what}, and a post is due soon");
    let campaign = campaign.map(ToString::to_string);
    let owner = who.and_then(|who| who.owner.clone());
    let detail = format!("{why}\nIt is tried again when it is due.");
    Notification { owner, campaign, ..general("not_ready", Severity::Alarm, &headline, Some(detail), now) }
}

pub(super) fn settled(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    of_run("recovered", Severity::Good, run, who, "it was posted after all", reason(run), now)
}

pub(super) fn partial(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    of_run("partial", Severity::Notice, run, who, "posted, but not to everybody", reason(run), now)
}

/// A run that ended without a post.
pub(super) fn not_posted(run: &Run, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    let (weight, what) = match run.state {
        State::Refused => (Severity::Alarm, "WeCom refused it"),
        State::Expired => (Severity::Alarm, "WeCom never said what became of it"),
        State::Absent => (Severity::Alarm, "the answer was lost and it was not posted"),
        State::Missed => (Severity::Alarm, "missed: it was not posted"),
        State::Held => (Severity::Notice, "not posted: on hold"),
        _ => (Severity::Alarm, "not posted"),
    };
    let detail = format!("{}\nMore: drumbeat show {}", reason(run), run.id());
    of_run(run.state.name(), weight, run, who, what, detail, now)
}

pub(super) fn held_file(broken: &InvalidFile, who: Option<&CampaignContact>, now: DateTime<Utc>) -> Notification {
    Notification {
        event: "held_file",
        weight: Severity::Alarm,
        at: now,
        headline: format!("{} has an error: its campaign is held", broken.file),
        detail: Some(format!(
            "{}\nThe others go on. `drumbeat check` shows the place.",
            broken.reason.get(crate::text::Lang::En)
        )),
        owner: who.and_then(|who| who.owner.clone()),
        campaign: broken.id.as_ref().map(ToString::to_string),
        run: None,
    }
}

pub(super) fn fixed(
    file: &str,
    id: Option<&CampaignId>,
    who: Option<&CampaignContact>,
    now: DateTime<Utc>,
) -> Notification {
    Notification {
        event: "recovered",
        weight: Severity::Good,
        at: now,
        headline: format!("{file} has no error any more"),
        detail: None,
        owner: who.and_then(|who| who.owner.clone()),
        campaign: id.map(ToString::to_string),
        run: None,
    }
}

pub(super) fn fetch_failed(why: &str, now: DateTime<Utc>) -> Notification {
    let detail = format!("{why}\nThe last good book stays in force.");
    general("fetch_failing", Severity::Alarm, "the campaign book cannot be fetched", Some(detail), now)
}

pub(super) fn fetched(now: DateTime<Utc>) -> Notification {
    general("recovered", Severity::Good, "the campaign book is fetched again", None, now)
}

pub(super) fn quota_near(left: usize, of: usize, now: DateTime<Utc>) -> Notification {
    let headline = format!("{left} of {of} creations are left this month");
    let detail = "What is due beyond them waits for the next month, or is recorded as failed.".to_owned();
    general("quota_near", Severity::Notice, &headline, Some(detail), now)
}

pub(super) fn month_used_up(waiting: usize, until: DateTime<Utc>, now: DateTime<Utc>) -> Notification {
    let until = read_in(BEIJING.name(), until);
    let detail = format!("{waiting} runs wait; WeCom takes more from {until} ({}).", BEIJING.name());
    general("quota_used_up", Severity::Alarm, "this month's creations are used up", Some(detail), now)
}

fn general(
    event: &'static str,
    weight: Severity,
    headline: &str,
    detail: Option<String>,
    now: DateTime<Utc>,
) -> Notification {
    Notification {
        event,
        weight,
        at: now,
        headline: headline.to_owned(),
        detail,
        owner: None,
        campaign: None,
        run: None,
    }
}

fn of_run(
    event: &'static str,
    weight: Severity,
    run: &Run,
    who: Option<&CampaignContact>,
    what: &str,
    detail: String,
    now: DateTime<Utc>,
) -> Notification {
    let title = who.and_then(|who| who.title.as_deref()).map(|title| format!(" ({title})")).unwrap_or_default();
    Notification {
        event,
        weight,
        at: now,
        headline: format!("{}{title}, due {}: {what}", run.campaign, run.slot.local().format("%Y-%m-%d %H:%M")),
        detail: Some(detail),
        owner: who.and_then(|who| who.owner.clone()),
        campaign: Some(run.campaign.to_string()),
        run: Some(run.id().to_string()),
    }
}

fn reason(run: &Run) -> String {
    run.reason_text().map_or_else(|| run.state.name().to_owned(), |why| why.into_lang(crate::text::Lang::En))
}
