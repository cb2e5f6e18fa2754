//! One connection to the server while it lasts.
//!
//! Never waits without a limit, and never keeps a connection whose state is not known: after an error of the network
//! or a missing answer it says that it is broken.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::{join3, try_join_all};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use tokio::runtime::Runtime;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::{IsNull, ToSql as ToServer, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{AsyncMessage, Client, Connection, Row, Statement};

use super::sql_error::{SqlError, SqlResult};
use super::statements::{BEGIN, CORP_SET, GENERIC_PLANS, Sql};

/// How long the server may take for a statement. A commit that waits for a standby server is one too.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// The same while a whole history is moved or removed.
const LONG_ANSWER_TIMEOUT: Duration = Duration::from_secs(600);

/// So many statements are sent together: `try_join_all` keeps the order of up to 30.
const MAX_TOGETHER: usize = 30;

/// A connection, with its prepared statements.
pub(super) struct Session {
    runtime: Arc<Runtime>,
    client: Client,
    statements: RefCell<HashMap<Sql, Statement>>,
    /// The corp that the connection serves from its next statement on, and the statement that says so.
    next_corp: RefCell<Option<Box<(Statement, String)>>>,
    /// Statements of the transaction that are sent with its next one, in their order.
    later: RefCell<Vec<(Statement, Vec<Bound>)>>,
    warnings: Arc<Mutex<Vec<DbError>>>,
    /// A statement failed since the transaction began: PostgreSQL answers its COMMIT by a silent ROLLBACK.
    has_failed: Cell<bool>,
    is_broken: Cell<bool>,
    answer_timeout: Cell<Duration>,
}

/// The end of a COMMIT.
#[derive(Debug)]
pub(super) enum Commit {
    Clean,
    /// On the disk of this server only: a WARNING came with the answer.
    LocalOnly(String),
    /// Nothing was written.
    Aborted(SqlError),
    /// The answer did not arrive.
    Unknown(SqlError),
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("is_broken", &self.is_broken).finish_non_exhaustive()
    }
}

