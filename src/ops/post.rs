//! Manual posts: creates the run, or explains why none is created.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

use super::hold::resume_command;
use crate::book_watcher::BookError;
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::engine::EngineError;
use crate::ids::{CampaignId, CorpId};
use crate::invocation::command;
use crate::post::{Media, Post};
use crate::run::{Due, Run, RunId, Slot, State};
use crate::schedule::civil::to_local;
use crate::store::{Hold, Recorded, Store, StoreError};
use crate::text::{Text, UserError, when};

/// Delay before the next name is tried. A manual run is named after its second.
const NAME_RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Why nothing was posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// Runs of the campaign are not over: their posts may still be sent, or already exist.
    Unfinished {
        campaign: CampaignId,
        runs: Vec<Run>,
    },
    OnHold {
        hold: Box<Hold>,
        zone: String,
    },
    /// The campaign has several contents, and the person did not name one of them.
    WhichContent {
        campaign: CampaignId,
        named: Option<u32>,
        /// The first words of each.
        beginnings: Vec<Text>,
    },
    /// Customers would get the same content twice within a day.
    Repeats {
        campaign: CampaignId,
        repetitions: Vec<Text>,
    },
    /// The command was stopped before a run was recorded.
    Stopped,
    /// The run is on disk, unsent, and could not be withdrawn.
    NotWithdrawn {
        run: Box<Run>,
        #[source]
        source: StoreError,
    },
    Book(BookError),
    Engine(EngineError),
    Store(StoreError),
}

/// A run that posts a campaign now.
///
/// # Panics
/// The campaign has no content with this number. [`content_to_post`] gives a valid one.
pub fn manual_run(corp: CorpId, campaign: &Campaign, content: u32, commit: Option<String>, now: DateTime<Utc>) -> Run {
    let zone = campaign.timing.schedule.zone();
    let local = now.with_timezone(&zone).naive_local().trunc_subsecs(0);
    let content = campaign.contents.named(content, local.date()).expect("a content of the campaign");
    let due = Due {
        corp,
        campaign: campaign.id.clone(),
        slot: Slot::Manual { local },
        due: now,
        zone: zone.name().to_owned(),
        deadline: campaign.timing.deadline(now),
        commit,
    };
    Run::claimed(due, content.post, now).of_content(content.number)
}

/// The number of the content that a person posts: the only one, or the one that the person named.
///
/// # Errors
/// The campaign has several contents and none is named, or it has no content with this number.
pub fn content_to_post(campaign: &Campaign, named: Option<u32>) -> Result<u32, PostError> {
    let contents = &campaign.contents;
    match named {
        Some(number) if contents.get(number).is_some() => Ok(number),
        None if !contents.has_several() => Ok(1),
        named => Err(PostError::WhichContent {
            campaign: campaign.id.clone(),
            named,
            beginnings: contents.iter().map(|content| beginning(content.post())).collect(),
        }),
    }
}

/// The first words of a post, or what it shows.
fn beginning(post: &Post) -> Text {
    const MAX_CHARS: usize = 30;
    let words = post.text.as_deref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    match words {
        Some(words) if words.chars().count() > MAX_CHARS => {
            Text::quoted(words.chars().take(MAX_CHARS).chain(['…']).collect::<String>())
        }
        Some(words) => Text::quoted(words),
        None => Text::join(&post.media().iter().map(Media::text).collect::<Vec<_>>(), &text!(en: ", ", zh: "、")),
    }
}

/// Refuses to post a campaign that is on hold. [`super::ManualPost`] refuses it too; this tells a person earlier.
///
/// # Errors
/// The campaign is on hold, or the store cannot be read.
pub async fn refuse_on_hold(store: &Store, corp: &CorpId, campaign: &Campaign) -> Result<(), PostError> {
    match store.active_hold(corp, &campaign.id).await.map_err(PostError::Store)? {
        Some(hold) => {
            let zone = campaign.timing.schedule.zone().name().to_owned();
            Err(PostError::OnHold { hold: Box::new(hold), zone })
        }
        None => Ok(()),
    }
}

