//! Is every credential, permission, address and reference good? Asks with harmless calls only.
//!
//! The findings stand in the order in which to correct them: a later one often goes away with an earlier one. It
//! creates nothing, neither a moment nor a store.

mod local;
mod wecom;

use chrono::{DateTime, TimeDelta, Utc};

use crate::book_watcher::BookLocation;
use crate::clock::Clock;
use crate::notify::{BadUrl, HttpSink};
use crate::schedule::ZONE_DATA;
use crate::secret::Secret;
use crate::store::Address;
use crate::wecom::WeCom;

pub use wecom::address_seen;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    Good,
    /// It could not be looked at, because of something above.
    Skipped,
    /// It works, and may not go on working.
    Doubtful,
    Bad,
}

impl CheckStatus {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Skipped => "skipped",
            Self::Doubtful => "doubtful",
            Self::Bad => "bad",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// From a closed set: `store`, `token` and so on.
    pub check: &'static str,
    pub verdict: CheckStatus,
    pub what: String,
    /// The next act.
    pub todo: Option<String>,
}

/// What is examined.
pub struct DoctorInput {
    pub clock: Clock,
    /// What `run` would refuse of the settings, each with where it came from.
    pub settings: Vec<String>,
    /// Where the book is followed, or what is wrong with that.
    pub book: Result<BookLocation, String>,
    pub store: Address,
    /// The account, or what is wrong with the settings of it.
    pub account: Result<WeCom, String>,
    pub notify_url: Result<Option<Secret>, String>,
}

/// Looks at everything.
pub async fn examine(patient: &DoctorInput) -> Vec<Finding> {
    let mut findings: Vec<Finding> = patient.settings.iter().map(|why| local::setting(why)).collect();
    if findings.is_empty() {
        findings.push(Finding::good("settings", "each that is set has a form that `run` accepts"));
    }
    findings.extend([local::store(&patient.store), local::disk(&patient.store, patient.clock.now()), local::git()]);
    findings.push(local::book(&patient.book).await);
    match &patient.account {
        Ok(wecom) => {
            findings.push(Finding::good("account", format!("corp {}", wecom.corp())));
            wecom::examine(wecom, &patient.clock, &mut findings).await;
        }
        Err(why) => {
            findings.push(Finding::bad("account", why.clone(), "set it, then run `drumbeat doctor` again"));
            for check in ["clock", "token", "trusted address", "permission"] {
                findings.push(Finding::skipped(check, "there is no account to ask with"));
            }
        }
    }
    findings.push(notifications(&patient.notify_url));
    findings.push(zone_data(patient.clock.now()));
    findings
}

fn notifications(url: &Result<Option<Secret>, String>) -> Finding {
    let check = "notifications";
    let door = match url {
        Err(why) => return Finding::bad(check, why.clone(), "correct DRUMBEAT_NOTIFY_URL"),
        Ok(None) => {
            let todo = "set DRUMBEAT_NOTIFY_URL to a group robot's address, or somebody has to look at `history`";
            return Finding::doubtful(check, "nobody is told when a post fails", todo);
        }
        Ok(Some(url)) => HttpSink::new(url.clone()),
    };
    match door {
        Ok(door) => Finding::good(
            check,
            format!("to a {}; a message is sent only when there is something to tell", door.name()),
        ),
        Err(why @ (BadUrl::NoKey | BadUrl::SampleKey)) => {
            Finding::bad(check, why.to_string(), "add a robot to the group (消息推送) and copy its address")
        }
        Err(why) => Finding::bad(check, format!("DRUMBEAT_NOTIFY_URL: {why}"), "correct it"),
    }
}

/// Countries change their clocks at short notice; China has not since 1991.
fn zone_data(now: DateTime<Utc>) -> Finding {
    let year = ZONE_DATA.get(..4).and_then(|year| year.parse::<i32>().ok());
    let released = year.and_then(|year| chrono::NaiveDate::from_ymd_opt(year, 1, 1));
    let age = released.map_or(TimeDelta::zero(), |date| now.date_naive() - date);
    let what = format!("zone data {ZONE_DATA}");
    if age > TimeDelta::days(3 * 365) {
        return Finding::doubtful(
            "zone data",
            what,
            "upgrade Drumbeat if campaigns use zones whose clocks changed since",
        );
    }
    Finding::good("zone data", what)
}

impl Finding {
    fn good(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, verdict: CheckStatus::Good, what: what.into(), todo: None }
    }

    fn skipped(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, verdict: CheckStatus::Skipped, what: what.into(), todo: None }
    }

    fn doubtful(check: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: CheckStatus::Doubtful, what: what.into(), todo: Some(todo.into()) }
    }

    fn bad(check: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, verdict: CheckStatus::Bad, what: what.into(), todo: Some(todo.into()) }
    }
}
