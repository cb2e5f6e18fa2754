//! File events: they say that something changed, not what.
//!
//! All corps with one book share one watcher of it. Reading a book makes events too: a watcher for each corp would be woken
//! by the reads of all others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;
use tokio::time::Instant;

/// The newest watcher of each book, by its path.
static WATCHERS: Mutex<BTreeMap<PathBuf, Weak<SharedWatcher>>> = Mutex::new(BTreeMap::new());

/// File events of one book.
pub(super) struct Events {
    _watcher: Arc<SharedWatcher>,
    changed: watch::Receiver<()>,
}

/// Watches a book for everyone who reads it. Without a watcher of the system (not supported, no handles left) only polling
/// finds changes.
struct SharedWatcher {
    _watcher: Option<RecommendedWatcher>,
    /// Keeps the channel open without a watcher.
    changed: watch::Sender<()>,
    watched: Watched,
    made_at: Instant,
}

/// What is watched of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Watched {
    /// The paths whose replacement can redirect it.
    names: BTreeSet<PathBuf>,
    /// Its directory: path, device and inode.
    top: Option<(PathBuf, u64, u64)>,
}

impl Events {
    /// Watches a book: its tree, the links on the path to it, and its own name, which may point to another directory
    /// later. A watcher that was made before `since` is not used: directories inside may have changed.
    pub(super) fn of(book: &Path, since: Option<Instant>) -> Self {
        let watched = Watched::of(book);
        let known = watchers().get(book).and_then(Weak::upgrade);
        let known = known.filter(|known| known.watched == watched && since.is_none_or(|since| known.made_at >= since));
        // Without the lock: a disk may hang, and other books must not wait for it.
        let watcher = known.unwrap_or_else(|| {
            let made = Arc::new(SharedWatcher::new(watched));
            let mut all = watchers();
            all.retain(|_, watcher| watcher.strong_count() > 0);
            all.insert(book.to_owned(), Arc::downgrade(&made));
            made
        });
        Self { changed: watcher.changed.subscribe(), _watcher: watcher }
    }

    /// The next event. Never ends without file events.
    pub(super) async fn next(events: Option<&mut Self>) {
        match events {
            // The watcher keeps the channel open.
            Some(events) => drop(events.changed.changed().await),
            None => std::future::pending().await,
        }
    }
}

fn watchers() -> MutexGuard<'static, BTreeMap<PathBuf, Weak<SharedWatcher>>> {
    WATCHERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedWatcher {
    fn new(watched: Watched) -> Self {
        let (made_at, changed) = (Instant::now(), watch::Sender::new(()));
        let watcher = watcher(&watched, changed.clone());
        let watcher = watcher
            .inspect_err(|error| {
                tracing::warn!(why = %error, "file watching is unavailable; polling the book instead");
            })
            .ok();
        Self { _watcher: watcher, changed, watched, made_at }
    }
}

impl Watched {
    fn of(book: &Path) -> Self {
        let top = fs::canonicalize(book).ok().and_then(|top| {
            let about = fs::metadata(&top).ok()?;
            Some((top, about.dev(), about.ino()))
        });
        Self { names: names_on_the_way(book), top }
    }

    /// Whether a path is of the book.
    fn has(&self, path: &Path) -> bool {
        self.names.contains(path) || self.top.as_ref().is_some_and(|(top, ..)| path.starts_with(top))
    }
}

fn watcher(watched: &Watched, changed: watch::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let of_book = watched.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let counts = match &event {
            // Reading the book is not a change.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
            Ok(event) if event.need_rescan() => true,
            Ok(event) => event.paths.iter().any(|path| of_book.has(path)),
            Err(_) => true,
        };
        if counts {
            changed.send_replace(());
        }
    })?;
    let parents: BTreeSet<&Path> = watched.names.iter().filter_map(|name| name.parent()).collect();
    for parent in parents {
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
    }
    if let Some((top, ..)) = &watched.top {
        watcher.watch(top, RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}

/// The paths whose replacement can redirect the book: its own, and every link on the way.
fn names_on_the_way(book: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    let Ok(mut book) = std::path::absolute(book) else { return names };
    // Linux follows this many links in a row.
    for _ in 0..40 {
        names.insert(book.clone());
        let link = book.ancestors().find(|path| fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink()));
        let Some(link) = link.map(Path::to_owned) else { break };
        let Ok(target) = fs::read_link(&link) else { break };
        names.insert(link.clone());
        let below = book.strip_prefix(&link).map(Path::to_owned).unwrap_or_default();
        let base = link.parent().unwrap_or(Path::new("/"));
        book = base.join(target).join(below);
    }
    names.retain(|name| name.parent().is_some_and(Path::is_dir));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corps_with_one_book_share_its_watcher() {
        let directory = tempfile::tempdir().expect("a directory");
        let book = directory.path().join("book");
        fs::create_dir(&book).expect("a directory");
        let [mut one, two] = [(); 2].map(|()| Events::of(&book, None));
        assert!(Arc::ptr_eq(&one._watcher, &two._watcher));
        let newer = Events::of(&book, Some(Instant::now() + std::time::Duration::from_secs(1)));
        assert!(!Arc::ptr_eq(&one._watcher, &newer._watcher), "directories inside may have changed");
        // Each of them sees each change.
        fs::write(book.join("a.toml"), "").expect("written");
        while !one.changed.has_changed().expect("it is open") || !two.changed.has_changed().expect("it is open") {}
        one.changed.mark_unchanged();
        // Another directory at the same path needs another watcher.
        fs::rename(&book, directory.path().join("former")).expect("renamed");
        fs::create_dir(&book).expect("a directory");
        let other = Events::of(&book, None);
        assert!(!Arc::ptr_eq(&newer._watcher, &other._watcher));
    }
}
