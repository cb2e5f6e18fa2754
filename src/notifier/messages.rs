//! The texts of notifications, in both languages. [`AlertPolicy`](super::AlertPolicy) decides when to send them.
//!
//! People read them on a phone: the headline says what happened to which campaign, the detail says why and what to do.

use chrono::{DateTime, Utc};

use crate::check::InvalidFile;
use crate::duration;
use crate::engine::{ClockStatus, StoreStatus};
use crate::ids::CampaignId;
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::notify::{Notification, Severity};
use crate::plural;
use crate::run::{Run, State};
use crate::schedule::civil::to_local;
use crate::text::{Lang, Text, when};

/// Largest number of runs that one notification names.
const MAX_NAMED_RUNS: usize = 5;

/// The title of a campaign, and the member who is mentioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CampaignContact {
    pub(super) title: Option<String>,
    pub(super) owner: Option<String>,
}

type Contact<'a> = Option<&'a CampaignContact>;

pub(super) fn in_doubt(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what = text!(en: "the answer was lost", zh: "没有收到企业微信的答复，正在核实");
    let next = text!(
        en: "Nothing is sent until it is known whether WeCom has the post. Please wait.",
        zh: "没有查清之前不会再发，请先等待"
    );
    of_run("in_doubt", Severity::Notice, run, contact, what, lines(&[reason(run), next]), now)
}

pub(super) fn needs_review(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what = text!(en: "a person must decide whether it was posted", zh: "无法确认是否已经创建，请人工处理");
    of_run("needs_person", Severity::Alarm, run, contact, what, lines(&[reason(run), more(run)]), now)
}

/// Runs that needed review before the service started.
pub(super) fn runs_need_review(runs: &[Run], now: DateTime<Utc>) -> Notification {
    let headline = text!(
        en: "{count} to review: a person must decide whether the posts exist",
        zh: "有 {count} 条发表记录需人工处理",
        count = count(runs.len())
    );
    let mut detail: Vec<Text> = runs.iter().take(MAX_NAMED_RUNS).map(show).collect();
    detail.push(text!(
        en: "All of them: {history}",
        zh: "全部记录：{history}",
        history = command("history --state in_doubt")
    ));
    general("needs_person", Severity::Alarm, headline, Some(lines(&detail)), now)
}

/// A moment that no customer will see.
pub(super) fn no_member_asked(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what = text!(en: "created, but no member was asked to post it", zh: "已创建，但没有成员收到发表任务");
    let why = text!(
        en: "No sender that WeCom accepted has a customer with the audience's tags. Correct the audience, and give the \
             campaign another time if it is still wanted.",
        zh: "这些成员的客户里，没有人带发表范围里写的客户标签。请先改发表范围；还要发，请给活动另定时间"
    );
    of_run("nobody_asked", Severity::Alarm, run, contact, what, lines(&[why, more(run)]), now)
}

/// A run that is due and could not be sent yet.
pub(super) fn late(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what = text!(en: "it is due and could not be sent yet", zh: "已到应发时间，还没有提交成功");
    let zone = run.zone.parse().unwrap_or(BEIJING);
    let (deadline, today) = (to_local(zone, run.deadline), to_local(zone, now).date());
    let next = text!(
        en: "The service tries again until {until} ({zone}).",
        zh: "Drumbeat 会一直重试到 {until}（{zone}）",
        until = when::date_time_near(deadline, today),
        zone = when::zone(zone.name())
    );
    of_run("waiting", Severity::Alarm, run, contact, what, lines(&[reason(run), next]), now)
}

/// What is known about this machine's clock has changed.
pub(super) fn clock(status: &ClockStatus, now: DateTime<Utc>) -> Notification {
    let set = text!(
        en: "Set the clock, for example with `timedatectl set-ntp true`.",
        zh: "请转给运维：校准服务器时间，例如运行 `timedatectl set-ntp true`"
    );
    let (headline, first) = match status {
        ClockStatus::Correct => {
            let headline = text!(en: "this machine's clock is correct again", zh: "服务器时间已恢复正常");
            return general("recovered", Severity::Good, headline, None, now);
        }
        ClockStatus::Wrong(ahead) => {
            let difference = duration::text(ahead.abs().to_std().unwrap_or_default());
            let headline = if ahead.num_milliseconds() < 0 {
                text!(
                    en: "this machine's clock is wrong: {difference} behind WeCom's time",
                    zh: "服务器时间不准：比企业微信慢 {difference}",
                    difference = difference
                )
            } else {
                text!(
                    en: "this machine's clock is wrong: {difference} ahead of WeCom's time",
                    zh: "服务器时间不准：比企业微信快 {difference}",
                    difference = difference
                )
            };
            (headline, text!(en: "Posting follows WeCom's time.", zh: "目前仍按企业微信的时间发表"))
        }
        ClockStatus::Unconfirmed(why) => {
            let headline = text!(
                en: "nothing is posted: this machine's clock is in doubt and WeCom cannot be reached",
                zh: "已停止发表：服务器时间可疑，又无法向企业微信核对"
            );
            let first = text!(
                en: "{why}\nPosting continues when WeCom answers.",
                zh: "原因：{why}\n企业微信一有答复就会继续发表",
                why = why.text()
            );
            (headline, first)
        }
    };
    general("clock_wrong", Severity::Alarm, headline, Some(lines(&[first, set])), now)
}

