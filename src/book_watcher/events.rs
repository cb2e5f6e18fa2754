//! File events: they say that something changed, not what.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// File events of one book. Without a watcher (not supported, no handles left) only polling finds changes.
pub(super) struct Events {
    _watcher: Option<RecommendedWatcher>,
    changed: mpsc::Receiver<()>,
    /// Keeps the channel open without a watcher.
    _open: mpsc::Sender<()>,
}

impl Events {
    /// Watches a book: its tree, the links on the path to it, and its own name, which may point to another directory
    /// later.
    pub(super) fn of(book: &Path) -> Self {
        let (tell, changed) = mpsc::channel(1);
        let watcher = watcher(book, tell.clone());
        let watcher = watcher
            .inspect_err(|error| {
                tracing::warn!(why = %error, "file watching is unavailable; polling the book instead");
            })
            .ok();
        Self { _watcher: watcher, changed, _open: tell }
    }

    /// The next event. Never ends without file events.
    pub(super) async fn next(events: Option<&mut Self>) {
        match events {
            Some(events) => drop(events.changed.recv().await),
            None => std::future::pending().await,
        }
    }
}

fn watcher(book: &Path, tell: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let names = names_on_the_way(book);
    let top = fs::canonicalize(book).ok();
    let (watched_names, watched_top) = (names.clone(), top.clone());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let counts = match &event {
            // Reading the book is not a change.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
            Ok(event) if event.need_rescan() => true,
            Ok(event) => event.paths.iter().any(|path| {
                watched_names.contains(path) || watched_top.as_ref().is_some_and(|top| path.starts_with(top))
            }),
            Err(_) => true,
        };
        if counts {
            // A full channel already says that something changed.
            let _ = tell.try_send(());
        }
    })?;
    let parents: BTreeSet<&Path> = names.iter().filter_map(|name| name.parent()).collect();
    for parent in parents {
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
    }
    if let Some(top) = top {
        watcher.watch(&top, RecursiveMode::Recursive)?;
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
