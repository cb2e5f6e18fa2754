//! The store in one SQLite file: write-ahead log, synced in full, one writer at a time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use super::in_place::{Claim, FilesInUse};
use super::lock::{self, Opened, ServiceLock, SharedClaim};
use super::rows::{self, instant, millis};
use super::schema::{self, APPLICATION_ID, NEWEST};
use super::statements::{
    CAMPAIGN_FORGET, CAMPAIGN_PUT, CAMPAIGNS_IN_ANY_CORP, CAMPAIGNS_KNOWN, CAMPAIGNS_REWIND, FOREIGN_CHANGES,
    MEDIA_FORGET, MEDIA_ID, MEDIA_PUT, SEND_ANSWERED, SEND_INSERT, SENDS_COUNT_ONE, SENDS_NTH_NEWEST,
    SENDS_SINCE_MONTH, THROUGH, THROUGH_PUT, THROUGH_REWIND, prepared,
};
use super::witness::{Attempt, Witness};
use super::{Address, CampaignState, Change, Quota, SendPermit, StoreError};
use super::{holds, integrity, lost_memory, read_only};
use crate::ids::{CampaignId, CorpId, Sha256};
use crate::limits::BEIJING;
use crate::run::{Event, Run, State};

/// Statements that are kept ready: more than there are.
const STATEMENTS: usize = 96;

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries of what another process keeps for a moment.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// An open store.
#[derive(Debug)]
pub struct Store {
    /// A connection that can only read, for all that watches: what it does never keeps the engine waiting. It is closed before
    /// the other, which leaves no write-ahead log behind when it is the last.
    pub(super) watching: OnceLock<Mutex<Connection>>,
    pub(super) db: Mutex<Connection>,
    pub(super) path: Option<PathBuf>,
    /// The file that was opened, whatever name led to it.
    opened: Option<Opened>,
    /// Opened where no file can be made beside it: there is the one connection.
    is_immutable: bool,
    /// There while this process has the store for itself.
    claim: SharedClaim,
    /// Counts what people changed through this connection.
    pub(super) steered: AtomicI64,
}

impl Store {
    /// Opens the store, making it if it is not there.
    pub fn open(address: &Address) -> Result<Self, StoreError> {
        let Address::Sqlite(path) = address;
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        if directory.is_some_and(|directory| !directory.is_dir()) {
            return Err(StoreError::NoDirectory { path: path.clone() });
        }
        lock::create_private(path).map_err(|cause| StoreError::NoAccess { path: path.clone(), cause })?;
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens a store that must be there already, for commands that only look or steer.
    pub fn open_existing(address: &Address) -> Result<Self, StoreError> {
        let Address::Sqlite(path) = address;
        if !path.exists() {
            return Err(StoreError::NotThere { path: path.clone() });
        }
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// A store that is gone with the process, for rehearsals and tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let failed = |cause| StoreError::Open { path: ":memory:".into(), cause };
        let mut db = Connection::open_in_memory().map_err(failed)?;
        schema::migrate(&mut db).map_err(failed)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self::of(db, None, None))
    }

    pub(super) fn of(db: Connection, path: Option<PathBuf>, opened: Option<Opened>) -> Self {
        Self {
            db: Mutex::new(db),
            watching: OnceLock::new(),
            path,
            opened,
            is_immutable: false,
            claim: Arc::default(),
            steered: AtomicI64::new(0),
        }
    }

