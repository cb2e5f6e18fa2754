//! The metrics at `/metrics`, collected for each request.
//!
//! Labels come from closed sets only: never a campaign, a run or free text.

use std::fmt;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::background::TaskStatus;
use crate::engine::{EngineCounters, LATENESS_BUCKETS, StatusSnapshot};
use crate::run::State;

/// The media type of the answer.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that `/metrics` shows, at one instant.
#[derive(Clone, Debug)]
pub(super) struct MetricsCollector {
    pub(super) now: DateTime<Utc>,
    pub(super) snapshot: StatusSnapshot,
    pub(super) counters: EngineCounters,
    pub(super) ready: bool,
    pub(super) dropped: u64,
    pub(super) tasks: Vec<TaskStatus>,
}

/// The metrics in the OpenMetrics text format.
pub(super) fn text(metrics: MetricsCollector) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("drumbeat");
    registry.register_collector(Box::new(metrics));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for MetricsCollector {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let ended = |state: &State| self.counters.ended.get(state).copied().unwrap_or(0);
        let mut family = to.encode_descriptor(
            "occurrences",
            "Occurrences that ended since the start, by outcome",
            None,
            MetricType::Counter,
        )?;
        for state in State::ALL.iter().filter(|state| state.is_over()) {
            let labels = [("outcome", state.name())];
            ConstCounter::new(ended(state)).encode(family.encode_family(&labels)?)?;
        }
        let mut family = to.encode_descriptor("runs_open", "Open runs, by state", None, MetricType::Gauge)?;
        for state in State::ALL.iter().filter(|state| !state.is_over()) {
            let labels = [("state", state.name())];
            family.encode_family(&labels)?.encode_gauge(&count(self.snapshot.open.get(state).copied().unwrap_or(0)))?;
        }
        self.lateness(to.encode_descriptor(
            "lateness_seconds",
            "Delay of first requests after their due time",
            None,
            MetricType::Histogram,
        )?)?;
        let mut gauge = |name: &str, help: &str, value: f64| {
            ConstGauge::new(value).encode(to.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        let queue = self.snapshot.open.get(&State::Claimed).copied().unwrap_or(0);
        let (ready, needs_review) = (f64::from(u8::from(self.ready)), self.snapshot.needs_review as f64);
        gauge("ready", "1 while the service is ready, else 0", ready)?;
        gauge("queue_length", "Runs that wait to be sent", queue as f64)?;
        gauge("runs_needing_review", "Runs that only a person can settle", needs_review)?;
        gauge("campaigns_scheduled", "Campaigns with scheduled occurrences", self.snapshot.scheduled as f64)?;
        gauge("campaigns_held", "Campaigns on hold or with an invalid file", self.snapshot.held as f64)?;
        let uncommitted = self.snapshot.uncommitted as f64;
        gauge("campaigns_uncommitted", "Campaigns with changes that are not committed to git", uncommitted)?;
        // The former names, for one release.
        gauge("up_and_well", "Deprecated: use drumbeat_ready", ready)?;
        gauge("runs_waiting_for_person", "Deprecated: use drumbeat_runs_needing_review", needs_review)?;
        gauge("campaigns_armed", "Deprecated: use drumbeat_campaigns_scheduled", self.snapshot.scheduled as f64)?;
        if let Some(left) = self.snapshot.left {
            gauge("quota_left_minute", "Creations left of WeCom's limit for this minute", left.this_minute as f64)?;
            gauge("quota_left_month", "Creations left of WeCom's limit for this month", left.this_month as f64)?;
        }
        let moments = [
            ("next_due_timestamp_seconds", "When the next occurrence is due", self.snapshot.next_due),
            ("last_reload_timestamp_seconds", "When a book was last loaded", self.counters.loaded_at),
            ("last_fetch_timestamp_seconds", "When the book's source was last read", self.counters.fetched_at),
            ("last_round_timestamp_seconds", "When the engine's last round ended", self.snapshot.at),
        ];
        for (name, help, at) in moments {
            if let Some(at) = at {
                gauge(name, help, at.timestamp_millis() as f64 / 1000.0)?;
            }
        }
        gauge("time_seconds", "This machine's time", self.now.timestamp_millis() as f64 / 1000.0)?;
        gauge("fetch_failures", "Consecutive failures to read the book's source", self.counters.fetch_failures as f64)?;
        self.tasks(&mut to)?;
        let dropped = to.encode_descriptor(
            "notifications_dropped",
            "Notifications that could not be delivered",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(self.dropped).encode(dropped)
    }
}

impl MetricsCollector {
    /// The state of the background tasks.
    fn tasks(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "1 while a background task runs, else 0";
        let mut family = to.encode_descriptor("background_task_running", help, None, MetricType::Gauge)?;
        for status in &self.tasks {
            let labels = [("task", status.task.name)];
            family.encode_family(&labels)?.encode_gauge(&i64::from(status.is_running))?;
        }
        let help = "Failed passes of a background task since the start";
        let mut family = to.encode_descriptor("background_task_failures", help, None, MetricType::Counter)?;
        for status in &self.tasks {
            let labels = [("task", status.task.name)];
            ConstCounter::new(status.failures).encode(family.encode_family(&labels)?)?;
        }
        let help = "When a pass of a background task last succeeded";
        let name = "background_task_last_success_timestamp_seconds";
        let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (status, at) in self.tasks.iter().filter_map(|it| Some((it, it.last_success?))) {
            let labels = [("task", status.task.name)];
            family.encode_family(&labels)?.encode_gauge(&(at.timestamp_millis() as f64 / 1000.0))?;
        }
        Ok(())
    }

    fn lateness(&self, mut to: MetricEncoder<'_>) -> fmt::Result {
        let ends = LATENESS_BUCKETS.iter().map(|most| f64::from(*most)).chain([f64::INFINITY]);
        let classes: Vec<(f64, u64)> = ends.zip(self.counters.lateness).collect();
        let total = self.counters.lateness.iter().sum();
        to.encode_histogram::<NoLabelSet>(self.counters.lateness_sum, total, &classes, None)
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