/// The unfinished runs of a campaign, which a person must know of before another post.
///
/// # Errors
/// There is one and `again` is not set, or the store cannot be read.
pub async fn unfinished_runs(
    store: &Store,
    corp: &CorpId,
    campaign: &CampaignId,
    again: bool,
) -> Result<Vec<Run>, PostError> {
    let runs = store.unfinished_runs(corp, campaign).await.map_err(PostError::Store)?;
    if again || runs.is_empty() { Ok(runs) } else { Err(PostError::Unfinished { campaign: campaign.clone(), runs }) }
}

/// What a person wants to be posted.
#[derive(Clone, Copy, Debug)]
pub struct PostRequest<'a> {
    pub corp: &'a CorpId,
    pub campaign: &'a Campaign,
    /// The number of the content; [`content_to_post`] gives one.
    pub content: u32,
    /// The commit from which the campaign was read.
    pub commit: Option<&'a str>,
    /// Who posts it, for the history, if that is known.
    pub by: Option<&'a str>,
    /// Post although the campaign has unfinished runs.
    pub again: bool,
}

/// Records a run that posts a campaign now. The process with the lock of the store sends it.
///
/// # Errors
/// The campaign is on hold, or it has an unfinished run and `again` is not set, or the store fails.
pub async fn record_post(store: &Store, clock: &Clock, request: &PostRequest<'_>) -> Result<Run, PostError> {
    let PostRequest { corp, campaign, content, commit, by, again } = *request;
    loop {
        let run = manual_run(corp.clone(), campaign, content, commit.map(str::to_owned), clock.now());
        match store.record_manual_run(&run, by, again).await.map_err(PostError::Store)? {
            Recorded::New => return Ok(run),
            Recorded::OnHold(hold) => return Err(PostError::OnHold { hold: Box::new(hold), zone: run.zone.clone() }),
            Recorded::Unfinished(runs) => return Err(PostError::Unfinished { campaign: campaign.id.clone(), runs }),
            Recorded::SameSecond => clock.sleep(NAME_RETRY_INTERVAL).await,
        }
    }
}

/// The status message of a run that has not ended: whether customers may see its post already, and what to do about it.
pub fn open_run_status(run: &Run) -> Text {
    let (id, state) = (run.id(), run.state.text());
    match run.state {
        State::Claimed => text!(
            en: "{id} is {state}: nothing of it was sent yet; the next `{run_it}` or its `drumbeat post` sends it until {until}. \
                 To withdraw it: {cancel}",
            zh: "{id} {state}：还没有提交；在 {until}之前，下一次 `{run_it}` 或者发起它的 `drumbeat post` 会提交它。\
                 要取消：{cancel}",
            state = state, until = in_zone(&run.zone, run.deadline), run_it = command("run"),
            cancel = command(format_args!("cancel {id}"))
        ),
        State::InDoubt if run.needs_review => text!(
            en: "{id} is {state}: its post may exist, and a person must state the outcome. Look in WeCom's console, then run: \
                 {settle} (or --absent)",
            zh: "{id} {state}：可能已经发表，需要由人来确认。请到企业微信管理后台查看，再运行：\
                 {settle}（没有创建则用 --absent）",
            state = state, settle = settle_command(&id)
        ),
        _ => text!(
            en: "{id} is {state}: its post may exist; `{run_it}` continues to search for the result. Status: {show}",
            zh: "{id} {state}：可能已经发表；`{run_it}` 会继续查明结果。要查看：{show}",
            state = state, run_it = command("run"), show = command(format_args!("show {id}"))
        ),
    }
}

/// The command that settles a run as a post that exists, with a placeholder for its moment.
pub(crate) fn settle_command(run: &RunId) -> Text {
    Text::of(
        command(format_args!("settle {run} --created MOMENT_ID")),
        command(format_args!("settle {run} --created 朋友圈ID")),
    )
}

/// An instant to the minute as people of a zone read it, with the zone's name.
pub fn in_zone(zone: &str, at: DateTime<Utc>) -> Text {
    let local = to_local(zone.parse().unwrap_or(crate::limits::BEIJING), at);
    text!(en: "{at} ({zone})", zh: "{at}（{zone}）", at = when::date_time(local), zone = when::zone(zone))
}

