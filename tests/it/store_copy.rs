//! `drumbeat store copy`: a history in another store, whole or not at all.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use drumbeat::ids::{CorpId, Sha256};
use drumbeat::run::{Reason, RejectedRecipients, Run, RunId, Scope, Transition};
use drumbeat::store::{
    AckProgress, Address, CampaignState, Copied, CopyError, CopyOrder, Lifted, LogLine, MemberResult, Progress, Quota,
    Recorded, RunFilter, Store, StoreError, Sweep, Wait, copy,
};
use drumbeat::text::{Lang, UserError};
use tempfile::TempDir;

use crate::support::postgres::{self, Schema};
use crate::support::service_harness::until;
use crate::support::stored_run::{self, at, changed, through};

const CORP: &str = "ww1";

fn corp() -> CorpId {
    CorpId(CORP.to_owned())
}

fn claimed(campaign: &str, second: i64) -> Run {
    stored_run::claimed(CORP, campaign, second)
}

fn save(store: &Store, run: &Run, step: Transition, second: i64) -> Run {
    let (run, event) = changed(run, step, second);
    store.save((&run, &event)).wait().expect("saved");
    run
}

/// Everything that a store can have.
fn fill(store: &Store) {
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lock");
    let runs: Vec<Run> = ["b", "a", "e", "d", "c"].into_iter().zip(1..).map(|(id, n)| claimed(id, n)).collect();
    store.record_due(&corp(), &runs, through(50)).wait().expect("recorded");
    let campaign = |id: &str| Scope::Campaign(id.parse().expect("an id"));
    let hold = store.create_hold(&campaign("e"), "错字", "wangwu", at(6)).wait().expect("held");
    save(store, &runs[2], Transition::Hold { hold: Some(hold.id), reason: hold.reason_for_run() }, 7);
    let lifted = Lifted { at: at(8), by: "lisi".to_owned(), catch_up: true };
    store.lift_hold(&campaign("e"), None, lifted).wait().expect("lifted");
    // One that was posted, with all that is known of it.
    let (sending, event) = changed(&runs[0], Transition::Send, 10);
    let quota = Quota { per_minute: 9, per_month: 9 };
    store.save_together(&[(sending.clone(), event, Some(quota))]).wait().expect("saved");
    let submitted =
        save(store, &sending, Transition::Submit { jobid: "j".to_owned(), errmsg: Some("ok".to_owned()) }, 11);
    let (moment_id, invalid) = ("m1".to_owned(), RejectedRecipients::default());
    let posted = save(store, &submitted, Transition::Create { moment_id, invalid, reason: None }, 12);
    let reached = AckProgress { asked_at: at(20), asked: 2, next_at: Some(at(50)), trouble: None };
    store.save_acks(&posted, &reached, &[("li".to_owned(), true), ("王".to_owned(), false)]).wait().expect("saved");
    let asked = ["王".to_owned()];
    assert_eq!(store.begin_nudges(&posted, &asked, at(0), Some("lisi"), at(30)).wait().expect("saved"), asked);
    store.save_nudged_age(&posted, Duration::from_secs(60)).wait().expect("saved");
    let result = MemberResult {
        member: Ok("li".to_owned()),
        department: Some(2),
        customers: 5,
        likes: 1,
        comments: 0,
        errcode: 0,
    };
    store.save_result(&posted, Duration::from_secs(60), &result).wait().expect("saved");
    let sweep = Sweep {
        age: Duration::from_secs(60),
        asked_at: at(70),
        members: 3,
        posted: 2,
        errcode: 0,
        results: vec![result],
    };
    store.save_sweep(&posted, &sweep).wait().expect("saved");
    // One in doubt, and one that was exported and removed.
    let (sending, event) = changed(&runs[1], Transition::Send, 13);
    store.save_together(&[(sending.clone(), event, Some(quota))]).wait().expect("saved");
    save(store, &sending, Transition::LoseResponse { look_at: at(15), reason: Reason::StoppedWhileSending }, 14);
    save(store, &runs[3], Transition::Withdraw { reason: Reason::PostStopped }, 15);
    let exported = store.export(at(99_999), 10).wait().expect("read");
    let removed: Vec<_> = exported.into_iter().filter(|run| run.line.contains("\"campaign\":\"d\"")).collect();
    store.remove_exported(&removed, "1970-01", 77).wait().expect("removed");
    assert_eq!(store.record_manual_run(&claimed("f", 9), None, false).wait().expect("asked"), Recorded::New);
    let known = CampaignState {
        campaign: "a".parse().expect("an id"),
        fingerprint: "f".to_owned(),
        since: at(1),
        timing: "{}".to_owned(),
    };
    store.record_reload(&corp(), &[known], &[], through(51)).wait().expect("saved");
    store.put_media(&corp(), Sha256::of(b"a picture"), "m1", at(5)).wait().expect("saved");
    store.create_hold(&Scope::Everything, "an incident", "li", at(80)).wait().expect("held");
}

