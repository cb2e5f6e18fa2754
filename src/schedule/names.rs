//! Names of months and weekdays, as cron texts and people write them.

/// Full names, Sunday first, as 0 is Sunday in crontab.
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Short forms beside the first three letters.
const SHORT: [(&str, u16); 3] = [("tues", 2), ("thur", 4), ("thurs", 4)];

/// The full name of a weekday; 0 is Sunday.
pub(crate) fn weekday(number: u16) -> &'static str {
    WEEKDAYS[usize::from(number % 7)]
}

/// The full name of a month from 1.
pub(crate) fn month(number: u16) -> &'static str {
    MONTHS[usize::from((number + 11) % 12)]
}

/// The number of a weekday's name in any case; 0 is Sunday.
pub(crate) fn weekday_number(text: &str) -> Option<u16> {
    let short = SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number);
    short.or_else(|| position(&WEEKDAYS, text))
}

/// The number of a month's name in any case, from 1.
pub(crate) fn month_number(text: &str) -> Option<u16> {
    if text.eq_ignore_ascii_case("sept") {
        return Some(9);
    }
    position(&MONTHS, text).map(|at| at + 1)
}

fn position(names: &[&str], text: &str) -> Option<u16> {
    let at = names.iter().position(|name| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text))?;
    u16::try_from(at).ok()
}
