//! A schedule in words: `every Monday at 09:00 (Asia/Shanghai)`.

use super::calendar::Days;
use super::moves::OnDayOff;
use super::occurrences::Schedule;
use super::rule::Rule;
use super::spec::{Bound, Skip, Spec};
use crate::text::{Text, when};

/// Most single times and skipped dates that are listed.
const MAX_LISTED: usize = 5;

impl Schedule {
    /// The rule in words, with its zone and bounds.
    pub fn in_words(&self) -> Text {
        let when = match self.rule() {
            Rule::Cron(crontab) => crontab.text.in_words(),
            Rule::Lunar(lunar) => lunar.in_words(),
            Rule::At(times) => {
                let shown: Vec<Text> = times.iter().take(MAX_LISTED).map(|time| listed(time.local)).collect();
                match (times.len(), shown.first()) {
                    (0, _) | (_, None) => text!(en: "never", zh: "一次也不发"),
                    (1, Some(once)) => text!(en: "once, on {once}", zh: "只发一次：{once}", once = once),
                    (count, Some(_)) if count <= MAX_LISTED => {
                        text!(en: "{count} times, on {all}", zh: "共 {count} 次：{all}", all = Text::list(&shown))
                    }
                    (count, Some(first)) => text!(
                        en: "{count} times, first on {first}",
                        zh: "共 {count} 次，第一次是{first}",
                        first = first
                    ),
                }
            }
        };
        let rule = text!(
            en: "{when} ({zone})",
            zh: "{when}（{zone}）",
            when = when,
            zone = when::zone(self.zone().name())
        );
        Text::join(&[vec![rule], bounds(self.spec())].concat(), &text!(en: ", ", zh: "，"))
    }
}

fn listed(local: chrono::NaiveDateTime) -> Text {
    let clock = when::clock(local);
    text!(en: "{date} at {clock}", zh: "{date}{clock}", date = when::date(local.date()))
}

fn bounds(spec: &Spec) -> Vec<Text> {
    let mut bounds = Vec::new();
    let day = |bound: Bound| match bound {
        Bound::Date(date) => when::plain_date(date),
        Bound::Time(time) => when::plain_date_time(time),
    };
    match spec.on_day_off {
        None => {}
        Some(OnDayOff::Before) => bounds.push(text!(
            en: "on a day off moved to the workday before",
            zh: "遇到不上班的日子提前到前一个工作日"
        )),
        Some(OnDayOff::After) => bounds.push(text!(
            en: "on a day off moved to the workday after",
            zh: "遇到不上班的日子顺延到后一个工作日"
        )),
    }
    match spec.days {
        _ if spec.on_day_off.is_some() => {}
        Days::Any => {}
        Days::Workday => bounds.push(text!(en: "on workdays only", zh: "只在工作日发")),
        Days::Holiday => bounds.push(text!(en: "on holidays only", zh: "只在节假日发")),
        Days::Weekend => bounds.push(text!(en: "on weekends only", zh: "只在周末发")),
    }
    if let (Some(weeks), Some(start)) = (spec.every_weeks, spec.start) {
        let start = when::plain_date(start.date());
        bounds.push(match weeks {
            2 => text!(
                en: "every other week, counted from that of {start}",
                zh: "隔周发（从{start}那一周数起）",
                start = start
            ),
            _ => text!(
                en: "one week in {weeks}, counted from that of {start}",
                zh: "每 {weeks} 周发一周（从{start}那一周数起）",
                start = start
            ),
        });
    }
    match (spec.start, spec.end) {
        (Some(Bound::Date(start)), Some(Bound::Date(end))) => {
            bounds.push(text!(en: "from {range}", zh: "{range}", range = when::date_range(start, end)));
        }
        (Some(start), Some(end)) => {
            bounds.push(text!(en: "from {start} to {end}", zh: "{start} 至 {end}", start = day(start), end = day(end)));
        }
        (Some(start), None) => bounds.push(text!(en: "from {start}", zh: "开始于{start}", start = day(start))),
        (None, Some(end)) => bounds.push(text!(en: "until {end}", zh: "截止到{end}", end = day(end))),
        (None, None) => {}
    }
    if let Some(last) = spec.last_firing {
        bounds.push(text!(en: "the last on {last}", zh: "最后一次{last}", last = when::date_time(last)));
    }
    match &spec.skip[..] {
        [] => {}
        few if few.len() <= MAX_LISTED => {
            let dates: Vec<Text> = few.iter().map(|entry| entry.text()).collect();
            bounds.push(text!(en: "except on {dates}", zh: "跳过{dates}", dates = Text::list(&dates)));
        }
        many => {
            let dates: i64 = Skip::ranges(many).iter().map(|(from, to)| (*to - *from).num_days() + 1).sum();
            bounds.push(text!(en: "except on {dates} dates", zh: "跳过 {dates} 天"));
        }
    }
    match spec.max_runs {
        None => {}
        Some(1) => bounds.push(text!(en: "once at most", zh: "最多一次")),
        Some(max) => bounds.push(text!(en: "{max} times at most", zh: "最多 {max} 次")),
    }
    bounds
}
