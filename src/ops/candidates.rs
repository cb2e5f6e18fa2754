//! The moments of WeCom's list among which a person finds the post of a run.

use chrono::TimeDelta;

use crate::run::{Run, RunId};
use crate::store::{Store, StoreError};
use crate::text::{Text, UserError};
use crate::wecom::{Error, Moment, PostMatch, WeCom};

/// Search range before and after the request, large because a clock may have been wrong by a day.
const SEARCH_RANGE: TimeDelta = TimeDelta::days(1);
/// The same for a run whose content the store does not have: then moments can be compared by time only.
const NARROW_RANGE: TimeDelta = TimeDelta::minutes(30);

/// A moment that may be the post of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub moment: Moment,
    /// Text and attachments are those of the run.
    pub is_exact: bool,
    /// The run that owns it already.
    pub owner: Option<RunId>,
}

/// Why there are no candidates.
#[derive(Debug, thiserror::Error)]
pub enum NoCandidates {
    /// Nothing of it was sent.
    NotSent,
    Wecom(Error),
    Store(StoreError),
}

/// The moments that may be the post of a run, the nearest to its request first. Reads WeCom's list; changes nothing.
///
/// # Errors
/// The list cannot be read, or nothing was sent.
pub async fn candidates(store: &Store, wecom: &WeCom, run: &Run) -> Result<Vec<Candidate>, NoCandidates> {
    let sent_at = run.sent_at.ok_or(NoCandidates::NotSent)?;
    let range = if run.post.is_some() { SEARCH_RANGE } else { NARROW_RANGE };
    let is_alike = |moment: &Moment| match &run.post {
        Some(post) => moment.likeness(post) != PostMatch::None,
        None => moment.made_by_company && moment.creator.is_none(),
    };
    let (from, to) = (sent_at - range, sent_at + range);
    let mut moments = wecom.moments(from, to, is_alike).await.map_err(NoCandidates::Wecom)?;
    moments.sort_by_key(|moment| (moment.created - sent_at).abs());
    let mut candidates = Vec::with_capacity(moments.len());
    for moment in moments {
        let owner = store.owner_of_moment(&run.corp, &moment.moment_id).await.map_err(NoCandidates::Store)?;
        let owner = owner.filter(|owner| *owner != run.id());
        let is_exact = run.post.as_ref().is_some_and(|post| moment.likeness(post) == PostMatch::Exact);
        candidates.push(Candidate { moment, is_exact, owner });
    }
    Ok(candidates)
}

impl UserError for NoCandidates {
    fn text(&self) -> Text {
        match self {
            Self::NotSent => text!(en: "nothing of it was sent", zh: "它没有提交过"),
            Self::Wecom(error) => {
                text!(en: "WeCom's list cannot be read: {error}", zh: "企业微信的列表读不出来：{error}", error = error.text())
            }
            Self::Store(error) => error.text(),
        }
    }
}

display_in_english!(NoCandidates);
