//! What to write instead: a text for a stretch of a schedule, from which the help of a finding is made.
//!
//! A proposal is applied as it stands: by a person who copies it, by `check --fix`, by an editor. So a cron text is only
//! proposed where the whole text is taken with it.

use std::ops::Range;

use super::cron_text;
use super::dialect::Here;
use super::fault::{Fault, FaultKind, Part};
use super::field::Field;
use super::names;
use super::spec::{Spec, When};
use super::trap::{ScheduleWarning, WarningKind};

/// A text to write instead of what stands in a part of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub part: Part,
    /// Bytes of the text of that part; None: the whole part.
    pub span: Option<Range<usize>>,
    /// A cron text or a zone without its quotes; a date or time as TOML has it.
    pub text: String,
    /// Keys to write beside it, with their values.
    pub also: Vec<(&'static str, String)>,
}

/// Rounds in which the faults of a text are replaced until it is taken.
const ROUNDS: usize = 4;
/// The most values that are written out in the place of a step.
const MAX_VALUES: usize = 12;

impl Fault {
    /// What to write instead, where that is certain. `spec` is what the fault was found in.
    pub fn proposal(&self, spec: &Spec) -> Option<Proposal> {
        match (self.part, &spec.when) {
            (Part::Cron, When::Cron { text, .. }) => {
                if let FaultKind::OtherForm(other) = &self.kind {
                    let Here { cron, timezone, days, is_example, .. } = other.here.clone()?;
                    if is_example {
                        return None;
                    }
                    let beside = [("timezone", timezone), ("days", days)];
                    let also = beside.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))).collect();
                    return Some(Proposal { part: Part::Cron, span: None, text: cron, also });
                }
                let item = replacement(text, self.span.as_ref(), &self.kind)?;
                // One of several faults is replaced alone; what is not right by itself needs the whole text.
                let (span, text) = match (item.span, settled(text)) {
                    (_, Some(whole)) if applied(text, &self.span, &item.text).as_deref() != Some(&*whole) => {
                        (None, whole)
                    }
                    (span, Some(_)) => (span, item.text),
                    (_, None) => return None,
                };
                Some(Proposal { part: Part::Cron, span, text, also: Vec::new() })
            }
            (Part::Timezone, _) => {
                let FaultKind::Zone(fault) = &self.kind else { return None };
                let text = fault.suggestion?.to_owned();
                Some(Proposal { part: Part::Timezone, span: None, text, also: Vec::new() })
            }
            (Part::At(n), _) => {
                let FaultKind::AtInGap { resumes, .. } = &self.kind else { return None };
                let text = resumes.format("%Y-%m-%dT%H:%M:%S").to_string();
                Some(Proposal { part: Part::At(n), span: None, text, also: Vec::new() })
            }
            _ => None,
        }
    }
}

impl ScheduleWarning {
    /// What to write instead, where that is certain.
    pub fn proposal(&self, spec: &Spec) -> Option<Proposal> {
        let text = match &self.kind {
            WarningKind::UnevenStep { field: Field::DayOfMonth, .. } => return None,
            WarningKind::UnevenStep { field, values, .. } if values.len() <= MAX_VALUES => {
                let name =
                    |value: &u16| if *field == Field::Weekday { names::short(*value) } else { value.to_string() };
                values.iter().map(name).collect::<Vec<_>>().join(",")
            }
            WarningKind::MissingDay { day: 31, .. } | WarningKind::LeapDay => "L".to_owned(),
            WarningKind::FifthWeekday { day } => format!("{}#L", day[..3].to_ascii_uppercase()),
            WarningKind::OffMonths { instead, .. } => instead.clone(),
            WarningKind::ZoneAbbreviation { meant, .. } => (*meant).to_owned(),
            WarningKind::ZoneSign { ahead: 8, .. } | WarningKind::ZoneOfXinjiang { .. } => "Asia/Shanghai".to_owned(),
            WarningKind::EndAtMidnight { date } => date.to_string(),
            WarningKind::HourFirst { hour, minute } => format!("{minute} {hour}"),
            _ => return None,
        };
        if let (Part::Cron, When::Cron { text: whole, .. }) = (self.part, &spec.when) {
            // A shorthand has no stretch that could be replaced.
            let written = applied(whole, &self.span, &text)?;
            cron_text::read(&written, Some(super::DayMatch::Any)).ok()?;
        }
        Some(Proposal { part: self.part, span: self.span.clone(), text, also: Vec::new() })
    }
}

