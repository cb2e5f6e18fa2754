//! Reminds members who have not posted a moment, by a message of the app: never more than twice for one run, and never
//! customers.
//!
//! Each reminder is in the store before its message is sent. After a crash between the two it counts as sent: a member
//! may get one reminder less, never one more.

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike as _, Utc};

use super::post::in_zone;
use crate::escape;
use crate::ids::AgentId;
use crate::limits::BEIJING;
use crate::run::{Reason, Run, RunId};
use crate::schedule::{BlockReason, PostingBlocks, QuietHours};
use crate::settings::NudgeText;
use crate::store::{AckProgress, Hold, MAX_NUDGES, Nudge, NudgeOutcome, Store, StoreError};
use crate::text::{Lang, Text, UserError, when};
use crate::wecom::{Error, MemberStatus, Next, UnpostedMember, WeCom};

/// Members of one message and of one commit: a due post waits for at most this many rows.
const BATCH_SIZE: usize = 500;
/// The shortest time between two reminders of a member.
const MIN_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// Quiet hours of a policy that names none: members have a private life.
const NIGHT: QuietHours = QuietHours { from: hour(21), to: hour(8) };
/// Longest title in a message, in characters.
const TITLE_CHARS: usize = 100;
/// WeCom's code if it takes none of the members of a message.
const NONE_VALID: i64 = 81013;

