//! The meaning of a schedule in words: a cron expression, an example of one, or what is ambiguous.

use super::day_time::{Clock, Period, Told};
use crate::schedule::cron::error::{Form, Here, OtherForm};
use crate::schedule::names;

/// The parts that the words contain.
#[derive(Default)]
pub(super) struct Said {
    pub weekdays: Vec<String>,
    pub days: Vec<String>,
    pub months: Vec<String>,
    pub times: Vec<Told>,
    pub every_day: bool,
    pub every_month: bool,
    pub workdays: bool,
    pub no_holidays: bool,
    pub payday: bool,
    /// The interval between posts, in days.
    pub step: Option<u16>,
    /// Whether the step is written as `every second`.
    pub is_second: bool,
}

impl Said {
    /// None if the words are incomplete or ambiguous.
    pub(super) fn translated(&self) -> Option<OtherForm> {
        let form = |form, here| Some(OtherForm { form, here });
        if self.payday {
            let days = vec!["15W".to_owned()];
            let (minute, hour, _) = self.clock()?.unwrap_or_else(nine);
            let here = Here { is_example: true, ..Here::cron(cron(&minute, &hour, &days, &[], &[])) };
            return form(Form::Payday, Some(here));
        }
        // `every 2nd Friday of the month` is one of its weeks, for some.
        if let Some(days) = self.step {
            let (minute, hour, _) = self.clock()?.unwrap_or_else(nine);
            let is_plain = self.weekdays.iter().all(|it| !it.contains('#')) && self.days.is_empty();
            let here = is_plain
                .then(|| Here { is_example: true, ..Here::cron(cron(&minute, &hour, &[], &[], &self.weekdays)) });
            return form(Form::EveryFew { days }, here);
        }
        let nth = self.weekdays.iter().filter(|it| it.contains('#')).count();
        // `the first Monday and Thursday` may mean every Thursday.
        if !(self.says_days() && (nth == 0 || nth == self.weekdays.len())) {
            return None;
        }
        let times = self.clock();
        if times.is_none() && self.minutes().is_some_and(|minutes| minutes > 1) {
            return form(Form::SeveralMinutes, None);
        }
        let (minute, hour, is_past_midnight) = times?.unwrap_or_else(nine);
        let is_week =
            |it: &String| self.weekdays.len() == 1 && it == "MON-FRI" || it.len() == 3 && it != "SAT" && it != "SUN";
        let days = match (self.workdays, self.no_holidays) {
            (true, _) => Some("workday"),
            (false, true) if !self.weekdays.is_empty() && self.weekdays.iter().all(is_week) => Some("workday"),
            (false, true) => return None,
            (false, false) => None,
        };
        let cron = |weekdays: &[String]| cron(&minute, &hour, &self.days, &self.months, weekdays);
        let late = self.days.iter().any(|day| matches!(day.as_str(), "29" | "30" | "31"));
        let here = |cron| Here { days, is_example: self.times.is_empty() || late, ..Here::cron(cron) };
        if late && self.months.is_empty() {
            return form(Form::LateDay, Some(here(cron(&self.weekdays))));
        }
        let is_daily = self.every_day && self.weekdays.is_empty() && self.days.is_empty();
        if is_past_midnight && !is_daily {
            let after = self.weekdays.iter().map(|it| next_days(it)).collect::<Option<Vec<_>>>();
            let after = after.filter(|after| !after.is_empty() && self.days.is_empty() && days.is_none());
            let after = after.map(|after| cron(&after));
            let here = Here { is_example: true, after, ..here(cron(&self.weekdays)) };
            return form(Form::Night, Some(here));
        }
        form(Form::Words, Some(here(cron(&self.weekdays))))
    }

    fn says_days(&self) -> bool {
        self.every_day || self.workdays || !self.weekdays.is_empty() || !self.days.is_empty()
    }

    /// All times in 24-hour form; none if one of them is invalid.
    fn clocks(&self) -> Option<Vec<Clock>> {
        // The 1 of `at 1 and 3pm` is ambiguous.
        let has_half = self.times.iter().any(|time| matches!(time.period, Some(Period::Am | Period::Pm)));
        let is_doubtful = |time: &Told| has_half && time.is_bare && time.period.is_none() && time.hour < 13;
        if self.times.iter().any(is_doubtful) {
            return None;
        }
        let mut clocks = self.times.iter().map(|time| time.on_the_clock()).collect::<Option<Vec<_>>>()?;
        clocks.sort_unstable_by_key(|clock| (clock.hour, clock.minute));
        clocks.dedup();
        Some(clocks)
    }

    /// How many minutes of an hour it names.
    fn minutes(&self) -> Option<usize> {
        let mut minutes: Vec<u16> = self.clocks()?.iter().map(|clock| clock.minute).collect();
        minutes.sort_unstable();
        minutes.dedup();
        Some(minutes.len())
    }

    /// The fields of minute and hour, and whether they are past the midnight of the day before. `Some(None)` if there is no
    /// time; `None` if one expression cannot contain all of them, or one of them is invalid.
    fn clock(&self) -> Option<Option<(String, String, bool)>> {
        let clocks = self.clocks()?;
        let Some(first) = clocks.first() else { return Some(None) };
        let is_alike = |it: &Clock| it.minute == first.minute && it.is_past_midnight == first.is_past_midnight;
        let hours: Vec<String> = clocks.iter().map(|it| it.hour.to_string()).collect();
        clocks.iter().all(is_alike).then(|| Some((first.minute.to_string(), hours.join(","), first.is_past_midnight)))
    }
}

/// Nine o'clock, for words without a time.
fn nine() -> (String, String, bool) {
    ("0".to_owned(), "9".to_owned(), false)
}

fn cron(minute: &str, hour: &str, days: &[String], months: &[String], weekdays: &[String]) -> String {
    let list = |items: &[String]| if items.is_empty() { "*".to_owned() } else { items.join(",") };
    format!("{minute} {hour} {} {} {}", list(days), list(months), list(weekdays))
}

/// The days that follow weekdays: `TUE` for `MON`.
fn next_days(weekdays: &str) -> Option<String> {
    let next = |name: &str| names::weekday_number(name).map(|number| names::short(number + 1));
    let parts = weekdays.split(',').map(|part| part.split('-').map(next).collect::<Option<Vec<_>>>());
    let parts = parts.map(|ends| ends.map(|ends| ends.join("-"))).collect::<Option<Vec<_>>>()?;
    Some(parts.join(","))
}
