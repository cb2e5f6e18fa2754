//! What the engine says about runs: kept apart from the logic, so that another language can stand beside it.

use chrono::{DateTime, Utc};

use super::settle::Candidate;
use crate::ids::{CampaignId, Sha256};
use crate::length;
use crate::post::Names;
use crate::run::{Invalid, Run, RunId};
use crate::store::Hold;
use crate::wecom::{Error, Likeness, Moment};

pub(super) const EDITED: &str = "the campaign was changed before this could be posted, and nothing fires backwards";
pub(super) const REMOVED: &str = "withdrawn: the campaign was removed before this could be posted; nothing was sent";
pub(super) const TIME_REMOVED: &str =
    "withdrawn: the campaign's schedule does not have this time any more; nothing was sent";
pub(super) const OTHER_VERSION: &str = "withdrawn: the service has another version of this campaign than the one that was \
    to be posted, and nothing was sent; let the service load the new version (its log says \"book loaded\"), then post again";
pub(super) const NOT_IN_BOOK: &str = "withdrawn: the service's book does not have this campaign, and nothing was sent; let \
    the service load it (its log says \"book loaded\"), then post again";
pub(super) const NEW_LATENESS: &str = "the campaign's max_lateness was changed before this was sent";
pub(super) const PAST_WHEN_FIRST_SEEN: &str = "its time was already past when the campaign was first seen";
pub(super) const NEWER_DUE: &str = "a newer occurrence was due as well by the time the service could post";
pub(super) const STOPPED_WHILE_SENDING: &str =
    "the service stopped while the request was under way; it is being looked for at WeCom";
pub(super) const SETTLED_BY_LOOKING: &str = "the answer was lost; it was found in WeCom's list";
pub(super) const HALF_READ: &str = "WeCom did not understand all of the request and acted on the rest: look at the post in its \
    console at once, its audience may be wider than was asked";
pub(super) const LOOKING: &str = "not in WeCom's list yet; it will be looked for again";
pub(super) const TWIN_OPEN: &str =
    "another run with the same content is not settled yet, so a match could be either's; it will be looked for again";
pub(super) const SEVERAL: &str = "several posts at WeCom match it: look at them there, then say `drumbeat settle RUN --created MOMENT_ID` or `--absent`";
pub(super) const IN_LIST_ALREADY: &str = "it was due before this start, and WeCom's list has a post like it that no run owns: the store may have forgotten it";
pub(super) const ABSENT: &str = "the answer was lost, and WeCom's list does not have it";
pub(super) const RESENT: &str = "the answer was lost and WeCom's list does not have it: it is sent once more";
pub(super) const NO_MOMENT_ID: &str =
    "WeCom reports the job as done without a moment id; the post is looked for in WeCom's list";
pub(super) const UNKNOWN_JOB: &str =
    "WeCom took the request and does not know its job any more; the post is looked for in WeCom's list";
pub(super) const TAKEN_AND_UNSEEN: &str = "WeCom took the request, and its list does not show the post: look in WeCom's console, \
    then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`";
pub(super) const SENT_UNKNOWN: &str = "the store does not have what was sent, or it was changed on the disk: look for it in \
    WeCom's console, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`";
pub(super) const EXPIRED: &str = "WeCom did not finish the job within a day, and its list does not have it";

pub(super) const STILL_UPLOADING: &str = "its media were still being uploaded";
pub(super) const CAUGHT_UP: &str = "its hold was lifted, and it is caught up with";

/// A run takes the current version of its campaign.
pub(super) fn newer_version(before: Sha256, now: Sha256) -> String {
    let (before, now) = (before.to_string(), now.to_string());
    format!(
        "the campaign was changed before this was sent: the current version (content {:.12}) replaces the former one ({:.12})",
        now, before
    )
}

pub(super) fn on_hold(hold: &Hold) -> String {
    format!("{} was put on hold by {}: {}", hold.scope, hold.by, hold.reason)
}

pub(super) fn file_broken(file: &str, why: &str) -> String {
    format!("its file {file} has an error: {why}")
}

pub(super) fn too_late(due: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let late = (now - due).to_std().unwrap_or_default();
    format!("found due {} late, past its max_lateness", length::show(late))
}

pub(super) fn given_up(last: Option<&str>) -> String {
    match last {
        Some(last) => format!("max_lateness passed before it could be sent; the last trouble was: {last}"),
        None => "max_lateness passed before it could be sent".to_owned(),
    }
}

pub(super) fn waiting_for_quota(per_minute: usize) -> String {
    format!("waiting in the queue: WeCom takes {per_minute} creations a minute")
}

