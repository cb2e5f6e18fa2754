//! The metrics at `/metrics`, collected for each request.
//!
//! Labels come from closed sets only: never a campaign, a run or free text. With several corps, each sample of one has its
//! name as a label; a single account has no such label.

use std::fmt;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::{CorpState, Monitored, WebState};
use crate::background::TaskStatus;
use crate::engine::{EngineCounters, LATENESS_BUCKETS, StatusSnapshot};
use crate::ids::CorpName;
use crate::run::State;

/// The media type of the answer.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that `/metrics` shows, at one instant.
#[derive(Debug)]
struct MetricsCollector {
    now: DateTime<Utc>,
    parts: Vec<Part>,
    /// The number of corps in each state, if there are several.
    corps: Option<[(&'static str, i64); 4]>,
    /// The tasks of the process, and of each corp.
    tasks: Vec<(Option<CorpName>, TaskStatus)>,
}

/// One account, or one corp of several.
#[derive(Debug)]
struct Part {
    corp: Option<CorpName>,
    ready: bool,
    waiting: bool,
    /// `None`: it does not run.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    snapshot: StatusSnapshot,
    counters: EngineCounters,
    dropped: u64,
}

impl Running {
    fn of(state: &WebState) -> Self {
        let (snapshot, counters) = (state.status.snapshot(), state.status.counters());
        Self { snapshot, counters, dropped: state.dropped.load(Ordering::Relaxed) }
    }

    fn open(&self, state: State) -> usize {
        self.snapshot.open.get(&state).copied().unwrap_or(0)
    }
}

impl MetricsCollector {
    fn of(monitored: &Monitored) -> Self {
        let now = monitored.clock.now();
        let mut tasks: Vec<_> = monitored.tasks.statuses().into_iter().map(|status| (None, status)).collect();
        let (mut parts, mut counts) = (Vec::new(), [("starting", 0), ("waiting", 0), ("running", 0), ("failed", 0)]);
        for (corp, state) in monitored.corps.states() {
            counts.iter_mut().filter(|(known, _)| *known == state.name()).for_each(|(_, count)| *count += 1);
            let (ready, waiting) = (state.works(), matches!(state, CorpState::Waiting(_)));
            let running = if let CorpState::Running(state) = &state {
                tasks.extend(state.tasks.statuses().into_iter().map(|status| (corp.clone(), status)));
                Some(Running::of(state))
            } else {
                None
            };
            parts.push(Part { corp, ready, waiting, running });
        }
        Self { now, parts, corps: (!monitored.corps.is_account()).then_some(counts), tasks }
    }

    /// The parts that run, with the labels of each.
    fn running(&self) -> impl Iterator<Item = (&Running, Labels<'_>)> {
        self.parts.iter().filter_map(|part| Some((part.running.as_ref()?, corp_label(part.corp.as_ref()))))
    }
}

/// A gauge of each part: its name, its help and its value.
type Gauge<T> = (&'static str, &'static str, fn(&Running) -> T);

type Labels<'a> = Vec<(&'static str, &'a str)>;

/// The label of a corp of several; none for a single account.
fn corp_label(corp: Option<&CorpName>) -> Labels<'_> {
    corp.map(|name| ("corp", name.as_str())).into_iter().collect()
}

/// The labels with one more.
fn and<'a>(mut labels: Labels<'a>, name: &'static str, value: &'a str) -> Labels<'a> {
    labels.push((name, value));
    labels
}

/// Writes one sample of a family. One without labels has no braces.
fn sample(
    family: &mut MetricEncoder<'_>,
    labels: &Labels<'_>,
    write: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() { write(family) } else { write(&mut family.encode_family(labels)?) }
}

fn counter(family: &mut MetricEncoder<'_>, labels: &Labels<'_>, value: u64) -> fmt::Result {
    sample(family, labels, |to| to.encode_counter::<NoLabelSet, u64, f64>(&value, None))
}

