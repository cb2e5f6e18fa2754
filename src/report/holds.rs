//! Holds, and since when campaigns count, for `history` and `show`.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::escape;
use crate::limits::BEIJING;
use crate::schedule::civil::read_in;
use crate::store::{CampaignState, Hold, Scope};

#[derive(Serialize)]
pub(super) struct Row<'a> {
    hold: i64,
    corp: Option<&'a str>,
    campaign: Option<&'a str>,
    at: String,
    by: &'a str,
    reason: &'a str,
    lifted_at: Option<String>,
    lifted_by: Option<&'a str>,
    catch_up: bool,
}

#[derive(Serialize)]
pub(super) struct Campaign<'a> {
    campaign: &'a str,
    /// Only occurrences after this instant count.
    since: String,
}

pub(super) fn row(hold: &Hold) -> Row<'_> {
    let (corp, campaign) = match &hold.scope {
        Scope::Everything => (None, None),
        Scope::Corp(id) => (Some(id.0.as_str()), None),
        Scope::Campaign(id) => (None, Some(id.as_str())),
    };
    Row {
        hold: hold.id,
        corp,
        campaign,
        at: instant(hold.at),
        by: &hold.by,
        reason: &hold.reason,
        lifted_at: hold.lifted.as_ref().map(|lifted| instant(lifted.at)),
        lifted_by: hold.lifted.as_ref().map(|lifted| lifted.by.as_str()),
        catch_up: hold.lifted.as_ref().is_some_and(|lifted| lifted.catch_up),
    }
}

pub(super) fn campaign(known: &CampaignState) -> Campaign<'_> {
    Campaign { campaign: known.campaign.as_str(), since: instant(known.since) }
}

/// One hold in one line, with times of a zone.
pub fn in_words(hold: &Hold, zone: &str) -> String {
    let Hold { scope, by, reason, .. } = hold;
    let laid = format!("{scope}, on hold since {} by {by}: {reason}", read_in(zone, hold.at));
    match &hold.lifted {
        None => laid,
        Some(lifted) => {
            let how = if lifted.catch_up { "to be caught up with" } else { "without catching up" };
            format!("{laid}; lifted at {} by {}, {how}", read_in(zone, lifted.at), lifted.by)
        }
    }
}

/// The lines below a history: what is on hold, since when the one campaign counts that was asked for, and whose times these
/// are.
pub fn below_history(holds: &[Hold], known: &[CampaignState]) -> String {
    let mut text = String::new();
    for hold in holds.iter().filter(|hold| hold.lifted.is_none()) {
        let _ = writeln!(text, "on hold: {}", in_words(hold, BEIJING.name()));
    }
    for known in known {
        let _ = writeln!(
            text,
            "`{}` counts since {}: what was due before is not posted",
            known.campaign,
            read_in(BEIJING.name(), known.since)
        );
    }
    let _ = writeln!(text, "times are those of {}, unless another zone is named", BEIJING.name());
    escape::terminal_lines(&text)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