/// A text with a stretch of it replaced.
fn applied(text: &str, span: &Option<Range<usize>>, instead: &str) -> Option<String> {
    let Some(span) = span else { return Some(instead.to_owned()) };
    Some(format!("{}{instead}{}", text.get(..span.start)?, text.get(span.end..)?))
}

/// A cron text with all its faults replaced, where that comes to a text that is taken.
pub(super) fn settled(text: &str) -> Option<String> {
    let mut text = text.trim().to_owned();
    for _ in 0..ROUNDS {
        let mut bad = match cron_text::read(&text, None) {
            Ok(_) => return Some(text),
            Err(bad) => bad,
        };
        bad.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut next = text.clone();
        for (span, kind) in bad {
            let item = replacement(&text, Some(&span), &kind)?;
            next = applied(&next, &item.span, &item.text)?;
        }
        text = next;
    }
    None
}

/// What a fault's stretch is replaced with.
struct Item {
    span: Option<Range<usize>>,
    text: String,
}

fn replacement(text: &str, span: Option<&Range<usize>>, kind: &FaultKind) -> Option<Item> {
    let whole = |text: String| Some(Item { span: None, text });
    let item = |text: String| Some(Item { span: span.cloned(), text });
    let written = || text.get(span?.clone());
    match kind {
        FaultKind::OtherForm(other) => {
            let is_alone = |here: &Here| here.days.is_none() && here.timezone.is_none() && !here.is_example;
            whole(other.here.clone().filter(is_alone)?.cron)
        }
        FaultKind::Foreign { plain, .. } => whole(plain.clone()),
        FaultKind::TimeOfDay { hour, minute } => whole(format!("{minute} {hour} * * *")),
        FaultKind::HourFirst { hour, minute } => {
            let words = cron_text::words(text);
            let at = if words.len() > 5 { 1 } else { 0 };
            let (from, to) = (words.get(at)?, words.get(at + 1)?);
            whole(format!("{}{minute} {hour}{}", &text[..from.1], &text[to.1 + to.0.len()..]))
        }
        FaultKind::UnknownShorthand { nearest: Some(nearest), .. } => whole((*nearest).to_owned()),
        FaultKind::QuestionMark { .. } => item("*".to_owned()),
        FaultKind::StepTooLarge { field: Field::Minute | Field::Hour, .. } => item("0".to_owned()),
        FaultKind::StepFromName { field: Field::Month, name } => {
            let (_, step) = written()?.split_once('/')?;
            item(format!("{}-DEC/{step}", name.to_ascii_uppercase()))
        }
        FaultKind::YearsBackwards { from, to } => item(format!("{to}-{from}")),
        FaultKind::LastWeekday { day: Some(day) } => item(format!("{}#L", day[..3].to_ascii_uppercase())),
        // With a `?` it is Quartz's, whatever it means elsewhere.
        FaultKind::WeekdayNumber { .. } if text.contains('?') => item(super::dialect::from_sunday_as_1(written()?)?),
        FaultKind::Hashed { field } => {
            let written = written()?;
            if let Some((_, step)) = written.split_once('/') {
                return item(format!("*/{step}"));
            }
            item(match field {
                Field::Hour => "9".to_owned(),
                Field::Weekday => "MON".to_owned(),
                field => field.least().to_string(),
            })
        }
        FaultKind::NotAValue { field, text: found } => item(instead_of(*field, found, text, span?)?),
        _ => None,
    }
}

/// What a value that the field does not take was meant to be.
fn instead_of(field: Field, found: &str, text: &str, span: &Range<usize>) -> Option<String> {
    let written = text.get(span.clone())?;
    if let Some(number) = found.strip_prefix(['+', '-']).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        return Some(written.replace(found, number));
    }
    if let (Field::Hour, Some((hour, "00"))) = (field, found.split_once(':')) {
        return Some(hour.trim_start_matches('0').to_owned()).filter(|hour| !hour.is_empty());
    }
    if found.contains(';') || (found.contains('.') && !matches!(field, Field::Hour | Field::Minute)) {
        return Some(written.replace([';', '.'], ","));
    }
    let value = match field {
        Field::Weekday => names::chinese_weekday(found)
            .map(names::short)
            .or_else(|| super::plain_words::weekday_field(found))
            .or_else(|| {
                names::nearest(false, &found.to_lowercase()).filter(|_| names::month_number(found).is_none())
            })?,
        Field::Month => names::chinese_month(found).map(|month| month.to_string()).or_else(|| {
            names::nearest(true, &found.to_lowercase()).filter(|_| names::weekday_number(found).is_none())
        })?,
        _ => return None,
    };
    Some(written.replace(found, &value))
}
