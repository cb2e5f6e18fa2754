//! Holds: a person's word that something is not to be posted for now, kept with who said it and why.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::handle::Store;
use super::rows::{instant, millis};
use super::statements::{HOLD_LAY, HOLD_LIFT, HOLD_LYING, HOLD_NEWEST_OPEN, HOLDS, prepared};
use crate::ids::{CampaignId, CorpId};
use crate::run::Scope;
use crate::store::{Hold, Lifted, StoreError};

/// The corp and the campaign of a scope, as columns.
fn columns(scope: &Scope) -> (Option<&str>, Option<&str>) {
    match scope {
        Scope::Everything => (None, None),
        Scope::Corp(id) => (Some(&id.0), None),
        Scope::Campaign(id) => (None, Some(id.as_str())),
    }
}

impl Store {
    /// Lays a hold. Refused where the very same thing is on hold already.
    pub async fn create_hold(
        &self,
        scope: &Scope,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<Hold, StoreError> {
        let (scope, reason, by) = (scope.clone(), reason.to_owned(), by.to_owned());
        let laid = self.write("lay a hold", move |db| lay(db, &scope, &reason, &by, at)).await?;
        laid.map_err(|Hold { scope, at, by, reason, .. }| StoreError::OnHoldAlready { scope, since: at, by, reason })
    }

    /// Lifts the hold that lies on exactly this.
    pub async fn lift_hold(&self, scope: &Scope, lifted: Lifted) -> Result<Hold, StoreError> {
        let this = scope.clone();
        let lift = move |db: &Transaction<'_>| {
            let Some(lies) = lying(db, &this)? else { return Ok(None) };
            // A clock that was set back must not make it end before it began.
            let at = lifted.at.max(lies.at);
            prepared(db, HOLD_LIFT)?.execute(params![millis(at), lifted.by, lifted.catch_up, lies.id])?;
            Ok(Some(Hold { lifted: Some(Lifted { at, ..lifted }), ..lies }))
        };
        let found = self.write("lift a hold", lift).await?;
        found.ok_or_else(|| StoreError::NotOnHold(scope.clone()))
    }

    /// Every hold that there ever was, oldest first.
    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        self.read("read the holds", |db| prepared(db, HOLDS)?.query_map([], hold)?.collect()).await
    }

    /// The hold that keeps a campaign from being posted now.
    pub async fn hold_on(&self, corp: &CorpId, campaign: &CampaignId) -> Result<Option<Hold>, StoreError> {
        let (corp, campaign) = (corp.clone(), campaign.clone());
        self.read("read the holds", move |db| newest_open(db, &corp, &campaign)).await
    }
}

/// Lays a hold inside of a change, or gives the one that lies there already.
pub(super) fn lay(
    db: &Connection,
    scope: &Scope,
    reason: &str,
    by: &str,
    at: DateTime<Utc>,
) -> rusqlite::Result<Result<Hold, Hold>> {
    if let Some(lies) = lying(db, scope)? {
        return Ok(Err(lies));
    }
    let (corp, campaign) = columns(scope);
    prepared(db, HOLD_LAY)?.execute(params![corp, campaign, millis(at), by, reason])?;
    let (by, reason) = (by.to_owned(), reason.to_owned());
    Ok(Ok(Hold { id: db.last_insert_rowid(), scope: scope.clone(), at, by, reason, lifted: None }))
}

fn lying(db: &Connection, scope: &Scope) -> rusqlite::Result<Option<Hold>> {
    let (corp, campaign) = columns(scope);
    prepared(db, HOLD_LYING)?.query_row(params![corp, campaign], hold).optional()
}

/// The newest hold that lies on a campaign of a corp.
pub(super) fn newest_open(db: &Connection, corp: &CorpId, campaign: &CampaignId) -> rusqlite::Result<Option<Hold>> {
    prepared(db, HOLD_NEWEST_OPEN)?.query_row(params![corp.0, campaign.as_str()], hold).optional()
}

fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let (corp, campaign): (Option<String>, Option<String>) = (row.get("corp")?, row.get("campaign")?);
    let scope = match (corp, campaign) {
        (_, Some(id)) => Scope::Campaign(CampaignId::try_from(id).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
        })?),
        (Some(id), None) => Scope::Corp(CorpId(id)),
        (None, None) => Scope::Everything,
    };
    let lifted_at: Option<i64> = row.get("lifted_at")?;
    let lifted = match lifted_at {
        Some(_) => Some(Lifted {
            at: instant(row, "lifted_at")?,
            by: row.get::<_, Option<String>>("lifted_by")?.unwrap_or_default(),
            catch_up: row.get::<_, Option<bool>>("catch_up")?.unwrap_or(false),
        }),
        None => None,
    };
    Ok(Hold {
        id: row.get("hold")?,
        scope,
        at: instant(row, "laid_at")?,
        by: row.get("laid_by")?,
        reason: row.get("reason")?,
        lifted,
    })
}
