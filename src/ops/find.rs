//! Finds the run or the campaign that a text names.

use std::sync::Arc;

use super::campaign::{CampaignNames, NoCampaign};
use crate::campaign::Campaign;
use crate::check::{CheckResult, InvalidFile};
use crate::ids::{CampaignId, CorpId};
use crate::invocation::command;
use crate::run::{Run, RunId};
use crate::store::{Scope, Store, StoreError};
use crate::text::{Text, UserError};

/// Why a text does not name a run.
#[derive(Debug, thiserror::Error)]
pub enum NoRun {
    BadName(String),
    NotFound(RunId),
    /// Several corps have a run with this name.
    Several(RunId),
    Store(StoreError),
}

/// The run with a name; if several corps have one, the run of `corp`.
///
/// # Errors
/// There is none, or more than one.
pub async fn run_named(store: &Store, name: &str, corp: Option<&CorpId>) -> Result<Run, NoRun> {
    let id: RunId = name.trim().parse().map_err(|_| NoRun::BadName(name.to_owned()))?;
    let mut found = store.runs_named(&id).await.map_err(NoRun::Store)?;
    if found.len() > 1
        && let Some(corp) = corp
    {
        found.retain(|run| run.corp == *corp);
    }
    match (found.pop(), found.is_empty()) {
        (Some(run), true) => Ok(run),
        (Some(_), false) => Err(NoRun::Several(id)),
        (None, _) => Err(NoRun::NotFound(id)),
    }
}

/// The names of all campaigns that the store knows or holds, and those of a checked book.
///
/// # Errors
/// The store cannot be read.
pub async fn known_campaigns(store: &Store, checked: Option<&CheckResult>) -> Result<CampaignNames, StoreError> {
    let mut names = CampaignNames::default();
    store.campaign_ids().await?.iter().for_each(|id| names.add(id, None, None));
    for hold in store.holds().await? {
        if let Scope::Campaign(id) = &hold.scope {
            names.add(id, None, None);
        }
    }
    checked.into_iter().for_each(|checked| names.add_book(checked));
    Ok(names)
}

/// Why a text does not name a campaign that can be posted.
#[derive(Debug, thiserror::Error)]
pub enum NoPostableCampaign {
    /// Its file has an error.
    Invalid {
        file: String,
        why: Text,
    },
    /// The campaign may be in a file that could not be read.
    MayBeUnread {
        name: String,
        file: String,
        why: Text,
    },
    NoCampaign(NoCampaign),
    /// The name of no campaign that can be posted.
    NotInBook(CampaignId),
}

/// The campaign of a checked book with this id, title or file.
///
/// # Errors
/// No campaign without errors has this name.
pub fn campaign_to_post(name: &str, checked: &CheckResult) -> Result<Arc<Campaign>, NoPostableCampaign> {
    let mut names = CampaignNames::default();
    names.add_valid(&checked.campaigns);
    let found = names.find(name);
    if let Ok(id) = &found
        && let Some(campaign) = checked.campaigns.iter().find(|campaign| campaign.id == *id)
    {
        return Ok(Arc::clone(campaign));
    }
    let is_named = |file: &&InvalidFile| file.id.as_ref().is_some_and(|id| id.as_str() == name);
    if let Some(InvalidFile { file, reason, .. }) = checked.invalid_files.iter().find(is_named) {
        return Err(NoPostableCampaign::Invalid { file: file.to_string(), why: reason.clone() });
    }
    // The id in an unreadable file is unknown: the campaign may be in it.
    let stem = |file: &str| file.rsplit('/').next().and_then(|name| name.split('.').next()).map(str::to_owned);
    let mut unread = checked.invalid_files.iter().filter(|file| file.id.is_none());
    let own = unread.clone().find(|file| stem(&file.file).is_some_and(|stem| stem == name));
    if let Some(InvalidFile { file, reason, .. }) = own.or_else(|| unread.next()) {
        let (name, file) = (name.to_owned(), file.to_string());
        return Err(NoPostableCampaign::MayBeUnread { name, file, why: reason.clone() });
    }
    Err(found.map_or_else(NoPostableCampaign::NoCampaign, NoPostableCampaign::NotInBook))
}

