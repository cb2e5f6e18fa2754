//! Holds in the database.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::rows::{instant, json, millis};
use super::sql_error::SqlResult;
use super::statements::{HOLD_IN_FORCE, HOLD_INSERT, HOLD_LIFT, HOLD_NEWEST_OPEN, HOLDS, HOLDS_OPEN};
use super::{Hold, HoldCause, Lifted, Operation, StoreError};
use crate::ids::{CampaignId, CorpId};
use crate::run::Scope;

/// The corp and the campaign of a scope, as columns.
fn columns(scope: &Scope) -> (Option<&str>, Option<&str>) {
    match scope {
        Scope::Everything => (None, None),
        Scope::Corp(id) => (Some(&id.0), None),
        Scope::Campaign(id) => (None, Some(id.as_str())),
    }
}

impl Store {
    /// Puts a scope on hold.
    ///
    /// # Errors
    /// [`StoreError::OnHoldAlready`] if exactly this scope is on hold.
    pub async fn create_hold(
        &self,
        scope: &Scope,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<Hold, StoreError> {
        let (scope, reason, by) = (scope.clone(), reason.to_owned(), by.to_owned());
        let created =
            self.write_by_person(Operation::SaveHold, move |db| insert(db, &scope, (&reason, &by), None, at)).await?;
        created.map_err(|active| StoreError::OnHoldAlready(Box::new(active)))
    }

    /// Lifts the hold of exactly this scope; with a number, only that hold, and none that was created since.
    ///
    /// # Errors
    /// [`StoreError::NotOnHold`] if there is none.
    pub async fn lift_hold(&self, scope: &Scope, number: Option<i64>, lifted: Lifted) -> Result<Hold, StoreError> {
        let this = scope.clone();
        let lift = move |db: &Connection<'_>| {
            let is_meant = |hold: &Hold| number.is_none_or(|number| hold.id == number);
            let Some(hold) = active_hold(db, &this)?.filter(is_meant) else { return Ok(None) };
            // The clock may have been set back: a hold must not end before it began.
            let at = lifted.at.max(hold.at);
            prepared(db, HOLD_LIFT)?.execute(params![millis(at), lifted.by, lifted.catch_up, hold.id])?;
            Ok(Some(Hold { lifted: Some(Lifted { at, ..lifted }), ..hold }))
        };
        let found = self.write_by_person(Operation::SaveHold, lift).await?;
        found.ok_or_else(|| StoreError::NotOnHold(scope.clone()))
    }

    /// All holds, including lifted ones, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        self.read(Operation::ReadHolds, |db| prepared(db, HOLDS)?.query_map(params![], hold)).await
    }

    /// The active hold that stops a campaign.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn active_hold(&self, corp: &CorpId, campaign: &CampaignId) -> Result<Option<Hold>, StoreError> {
        let (corp, campaign) = (corp.clone(), campaign.clone());
        self.read(Operation::ReadHolds, move |db| newest_open(db, &corp, &campaign)).await
    }
}

/// Creates a hold inside a transaction, or returns the active one.
fn insert(
    db: &Connection<'_>,
    scope: &Scope,
    (reason, by): (&str, &str),
    cause: Option<&HoldCause>,
    at: DateTime<Utc>,
) -> SqlResult<Result<Hold, Hold>> {
    if let Some(active) = active_hold(db, scope)? {
        return Ok(Err(active));
    }
    let (corp, campaign) = columns(scope);
    let stored = cause.map(|cause| json(serde_json::to_string(cause))).transpose()?;
    let values = params![corp, campaign, millis(at), by, reason, stored];
    let id = prepared(db, HOLD_INSERT)?.insert(values)?;
    let (by, reason, cause) = (by.to_owned(), reason.to_owned(), cause.cloned());
    Ok(Ok(Hold { id, scope: scope.clone(), at, by, reason, cause, lifted: None }))
}

/// Puts everything on hold by Drumbeat itself, unless it is already.
pub(super) fn hold_everything(db: &Connection<'_>, cause: &HoldCause, at: DateTime<Utc>) -> SqlResult<()> {
    insert(db, &Scope::Everything, (&cause.reason(), cause.by()), Some(cause), at).map(drop)
}

/// The active hold of exactly this scope.
fn active_hold(db: &Connection<'_>, scope: &Scope) -> SqlResult<Option<Hold>> {
    let (corp, campaign) = columns(scope);
    prepared(db, HOLD_IN_FORCE)?.query_row(params![corp, campaign], hold)
}

/// The newest active hold on a campaign of a corp.
pub(super) fn newest_open(db: &Connection<'_>, corp: &CorpId, campaign: &CampaignId) -> SqlResult<Option<Hold>> {
    prepared(db, HOLD_NEWEST_OPEN)?.query_row(params![corp.0, campaign.as_str()], hold)
}

/// All active holds, newest first.
pub(super) fn all_open(db: &Connection<'_>) -> SqlResult<Vec<Hold>> {
    prepared(db, HOLDS_OPEN)?.query_map(params![], hold)
}

pub(super) fn hold(row: &Row<'_>) -> SqlResult<Hold> {
    let (corp, campaign): (Option<String>, Option<String>) = (row.get("corp")?, row.get("campaign")?);
    let scope = match (corp, campaign) {
        (_, Some(id)) => Scope::Campaign(CampaignId::try_from(id).map_err(|error| row.unreadable("campaign", error))?),
        (Some(id), None) => Scope::Corp(CorpId(id)),
        (None, None) => Scope::Everything,
    };
    let lifted_at: Option<i64> = row.get("lifted_at")?;
    let lifted = match lifted_at {
        Some(_) => Some(Lifted {
            at: instant(row, "lifted_at")?,
            by: row.get::<Option<String>>("lifted_by")?.unwrap_or_default(),
            catch_up: row.get::<Option<bool>>("catch_up")?.unwrap_or(false),
        }),
        None => None,
    };
    // A cause that this version does not know still counts as a cause.
    let cause: Option<String> = row.get("cause")?;
    let cause = cause.map(|cause| serde_json::from_str(&cause).unwrap_or(HoldCause::Former));
    Ok(Hold {
        id: row.get("hold")?,
        scope,
        at: instant(row, "laid_at")?,
        by: row.get("laid_by")?,
        reason: row.get("reason")?,
        cause,
        lifted,
    })
}
