//! A post by hand: the run that a person asks for, and what a person must know before asking for another one.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use crate::campaign::Campaign;
use crate::ids::CorpId;
use crate::run::{Due, Run, Slot, State};
use crate::schedule::civil::read_in;

/// A run that posts a campaign now.
pub fn by_hand(corp: CorpId, campaign: &Campaign, commit: Option<String>, now: DateTime<Utc>) -> Run {
    let zone = campaign.terms.schedule.zone();
    let due = Due {
        corp,
        campaign: campaign.id.clone(),
        slot: Slot::ByHand { local: now.with_timezone(&zone).naive_local().trunc_subsecs(0) },
        due: now,
        zone: zone.name().to_owned(),
        latest: campaign.terms.latest(now),
        commit,
    };
    Run::claimed(due, Arc::clone(&campaign.post), now)
}

/// What is known of a run that is not over: whether customers may see its post already, and what to do about it.
pub fn what_is_known(run: &Run) -> String {
    let id = run.id();
    match run.state {
        State::Claimed => format!(
            "{id} is {}: nothing of it was sent yet; the next `drumbeat run` or its `drumbeat post` sends it until {} ({}). \
             To withdraw it: drumbeat cancel {id}",
            run.state,
            read_in(&run.zone, run.latest),
            run.zone
        ),
        State::InDoubt if run.needs_review => format!(
            "{id} is {}: its post may be out, and a person must say so. Look in WeCom's console, then run: \
             drumbeat settle {id} --created MOMENT_ID (or --absent)",
            run.state
        ),
        _ => format!(
            "{id} is {}: its post may be out; `drumbeat run` goes on to find out what became of it. \
             To look: drumbeat show {id}",
            run.state
        ),
    }
}
