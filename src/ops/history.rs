//! How much of the history people are shown.

use chrono::{DateTime, Utc};

use crate::ids::CorpId;
use crate::store::{Store, StoreError};

/// From when on the newest `runs` runs were due, of the corp that has the most of them; `None` where there are fewer.
///
/// # Errors
/// Where the store cannot be read.
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
