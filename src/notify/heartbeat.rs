//! Calls an address while all is well, so that somebody else notices when the calls stay away.

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
    pub fn new(secret: &Secret, every: Duration) -> Result<Self, BadUrl> {
        let url = read_url(secret)?;
        Ok(Self { client: client(&url)?, url, every })
    }

    /// Calls it as long as `is_well` says so, until `stop`.
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
                        tracing::warn!(why = %failure, "the heartbeat was not delivered; it goes on being tried");
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
