//! Notifies systemd that the service is ready, alive or stopping. Does nothing without systemd.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::Monitored;
use crate::background::TaskReport;

/// Interval between two checks until the engine is ready.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Sends READY when the engine is ready or the service waits for another one, WATCHDOG while it makes progress, STATUS with
/// what it does, and STOPPING at the stop.
pub async fn notify_systemd(state: Monitored, report: TaskReport, stop: CancellationToken) {
    // Half of the interval that systemd sets, as its manual advises.
    let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 2);
    let mut changes = state.corps.subscribe();
    let (mut ready, mut told) = (false, String::new());
    while !stop.is_cancelled() {
        if !ready && state.has_started() {
            ready = true;
            say(&[NotifyState::Ready]);
        }
        let summary = state.summary();
        if summary != told {
            say(&[NotifyState::Status(&summary)]);
            told = summary;
        }
        if watchdog.is_some() && (!ready || state.stalled().is_none()) {
            say(&[NotifyState::Watchdog]);
        }
        report.pass(true);
        let pause = if ready { watchdog.unwrap_or(Duration::from_secs(3600)) } else { CHECK_INTERVAL };
        tokio::select! {
            () = stop.cancelled() => {}
            () = state.clock.sleep(pause) => {}
            Ok(()) = changes.changed() => {}
        }
    }
    say(&[NotifyState::Stopping]);
}

fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "failed to notify systemd");
    }
}
