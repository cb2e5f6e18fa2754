//! A valid schedule and its occurrences.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Days};
use super::cron::field_kind::YEARS;
use super::error::{Never, Part, ScheduleError, ScheduleErrorKind};
use super::moves::{MovedTime, Target, next_moved};
use super::occurrence::{Fold, Occurrence};
use super::rule::Rule;
use super::spec::{Bound, Skip, Spec};
use super::validate::{
    check_bounds, check_every, check_max_runs, check_on_day_off, check_skip, outside, uncertainty, unknown,
};
use super::weeks::WeekCycle;
use super::zone::civil::{self, LocalResolution, last_second};
use super::zone::zone;

const SECOND: TimeDelta = TimeDelta::seconds(1);
/// Before every local time of a schedule.
const EVER: NaiveDateTime = DateTime::UNIX_EPOCH.naive_utc();
/// Most known dates of unpublished years that the search for an unknown one passes.
const MAX_KNOWN_DATES: usize = 1_000;

/// A valid schedule: it has at least one occurrence, at some time.
///
/// It is stored and read as its [`Spec`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Spec", into = "Spec")]
pub struct Schedule {
    spec: Spec,
    zone: Tz,
    calendar: Calendar,
    /// The ranges of `skip`: ascending, disjoint, both ends included.
    skip: Vec<(NaiveDate, NaiveDate)>,
    rule: Rule,
    /// The last occurrence within `max_runs`.
    last: Option<DateTime<Utc>>,
}

/// The occurrences of a range of time, ascending. See [`Schedule::between`].
#[derive(Clone, Debug)]
pub struct Between<'a> {
    schedule: &'a Schedule,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// The latest local time shown up to the last occurrence, cached for schedules of fixed times.
    furthest: Option<NaiveDateTime>,
}

impl Schedule {
    /// Checks and compiles a spec.
    ///
    /// # Errors
    /// All errors, at least one.
    pub fn new(spec: Spec) -> Result<Self, Vec<ScheduleError>> {
        match Self::build(spec) {
            (Some(schedule), errors) if errors.is_empty() => Ok(schedule),
            (_, mut errors) => {
                errors.sort_by_key(|error| error.part);
                Err(errors)
            }
        }
    }

    /// The schedule and all errors. A error of the spec alone prevents the schedule; one that depends on zone data or a
    /// calendar does not.
    fn build(spec: Spec) -> (Option<Self>, Vec<ScheduleError>) {
        let mut errors = Vec::new();
        let calendar = spec.calendar.clone().unwrap_or_else(Calendar::china);
        let zone =
            zone(&spec.timezone).map_err(|error| ScheduleError::new(Part::Timezone, ScheduleErrorKind::Zone(error)));
        let zone = zone.map_err(|error| errors.push(error)).ok();
        check_bounds(&spec, &mut errors);
        check_skip(&spec, &mut errors);
        check_max_runs(&spec, &mut errors);
        let rule = Rule::read(&spec, &calendar, zone, &mut errors);
        let text =
            rule.as_ref().and_then(|rule| if let Rule::Cron(crontab) = rule { Some(&crontab.text) } else { None });
        check_every(&spec, text, &mut errors);
        check_on_day_off(&spec, text, &mut errors);
        let lasting = errors.iter().any(|error| !error.kind.depends_on_tzdata());
        let (Some(zone), Some(rule), false) = (zone, rule, lasting) else { return (None, errors) };
        let mut schedule = Self::of_parts(spec, zone, calendar, rule, None);
        errors.extend(schedule.check_ever());
        schedule.last = schedule.spec.max_runs.and_then(|max| {
            let all = schedule.between(schedule.beginning(), DateTime::<Utc>::MAX_UTC);
            all.take(max as usize).last().map(|last| last.at)
        });
        (Some(schedule), errors)
    }

    /// The schedule of validated parts.
    pub(super) fn of_parts(spec: Spec, zone: Tz, calendar: Calendar, rule: Rule, last: Option<DateTime<Utc>>) -> Self {
        let skip = Skip::ranges(&spec.skip);
        Self { spec, zone, calendar, skip, rule, last }
    }

