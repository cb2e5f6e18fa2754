//! Schedules as people write them: the tables of `tests/cases/schedule/`, and proposals.
//!
//! A table has rows of `rule | zone | from | expected`; its head explains the columns.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use drumbeat::schedule::{
    Bound, DayMatch, Days, Fold, OnDayOff, Part, Proposal, Schedule, ScheduleError, ScheduleWarning, Skip, Spec, When,
};
use drumbeat::text::{Lang, Text, UserError as _};

/// One row of a table.
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) rule: String,
    pub(crate) zone: String,
    pub(crate) from: String,
    pub(crate) expected: String,
}

/// The rows of a table; `#` begins a comment.
pub(crate) fn rows(table: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (line, text) in table.lines().enumerate().filter(|(_, text)| !text.is_empty() && !text.starts_with("# ")) {
        let cells: Vec<&str> = text.split(" | ").map(str::trim).collect();
        let [rule, zone, from, expected] = cells[..] else { panic!("line {}: four cells: {text}", line + 1) };
        rows.push(Row {
            line: line + 1,
            rule: rule.to_owned(),
            zone: zone.to_owned(),
            from: from.to_owned(),
            expected: expected.to_owned(),
        });
    }
    rows
}

/// Reads `0 9 * * MON ; end=2026-05-31 ; days=workday`, `at 2026-03-02T09:00, 2026-03-03T09:00`, or
/// `lunar 正月十五 09:00`.
pub(crate) fn spec(rule: &str, zone: &str) -> Spec {
    let mut parts = rule.split(" ; ");
    let text = parts.next().unwrap_or_default().trim();
    let mut spec = match (text.strip_prefix("at "), text.strip_prefix("lunar ")) {
        (Some(times), _) => Spec::at(times.split(", ").map(local).collect::<Vec<_>>(), zone),
        (_, Some(occasions)) => {
            let occasions = occasions.split(", ").map(str::to_owned).collect();
            Spec { when: When::Lunar(occasions), ..Spec::cron("", zone) }
        }
        _ => Spec::cron(text, zone),
    };
    for part in parts {
        let (key, value) = part.trim().split_once('=').expect("key=value");
        match (key, &mut spec.when) {
            ("day_match", When::Cron { day_match, .. }) => {
                *day_match = Some(if value == "any" { DayMatch::Any } else { DayMatch::All });
            }
            ("start", _) => spec.start = Some(bound(value)),
            ("end", _) => spec.end = Some(bound(value)),
            ("skip", _) => spec.skip = value.split(", ").map(skip).collect(),
            ("on_day_off", _) => {
                spec.on_day_off = Some(if value == "before" { OnDayOff::Before } else { OnDayOff::After });
            }
            ("every", _) => spec.every_weeks = Some(value.trim_end_matches('w').parse().unwrap()),
            ("max_runs", _) => spec.max_runs = Some(value.parse().unwrap()),
            ("days", _) => {
                spec.days = match value {
                    "workday" => Days::Workday,
                    "holiday" => Days::Holiday,
                    "weekend" => Days::Weekend,
                    _ => Days::Any,
                }
            }
            _ => panic!("no such option: {key}"),
        }
    }
    spec
}

fn skip(text: &str) -> Skip {
    match text.split_once(" to ") {
        Some((from, to)) => Skip::Range { from: from.parse().unwrap(), to: to.parse().unwrap() },
        None => Skip::Date(text.parse().unwrap()),
    }
}

fn bound(text: &str) -> Bound {
    if text.len() == 10 { Bound::Date(text.parse().unwrap()) } else { Bound::Time(local(text)) }
}

/// A local time such as `2026-03-02T09:00`, also with a blank, with or without seconds.
pub(crate) fn local(text: &str) -> NaiveDateTime {
    let text = text.replace(' ', "T");
    let text = if text.len() == 16 { format!("{text}:00") } else { text };
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no local time"))
}

