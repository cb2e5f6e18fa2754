//! Delivers notifications to a sink: in order, batched, within its rate limit, and with retries.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Failure, HttpSink, Notification};
use crate::background::TaskReport;
use crate::ids::CorpName;

/// Notifications that may wait before new ones are dropped.
const QUEUE_CAPACITY: usize = 1_000;
const MINUTE: Duration = Duration::from_secs(60);

/// When deliveries are batched and retried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// How long the first notification of a batch waits for more.
    pub batch_window: Duration,
    /// The first pause after a failure; each later one is twice as long.
    pub first_retry: Duration,
    pub longest_retry: Duration,
    /// Tries of one message before it is dropped.
    pub tries: u32,
    /// Time limit for the rest of the queue when the service stops.
    pub drain_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            batch_window: Duration::from_secs(2),
            first_retry: Duration::from_secs(5),
            longest_retry: Duration::from_secs(300),
            tries: 10,
            drain_timeout: Duration::from_secs(4),
        }
    }
}

/// A queue of notifications. Clones share it.
#[derive(Clone, Debug)]
pub struct DeliveryQueue {
    notifications: mpsc::Sender<Notification>,
    dropped: Arc<AtomicU64>,
    /// The corp of several that its notifications name.
    corp: Option<CorpName>,
}

impl DeliveryQueue {
    /// A queue and the worker that delivers from it. `dropped` counts notifications that were not delivered.
    pub fn new(sink: HttpSink, policy: RetryPolicy, dropped: Arc<AtomicU64>) -> (Self, DeliveryWorker) {
        let (sender, notifications) = mpsc::channel(QUEUE_CAPACITY);
        let worker = DeliveryWorker {
            sink,
            policy,
            dropped: Arc::clone(&dropped),
            notifications,
            waiting: VecDeque::new(),
            sent: VecDeque::new(),
        };
        (Self { notifications: sender, dropped, corp: None }, worker)
    }

    /// The same queue, for one corp of several: each notification names it.
    #[must_use]
    pub fn for_corp(self, corp: Option<CorpName>) -> Self {
        Self { corp, ..self }
    }

    /// Adds a notification. Never waits: a full queue drops it.
    pub fn enqueue(&self, notification: Notification) {
        let notification = match &self.corp {
            Some(corp) => notification.of_corp(corp),
            None => notification,
        };
        if let Err(error) = self.notifications.try_send(notification) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            let notification = error.into_inner();
            tracing::warn!(event = notification.event, %notification, "a notification was dropped: the queue is full");
        }
    }
}

/// Delivers the notifications of the queue.
#[derive(Debug)]
pub struct DeliveryWorker {
    sink: HttpSink,
    policy: RetryPolicy,
    dropped: Arc<AtomicU64>,
    notifications: mpsc::Receiver<Notification>,
    waiting: VecDeque<Notification>,
    /// When the messages of the last minute were sent.
    sent: VecDeque<Instant>,
}

impl DeliveryWorker {
    /// Delivers until `stop`, then tries once more to deliver the rest.
    pub async fn run(mut self, report: TaskReport, stop: CancellationToken) {
        tokio::select! {
            () = self.work(&report) => {}
            () = stop.cancelled() => {}
        }
        let drain_timeout = self.policy.drain_timeout;
        if tokio::time::timeout(drain_timeout, self.drain()).await.is_err() || !self.waiting.is_empty() {
            self.give_up(self.waiting.len(), "the service stopped");
        }
    }

    /// Delivers until every sender of the queue is gone.
    async fn work(&mut self, report: &TaskReport) {
        while let Some(notification) = self.notifications.recv().await {
            self.waiting.push_back(notification);
            tokio::time::sleep(self.policy.batch_window).await;
            let mut tries = 0;
            while !self.waiting.is_empty() {
                self.take_in();
                self.wait_for_rate_limit().await;
                let delivered = self.deliver().await;
                report.pass(delivered.is_ok());
                tries = match delivered {
                    Ok(()) => 0,
                    Err(Failure::Retryable { after, why }) if tries + 1 < self.policy.tries => {
                        let pause = self.policy.first_retry * 2u32.saturating_pow(tries.min(16));
                        let pause = pause.min(self.policy.longest_retry).max(after);
                        tracing::warn!(sink = self.sink.name(), why, retry_in = ?pause, "a notification was not delivered");
                        tokio::time::sleep(pause).await;
                        tries + 1
                    }
                    Err(failure) => {
                        // No more tries: the next notification starts with the first pause.
                        self.give_up(1, &failure.to_string());
                        0
                    }
                };
            }
        }
    }

    /// Tries once to deliver everything that is left.
    async fn drain(&mut self) {
        self.take_in();
        while !self.waiting.is_empty() && self.deliver().await.is_ok() {}
    }

    async fn deliver(&mut self) -> Result<(), Failure> {
        self.sent.push_back(Instant::now());
        let notifications = self.waiting.make_contiguous();
        let taken = self.sink.deliver(notifications).await?;
        self.waiting.drain(..taken.max(1));
        Ok(())
    }

    fn take_in(&mut self) {
        while self.waiting.len() < QUEUE_CAPACITY
            && let Ok(notification) = self.notifications.try_recv()
        {
            self.waiting.push_back(notification);
        }
    }

    /// Waits until another message is allowed.
    async fn wait_for_rate_limit(&mut self) {
        let now = Instant::now();
        while self.sent.front().is_some_and(|at| now - *at >= MINUTE) {
            self.sent.pop_front();
        }
        if self.sent.len() >= self.sink.per_minute()
            && let Some(first) = self.sent.front()
        {
            tokio::time::sleep(MINUTE - (now - *first)).await;
            self.take_in();
        }
    }

    fn give_up(&mut self, count: usize, why: &str) {
        for notification in self.waiting.drain(..count) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::error!(event = notification.event, %notification, why, "a notification was dropped");
        }
    }
}
