//! Selects the part of the history that people are shown.

use chrono::{DateTime, Utc};

use crate::ids::CorpId;
use crate::store::{Store, StoreError};

/// The due time from which the newest `runs` runs of the busiest corp are shown; `None` if there are fewer.
///
/// # Errors
/// The store cannot be read.
pub async fn newest_from(
    store: &Store,
    corp: Option<&CorpId>,
    since: Option<DateTime<Utc>>,
    runs: usize,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let corps = match corp {
        Some(corp) => vec![corp.clone()],
        None => store.corps().await?.into_iter().map(CorpId).collect(),
    };
    let mut newest = None;
    for corp in corps {
        newest = newest.max(store.newest_from(&corp, since, runs).await?);
    }
    Ok(newest)
}
