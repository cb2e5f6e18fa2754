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
use crate::run::{Run, State};
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
    /// The next occurrence of the campaign itself after that, if it has the same content.
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
}

impl Scheduled {
    /// The repetition in words.
    pub fn text(&self) -> Text {
        let campaign = &self.campaign;
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
            ahead.extend(same.map(|it| Scheduled { campaign: other.id.clone(), at: it.at, zone: schedule.zone() }));
        }
        ahead.sort_by_key(|it| it.at);
        let schedule = campaign.timing.schedule.expand();
        let next = schedule.next_after(tomorrow).filter(|it| repeats(post, &campaign.content_in(&schedule, it).post));
        let next = next.map(|it| Scheduled { campaign: campaign.id.clone(), at: it.at, zone: schedule.zone() });
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
                en: "the same content was posted to an overlapping audience at {at}: {id} is {state} (`{show}`)",
                zh: "{at}已经给其中一些人发过同样的内容：{id}，状态是“{state}”（`{show}`）",
                at = in_zone(&run.zone, run.due), state = run.state.text()
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
        let next = self.next.as_ref().map(|it| {
            text!(
                en: "this campaign posts the same content again at {at}, by its schedule; a post now does not replace that one",
                zh: "这个活动按计划下一次在{at}发表，内容一样；现在发了，到时候还会再发一次",
                at = in_zone(it.zone.name(), it.at)
            )
        });
        blocked.into_iter().chain(next).collect()
    }
}

/// Whether some people would see the same in both posts.
fn repeats(post: &Post, other: &Post) -> bool {
    post.seen() == other.seen() && overlap(&post.audience, &other.audience, None)
}

/// Whether customers may see the post of a run, now or later.
fn may_be_visible(run: &Run) -> bool {
    run.state.is_posted() || matches!(run.state, State::Claimed | State::Sending | State::Submitted | State::InDoubt)
}