    /// The first occurrence strictly after an instant.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<Occurrence> {
        let occurrence = match &self.rule {
            Rule::At(times) => times.iter().find(|occurrence| occurrence.at > after).cloned(),
            Rule::Cron(_) | Rule::Lunar(_) => {
                let after = whole_seconds(after)?;
                if self.is_fixed() {
                    self.next_fixed(civil::furthest(self.zone, after)).map(|(occurrence, _)| occurrence)
                } else {
                    self.next_real(after)
                }
            }
        }?;
        self.is_let_through(&occurrence).then_some(occurrence)
    }

    /// The last time of a list of times.
    pub fn last_listed(&self) -> Option<&Occurrence> {
        match &self.rule {
            Rule::At(times) => times.last(),
            Rule::Cron(_) | Rule::Lunar(_) => None,
        }
    }

    /// All occurrences in `(from, to]`: `from` itself is left out, `to` is in.
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Between<'_> {
        Between { schedule: self, from, to, furthest: None }
    }

    /// The first occurrence after an instant of which the calendar does not know whether it counts.
    pub fn first_unknown_after(&self, after: DateTime<Utc>) -> Option<Occurrence> {
        if !self.asks_calendar() {
            return None;
        }
        let mut next = self.next_after(after)?;
        // Single dates of an unpublished year may be known: each of them takes one step.
        for _ in 0..MAX_KNOWN_DATES {
            if next.doubt.is_some() {
                return Some(next);
            }
            let date = civil::to_local(self.zone, next.at).date();
            let unpublished = self.calendar.unpublished_from(date)?;
            let from = civil::reached(self.zone, unpublished.and_time(NaiveTime::MIN)) - SECOND;
            next = self.next_after(from.max(next.at))?;
        }
        None
    }

    /// Whether occurrences may go out on another day than the rule names.
    pub fn has_moves(&self) -> bool {
        let names_workday = matches!(&self.rule, Rule::Cron(crontab) if crontab.text.names_workday());
        names_workday || self.spec.on_day_off.is_some()
    }

    /// The day to which a named date moves; none if there is no workday near.
    pub(crate) fn target(&self, named: NaiveDate) -> Option<Target> {
        match (self.spec.on_day_off, &self.rule) {
            (Some(on_day_off), _) => on_day_off.target(named, &self.calendar),
            (None, Rule::Cron(crontab)) => crontab.target(named),
            (None, Rule::At(_) | Rule::Lunar(_)) => Some(Target { date: named, unknown: None }),
        }
    }

    /// The local time at which an occurrence is due, even if clocks skip it.
    pub(crate) fn shown_time(&self, occurrence: &Occurrence) -> NaiveDateTime {
        let target = self.has_moves().then(|| self.target(occurrence.local.date())).flatten();
        target.map_or(occurrence.local, |target| target.date.and_time(occurrence.local.time()))
    }

    /// Whether `skip` or `days` excludes a day.
    pub(crate) fn leaves_out(&self, date: NaiveDate) -> bool {
        self.skipped_to(date).is_some() || self.calendar.counts(date, self.spec.days) == Some(false)
    }

    /// Whether the calendar decides on which days something goes out.
    pub(crate) fn asks_calendar(&self) -> bool {
        self.spec.days != Days::Any || self.has_moves()
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The spec that it was made of.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The calendar that says which days count.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The last occurrence within `max_runs`.
    pub(crate) fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// Whether there is no occurrence after an instant.
    pub fn ended_by(&self, now: DateTime<Utc>) -> bool {
        self.next_after(now).is_none()
    }

    /// The largest number of occurrences on one local day, by the rule alone.
    pub fn fires_most_per_day(&self) -> u32 {
        let most = match &self.rule {
            Rule::Cron(crontab) => crontab.times_a_day(),
            Rule::Lunar(lunar) => lunar.times_a_day(),
            Rule::At(times) => {
                let mut dates: Vec<NaiveDate> = times.iter().map(|time| time.local.date()).collect();
                dates.sort_unstable();
                dates.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0)
            }
        };
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.spec.max_runs.map_or(most, |max| most.min(max))
    }

    /// The first slot after a local time, without regard to clock changes.
    pub(crate) fn next_shown(&self, after: NaiveDateTime) -> Option<MovedTime> {
        match &self.rule {
            Rule::Cron(_) | Rule::Lunar(_) => self.next_slot(after),
            Rule::At(times) => times.iter().find(|time| time.local > after).map(|time| MovedTime::unmoved(time.local)),
        }
    }

    /// The slot at a local time, without regard to clock changes.
    pub(crate) fn shown_at(&self, local: NaiveDateTime) -> Option<MovedTime> {
        self.next_shown(local - SECOND).filter(|slot| slot.shown == local)
    }

    /// Whether this is a fixed-time schedule (fires once per local time) and not an interval schedule (`*/30`).
    fn is_fixed(&self) -> bool {
        match &self.rule {
            Rule::Cron(crontab) => !crontab.text.follows_real_time(),
            Rule::Lunar(_) => true,
            Rule::At(_) => false,
        }
    }

    fn is_let_through(&self, occurrence: &Occurrence) -> bool {
        self.last.is_none_or(|last| occurrence.at <= last)
    }

    /// The next occurrence of a schedule of fixed times: once a slot, at the first instant at which clocks reach it.
    /// Takes
    /// and returns the latest local time that clocks have shown.
    fn next_fixed(&self, furthest: NaiveDateTime) -> Option<(Occurrence, NaiveDateTime)> {
        let slot = self.next_slot(furthest)?;
        let (slot, at, shown) = match civil::resolve(self.zone, slot.shown) {
            LocalResolution::Once(at) | LocalResolution::Twice(at, _) => (slot, at, slot.shown),
            // All slots in one gap have one instant. A slot at the end of the gap has it too, and gives its name.
            LocalResolution::Never(change) => (self.shown_at(change.to).unwrap_or(slot), change.at, change.to),
        };
        Some((self.occurrence(slot, Fold::First, at), shown))
    }

    /// The next occurrence of a schedule that follows real time: each time clocks show one of its times.
    fn next_real(&self, after: DateTime<Utc>) -> Option<Occurrence> {
        let mut from = after;
        let mut offset = civil::offset(self.zone, from);
        let mut seek = from.naive_utc() + offset;
        loop {
            let slot = self.next_slot(seek);
            let candidate = slot.map(|slot| (slot.shown - offset).and_utc());
            let near = from + TimeDelta::hours(25);
            let horizon = candidate.map_or(near, |at| at.min(near));
            if let Some(change) = civil::change_from(self.zone, from, offset, horizon) {
                // Clocks may be put back over times that have matched: look again from where they come out.
                (from, offset, seek) = (change.at, change.to - change.at.naive_utc(), change.to - SECOND);
                continue;
            }
            let (slot, candidate) = (slot?, candidate?);
            let shown = civil::resolve(self.zone, slot.shown);
            let at = match shown {
                // The local time exists once or twice near this instant; take the one with the current offset.
                LocalResolution::Once(_) | LocalResolution::Twice(..) if candidate <= near => candidate,
                LocalResolution::Once(at) | LocalResolution::Twice(at, _) => at,
                // This local time is in a gap: clocks never show it.
                LocalResolution::Never(change) => {
                    (from, offset, seek) = (change.at, change.to - change.at.naive_utc(), change.to - SECOND);
                    continue;
                }
            };
            let second = matches!(shown, LocalResolution::Twice(_, second) if second == at);
            return Some(self.occurrence(slot, if second { Fold::Second } else { Fold::First }, at));
        }
    }

    fn occurrence(&self, slot: MovedTime, fold: Fold, at: DateTime<Utc>) -> Occurrence {
        let doubt = match slot.unknown {
            Some(date) => Some(unknown(&self.calendar, Days::Workday, date)),
            None => uncertainty(&self.calendar, self.spec.days, slot.shown.date()),
        };
        Occurrence { local: slot.nominal, fold, at, doubt }
    }

    /// The first slot of a rule after a local time, between its bounds and on days that count.
    fn next_slot(&self, after: NaiveDateTime) -> Option<MovedTime> {
        if self.has_moves() {
            let target = |named| self.target(named).filter(|target| !self.leaves_out(target.date));
            return next_moved(
                after,
                |after| self.next_nominal(after),
                target,
                |slot| self.is_within_bounds(slot.shown),
            );
        }
        let mut after = after;
        loop {
            let named = self.next_nominal(after)?;
            if self.calendar.counts(named.date(), self.spec.days) != Some(false) {
                return Some(MovedTime::unmoved(named));
            }
            after = last_second(named.date());
        }
    }

    /// The first local time after another that the rule names between its bounds and outside of `skip`, without regard to
    /// the calendar.
    pub(super) fn next_nominal(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let mut after = after;
        loop {
            let named = self.next_named(after)?;
            // A range is passed in one step, however long it is.
            let Some(last) = self.skipped_to(named.date()) else { return Some(named) };
            after = last_second(last);
        }
    }

    /// The first nominal firing after a local time: a time that the rule names between its bounds.
    pub(super) fn next_named(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let after = self.spec.start.map_or(after, |start| after.max(start.opens() - SECOND));
        self.next_of_rule(after).filter(|named| {
            self.spec.end.is_none_or(|end| *named <= end.closes())
                && self.spec.last_firing.is_none_or(|last| *named <= last)
        })
    }

    /// The first local time after another that a rule names in a week that counts.
    pub(super) fn next_of_rule(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let mut after = after;
        loop {
            let named = match &self.rule {
                Rule::Cron(crontab) => crontab.next(after)?,
                Rule::Lunar(lunar) => lunar.next(after)?,
                Rule::At(_) => return None,
            };
            let Some(idle) = self.weeks().and_then(|weeks| weeks.idle_until(named.date())) else { return Some(named) };
            after = last_second(idle);
        }
    }

    /// Whether a local time lies between `start` and `end`.
    pub(super) fn is_within_bounds(&self, local: NaiveDateTime) -> bool {
        self.spec.start.is_none_or(|start| start.opens() <= local)
            && self.spec.end.is_none_or(|end| local <= end.closes())
    }

    /// The weeks that count; none if all do.
    pub(crate) fn weeks(&self) -> Option<WeekCycle> {
        Some(WeekCycle::new(self.spec.start?.date(), self.spec.every_weeks?))
    }

    /// The last date of the skipped range that contains a date.
    pub(super) fn skipped_to(&self, date: NaiveDate) -> Option<NaiveDate> {
        let begun = self.skip.partition_point(|(from, _)| *from <= date);
        self.skip[..begun].last().map(|(_, to)| *to).filter(|to| date <= *to)
    }

    /// An instant before everything.
    pub(crate) fn beginning(&self) -> DateTime<Utc> {
        let start = self.spec.start.map_or(NaiveDateTime::default(), Bound::opens);
        start.and_utc() - TimeDelta::hours(50)
    }

    /// The first named date after a local time, if it moves to a day outside of `start` and `end` or in `skip`.
    fn moved_outside(&self, after: NaiveDateTime) -> Option<Never> {
        let named = self.next_nominal(after)?;
        let to = self.target(named.date())?.date.and_time(named.time());
        let by = outside(&self.spec, &self.calendar, to).filter(|_| to != named)?;
        Some(Never::MovedOutside { named: named.date(), to, by })
    }

    fn check_ever(&self) -> Option<ScheduleError> {
        let (part, month_end, first_ever) = match &self.rule {
            Rule::Cron(crontab) => (Part::Cron, crontab.text.asks_past_month_end(), crontab.next(EVER)),
            Rule::Lunar(lunar) => (Part::Lunar(0), false, lunar.next(EVER)),
            Rule::At(_) => return None,
        };
        if self.next_after(self.beginning()).is_some() {
            return None;
        }
        let opens = self.spec.start.map_or(EVER, |start| start.opens() - SECOND);
        let first = self.next_of_rule(opens);
        let why = if first_ever.is_none() {
            Never::NoSuchDate { month_end }
        } else if first.is_none_or(|first| self.spec.end.is_some_and(|end| first > end.closes())) {
            Never::OutsideBounds { first }
        } else if self.next_slot(EVER).is_none() {
            self.moved_outside(opens).unwrap_or(Never::LeftOut { days: self.spec.days })
        } else {
            Never::InGapsOnly
        };
        Some(ScheduleError::new(part, ScheduleErrorKind::Never { why }))
    }
}

