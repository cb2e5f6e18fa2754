//! Why an occurrence is there, or why it is not.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::cron::crontab::{takes_day, takes_weekday};
use super::cron::field::CronField;
use super::cron::field_kind::Field;
use super::cron::text::{CronText, DayMatch};
use super::lunar::{LunarDate, hint};
use super::moves::MAX_MOVE;
use super::occurrence::{Fold, Occurrence};
use super::occurrences::Schedule;
use super::rule::Rule;
use super::spec::Skip;
use super::validate::outside;
use super::zone::civil::{self, LocalResolution, last_second};
use crate::text::{Lang, Text, when};

/// The answer to "why", as sentences without full stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The occurrence at that time, if any.
    pub occurrence: Option<Occurrence>,
    pub because: Vec<Text>,
}

impl Schedule {
    /// Why there is an occurrence at an instant, or why not.
    pub fn explain(&self, at: DateTime<Utc>) -> Explanation {
        let before = at - TimeDelta::seconds(1);
        let found = self.next_after(before).filter(|occurrence| occurrence.at == at);
        let because = match &found {
            Some(occurrence) => self.why(occurrence),
            None => self.why_not(civil::to_local(self.zone(), at), at),
        };
        Explanation { occurrence: found, because }
    }

    /// Why there is an occurrence at a local time, or why not. Takes the first if clocks show the time twice.
    pub fn explain_local(&self, local: NaiveDateTime) -> Explanation {
        let shown = civil::resolve(self.zone(), local);
        match shown {
            LocalResolution::Once(at) | LocalResolution::Twice(at, _) => self.explain(at),
            LocalResolution::Never(change) => {
                let found = self
                    .next_after(change.at - TimeDelta::seconds(1))
                    .filter(|occurrence| occurrence.at == change.at && self.shown_at(local).is_some());
                let mut because = match &found {
                    Some(occurrence) => self.why(occurrence),
                    None => self.why_not(local, change.at),
                };
                if !matches!(&found, Some(found) if found.local == local) {
                    let clocks = text!(
                        en: "{local}: {clocks}",
                        zh: "没有{local} 这个时间：{clocks}",
                        local = when::date_time(local),
                        clocks = jump(change.from, change.to)
                    );
                    because.insert(0, clocks);
                }
                Explanation { occurrence: found, because }
            }
        }
    }

    /// What is unusual about an occurrence, besides a doubt about its day: it is moved, or clocks change.
    pub fn note(&self, occurrence: &Occurrence) -> Option<Text> {
        let clocks = match (civil::resolve(self.zone(), self.shown_time(occurrence)), occurrence.fold) {
            (LocalResolution::Once(_), _) => None,
            (LocalResolution::Never(change), _) => {
                let clock = when::clock(civil::to_local(self.zone(), occurrence.at));
                Some(text!(
                    en: "{jump}, so it goes out at {clock}",
                    zh: "{jump}，所以改在 {clock} 发",
                    jump = jump(change.from, change.to)
                ))
            }
            (LocalResolution::Twice(..), Fold::First) => Some(text!(
                en: "clocks show this time twice that day: this is the first",
                zh: "那天的时钟会两次走到这个时间，这是第一次"
            )),
            (LocalResolution::Twice(..), Fold::Second) => Some(text!(
                en: "clocks show this time twice that day: this is the second",
                zh: "那天的时钟会两次走到这个时间，这是第二次"
            )),
        };
        let notes: Vec<Text> = self.moved(occurrence).into_iter().chain(clocks).collect();
        (!notes.is_empty()).then(|| Text::join(&notes, &text!(en: "; ", zh: "；")))
    }

    /// The date from which an occurrence is moved, in words; none if it is not moved.
    fn moved(&self, occurrence: &Occurrence) -> Option<Text> {
        let (named, shown) = (occurrence.local.date(), self.shown_time(occurrence).date());
        if shown == named {
            return None;
        }
        let (date, day) = (named_date(named), self.calendar().day(named).text());
        Some(if shown < named {
            text!(
                en: "moved forward from {date} ({day})",
                zh: "原定{date}（{day}），提前到这一天",
                date = date,
                day = day
            )
        } else {
            text!(en: "put off from {date} ({day})", zh: "原定{date}（{day}），顺延到这一天", date = date, day = day)
        })
    }

