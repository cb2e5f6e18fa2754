//! The service follows a branch: real repositories, a real git, and remotes that fail.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use drumbeat::book::Corp;
use drumbeat::clock::Clock;
use drumbeat::follow::{Follower, Place, Remote, Status};
use drumbeat::load::InForce;
use drumbeat::secret::Secret;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::service_house::{House, PATIENCE, Service, in_seconds, write};
use crate::source_revision::git;
use crate::watch::secrets::is_clean;

const MONDAYS: &str = "cron = \"0 9 * * MON\"";

/// A repository as its people see it, and the place of our clone.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a place for the test"));
        fs::create_dir_all(desk.repository().join("campaigns")).expect("made");
        git(&desk.repository(), &["init", "-q", "-b", "main"]);
        desk
    }

    fn repository(&self) -> PathBuf {
        self.0.path().join("repository")
    }

    /// Commits a text and gives the commit's name.
    fn says(&self, text: &str) -> String {
        write(&self.repository().join("campaigns"), "spring", text, MONDAYS);
        self.commit(text)
    }

    fn commit(&self, subject: &str) -> String {
        git(&self.repository(), &["add", "-A"]);
        git(&self.repository(), &["commit", "-q", "--allow-empty", "-m", subject]);
        git(&self.repository(), &["rev-parse", "HEAD"])
    }

    fn remote(&self) -> Remote {
        Remote {
            url: Secret::new(self.repository().to_string_lossy()),
            branch: "main".to_owned(),
            path: "campaigns".to_owned(),
            every: Duration::from_millis(20),
            alarm_after: Duration::from_millis(1),
            time_limit: PATIENCE,
            allow_force: false,
            clone: self.0.path().join("clone"),
        }
    }
}

/// A follower at work.
struct Following {
    books: watch::Receiver<Arc<InForce>>,
    status: watch::Receiver<Status>,
    stop: CancellationToken,
    work: JoinHandle<()>,
    _again: mpsc::Sender<()>,
}

impl Following {
    async fn of(remote: Remote) -> Self {
        let (follower, book) =
            Follower::open(Place::Git(remote), Corp::default(), Clock::System).await.expect("a book");
        let status = follower.status();
        let (tell, books) = watch::channel(book);
        let (again, asks) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let work = tokio::spawn(follower.follow(tell, asks, stop.clone()));
        Self { books, status, stop, work, _again: again }
    }

    #[track_caller]
    fn text(&self) -> String {
        self.books.borrow().campaigns[0].post.text.clone().expect("a text")
    }

    /// Waits for a commit to be in force.
    async fn reaches(&mut self, commit: &str) {
        let wanted = |book: &Arc<InForce>| book.commit.as_deref() == Some(commit);
        timeout(PATIENCE, self.books.wait_for(wanted)).await.expect("in time").expect("it follows");
    }

    /// Waits for the alarm, and gives why it was raised.
    async fn alarms(&mut self) -> String {
        let wanted = |status: &Status| status.trouble.as_ref().is_some_and(|trouble| trouble.alarm);
        let status = timeout(PATIENCE, self.status.wait_for(wanted)).await.expect("in time").expect("it follows");
        status.trouble.clone().expect("there is trouble").why
    }

    async fn recovers(&mut self) {
        let fine = |status: &Status| status.trouble.is_none();
        timeout(PATIENCE, self.status.wait_for(fine)).await.expect("in time").expect("it follows");
    }

    async fn ends(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.work).await.expect("in time").expect("no panic");
    }
}

#[tokio::test]
async fn a_new_commit_is_taken_up() {
    let desk = Desk::new();
    let first = desk.says("第一版");
    let mut following = Following::of(desk.remote()).await;
    following.reaches(&first).await;
    let second = desk.says("第二版");
    following.reaches(&second).await;
    assert_eq!(following.text(), "第二版");
    assert!(following.status.borrow().fetched_at.is_some());
    following.ends().await;
}

#[tokio::test]
async fn a_commit_without_the_book_leaves_the_last_one_in_force() {
    let desk = Desk::new();
    let first = desk.says("第一版");
    let mut following = Following::of(desk.remote()).await;
    fs::rename(desk.repository().join("campaigns"), desk.repository().join("gone")).expect("moved");
    let broken = desk.commit("away with it");
    let why = following.alarms().await;
    assert!(why.contains(&broken) && why.contains("there is no directory"), "{why}");
    following.reaches(&first).await;
    fs::rename(desk.repository().join("gone"), desk.repository().join("campaigns")).expect("moved back");
    let mended = desk.commit("back again");
    following.reaches(&mended).await;
    following.recovers().await;
    following.ends().await;
}

