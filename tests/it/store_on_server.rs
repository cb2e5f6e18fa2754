//! What only a store on a server can meet: rights, formats, other corps, lost answers and lost leases.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use drumbeat::ids::CorpId;
use drumbeat::run::{Run, Scope, State, Transition};
use drumbeat::store::{
    Address, Lifted, LossKind, Owner, Quota, RunFilter, Saved, ServiceLock, Store, StoreError, Wait,
};
use drumbeat::text::{Lang, UserError};

use crate::support::postgres::{self, Schema, Server};
use crate::support::stored_run::{at, claimed};

fn send(store: &Store, run: &Run) -> Result<Saved, StoreError> {
    let mut run = run.clone();
    let event = run.apply(Transition::Send, at(2)).expect("a legal step");
    let quota = Quota { per_minute: 9, per_month: 9 };
    Ok(store.save_together(&[(run, event, Some(quota))]).wait()?.pop().expect("one permit"))
}

fn state(store: &Store, run: &Run) -> State {
    store.run(&run.corp, &run.id()).wait().expect("read").expect("a run").state
}

/// Opening ends with an error whose lines name the problem and the next act, in both languages.
#[track_caller]
fn refused(address: &str, words: [&str; 2]) {
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
    let error = Store::open(&address).expect_err("it cannot be used");
    for (lang, word) in [Lang::En, Lang::Zh].into_iter().zip(words) {
        let line = error.text().into_lang(lang);
        assert!(line.contains(word), "{line}");
    }
}

#[test]
fn each_refusal_names_the_next_act() {
    let Some(schema) = postgres::schema() else { return };
    refused(&schema.address_as("nobody"), ["correct the user in the address", "请改正地址里的用户"]);
    refused(&schema.address().replace("/postgres?", "/other?"), ["createdb", "请先创建"]);
    refused("postgres://u@127.0.0.1:1/d", ["that the server runs", "服务器是否在运行"]);
    refused("postgres://u@127.0.0.1:1/d?password_file=/nowhere", ["password_file", "password_file"]);
    let user = format!("{}_user", schema.name);
    schema.sql(&format!("CREATE ROLE {user} LOGIN"));
    refused(&schema.address_as(&user), ["CREATE SCHEMA", "CREATE SCHEMA"]);
    schema.sql(&format!("CREATE SCHEMA {}; CREATE TABLE other (a BIGINT)", schema.name));
    refused(&schema.address(), ["name another schema", "换一个 schema"]);
    schema.sql("DROP TABLE other");
    drop(Store::open(&schema.of("ww1")).expect("a store"));
    refused(&schema.address_as(&user), ["grant it to", "授权给"]);
    schema.sql("UPDATE drumbeat_format SET format = 99");
    refused(&schema.address(), ["upgrade Drumbeat", "请升级 Drumbeat"]);
}

#[test]
fn reading_commands_create_no_store() {
    let Some(schema) = postgres::schema() else { return };
    assert!(Store::open_existing(&schema.of("ww1")).is_err_and(|error| error.is_not_there()));
    assert_eq!(schema.sql(&format!("SELECT to_regnamespace('{}') IS NULL", schema.name)), "t");
}

#[test]
fn processes_that_start_together_create_one_store() {
    let Some(schema) = postgres::schema() else { return };
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..6).map(|_| scope.spawn(|| Store::open(&schema.of("ww1")).map(drop))).collect();
        opened.into_iter().for_each(|opened| opened.join().expect("no panic").expect("opened"));
    });
}

#[test]
fn a_hold_on_all_corps_is_a_change_for_each() {
    let Some(schema) = postgres::schema() else { return };
    let corp = Store::open(&schema.of("ww1")).expect("a store");
    let all = Store::open(&schema.address().parse().expect("an address")).expect("a store");
    let version = || corp.data_version().wait().expect("read");
    let before = version();
    all.create_hold(&Scope::Everything, "a typo", "wangwu", at(1)).wait().expect("on hold");
    let on_hold = version();
    assert_ne!(before, on_hold);
    let lifted = Lifted { at: at(2), by: "wangwu".to_owned(), catch_up: false };
    all.lift_hold(&Scope::Everything, None, lifted).wait().expect("lifted");
    assert_ne!(on_hold, version());
}