impl Iterator for Between<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        let occurrence = match self.furthest {
            None => self.schedule.next_after(self.from)?,
            Some(furthest) => {
                let (occurrence, furthest) = self.schedule.next_fixed(furthest)?;
                self.furthest = Some(furthest);
                self.schedule.is_let_through(&occurrence).then_some(occurrence)?
            }
        };
        if occurrence.at > self.to {
            return None;
        }
        self.from = occurrence.at;
        if self.furthest.is_none() && self.schedule.is_fixed() {
            self.furthest = Some(civil::to_local(self.schedule.zone, self.from));
        }
        Some(occurrence)
    }
}

/// Schedules are equal when their specs are.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for Schedule {}

impl std::iter::FusedIterator for Between<'_> {}

/// Reads a schedule back that was valid when it was stored, even if zone data or calendars have changed since: a time
/// that
/// is now in a gap fires at its end, and a day that no longer counts is left out.
impl TryFrom<Spec> for Schedule {
    type Error = ScheduleError;

    fn try_from(spec: Spec) -> Result<Self, ScheduleError> {
        match Self::build(spec) {
            (Some(schedule), _) => Ok(schedule),
            (None, mut errors) => Err(errors.swap_remove(0)),
        }
    }
}

impl From<Schedule> for Spec {
    fn from(schedule: Schedule) -> Self {
        schedule.spec
    }
}

/// Truncates to seconds, and to the years that schedules know. None after the last year.
fn whole_seconds(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if at.year() > YEARS.end() + 1 {
        return None;
    }
    if at.year() < YEARS.start() - 1 {
        return Some(DateTime::UNIX_EPOCH - TimeDelta::days(2));
    }
    at.with_nanosecond(0)
}
