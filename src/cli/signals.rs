//! Ctrl-C and SIGTERM.

use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::output;
use crate::text::Text;

/// Further signals within this time count as the same request: `timeout`, for example, sends two.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// A token that the first SIGINT or SIGTERM cancels. A later one ends the process immediately.
pub(super) fn stop_on_signal() -> std::io::Result<CancellationToken> {
    stop_on_signal_saying(|| None)
}

/// The same; prints `final_message` if a later signal ends the process.
pub(super) fn stop_on_signal_saying(
    final_message: impl Fn() -> Option<Text> + Send + 'static,
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
                if let Some(words) = final_message() {
                    output::print_info(words);
                }
                std::process::exit(130);
            }
            told.cancel();
        }
    });
    Ok(stop)
}