    /// While another process turns a new file into a store, SQLite refuses what it does and does not wait by itself.
    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let began = Instant::now();
        loop {
            match Self::open_once(path, flags) {
                Err(StoreError::Open { cause, .. })
                    if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began.elapsed() < BUSY_TIMEOUT =>
                {
                    std::thread::sleep(RETRY_PAUSE);
                }
                done => return done,
            }
        }
    }

    fn open_once(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let opened = lock::opened(path)?;
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::Foreign { path: path.to_owned() },
            Some(ErrorCode::DatabaseCorrupt) => integrity::damaged(path, &source),
            _ => StoreError::Open { path: path.to_owned(), cause: source },
        };
        let (mut connected, mut is_immutable) = (connect(&opened.real, flags), false);
        if let Err(error) = &connected
            && matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
            && read_only::is_on_read_only(&opened.real)
        {
            if read_only::has_log(&opened) {
                return Err(StoreError::LogOnReadOnly { path: path.to_owned() });
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            (connected, is_immutable) = (connect(&read_only::immutable(&opened.real), flags), true);
        }
        let (mut db, (application, found, tables)) = connected.map_err(failed)?;
        if application != APPLICATION_ID && (application != 0 || found != 0 || tables != 0) {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
        if found > NEWEST {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: NEWEST });
        }
        if !is_immutable {
            db.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        }
        db.pragma_update(None, "synchronous", "full").map_err(failed)?;
        db.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        if found < NEWEST {
            schema::migrate(&mut db).map_err(failed)?;
        }
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { is_immutable, ..Self::of(db, Some(path.to_owned()), Some(opened)) })
    }

    /// Claims the store for one service. A second one is told so, after a second. The store is looked through, and compared
    /// with what its witness says: where it has forgotten something, everything in it is on hold from here on.
    pub fn acquire_service_lock(&self, now: DateTime<Utc>) -> Result<ServiceLock, StoreError> {
        let (Some(path), Some(opened)) = (&self.path, &self.opened) else { return Ok(ServiceLock::of_memory()) };
        // SQLite opens for reading what it may not write, without a word.
        if self.read("ask whether it can be written", |db| db.is_readonly("main"))? {
            return Err(StoreError::ReadOnly { path: path.clone() });
        }
        let (file, database) = lock::lock(path, opened)?;
        let witness = Witness::new(file.try_clone().map_err(|cause| StoreError::Witness { cause })?);
        // From here on dropping it frees the locks, whatever goes wrong.
        let sole = ServiceLock::new(file, database, Arc::clone(&self.claim));
        self.look_through()?;
        let lost = self.compare(&witness, now)?;
        let files = FilesInUse::of(path, opened).map_err(|cause| StoreError::NoAccess { path: path.clone(), cause })?;
        *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(Claim { witness, files });
        Ok(sole.having_lost(lost))
    }

    /// Proves that the files which this process opened are still those that the next process would open. Where they are
    /// not, nothing may be sent: a second service on the same path knows nothing of this one.
    pub fn is_in_place(&self) -> Result<(), StoreError> {
        match &*self.claim.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(claim) => claim.files.are_in_place(),
            None => Ok(()),
        }
    }

    /// Records runs of occurrences that have none yet; says for each whether it was new. All or none, in one commit.
    pub fn record(&self, born: &[Run]) -> Result<Vec<bool>, StoreError> {
        self.write("record what is due", |db| insert_all(db, born))
    }

    /// Saves a move. Refused if somebody else changed the run since it was read.
    pub fn save(&self, (run, event): Change<'_>) -> Result<(), StoreError> {
        let saved = self.write("save a run", |db| save(db, run, event))?;
        if saved { Ok(()) } else { Err(StoreError::VersionConflict { run: run.id() }) }
    }

    /// Saves many moves in one commit; says for each whether it was saved, or overtaken by somebody else's.
    pub fn save_all(&self, changes: &[(Run, Event)]) -> Result<Vec<bool>, StoreError> {
        self.write("save runs", |db| changes.iter().map(|(run, event)| save(db, run, event)).collect())
    }

    /// Saves several moves in one commit, in their order. What is about to be sent has its limits beside it: without a hold
    /// in the way and with leave granted, the send is counted and the move to `sending` saved. Says of each what came of
    /// it, and nothing where somebody else changed the run.
    pub fn save_together(
        &self,
        changes: &[(Run, Event, Option<Quota>)],
    ) -> Result<Vec<Option<SendPermit>>, StoreError> {
        let wants_to_send = changes.iter().any(|(_, _, quota)| quota.is_some());
        if wants_to_send {
            self.is_in_place()?;
        }
        let (mut leaves, sends) = self.write("save runs", |db| {
            let one = |(run, event, quota): &(Run, Event, Option<Quota>)| match quota {
                Some(quota) => leave_to_send(db, run, event, *quota),
                None => Ok(save(db, run, event)?.then_some(SendPermit::Granted)),
            };
            let leaves = changes.iter().map(one).collect::<rusqlite::Result<Vec<_>>>()?;
            let sends = leaving(changes, &leaves).count();
            let counted = if sends > 0 { lost_memory::count_sends(db, sends)? } else { None };
            Ok((leaves, counted))
        })?;
        if let Some((lineage, first)) = sends
            && let Some(Claim { witness, .. }) = &*self.claim.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let attempts = leaving(changes, &leaves).map(|(_, run)| Attempt::of(run)).collect();
            if let Err(error) = witness.append(&lineage, first, attempts) {
                let unwitnessed: Vec<usize> = leaving(changes, &leaves).map(|(place, _)| place).collect();
                for place in unwitnessed {
                    leaves[place] = Some(SendPermit::NotWitnessed(error.to_string()));
                }
            }
        }
        // Once more as late as possible: what was written into a file that is gone gives no leave.
        if wants_to_send {
            self.is_in_place()?;
        }
        Ok(leaves)
    }

    /// Sends in the calendar month of an instant and later, in Beijing time.
    pub fn sends_in_month(&self, corp: &CorpId, at: DateTime<Utc>) -> Result<usize, StoreError> {
        self.read("count the sends", |db| sends_in_month(db, &corp.0, at))
    }

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

    /// What was known of the corp's campaigns when they were last loaded.
    pub fn known(&self, corp: &CorpId) -> Result<Vec<CampaignState>, StoreError> {
        let mut all = Vec::new();
        self.each_known(corp, |known| {
            all.push(known);
            Ok(())
        })?;
        Ok(all)
    }

    /// Tells what was known of each of the corp's campaigns when they were last loaded, by id, one after the other.
    pub fn each_known(
        &self,
        corp: &CorpId,
        mut tell: impl FnMut(CampaignState) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read("read what is known", |db| {
            let mut asked = prepared(db, CAMPAIGNS_KNOWN)?;
            let mut rows = asked.query([&corp.0])?;
            while let Some(row) = rows.next()? {
                let campaign: String = row.get("campaign")?;
                let known = match CampaignId::try_from(campaign.clone()) {
                    Ok(campaign) => CampaignState {
                        campaign,
                        fingerprint: row.get("fingerprint")?,
                        since: instant(row, "since")?,
                        terms: row.get("terms")?,
                    },
                    Err(_) => return Ok(Err(StoreError::Unreadable { what: format!("the campaign id `{campaign}`") })),
                };
                if let Err(error) = tell(known) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })?
    }

    /// The ids of all campaigns that any corp's last load had.
    pub fn known_in_any_corp(&self) -> Result<BTreeSet<CampaignId>, StoreError> {
        let ids: Vec<String> = self.read("read what is known", |db| {
            prepared(db, CAMPAIGNS_IN_ANY_CORP)?.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(ids.into_iter().filter_map(|id| CampaignId::try_from(id).ok()).collect())
    }

    /// Everything through this instant that was due has its run.
    pub fn through(&self, corp: &CorpId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.read("read how far it got", |db| {
            prepared(db, THROUGH)?.query_row([&corp.0], |row| instant(row, "through")).optional()
        })
    }

    /// Records a load of the book: what is known from here on, and how far it got. One commit.
    pub fn record_reload(
        &self,
        corp: &CorpId,
        known: &[CampaignState],
        gone: &[CampaignId],
        through: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write("record the book", |db| {
            for known in known {
                prepared(db, CAMPAIGN_PUT)?.execute(params![
                    corp.0,
                    known.campaign.as_str(),
                    known.fingerprint,
                    millis(known.since),
                    known.terms
                ])?;
            }
            for campaign in gone {
                prepared(db, CAMPAIGN_FORGET)?.execute(params![corp.0, campaign.as_str()])?;
            }
            record_due(db, corp, &[], through)
        })?;
        // The pages that a great book took are not needed again until the next one; it matters to nothing else if they stay.
        let _ = self.read("let memory go", |db| db.execute_batch("PRAGMA shrink_memory"));
        Ok(())
    }

    /// Records the runs of what fell due, and how far that is. One commit, whatever their number. Says for each whether
    /// it was new.
    pub fn record_due(&self, corp: &CorpId, born: &[Run], through: DateTime<Utc>) -> Result<Vec<bool>, StoreError> {
        self.write("record what is due", |db| record_due(db, corp, born, through))
    }

    /// Takes back how far it got, and from when campaigns count, to an instant: what was recorded later was recorded by a
    /// clock that was ahead. Runs stay as they are.
    pub fn rewind(&self, corp: &CorpId, to: DateTime<Utc>) -> Result<(), StoreError> {
        self.write("go back in time", |db| {
            prepared(db, THROUGH_REWIND)?.execute(params![corp.0, millis(to)])?;
            prepared(db, CAMPAIGNS_REWIND)?.execute(params![corp.0, millis(to)]).map(drop)
        })
    }

    /// Changes whenever another process, or a person through this one, changed the store.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        let others: i64 =
            self.read("look for changes", |db| prepared(db, FOREIGN_CHANGES)?.query_row([], |row| row.get(0)))?;
        Ok(others + self.steered.load(Ordering::Relaxed))
    }

    pub(super) fn read<T>(
        &self,
        verb: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        read(&self.db()).map_err(|source| self.understood(verb, source))
    }

    /// Reads for somebody who watches, on a connection of its own; a store in memory has only the one.
    pub(super) fn look<T>(
        &self,
        verb: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let (Some(path), Some(opened)) = (&self.path, &self.opened) else { return self.read(verb, read) };
        if self.is_immutable {
            return self.read(verb, read);
        }
        let watching = match self.watching.get() {
            Some(watching) => watching,
            None => {
                let db = open_to_watch(&opened.real).map_err(|cause| StoreError::Open { path: path.clone(), cause })?;
                self.watching.get_or_init(|| Mutex::new(db))
            }
        };
        read(&watching.lock().unwrap_or_else(PoisonError::into_inner)).map_err(|source| self.understood(verb, source))
    }

    pub(super) fn write<T>(
        &self,
        verb: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut db = self.db();
        let done = db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|step| {
            let done = write(&step)?;
            step.commit()?;
            Ok(done)
        });
        done.map_err(|source| self.understood(verb, source))
    }

    fn understood(&self, verb: &'static str, source: rusqlite::Error) -> StoreError {
        match (source.sqlite_error_code(), &self.path) {
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), Some(path)) => {
                integrity::damaged(path, &source)
            }
            _ => understood(verb, source),
        }
    }

    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves the connection whole: an unfinished transaction was rolled back by its drop.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a file and reads what kind it is: only the first reading shows whether SQLite gets at its files.