pub(super) fn damaged_post(campaign: &CampaignId) -> String {
    format!(
        "the post in the store is not the one that was recorded: its digest differs, so nothing was sent; check the disk and \
         read \"A damaged store\" in docs/running.md, then post it from the book with `drumbeat post {campaign}`"
    )
}

pub(super) fn media_changed(path: &str) -> String {
    format!("{path} is not the file any more that was claimed, and only what was claimed may go out")
}

pub(super) fn media_gone(path: &str, why: &str) -> String {
    format!("{path} cannot be read: {why}")
}

pub(super) fn not_taken(invalid: &Invalid, names: &Names) -> String {
    let departments: Vec<String> = invalid.departments.iter().map(|id| names.department(*id)).collect();
    let tags: Vec<String> = invalid.tags.iter().map(|id| names.tag(id)).collect();
    let parts = [("senders", &invalid.users), ("departments", &departments), ("tags", &tags)];
    let named = parts.iter().filter(|(_, ids)| !ids.is_empty());
    let named: Vec<String> = named.map(|(what, ids)| format!("{what} {}", ids.join(", "))).collect();
    format!("WeCom did not take {}", named.join("; "))
}

pub(super) fn job_refused(errcode: i64, errmsg: &str) -> String {
    format!("WeCom's job ended with {errcode}: {errmsg}")
}

pub(super) fn not_witnessed(why: &str) -> String {
    format!("the lock file of the store cannot be written, and without it nothing is sent: {why}")
}

/// WeCom's job ended with a code, and the post may exist all the same.
pub(super) fn job_unclear(errcode: i64, errmsg: &str) -> String {
    format!(
        "WeCom's job ended with {errcode} ({errmsg}), which does not say whether the post exists; it is looked for in WeCom's list"
    )
}

/// A code and a moment id contradict each other.
pub(super) fn code_beside_id(errcode: i64, errmsg: &str, moment_id: &str) -> String {
    format!(
        "WeCom's job ended with {errcode} ({errmsg}) and names the moment {moment_id}: look at it in WeCom's console, \
         then run `drumbeat settle RUN --created {moment_id}` or `--absent`"
    )
}

pub(super) fn owned_by_other(moment_id: &str) -> String {
    format!(
        "WeCom names the moment {moment_id}, which another run owns already: look for this post in WeCom's console, \
         then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`"
    )
}

pub(super) fn job_of_other(jobid: &str, other: &Run) -> String {
    format!(
        "WeCom answered with the job {jobid}, which run {} has already: look for this post in WeCom's console, \
         then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`",
        other.id()
    )
}

/// A moment of an overdue run's time that may be the post as its campaign was before.
pub(super) fn former_version(moment: &Moment, run: &Run) -> String {
    let Moment { moment_id, created, .. } = moment;
    let apart = length::show((*created - run.due).abs().to_std().unwrap_or_default());
    let when = if *created < run.due { "before" } else { "after" };
    format!(
        "it was due before this start, and its campaign was changed since it was claimed. WeCom has the moment {moment_id}, \
         created {apart} {when} that time, which no run owns: it may be this post as it was before the change. Look at it in WeCom's console, \
         then run `drumbeat settle RUN --created {moment_id}` or `--absent`"
    )
}

pub(super) fn list_unreadable(error: &Error) -> String {
    format!("WeCom's list cannot be read: {error}; {}", error.help())
}

/// A reason whose `RUN` is the run's own name.
pub(super) fn of_run(reason: &str, run: &RunId) -> String {
    reason.replace("drumbeat settle RUN ", &format!("drumbeat settle {run} "))
}

/// The list was unreadable for so long that a person must look.
pub(super) fn looked_in_vain(why: &str) -> String {
    format!(
        "{why}: look for this post in WeCom's console, then run `drumbeat settle RUN --created MOMENT_ID` or `--absent`"
    )
}

/// What may be the post, for the person who must say.
pub(super) fn unproven(candidate: &Candidate, run: &Run) -> String {
    let Candidate { moment_id, created, likeness } = candidate;
    let like = if *likeness == Likeness::Exact { "the same content" } else { "nearly the same content" };
    let sent_at = run.sent_at.unwrap_or(run.due);
    let apart = length::show((*created - sent_at).abs().to_std().unwrap_or_default());
    let when = if created < &sent_at { "before" } else { "after" };
    format!(
        "WeCom has the moment {moment_id} with {like}, created {apart} {when} this was sent: look at it in WeCom's console, \
         then run `drumbeat settle RUN --created {moment_id}` or `--absent`"
    )
}
