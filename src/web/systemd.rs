//! Tells systemd how the service is: ready, alive, stopping. Does nothing where no systemd listens.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::WebState;
use crate::background::TaskReport;

/// How often the engine is looked at until it is ready.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);

/// Says READY when the engine is, WATCHDOG as long as it goes round, and STOPPING when it is told to stop.
pub async fn notify_systemd(state: WebState, report: TaskReport, stop: CancellationToken) {
    // Half of what systemd allows, as its manual advises.
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
        tracing::debug!(%error, "systemd was not told");
    }
}