/// What the store answers, in every respect that a service or a person sees.
#[derive(Debug, PartialEq)]
struct Seen {
    runs: Vec<(String, Vec<LogLine>)>,
    holds: Vec<(Scope, String, Option<Lifted>)>,
    held: Vec<RunId>,
    acks: String,
    sweeps: Vec<Sweep>,
    rest: String,
}

fn seen(store: &Store) -> Seen {
    let runs = store.runs(&RunFilter::default()).wait().expect("read");
    let holds = store.holds().wait().expect("read");
    // The number of a hold belongs to its store.
    let place = |number: i64| holds.iter().position(|hold| hold.id == number);
    let of_place = |run: &Run| {
        let of_hold = run.hold.map(|number| (format!("hold: Some({number})"), format!("hold: {:?}", place(number))));
        let shown = format!("{run:?}");
        of_hold.map_or(shown.clone(), |(number, place)| shown.replace(&number, &place))
    };
    let posted = runs.iter().find(|run| run.moment_id.is_some()).expect("one").clone();
    Seen {
        held: runs.iter().filter(|run| run.hold.is_some()).map(Run::id).collect(),
        acks: format!("{:?} {:?}", store.acks(&posted).wait(), store.nudges(&posted).wait()),
        sweeps: store.sweeps(&posted).wait().expect("read"),
        rest: format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            store.watermark(&corp()).wait(),
            store.campaigns(&corp()).wait(),
            store.media_id(&corp(), Sha256::of(b"a picture"), at(0)).wait(),
            store.quota_remaining(&corp(), at(20), Quota { per_minute: 9, per_month: 9 }).wait(),
            store.exported_bytes("1970-01").wait(),
            store.owner_of_moment(&corp(), "m1").wait(),
            store.record(&[claimed("d", 4)]).wait(),
        ),
        runs: runs.iter().map(|run| (of_place(run), store.log(run).wait().expect("read"))).collect(),
        holds: holds.into_iter().map(|hold| (hold.scope, hold.reason, hold.lifted)).collect(),
    }
}

fn order(from: &Address, to: &Address) -> CopyOrder {
    CopyOrder { from: from.clone(), to: to.clone(), corp: Some(corp()), keep_source: false, now: at(100) }
}

fn copied(from: &Address, to: &Address) -> Copied {
    copy(&order(from, to), |_| true).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(order: &CopyOrder, words: [&str; 2]) {
    let error = copy(order, |_| true).expect_err("it is refused");
    for (lang, word) in [Lang::En, Lang::Zh].into_iter().zip(words) {
        let line = error.text().into_lang(lang);
        assert!(line.contains(word), "{line}");
    }
}

fn file(directory: &Path, name: &str) -> Address {
    Address::Sqlite(directory.join(name))
}

/// A full store in a file, and a server that gets it.
struct Move {
    schema: Schema,
    directory: TempDir,
    first: Address,
    server: Address,
}

impl Move {
    fn prepare() -> Option<Self> {
        let schema = postgres::schema()?;
        let directory = tempfile::tempdir().expect("a directory");
        let first = file(directory.path(), "a.db");
        fill(&Store::open(&first).expect("a store"));
        let server = schema.address().parse().expect("an address");
        Some(Self { schema, directory, first, server })
    }
}

/// The rows of every table of a file, but of those about the file itself.
fn counts(address: &Address) -> Vec<(String, i64)> {
    let Address::Sqlite(path) = address else { panic!("a file") };
    let db = rusqlite::Connection::open(path).expect("a store");
    let mut tables =
        db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").expect("a question");
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).expect("read").map(Result::unwrap).collect();
    let of = |name: String| {
        let count = db.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).expect("a number");
        (name, count)
    };
    tables.into_iter().filter(|name| name != "moved" && name != "witness").map(of).collect()
}