/// Why no member of a run is reminded.
#[derive(Debug, thiserror::Error)]
pub enum NudgeError {
    NotPosted(Box<Run>),
    Cancelled(RunId),
    OnHold {
        run: RunId,
        hold: Box<Hold>,
        zone: String,
    },
    /// The policy allows no post at this time, or it is night.
    Quiet(BlockReason),
    Wecom(#[source] Error),
    Store(#[source] StoreError),
}

/// Who would be reminded of a run, by WeCom's answer at this time.
#[derive(Clone, Debug)]
pub struct NudgePlan {
    pub run: Run,
    /// The receivers.
    pub members: Vec<UnpostedMember>,
    /// Members who have not posted, and were reminded as often as allowed.
    pub reminded_enough: Vec<String>,
    /// Members who have not posted, and were reminded a short while ago.
    pub reminded_lately: Vec<String>,
    pub posted: usize,
    pub asked: usize,
    /// No member was reminded since this instant.
    since: DateTime<Utc>,
}

/// How many reminders had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nudged {
    pub sent: usize,
    pub invalid: usize,
    pub unlicensed: usize,
    pub unknown: usize,
}

/// What is sent, and by which app.
#[derive(Clone, Debug)]
pub struct NudgeMessage {
    pub agent: AgentId,
    pub text: String,
}

/// The message about a run. `title`: that of its campaign, or its id.
pub fn nudge_message(agent: AgentId, text: Option<&NudgeText>, run: &Run, title: &str, lang: Lang) -> NudgeMessage {
    // A text message shows links, and a title comes from the book.
    let title: String = escape::robot(title).chars().take(TITLE_CHARS).collect();
    let local = run.due_local();
    let time = when::date_time(local.with_second(0).unwrap_or(local));
    let text = match text {
        Some(text) => text.fill(&title, time.get(lang)),
        None => text!(
            en: "Please post the customer moment \"{title}\" of {time}. Customers see it only after you confirm it: open 客户朋友圈 in WeCom, \
                 and post what the company has prepared.",
            zh: "{time}的客户朋友圈“{title}”还等您发表。您确认以后客户才能看到：请在企业微信里打开“客户朋友圈”，发表企业准备好的内容。",
            time = time
        )
        .into_lang(lang),
    };
    NudgeMessage { agent, text }
}

/// Why members are not reminded of a run at an instant: the policy's quiet hours and blackouts, or the night if the
/// policy has no quiet hours.
pub fn quiet_at(blocks: &PostingBlocks, run: &Run, at: DateTime<Utc>) -> Option<BlockReason> {
    let zone = run.zone.parse().unwrap_or(BEIJING);
    let night = || PostingBlocks { quiet: vec![NIGHT], ..PostingBlocks::default() }.at(at, zone);
    blocks.at(at, zone).or_else(|| blocks.quiet.is_empty().then(night).flatten())
}

/// Asks WeCom who has not posted a run's moment, and who of them may be reminded. With `due_since`, only members who were
/// not reminded since then.
///
/// # Errors
/// The run has no moment, was cancelled or is on hold, or WeCom or the store cannot be asked.
pub async fn plan_nudge(
    store: &Store,
    wecom: &WeCom,
    run: Run,
    due_since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<NudgePlan, NudgeError> {
    let Some(moment_id) = run.moment_id.clone().filter(|_| run.state.is_posted()) else {
        return Err(NudgeError::NotPosted(Box::new(run)));
    };
    if matches!(run.reason, Some(Reason::Cancelled { .. })) {
        return Err(NudgeError::Cancelled(run.id()));
    }
    if let Some(hold) = store.active_hold(&run.corp, &run.campaign).await.map_err(NudgeError::Store)? {
        return Err(NudgeError::OnHold { run: run.id(), hold: Box::new(hold), zone: run.zone.clone() });
    }
    // Those who have posted since the last poll are not reminded.
    let members = wecom.task(&moment_id).await.map_err(NudgeError::Wecom)?;
    save_answer(store, &run, &members, now).await.map_err(NudgeError::Store)?;
    let nudges = store.nudges(&run).await.map_err(NudgeError::Store)?;
    let lately = now - MIN_INTERVAL;
    let since = due_since.map_or(lately, |since| since.min(lately));
    let posted = members.iter().filter(|member| member.posted).count();
    let asked = members.len();
    let mut plan = NudgePlan {
        run,
        members: Vec::new(),
        reminded_enough: Vec::new(),
        reminded_lately: Vec::new(),
        posted,
        asked,
        since,
    };
    for member in members.iter().filter_map(MemberStatus::unposted) {
        let of_member = nudges.iter().filter(|nudge| nudge.member == member.userid());
        if of_member.clone().count() >= MAX_NUDGES {
            plan.reminded_enough.push(member.userid().to_owned());
        } else if of_member.clone().any(|nudge| nudge.at >= since) {
            plan.reminded_lately.push(member.userid().to_owned());
        } else {
            plan.members.push(member);
        }
    }
    Ok(plan)
}

/// Reminds the members of a plan. The store decides again who may be: another process may have reminded them meanwhile.
///
/// # Errors
/// WeCom refuses the message, or cannot be reached: then these members were not reminded, and it does not count. Or the
/// store cannot be written: then no message was sent.
pub async fn nudge(
    store: &Store,
    wecom: &WeCom,
    plan: &NudgePlan,
    message: &NudgeMessage,
    person: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Nudged, NudgeError> {
    let mut nudged = Nudged::default();
    for batch in plan.members.chunks(BATCH_SIZE) {
        let names: Vec<String> = batch.iter().map(|member| member.userid().to_owned()).collect();
        let begun = store.begin_nudges(&plan.run, &names, plan.since, person, now).await.map_err(NudgeError::Store)?;
        let members: Vec<UnpostedMember> =
            batch.iter().filter(|member| begun.iter().any(|name| name == member.userid())).cloned().collect();
        if members.is_empty() {
            continue;
        }
        let answer = wecom.remind(message.agent, &members, &message.text).await;
        let outcome = |name: &str| match &answer {
            Ok(not) if not.invalid.contains(&name.to_ascii_lowercase()) => Some(NudgeOutcome::Invalid),
            Ok(not) if not.unlicensed.contains(&name.to_ascii_lowercase()) => Some(NudgeOutcome::Unlicensed),
            Ok(_) => Some(NudgeOutcome::Sent),
            Err(error) if error.errcode() == Some(NONE_VALID) => Some(NudgeOutcome::Invalid),
            Err(error) if error.next() == Next::InDoubt => Some(NudgeOutcome::Unknown),
            Err(_) => None,
        };
        let with_outcome = |name: String| {
            let outcome = outcome(&name);
            (name, outcome)
        };
        let outcomes: Vec<_> = begun.into_iter().map(with_outcome).collect();
        outcomes.iter().filter_map(|(_, outcome)| *outcome).for_each(|outcome| nudged.add(outcome));
        let was_sent = outcomes.iter().all(|(_, outcome)| outcome.is_some());
        store.end_nudges(&plan.run, &outcomes).await.map_err(NudgeError::Store)?;
        if let (Err(error), false) = (answer, was_sent) {
            return Err(NudgeError::Wecom(error));
        }
    }
    Ok(nudged)
}

/// Saves who has posted. The intervals of the poller stay as they are.
async fn save_answer(store: &Store, run: &Run, members: &[MemberStatus], now: DateTime<Utc>) -> Result<(), StoreError> {
    let (before, _) = store.acks(run).await?;
    let is_over = !members.is_empty() && members.iter().all(|member| member.posted);
    let (asked, next_at) = before.map_or((0, Some(now)), |before| (before.asked, before.next_at));
    let progress = AckProgress { asked_at: now, asked, next_at: next_at.filter(|_| !is_over), trouble: None };
    let members: Vec<(String, bool)> = members.iter().map(|it| (it.userid.clone(), it.posted)).collect();
    store.save_acks(run, &progress, &members).await
}

impl Nudged {
    fn add(&mut self, outcome: NudgeOutcome) {
        let number = match outcome {
            NudgeOutcome::Sent => &mut self.sent,
            NudgeOutcome::Invalid => &mut self.invalid,
            NudgeOutcome::Unlicensed => &mut self.unlicensed,
            NudgeOutcome::Unknown => &mut self.unknown,
        };
        *number += 1;
    }

    /// The outcomes of reminders.
    pub fn of(nudges: &[&Nudge]) -> Self {
        let mut nudged = Self::default();
        nudges.iter().for_each(|nudge| nudged.add(nudge.outcome));
        nudged
    }

    /// In words.
    pub fn text(&self) -> Text {
        let Self { sent, invalid, unlicensed, unknown } = *self;
        let part = |number: usize, english: &str, chinese: &str| {
            let number = (number > 0).then(|| number.to_string())?;
            Some(Text::of(english.replace("{}", &number), chinese.replace("{}", &number)))
        };
        let parts: Vec<Text> = [
            part(sent, "{} reminded", "已提醒 {} 人"),
            part(invalid, "{} not found or out of the app's scope", "{} 人已离职或不在应用可见范围内"),
            part(unlicensed, "{} without a licence", "{} 人没有接口许可"),
            part(unknown, "{} perhaps reminded (the answer was lost)", "{} 人可能已经提醒（没有收到答复）"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            return text!(en: "no member was reminded", zh: "没有提醒任何成员");
        }
        Text::join(&parts, &text!(en: ", ", zh: "，"))
    }
}

const fn hour(hour: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, 0, 0) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

impl UserError for NudgeError {
    fn text(&self) -> Text {
        match self {
            Self::NotPosted(run) => {
                let id = run.id();
                text!(
                    en: "{id} is {state}: there is no moment that members could post",
                    zh: "{id} 的状态是“{state}”：没有要成员发表的内容",
                    state = run.state.text()
                )
            }
            Self::Cancelled(run) => text!(
                en: "{run} was stopped: members who have not posted it cannot post it any more",
                zh: "{run} 已经停止发表：没有发表的成员不能再发表了"
            ),
            Self::OnHold { run, hold, zone } => text!(
                en: "{run} is on hold ({hold}): no member is asked to post it",
                zh: "{run} 已暂停（{hold}）：不提醒成员发表",
                hold = hold_in_words(hold, zone)
            ),
            Self::Quiet(reason) => text!(
                en: "{reason}: no member is reminded now",
                zh: "{reason}：现在不提醒成员",
                reason = reason.text()
            ),
            Self::Wecom(error) => {
                text!(en: "{error}; {help}", zh: "{error}；{help}", error = error.text(), help = error.help())
            }
            Self::Store(error) => error.with_causes(),
        }
    }
}

fn hold_in_words(hold: &Hold, zone: &str) -> Text {
    let by = &hold.by;
    text!(
        en: "by {by} since {at}: {reason}",
        zh: "{by}，{at} 起：{reason}",
        at = in_zone(zone, hold.at),
        reason = hold.reason_text()
    )
}

display_in_english!(NudgeError);
