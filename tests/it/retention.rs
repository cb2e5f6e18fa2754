//! Old, finished runs are exported and removed; records that the promise needs stay.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::archive::{Archive, directory};
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, RejectedRecipients, Run, Slot, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{AckProgress, Address, Quota, RunFilter, Store, Wait};

use crate::support::postgres;

const DAY: i64 = 86_400;
const NOW: i64 = 1_000 * DAY;
const QUOTA: Quota = Quota { per_minute: 1_000_000, per_month: 1_000_000 };

fn at(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn claimed(campaign: &str, due: DateTime<Utc>) -> Run {
    let text = Some("春季新品".to_owned());
    let post = Post { text, attachments: Attachments::None, audience: Audience::Everyone };
    let due = Due {
        corp: CorpId("ww1".to_owned()),
        campaign: campaign.parse().expect("an id"),
        slot: Slot::Scheduled { local: due.naive_utc(), fold: Fold::First },
        due,
        zone: "UTC".to_owned(),
        deadline: due + TimeDelta::hours(1),
        commit: None,
    };
    let now = due.due;
    Run::claimed(due, Arc::new(post), now)
}

struct Scene {
    archive: Archive,
    path: PathBuf,
    _directory: Option<tempfile::TempDir>,
}

/// A store in which runs are kept for 100 days, on day 1,000.
fn scene() -> Scene {
    let directory = tempfile::tempdir().expect("there is room");
    let path = directory.path().join("drumbeat.db");
    let store = Store::open(&Address::Sqlite(path.clone())).expect("a store");
    let archive = Archive { clock: Clock::starting_at(at(NOW)), store, keep: Some(Duration::from_secs(100 * 86_400)) };
    Scene { archive, path, _directory: Some(directory) }
}

impl Scene {
    fn store(&self) -> &Store {
        &self.archive.store
    }

    /// A run that was due this many days ago and was posted, with two members.
    fn posted(&self, campaign: &str, days_ago: i64) -> Run {
        let due = at(NOW - days_ago * DAY);
        let mut run = claimed(campaign, due);
        self.store().record(std::slice::from_ref(&run)).wait().expect("recorded");
        let event = run.apply(Transition::Send, due).expect("a legal move");
        self.store().save_together(&[(run.clone(), event, Some(QUOTA))]).wait().expect("saved");
        let create = Transition::Create {
            moment_id: format!("mom-{campaign}"),
            invalid: RejectedRecipients::default(),
            reason: None,
        };
        for step in [Transition::Submit { jobid: "job".to_owned(), errmsg: None }, create] {
            let event = run.apply(step, due).expect("a legal move");
            self.store().save((&run, &event)).wait().expect("saved");
        }
        let reached = AckProgress { asked_at: due, asked: 1, next_at: Some(due), trouble: None };
        let members = [("li".to_owned(), true), ("wang".to_owned(), false)];
        self.store().save_acks(&run, &reached, &members).wait().expect("remembered");
        run
    }

    fn left(&self) -> Vec<String> {
        let runs = self.store().runs(&RunFilter::default()).wait().expect("they can be read");
        runs.into_iter().map(|run| run.campaign.to_string()).collect()
    }

    /// Steps until there is nothing left to do.
    async fn tidy(&self) {
        while self.archive.step().await.expect("exported and removed") {}
    }

    /// The exported lines of all months, in order.
    fn exported(&self) -> Vec<serde_json::Value> {
        let Ok(files) = std::fs::read_dir(directory(&self.path)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        let mut text = String::new();
        for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "gz")) {
            let packed = std::fs::File::open(file).expect("a file");
            flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut text).expect("whole");
        }
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

#[tokio::test]
async fn old_finished_runs_are_exported_and_removed() {
    let scene = scene();
    scene.posted("old", 101);
    scene.posted("new", 99);
    scene.tidy().await;
    assert_eq!(scene.left(), ["new"]);
    let exported = scene.exported();
    assert_eq!(exported.len(), 1);
    let old = &exported[0];
    assert_eq!((old["campaign"].as_str(), old["moment_id"].as_str()), (Some("old"), Some("mom-old")));
    assert_eq!(old["post"]["text"], "春季新品");
    let verbs: Vec<_> = old["events"].as_array().expect("events").iter().map(|it| it["verb"].clone()).collect();
    assert_eq!(verbs, ["be due", "send", "submit", "create"]);
    assert_eq!(old["members"].as_array().expect("members").len(), 2);
    assert_eq!(old["members"][0]["member"], "li");
}

#[tokio::test]
async fn a_post_is_kept_while_runs_use_it() {
    let scene = scene();
    scene.posted("old", 101);
    scene.posted("new", 99);
    let posts = || {
        let db = rusqlite::Connection::open(&scene.path).expect("a database");
        db.query_row("SELECT count(*) FROM posts", [], |row| row.get::<_, i64>(0)).expect("counted")
    };
    assert_eq!(posts(), 1, "both post the same");
    scene.tidy().await;
    assert_eq!(posts(), 1);
    let new = scene.store().runs(&RunFilter::default()).wait().expect("they can be read");
    assert_eq!(new[0].post.as_ref().and_then(|post| post.text.as_deref()), Some("春季新品"));
    scene.archive.clock.suspend(TimeDelta::days(10));
    scene.tidy().await;
    assert_eq!(posts(), 0);
}

#[tokio::test]
async fn a_removed_occurrence_never_becomes_due_again() {
    let scene = scene();
    let run = scene.posted("old", 101);
    scene.tidy().await;
    let again = claimed("old", run.due);
    assert_eq!(again.id(), run.id());
    assert_eq!(scene.store().record(&[again]).wait().expect("asked"), [false]);
    assert_eq!(scene.left(), [""; 0]);
}

#[tokio::test]
async fn open_runs_are_never_removed() {
    let scene = scene();
    scene.store().record(&[claimed("open", at(NOW - 500 * DAY))]).wait().expect("recorded");
    scene.tidy().await;
    assert_eq!(scene.left(), ["open"]);
    assert_eq!(scene.exported(), [serde_json::Value::Null; 0]);
}

#[tokio::test]
async fn retention_exports_in_batches_by_month() {
    let scene = scene();
    for n in 0..60 {
        scene.posted(&format!("c{n}"), 101 + n);
    }
    assert!(scene.archive.step().await.expect("a batch"));
    assert_eq!(scene.left().len(), 35);
    scene.tidy().await;
    assert_eq!((scene.left().len(), scene.exported().len()), (0, 60));
    assert_eq!(std::fs::read_dir(directory(&scene.path)).expect("a directory").count(), 3);
}

#[tokio::test]
async fn a_partial_export_hides_no_runs() {
    let scene = scene();
    scene.posted("one", 130);
    scene.tidy().await;
    let file = std::fs::read_dir(directory(&scene.path)).expect("a directory").next().expect("one").expect("a file");
    let mut bytes = std::fs::read(file.path()).expect("a file");
    bytes.extend_from_slice(&[0x1f, 0x8b, 8, 0]);
    std::fs::write(file.path(), bytes).expect("written");
    scene.posted("two", 130);
    scene.tidy().await;
    assert_eq!(scene.exported().len(), 2);
}

#[tokio::test]
async fn an_export_that_fails_removes_nothing() {
    let scene = scene();
    scene.posted("old", 101);
    std::fs::write(directory(&scene.path), "a file in the way").expect("written");
    assert!(scene.archive.step().await.is_err());
    assert_eq!(scene.left(), ["old"]);
}

#[tokio::test]
async fn unexported_logs_cannot_be_deleted() {
    let scene = scene();
    scene.posted("old", 101);
    let db = rusqlite::Connection::open(&scene.path).expect("a store");
    let refused = db.execute("DELETE FROM events", []).expect_err("it is refused");
    assert!(refused.to_string().contains("never deleted"), "{refused}");
}

#[tokio::test]
async fn the_months_sends_are_counted_as_before() {
    let scene = scene();
    scene.posted("old", 101);
    scene.posted("new", 1);
    let corp = CorpId("ww1".to_owned());
    let before = scene.store().sends_in_month(&corp, at(NOW)).wait().expect("counted");
    scene.tidy().await;
    assert_eq!(scene.store().sends_in_month(&corp, at(NOW)).wait().expect("counted"), before);
    assert_eq!(
        scene.store().sends_in_month(&corp, at(NOW - 101 * DAY)).wait().expect("counted"),
        2,
        "both stay counted"
    );
}

/// Two machines work for a corp in turn.
#[tokio::test]
async fn each_machine_exports_to_its_own_files() {
    let Some(schema) = postgres::schema() else { return };
    let root = tempfile::tempdir().expect("a directory");
    let machine = |name: &str| {
        let files = root.path().join(name);
        fs::create_dir(&files).expect("made");
        let address = format!("{}&files={}", schema.address(), files.display());
        let address = address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId("ww1".to_owned())));
        let store = Store::open(&address).expect("a store");
        let archive =
            Archive { clock: Clock::starting_at(at(NOW)), store, keep: Some(Duration::from_secs(100 * 86_400)) };
        Scene { archive, path: address.beside(""), _directory: None }
    };
    let (one, other) = (machine("one"), machine("other"));
    for (turn, (worker, idle)) in [(&one, &other), (&other, &one), (&one, &other)].into_iter().enumerate() {
        let lock = worker.store().acquire_service_lock(at(NOW)).await.expect("the lock");
        let name = format!("c{turn}");
        worker.posted(&name, 101);
        if turn < 2 {
            // What it exports in vain is overwritten when it works.
            idle.archive.step().await.expect_err("it does not work for the corp");
            assert_eq!(worker.left(), [name]);
        }
        worker.tidy().await;
        assert_eq!(worker.left(), [""; 0]);
        drop(lock);
    }
    let campaigns = |scene: &Scene| scene.exported().iter().map(|run| run["campaign"].to_string()).collect::<Vec<_>>();
    assert_eq!((campaigns(&one), campaigns(&other)), (vec!["\"c0\"".into(), "\"c2\"".into()], vec!["\"c1\"".into()]));
    let again = claimed("c0", at(NOW - 101 * DAY));
    assert_eq!(other.store().record(&[again]).await.expect("asked"), [false], "its name is kept");
}