#[test]
fn a_corp_sees_nothing_of_another() {
    let Some(schema) = postgres::schema() else { return };
    let [one, two] = ["ww1", "ww2"].map(|corp| Store::open(&schema.of(corp)).expect("a store"));
    let all = Store::open(&schema.address().parse().expect("an address")).expect("a store");
    let runs = [claimed("ww1", "a", 1), claimed("ww2", "a", 1)];
    one.record(&runs[..1]).wait().expect("recorded");
    two.record(&runs[1..]).wait().expect("recorded");
    for (store, expected) in [(&one, &runs[..1]), (&two, &runs[1..]), (&all, &runs[..])] {
        assert_eq!(store.runs(&RunFilter::default()).wait().expect("read").len(), expected.len());
    }
    let _locks = [&one, &two].map(|store| store.acquire_service_lock(at(0)).wait().expect("a lease for each"));
    one.create_hold(&Scope::Everything, "a typo", "li", at(1)).wait().expect("held");
    assert!(matches!(send(&one, &runs[0]), Ok(Saved::OnHold(_))));
    assert_eq!((one.holds().wait().expect("read").len(), two.holds().wait().expect("read").len()), (1, 0));
    // Without a corp, everything means every corp.
    all.create_hold(&Scope::Everything, "an incident", "li", at(1)).wait().expect("held");
    assert!(matches!(send(&two, &runs[1]), Ok(Saved::OnHold(_))));
    assert!(all.acquire_service_lock(at(0)).wait().is_err(), "a service works for one corp");
}

#[test]
fn who_lost_the_lease_sends_nothing() {
    let Some(schema) = postgres::schema() else { return };
    let store = Store::open(&schema.of("ww1")).expect("a store");
    let run = claimed("ww1", "a", 1);
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    let lost = |result: Result<Saved, StoreError>| result.is_err_and(|error| error.is_lease_lost());
    assert!(lost(send(&store, &run)), "there is no lease yet");
    let lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    // What a replica does after half a minute without a sign.
    let other = Store::open(&schema.of("ww1")).expect("a store");
    assert!(other.acquire_service_lock(at(0)).wait().is_err_and(|error| error.is_in_use()));
    schema.sql("UPDATE leases SET valid_until = clock_timestamp() - INTERVAL '1 s'");
    let _second = other.acquire_service_lock(at(0)).wait().expect("it has ended");
    assert!(lost(send(&store, &run)));
    assert!(store.check_in_place().wait().is_err_and(|error| error.is_lease_lost()));
    assert_eq!(state(&other, &run), State::Claimed);
    drop(lock);
    assert_eq!(send(&other, &run).expect("saved"), Saved::Done, "the lease of the other is untouched");
}

/// Such a statement is sent together with the next one, or with the COMMIT.
#[test]
fn a_statement_without_an_answer_that_fails_writes_nothing() {
    let Some(schema) = postgres::schema() else { return };
    let store = Store::open(&schema.of("ww1")).expect("a store");
    let (run, other) = (claimed("ww1", "a", 1), claimed("ww1", "b", 1));
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lease");

    schema.sql("ALTER TABLE sends_by_month ADD CONSTRAINT refused CHECK (sends < 0)");
    assert!(send(&store, &run).is_err());
    assert_eq!((state(&store, &run), schema.sql("SELECT count(*) FROM sends").as_str()), (State::Claimed, "0"));
    schema.sql("ALTER TABLE sends_by_month DROP CONSTRAINT refused");
    assert_eq!(send(&store, &run).expect("saved"), Saved::Done);

    schema.sql("ALTER TABLE events ADD CONSTRAINT refused CHECK (seq < 0) NOT VALID");
    assert!(store.record(std::slice::from_ref(&other)).wait().is_err(), "the line of its log comes last");
    assert_eq!(schema.sql("SELECT count(*) FROM runs"), "1");
    schema.sql("ALTER TABLE events DROP CONSTRAINT refused");
    assert_eq!(store.record(&[other]).wait().expect("saved"), [true]);
}

/// A server between Drumbeat and PostgreSQL. Once it is armed, it passes the next COMMIT on and loses the answer.
struct Proxy {
    port: u16,
    is_armed: Arc<AtomicBool>,
}

impl Proxy {
    fn of(schema: &Schema) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (port, socket) = (listener.local_addr().expect("an address").port(), schema.socket());
        let is_armed = Arc::new(AtomicBool::new(false));
        let armed = Arc::clone(&is_armed);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = UnixStream::connect(&socket).expect("the server listens");
                let cut = Arc::new(AtomicBool::new(false));
                let (answers, to_client, is_cut) =
                    (server.try_clone().expect("a handle"), client.try_clone().expect("a handle"), Arc::clone(&cut));
                std::thread::spawn(move || answer(answers, to_client, &is_cut));
                let armed = Arc::clone(&armed);
                std::thread::spawn(move || ask(client, server, &armed, &cut));
            }
        });
        Self { port, is_armed }
    }
}

