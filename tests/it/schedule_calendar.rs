//! Calendars: the built-in one of China, and those of a book.

use chrono::{Datelike, NaiveDate, Weekday};
use drumbeat::schedule::{Calendar, Day, Days, Schedule, Spec};
use drumbeat::text::Lang;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(year: i32) -> impl Iterator<Item = NaiveDate> {
    date("2000-01-01").with_year(year).unwrap().iter_days().take_while(move |day| day.year() == year)
}

/// Make-up workdays with their weekdays, both from the official notices.
#[test]
fn make_up_workdays_are_the_notices() {
    let notices = [
        "2024-02-04 Sun 春节",
        "2024-02-18 Sun 春节",
        "2024-04-07 Sun 清明节",
        "2024-04-28 Sun 劳动节",
        "2024-05-11 Sat 劳动节",
        "2024-09-14 Sat 中秋节",
        "2024-09-29 Sun 国庆节",
        "2024-10-12 Sat 国庆节",
        "2025-01-26 Sun 春节",
        "2025-02-08 Sat 春节",
        "2025-04-27 Sun 劳动节",
        "2025-09-28 Sun 国庆节、中秋节",
        "2025-10-11 Sat 国庆节、中秋节",
        "2026-01-04 Sun 元旦",
        "2026-02-14 Sat 春节",
        "2026-02-28 Sat 春节",
        "2026-05-09 Sat 劳动节",
        "2026-09-20 Sun 国庆节",
        "2026-10-10 Sat 国庆节",
    ];
    let china = Calendar::china();
    let found: Vec<String> = (2024..=2026)
        .flat_map(days)
        .filter_map(|day| match china.day(day) {
            Day::MakeUpWorkday { name } => Some(format!("{} {name}", day.format("%F %a"))),
            _ => None,
        })
        .collect();
    assert_eq!(found, notices);
}

/// The length of each holiday in days, from the official notices (共N天).
#[test]
fn holidays_are_as_long_as_the_notices_say() {
    let china = Calendar::china();
    let counted = |year: i32| {
        let mut counted: Vec<(String, u32)> = Vec::new();
        for day in days(year) {
            let Day::Holiday { name } = china.day(day) else { continue };
            match counted.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                _ => counted.push((name, 1)),
            }
        }
        counted.into_iter().map(|(name, count)| format!("{name}{count}")).collect::<Vec<_>>().join(" ")
    };
    // 元旦 and 端午节 of 2024 are single days next to an ordinary weekend (与周末连休).
    assert_eq!(counted(2024), "元旦1 春节8 清明节3 劳动节5 端午节1 中秋节3 国庆节7");
    assert_eq!(counted(2025), "元旦1 春节8 清明节3 劳动节5 端午节3 国庆节、中秋节8");
    assert_eq!(counted(2026), "元旦3 春节9 清明节3 劳动节5 端午节3 中秋节3 国庆节7");
}

#[test]
fn every_day_of_a_published_year_is_known() {
    let china = Calendar::china();
    assert_eq!(china.name(), "China");
    assert_eq!(china.horizon(), Some(date("2026-12-31")));
    for day in (2024..=2026).flat_map(days) {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        match china.day(day) {
            Day::Unknown => panic!("{day} is unknown"),
            Day::Workday => assert!(!weekend, "{day}"),
            Day::Weekend | Day::MakeUpWorkday { .. } => assert!(weekend, "{day}"),
            Day::Holiday { .. } => {}
        }
        let kinds = [Days::Workday, Days::Holiday, Days::Weekend];
        assert_eq!(kinds.iter().filter(|kind| china.counts(day, **kind) == Some(true)).count(), 1, "{day}");
    }
    assert_eq!(china.day(date("2027-01-01")), Day::Unknown);
    assert_eq!(china.day(date("2023-12-31")), Day::Unknown);
    assert_eq!(china.counts(date("2027-01-01"), Days::Any), Some(true));
    assert_eq!(china.counts(date("2027-01-01"), Days::Workday), None);
    assert_eq!(china.counts(date("2027-01-01"), Days::Weekend), Some(false), "a Friday, whatever is published");
}

