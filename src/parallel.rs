//! The same work on many things, on all cores. Knows nothing of the work, and starts no thread that outlives it.

use std::num::NonZero;
use std::thread;

/// Below this many things, a thread costs more than it saves.
const WORTH: usize = 64;

/// Does `work` on each thing; the answers stand in the order of the things.
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(things.len() / WORTH);
    if cores <= 1 {
        return things.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let parts: Vec<_> = things
            .chunks(things.len().div_ceil(cores))
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}
