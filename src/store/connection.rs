//! One face for the statements of both databases, so that what is decided about runs is written once.
//!
//! A statement takes and returns SQLite's plain values; for PostgreSQL, `postgres::session` converts them.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, Type, Value, ValueRef};

use super::session::Session;
use super::simulated::SimulatedSession;
use super::sql_error::{SqlError, SqlResult};
use super::statements::Sql;

/// A connection, in a transaction if it writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c Session),
    Simulated(&'c SimulatedSession),
}

impl Connection<'_> {
    /// Gives back the memory of SQLite's page cache.
    pub(super) fn release_memory(&self) -> SqlResult<()> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch("PRAGMA shrink_memory")?),
            Self::Postgres(_) | Self::Simulated(_) => Ok(()),
        }
    }

    /// For a transaction that moves a whole history.
    pub(super) fn allow_long_statements(&self) -> SqlResult<()> {
        match self {
            Self::Sqlite(_) | Self::Simulated(_) => Ok(()),
            Self::Postgres(session) => session.allow_long_statements(),
        }
    }

    /// References may be missing until the end of the transaction.
    pub(super) fn defer_references(&self) -> SqlResult<()> {
        match self {
            Self::Sqlite(db) => Ok(db.pragma_update(None, "defer_foreign_keys", true)?),
            Self::Postgres(session) => session.batch("SET CONSTRAINTS ALL DEFERRED"),
            Self::Simulated(session) => Ok(session.connection().pragma_update(None, "defer_foreign_keys", true)?),
        }
    }
}

/// A prepared statement, cached per connection.
pub(super) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(&'c Session, tokio_postgres::Statement),
}

/// A row of an answer.
#[derive(Clone, Copy)]
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// A column, by its position or its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'n> {
    At(usize),
    Named(&'n str),
}

impl From<usize> for Column<'_> {
    fn from(place: usize) -> Self {
        Self::At(place)
    }
}

impl<'n> From<&'n str> for Column<'n> {
    fn from(name: &'n str) -> Self {
        Self::Named(name)
    }
}

pub(super) fn prepared<'c>(db: &Connection<'c>, sql: Sql) -> SqlResult<Statement<'c>> {
    match db {
        Connection::Sqlite(db) => Ok(Statement::Sqlite(db.prepare_cached(sql.sqlite())?)),
        Connection::Postgres(session) => Ok(Statement::Postgres(session, session.prepared(sql)?)),
        Connection::Simulated(session) => {
            Ok(Statement::Sqlite(session.connection().prepare_cached(&session.text(sql)?)?))
        }
    }
}