/// A year in the form of the built-in file; its dates are an example, because its notice is not known.
const NEXT_YEAR: &str = r#"
[years.2027]
source = "国务院办公厅关于2027年部分节假日安排的通知"
holidays = [
    { name = "元旦", from = 2027-01-01, to = 2027-01-03 },
    { name = "春节", from = 2027-02-05, to = 2027-02-12, workdays = [2027-01-31] },
    { name = "清明节", from = 2027-04-03, to = 2027-04-05 },
    { name = "劳动节", from = 2027-05-01, to = 2027-05-05, workdays = [2027-05-08] },
    { name = "端午节", from = 2027-06-09, to = 2027-06-11 },
    { name = "国庆节、中秋节", from = 2027-10-01, to = 2027-10-07, workdays = [2027-09-26] },
]
"#;

#[test]
fn a_year_is_added_by_its_table_alone() {
    let file = include_str!("../../src/schedule/calendar/china.toml");
    let (before, after) = (Calendar::china(), Calendar::parse(&format!("{file}{NEXT_YEAR}")).unwrap());
    assert_eq!(after.years().collect::<Vec<_>>(), [2024, 2025, 2026, 2027]);
    assert_eq!(after.missing_holidays(2027), Vec::<&str>::new());
    for day in (2024..=2026).flat_map(days) {
        assert_eq!(before.day(day), after.day(day), "{day}");
    }
    let next = |calendar: &Calendar| {
        let spec =
            Spec { days: Days::Workday, calendar: Some(calendar.clone()), ..Spec::cron("0 9 * * *", "Asia/Shanghai") };
        let schedule = Schedule::new(spec).unwrap();
        schedule.next_after("2027-02-04T16:00:00Z".parse().unwrap()).unwrap()
    };
    let (held, known) = (next(&before), next(&after));
    assert!(held.doubt.is_some() && known.doubt.is_none());
    assert_eq!([held.local.date(), known.local.date()], [date("2027-02-05"), date("2027-02-15")]);
}

#[test]
fn an_empty_year_counts_as_unpublished() {
    let calendar = Calendar::parse(
        r#"
        name = "Test"
        weekend = ["FRI", "sat"]
        [years.2026]
        holidays = [{ name = "Feast", from = 2026-03-20, to = 2026-03-22 }]
        [years.2027]
        source = "to come"
        "#,
    )
    .unwrap();
    assert_eq!(calendar.horizon(), Some(date("2026-12-31")));
    assert_eq!(calendar.day(date("2027-06-01")), Day::Unknown);
    assert_eq!(calendar.day(date("2026-03-21")), Day::Holiday { name: "Feast".to_owned() });
    assert_eq!(calendar.day(date("2026-03-27")), Day::Weekend, "a Friday");
    assert_eq!(calendar.day(date("2026-03-29")), Day::Workday, "a Sunday");
}

