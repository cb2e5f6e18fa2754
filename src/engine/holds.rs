//! What a hold means for an occurrence, and which post is sent later when the hold is lifted.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::reconcile_book::{CampaignStatus, ScheduledCampaign};
use super::{Engine, compare};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Event, Reason, Run, Transition};
use crate::store::{Hold, Scope, StoreError};

/// Whether a hold applies to an occurrence: it is active, or it was lifted after the due time. Lifting a
/// hold does not bring missed posts back.
fn applies_to(hold: &Hold, corp: &CorpId, campaign: &CampaignId, due: DateTime<Utc>) -> bool {
    hold.scope.covers(corp, campaign) && hold.lifted.as_ref().is_none_or(|lifted| due <= lifted.at)
}

/// The hold that keeps an occurrence without a run back. An active hold goes before a lifted one.
pub(super) fn hold_for<'a>(
    holds: &'a [Hold],
    corp: &CorpId,
    campaign: &CampaignId,
    due: DateTime<Utc>,
) -> Option<&'a Hold> {
    holds
        .iter()
        .filter(|hold| applies_to(hold, corp, campaign, due))
        .max_by_key(|hold| (hold.lifted.is_none(), hold.id))
}

pub(super) fn has_active_hold(holds: &[Hold], corp: &CorpId, campaign: &CampaignId) -> bool {
    holds.iter().any(|hold| hold.lifted.is_none() && hold.scope.covers(corp, campaign))
}

/// Whether each hold on a run was lifted with `catch_up`.
fn should_catch_up(holds: &[Hold], run: &Run) -> bool {
    let mut kept = holds.iter().filter(|hold| applies_to(hold, &run.corp, &run.campaign, run.due));
    run.hold.is_some() && kept.all(|hold| hold.lifted.as_ref().is_some_and(|lifted| lifted.catch_up))
}

impl Engine {
    /// All holds, as they were when somebody last changed the store.
    pub(super) async fn read_holds(&mut self) -> Result<Arc<[Hold]>, StoreError> {
        if let Some(holds) = &self.holds {
            return Ok(Arc::clone(holds));
        }
        let holds: Arc<[Hold]> = self.context.store.holds().await?.into();
        self.holds = Some(Arc::clone(&holds));
        self.context.holds = Arc::clone(&holds);
        Ok(holds)
    }

    /// Logs new holds and lifted holds.
    pub(super) fn log_hold_changes(&mut self, holds: &[Hold]) {
        let is_active = |hold: &&Hold| hold.lifted.is_none();
        if holds.iter().filter(is_active).eq(&self.active_holds) {
            return;
        }
        let before = std::mem::replace(&mut self.active_holds, holds.iter().filter(is_active).cloned().collect());
        for hold in self.active_holds.iter().filter(|hold| !before.contains(hold)) {
            tracing::info!(scope = %hold.scope, by = hold.by, since = %hold.at.format("%Y-%m-%dT%H:%M:%SZ"), reason = hold.reason, "on hold");
        }
        let ended = holds.iter().filter_map(|hold| Some((hold, hold.lifted.as_ref()?)));
        for (hold, lifted) in ended.filter(|(hold, _)| before.iter().any(|it| it.id == hold.id)) {
            tracing::info!(scope = %hold.scope, by = lifted.by, catch_up = lifted.catch_up, "off hold");
        }
    }

    pub(super) fn is_everything_on_hold(&self) -> bool {
        let corp = self.corp();
        self.active_holds.iter().any(|hold| hold.scope.covers_all_of(&corp))
    }

    /// Number of valid campaigns on hold.
    pub(super) fn on_hold(&self) -> usize {
        if self.is_everything_on_hold() {
            return self.book.campaigns.len();
        }
        let is_here = |hold: &&Hold| matches!(&hold.scope, Scope::Campaign(id) if self.book.campaign(id).is_some());
        self.active_holds.iter().filter(is_here).count()
    }

