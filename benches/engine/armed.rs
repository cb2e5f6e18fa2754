//! Cold start, memory and idle processor time with many scheduled campaigns.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drumbeat::background::TaskReport;
use drumbeat::book::Corp;
use drumbeat::book_watcher::{BookLocation, BookWatcher};
use drumbeat::clock::Clock;
use drumbeat::engine::{Engine, EngineContext, EngineStatus, StopCondition};
use drumbeat::sandbox::{Company, Sandbox};
use drumbeat::settings::POLL_INTERVAL;
use drumbeat::store::{Address, Store};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::harness::{Over, settings, wecom, write_book};

/// The argument that starts this program as the measured process.
pub(super) const ALONE: &str = "--armed";

/// Measures them in a separate process, so that the figures contain nothing else.
pub(super) fn armed(campaigns: usize, quick: bool) {
    let directory = tempfile::tempdir().expect("a directory");
    write_book(directory.path(), campaigns, |_| None);
    let itself = std::env::current_exe().expect("this program");
    let window = if quick { "1" } else { "60" };
    let status = std::process::Command::new(itself)
        .args([ALONE, window])
        .arg(directory.path())
        .status()
        .expect("it can be started once more");
    assert!(status.success());
}

/// The measured process: the parts of the service, combined as in `drumbeat run`.
pub(super) fn run_scheduled(window: u64, directory: &Path) {
    let store = tempfile::tempdir().expect("a directory");
    let before = resident();
    let started = Instant::now();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&Address::Sqlite(store.path().join("db"))).expect("a store");
        let place = BookLocation::Directory { book: directory.to_owned(), poll: POLL_INTERVAL, events: true, edit_delay: Duration::ZERO };
        let (watcher, book) = BookWatcher::open(place, Corp::default(), Clock::System, EngineStatus::default()).await.expect("a book");
        let read = started.elapsed();
        let campaigns = book.campaigns.len();
        let sandbox = Arc::new(Mutex::new(Sandbox::new(Company::chunfeng())));
        let stop = CancellationToken::new();
        let context = EngineContext {
            clock: Clock::System,
            store,
            wecom: wecom(Over::Nothing, &sandbox, &Arc::default(), &stop).await,
            source: Arc::new(book.source.clone()),
            settings: settings(),
            status: EngineStatus::default(),
        };
        let status = context.status.clone();
        let (books, watching) = watch::channel(Arc::clone(&book));
        let engine = Engine::start(context, book, StopCondition::OnRequest).await.expect("an engine");
        let ready = started.elapsed();
        let (_again, asks) = mpsc::channel(1);
        let following = tokio::spawn(watcher.run(books, asks, TaskReport::unlisted(), stop.clone()));
        let engine = tokio::spawn(engine.run(watching, stop.clone()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let busy = processor_time();
        tokio::time::sleep(Duration::from_secs(window)).await;
        let busy = processor_time() - busy;
        let (standing, highest) = (resident(), memory("VmHWM:"));
        // One file of the book changes, and the book is loaded while the former one is active.
        let loaded_at = status.counters().loaded_at;
        let file = directory.join("d0/c0.toml");
        let text = std::fs::read_to_string(&file).expect("a file of the book");
        std::fs::write(&file, text.replace("新品", "上新")).expect("written");
        let (changed, mut taken_up) = (Instant::now(), Duration::ZERO);
        while status.counters().loaded_at == loaded_at {
            assert!(changed.elapsed() < Duration::from_secs(60), "the change was not taken up");
            tokio::time::sleep(Duration::from_millis(5)).await;
            taken_up = changed.elapsed();
        }
        // The allocator returns freed memory to the system within seconds.
        tokio::time::sleep(Duration::from_secs(window / 2)).await;
        println!(
            "{campaigns} armed: {:.2} s to read and check the files, {:.2} s to the first round; {standing:.1} MB resident \
             ({highest:.1} MB at most; {before:.1} MB before the book), {:.1} MB after a change that was active {:.2} s \
             later; {:.3} % of a core over {window} s idle",
            read.as_secs_f64(),
            ready.as_secs_f64(),
            resident(),
            taken_up.as_secs_f64(),
            busy.as_secs_f64() * 100.0 / window as f64,
        );
        stop.cancel();
        following.await.expect("no panic");
        engine.await.expect("no panic").expect("a good end");
    });
}

/// Resident memory in MB; NaN if the kernel does not report it.
fn resident() -> f64 {
    memory("VmRSS:")
}

fn memory(line: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = text.split(line).nth(1).and_then(|rest| rest.split_whitespace().next());
    number.and_then(|kibibytes| kibibytes.parse::<f64>().ok()).map_or(f64::NAN, |kibibytes| kibibytes * 1024.0 / 1e6)
}

/// The processor time of this process, on all cores.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("not negative"),
        u32::try_from(time.tv_nsec).expect("below a second"),
    )
}