impl UserError for NoRun {
    fn text(&self) -> Text {
        match self {
            Self::BadName(name) => text!(
                en: "`{name}` is not a run id: `{history}` lists them, such as spring-launch@2026-03-02T09:00",
                zh: "`{name}` 不是发表记录的名字：请用 `{history}` 查看，名字形如 spring-launch@2026-03-02T09:00", history = command("history")),
            Self::NotFound(id) => text!(
                en: "run {id} not found in this store: `{history}` lists all runs",
                zh: "这个记录库里没有发表记录 {id}：请用 `{history}` 查看有哪些", history = command("history")),
            Self::Several(id) => text!(
                en: "several corps have a run {id} in this store: set DRUMBEAT_CORP_ID to the one you mean",
                zh: "这个记录库里有多个企业都有发表记录 {id}：请用 DRUMBEAT_CORP_ID 指定是哪个企业"
            ),
            Self::Store(error) => error.with_causes(),
        }
    }
}

impl UserError for NoPostableCampaign {
    fn text(&self) -> Text {
        match self {
            Self::Invalid { file, why } => text!(
                en: "{file} has an error: {why}; `{check}` shows it",
                zh: "{file} 有错误：{why}；用 `{check}` 可以看到详情",
                why = why, check = command("check")),
            Self::MayBeUnread { name, file, why } => text!(
                en: "`{name}` is not in the files that could be read; {file}: {why}; `{check}` shows it",
                zh: "能读的文件里没有 `{name}`；{file}：{why}；用 `{check}` 可以看到详情",
                why = why, check = command("check")),
            Self::NoCampaign(error) => error.text(),
            Self::NotInBook(id) => text!(en: "`{id}` is not in the book", zh: "活动目录里没有 `{id}`"),
        }
    }
}

display_in_english!(NoRun, NoPostableCampaign);

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::run::{Due, Reason, Slot};
    use crate::store::Wait;

    fn store_with_runs_of(corps: &[&str]) -> Store {
        let store = Store::in_memory().expect("a store");
        let run = |corp: &&str| {
            let due = DateTime::UNIX_EPOCH;
            let due = Due {
                corp: CorpId((*corp).to_owned()),
                campaign: "spring".parse().expect("an id"),
                slot: Slot::Manual { local: due.naive_utc() },
                due,
                zone: "UTC".to_owned(),
                deadline: due,
                commit: None,
            };
            Run::missed(due, Reason::Edited, DateTime::UNIX_EPOCH)
        };
        store.record(&corps.iter().map(run).collect::<Vec<_>>()).wait().expect("recorded");
        store
    }

    fn name() -> String {
        let store = store_with_runs_of(&["ww1"]);
        store.runs(&crate::store::RunFilter::default()).wait().expect("read")[0].id().to_string()
    }

    #[test]
    fn a_run_by_its_name() {
        let found = run_named(&store_with_runs_of(&["ww1"]), &format!(" {} ", name()), None).wait().expect("found");
        assert_eq!(found.id().as_str(), name());
    }

    #[test]
    fn a_run_of_two_corps_needs_the_corp() {
        let store = store_with_runs_of(&["ww1", "ww2"]);
        assert!(matches!(run_named(&store, &name(), None).wait(), Err(NoRun::Several(_))));
        let ww2 = CorpId("ww2".to_owned());
        assert_eq!(run_named(&store, &name(), Some(&ww2)).wait().expect("found").corp, ww2);
    }

    #[test]
    fn no_such_run() {
        let store = store_with_runs_of(&[]);
        assert!(matches!(run_named(&store, &name(), None).wait(), Err(NoRun::NotFound(_))));
        assert!(matches!(run_named(&store, "spring", None).wait(), Err(NoRun::BadName(_))));
    }

    #[test]
    fn campaigns_on_hold_are_known() {
        let store = store_with_runs_of(&[]);
        let spring = Scope::Campaign("spring".parse().expect("an id"));
        store.create_hold(&spring, "a typo", "wangwu", DateTime::UNIX_EPOCH).wait().expect("on hold");
        let names = known_campaigns(&store, None).wait().expect("read");
        assert_eq!(names.find("spring").map(|id| id.to_string()), Ok("spring".to_owned()));
    }
}
