//! Which corps other services work for, so that a thousand that wait ask the server once a second.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::database::Database;
use super::problem::Owner;
use crate::store::StoreError;

/// How long an answer for all corps counts for the others.
const AGE: Duration = Duration::from_secs(1);

/// The last answer, by address.
static KNOWN: Mutex<BTreeMap<String, Answer>> = Mutex::new(BTreeMap::new());

struct Answer {
    at: Instant,
    /// The corp that asked. It has seen this answer, and asks again.
    asked_by: String,
    owners: BTreeMap<String, Owner>,
}

/// The service that works for this corp, if one does. Only taking the lease itself decides.
pub(super) fn by_other(database: &mut Database) -> Result<Option<Owner>, StoreError> {
    let server = database.server();
    if server.simulated.is_some() {
        return Ok(None);
    }
    let (address, corp) = (server.address_text(), server.corp_name().to_owned());
    if let Some(answer) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&address)
        && answer.asked_by != corp
        && answer.at.elapsed() < AGE
    {
        return Ok(answer.owners.get(&corp).cloned());
    }
    let owners = database.taken_leases()?;
    let owner = owners.get(&corp).cloned();
    let answer = Answer { at: Instant::now(), asked_by: corp, owners };
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert(address, answer);
    Ok(owner)
}