#[test]
fn a_history_survives_the_way_there_and_back() {
    let Some(schema) = postgres::schema() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let [first, last] = ["a.db", "b.db"].map(|name| file(directory.path(), name));
    let store = Store::open(&first).expect("a store");
    fill(&store);
    let before = seen(&store);
    drop(store);
    // On the server there is another corp, with the same names and a hold on all corps.
    let other = Store::open(&schema.of("ww2")).expect("a store");
    other.record(&[stored_run::claimed("ww2", "b", 1)]).wait().expect("recorded");
    let server: Address = schema.address().parse().expect("an address");
    let told = copied(&first, &server);
    assert_eq!((told.corp, told.tables.iter().find(|(name, _)| *name == "runs")), (corp(), Some(&("runs", 5))));
    let store = Store::open(&schema.of(CORP)).expect("a store");
    assert_eq!(seen(&store), before);
    drop(store);
    let counted = counts(&first);
    assert!(counted.iter().all(|(name, count)| *count > 0 || name == "sqlite_sequence"), "{counted:?}");
    copied(&server, &last);
    assert_eq!(seen(&Store::open(&last).expect("a store")), before);
    assert_eq!(counts(&last), counted);
    assert_eq!(other.runs(&RunFilter::default()).wait().expect("read").len(), 1);
    // And to the server again: what was moved away from there is replaced.
    copied(&last, &server);
    assert_eq!(seen(&Store::open(&schema.of(CORP)).expect("a store")), before);
    assert_eq!(other.runs(&RunFilter::default()).wait().expect("read").len(), 1);
}

#[test]
fn nothing_is_posted_from_the_former_store() {
    let Some(Move { schema, directory, first, server }) = Move::prepare() else { return };
    let waiting = Store::open(&first).expect("a store");
    copied(&first, &server);
    for opened in [Store::open(&first), Store::open_existing(&first)] {
        let error = opened.expect_err("it was moved").text();
        assert!(error.get(Lang::En).contains(&format!("was moved to {server}")), "{}", error.get(Lang::En));
    }
    let lock = waiting.acquire_service_lock(at(0)).wait();
    assert!(matches!(lock, Err(StoreError::Moved { .. })), "{lock:?}");
    drop(waiting);
    // The same command again, and one to another place.
    refused(&order(&first, &server), ["is complete", "已经完整复制"]);
    refused(&order(&first, &file(directory.path(), "c.db")), ["copy from postgres://", "请从 postgres://"]);
    // The way back closes the server's for this corp alone.
    let waiting = Store::open(&schema.of(CORP)).expect("a store");
    copied(&server, &file(directory.path(), "b.db"));
    assert!(Store::open(&schema.of(CORP)).is_err());
    assert!(waiting.acquire_service_lock(at(0)).wait().is_err());
    Store::open(&schema.of("ww2")).expect("another corp goes on");
}