impl Session {
    /// Takes a connection over: its messages are read while this thread waits for an answer.
    pub(super) fn new<S, T>(runtime: Arc<Runtime>, client: Client, mut connection: Connection<S, T>) -> Self
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
        T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let warnings = Arc::<Mutex<Vec<DbError>>>::default();
        let received = Arc::clone(&warnings);
        runtime.spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.parsed_severity() == Some(Severity::Warning)
                {
                    received.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
                }
            }
        });
        Self {
            runtime,
            client,
            statements: RefCell::default(),
            next_corp: RefCell::default(),
            later: RefCell::default(),
            warnings,
            has_failed: Cell::new(false),
            is_broken: Cell::new(false),
            answer_timeout: Cell::new(ANSWER_TIMEOUT),
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.get() || self.client.is_closed()
    }

    pub(super) fn prepared(&self, sql: Sql) -> SqlResult<Statement> {
        if let Some(known) = self.statements.borrow().get(&sql) {
            return Ok(known.clone());
        }
        let statement = self.answer(self.client.prepare_typed(&sql.postgres(), &[]))?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    /// From the next statement on, the connection serves this corp. Both are sent together: corps take turns on a
    /// connection, and most of the time of a short statement is the wait for its answer.
    pub(super) fn serve(&self, corp: &str) -> SqlResult<()> {
        let statement = self.prepared(CORP_SET)?;
        self.next_corp.replace(Some(Box::new((statement, corp.to_owned()))));
        Ok(())
    }

    /// Sends a statement of a transaction together with the next one, because most of the time of a short statement is the
    /// wait for its answer. If the server refuses it, the next one returns this error; a COMMIT writes nothing then.
    pub(super) fn execute_later(&self, statement: &Statement, values: &[&dyn ToSql]) -> SqlResult<()> {
        let values = bound(values)?;
        // What cannot be sent must fail here: without it, a COMMIT that is sent with it would write the rest.
        if statement.params().len() != values.len() {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), statement.params().len()).into());
        }
        for (value, kind) in values.iter().zip(statement.params()) {
            let encoded = ToServer::to_sql(value, kind, &mut BytesMut::new());
            encoded.map_err(rusqlite::Error::ToSqlConversionFailure)?;
        }
        let mut later = self.later.borrow_mut();
        later.push((statement.clone(), values));
        if later.len() < MAX_TOGETHER {
            return Ok(());
        }
        drop(later);
        self.answer(async { Ok(()) })
    }

    pub(super) fn execute(&self, statement: &Statement, values: &[&dyn ToSql]) -> SqlResult<usize> {
        let values = bound(values)?;
        let changed = self.answer(self.client.execute_raw(statement, values))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn query(&self, statement: &Statement, values: &[&dyn ToSql]) -> SqlResult<Vec<Row>> {
        let values = bound(values)?;
        let values: Vec<&(dyn ToServer + Sync)> = values.iter().map(|value| value as &(dyn ToServer + Sync)).collect();
        self.answer(self.client.query(statement, &values))
    }

    /// Passes each row to `each`, in order. Holds only a few at a time.
    pub(super) fn query_each(
        &self,
        statement: &Statement,
        values: &[&dyn ToSql],
        mut each: impl FnMut(&Row) -> SqlResult<()>,
    ) -> SqlResult<()> {
        let values = bound(values)?;
        let mut rows = pin!(self.answer(self.client.query_raw(statement, values))?);
        while let Some(row) = self.answer(rows.try_next())? {
            each(&row)?;
        }
        Ok(())
    }

    /// Runs a statement once for each row of values, without waiting for one answer before the next request.
    pub(super) fn execute_each(&self, statement: &Statement, rows: Vec<Vec<Value>>) -> SqlResult<Vec<usize>> {
        let changed = self.answer_each(rows, |row| self.client.execute_raw(statement, row))?;
        Ok(changed.into_iter().map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)).collect())
    }

    /// The rows that a statement returns for each row of values; the same way.
    pub(super) fn query_each_row(&self, statement: &Statement, rows: Vec<Vec<Value>>) -> SqlResult<Vec<Vec<Row>>> {
        self.answer_each(rows, async |row| self.client.query_raw(statement, row).await?.try_collect().await)
    }

    fn answer_each<T, F>(&self, rows: Vec<Vec<Value>>, one: impl Fn(Vec<Bound>) -> F) -> SqlResult<Vec<T>>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>>,
    {
        let (mut answers, mut rows) = (Vec::with_capacity(rows.len()), rows.into_iter());
        while rows.len() > 0 {
            let some = rows.by_ref().take(MAX_TOGETHER);
            let some = some.map(|row| one(row.into_iter().map(Bound).collect()));
            answers.extend(self.answer(try_join_all(some))?);
        }
        Ok(answers)
    }

    /// For this transaction, which moves or removes a whole history: a statement of it may take minutes.
    pub(super) fn allow_long_statements(&self) -> SqlResult<()> {
        self.answer_timeout.set(LONG_ANSWER_TIMEOUT);
        self.batch("SET LOCAL idle_in_transaction_session_timeout = 0")
    }

    /// Statements without values, such as those of a migration.
    pub(super) fn batch(&self, sql: &str) -> SqlResult<()> {
        self.answer(self.client.batch_execute(sql))
    }

    /// Sent with the first statement of the transaction.
    pub(super) fn begin(&self) -> SqlResult<()> {
        self.answer_timeout.set(ANSWER_TIMEOUT);
        let begin = self.prepared(BEGIN)?;
        let generic_plans = self.prepared(GENERIC_PLANS)?;
        self.has_failed.set(false);
        self.execute_later(&begin, &[])?;
        self.execute_later(&generic_plans, &[])
    }

    pub(super) fn roll_back(&self) {
        self.later.take();
        // If this fails, the connection is broken and the server rolls back itself.
        if self.batch("ROLLBACK").is_err() {
            self.is_broken.set(true);
        }
        self.answer_timeout.set(ANSWER_TIMEOUT);
    }

    pub(super) fn commit(&self) -> Commit {
        if self.has_failed.get() {
            self.roll_back();
            return Commit::Aborted(SqlError::Aborted);
        }
        self.warnings().clear();
        let ended = self.batch("COMMIT");
        self.answer_timeout.set(ANSWER_TIMEOUT);
        match ended {
            Ok(()) => match self.warnings().first() {
                None => Commit::Clean,
                Some(warning) => Commit::LocalOnly(warning.message().to_owned()),
            },
            Err(error) if is_plain_error(&error) && !self.is_broken() => Commit::Aborted(error),
            Err(error) => {
                self.is_broken.set(true);
                Commit::Unknown(error)
            }
        }
    }

    /// A value of a row, as SQLite would give it.
    pub(super) fn value(row: &Row, place: usize) -> SqlResult<ValueRef<'_>> {
        let Some(column) = row.columns().get(place) else {
            return Err(rusqlite::Error::InvalidColumnIndex(place).into());
        };
        let value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(place)?.map(ValueRef::Integer),
            Type::INT4 => row.try_get::<_, Option<i32>>(place)?.map(|number| ValueRef::Integer(number.into())),
            Type::BOOL => row.try_get::<_, Option<bool>>(place)?.map(|is| ValueRef::Integer(is.into())),
            Type::BYTEA => row.try_get::<_, Option<&[u8]>>(place)?.map(ValueRef::Blob),
            _ => row.try_get::<_, Option<&str>>(place)?.map(|text| ValueRef::Text(text.as_bytes())),
        };
        Ok(value.unwrap_or(ValueRef::Null))
    }

    fn warnings(&self) -> std::sync::MutexGuard<'_, Vec<DbError>> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T>(&self, call: impl Future<Output = Result<T, tokio_postgres::Error>>) -> SqlResult<T> {
        let timeout = self.answer_timeout.get();
        let (next_corp, later) = (self.next_corp.take(), self.later.take());
        // All are sent and answered in this order: each future sends its statement when it is first polled.
        let calls = async {
            let serve = async {
                let Some(next) = next_corp else { return Ok(()) };
                let (statement, corp) = *next;
                let values: [&(dyn ToServer + Sync); 1] = [&corp];
                let served = self.client.query_one(&statement, &values).await;
                if served.is_err() {
                    self.is_broken.set(true);
                }
                served.map(drop)
            };
            let one = |(statement, values)| async move { self.client.execute_raw(&statement, values).await };
            let (served, done, answer) = join3(serve, try_join_all(later.into_iter().map(one)), call).await;
            served.and(done).and(answer)
        };
        let answer = self.runtime.block_on(async { tokio::time::timeout(timeout, calls).await });
        let answer = match answer {
            Ok(answer) => answer.map_err(SqlError::from),
            Err(_) => Err(SqlError::NoAnswer(timeout)),
        };
        if let Err(error) = &answer {
            self.has_failed.set(true);
            if !is_plain_error(error) {
                self.is_broken.set(true);
            }
        }
        answer
    }
}