    /// Claims the newest held occurrence of each campaign, if the person who lifted the hold requested that.
    ///
    /// Only the newest of all occurrences of the campaign: if a newer one exists, in any state, the older one is over.
    /// This makes repeated calls safe.
    pub(super) async fn catch_up_held(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let holds = self.read_holds().await?;
        if !holds.iter().any(|hold| hold.lifted.as_ref().is_some_and(|lifted| lifted.catch_up)) {
            return Ok(());
        }
        let lateness = self.due_queue.scheduled().iter().map(|scheduled| scheduled.timing().deadline(now) - now);
        let Some(longest) = lateness.max() else { return Ok(()) };
        let held = self.context.store.newest_held_runs(&self.corp(), now - longest).await?;
        let mut held: BTreeMap<CampaignId, Run> = held.into_iter().map(|run| (run.campaign.clone(), run)).collect();
        let mut caught = Vec::with_capacity(held.len());
        for scheduled in self.due_queue.scheduled() {
            let Some(run) = held.remove(scheduled.id()) else { continue };
            caught.extend(self.caught_up(run, scheduled, &holds, now));
        }
        // If another writer changed the run first, the next round tries again.
        let saved = self.context.store.save_all(&caught).await?;
        for ((run, _), _) in caught.into_iter().zip(saved).filter(|(_, saved)| *saved) {
            self.context.publish_run(&run);
            self.open.insert(run.id(), run);
        }
        Ok(())
    }

    /// The next version of a campaign's newest held run; `None` if the run stays held.
    fn caught_up(
        &self,
        mut run: Run,
        scheduled: &ScheduledCampaign,
        holds: &[Hold],
        now: DateTime<Utc>,
    ) -> Option<(Run, Event)> {
        let CampaignStatus::Active(campaign) = &scheduled.status else { return None };
        if now > run.deadline || run.due <= scheduled.since || !should_catch_up(holds, &run) {
            return None;
        }
        let occurrence = compare::occurrence_of(&run, campaign)?;
        let content = campaign.content_for(&occurrence);
        let step = Transition::CatchUp {
            content: Some(content.number),
            post: content.post,
            deadline: run.deadline,
            commit: self.book.commit_of(&run.campaign),
            reason: Reason::CaughtUp,
        };
        run.apply(step, now).ok().map(|event| (run, event))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::store::Lifted;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn hold(id: i64, scope: Scope, lifted: Option<i64>) -> Hold {
        let lifted = lifted.map(|minute| Lifted { at: at(minute), by: "li".to_owned(), catch_up: false });
        Hold { id, scope, at: at(10), by: "wang".to_owned(), reason: "a typo".to_owned(), cause: None, lifted }
    }

    #[track_caller]
    fn kept_by(holds: &[Hold], due: i64, id: Option<i64>) {
        let (corp, campaign) = (CorpId("corp".to_owned()), "spring".parse().expect("an id"));
        assert_eq!(hold_for(holds, &corp, &campaign, at(due)).map(|hold| hold.id), id);
    }

    #[test]
    fn an_active_hold_keeps_everything_back() {
        let holds = [hold(1, Scope::Everything, None)];
        kept_by(&holds, 5, Some(1));
        kept_by(&holds, 500, Some(1));
    }

    #[test]
    fn a_lifted_hold_keeps_back_earlier_occurrences() {
        let holds = [hold(1, Scope::Everything, Some(20))];
        kept_by(&holds, 5, Some(1));
        kept_by(&holds, 20, Some(1));
        kept_by(&holds, 21, None);
    }

    #[test]
    fn an_active_hold_goes_before_a_lifted_one() {
        let spring = Scope::Campaign("spring".parse().expect("an id"));
        kept_by(&[hold(1, spring, None), hold(2, Scope::Everything, Some(20))], 15, Some(1));
    }

    #[test]
    fn a_hold_of_another_campaign_is_ignored() {
        kept_by(&[hold(1, Scope::Campaign("autumn".parse().expect("an id")), None)], 15, None);
        kept_by(&[hold(1, Scope::Corp(CorpId("other".to_owned())), None)], 15, None);
    }
}
