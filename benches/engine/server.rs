//! The same from due to `created` with the store on PostgreSQL, beside the same commits and requests alone.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineStatus, StopCondition};
use drumbeat::load::load;
use drumbeat::sandbox::{Company, Sandbox};
use drumbeat::store::{Address, RunFilter, Store, Wait};
use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;

use super::harness::{Over, behaviour, now, settings, wecom, write_book};

/// Posts this many, all due at one instant, with a store on this server; then the same commits and requests alone, one
/// connection each as the store has one.
pub(super) async fn on_server(address: &str, runs: usize) {
    let (took, commits) = engine(address, runs).await;
    let floor = lower_bound(address, runs, commits / runs).await;
    println!(
        "{runs} from due to created on PostgreSQL: {:.0} a second; floor {:.0} a second; {:.2} x the floor's time \
         ({commits} changes saved; the floor commits each by itself, a row of 600 bytes)",
        runs as f64 / took.as_secs_f64(),
        runs as f64 / floor.as_secs_f64(),
        took.as_secs_f64() / floor.as_secs_f64(),
    );
}

/// The time from due to created, and the number of changes.
async fn engine(address: &str, runs: usize) -> (Duration, usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let first = now().timestamp() + 4 + i64::try_from(runs / 1_000).expect("few");
    let first = DateTime::from_timestamp(first, 0).expect("an instant");
    let source = write_book(directory.path(), runs, |_| Some(first));
    let loaded = Arc::new(load(&source, &Corp::default()).expect("a book").to_active());
    let address: Address = address.parse().expect("an address");
    let address = address.of_corp_id(Some(Company::chunfeng().corp));
    let store = tokio::task::spawn_blocking(move || Store::open(&address)).await.expect("no panic").expect("a store");
    let _lock = store.acquire_service_lock(now()).await.expect("nobody else has it");
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour())));
    let wecom = wecom(Over::Nothing, &sandbox, &Arc::default(), &CancellationToken::new()).await;
    let context = EngineContext {
        clock: Clock::System,
        store: store.clone(),
        wecom,
        source: Arc::new(source),
        settings: settings(),
        status: EngineStatus::default(),
    };
    let (_books, watching) = watch::channel(Arc::clone(&loaded));
    let engine = Engine::start(context, loaded, StopCondition::Idle(first)).await.expect("an engine");
    assert!(now() < first, "the book took longer to load than the time that was left for it");
    engine.run(watching, CancellationToken::new()).await.expect("a good end");
    let took = (now() - first).to_std().unwrap_or_default();
    let since = Some(first - TimeDelta::seconds(1));
    let posted = store.runs(&RunFilter { since, ..RunFilter::default() }).wait().expect("runs");
    assert_eq!(posted.iter().filter(|run| run.state.is_posted()).count(), runs, "all are created");
    let lines: usize = posted.iter().map(|run| store.log(run).wait().expect("a log").len() - 1).sum();
    (took, 1 + lines)
}

async fn connection(address: &str) -> Client {
    // The address without the options of a store.
    let plain = address.split('?').next().unwrap_or(address);
    let (client, connection) = tokio_postgres::connect(plain, NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

/// Commits and requests one after another, as one writing connection allows.
async fn lower_bound(address: &str, runs: usize, per_run: usize) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let book = write_book(directory.path(), 1, |_| None);
    let post = Arc::clone(load(&book, &Corp::default()).expect("a book").result.campaigns[0].contents.first().post());
    let client = connection(address).await;
    client.batch_execute("CREATE TABLE IF NOT EXISTS public.floor_rows (text TEXT)").await.expect("SQL");
    let put = client.prepare("INSERT INTO public.floor_rows VALUES ($1)").await.expect("SQL");
    let sandbox = Arc::new(Mutex::new(Sandbox::with_behaviour(Company::chunfeng(), behaviour())));
    let wecom = wecom(Over::Nothing, &sandbox, &Arc::default(), &CancellationToken::new()).await;
    let row = "x".repeat(600);
    let began = Instant::now();
    for _ in 0..runs {
        for _ in 2..per_run {
            client.execute(&put, &[&row]).await.expect("a commit");
        }
        let job = wecom.create(&post, &[]).await.expect("a job");
        client.execute(&put, &[&row]).await.expect("a commit");
        wecom.result(&job.0).await.expect("a result");
        client.execute(&put, &[&row]).await.expect("a commit");
    }
    let took = began.elapsed();
    client.batch_execute("DROP TABLE public.floor_rows").await.expect("SQL");
    took
}