fn connect(name: &Path, flags: OpenFlags) -> rusqlite::Result<(Connection, (i64, i64, i64))> {
    let mut db = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let header = file_header(&mut db)?;
    Ok((db, header))
}

fn open_to_watch(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

fn understood(verb: &'static str, source: rusqlite::Error) -> StoreError {
    match source {
        rusqlite::Error::FromSqlConversionFailure(_, _, why) => StoreError::Unreadable { what: why.to_string() },
        cause => StoreError::Database { verb, cause },
    }
}

/// The runs that are free to leave, with their places.
fn leaving<'a>(
    changes: &'a [(Run, Event, Option<Quota>)],
    leaves: &'a [Option<SendPermit>],
) -> impl Iterator<Item = (usize, &'a Run)> {
    let free = changes.iter().zip(leaves).enumerate();
    free.filter(|(_, ((_, _, quota), leave))| quota.is_some() && **leave == Some(SendPermit::Granted))
        .map(|(place, ((run, _, _), _))| (place, run))
}

fn leave_to_send(db: &Connection, run: &Run, event: &Event, quota: Quota) -> rusqlite::Result<Option<SendPermit>> {
    let (now, corp) = (event.at, run.corp.0.as_str());
    if let Some(until) = wait_for_quota(db, corp, now, quota)? {
        return Ok(Some(SendPermit::NotBefore(until)));
    }
    if let Some(hold) = holds::newest_open(db, &run.corp, &run.campaign)? {
        return Ok(Some(SendPermit::OnHold(hold)));
    }
    if !save(db, run, event)? {
        return Ok(None);
    }
    prepared(db, SEND_INSERT)?.execute(params![corp, run.id().as_str(), millis(now)])?;
    prepared(db, SENDS_COUNT_ONE)?.execute([corp, &month_of(now)])?;
    Ok(Some(SendPermit::Granted))
}