fn gauge(family: &mut MetricEncoder<'_>, labels: &Labels<'_>, value: f64) -> fmt::Result {
    sample(family, labels, |to| to.encode_gauge(&value))
}

/// Writes a family of gauges, unless it has no sample.
fn gauges<'a>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl Iterator<Item = (Labels<'a>, f64)>,
) -> fmt::Result {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    values.try_for_each(|(labels, value)| gauge(&mut family, &labels, value))
}

/// The metrics in the OpenMetrics text format.
pub(super) fn text(monitored: &Monitored) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("drumbeat");
    registry.register_collector(Box::new(MetricsCollector::of(monitored)));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for MetricsCollector {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        self.runs(&mut to)?;
        self.status(&mut to)?;
        self.times(&mut to)?;
        if let Some(corps) = &self.corps {
            let help = "Corps of the service, by whether they run";
            let values = corps.iter().map(|(state, count)| (vec![("state", *state)], *count as f64));
            gauges(&mut to, "corps", help, values)?;
        }
        self.background_tasks(&mut to)?;
        let help = "Reminders of members who had not posted a moment, by outcome";
        let mut family = to.encode_descriptor("reminders", help, None, MetricType::Counter)?;
        for (part, labels) in self.running() {
            let (sent, not_sent) = part.counters.nudges;
            for (outcome, count) in [("sent", sent), ("not_sent", not_sent)] {
                counter(&mut family, &and(labels.clone(), "outcome", outcome), count)?;
            }
        }
        let help = "Notifications that could not be delivered";
        let mut family = to.encode_descriptor("notifications_dropped", help, None, MetricType::Counter)?;
        self.running().try_for_each(|(part, labels)| counter(&mut family, &labels, part.dropped))
    }
}

impl MetricsCollector {
    fn runs(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Occurrences that ended since the start, by outcome";
        let mut family = to.encode_descriptor("occurrences", help, None, MetricType::Counter)?;
        for (part, labels) in self.running() {
            for state in State::ALL.iter().filter(|state| state.is_over()) {
                let ended = part.counters.ended.get(state).copied().unwrap_or(0);
                counter(&mut family, &and(labels.clone(), "outcome", state.name()), ended)?;
            }
        }
        let mut family = to.encode_descriptor("runs_open", "Open runs, by state", None, MetricType::Gauge)?;
        for (part, labels) in self.running() {
            for state in State::ALL.iter().filter(|state| !state.is_over()) {
                let open = i64::try_from(part.open(*state)).unwrap_or(i64::MAX);
                let labels = and(labels.clone(), "state", state.name());
                sample(&mut family, &labels, |to| to.encode_gauge(&open))?;
            }
        }
        let help = "Delay of first requests after their due time";
        let mut family = to.encode_descriptor("lateness_seconds", help, None, MetricType::Histogram)?;
        for (Running { counters, .. }, labels) in self.running() {
            let ends = LATENESS_BUCKETS.iter().map(|most| f64::from(*most)).chain([f64::INFINITY]);
            let classes: Vec<(f64, u64)> = ends.zip(counters.lateness).collect();
            let total = counters.lateness.iter().sum();
            sample(&mut family, &labels, |to| {
                to.encode_histogram::<NoLabelSet>(counters.lateness_sum, total, &classes, None)
            })?;
        }
        Ok(())
    }