#[test]
fn a_wrong_copy_is_refused_with_the_next_act() {
    let Some(schema) = postgres::schema() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let [first, second, third] = ["a.db", "b.db", "c.db"].map(|name| file(directory.path(), name));
    let server: Address = schema.address().parse().expect("an address");
    refused(&order(&first, &server), ["name the right one with --from", "请用 `--from` 写对"]);
    fill(&Store::open(&first).expect("a store"));
    fill(&Store::open(&second).expect("a store"));
    refused(&order(&first, &first), ["the same store", "同一个记录库"]);
    refused(&order(&first, &second), ["name a new file", "新文件"]);
    let other = CopyOrder { corp: Some(CorpId("ww9".to_owned())), ..order(&first, &server) };
    refused(&other, ["--corp (ww1)", "--corp` 写明是哪一家（ww1）"]);
    let of_server = CopyOrder { corp: Some(CorpId("ww9".to_owned())), ..order(&server, &third) };
    Store::open(&schema.of("ww1"))
        .and_then(|store| store.record(&[stored_run::claimed("ww1", "x", 1)]).wait())
        .expect("recorded");
    refused(&of_server, ["--corp (ww1)", "--corp` 写明是哪一家（ww1）"]);
    let running = Store::open(&first).expect("a store");
    let lock = running.acquire_service_lock(at(0)).wait().expect("the lock");
    refused(&order(&first, &server), ["stop it first", "先停掉"]);
    drop(lock);
    let target = Store::open(&schema.of(CORP)).expect("a store");
    let lock = target.acquire_service_lock(at(0)).wait().expect("the lock");
    refused(&order(&first, &server), ["stop it first", "先停掉"]);
    drop(lock);
    fill(&target);
    refused(&order(&first, &server), ["another `schema=…`", "换一个 `schema=…`"]);
    // An empty target of another corp is no obstacle in a server, but a file is for one.
    Store::open(&third).expect("a store").record(&[stored_run::claimed("ww9", "a", 1)]).wait().expect("recorded");
    refused(&order(&first, &third), ["name a new file", "新文件"]);
    drop(Store::open(&first).expect("the source is in use as before"));
}

#[test]
fn a_copy_beside_its_source_is_on_hold() {
    let directory = tempfile::tempdir().expect("a directory");
    let [first, second] = ["a.db", "b.db"].map(|name| file(directory.path(), name));
    let store = Store::open(&first).expect("a store");
    store.record(&[claimed("a", 1)]).wait().expect("recorded");
    copy(&CopyOrder { corp: None, keep_source: true, ..order(&first, &second) }, |_| true).expect("copied");
    assert!(store.acquire_service_lock(at(0)).wait().is_ok());
    let holds = Store::open(&second).expect("a store").holds().wait().expect("read");
    assert!(matches!(&*holds, [hold] if hold.scope == Scope::Everything && hold.forbids_catch_up()), "{holds:?}");
}