/// Whether writes to the store succeed has changed.
pub(super) fn store(status: &StoreStatus, now: DateTime<Utc>) -> Notification {
    let (headline, detail) = match status {
        StoreStatus::Working => {
            let headline = text!(en: "writes to the store succeed again", zh: "记录库已恢复写入");
            return general("recovered", Severity::Good, headline, None, now);
        }
        StoreStatus::Failing(why) => (
            text!(en: "nothing is posted: writes to the store fail", zh: "已停止发表：记录库无法写入"),
            text!(
                en: "{why}\nThe service tries again every few seconds. On the server: {doctor}",
                zh: "{why}\n服务每隔几秒重试一次。请在服务器上体检：{doctor}",
                why = why, doctor = command("doctor")
            ),
        ),
        StoreStatus::Displaced(why) => (
            text!(
                en: "the service stops: its store was removed, renamed or replaced",
                zh: "服务已停止：记录库文件被删除、改名或替换"
            ),
            why.clone(),
        ),
    };
    general("store_failing", Severity::Alarm, headline, Some(detail), now)
}

/// A campaign that is due soon could not be prepared. Without a campaign: none could.
pub(super) fn preflight_failed(
    campaign: Option<&CampaignId>,
    why: &Text,
    contact: Contact<'_>,
    now: DateTime<Utc>,
) -> Notification {
    let headline = match campaign {
        None => text!(
            en: "failed to get a token from WeCom, and a post is due soon",
            zh: "有活动快到时间了，但企业微信没有给出访问凭据（`access_token`）"
        ),
        Some(id) => text!(
            en: "failed to upload the media of {name}, and a post is due soon",
            zh: "{name}快到时间了，但素材还没有上传成功",
            name = Text::of(id.to_string(), name_zh(id, contact))
        ),
    };
    let next = text!(en: "The service tries again when it is due.", zh: "到时间时 Drumbeat 会再试一次");
    Notification {
        owner: contact.and_then(|it| it.owner.clone()),
        campaign: campaign.map(ToString::to_string),
        ..general("not_ready", Severity::Alarm, headline, Some(lines(&[why.clone(), next])), now)
    }
}

pub(super) fn recovered(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what = text!(en: "it was posted in the end", zh: "已经创建成功");
    of_run("recovered", Severity::Good, run, contact, what, reason(run), now)
}

pub(super) fn partial(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let what =
        text!(en: "posted, but WeCom refused some recipients", zh: "已创建，但发表范围里有一部分企业微信没有接受");
    of_run("partial", Severity::Notice, run, contact, what, lines(&[reason(run), more(run)]), now)
}

/// A run that ended without a post.
pub(super) fn not_posted(run: &Run, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let (severity, what) = match run.state {
        State::Refused => (Severity::Alarm, text!(en: "WeCom refused it", zh: "没有发出，被企业微信拒绝")),
        State::Expired => (
            Severity::Alarm,
            text!(en: "WeCom gave no result within a day", zh: "没有发出：24 小时内企业微信没有给出结果"),
        ),
        State::Absent => (
            Severity::Alarm,
            text!(en: "the answer was lost and it was not posted", zh: "没有发出：核实过，企业微信里没有这一条"),
        ),
        State::Missed => (Severity::Alarm, text!(en: "missed: it was not posted", zh: "已错过，没有发出")),
        State::Held => (Severity::Notice, text!(en: "not posted: on hold", zh: "已暂停，没有发出")),
        _ => (Severity::Alarm, text!(en: "not posted", zh: "没有发出")),
    };
    of_run(run.state.name(), severity, run, contact, what, lines(&[reason(run), more(run)]), now)
}

pub(super) fn invalid_file(invalid: &InvalidFile, contact: Contact<'_>, now: DateTime<Utc>) -> Notification {
    let file = &invalid.file;
    let headline = text!(en: "{file} has an error: its campaign is held", zh: "活动文件 {file} 有错误，这个活动已暂停");
    let next = text!(
        en: "Other campaigns are not affected. `{check}` shows the place.",
        zh: "其他活动照常发表。请运行 `{check}` 查看出错的位置，改好后会自动恢复", check = command("check"));
    Notification {
        owner: contact.and_then(|it| it.owner.clone()),
        campaign: invalid.id.as_ref().map(ToString::to_string),
        ..general("held_file", Severity::Alarm, headline, Some(lines(&[invalid.reason.clone(), next])), now)
    }
}

