//! Media that were uploaded to WeCom.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::prepared;
use super::handle::Store;
use super::rows::millis;
use super::statements::{MEDIA_FORGET, MEDIA_ID, MEDIA_PUT};
use super::{Operation, StoreError};
use crate::ids::{CorpId, Sha256};

impl Store {
    /// The media id of an upload newer than `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn media_id(
        &self,
        corp: &CorpId,
        sha256: Sha256,
        since: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadUploads, move |db| {
            prepared(db, MEDIA_ID)?.query_row(params![corp.0, sha256.to_string(), millis(since)], |row| row.get(0))
        })
        .await
    }

    /// Saves an upload.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn put_media(
        &self,
        corp: &CorpId,
        sha256: Sha256,
        media_id: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (corp, media_id) = (corp.clone(), media_id.to_owned());
        self.write(Operation::SaveUploads, move |db| {
            prepared(db, MEDIA_PUT)?.execute(params![corp.0, sha256.to_string(), media_id, millis(at)]).map(drop)
        })
        .await
    }

    /// Removes an upload whose media id WeCom no longer accepts.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn forget_media(&self, corp: &CorpId, sha256: Sha256) -> Result<(), StoreError> {
        let corp = corp.clone();
        self.write(Operation::SaveUploads, move |db| {
            prepared(db, MEDIA_FORGET)?.execute(params![corp.0, sha256.to_string()]).map(drop)
        })
        .await
    }
}