/// The command that posts a content, with its first words.
fn choice(campaign: &CampaignId, number: u32, words: &Text) -> Text {
    let post = command(format_args!("post {campaign} --content {number}"));
    text!(en: "{post}    {words}", zh: "{post}    {words}", words = words)
}

impl UserError for PostError {
    fn text(&self) -> Text {
        match self {
            Self::Unfinished { campaign, runs } => {
                let known: Vec<Text> = runs.iter().map(open_run_status).collect();
                text!(
                    en: "nothing was posted, because a run of `{campaign}` is not over:\n  {known}\nTo post `{campaign}` beside it all \
                         the same: {post}",
                    zh: "没有发表，因为 `{campaign}` 还有没结束的发表记录：\n  {known}\n如果仍然要再发表一次 `{campaign}`：{post}",
                    post = command(format_args!("post {campaign} --again")),
                    known = Text::join(&known, &Text::quoted("\n  "))
                )
            }
            Self::OnHold { hold, zone } => {
                let (by, command) = (&hold.by, resume_command(&hold.scope));
                text!(
                    en: "nothing was posted: {scope} is on hold since {since} by {by}: {reason}; `{command}` lifts that",
                    zh: "这次没有发表：{since}，{by} 暂停了{scope}，原因是：{reason}；要恢复请运行 `{command}`",
                    scope = hold.scope.text(), since = in_zone(zone, hold.at), reason = hold.reason_text()
                )
            }
            Self::WhichContent { campaign, named, beginnings } => {
                let count = beginnings.len();
                let lines: Vec<Text> =
                    (1..).zip(beginnings).map(|(number, words)| choice(campaign, number, words)).collect();
                let lines = Text::join(&lines, &Text::quoted("\n  "));
                match named {
                    Some(number) if count == 1 => text!(
                        en: "nothing was posted: `{campaign}` has one content, not a content {number}\n  {lines}",
                        zh: "没有发表：`{campaign}` 只有一条内容，没有第 {number} 条\n  {lines}",
                        lines = lines
                    ),
                    Some(number) => text!(
                        en: "nothing was posted: `{campaign}` has {count} contents, and no content {number}; name one of them:\n  {lines}",
                        zh: "没有发表：`{campaign}` 有 {count} 条内容，没有第 {number} 条；请写明发哪一条：\n  {lines}",
                        lines = lines
                    ),
                    None => text!(
                        en: "nothing was posted: `{campaign}` has {count} contents; name one of them:\n  {lines}",
                        zh: "没有发表：`{campaign}` 有 {count} 条内容，请写明发哪一条：\n  {lines}",
                        lines = lines
                    ),
                }
            }
            Self::Repeats { campaign, repetitions } => text!(
                en: "nothing was posted, because customers would get the same content twice:\n  {repetitions}\nTo post it all the \
                     same: {post}",
                zh: "没有发表，因为客户会看到两次同样的内容：\n  {repetitions}\n如果仍然要发：{post}",
                repetitions = Text::join(repetitions, &Text::quoted("\n  ")),
                post = command(format_args!("post {campaign} --again"))
            ),
            Self::Stopped => text!(en: "stopped; nothing was posted", zh: "已停下，没有发表"),
            Self::NotWithdrawn { run, .. } => {
                let id = run.id();
                text!(
                    en: "{id} could not be withdrawn: it stays due until {until}, and the next `{run_it}` sends it; to withdraw \
                         it: {cancel}",
                    zh: "{id} 没有取消成功：在 {until}之前仍会随下一次 `{run_it}` 发表；要取消：{cancel}",
                    run_it = command("run"), cancel = command(format_args!("cancel {id}")),
                    until = in_zone(&run.zone, run.deadline)
                )
            }
            Self::Book(error) => error.with_causes(),
            Self::Engine(error) => error.with_causes(),
            Self::Store(error) => error.with_causes(),
        }
    }

    fn user_cause(&self) -> Option<&dyn UserError> {
        if let Self::NotWithdrawn { source, .. } = self { Some(source) } else { None }
    }
}

display_in_english!(PostError);