#[tokio::test]
async fn a_rewritten_branch_is_followed_only_where_that_is_allowed() {
    let desk = Desk::new();
    desk.says("第一版");
    let second = desk.says("第二版");
    let mut following = Following::of(desk.remote()).await;
    git(&desk.repository(), &["reset", "-q", "--hard", "HEAD~1"]);
    let other = desk.says("另一版");
    let why = following.alarms().await;
    assert!(why.contains("was rewritten") && why.contains("--allow-force"), "{why}");
    following.reaches(&second).await;
    following.ends().await;

    // A restart does not make it right.
    let mut following = Following::of(desk.remote()).await;
    following.alarms().await;
    following.reaches(&second).await;
    following.ends().await;

    let mut following = Following::of(Remote { allow_force: true, ..desk.remote() }).await;
    following.reaches(&other).await;
    following.ends().await;
}

#[tokio::test]
async fn a_deleted_branch_raises_the_alarm_until_it_is_back() {
    let desk = Desk::new();
    let first = desk.says("第一版");
    let mut following = Following::of(desk.remote()).await;
    git(&desk.repository(), &["checkout", "-q", "-b", "elsewhere"]);
    git(&desk.repository(), &["branch", "-q", "-D", "main"]);
    let why = following.alarms().await;
    assert!(why.contains("couldn't find remote ref"), "{why}");
    following.reaches(&first).await;
    git(&desk.repository(), &["checkout", "-q", "-b", "main"]);
    following.recovers().await;
    let second = desk.says("第二版");
    following.reaches(&second).await;
    following.ends().await;
}

#[tokio::test]
async fn a_remote_that_never_answers_is_given_up_and_its_password_is_not_told() {
    let desk = Desk::new();
    let first = desk.says("第一版");
    Following::of(desk.remote()).await.ends().await;
    // Connections are taken by the system, and nobody ever reads them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    for url in [format!("http://li:hunter2@{address}/book.git"), format!("git://{address}/book.git")] {
        let remote = Remote { url: Secret::new(url), time_limit: Duration::from_millis(500), ..desk.remote() };
        let mut following = Following::of(remote).await;
        let why = following.alarms().await;
        assert!(why.contains("did not end within") && !why.contains("hunter2"), "{why}");
        following.reaches(&first).await;
        following.ends().await;
    }
    assert!(!is_running(desk.0.path()), "a git was left behind");
}

/// Whether any process works on a path.
fn is_running(path: &Path) -> bool {
    let path = path.to_string_lossy().into_owned();
    let lines = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = lines.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| {
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with("git") && line.contains(&path)
    })
}

#[tokio::test]
async fn without_a_clone_a_dead_remote_stops_the_start() {
    let desk = Desk::new();
    let remote = Remote { url: Secret::new("https://li:hunter2@127.0.0.1:1/book.git"), ..desk.remote() };
    let error =
        Follower::open(Place::Git(remote), Corp::default(), Clock::System).await.err().expect("there is no book");
    let mut said = format!("{error:?}");
    said.push_str(&error.to_string());
    assert!(!said.contains("hunter2") && said.contains("https://127.0.0.1:1/book.git"), "{said}");
}

#[test]
fn a_password_in_the_address_is_kept_nowhere() {
    let (house, desk) = (House::new(), Desk::new());
    write(&desk.repository().join("campaigns"), "spring", "春天", "cron = \"0 9 * * MON\"");
    desk.commit("春季第一条");
    let at_home = desk.repository().to_string_lossy().into_owned();
    let service = house.service_with(&["--git", &at_home], house.address);
    service.logs_times("book loaded", 1);
    service.stop();
    // The clone is there; now the address is one with a password, and nobody answers.
    let mut command = house.command(&["run", "--log", "json", "--git", "http://li:hunter2-pa55@127.0.0.1:1/book.git"]);
    command.args(["--every", "1s"]).env("DRUMBEAT_LOG", "trace");
    let mut service = Service::start(command);
    service.logs("the failure", |event| event.to_string().contains("cannot be fetched"));
    service.signal("TERM");
    let (status, log) = service.ends();
    assert!(status.success());
    let secrets = ["hunter2-pa55".to_owned()];
    log.iter().for_each(|event| is_clean("the log", event.to_string().as_bytes(), &secrets));
    let mut looked_at = 0;
    for file in walkdir::WalkDir::new(house.dir.path()).into_iter().flatten().filter(|it| it.file_type().is_file()) {
        is_clean(&file.path().display().to_string(), &fs::read(file.path()).expect("a file"), &secrets);
        looked_at += 1;
    }
    assert!(looked_at > 5, "the store and the clone were looked at");
}

#[test]
fn a_run_knows_its_commit_with_author_and_subject() {
    let (house, desk) = (House::new(), Desk::new());
    write(&desk.repository().join("campaigns"), "spring", "春天", &in_seconds(8));
    let commit = desk.commit("春季第一条");
    let url = desk.repository().to_string_lossy().into_owned();
    let service = house.service_with(&["--git", &url, "--every", "1s"], house.address);
    service.logs_times("book loaded", 1);
    let run = house.run_in("spring", "created");
    assert_eq!(run["commit"], commit);
    let shown = house.says(&["show", run["run"].as_str().expect("a name")]);
    assert!(shown.contains(&commit) && shown.contains("t: 春季第一条"), "{shown}");
    service.stop();
}
