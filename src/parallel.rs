//! Maps a slice on all cores. No thread outlives the call.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Items of one batch. With fewer items than this per core, a thread costs more than it saves.
const BATCH_SIZE: usize = 16;

/// Applies `work` to each item; the results keep the order of the items.
///
/// # Panics
/// If `work` panics.
pub fn map<'t, T: Sync, R: Send>(things: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(things.len() / BATCH_SIZE);
    if cores <= 1 {
        return things.iter().map(work).collect();
    }
    let mut answers: Vec<Option<R>> = things.iter().map(|_| None).collect();
    // Each core takes the next batch when it has finished one: some items take longer, and a core may be busy.
    let parts = Mutex::new(things.chunks(BATCH_SIZE).zip(answers.chunks_mut(BATCH_SIZE)));
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        while let Some((things, answers)) = next() {
            for (thing, answer) in things.iter().zip(answers) {
                *answer = Some(work(thing));
            }
        }
    };
    thread::scope(|scope| {
        (1..cores).for_each(|_| drop(scope.spawn(take)));
        take();
    });
    answers.into_iter().map(|answer| answer.expect("every part was taken, and what was taken was done")).collect()
}