    /// Where a named time on a day off goes; none if the date does not move.
    fn moved_away(&self, named: NaiveDate) -> Option<Text> {
        let day = self.calendar().day(named).text();
        let Some(target) = self.target(named) else {
            return Some(text!(
                en: "{date} is a day off ({day}), and no workday is within {MAX_MOVE} days",
                zh: "{date}不上班（{day}），{MAX_MOVE} 天之内也没有工作日",
                date = when::plain_date(named),
                day = day
            ));
        };
        if target.date == named {
            return None;
        }
        if let Some(unknown) = target.unknown {
            return Some(text!(
                en: "it is not known yet whether {unknown} is a workday: as things stand, {date} moves to {to}, and is held",
                zh: "还不知道{unknown}是不是工作日，暂时把{date}这一次算在{to}，到时会暂停",
                unknown = when::plain_date(unknown),
                date = when::plain_date(named),
                to = when::date(target.date)
            ));
        }
        let before = target.date.and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
        let there = self.next_shown(before).filter(|slot| slot.shown.date() == target.date);
        let (date, to) = (when::plain_date(named), when::date(target.date));
        Some(match there {
            Some(slot) if slot.nominal.date() == named => text!(
                en: "{date} is a day off ({day}): it goes out on {to}",
                zh: "{date}不上班（{day}），改到{to}发",
                date = date,
                day = day,
                to = to
            ),
            Some(slot) => text!(
                en: "{date} is a day off ({day}), and on {to} the one of {other} goes out",
                zh: "{date}不上班（{day}），而{to}发的是{other}那一次，同一天只发一次",
                date = date,
                day = day,
                to = to,
                other = when::plain_date(slot.nominal.date())
            ),
            None => {
                // Times of one day differ little: the first one stands for all.
                let first = self.next_nominal(last_second(named.pred_opt().unwrap_or(named)));
                let to_time = first.map(|first| target.date.and_time(first.time()));
                let by = to_time.and_then(|time| Some(outside(self.spec(), self.calendar(), time)?.text(time)));
                match by {
                    Some(by) => text!(
                        en: "{date} is a day off ({day}), and nothing is due on {to}: {by}",
                        zh: "{date}不上班（{day}），改到的{to}也不能发：{by}",
                        date = date,
                        day = day,
                        to = to,
                        by = by
                    ),
                    None => text!(
                        en: "{date} is a day off ({day}), and nothing may go out on {to}",
                        zh: "{date}不上班（{day}），而{to}不能发",
                        date = date,
                        day = day,
                        to = to
                    ),
                }
            }
        })
    }

    fn why(&self, occurrence: &Occurrence) -> Vec<Text> {
        let (named, date) = (occurrence.local.date(), self.shown_time(occurrence).date());
        let mut because = vec![
            text!(en: "the schedule is {schedule}", zh: "发表时间：{schedule}", schedule = self.in_words()),
            text!(
                en: "{date} is a {weekday}",
                zh: "{date}是{weekday}",
                date = when::plain_date(date),
                weekday = when::weekday_name(date.weekday())
            ),
        ];
        if let (Rule::Lunar(_), Some(lunar)) = (self.rule(), LunarDate::of(named)) {
            because.push(text!(
                en: "{date} is {lunar}",
                zh: "{date}是{lunar}",
                date = when::plain_date(named),
                lunar = lunar.text()
            ));
        }
        if self.asks_calendar() && occurrence.doubt.is_none() {
            because.push(self.calendar_says(date));
        }
        if let Some(weeks) = self.weeks() {
            let number = weeks.number(named);
            because.push(text!(
                en: "it is in week {number}, counted from the week of {first}",
                zh: "这是第 {number} 周（从{first}那一周数起）",
                first = when::plain_date(weeks.first())
            ));
        }
        because.extend(self.note(occurrence));
        if let (true, Some(max)) = (self.spec().when.is_rule(), self.spec().max_runs) {
            let number = self.between(self.beginning(), occurrence.at).count();
            because.push(text!(
                en: "it is number {number} of {max} at most",
                zh: "这是第 {number} 次，最多发 {max} 次"
            ));
        }
        because
    }

    /// What the calendar has a date as.
    fn calendar_says(&self, date: NaiveDate) -> Text {
        let calendar = self.calendar().name();
        text!(
            en: "the calendar `{calendar}` has {date} as {day}",
            zh: "放假日历 `{calendar}` 上，{date}是{day}",
            date = when::plain_date(date),
            day = self.calendar().day(date).text()
        )
    }

