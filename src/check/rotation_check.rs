//! Turns `on` and `[rotation]` as written into a valid rotation, or into everything that is wrong with it.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::NaiveDate;

use super::schedule_check::{MAX_TIMES, date, rule_span};
use crate::book::{ParsedCampaign, Spanned};
use crate::campaign::{AfterLast, Order, Rotation};
use crate::schedule::{Schedule, When};

/// The result of checking `on` and `[rotation]`.
#[derive(Clone, Debug, Default)]
pub struct RotationCheck {
    pub rotation: Option<Rotation>,
    pub problems: Vec<RotationProblem>,
    /// The schedule, where it ends with the last content.
    pub(super) until_last: Option<Schedule>,
}

/// Something wrong with the order of the contents, at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct RotationProblem {
    pub span: Range<usize>,
    pub error: RotationError,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RotationError {
    /// A word that the key does not take.
    Word { key: &'static str, got: String, takes: &'static [&'static str] },
    /// An entry of `on` that is not a date.
    NotADate,
    /// An `on` without a date.
    NoDate,
    /// A date that another content has as well; `first` is its number and `there` the place.
    SameDate { date: NaiveDate, first: usize, there: Range<usize> },
    /// More contents than a file takes.
    TooMany,
    /// No content is left for other dates.
    NoTurns,
    /// A rule without the `start` that its firings are counted from.
    NoStart,
    /// `after_last = "stop"` ends the campaign before its first occurrence.
    NothingPosted,
}

const ORDERS: &[(&str, Order)] = &[("listed", Order::Listed), ("shuffled", Order::Shuffled)];
const AFTER_LAST: &[(&str, AfterLast)] = &[("repeat", AfterLast::Repeat), ("stop", AfterLast::Stop)];

/// Checks the order of a campaign's contents.
pub(super) fn check(parsed: &ParsedCampaign, schedule: Option<&Schedule>) -> RotationCheck {
    let mut problems = Vec::new();
    let mut problem = |span: &Range<usize>, error| problems.push(RotationProblem { span: span.clone(), error });

    if let Some(content) = parsed.contents.get(MAX_TIMES) {
        problem(&content.span, RotationError::TooMany);
    }
    let dates = dates(parsed, &mut problem);
    let written = parsed.rotation.as_deref();
    let order = written.and_then(|rotation| rotation.order.as_ref());
    let order =
        order.map_or(Some(Order::default()), |text| word("order", text, ORDERS, &["listed", "shuffled"], &mut problem));
    let after_last = written.and_then(|rotation| rotation.after_last.as_ref());
    let after_last = after_last.map_or(Some(AfterLast::default()), |text| {
        word("after_last", text, AFTER_LAST, &["repeat", "stop"], &mut problem)
    });
    let rotation = match (&parsed.contents[..], order, after_last) {
        ([], ..) | (_, None, _) | (_, _, None) => None,
        ([first, ..], Some(order), Some(after_last)) => {
            let rotation = Rotation::new(order, after_last, &dates);
            if rotation.is_none() {
                problem(first.on.as_ref().map_or(&first.span, |on| &on.span), RotationError::NoTurns);
            }
            rotation
        }
    };
    let mut until_last = None;
    if let (Some(rotation), Some(schedule)) = (&rotation, schedule)
        && rotation.needs_number()
    {
        let is_rule = schedule.spec().when.is_rule();
        if is_rule && schedule.spec().start.is_none() {
            let place = parsed.schedule.as_ref().map_or(0..0, rule_span);
            problem(&place, RotationError::NoStart);
        } else if rotation.after_last() == AfterLast::Stop {
            until_last = ended(schedule, rotation.turns().len());
            if until_last.is_none() {
                let place =
                    written.and_then(|rotation| rotation.after_last.as_ref()).map_or(0..0, |it| it.span.clone());
                problem(&place, RotationError::NothingPosted);
            }
        }
    }
    RotationCheck { rotation: rotation.filter(|_| problems.is_empty()), problems, until_last }
}

/// The dates of each content.
fn dates(parsed: &ParsedCampaign, problem: &mut impl FnMut(&Range<usize>, RotationError)) -> Vec<Vec<NaiveDate>> {
    let mut seen: BTreeMap<NaiveDate, (usize, Range<usize>)> = BTreeMap::new();
    let mut all = Vec::with_capacity(parsed.contents.len());
    for (n, content) in parsed.contents.iter().enumerate() {
        let mut dates = Vec::new();
        if let Some(on) = content.on.as_ref().filter(|on| on.is_empty())
            && parsed.is_sure(&content.path_of("on"))
        {
            problem(&on.span, RotationError::NoDate);
        }
        for entry in content.on.iter().flat_map(|on| &on.value) {
            let Some(date) = date(entry) else {
                problem(&entry.span, RotationError::NotADate);
                continue;
            };
            match seen.get(&date) {
                Some((first, there)) => {
                    problem(&entry.span, RotationError::SameDate { date, first: first + 1, there: there.clone() });
                }
                None => {
                    seen.insert(date, (n, entry.span.clone()));
                    dates.push(date);
                }
            }
        }
        all.push(dates);
    }
    all
}

fn word<T: Copy>(
    key: &'static str,
    written: &Spanned<String>,
    known: &[(&'static str, T)],
    takes: &'static [&'static str],
    problem: &mut impl FnMut(&Range<usize>, RotationError),
) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == written.value);
    if found.is_none() {
        problem(&written.span, RotationError::Word { key, got: written.value.clone(), takes });
    }
    found.map(|(_, value)| *value)
}

/// The schedule up to its nominal firing of this number, from 1; nothing where no occurrence is left.
fn ended(schedule: &Schedule, firings: usize) -> Option<Schedule> {
    let mut spec = schedule.spec().clone();
    match &mut spec.when {
        When::At(times) => times.truncate(firings),
        When::Cron { .. } | When::Lunar(_) => spec.last_firing = schedule.nominal_time(firings - 1),
    }
    Schedule::new(spec).ok()
}