#[test]
fn a_book_amends_single_dates_and_whole_years() {
    let amended = Calendar::china()
        .amend(
            r#"
            holidays = [
                { name = "司庆", on = 2026-06-08 },
                { name = "盘点", workdays = [2026-06-27, 2026-05-04] },
                { name = "春节", from = 2027-02-06, to = 2027-02-12 },
            ]
            "#,
        )
        .unwrap();
    assert_eq!(amended.day(date("2026-06-08")), Day::Holiday { name: "司庆".to_owned() });
    assert_eq!(amended.day(date("2026-06-27")), Day::MakeUpWorkday { name: "盘点".to_owned() });
    assert_eq!(amended.day(date("2026-05-04")), Day::Workday);
    // Single dates do not publish their year.
    assert_eq!(amended.day(date("2027-02-08")), Day::Holiday { name: "春节".to_owned() });
    assert_eq!(amended.day(date("2027-02-15")), Day::Unknown);
    assert_eq!(amended.horizon(), Some(date("2026-12-31")));
    assert_eq!(Calendar::china().day(date("2026-06-08")), Day::Workday, "the original is as it was");

    let published = Calendar::china()
        .amend("[years.2026]\nholidays = [{ name = \"元旦\", on = 2026-01-01 }]\n[years.2027]\nholidays = [{ name = \"元旦\", on = 2027-01-01 }]")
        .unwrap();
    assert_eq!(published.horizon(), Some(date("2027-12-31")));
    assert_eq!(published.day(date("2026-10-01")), Day::Workday, "the year was replaced");
    assert_eq!(published.day(date("2027-10-01")), Day::Workday);

    let schedule = Schedule::new(Spec {
        days: Days::Workday,
        calendar: Some(amended),
        ..Spec::cron("0 9 8 6 *", "Asia/Shanghai")
    })
    .unwrap();
    let next = schedule.next_after("2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(next.local.date(), date("2027-06-08"));
    assert!(next.doubt.is_some());
    let stored = serde_json::to_string(&schedule).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&stored).unwrap(), schedule);
}

/// A text with all its errors and their places.
#[track_caller]
fn refused(text: &str, expected: &[(&str, &str)]) {
    let errors = Calendar::parse(text).unwrap_err();
    let found: Vec<(&str, &str)> = errors
        .iter()
        .map(|error| (error.span.clone().map_or("", |span| &text[span]), error.message.get(Lang::En)))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn faults_of_a_calendar() {
    refused(
        "",
        &[("", "a calendar needs a `name`"), ("", "a calendar needs its `weekend`, such as [\"SAT\", \"SUN\"]")],
    );
    let head = "name = \"T\"\nweekend = [\"SAT\"]\n";
    let with = |rest: &str| format!("{head}{rest}");
    refused("name = \"T\"\nweekend = [\"周六\"]", &[("\"周六\"", "`周六` is not a weekday: write SAT")]);
    refused(&with("[years.26]"), &[("26", "`26` is not a year")]);
    refused(
        &with("[years.2026]\nholidays = [{ name = \"A\", on = 2025-06-01 }]"),
        &[("2025-06-01", "2025-06-01 does not belong to 2026")],
    );
    refused(
        &with("holidays = [{ name = \"A\", from = 2026-06-03, to = 2026-06-01 }]"),
        &[("2026-06-01", "`A` ends on 2026-06-01, before it begins on 2026-06-03")],
    );
    refused(
        &with("holidays = [{ name = \"A\", from = 2026-06-03, to = 2027-06-01 }]"),
        &[("2027-06-01", "`A` is longer than 31 days")],
    );
    refused(
        &with("holidays = [{ name = \"A\", on = 2026-06-03, workdays = [2026-06-03] }]"),
        &[("2026-06-03", "2026-06-03 is named twice")],
    );
    refused(
        &with("holidays = [{ name = \"A\", on = 2026-06-03T09:00:00 }]"),
        &[("2026-06-03T09:00:00", "`on` takes a date such as 2026-01-01")],
    );
    refused(
        &with("holidays = [{ name = \"A\" }]"),
        &[("{ name = \"A\" }", "`A` needs either `on`, or `from` and `to`")],
    );
    let unknown = with("holidays = [{ name = \"A\", date = 2026-06-03 }]");
    let errors = Calendar::parse(&unknown).unwrap_err();
    assert!(errors[0].message.get(Lang::En).contains("unknown key `date`"), "{}", errors[0]);
}

#[test]
fn the_built_in_years_lack_no_holiday() {
    let china = Calendar::china();
    for year in china.years() {
        assert_eq!(china.missing_holidays(year), Vec::<&str>::new(), "{year}");
    }
}