    fn why_not(&self, local: NaiveDateTime, at: DateTime<Utc>) -> Vec<Text> {
        let mut because = Vec::new();
        let (spec, date) = (self.spec(), local.date());
        match self.rule() {
            Rule::Cron(crontab) => {
                because = mismatches(&crontab.text, local);
                if because.is_empty() && self.has_moves() {
                    because.extend(self.moved_away(date));
                }
                if because.is_empty() && crontab.text.follows_real_time() {
                    if let LocalResolution::Never(_) = civil::resolve(self.zone(), local) {
                        let time = when::clock(local);
                        because.push(text!(
                            en: "an interval follows real time, and clocks show {time} at no time that day",
                            zh: "按间隔发表时跟着真实时间走，而那天的时钟不经过 {time}"
                        ));
                    }
                } else if because.is_empty() && civil::is_second_pass(self.zone(), at) {
                    because.push(text!(
                        en: "clocks show this time for the second time, and it went out at the first",
                        zh: "时钟是第二次走到这个时间，第一次时已经发了"
                    ));
                }
            }
            Rule::Lunar(lunar) => {
                if !lunar.names_date(date) {
                    let lunar = hint(date).lunar.map(LunarDate::text).unwrap_or_default();
                    because.push(text!(
                        en: "{date} is {lunar}, which is not among its days",
                        zh: "{date}是{lunar}，不在发表时间里",
                        date = when::plain_date(date),
                        lunar = lunar
                    ));
                } else if self.next_named(local - TimeDelta::seconds(1)) != Some(local) {
                    let clock = when::clock(local);
                    because.push(text!(
                        en: "{clock} is not among its times of that day",
                        zh: "那天的发表时间里没有 {clock}"
                    ));
                } else if self.has_moves() {
                    because.extend(self.moved_away(date));
                }
            }
            Rule::At(_) => because.push(text!(
                en: "{local} is not among the times of `at`",
                zh: "`at` 里没有{local}",
                local = when::date_time(local)
            )),
        }
        if let Some(weeks) = self.weeks().filter(|weeks| weeks.idle_until(date).is_some()) {
            let (number, every) = (weeks.number(date), spec.every_weeks.unwrap_or_default());
            because.push(text!(
                en: "it is in week {number}, counted from the week of {first}, and `every` is \"{every}w\"",
                zh: "这是第 {number} 周（从{first}那一周数起），而 `every` 是 \"{every}w\"",
                first = when::plain_date(weeks.first())
            ));
        }
        if let Some(start) = spec.start.filter(|start| local < start.opens()) {
            because.push(text!(
                en: "it is before `start` ({start})",
                zh: "早于 `start`（{start}）",
                start = start.text()
            ));
        }
        if let Some(end) = spec.end.filter(|end| local > end.closes()) {
            because.push(text!(en: "it is after `end` ({end})", zh: "晚于 `end`（{end}）", end = end.text()));
        }
        if let Some(last) = spec.last_firing.filter(|last| local > *last) {
            because.push(text!(
                en: "the contents are used up with the one of {last}",
                zh: "{last}那一次已经把内容发完",
                last = when::date_time(last)
            ));
        }
        match spec.skip.iter().find(|entry| entry.contains(date)) {
            Some(Skip::Date(_)) => {
                because
                    .push(text!(en: "{date} is in `skip`", zh: "`skip` 跳过了{date}", date = when::plain_date(date)));
            }
            Some(range) => {
                because.push(text!(en: "`skip` leaves out {range}", zh: "`skip` 跳过了{range}", range = range.text()));
            }
            None => {}
        }
        if !self.has_moves() && self.calendar().counts(date, spec.days) == Some(false) {
            let days = spec.days.as_str();
            because.push(text!(
                en: "`days` is \"{days}\", and {calendar}",
                zh: "写了 `days = \"{days}\"`，而{calendar}",
                calendar = self.calendar_says(date)
            ));
        }
        if because.is_empty() && self.last().is_some_and(|last| at > last) {
            let max = spec.max_runs.unwrap_or_default();
            because.push(text!(
                en: "`max_runs` ({max}) were reached before it",
                zh: "在这之前已经发满 {max} 次（`max_runs`）"
            ));
        }
        because.push(match self.next_after(at) {
            Some(next) => {
                text!(en: "the next one is {next}", zh: "下一次是{next}", next = when::date_time(next.due_local(self.zone())))
            }
            None => text!(en: "the schedule has ended by then", zh: "到那时已经全部发完"),
        });
        because
    }
}

