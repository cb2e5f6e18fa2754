//! Notifies systemd that the service is ready, alive or stopping. Does nothing without systemd.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::WebState;
use crate::background::TaskReport;

/// Interval between two checks until the engine is ready.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Sends READY when the engine is ready, WATCHDOG while it makes progress, and STOPPING at the stop.
pub async fn notify_systemd(state: WebState, report: TaskReport, stop: CancellationToken) {
    // Half of the interval that systemd sets, as its manual advises.
    let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 2);
    let mut ready = false;
    while !stop.is_cancelled() {
        let now = state.clock.now();
        if !ready && state.trouble().is_none() {
            ready = true;
            say(&[NotifyState::Ready]);
        }
        if watchdog.is_some() && (!ready || state.status.stalled(now).is_none()) {
            say(&[NotifyState::Watchdog]);
        }
        report.pass(true);
        let pause = if ready { watchdog.unwrap_or(Duration::from_secs(3600)) } else { CHECK_INTERVAL };
        tokio::select! {
            () = stop.cancelled() => {}
            () = state.clock.sleep(pause) => {}
        }
    }
    say(&[NotifyState::Stopping]);
}

fn say(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "failed to notify systemd");
    }
}