/// An error of a statement, after which the connection goes on.
fn is_plain_error(error: &SqlError) -> bool {
    let SqlError::Postgres(error) = error else { return false };
    error.as_db_error().is_some_and(|said| said.parsed_severity() == Some(Severity::Error))
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    }
}

fn bound(values: &[&dyn ToSql]) -> SqlResult<Vec<Bound>> {
    values.iter().map(|value| Bound::of(*value)).collect()
}

/// A value for a statement.
#[derive(Debug)]
struct Bound(Value);

impl Bound {
    fn of(value: &dyn ToSql) -> SqlResult<Self> {
        Ok(Self(match value.to_sql()? {
            ToSqlOutput::Borrowed(value) => owned(value),
            ToSqlOutput::Owned(value) => value,
            _ => Value::Null,
        }))
    }
}

impl ToServer for Bound {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *ty == Type::INT4 => ToServer::to_sql(&i32::try_from(*number)?, ty, out),
            Value::Integer(number) => ToServer::to_sql(number, ty, out),
            Value::Real(number) => ToServer::to_sql(number, ty, out),
            // PostgreSQL's texts have no zero byte.
            Value::Text(text) if text.contains('\0') => ToServer::to_sql(&text.replace('\0', "\u{fffd}"), ty, out),
            Value::Text(text) => ToServer::to_sql(text, ty, out),
            Value::Blob(bytes) => ToServer::to_sql(bytes, ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