fn ask(mut client: TcpStream, mut server: UnixStream, armed: &AtomicBool, cut: &AtomicBool) {
    let mut bytes = [0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut bytes) {
        if bytes[..length].windows(7).any(|word| word == b"COMMIT\0") && armed.swap(false, Ordering::SeqCst) {
            cut.store(true, Ordering::SeqCst);
        }
        if server.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
}

fn answer(mut server: UnixStream, mut client: TcpStream, is_cut: &AtomicBool) {
    let mut bytes = [0; 65_536];
    while let Ok(length @ 1..) = server.read(&mut bytes) {
        // The answer to COMMIT, not to a statement before it: the transaction is written.
        let is_committed = || bytes[..length].windows(7).any(|tag| tag == b"COMMIT\0");
        if (is_cut.load(Ordering::SeqCst) && is_committed()) || client.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
fn an_unanswered_commit_permits_no_send() {
    let Some(schema) = postgres::schema() else { return };
    let proxy = Proxy::of(&schema);
    let machine = tempfile::tempdir().expect("a directory");
    let address = format!(
        "postgres://drumbeat@127.0.0.1:{}/postgres?schema={}&files={}",
        proxy.port,
        schema.name,
        machine.path().display()
    );
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
    let store = Store::open(&address).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    let runs = [claimed("ww1", "a", 1), claimed("ww1", "b", 1)];
    proxy.is_armed.store(true, Ordering::SeqCst);
    assert_eq!(store.record(&runs).wait().expect("it is found"), [true, true]);
    assert!(!proxy.is_armed.load(Ordering::SeqCst), "an answer was lost");
    proxy.is_armed.store(true, Ordering::SeqCst);
    let permit = send(&store, &runs[0]).expect("it is found");
    assert!(matches!(permit, Saved::NotWitnessed(_)), "{permit:?}");
    assert_eq!(state(&store, &runs[0]), State::Sending, "this process knows that nothing was sent, and says so next");
    assert_eq!(send(&store, &runs[1]).expect("saved"), Saved::Done);
}

#[test]
fn a_server_that_ends_connections_loses_nothing() {
    let Some(schema) = postgres::schema() else { return };
    let address = format!("{}&application_name={}", schema.address(), schema.name);
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
    let store = Store::open(&address).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    for round in 0..5 {
        let run = claimed("ww1", &format!("c{round}"), 1);
        schema.sql(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{}'",
            schema.name
        ));
        // The first call after it may fail; nothing is written twice and nothing is lost.
        let recorded = (0..3).find_map(|_| store.record(std::slice::from_ref(&run)).wait().ok());
        assert_eq!(recorded, Some(vec![true]), "{round}");
        assert_eq!(send(&store, &run).expect("saved"), Saved::Done);
    }
}

/// Its own server: the setting is for all its databases.
#[test]
fn a_commit_without_its_standby_permits_no_send() {
    let Some(server) = Server::start() else { return };
    let address: Address = server.address("drumbeat", "alone").parse().expect("an address");
    let store = Store::open(&address.of_corp_id(Some(CorpId("ww1".to_owned())))).expect("a store");
    let _lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    let run = claimed("ww1", "a", 1);
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    server.sql("SELECT pg_reload_conf()");
    let permit = std::thread::scope(|scope| {
        let permit = scope.spawn(|| send(&store, &run));
        // An administrator ends the wait: PostgreSQL commits with a warning.
        while !permit.is_finished() {
            server.sql("SET synchronous_commit = local; SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
        }
        permit.join().expect("no panic").expect("it is written")
    });
    assert!(matches!(permit, Saved::NotWitnessed(_)), "{permit:?}");
}

/// The store on one of several machines: each has a directory of its own.
fn on_machine(schema: &Schema, directory: &std::path::Path) -> Store {
    let address = format!("{}&files={}", schema.address(), directory.display());
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
    Store::open(&address).expect("a store")
}

fn lost(lock: &ServiceLock) -> Option<LossKind> {
    lock.lost_commits().map(|lost| lost.why)
}

#[test]
fn fewer_sends_than_the_machine_hold_everything() {
    let Some(schema) = postgres::schema() else { return };
    let machine = tempfile::tempdir().expect("a directory");
    let address = format!("{}&files={}&application_name={}", schema.address(), machine.path().display(), schema.name);
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
    let store = Store::open(&address).expect("a store");
    let lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    let runs = ["a", "b", "c"].map(|campaign| claimed("ww1", campaign, 1));
    store.record(&runs).wait().expect("recorded");
    assert_eq!(lost(&lock), None);
    assert_eq!(send(&store, &runs[0]).expect("saved"), Saved::Done);
    let unsent = |run: &Run| {
        let (id, version) = (run.id(), run.version);
        format!("UPDATE runs SET state = 'claimed', version = {version}, sent_at = NULL WHERE run = '{id}'; ")
    };
    // As a new primary would be that lacks the last commit, after the connections have ended.
    let lose_last = |sends: u32| {
        schema.sql(&format!(
            "UPDATE send_logs SET sends = {sends}; {} \
             SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{}'",
            runs.iter().map(unsent).collect::<String>(),
            schema.name
        ))
    };
    let seen = store.data_version().wait().expect("read");
    lose_last(0);
    let permit = (0..3).find_map(|_| send(&store, &runs[1]).ok());
    let Some(Saved::OnHold(hold)) = permit else { panic!("{permit:?}") };
    assert!(hold.forbids_catch_up());
    for (lang, word) in [(Lang::En, "own list has 1"), (Lang::Zh, "清单记着提交过 1 次")] {
        assert!(hold.reason_text().into_lang(lang).contains(word), "{:?}", hold.reason_text());
    }
    assert_eq!(state(&store, &runs[0]), State::InDoubt, "it is looked for, and never sent again");
    assert_ne!(store.data_version().wait().expect("read"), seen, "the engine reads it again");
    // A person has compared, and resumes: it is held once.
    let lifted = Lifted { at: at(9), by: "li".to_owned(), catch_up: false };
    store.lift_hold(&Scope::Everything, None, lifted).wait().expect("lifted");
    assert_eq!(send(&store, &runs[1]).expect("saved"), Saved::Done);
    // The same at the next start.
    drop((lock, store));
    lose_last(1);
    let store = Store::open(&address).expect("a store");
    let lock = store.acquire_service_lock(at(10)).wait().expect("the lease");
    assert_eq!(lost(&lock), Some(LossKind::BehindMachine { store: 1, machine: 2 }));
    assert_eq!(state(&store, &runs[1]), State::InDoubt);
}

#[test]
fn another_machines_posts_need_a_proof() {
    let Some(schema) = postgres::schema() else { return };
    let machines = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
    let works = |machine: usize| {
        let store = on_machine(&schema, machines[machine].path());
        let lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
        let run = claimed("ww1", &format!("c{}", schema.sql("SELECT count(*) FROM runs")), 1);
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let permit = send(&store, &run).expect("saved");
        if let Saved::OnHold(_) = permit {
            let lifted = Lifted { at: at(9), by: "li".to_owned(), catch_up: false };
            store.lift_hold(&Scope::Everything, None, lifted).wait().expect("lifted");
        }
        lost(&lock)
    };
    assert_eq!([works(0), works(1), works(0)], [None; 3], "the same server has everything");
    let failed_over = |sync: bool| {
        format!("UPDATE leases SET origin = split_part(origin, '/', 1) || '/00000009', is_synchronous = {sync}")
    };
    schema.sql(&failed_over(false));
    assert_eq!(works(0), None, "its own list is here, and complete");
    schema.sql(&failed_over(true));
    assert_eq!(works(1), None, "a standby had each commit");
    schema.sql(&failed_over(false));
    assert_eq!([works(0), works(0)], [Some(LossKind::OtherMachine), None]);
    schema.sql("UPDATE leases SET origin = '1/00000001', is_synchronous = true");
    assert_eq!(works(1), Some(LossKind::OtherMachine), "another server: nothing is known of its standbys");
}

#[test]
fn machine_that_keeps_no_list_is_refused() {
    let Some(schema) = postgres::schema() else { return };
    let store = on_machine(&schema, std::path::Path::new("/nowhere"));
    let error = store.acquire_service_lock(at(0)).wait().expect_err("nothing may be sent");
    for (lang, word) in [(Lang::En, "files=PATH"), (Lang::Zh, "files=目录")] {
        let line = error.text().into_lang(lang);
        assert!(line.contains(word), "{line}");
    }
}

#[test]
fn many_corps_share_a_few_connections() {
    let Some(schema) = postgres::schema() else { return };
    let address = format!("{}&application_name={}", schema.address(), schema.name);
    let of = |n: usize| {
        let corp = format!("ww{n}");
        let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId(corp.clone())));
        let store = Store::open(&address).expect("a store");
        let lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
        (store, claimed(&corp, "a", 1), lock)
    };
    let stores: Vec<_> = (0..24).map(of).collect();
    std::thread::scope(|scope| {
        for (store, run, _) in &stores {
            scope.spawn(|| {
                assert_eq!(store.record(std::slice::from_ref(run)).wait().expect("recorded"), [true]);
                assert_eq!(send(store, run).expect("saved"), Saved::Done);
                let seen = store.runs(&RunFilter::default()).wait().expect("read");
                assert_eq!(seen.iter().map(Run::id).collect::<Vec<_>>(), [run.id()]);
                assert_eq!(seen[0].corp, run.corp, "nothing of another corp");
            });
        }
    });
    let used = schema.sql(&format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}'", schema.name));
    assert!(used.parse::<usize>().expect("a number") <= 7, "{used} connections");
    // All leases are renewed together; one that another service has is noticed, and touches no other.
    schema.sql("UPDATE leases SET valid_until = clock_timestamp() + INTERVAL '1 s'");
    schema.sql("UPDATE leases SET owner = 1 WHERE name = 'ww3'");
    let renewed = "SELECT count(*) FROM leases WHERE valid_until > clock_timestamp() + INTERVAL '15 s'";
    let is_lost = |n: usize| stores[n].0.check_in_place().wait().is_err_and(|error| error.is_lease_lost());
    while schema.sql(renewed) != "23" || !is_lost(3) {}
    assert_eq!((0..24).filter(|n| is_lost(*n)).collect::<Vec<_>>(), [3]);
}

/// A service in another process: its looks are not shared with the stores of the other.
fn owner(schema: &Schema, corp: &str) -> Option<Owner> {
    let address = format!("{}&application_name=other", schema.address());
    let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId(corp.to_owned())));
    let store = Store::open(&address).expect("a store");
    store.acquire_service_lock(at(0)).wait().err().and_then(|error| error.owner().cloned())
}

