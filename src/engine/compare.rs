//! Compares runs that were not sent with the active book: runs of removed campaigns are withdrawn, and changed posts are
//! sent in the new version. Pure.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::campaign::{Campaign, ChosenContent};
use crate::load::ActiveBook;
use crate::run::{Reason, Run, Slot, Transition};
use crate::schedule::Occurrence;

/// The comparison of an unsent run with the active book.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BookComparison {
    /// The run may be sent unchanged.
    Unchanged,
    /// The campaign's file may be half written or replaced at this moment. A later load decides.
    FileChanging,
    /// The run continues or ends with this transition.
    Changed(Transition),
}

/// Compares a claimed run of a schedule. `file_error` gives the reason if the campaign's file has an error.
pub(super) fn scheduled(run: &Run, book: &ActiveBook, file_error: impl FnOnce() -> Option<Reason>) -> BookComparison {
    if book.changing.contains(&run.campaign) {
        return BookComparison::FileChanging;
    }
    let Some(campaign) = book.campaign(&run.campaign) else { return without_campaign(file_error(), Reason::Removed) };
    let Some(occurrence) = occurrence_of(run, campaign) else {
        return BookComparison::Changed(Transition::Withdraw { reason: Reason::TimeRemoved });
    };
    if let Some(reason) = book.posting_blocks.keeps_back(&occurrence, campaign.timing.schedule.zone()) {
        return BookComparison::Changed(Transition::Hold { hold: None, reason: Reason::KeptBack(reason) });
    }
    let content = campaign.content_for(&occurrence);
    update_to_current(run, content, campaign.timing.deadline(run.due), book)
}

/// The occurrence of a scheduled run, if the campaign still has it.
pub(super) fn occurrence_of(run: &Run, campaign: &Campaign) -> Option<Occurrence> {
    let schedule = campaign.timing.schedule.expand();
    let just_before = run.due - TimeDelta::seconds(1);
    schedule.between(just_before, run.due).find(|it| Slot::from(it) == run.slot)
}

/// Compares a claimed run that was posted by hand. The person may have seen another copy of the book. The run follows the
/// active book only if both had the same content before (`agreed`).
pub(super) fn manual(
    run: &Run,
    book: &ActiveBook,
    file_error: impl FnOnce() -> Option<Reason>,
    agreed: bool,
) -> BookComparison {
    let campaign = book.campaign(&run.campaign);
    let date = run.slot.local().date();
    // The person chose a content, not its number: the content may have moved in the file.
    let has_content = |campaign: &Arc<Campaign>| {
        campaign.contents.iter().any(|content| Some(content.on(date).sha256()) == run.content_sha256)
    };
    if campaign.is_some_and(has_content) {
        return BookComparison::Unchanged;
    }
    if book.changing.contains(&run.campaign) {
        return BookComparison::FileChanging;
    }
    match campaign {
        Some(campaign) => match campaign.contents.named(run.content.unwrap_or(1), date).filter(|_| agreed) {
            Some(content) => update_to_current(run, content, run.deadline, book),
            None => BookComparison::Changed(Transition::Withdraw { reason: Reason::OtherVersion }),
        },
        None if agreed => without_campaign(file_error(), Reason::Removed),
        None => without_campaign(file_error(), Reason::NotInBook),
    }
}

/// The run's campaign is not in the active book: held if its file has an error, withdrawn otherwise.
fn without_campaign(file_error: Option<Reason>, otherwise: Reason) -> BookComparison {
    BookComparison::Changed(match file_error {
        Some(reason) => Transition::Hold { hold: None, reason },
        None => Transition::Withdraw { reason: otherwise },
    })
}

/// The transition to the current version of the campaign, if the version differs from the run's.
fn update_to_current(run: &Run, content: ChosenContent, deadline: DateTime<Utc>, book: &ActiveBook) -> BookComparison {
    let now = content.post.sha256();
    let reason = match run.content_sha256 {
        Some(before) if before != now => Reason::NewerVersion { before, now },
        _ if deadline != run.deadline => Reason::LatenessChanged,
        _ => return BookComparison::Unchanged,
    };
    let (content, post, commit) = (Some(content.number), content.post, book.commit_of(&run.campaign));
    BookComparison::Changed(Transition::CatchUp { content, post, deadline, commit, reason })
}
