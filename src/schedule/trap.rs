//! Rules that are sound and probably not what their writer meant.

use std::fmt;
use std::ops::Range;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::cron_text::CronText;
use super::fault::Part;
use super::field::{Field, Item, Nth, Read, Shape};
use super::names;
use super::occurrences::{Rule, Schedule};
use super::spec::{Bound, Days, When};
use super::words::list;
use super::zones::{self, ZoneTrap};

/// Something to warn of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    pub part: Part,
    /// Bytes of the text of that part; None: the whole part.
    pub span: Option<Range<usize>>,
    pub kind: TrapKind,
}

/// Every such rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrapKind {
    /// `*/45`: the step starts again with each hour, month, …, so that the last gap differs.
    UnevenStep { field: Field, step: u16, values: Vec<u16> },
    /// A day that some of the rule's months do not have.
    MissingDay { day: u16, months: Vec<u16> },
    /// 29 February.
    LeapDay,
    /// A fifth Monday, which most months do not have.
    FifthWeekday { day: &'static str },
    /// `day_match` where at most one of the day fields says something.
    NoDayMatch,
    /// A name such as `EST`, which has no summer time, or is not what it seems.
    ZoneAbbreviation { name: &'static str, meant: &'static str },
    /// `Etc/GMT-8` is ahead of UTC.
    ZoneSign { name: &'static str, ahead: i32 },
    /// An `end` at midnight lets in nothing of that day but its first second.
    EndAtMidnight { date: NaiveDate },
    /// A date of `skip` on which nothing happens anyway.
    SkipsNothing { date: NaiveDate },
    /// `days` reaches past what the calendar knows; later occurrences are held.
    PastHorizon { calendar: String, days: Days, horizon: Option<NaiveDate> },
}

impl Schedule {
    /// What is allowed but probably not meant.
    pub fn traps(&self) -> Vec<Trap> {
        let mut traps = Vec::new();
        if let (Rule::Cron(crontab), When::Cron { day_match, .. }) = (self.rule(), &self.spec().when) {
            of_text(&crontab.text, &mut traps);
            if day_match.is_some() && !crontab.text.names_both_days() {
                traps.push(Trap { part: Part::DayMatch, span: None, kind: TrapKind::NoDayMatch });
            }
        }
        let name = self.zone().name();
        let kind = zones::trap(self.zone()).map(|trap| match trap {
            ZoneTrap::Abbreviation { meant } => TrapKind::ZoneAbbreviation { name, meant },
            ZoneTrap::Sign { ahead } => TrapKind::ZoneSign { name, ahead },
        });
        traps.extend(kind.map(|kind| Trap { part: Part::Timezone, span: Some(0..name.len()), kind }));
        if let Some(Bound::Time(end)) = self.spec().end
            && end.time() == NaiveTime::MIN
        {
            traps.push(Trap { part: Part::End, span: None, kind: TrapKind::EndAtMidnight { date: end.date() } });
        }
        self.of_skip(&mut traps);
        self.of_days(&mut traps);
        traps
    }

    fn of_skip(&self, traps: &mut Vec<Trap>) {
        let spec = self.spec();
        if spec.skip.is_empty() {
            return;
        }
        let mut open = spec.clone();
        open.skip.clear();
        open.max_runs = None;
        // Without `skip` there is more to fire, not less: what was sound stays so.
        let Ok(open) = Self::new(open) else { return };
        for (index, &date) in spec.skip.iter().enumerate() {
            let before = date.and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
            if open.next_named(before).is_none_or(|next| next.date() > date) {
                let kind = TrapKind::SkipsNothing { date };
                traps.push(Trap { part: Part::Skip(index), span: None, kind });
            }
        }
    }

    fn of_days(&self, traps: &mut Vec<Trap>) {
        let (days, calendar) = (self.spec().days, self.calendar());
        let horizon = calendar.horizon();
        let after = horizon.and_then(|horizon| horizon.succ_opt()).unwrap_or_default();
        let reaches = days != Days::Any
            && self
                .next_named(after.and_time(NaiveTime::MIN) - TimeDelta::seconds(1))
                .is_some_and(|next| calendar.counts(next.date(), days).is_none());
        if reaches {
            let kind = TrapKind::PastHorizon { calendar: calendar.name().to_owned(), days, horizon };
            traps.push(Trap { part: Part::Days, span: None, kind });
        }
    }
}

fn of_text(text: &CronText, traps: &mut Vec<Trap>) {
    let mut push = |item: &Item, kind| traps.push(Trap { part: Part::Cron, span: Some(item.span.clone()), kind });
    for read in text.fields() {
        for item in &read.items {
            if let Some(step) = uneven(item.shape, read.field)
                // Within one hour a step of minutes never starts again.
                && !(read.field == Field::Minute && text.hour.one().is_some())
            {
                push(item, TrapKind::UnevenStep { field: read.field, step, values: item.shape.values(read.field) });
            }
        }
    }
    for item in &text.day.items {
        if let Shape::One(day @ 29..=31) = item.shape
            && let Some(kind) = missing_day(day, &text.month)
        {
            push(item, kind);
        }
    }
    for item in &text.weekday.items {
        if let Shape::Nth(day, Nth::From(5)) = item.shape {
            push(item, TrapKind::FifthWeekday { day: names::weekday(day) });
        }
    }
}

/// The step of an item that starts again before it has gone round.
fn uneven(shape: Shape, field: Field) -> Option<u16> {
    let step = match shape {
        Shape::Every(step) => step,
        Shape::From(from, step) if from - field.least() < step => step,
        _ => return None,
    };
    let whole: u16 = match field {
        Field::Second | Field::Minute => 60,
        Field::Hour => 24,
        Field::Month => 12,
        Field::Weekday => 7,
        // Months differ in length, so that no step but 1 goes round in all of them.
        Field::DayOfMonth => return (step > 1).then_some(step),
        Field::Year => return None,
    };
    (!whole.is_multiple_of(step)).then_some(step)
}

fn missing_day(day: u16, months: &Read) -> Option<TrapKind> {
    let missing = |month: &u16| match month {
        2 => true,
        4 | 6 | 9 | 11 => day == 31,
        _ => false,
    };
    let months = months.values();
    if day == 29 && months == [2] {
        return Some(TrapKind::LeapDay);
    }
    let without: Vec<u16> = months.iter().copied().filter(missing).collect();
    // Where every month lacks it, the rule never fires by this item, which is a fault of another kind.
    (!without.is_empty() && without.len() < months.len()).then_some(TrapKind::MissingDay { day, months: without })
}

impl Trap {
    /// The next act, where there is one to name.
    pub fn help(&self) -> Option<String> {
        Some(match &self.kind {
            TrapKind::UnevenStep { field: Field::DayOfMonth, .. } => "name the days that are meant".to_owned(),
            TrapKind::UnevenStep { field: Field::Weekday, .. } => "name the weekdays, as in `MON,WED,FRI`".to_owned(),
            TrapKind::UnevenStep { field, .. } => {
                let whole = if matches!(field, Field::Second | Field::Minute) { 60 } else { 24 };
                let whole = if *field == Field::Month { 12 } else { whole };
                format!("take a step that divides {whole}, or name the {}s that are meant", field.name())
            }
            TrapKind::MissingDay { .. } => "`L` is the last day of every month".to_owned(),
            TrapKind::LeapDay => "`L 2` is the last day of every February".to_owned(),
            TrapKind::FifthWeekday { day } => {
                format!("`{}#L` is the last {day} of every month", day[..3].to_ascii_uppercase())
            }
            TrapKind::NoDayMatch => "remove it".to_owned(),
            TrapKind::ZoneAbbreviation { meant, .. } => format!("write `{meant}` if that is meant"),
            TrapKind::ZoneSign { ahead: 8, .. } => "write `Asia/Shanghai`".to_owned(),
            TrapKind::ZoneSign { .. } => "name a place, such as `Europe/Berlin`".to_owned(),
            TrapKind::EndAtMidnight { date } => format!("write `end = {date}` to let in that whole day"),
            TrapKind::SkipsNothing { .. } => "check the date, or remove it".to_owned(),
            TrapKind::PastHorizon { .. } => {
                "set an `end`, or add the coming year to the calendar when it is published".to_owned()
            }
        })
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TrapKind::UnevenStep { field: Field::DayOfMonth, step, .. } => {
                write!(f, "a step of {step} starts again on the 1st of every month")
            }
            TrapKind::UnevenStep { field: Field::Weekday, values, .. } => {
                let days: Vec<&str> = values.iter().map(|&day| names::weekday(day)).collect();
                write!(f, "this step of weekdays is uneven: {}", list(&days))
            }
            TrapKind::UnevenStep { field, step, values } => {
                let values: Vec<String> = values.iter().map(u16::to_string).collect();
                write!(f, "a step of {step} is uneven: {field} {}, and then from the start again", list(&values))
            }
            TrapKind::MissingDay { day, months } => {
                let months: Vec<&str> = months.iter().map(|&month| names::month(month)).collect();
                write!(f, "there is no day {day} in {}", list(&months))
            }
            TrapKind::LeapDay => f.write_str("29 February exists in leap years only"),
            TrapKind::FifthWeekday { day } => write!(f, "most months have no fifth {day}"),
            TrapKind::NoDayMatch => f.write_str("`day_match` decides nothing: only one of the day fields is set"),
            TrapKind::ZoneAbbreviation { name, .. } => {
                write!(f, "`{name}` is an abbreviation, which does not say whose clocks are meant")
            }
            TrapKind::ZoneSign { name, ahead } => {
                let side = if *ahead > 0 { "ahead of" } else { "behind" };
                write!(f, "`{name}` is {} hours {side} UTC, against its sign", ahead.abs())
            }
            TrapKind::EndAtMidnight { date } => {
                write!(f, "an `end` at 00:00 leaves out all of {date} but its first second")
            }
            TrapKind::SkipsNothing { date } => write!(f, "{date} is skipped, and nothing would happen on it anyway"),
            TrapKind::PastHorizon { calendar, horizon: Some(horizon), .. } => {
                write!(f, "the calendar `{calendar}` ends on {horizon}: later occurrences are held")
            }
            TrapKind::PastHorizon { calendar, .. } => {
                write!(f, "the calendar `{calendar}` knows no year: occurrences are held")
            }
        }
    }
}
