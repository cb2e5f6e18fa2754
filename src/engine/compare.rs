//! Compares runs of which nothing was sent with the book in force: what nobody wants any more does not go out, and what
//! was corrected goes out corrected. Pure.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::campaign::Campaign;
use crate::load::ActiveBook;
use crate::run::{Reason, Run, Slot, Transition};

/// What the book in force says of a run of which nothing was sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BookComparison {
    /// It may be sent as it is.
    Unchanged,
    /// Its file may be half written, or was taken away a moment ago: a later load says what it is.
    Unsettled,
    /// It goes on, or ends, by this move.
    Changed(Transition),
}

/// Compares a claimed run of a schedule. `why_held` says what is wrong with its file, where that has an error.
pub(super) fn scheduled(run: &Run, book: &ActiveBook, why_held: impl FnOnce() -> Option<Reason>) -> BookComparison {
    if book.unsettled.contains(&run.campaign) {
        return BookComparison::Unsettled;
    }
    let Some(campaign) = book.campaign(&run.campaign) else { return gone(why_held(), Reason::Removed) };
    let schedule = campaign.terms.schedule.expand();
    let just_before = run.due - TimeDelta::seconds(1);
    let Some(occurrence) = schedule.between(just_before, run.due).find(|it| Slot::from(it) == run.slot) else {
        return BookComparison::Changed(Transition::Withdraw { reason: Reason::TimeRemoved });
    };
    if let Some(reason) = book.closed.keeps_back(&occurrence, campaign.terms.schedule.zone()) {
        return BookComparison::Changed(Transition::Hold { hold: None, reason: Reason::KeptBack(reason) });
    }
    version(run, campaign, campaign.terms.latest(run.due), book.commit.as_deref())
}

/// Compares a claimed run that was posted by hand. A person may have been shown another copy of the book than this one: a
/// run follows this one only if it `agreed` with it before.
pub(super) fn by_hand(
    run: &Run,
    book: &ActiveBook,
    why_held: impl FnOnce() -> Option<Reason>,
    agreed: bool,
) -> BookComparison {
    let campaign = book.campaign(&run.campaign);
    if campaign.is_some_and(|campaign| Some(campaign.post.sha256()) == run.content_sha256) {
        return BookComparison::Unchanged;
    }
    if book.unsettled.contains(&run.campaign) {
        return BookComparison::Unsettled;
    }
    match campaign {
        Some(campaign) if agreed => version(run, campaign, run.latest, book.commit.as_deref()),
        Some(_) => BookComparison::Changed(Transition::Withdraw { reason: Reason::OtherVersion }),
        None if agreed => gone(why_held(), Reason::Removed),
        None => gone(why_held(), Reason::NotInBook),
    }
}

/// Its campaign is not among the sound ones.
fn gone(why_held: Option<Reason>, otherwise: Reason) -> BookComparison {
    BookComparison::Changed(match why_held {
        Some(reason) => Transition::Hold { hold: None, reason },
        None => Transition::Withdraw { reason: otherwise },
    })
}

/// The move to the current version of its campaign, where that differs from what the run has.
fn version(run: &Run, campaign: &Campaign, latest: DateTime<Utc>, commit: Option<&str>) -> BookComparison {
    let now = campaign.post.sha256();
    let reason = match run.content_sha256 {
        Some(before) if before != now => Reason::NewerVersion { before, now },
        _ if latest != run.latest => Reason::LatenessChanged,
        _ => return BookComparison::Unchanged,
    };
    let (post, commit) = (Arc::clone(&campaign.post), commit.map(str::to_owned));
    BookComparison::Changed(Transition::CatchUp { post, latest, commit, reason })
}
