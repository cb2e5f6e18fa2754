//! The same work on many things, on all cores. Knows nothing of the work, and starts no thread that outlives it.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Below this many things, a thread costs more than it saves.
const WORTH: usize = 16;

/// Does `work` on each thing; the answers stand in the order of the things.
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(things.len() / WORTH);
    if cores <= 1 {
        return things.iter().map(work).collect();
    }
    let mut answers: Vec<Option<R>> = things.iter().map(|_| None).collect();
    // Each core takes the next part when it is done with one: some things take longer, and a core may be busy elsewhere.
    let parts = Mutex::new(things.chunks(WORTH).zip(answers.chunks_mut(WORTH)));
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        while let Some((things, answers)) = next() {
            for (thing, answer) in things.iter().zip(answers) {
                *answer = Some(work(thing));
            }
        }
    };
    // A panic of one is a panic of all.
    thread::scope(|scope| {
        (1..cores).for_each(|_| drop(scope.spawn(take)));
        take();
    });
    answers.into_iter().map(|answer| answer.expect("every part was taken, and what was taken was done")).collect()
}
