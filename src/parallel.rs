//! The same work on many things, on all cores. Knows nothing of the work, and starts no thread that outlives it.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Below this many things, a thread costs more than it saves.
const WORTH: usize = 16;

/// Does `work` on each thing; the answers stand in the order of the things.
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(things.len() / WORTH);
    if cores <= 1 {
        return things.iter().map(work).collect();
    }
    // Each core takes the next part when it is done with one: some things take longer, and a core may be busy elsewhere.
    let parts: Vec<&'t [T]> = things.chunks(WORTH).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some((n, part)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, parts.get(n)?))) {
            done.push((n, part.iter().map(&work).collect::<Vec<R>>()));
        }
        done
    };
    let mut done: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(n, _)| *n);
    let mut answers = Vec::with_capacity(things.len());
    done.into_iter().for_each(|(_, part)| answers.extend(part));
    answers
}