/// An instant in a table: a local time, followed by `second` for the second pass of a repeated hour, or UTC with a `Z`.
fn instant(text: &str, zone: Tz) -> DateTime<Utc> {
    if text.ends_with('Z') {
        return text.parse().unwrap();
    }
    let (text, second) = text.strip_suffix(" second").map_or((text, false), |text| (text, true));
    let found = zone.from_local_datetime(&local(text));
    let found = if second { found.latest() } else { found.earliest() };
    found.unwrap_or_else(|| panic!("{text} does not exist in {zone}")).to_utc()
}

/// The occurrences in the form of a table; `end` if there are no more.
fn found(schedule: &Schedule, from: DateTime<Utc>, count: usize) -> String {
    let mut words = Vec::new();
    let mut next = from;
    for _ in 0..count {
        let Some(occurrence) = schedule.next_after(next) else {
            words.push("end".to_owned());
            break;
        };
        next = occurrence.at;
        let shown = occurrence.at.with_timezone(&schedule.zone()).naive_local();
        let mut word = moment(occurrence.local);
        if shown.date() != occurrence.local.date() {
            write!(word, " at {}", moment(shown)).unwrap();
        } else if shown != occurrence.local {
            write!(word, " at {}", shown.format("%H:%M")).unwrap();
        }
        if occurrence.fold == Fold::Second {
            word.push_str(" second");
        }
        if occurrence.doubt.is_some() {
            word.push_str(" held");
        }
        words.push(word);
    }
    words.join(", ")
}

fn moment(time: NaiveDateTime) -> String {
    let seconds = time.and_utc().timestamp() % 60 != 0;
    time.format(if seconds { "%a %Y-%m-%d %H:%M:%S" } else { "%a %Y-%m-%d %H:%M" }).to_string()
}

