//! Calls an address while the service is ready. A monitor at that address alerts people when the calls stop.

use std::time::Duration;

use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;

use super::http_sink::{answer_of, client, read_url};
use super::{BadUrl, Failure};
use crate::background::TaskReport;
use crate::secret::Secret;

/// The address of a dead man's switch.
pub struct Heartbeat {
    url: Url,
    client: Client,
    every: Duration,
}

impl Heartbeat {
    /// `every`: the time between two pings.
    ///
    /// # Errors
    /// The address is not an HTTPS URL (HTTP for this machine), or TLS cannot be set up.
    pub fn new(secret: &Secret, every: Duration) -> Result<Self, BadUrl> {
        let url = read_url(secret)?;
        Ok(Self { client: client(&url)?, url, every })
    }

    /// Calls the address while `is_well`, until `stop`.
    pub async fn run(self, is_well: impl Fn() -> bool, report: TaskReport, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            if is_well() {
                let delivered = self.send().await;
                report.pass(delivered.is_ok());
                match delivered {
                    Ok(()) => failing = false,
                    Err(failure) if !failing => {
                        failing = true;
                        tracing::warn!(why = %failure, "the heartbeat was not delivered; retrying");
                    }
                    Err(_) => {}
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    async fn send(&self) -> Result<(), Failure> {
        answer_of(self.client.get(self.url.clone())).await.map(drop)
    }
}