    fn status(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let of_parts = |is: fn(&Part) -> bool| {
            let parts = self.parts.iter();
            parts.map(move |part| (corp_label(part.corp.as_ref()), f64::from(u8::from(is(part)))))
        };
        gauges(to, "ready", "1 while this service works and is ready, else 0", of_parts(|part| part.ready))?;
        let help = "1 while another service works and this one waits, else 0";
        gauges(to, "waiting", help, of_parts(|part| part.waiting))?;
        let counts: [Gauge<f64>; 5] = [
            ("queue_length", "Runs that wait to be sent", |it| it.open(State::Claimed) as f64),
            ("runs_needing_review", "Runs that only a person can settle", |it| it.snapshot.needs_review as f64),
            ("campaigns_scheduled", "Campaigns with scheduled occurrences", |it| it.snapshot.scheduled as f64),
            ("campaigns_held", "Campaigns on hold or with an invalid file", |it| it.snapshot.held as f64),
            ("campaigns_uncommitted", "Campaigns with changes that are not committed to git", |it| {
                it.snapshot.uncommitted as f64
            }),
        ];
        for (name, help, value) in counts {
            gauges(to, name, help, self.running().map(|(part, labels)| (labels, value(part))))?;
        }
        // The former names, for one release.
        gauges(to, "up_and_well", "Deprecated: use drumbeat_ready", of_parts(|part| part.ready))?;
        let former: [Gauge<f64>; 2] = [
            ("runs_waiting_for_person", "Deprecated: use drumbeat_runs_needing_review", |it| {
                it.snapshot.needs_review as f64
            }),
            ("campaigns_armed", "Deprecated: use drumbeat_campaigns_scheduled", |it| it.snapshot.scheduled as f64),
        ];
        for (name, help, value) in former {
            gauges(to, name, help, self.running().map(|(part, labels)| (labels, value(part))))?;
        }
        let left: [Gauge<Option<usize>>; 2] = [
            ("quota_left_minute", "Creations left of WeCom's limit for this minute", |it| {
                Some(it.snapshot.left?.this_minute)
            }),
            ("quota_left_month", "Creations left of WeCom's limit for this month", |it| {
                Some(it.snapshot.left?.this_month)
            }),
        ];
        for (name, help, value) in left {
            gauges(to, name, help, self.running().filter_map(|(it, labels)| Some((labels, value(it)? as f64))))?;
        }
        Ok(())
    }

    fn times(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let moments: [Gauge<Option<DateTime<Utc>>>; 4] = [
            ("next_due_timestamp_seconds", "When the next occurrence is due", |it| it.snapshot.next_due),
            ("last_reload_timestamp_seconds", "When a book was last loaded", |it| it.counters.loaded_at),
            ("last_fetch_timestamp_seconds", "When the book's source was last read", |it| it.counters.fetched_at),
            ("last_round_timestamp_seconds", "When the engine's last round ended", |it| it.snapshot.at),
        ];
        for (name, help, at) in moments {
            let times = self.running().filter_map(|(part, labels)| Some((labels, seconds(at(part)?))));
            gauges(to, name, help, times)?;
        }
        let now = std::iter::once((Labels::new(), seconds(self.now)));
        gauges(to, "time_seconds", "This machine's time", now)?;
        let failures = self.running().map(|(part, labels)| (labels, part.counters.fetch_failures as f64));
        gauges(to, "fetch_failures", "Consecutive failures to read the book's source", failures)
    }

    /// The state of the background tasks.
    fn background_tasks(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let labelled = || {
            let tasks = self.tasks.iter();
            tasks.map(|(corp, status)| (and(corp_label(corp.as_ref()), "task", status.task.name), status))
        };
        let help = "1 while a background task runs, else 0";
        let mut family = to.encode_descriptor("background_task_running", help, None, MetricType::Gauge)?;
        for (labels, status) in labelled() {
            sample(&mut family, &labels, |to| to.encode_gauge(&i64::from(status.is_running)))?;
        }
        let help = "Failed passes of a background task since the start";
        let mut family = to.encode_descriptor("background_task_failures", help, None, MetricType::Counter)?;
        for (labels, status) in labelled() {
            counter(&mut family, &labels, status.failures)?;
        }
        let help = "When a pass of a background task last succeeded";
        let name = "background_task_last_success_timestamp_seconds";
        gauges(to, name, help, labelled().filter_map(|(labels, it)| Some((labels, seconds(it.last_success?)))))
    }
}

fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
