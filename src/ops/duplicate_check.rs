//! Checks before a manual post: posts that it would duplicate, and whether the policy blocks the current time.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::post::in_zone;
use crate::campaign::Campaign;
use crate::check::overlap;
use crate::ids::CampaignId;
use crate::invocation::command;
use crate::load::ActiveBook;
use crate::post::Post;
use crate::run::{Reason, Run, State};
use crate::schedule;
use crate::store::{RunFilter, Store, StoreError};
use crate::text::Text;

/// Two posts of the same content that are closer than this are a repetition.
const REPEAT_WINDOW: TimeDelta = TimeDelta::hours(24);

/// The result of the checks before a manual post.
#[derive(Debug, Default)]
pub struct PostWarnings {
    /// Posts of the last day with the same content to an overlapping audience, newest first.
    pub recent: Vec<Run>,
    /// Occurrences of the next day with the same content to an overlapping audience, soonest first.
    pub ahead: Vec<Scheduled>,
    /// The next occurrence of the campaign itself, if it is later than a day and has the same content.
    pub next: Option<Scheduled>,
    /// Why the policy posts nothing now.
    pub blocked: Option<schedule::BlockReason>,
}

/// An occurrence in the future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    pub campaign: CampaignId,
    pub at: DateTime<Utc>,
    pub zone: Tz,
    /// Whether it is of the campaign that is posted.
    pub is_own: bool,
}

impl Scheduled {
    /// The repetition in words.
    pub fn text(&self) -> Text {
        let campaign = &self.campaign;
        if self.is_own {
            return text!(
                en: "this campaign posts the same content at {at}, by its schedule; a post now does not replace that one",
                zh: "这个活动{at}还会按计划发同样的内容；现在发了，到时候还会再发一次",
                at = in_zone(self.zone.name(), self.at)
            );
        }
        text!(
            en: "the same content is scheduled for an overlapping audience at {at}, by `{campaign}`",
            zh: "{at}，活动 `{campaign}` 还会按计划给其中一些人发同样的内容",
            at = in_zone(self.zone.name(), self.at)
        )
    }
}

impl PostWarnings {
    /// Looks at the history of the last day and the schedules of the whole book.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(
        store: &Store,
        run: &Run,
        campaign: &Campaign,
        book: &ActiveBook,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let Some(post) = &run.post else { return Ok(Self::default()) };
        let filter =
            RunFilter { corp: Some(run.corp.clone()), since: Some(now - REPEAT_WINDOW), ..RunFilter::default() };
        let is_repeated =
            |other: &Run| may_be_visible(other) && other.post.as_deref().is_some_and(|other| repeats(post, other));
        let mut recent: Vec<Run> = store.runs(&filter).await?.into_iter().filter(is_repeated).collect();
        recent.sort_by_key(|run| std::cmp::Reverse(run.due));
        let tomorrow = now + REPEAT_WINDOW;
        let blocks = &book.posting_blocks;
        let mut ahead = Vec::new();
        for other in &book.campaigns {
            // Audiences are compared first: most campaigns are for other people.
            if !overlap(&post.audience, other.contents.audience(), None) {
                continue;
            }
            let schedule = other.timing.schedule.expand();
            let coming = schedule.between_outside(blocks, now, tomorrow);
            let same = coming.filter(|it| repeats(post, &other.content_in(&schedule, it).post));
            let is_own = other.id == campaign.id;
            ahead.extend(same.map(|it| Scheduled {
                campaign: other.id.clone(),
                at: it.at,
                zone: schedule.zone(),
                is_own,
            }));
        }
        ahead.sort_by_key(|it| it.at);
        let schedule = campaign.timing.schedule.expand();
        let next = schedule.next_after(tomorrow).filter(|it| repeats(post, &campaign.content_in(&schedule, it).post));
        let next = next.filter(|_| !ahead.iter().any(|it| it.is_own)).map(|it| Scheduled {
            campaign: campaign.id.clone(),
            at: it.at,
            zone: schedule.zone(),
            is_own: true,
        });
        Ok(Self { recent, ahead, next, blocked: blocks.at(now, schedule.zone()) })
    }

    /// Whether some customers would get the same content twice within a day.
    pub fn is_repetition(&self) -> bool {
        !self.recent.is_empty() || !self.ahead.is_empty()
    }

    /// The repetitions, one line each.
    pub fn repetitions(&self) -> Vec<Text> {
        let recent = self.recent.iter().map(|run| {
            let (id, show) = (run.id(), command(format_args!("show {}", run.id())));
            text!(
                en: "{what}: {id} is {state} (`{show}`)",
                zh: "{what}：{id}，状态是“{state}”（`{show}`）",
                what = recent_text(run), state = run.state.text()
            )
        });
        recent.chain(self.ahead.iter().map(Scheduled::text)).collect()
    }

    /// Notes that do not need `--again`, one line each.
    pub fn notes(&self) -> Vec<Text> {
        let blocked = self.blocked.as_ref().map(|why| {
            text!(
                en: "the policy posts nothing by schedule now: {why}",
                zh: "按公共设置，现在不该发表：{why}",
                why = why.text()
            )
        });
        blocked.into_iter().chain(self.next.as_ref().map(Scheduled::text)).collect()
    }
}

/// What is known of an earlier post with the same content.
pub fn recent_text(run: &Run) -> Text {
    let at = in_zone(&run.zone, run.due);
    match run.state {
        State::Absent => text!(
            en: "the same content may be out already: the answer to the request of {at} was lost, and WeCom's list does not \
                 show it; look in WeCom's admin console first",
            zh: "{at}的同样内容也许已经发出：没有收到企业微信的答复，列表里也找不到；请先到管理后台看一看",
            at = at
        ),
        _ => text!(
            en: "the same content was posted to an overlapping audience at {at}",
            zh: "{at}已经给其中一些人发过同样的内容",
            at = at
        ),
    }
}

/// Whether some people would see the same in both posts.
fn repeats(post: &Post, other: &Post) -> bool {
    post.seen() == other.seen() && overlap(&post.audience, &other.audience, None)
}

/// Whether customers may see the post of a run, now or later. A post that WeCom's list does not show may still exist,
/// unless a person has looked.
fn may_be_visible(run: &Run) -> bool {
    match run.state {
        State::Absent => !matches!(run.reason, Some(Reason::Settled { .. })),
        State::Claimed | State::Sending | State::Submitted | State::InDoubt => true,
        state => state.is_posted(),
    }
}
