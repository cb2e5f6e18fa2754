//! Uploads that WeCom still has.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use super::database::Store;
use super::rows::millis;
use super::statements::{MEDIA_FORGET, MEDIA_ID, MEDIA_PUT, prepared};
use crate::ids::{CorpId, Sha256};
use crate::store::StoreError;

impl Store {
    /// The media id of an upload that is younger than `since`.
    pub fn media_id(&self, corp: &CorpId, sha256: Sha256, since: DateTime<Utc>) -> Result<Option<String>, StoreError> {
        self.read("look up an upload", |db| {
            prepared(db, MEDIA_ID)?
                .query_row(params![corp.0, sha256.to_string(), millis(since)], |row| row.get(0))
                .optional()
        })
    }

    /// Remembers an upload.
    pub fn put_media(
        &self,
        corp: &CorpId,
        sha256: Sha256,
        media_id: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write("remember an upload", |db| {
            prepared(db, MEDIA_PUT)?.execute(params![corp.0, sha256.to_string(), media_id, millis(at)]).map(drop)
        })
    }

    /// Forgets an upload whose media id WeCom does not know any more.
    pub fn forget_media(&self, corp: &CorpId, sha256: Sha256) -> Result<(), StoreError> {
        self.write("forget an upload", |db| {
            prepared(db, MEDIA_FORGET)?.execute(params![corp.0, sha256.to_string()]).map(drop)
        })
    }
}