impl Statement<'_> {
    /// Returns the number of changed rows.
    pub(super) fn execute(&mut self, values: &[&dyn ToSql]) -> SqlResult<usize> {
        match self {
            Self::Sqlite(statement) => Ok(statement.execute(values)?),
            Self::Postgres(session, statement) => session.execute(statement, values),
        }
    }

    /// For a statement of a transaction whose number of rows does not matter. A server gets it with the next statement of the
    /// transaction, so it costs no wait; if it fails there, the next statement returns its error.
    pub(super) fn execute_later(&mut self, values: &[&dyn ToSql]) -> SqlResult<()> {
        match self {
            Self::Sqlite(statement) => Ok(statement.execute(values).map(drop)?),
            Self::Postgres(session, statement) => session.execute_later(statement, values),
        }
    }

    /// Inserts one row, and returns its key.
    pub(super) fn insert(&mut self, values: &[&dyn ToSql]) -> SqlResult<i64> {
        match self {
            Self::Sqlite(statement) => Ok(statement.insert(values)?),
            Self::Postgres(..) => self.query_one(values, |row| row.get(0)),
        }
    }

    /// The first row, if there is one.
    pub(super) fn query_row<T>(
        &mut self,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Option<T>> {
        match self {
            Self::Sqlite(statement) => match statement.query(values)?.next()? {
                Some(row) => read(&Row::Sqlite(row)).map(Some),
                None => Ok(None),
            },
            Self::Postgres(session, statement) => {
                let rows = session.query(statement, values)?;
                rows.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// The first row of a statement that always has one.
    pub(super) fn query_one<T>(
        &mut self,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<T> {
        self.query_row(values, read)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Passes each row to `each`, in order, without keeping them.
    pub(super) fn query_each(
        &mut self,
        values: &[&dyn ToSql],
        mut each: impl FnMut(&Row<'_>) -> SqlResult<()>,
    ) -> SqlResult<()> {
        match self {
            Self::Sqlite(statement) => {
                let mut rows = statement.query(values)?;
                while let Some(row) = rows.next()? {
                    each(&Row::Sqlite(row))?;
                }
                Ok(())
            }
            Self::Postgres(session, statement) => {
                session.query_each(statement, values, |row| each(&Row::Postgres(row)))
            }
        }
    }

    /// Runs it once for each row of values, in their order; returns the numbers of changed rows. A server gets many rows
    /// together.
    pub(super) fn execute_each(&mut self, rows: Vec<Vec<Value>>) -> SqlResult<Vec<usize>> {
        match self {
            Self::Sqlite(statement) => {
                rows.into_iter().map(|row| Ok(statement.execute(rusqlite::params_from_iter(row))?)).collect()
            }
            Self::Postgres(session, statement) => session.execute_each(statement, rows),
        }
    }

    /// The first row for each row of values, where there is one. A server gets many rows of values together.
    pub(super) fn query_row_each<T>(
        &mut self,
        rows: Vec<Vec<Value>>,
        mut read: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Vec<Option<T>>> {
        match self {
            Self::Sqlite(statement) => {
                let mut first = |row: Vec<Value>| match statement.query(rusqlite::params_from_iter(row))?.next()? {
                    Some(row) => read(&Row::Sqlite(row)).map(Some),
                    None => Ok(None),
                };
                rows.into_iter().map(&mut first).collect()
            }
            Self::Postgres(session, statement) => {
                let found = session.query_each_row(statement, rows)?;
                found.iter().map(|rows| rows.first().map(|row| read(&Row::Postgres(row))).transpose()).collect()
            }
        }
    }

    /// All rows.
    pub(super) fn query_map<T>(
        &mut self,
        values: &[&dyn ToSql],
        mut read: impl FnMut(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<Vec<T>> {
        match self {
            Self::Sqlite(statement) => {
                let (mut rows, mut all) = (statement.query(values)?, Vec::new());
                while let Some(row) = rows.next()? {
                    all.push(read(&Row::Sqlite(row))?);
                }
                Ok(all)
            }
            Self::Postgres(session, statement) => {
                session.query(statement, values)?.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }
}

impl Row<'_> {
    pub(super) fn get<'n, T: FromSql>(&self, column: impl Into<Column<'n>>) -> SqlResult<T> {
        let column = column.into();
        T::column_result(self.get_ref(column)?).map_err(|error| self.unreadable(column, error))
    }

    /// The values of all columns.
    pub(super) fn values(&self) -> SqlResult<Vec<Value>> {
        let count = match self {
            Self::Sqlite(row) => row.as_ref().column_count(),
            Self::Postgres(row) => row.len(),
        };
        let value = |place| self.get_ref(place)?.try_into().map_err(|error| self.unreadable(place, error));
        (0..count).map(value).collect()
    }

    pub(super) fn get_ref<'n>(&self, column: impl Into<Column<'n>>) -> SqlResult<ValueRef<'_>> {
        match (self, column.into()) {
            (Self::Sqlite(row), Column::At(place)) => Ok(row.get_ref(place)?),
            (Self::Sqlite(row), Column::Named(name)) => Ok(row.get_ref(name)?),
            (Self::Postgres(row), Column::At(place)) => Session::value(row, place),
            (Self::Postgres(row), Column::Named(name)) => {
                let place = row.columns().iter().position(|column| column.name() == name);
                Session::value(row, place.unwrap_or(usize::MAX))
            }
        }
    }

    /// The names of the columns, in their order.
    pub(super) fn column_names(&self) -> Vec<String> {
        match self {
            Self::Sqlite(row) => {
                let statement: &rusqlite::Statement<'_> = row.as_ref();
                statement.column_names().map(str::to_owned).collect()
            }
            Self::Postgres(row) => row.columns().iter().map(|column| column.name().to_owned()).collect(),
        }
    }

    fn place(&self, column: Column<'_>) -> usize {
        match column {
            Column::At(place) => place,
            Column::Named(name) => self.column_names().iter().position(|found| found == name).unwrap_or(usize::MAX),
        }
    }

    /// A value of a column that the program does not understand.
    pub(super) fn unreadable<'n>(
        &self,
        column: impl Into<Column<'n>>,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> SqlError {
        let place = self.place(column.into());
        rusqlite::Error::FromSqlConversionFailure(place, Type::Text, Box::new(error)).into()
    }
}