#[test]
fn a_waiting_service_sees_and_changes_nothing() {
    let Some(schema) = postgres::schema() else { return };
    let store = Store::open(&schema.of("ww1")).expect("a store");
    let lock = store.acquire_service_lock(at(0)).wait().expect("the lease");
    let before = store.data_version().wait().expect("read");
    assert!(owner(&schema, "ww1").is_some_and(|owner| !owner.is_ready));
    let ready = Arc::new(AtomicBool::new(true));
    let shared = Arc::clone(&ready);
    lock.report_readiness(move || shared.load(Ordering::Relaxed));
    while !owner(&schema, "ww1").is_some_and(|owner| owner.is_ready) {}
    ready.store(false, Ordering::Relaxed);
    while owner(&schema, "ww1").is_some_and(|owner| owner.is_ready) {}
    assert_eq!(store.data_version().wait().expect("read"), before, "the working service has nothing to look for");
    ready.store(true, Ordering::Relaxed);
    while !owner(&schema, "ww1").is_some_and(|owner| owner.is_ready) {}
    drop(lock);
    let _taken = store.acquire_service_lock(at(0)).wait().expect("the lease");
    assert!(owner(&schema, "ww1").is_some_and(|owner| !owner.is_ready), "the next one says so itself");
}

/// Both corps have the same connection: its jobs run one after another.
#[test]
fn a_lease_is_given_back_after_the_last_job() {
    let Some(schema) = postgres::schema() else { return };
    let [one, two] = ["ww1", "ww5"].map(|corp| Store::open(&schema.of(corp)).expect("a store"));
    let [_first, second] =
        [&one, &two].map(|store| store.acquire_service_lock(at(0)).wait().expect("a lease for each"));
    std::thread::scope(|scope| {
        let lock = "BEGIN; SELECT FROM leases WHERE name = 'ww1' FOR UPDATE; SELECT pg_sleep(2); COMMIT";
        scope.spawn(|| schema.sql(lock));
        while schema.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "0" {}
        scope.spawn(|| one.record(&[claimed("ww1", "a", 1)]).wait().expect("recorded"));
        while schema.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" {}
        let runs = [claimed("ww5", "a", 1)];
        let mut dropped = Box::pin(two.record(&runs));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        drop(dropped);
        drop(second);
        let other = Store::open(&schema.of("ww5")).expect("a store");
        assert_eq!(other.runs(&RunFilter::default()).wait().expect("read").len(), 1, "nothing comes after it");
    });
}
