//! The same from due to `created` with the store on PostgreSQL, beside the same commits and requests alone.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use drumbeat::sandbox::Company;
use drumbeat::store::{Address, RunFilter, Store, Wait};
use tokio_postgres::{Client, Config, NoTls};
use tokio_util::sync::CancellationToken;

use super::harness::{Over, Prepared, Requests, first_due, now};
use super::history::fill;

/// Runs in the store before the measurement. Without statistics of its tables, PostgreSQL reads whole tables where an index
/// would do; autovacuum collects them within a minute of a new store's first posts.
const BEFORE: usize = 2_000;

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
    let corp = Company::chunfeng().corp;
    let of_corp = address.parse::<Address>().expect("an address").of_corp_id(Some(corp.clone()));
    let store = tokio::task::spawn_blocking(move || Store::open(&of_corp)).await.expect("no panic").expect("a store");
    let _lock = store.acquire_service_lock(now()).await.expect("nobody else has it");
    let filled = store.clone();
    let filling = move || fill(&filled, &corp, BEFORE, now(), TimeDelta::minutes(1));
    tokio::task::spawn_blocking(filling).await.expect("no panic");
    connection(address).await.batch_execute("VACUUM ANALYZE").await.expect("SQL");
    let first = first_due(runs);
    let prepared = Prepared::of(Over::Nothing, runs, |_| first).await;
    let took = prepared.run(&store, first, first).await;
    let since = Some(first - TimeDelta::seconds(1));
    let posted = store.runs(&RunFilter { since, ..RunFilter::default() }).wait().expect("runs");
    assert_eq!(posted.iter().filter(|run| run.state.is_posted()).count(), runs, "all are created");
    let lines: usize = posted.iter().map(|run| store.log(run).wait().expect("a log").len() - 1).sum();
    (took, 1 + lines)
}

async fn connection(address: &str) -> Client {
    // The address without the options of a store.
    let plain: Config = address.split('?').next().unwrap_or(address).parse().expect("an address");
    let (client, connection) = plain.connect(NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

/// Commits and requests one after another, as one writing connection allows.
async fn lower_bound(address: &str, runs: usize, per_run: usize) -> Duration {
    let requests = Requests::over(Over::Nothing, &CancellationToken::new()).await;
    let client = connection(address).await;
    client.batch_execute("CREATE TABLE IF NOT EXISTS public.floor_rows (text TEXT)").await.expect("SQL");
    let put = client.prepare("INSERT INTO public.floor_rows VALUES ($1)").await.expect("SQL");
    let row = "x".repeat(600);
    let began = Instant::now();
    for _ in 0..runs {
        for _ in 2..per_run {
            client.execute(&put, &[&row]).await.expect("a commit");
        }
        let job = requests.create().await;
        client.execute(&put, &[&row]).await.expect("a commit");
        requests.result(&job).await;
        client.execute(&put, &[&row]).await.expect("a commit");
    }
    let took = began.elapsed();
    client.batch_execute("DROP TABLE public.floor_rows").await.expect("SQL");
    took
}
