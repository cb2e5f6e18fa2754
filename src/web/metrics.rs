//! The numbers at `/metrics`, taken anew at each look.
//!
//! Labels come from closed sets only: no campaign, run or free text ever becomes one.

use std::fmt;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::engine::{EngineCounters, LATENESS_BUCKETS, StatusSnapshot};
use crate::run::State;

/// The media type of the answer.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is shown, at one instant.
#[derive(Clone, Debug)]
pub(super) struct MetricsCollector {
    pub(super) now: DateTime<Utc>,
    pub(super) beat: StatusSnapshot,
    pub(super) tally: EngineCounters,
    pub(super) ready: bool,
    pub(super) dropped: u64,
}

/// The numbers in the OpenMetrics text form.
pub(super) fn text(numbers: MetricsCollector) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("drumbeat");
    registry.register_collector(Box::new(numbers));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for MetricsCollector {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let ended = |state: &State| self.tally.ended.get(state).copied().unwrap_or(0);
        let mut family = to.encode_descriptor(
            "occurrences",
            "Occurrences that came to their end since the start, by outcome",
            None,
            MetricType::Counter,
        )?;
        for state in State::ALL.iter().filter(|state| state.is_over()) {
            let labels = [("outcome", state.name())];
            ConstCounter::new(ended(state)).encode(family.encode_family(&labels)?)?;
        }
        let mut family =
            to.encode_descriptor("runs_open", "Runs that are not over, by state", None, MetricType::Gauge)?;
        for state in State::ALL.iter().filter(|state| !state.is_over()) {
            let labels = [("state", state.name())];
            family.encode_family(&labels)?.encode_gauge(&count(self.beat.open.get(state).copied().unwrap_or(0)))?;
        }
        self.lateness(to.encode_descriptor(
            "lateness_seconds",
            "How long after their due time first requests left",
            None,
            MetricType::Histogram,
        )?)?;
        let mut gauge = |name: &str, help: &str, value: f64| {
            ConstGauge::new(value).encode(to.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        let queue = self.beat.open.get(&State::Claimed).copied().unwrap_or(0);
        gauge("up_and_well", "1 while the service is ready, else 0", f64::from(u8::from(self.ready)))?;
        gauge("queue_length", "Runs that wait to be sent", queue as f64)?;
        gauge("runs_waiting_for_person", "Runs that only a person can settle", self.beat.needs_review as f64)?;
        gauge("campaigns_armed", "Campaigns whose occurrences are awaited", self.beat.scheduled as f64)?;
        gauge("campaigns_held", "Campaigns on hold or with a broken file", self.beat.held as f64)?;
        if let Some(left) = self.beat.left {
            gauge("quota_left_minute", "Creations that WeCom's limit of this minute leaves", left.this_minute as f64)?;
            gauge("quota_left_month", "Creations that WeCom's limit of this month leaves", left.this_month as f64)?;
        }
        let moments = [
            ("next_due_timestamp_seconds", "When the next occurrence is due", self.beat.next_due),
            ("last_reload_timestamp_seconds", "When a book was last taken up", self.tally.loaded_at),
            ("last_fetch_timestamp_seconds", "When the book's source was last read", self.tally.fetched_at),
            ("last_round_timestamp_seconds", "When the engine last looked at what is due", self.beat.at),
        ];
        for (name, help, at) in moments {
            if let Some(at) = at {
                gauge(name, help, at.timestamp_millis() as f64 / 1000.0)?;
            }
        }
        gauge("time_seconds", "What time it is here", self.now.timestamp_millis() as f64 / 1000.0)?;
        gauge("fetch_failures", "Failures to read the book's source in a row", self.tally.fetch_failures as f64)?;
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
    fn lateness(&self, mut to: MetricEncoder<'_>) -> fmt::Result {
        let ends = LATENESS_BUCKETS.iter().map(|most| f64::from(*most)).chain([f64::INFINITY]);
        let classes: Vec<(f64, u64)> = ends.zip(self.tally.lateness).collect();
        let total = self.tally.lateness.iter().sum();
        to.encode_histogram::<NoLabelSet>(self.tally.lateness_sum, total, &classes, None)
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