fn save(db: &Connection, run: &Run, event: &Event) -> rusqlite::Result<bool> {
    let saved = rows::update(db, run, event)?;
    if saved && event.from == Some(State::Sending.name()) {
        prepared(db, SEND_ANSWERED)?.execute(params![millis(event.at), run.corp.0, run.id().as_str()])?;
    }
    Ok(saved)
}

/// What kind of file it is, as of one moment: whose it says to be, in which form, and how many tables it has.
fn file_header(db: &mut Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let moment = db.transaction()?;
    let application = moment.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let form = moment.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables = moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((application, form, tables))
}

fn record_due(db: &Connection, corp: &CorpId, born: &[Run], through: DateTime<Utc>) -> rusqlite::Result<Vec<bool>> {
    prepared(db, THROUGH_PUT)?.execute(params![corp.0, millis(through)])?;
    insert_all(db, born)
}

/// Puts in the runs of occurrences that have none yet; says for each whether it was new.
fn insert_all(db: &Connection, born: &[Run]) -> rusqlite::Result<Vec<bool>> {
    born.iter().map(|run| rows::insert(db, run)).collect()
}

/// Until when the limits forbid another send; `None` if they allow it.
fn wait_for_quota(
    db: &Connection,
    corp: &str,
    now: DateTime<Utc>,
    quota: Quota,
) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let minute = TimeDelta::minutes(1);
    let nth = i64::try_from(quota.per_minute.saturating_sub(1)).unwrap_or(i64::MAX);
    let oldest: Option<DateTime<Utc>> = prepared(db, SENDS_NTH_NEWEST)?
        .query_row(params![corp, millis(now - minute), millis(now), nth, millis(now + minute)], |row| {
            instant(row, "until")
        })
        .optional()?;
    if let Some(oldest) = oldest {
        // One that is under way may be answered in a moment, and then its minute is known.
        return Ok(Some(if oldest >= now { now + TimeDelta::seconds(1) } else { oldest + minute }));
    }
    Ok((sends_in_month(db, corp, now)? >= quota.per_month).then(|| next_month(now)))
}

/// Sends in the calendar month of an instant. They are kept and not counted: a month may have a hundred thousand.
pub(super) fn sends_in_month(db: &Connection, corp: &str, at: DateTime<Utc>) -> rusqlite::Result<usize> {
    prepared(db, SENDS_SINCE_MONTH)?
        .query_row([corp, &month_of(at)], |row| row.get::<_, i64>(0))
        .map(|sends| usize::try_from(sends).unwrap_or(0))
}

/// The month of an instant, as WeCom's calendar has it: `2026-03`. The schema's steps make the same.
fn month_of(at: DateTime<Utc>) -> String {
    // **Unverified**: WeCom's pages name no zone in which a month ends.
    at.with_timezone(&BEIJING).format("%Y-%m").to_string()
}

/// The first instant of the month after that of an instant.
fn next_month(at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&BEIJING).date_naive();
    let first = local.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(local);
    first.and_time(NaiveTime::MIN).and_local_timezone(BEIJING).earliest().map_or(at, |first| first.to_utc())
}
