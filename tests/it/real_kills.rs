//! The real binary against the real sandbox over sockets, killed repeatedly with SIGKILL: at the end every post exists
//! once, and the history says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use drumbeat::run::State;
use fastrand::Rng;

use crate::at_length::rounds;
use crate::support::kill_proxy::Point;
use crate::support::process_harness::{ProcessHarness, WAIT_TIMEOUT, broken_promises, now};

/// The longest life whose point is not reached, from the load of its book. The start of the process is not included.
pub(crate) const LONGEST_LIFE: Duration = Duration::from_millis(500);

/// How one life ends.
enum End {
    /// At this point, or soon if it is not reached.
    At(Point),
    /// At this point, however long it takes.
    Surely(Point),
    /// This long after its start, at any point.
    After(Duration),
}

/// Lives through `kills` deaths and one last life, and returns broken promises.
///
/// `end` chooses the end of the next life from the number of kills at each point; `between` changes the store after it.
async fn kill_repeatedly(
    harness: ProcessHarness,
    kills: usize,
    campaigns: usize,
    mut end: impl FnMut(&BTreeMap<Point, u64>) -> End,
    between: impl Fn(&Path),
) -> (ProcessHarness, Vec<String>) {
    let first = harness.make_known(kills, campaigns).await;
    // Waits until there is work, so that no life ends without any.
    tokio::time::sleep((first - now()).to_std().unwrap_or_default()).await;

    for _ in 0..kills {
        let end = end(&harness.kill_switch.kills());
        let point = match end {
            End::At(point) | End::Surely(point) => Some(point),
            End::After(_) => None,
        };
        let lives = harness.books_loaded();
        harness.kill_switch.set(harness.start(), point);
        match end {
            End::At(_) => {
                let life = async {
                    harness.wait_until_loaded(lives + 1).await;
                    tokio::time::sleep(LONGEST_LIFE).await;
                };
                tokio::select! { () = harness.kill_switch.killed() => {}, () = life => {} }
            }
            End::Surely(point) => {
                let killed = tokio::time::timeout(WAIT_TIMEOUT, harness.kill_switch.killed()).await;
                assert!(killed.is_ok(), "{point:?} never came: {}", harness.log_end());
            }
            End::After(life) => tokio::time::sleep(life).await,
        }
        harness.kill_switch.kill();
        between(&harness.path("drumbeat.db"));
    }

    harness.kill_switch.set(harness.start(), None);
    harness.wait_until_settled(campaigns).await;
    harness.kill_switch.kill();
    let broken = broken_promises(&harness, campaigns);
    (harness, broken)
}

/// A random point, or every other time the one with the fewest kills, so that none is omitted by chance.
pub(crate) fn next_point(rng: &mut Rng, kills: &BTreeMap<Point, u64>) -> Point {
    let rarest = Point::ALL.into_iter().min_by_key(|point| kills.get(point).copied().unwrap_or(0));
    rarest.filter(|_| rng.bool()).unwrap_or_else(|| Point::ALL[rng.usize(..Point::ALL.len())])
}

/// Simulates the mistake that the design prevents: what was written before a request is lost with the process.
fn forget_sending(store: &Path) {
    let db = rusqlite::Connection::open(store).expect("the store is there");
    db.busy_timeout(Duration::from_secs(5)).expect("a timeout can be set");
    let (sending, claimed) = (State::Sending.name(), State::Claimed.name());
    db.execute("UPDATE runs SET state = ? WHERE state = ?", [claimed, sending]).expect("the store can be written");
}

pub(crate) fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a failing seed is replayed by hand")]
    let given = std::env::var("DRUMBEAT_SEED").ok();
    given.map_or_else(|| fastrand::u64(..), |text| text.parse().expect("DRUMBEAT_SEED is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_many_kills_every_post_exists_once() {
    let (seed, kills) = (seed(), rounds(50, 200));
    let mut rng = Rng::with_seed(seed);
    // The first lives reach each point once, while there are posts left: on a slow machine, few later lives have any.
    // The list is asked for last, after requests were lost.
    let mut first = Point::ALL.into_iter();
    let end = |kills: &BTreeMap<Point, u64>| match first.next() {
        Some(point) => End::Surely(point),
        None if rng.u32(..10) < 7 => End::At(next_point(&mut rng, kills)),
        None => End::After(Duration::from_millis(rng.u64(5..250))),
    };
    let (harness, broken) = kill_repeatedly(ProcessHarness::build().await, kills, kills + kills / 5, end, |_| {}).await;
    assert!(broken.is_empty(), "DRUMBEAT_SEED={seed}:\n{}\n{}", broken.join("\n"), harness.log_end());
    let kills = harness.kill_switch.kills();
    for point in Point::ALL {
        assert!(kills.contains_key(&point), "nobody died at {point:?}, so seed {seed} proves less: {kills:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutant_forgetting_sends_is_caught() {
    let end = |_: &BTreeMap<Point, u64>| End::Surely(Point::CreateNotAnswered);
    // WeCom's list, which is read before overdue posts are sent, does not show it either.
    let harness = ProcessHarness::with_moments_listed_after(Duration::from_secs(86_400)).await;
    let (harness, broken) = kill_repeatedly(harness, 5, 20, end, forget_sending).await;
    let twice = broken.iter().any(|it| it.starts_with("posted twice"));
    assert!(twice, "{broken:?}\n{}", harness.log_end());
}