/// The date from which something moves, in Chinese without its weekday, because the kind of day follows in parentheses.
fn named_date(date: NaiveDate) -> Text {
    Text::of(when::date(date).into_lang(Lang::En), when::plain_date(date).into_lang(Lang::Zh))
}

/// The fields that do not name a local time.
fn mismatches(text: &CronText, local: NaiveDateTime) -> Vec<Text> {
    let mut because = Vec::new();
    let mut number = |read: Option<&CronField>, value: u32, field: Field| {
        let takes = read.map_or_else(|| vec![0], CronField::values);
        if !takes.iter().any(|&take| u32::from(take) == value) {
            because.push(text!(
                en: "its {field} is {value}, and the schedule takes {takes}",
                zh: "“{field}”是 {value}，而发表时间里是 {takes}",
                field = field.name(),
                takes = some(&takes)
            ));
        }
    };
    number(text.second.as_ref(), local.second(), Field::Second);
    number(Some(&text.minute), local.minute(), Field::Minute);
    number(Some(&text.hour), local.hour(), Field::Hour);
    if let Some(year) = &text.year {
        number(Some(year), u32::try_from(local.year()).unwrap_or(0), Field::Year);
    }
    let date = local.date();
    if !text.month.values().iter().any(|&month| u32::from(month) == date.month()) {
        because.push(text!(
            en: "{month} is not among its months",
            zh: "{month}不在发表时间的月份里",
            month = when::month_name(date.month())
        ));
    }
    let (day, weekday) = (takes_day(&text.day, date), takes_weekday(&text.weekday, date));
    let (number, name) = (date.day(), when::weekday_name(date.weekday()));
    if text.names_both_days() && text.day_match == Some(DayMatch::Any) {
        if !day && !weekday {
            because.push(text!(
                en: "neither day {number} nor {weekday} is among its days",
                zh: "{number} 日和{weekday}都不在发表时间里",
                weekday = name
            ));
        }
        return because;
    }
    if !day {
        because.push(text!(
            en: "day {number} is not among its days of the month",
            zh: "{number} 日不在发表时间里"
        ));
    }
    if !weekday {
        because.push(text!(
            en: "{date} is a {weekday}, which is not among its weekdays",
            zh: "{date}是{weekday}，不在发表时间的星期里",
            date = when::plain_date(date),
            weekday = name
        ));
    }
    because
}

fn some(values: &[u16]) -> Text {
    let count = values.len();
    if count > 8 {
        return text!(en: "{count} other values", zh: "另外 {count} 个值");
    }
    let values: Vec<Text> = values.iter().map(|value| Text::quoted(value.to_string())).collect();
    Text::join(&values, &text!(en: ", ", zh: "、"))
}

/// Clocks that are put forward.
fn jump(from: NaiveDateTime, to: NaiveDateTime) -> Text {
    let time = |time: NaiveDateTime| {
        if from.date() == to.date() { Text::quoted(when::clock(time)) } else { when::plain_date_time(time) }
    };
    text!(
        en: "clocks go from {from} straight to {to} on {date}",
        zh: "{date}的时钟从 {from} 直接跳到 {to}",
        date = when::plain_date(from.date()),
        from = time(from),
        to = time(to)
    )
}

impl Explanation {
    /// The answer, one reason a line; `blocked` says why the policy would hold an existing occurrence.
    pub fn text(&self, blocked: Option<&Text>) -> Text {
        let doubt = self.occurrence.as_ref().and_then(|it| it.doubt.as_ref()).map(|doubt| doubt.text());
        // The answer must not begin with "yes" if the occurrence would be held.
        let head = match (&self.occurrence, blocked.or(doubt.as_ref())) {
            (Some(_), Some(why)) => text!(
                en: "there is one, and it would be held: {why}",
                zh: "会有一次，但到时会暂停：{why}",
                why = why
            ),
            (Some(_), None) => text!(en: "there is one:", zh: "这个时间会发一次，原因："),
            (None, _) => text!(en: "there is none:", zh: "这个时间不会发，原因："),
        };
        Text::join([&head].into_iter().chain(&self.because), &Text::quoted("\n- "))
    }
}