#[test]
fn a_commit_that_fails_closes_neither_store() {
    let Some(Move { schema, directory: _directory, first, server }) = Move::prepare() else { return };
    drop(Store::open(&schema.of(CORP)).expect("a store"));
    schema.sql(
        "CREATE FUNCTION full_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a full disk'; END $$; \
         CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON watermarks DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    refused(&order(&first, &server), ["a full disk", "a full disk"]);
    assert_eq!(schema.sql("SELECT count(*) FROM runs"), "0");
    drop(Store::open(&first).expect("it is in use as before"));
    schema.sql("DROP TRIGGER full_disk ON watermarks");
    copied(&first, &server);
}

#[test]
fn what_is_read_back_differently_is_not_committed() {
    let Some(Move { schema, directory: _directory, first, server }) = Move::prepare() else { return };
    drop(Store::open(&schema.of(CORP)).expect("a store"));
    schema.sql(
        "CREATE FUNCTION alter_it() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN NEW.at = NEW.at + 1; RETURN NEW; END $$; \
         CREATE TRIGGER alter_it BEFORE INSERT ON sends FOR EACH ROW EXECUTE FUNCTION alter_it()",
    );
    let error = copy(&order(&first, &server), |_| true).expect_err("the sends differ");
    assert!(matches!(error, CopyError::Differs { table: "sends" }), "{error}");
    assert_eq!(schema.sql("SELECT count(*) FROM runs"), "0");
    drop(Store::open(&first).expect("it is in use as before"));
}

/// A person stops it at each moment at which it asks.
#[test]
fn a_stopped_copy_leaves_both_as_they_were() {
    let Some(Move { schema, directory: _directory, first, server }) = Move::prepare() else { return };
    for stop in [Progress { written: 1, compared: 0 }, Progress { written: 1, compared: 1 }] {
        let go_on = |now: Progress| now.written < stop.written || now.compared < stop.compared;
        let error = copy(&order(&first, &server), go_on).expect_err("it was stopped");
        assert!(matches!(error, CopyError::Interrupted), "{error:?}");
        assert_eq!(schema.sql("SELECT count(*) FROM runs"), "0");
        drop(Store::open(&first).expect("it is in use as before"));
    }
    copied(&first, &server);
}

/// A removal permits the deletion of history in its own transaction only, and not for a store without a corp.
#[test]
fn history_is_kept_after_a_removal_on_the_same_connection() {
    let Some(schema) = postgres::schema() else { return };
    drop(Store::open(&schema.of(CORP)).expect("a store"));
    schema.sql("INSERT INTO past_runs (corp, run) VALUES ('ww1', 'a@1')");
    let left = schema.sql(
        "SELECT set_config('drumbeat.corp', '', false); BEGIN; SELECT set_config('drumbeat.removal', 'ww1', true); COMMIT; \
         DO $$ BEGIN DELETE FROM past_runs; EXCEPTION WHEN raise_exception THEN NULL; END $$; SELECT count(*) FROM past_runs",
    );
    assert!(left.ends_with("\n1"), "{left}");
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    command.args(words).env_remove("DRUMBEAT_STORE").stdin(Stdio::null());
    command
}

fn says(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

/// Holds a lock of the server, at which the copy waits after it has written all runs.
fn killed_in_the_middle(schema: &'static Schema, from: &str) {
    let lock = std::thread::spawn(move || {
        schema.sql("DO $$ BEGIN LOCK TABLE media; WHILE NOT EXISTS (SELECT FROM pg_class WHERE relname = 'go_on') LOOP PERFORM pg_sleep(0.01); END LOOP; END $$")
    });
    until(|| {
        (schema.sql("SELECT count(*) FROM pg_locks WHERE relation = 'media'::regclass AND granted") != "0")
            .then_some(())
    })
    .expect("the lock");
    let mut copy = command(&["store", "copy", "--from", from, "--to", &schema.address()]).spawn().expect("it starts");
    until(|| {
        (schema.sql("SELECT count(*) FROM pg_locks WHERE relation = 'media'::regclass AND NOT granted") != "0")
            .then_some(())
    })
    .expect("the copy waits");
    copy.kill().expect("killed");
    copy.wait().expect("it ends");
    schema.sql("CREATE TABLE go_on ()");
    lock.join().expect("no panic");
}

#[test]
fn a_killed_copy_leaves_both_as_they_were() {
    let Some(schema) = postgres::schema() else { return };
    let schema: &'static Schema = Box::leak(Box::new(schema));
    let directory = tempfile::tempdir().expect("a directory");
    let first = file(directory.path(), "a.db");
    let store = Store::open(&first).expect("a store");
    fill(&store);
    let before = seen(&store);
    drop(store);
    drop(Store::open(&schema.of(CORP)).expect("a store"));
    killed_in_the_middle(schema, &first.to_string());
    assert_eq!(schema.sql("SELECT count(*) FROM runs"), "0");
    assert_eq!(seen(&Store::open(&first).expect("it is in use as before")), before);
    // Its lease has to end, or it is given back by the test.
    schema.sql("UPDATE leases SET owner = NULL");
    let address = schema.address();
    let copy = command(&["store", "copy", "--from", &first.to_string(), "--to", &address]).output().expect("it runs");
    let said = says(&copy);
    assert!(
        copy.status.success() && said.contains("5 runs") && said.contains(&format!("`store = \"{address}\"`")),
        "{said}"
    );
    let former = command(&["history", "--lang", "zh", "--store", &first.to_string()]).output().expect("it runs");
    assert!(!former.status.success() && says(&former).contains("移到 postgres://"), "{}", says(&former));
    let now = command(&["history", "--all", "--format", "json", "--store", &address]).output().expect("it runs");
    assert!(now.status.success() && says(&now).contains("\"b@"), "{}", says(&now));
}
