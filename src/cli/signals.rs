//! Ctrl-C and SIGTERM.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::output;
use crate::text::Text;

/// Signals within this time of the first are the same request to stop: `timeout`, for example, sends two.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// A token that is cancelled by the first SIGINT or SIGTERM. A later one ends the process at once.
pub(super) fn stop_on_signal() -> std::io::Result<CancellationToken> {
    stop_on_signal_saying(|| None)
}

/// The same; `last_words` are printed if the process is ended before it has stopped by itself.
pub(super) fn stop_on_signal_saying(
    last_words: impl Fn() -> Option<Text> + Send + 'static,
) -> std::io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let mut first: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first.get_or_insert_with(Instant::now).elapsed() > SAME_REQUEST {
                if let Some(words) = last_words() {
                    output::print_info(words);
                }
                std::process::exit(130);
            }
            told.cancel();
        }
    });
    Ok(stop)
}
