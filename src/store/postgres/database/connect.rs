//! How a connection is made, and what it must lead to.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;

use super::Database;
use crate::store::StoreError;
use crate::store::postgres::error::{at, of_connection, of_statement};
use crate::store::postgres::link::Link;
use crate::store::postgres::problem::ServerProblem;
use crate::store::postgres::tls;
use crate::store::session::Session;
use crate::store::simulated::SimulatedSession;
use crate::store::sql_error::SqlResult;
use crate::store::statements::CONNECTION;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The oldest server: its major version.
const OLDEST: i64 = 14;

impl Database {
    pub(super) fn connect(&self) -> Result<Link, StoreError> {
        let address = &self.server.address;
        let Some(runtime) = &self.runtime else { return self.connect_simulated() };
        let mut config = address.config.clone();
        if let Some(path) = &address.password_file {
            let read = std::fs::read_to_string(path);
            let password = read.map_err(|error| at(address, ServerProblem::PasswordFile(error.to_string())))?;
            config.password(password.trim_end_matches(['\r', '\n']));
        }
        if config.get_application_name().is_none() {
            config.application_name("drumbeat");
        }
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(CONNECT_TIMEOUT * 2);
        config.keepalives_idle(CONNECT_TIMEOUT).keepalives_interval(CONNECT_TIMEOUT).keepalives_retries(2);
        let corp: String = address.corp_name().chars().flat_map(|at| ['\\', at]).collect();
        config.options(format!(
            "-c search_path={} -c drumbeat.corp={corp} -c synchronous_commit=on -c lock_timeout=5s \
             -c idle_in_transaction_session_timeout=60s",
            address.schema
        ));
        let refused = |error: &tokio_postgres::Error| at(address, of_connection(address, error));
        let slow = |_| at(address, ServerProblem::NoConnection("timed out".to_owned()));
        let session = if config.get_ssl_mode() == SslMode::Disable {
            let connected =
                runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT * 2, config.connect(NoTls)).await });
            let (client, connection) = connected.map_err(slow)?.map_err(|error| refused(&error))?;
            Session::new(Arc::clone(runtime), client, connection)
        } else {
            let tls = tls::connector(address).map_err(|words| at(address, ServerProblem::Tls(words)))?;
            let connected =
                runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT * 2, config.connect(tls)).await });
            let (client, connection) = connected.map_err(slow)?.map_err(|error| refused(&error))?;
            Session::new(Arc::clone(runtime), client, connection)
        };
        self.check(&session).map_err(|error| at(address, of_statement(address, &error)))??;
        Ok(Link::Server(session))
    }

    fn connect_simulated(&self) -> Result<Link, StoreError> {
        let no_connection = |words: String| at(&self.server.address, ServerProblem::NoConnection(words));
        let path = self.server.simulated.as_ref().ok_or_else(|| no_connection("no server".to_owned()))?;
        SimulatedSession::connect(path).map(Link::Simulated).map_err(|error| no_connection(error.to_string()))
    }

    /// Whether the connection is one to a primary server, with our settings.
    fn check(&self, session: &Session) -> SqlResult<Result<(), StoreError>> {
        let address = &self.server.address;
        let rows = session.query(&session.prepared(CONNECTION)?, &[])?;
        let Some(row) = rows.first() else { return Ok(Err(at(address, ServerProblem::Pooler))) };
        let (is_standby, version): (bool, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (path, corp): (String, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
        let problem = if is_standby {
            ServerProblem::Standby
        } else if version < OLDEST {
            ServerProblem::TooOld(version)
        } else if path != address.schema || corp.as_deref() != Some(address.corp_name()) {
            ServerProblem::Pooler
        } else {
            return Ok(Ok(()));
        };
        Ok(Err(at(address, problem)))
    }
}