pub(super) fn fixed_file(
    file: &str,
    id: Option<&CampaignId>,
    contact: Contact<'_>,
    now: DateTime<Utc>,
) -> Notification {
    let headline = text!(en: "{file} is valid again", zh: "活动文件 {file} 已改好，活动恢复");
    Notification {
        owner: contact.and_then(|it| it.owner.clone()),
        campaign: id.map(ToString::to_string),
        ..general("recovered", Severity::Good, headline, None, now)
    }
}

pub(super) fn book_failed(why: &Text, now: DateTime<Utc>) -> Notification {
    let headline = text!(en: "the newest campaign book cannot be loaded", zh: "读不到最新的活动目录");
    let next = text!(en: "The last valid book stays active.", zh: "在此期间按上一次读到的活动目录发表");
    general("fetch_failing", Severity::Alarm, headline, Some(lines(&[why.clone(), next])), now)
}

pub(super) fn book_recovered(now: DateTime<Utc>) -> Notification {
    let headline = text!(en: "the newest campaign book is loaded again", zh: "又能读到最新的活动目录了");
    general("recovered", Severity::Good, headline, None, now)
}

pub(super) fn quota_near(left: usize, of: usize, now: DateTime<Utc>) -> Notification {
    let headline =
        text!(en: "{left} of {of} creations are left this month", zh: "本月额度只剩 {left} 次（共 {of} 次）");
    let detail = text!(
        en: "Posts beyond them wait for the next month, or are recorded as failed. Postpone or remove campaigns that can \
             wait.",
        zh: "每创建一条朋友圈用 1 次。用完之后，到时间的活动要等到下个月才能发；等的时间超过最长延迟，这一次就不再发表。请推迟或删掉本月不急的活动"
    );
    general("quota_near", Severity::Notice, headline, Some(detail), now)
}

pub(super) fn quota_used_up(waiting: usize, until: DateTime<Utc>, now: DateTime<Utc>) -> Notification {
    let headline = text!(en: "this month's limit of creations is reached", zh: "本月额度已用完");
    let (until, today) = (to_local(BEIJING, until), to_local(BEIJING, now).date());
    let waiting = text!(
        en: "Waiting: {waiting}. WeCom accepts more from {until}.",
        zh: "有 {waiting} 条在等待，{until} 起企业微信重新受理",
        waiting = count(waiting),
        until = when::date_time_near(until, today)
    );
    general("quota_used_up", Severity::Alarm, headline, Some(waiting), now)
}

pub(super) fn general(
    event: &'static str,
    severity: Severity,
    headline: Text,
    detail: Option<Text>,
    now: DateTime<Utc>,
) -> Notification {
    let lang = Lang::default();
    Notification { event, severity, at: now, headline, detail, owner: None, campaign: None, run: None, lang }
}

fn of_run(
    event: &'static str,
    severity: Severity,
    run: &Run,
    contact: Contact<'_>,
    what: Text,
    detail: Text,
    now: DateTime<Utc>,
) -> Notification {
    let id = &run.campaign;
    let title = contact.and_then(|it| it.title.as_deref());
    let name = Text::of(title.map_or_else(|| id.to_string(), |title| format!("{id} ({title})")), name_zh(id, contact));
    let zone = run.zone.parse().unwrap_or(BEIJING);
    let headline = text!(
        en: "{name}, due {when}: {what}",
        zh: "{name}{when}：{what}",
        name = name,
        when = when::date_time_near(run.due_local(), to_local(zone, now).date()),
        what = what
    );
    Notification {
        owner: contact.and_then(|it| it.owner.clone()),
        campaign: Some(id.to_string()),
        run: Some(run.id().to_string()),
        ..general(event, severity, headline, Some(detail), now)
    }
}

/// The title or, if there is none, the id, as written before Chinese text.
fn name_zh(id: &CampaignId, contact: Contact<'_>) -> String {
    match contact.and_then(|it| it.title.as_deref()) {
        Some(title) => format!("“{title}”"),
        None => format!("{id} "),
    }
}

/// A number of runs.
fn count(runs: usize) -> Text {
    Text::of(plural::count(runs, "run"), runs.to_string())
}

fn reason(run: &Run) -> Text {
    run.reason_text().unwrap_or_else(|| run.state.text())
}

/// The command that shows a run.
fn show(run: &Run) -> Text {
    Text::quoted(command(format_args!("show {}", run.id())))
}

fn more(run: &Run) -> Text {
    text!(en: "More: {command}", zh: "查看详情：{command}", command = show(run))
}

fn lines(texts: &[Text]) -> Text {
    Text::join(texts, &Text::quoted("\n"))
}