#[track_caller]
fn holds(table: &str, least: usize) {
    let rows = rows(table);
    assert!(rows.len() >= least, "{} rows, {least} wanted", rows.len());
    let mut wrong = String::new();
    for row in rows {
        let Row { line, rule, zone, from, expected } = row;
        let found = match Schedule::new(spec(&rule, &zone)) {
            Ok(schedule) => found(&schedule, instant(&from, schedule.zone()), expected.split(", ").count()),
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        if found != expected {
            writeln!(wrong, "{line}: {rule} | {zone} | {from} | {found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "these rows would be right:\n{wrong}");
}

#[test]
fn crontab_fields_fire_as_in_crontab() {
    holds(include_str!("../cases/schedule/crontab.txt"), 60);
}

#[test]
fn terms_beyond_crontab_fire() {
    holds(include_str!("../cases/schedule/beyond_crontab.txt"), 35);
}

#[test]
fn schedules_survive_clock_changes() {
    holds(include_str!("../cases/schedule/clocks.txt"), 45);
}

#[test]
fn bounds_and_days_are_kept() {
    holds(include_str!("../cases/schedule/bounds.txt"), 25);
}

/// Draws errors and warnings under their text, in English and then in Chinese.
fn drawn(rule: &str, zone: &str) -> String {
    Lang::ALL.map(|lang| drawn_in(lang, rule, zone)).concat()
}

fn drawn_in(lang: Lang, rule: &str, zone: &str) -> String {
    let mut drawn = String::new();
    let mut draw = |part: Part, span: Option<std::ops::Range<usize>>, message: Text, help: Option<Text>| {
        let (text, mark) = match part {
            Part::Cron => (rule.split(" ; ").next().unwrap_or_default(), "^"),
            Part::Timezone => (zone, "~"),
            _ => ("", ""),
        };
        let under = span.filter(|_| !text.is_empty()).map(|span| {
            // One mark per character; the tables are read in a monospaced font.
            let before = text[..span.start].chars().count();
            format!("{}{}", " ".repeat(before), mark.repeat(text[span].chars().count().max(1)))
        });
        match under {
            Some(under) => writeln!(drawn, "{under} {}", message.get(lang)).unwrap(),
            None => writeln!(drawn, "{part:?}: {}", message.get(lang)).unwrap(),
        }
        if let Some(help) = help {
            writeln!(drawn, "    {}", help.get(lang)).unwrap();
        }
    };
    let asked = spec(rule, zone);
    match Schedule::new(asked.clone()) {
        Ok(schedule) => {
            for warning in schedule.warnings() {
                let ScheduleWarning { part, span, .. } = warning.clone();
                draw(part, span, warning.text(), Some(warning.help(&asked)));
            }
        }
        Err(errors) => {
            for error in errors {
                let ScheduleError { part, span, .. } = error.clone();
                draw(part, span, error.text(), error.help(&asked));
            }
        }
    }
    drawn
}

/// Blocks of a rule, alone or with `| zone`, with the expected drawing below; separated by empty lines.
#[track_caller]
fn draws(cases: &str, least: usize) {
    let blocks: Vec<&str> = cases.split("\n\n").map(str::trim_end).filter(|block| !block.starts_with("# ")).collect();
    assert!(blocks.len() >= least, "{} blocks, {least} wanted", blocks.len());
    let mut wrong = String::new();
    for block in blocks {
        let first = block.lines().next().unwrap_or_default();
        let (rule, zone) = first.split_once(" | ").unwrap_or((first, "Asia/Shanghai"));
        let right = format!("{first}\n{}", drawn(rule, zone));
        if right.trim_end() != block {
            writeln!(wrong, "{right}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "these blocks would be right:\n{wrong}");
}

/// A spec after a finding's proposal.
fn with(mut spec: Spec, proposal: &Proposal) -> Spec {
    match (proposal.part, &mut spec.when) {
        (Part::Cron, When::Cron { text, .. }) => {
            let span = proposal.span.clone().unwrap_or(0..text.len());
            text.replace_range(span, &proposal.text);
        }
        (Part::Timezone, _) => spec.timezone = proposal.text.as_str().into(),
        (Part::Start, _) => spec.start = Some(bound(proposal.text.trim_matches('"'))),
        (Part::End, _) => spec.end = Some(bound(proposal.text.trim_matches('"'))),
        (Part::At(n), When::At(times)) => times[n] = local(proposal.text.trim_matches('"')),
        (Part::Lunar(n), When::Lunar(occasions)) => occasions[n].clone_from(&proposal.text),
        (part, _) => panic!("no proposal is known for {part:?}"),
    }
    for (key, value) in &proposal.also {
        match (*key, value.as_str()) {
            ("timezone", zone) => spec.timezone = zone.into(),
            ("days", "workday") => spec.days = Days::Workday,
            other => panic!("{other:?}"),
        }
    }
    spec
}

/// The words and the proposal of every error and warning of a spec.
fn findings(spec: &Spec) -> Vec<(String, Option<Proposal>)> {
    match Schedule::new(spec.clone()) {
        Ok(schedule) => {
            schedule.warnings().iter().map(|it| (it.text().into_lang(Lang::En), it.proposal(spec))).collect()
        }
        Err(errors) => errors.iter().map(|it| (it.to_string(), it.proposal(spec))).collect(),
    }
}

/// For any text of the tables, a proposal resolves its finding and adds none.
#[test]
fn an_applied_proposal_leaves_fewer_findings() {
    let tables = [include_str!("../cases/schedule/refused.txt"), include_str!("../cases/schedule/warned.txt")];
    let (mut proposals, mut wrong) = (0, String::new());
    for block in tables.iter().flat_map(|table| table.split("\n\n")).filter(|block| !block.starts_with("# ")) {
        let first = block.trim().lines().next().unwrap_or_default();
        let (rule, zone) = first.split_once(" | ").unwrap_or((first, "Asia/Shanghai"));
        let spec = spec(rule, zone);
        let before = findings(&spec);
        for (finding, proposal) in before.iter().filter_map(|(finding, it)| Some((finding, it.as_ref()?))) {
            proposals += 1;
            let left = findings(&with(spec.clone(), proposal));
            let is_known = |it: &(String, _)| before.iter().any(|(known, _)| *known == it.0);
            if left.len() >= before.len() || left.iter().any(|it| it.0 == *finding || !is_known(it)) {
                writeln!(wrong, "{first}: {proposal:?} leaves {left:?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(proposals >= 40, "{proposals}");
}

/// The proposal for a text in another notation or in words.
#[track_caller]
fn becomes(text: &str, wanted: &str) {
    let spec = Spec::cron(text, "Asia/Shanghai");
    let found = findings(&spec);
    // If several parts are wrong, each proposes the whole text.
    let Some((finding, Some(proposal))) = found.first() else { panic!("{text}: {found:?}") };
    let mut shown = with(spec, proposal);
    let When::Cron { text: cron, .. } = &mut shown.when else { panic!("{finding}") };
    let beside: String = proposal.also.iter().map(|(key, value)| format!(" ; {key}={value}")).collect();
    assert_eq!(format!("{cron}{beside}"), wanted, "{text}: {finding}");
}

#[test]
fn forms_of_other_programs_are_translated() {
    becomes("CRON_TZ=Asia/Shanghai 0 9 * * MON", "0 9 * * MON ; timezone=Asia/Shanghai");
    becomes("TZ=\"Asia/Tokyo\" 30 8 * * *", "30 8 * * * ; timezone=Asia/Tokyo");
    becomes("0 9 * * MON Asia/Shanghai", "0 9 * * MON ; timezone=Asia/Shanghai");
    becomes("0 0 9 * * MON UTC", "0 0 9 * * MON ; timezone=UTC");
    becomes("0 9 ? * MON *", "0 9 * * MON");
    becomes("0 9 ? * 2 *", "0 9 * * MON");
    becomes("0 9 ? * 2-6 *", "0 9 * * MON-FRI");
    becomes("0 9 ? * 6L *", "0 9 * * FRI#L");
    becomes("0 9 ? * 3#2 *", "0 9 * * TUE#2");
    becomes("0 9 15W * ? *", "0 9 15W * *");
    becomes("cron(0 9 ? * MON *)", "0 9 * * MON");
    becomes("cron(0 9 L * ? *)", "0 9 L * *");
    becomes("0 9 * * MON 2027", "0 0 9 * * MON 2027");
    becomes("0 0 9 ? * 6L", "0 0 9 ? * FRI#L");
    becomes("0 0 9 ? * 2", "0 0 9 ? * MON");
    becomes("0 0 9 ? * 2-6", "0 0 9 ? * MON-FRI");
    becomes("0 0 9 ? * 6#3", "0 0 9 ? * FRI#3");
    becomes("0 9 ? * MON", "0 9 * * MON");
    becomes("H 9 * * *", "0 9 * * *");
    becomes("H H * * MON", "0 9 * * MON");
    becomes("Mon *-*-* 09:00:00", "0 9 * * MON");
    becomes("Mon..Fri 09:30", "30 9 * * MON-FRI");
    becomes("*-*-01 09:00", "0 9 1 * *");
    becomes("*-*-* 09:00:00", "0 9 * * *");
    becomes("@dayly", "@daily");
}

#[test]
fn words_are_translated() {
    becomes("每周一 9点", "0 9 * * MON");
    becomes("每周一9点半", "30 9 * * MON");
    becomes("每周一 9：00", "0 9 * * MON");
    becomes("每天早上9点", "0 9 * * *");
    becomes("每天下午3点", "0 15 * * *");
    becomes("每月1号 10:30", "30 10 1 * *");
    becomes("每月最后一天 18点", "0 18 L * *");
    becomes("每月最后一个周五 17:30", "30 17 * * FRI#L");
    becomes("工作日 9点", "0 9 * * * ; days=workday");
    becomes("周一到周五 8:30", "30 8 * * MON-FRI");
    becomes("every day at 9", "0 9 * * *");
    becomes("every Monday at 9", "0 9 * * MON");
    becomes("every Monday at 9:30 pm", "30 21 * * MON");
    becomes("last Friday of the month at 17:00", "0 17 * * FRI#L");
    becomes("weekdays at 9am", "0 9 * * MON-FRI");
    becomes("0 9：00 * * MON", "0 9 * * MON");
    becomes("Monday 12 am", "0 0 * * MON");
    becomes("Monday 12:30 am", "30 0 * * MON");
    becomes("Monday 12 p.m.", "0 12 * * MON");
    becomes("Monday noon", "0 12 * * MON");
    becomes("每周一 凌晨12点", "0 0 * * MON");
    becomes("每周一 凌晨3点", "0 3 * * MON");
    becomes("每周一 中午12点", "0 12 * * MON");
    becomes("每周一 中午1点", "0 13 * * MON");
    becomes("每周五晚八点", "0 20 * * FRI");
    becomes("every Monday at 8 in the evening", "0 20 * * MON");
    becomes("每天晚上12点", "0 0 * * *");
    becomes("every 3rd monday 9:00", "0 9 * * MON#3");
    becomes("every third Friday at 9", "0 9 * * FRI#3");
    becomes("every 2nd Friday of the month at 9", "0 9 * * FRI#2");
    becomes("每月最后一个工作日 9:00", "0 9 LW * *");
    becomes("last working day 9:00", "0 9 LW * *");
    becomes("每月第二个和第四个周五 9:00", "0 9 * * FRI#2,FRI#4");
    becomes("first and third monday 9:00", "0 9 * * MON#1,MON#3");
    becomes("周一-周五 9:00", "0 9 * * MON-FRI");
    becomes("周一至五 9点", "0 9 * * MON-FRI");
    becomes("Monday to Friday 8am", "0 8 * * MON-FRI");
    becomes("每周一三五 10:15", "15 10 * * MON,WED,FRI");
    becomes("每周一三点", "0 3 * * MON");
    becomes("周一/周三 9:00", "0 9 * * MON,WED");
    becomes("周一、三、五 9:00", "0 9 * * MON,WED,FRI");
    becomes("每天9点、12点、18点", "0 9,12,18 * * *");
    becomes("每天上午9点、下午3点", "0 9,15 * * *");
    becomes("every monday and wednesday 9am and 3pm", "0 9,15 * * MON,WED");
    becomes("1、15号 9点", "0 9 1,15 * *");
    becomes("2月14日 9点", "0 9 14 2 *");
    becomes("每周一 9点，节假日除外", "0 9 * * MON ; days=workday");
    becomes("0 9 * * 最后一个周五", "0 9 * * FRI#L");
    becomes("0 9 * * 周一", "0 9 * * MON");
}

#[track_caller]
fn has_none(text: &str, words: &str) {
    let spec = Spec::cron(text, "Asia/Shanghai");
    let errors = Schedule::new(spec.clone()).unwrap_err();
    assert_eq!(errors[0].proposal(&spec), None, "{text}");
    let help = errors[0].help(&spec).unwrap();
    let help = help.get(Lang::En);
    assert!(help.contains(words), "{text}: {help}");
}

#[test]
fn ambiguous_words_get_help_without_proposal() {
    has_none("0 9 * * MON/2", "for every other week write `MON`, with `every = \"2w\"`");
    has_none("every other Monday at 9", "write `0 9 * * MON` with `every = \"2w\"`");
    has_none("隔周周一 9点", "write `0 9 * * MON` with `every = \"2w\"`");
    has_none("every 3 weeks on Monday 10:15", "write `15 10 * * MON` with `every = \"3w\"`");
    has_none("every 14 days at 9", "name the weekday, as in `0 9 * * MON`, with `every = \"2w\"`");
    has_none("每两周一次", "name the weekday, as in `0 9 * * MON`, with `every = \"2w\"`");
    has_none("两周一次", "with `every = \"2w\"`");
    has_none("每三周一次 9点", "with `every = \"3w\"`");
    has_none("每3天 9点", "list the dates in `at`");
    has_none("每周一 晚上12点", "`0 0 * * TUE` for the night that follows, or `0 0 * * MON` for the one before");
    has_none("friday midnight", "`0 0 * * SAT` for the night that follows");
    has_none("周一到周五 晚上1点", "`0 1 * * TUE-SAT` for the night that follows");
    has_none("每周一 24:00", "`0 0 * * TUE` for the night that follows");
    has_none("每月1号 晚上12点", "`0 0 1 * *` is the night before");
    has_none("每月31号 9点", "`0 9 L * *` is the last day of every month");
    has_none("每天9点、15点半", "write a campaign for each time");
    has_none("发薪日 9点", "name the day: `0 9 15W * *`");
    has_none("at 1 and 3pm on Monday", "say it in five fields");
    has_none("first Monday and Thursday 9:00", "say it in five fields");
    has_none("Monday 13 am", "say it in five fields");
    has_none("每周一晚上", "say it in five fields");
    has_none("every Monday morning", "`0 9 * * MON` is that day at 09:00");
    has_none("每周三点", "say it in five fields");
    has_none("every Monday at nine", "say it in five fields");
    has_none("rate(1 day)", "write when on the clock: `0 9 * * *`");
    has_none("@every 2h", "write when on the clock: `0 9 * * *`");
    has_none("最后一个周五", "`0 9 * * FRI#L` is that day at 09:00");
    has_none("每天", "`0 9 * * *` is that day at 09:00");
    has_none("whenever it suits", "minute, hour, day of the month, month, weekday");
}

/// A text in words is one error, however many words it has.
#[test]
fn words_are_one_fault() {
    for text in
        ["every 14 days at 9", "every monday and wednesday at nine or so", "每 周 一 上 午", "每周一 10:15 随便"]
    {
        assert_eq!(Schedule::new(Spec::cron(text, "Asia/Shanghai")).unwrap_err().len(), 1, "{text}");
    }
}

/// Dates in help are in the future.
#[test]
fn dates_in_help_are_in_the_future() {
    let help = |rule: &str| {
        let spec = spec(rule, "Asia/Shanghai");
        Schedule::new(spec.clone()).unwrap_err()[0]
            .help_from(&spec, "2026-11-26T08:00:00Z".parse().unwrap())
            .unwrap()
            .into_lang(Lang::En)
    };
    assert_eq!(
        help("Every other Monday 10:15"),
        "write `15 10 * * MON` with `every = \"2w\"`, and a date of the first week as `start`, such as `start = \"2026-11-30\"`"
    );
    assert!(help("every 3 days at 9").contains("at = [\"2026-11-27 09:00\", \"2026-11-30 09:00\","));
    assert!(help("0 9 * * MON ; max_runs=3").ends_with("such as `start = \"2026-11-26\"`"));
    assert!(help("0 9 * * MON ; every=2w").ends_with("such as `start = \"2026-11-26\"`"));
}

#[test]
fn faults_as_drawn() {
    draws(include_str!("../cases/schedule/refused.txt"), 60);
}

#[test]
fn warnings_as_drawn() {
    draws(include_str!("../cases/schedule/warned.txt"), 20);
}

/// Names of programs and standards that Chinese texts keep.
const PROPER_NAMES: [&str; 8] = ["crontab", "Quartz", "AWS", "Jenkins", "systemd", "UTC", "IANA", "drumbeat"];

#[test]
fn chinese_findings_contain_no_english() {
    let tables = [include_str!("../cases/schedule/refused.txt"), include_str!("../cases/schedule/warned.txt")];
    let rules = tables.iter().flat_map(|table| table.split("\n\n")).filter(|block| !block.starts_with("# "));
    for first in rules.filter_map(|block| block.lines().next()) {
        let (rule, zone) = first.split_once(" | ").unwrap_or((first, "Asia/Shanghai"));
        let asked = spec(rule, zone);
        let texts: Vec<Text> = match Schedule::new(asked.clone()) {
            Ok(schedule) => schedule.warnings().iter().flat_map(|it| [it.text(), it.help(&asked)]).collect(),
            Err(errors) => errors.iter().flat_map(|it| [Some(it.text()), it.help(&asked)]).flatten().collect(),
        };
        for text in texts {
            let prose: String = text.get(Lang::Zh).split('`').step_by(2).collect();
            let words = prose.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
            let english: Vec<&str> = words.filter(|word| !PROPER_NAMES.contains(word)).collect();
            assert!(english.is_empty(), "{first}: {english:?} in {prose}");
        }
    }
}
