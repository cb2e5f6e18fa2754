//! The lease of one corp, and those of many, in the rows of `leases`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::params;
use serde_json::json;

use super::Database;
use crate::store::connection::{Row, prepared};
use crate::store::postgres::error::at;
use crate::store::postgres::problem::{Owner, ServerProblem};
use crate::store::postgres::server::Server;
use crate::store::statements::{LEASE_OWNER, LEASE_RELEASE, LEASE_RENEW, LEASE_TAKE, LEASES_RENEW, LEASES_TAKEN};
use crate::store::{Operation, StoreError};

impl Database {
    /// Takes the lease if it is free or has ended, by the server's clock. Otherwise returns who has it.
    pub(in crate::store::postgres) fn take_lease(
        &mut self,
        token: i64,
        by: &str,
    ) -> Result<Result<(), String>, StoreError> {
        let server = Arc::clone(&self.server);
        let owner: Option<(Option<i64>, Option<String>)> = self.write(Operation::TakeLease, |db| {
            let corp = server.address.corp_name();
            prepared(db, LEASE_TAKE)?.query_row(params![corp, token, by], |row| Ok((row.get(0)?, row.get(1)?)))
        })?;
        let (owner, name) = owner.unwrap_or_default();
        // Two services may have the same name: containers with one host name, for example.
        if owner != Some(token) {
            return Ok(Err(name.unwrap_or_default()));
        }
        server.is_lost.store(false, Ordering::Relaxed);
        Ok(Ok(()))
    }

    /// Renews the lease. If another process has it, this one sends nothing more.
    pub(in crate::store::postgres) fn renew_lease(&mut self, token: i64) -> Result<(), StoreError> {
        let server = Arc::clone(&self.server);
        let renewed = self.read(Operation::TakeLease, |db| {
            prepared(db, LEASE_RENEW)?.execute(params![server.address.corp_name(), token])
        })?;
        if renewed == 0 {
            server.is_lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Renews the leases with these tokens. Returns whether one is left for soon, because a transaction has its row.
    pub(in crate::store::postgres) fn renew_leases(
        &mut self,
        leases: &BTreeMap<i64, Arc<Server>>,
    ) -> Result<bool, StoreError> {
        let own: Vec<_> = leases
            .iter()
            .map(|(token, server)| json!({ "token": token, "corp": server.corp_name(), "ready": server.is_ready() }))
            .collect();
        let own = serde_json::Value::from(own).to_string();
        let renewed: Vec<i64> = self
            .read(Operation::TakeLease, |db| prepared(db, LEASES_RENEW)?.query_map(params![own], |row| row.get(0)))?;
        let mut is_left = false;
        for (token, server) in leases.iter().filter(|(token, _)| !renewed.contains(token)) {
            let owner: Option<i64> = self.read(Operation::TakeLease, |db| {
                Ok(prepared(db, LEASE_OWNER)?.query_row(params![server.corp_name()], |row| row.get(0))?.flatten())
            })?;
            if owner == Some(*token) {
                is_left = true;
            } else {
                server.is_lost.store(true, Ordering::Relaxed);
            }
        }
        Ok(is_left)
    }

    /// Who works for the corps of this address: name of the corp, and its service.
    pub(in crate::store::postgres) fn taken_leases(&mut self) -> Result<BTreeMap<String, Owner>, StoreError> {
        let taken = self.read(Operation::TakeLease, |db| {
            let owner = |row: &Row<'_>| {
                let name = row.get::<Option<String>>(1)?.unwrap_or_default();
                Ok((row.get(0)?, Owner { name, is_ready: row.get(2)? }, row.get(3)?))
            };
            prepared(db, LEASES_TAKEN)?.query_map(&[], owner)
        })?;
        if taken.iter().any(|(.., may_write)| !may_write) {
            let (user, words) = (self.server.address.user().to_owned(), "leases, runs: UPDATE".to_owned());
            return Err(at(&self.server.address, ServerProblem::NoRight { user, words }));
        }
        Ok(taken.into_iter().map(|(corp, owner, _): (_, _, bool)| (corp, owner)).collect())
    }

    /// Gives the lease back, so that another process can take it at once.
    pub(in crate::store::postgres) fn release_lease(&mut self, token: i64) {
        self.server.claim().take();
        let server = Arc::clone(&self.server);
        let released = self.read(Operation::TakeLease, |db| {
            prepared(db, LEASE_RELEASE)?.execute(params![server.address.corp_name(), token])
        });
        if let Err(error) = released {
            tracing::warn!(%error, "the lease was not given back: it ends by itself");
        }
    }
}
