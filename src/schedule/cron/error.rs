//! What can be wrong with a cron expression.

use std::ops::Range;

use super::field_kind::Field;

/// The longest cron expression that is read, in bytes: any sensible one is far shorter, and work grows with length.
pub const CRON_BYTES: usize = 256;

/// A error with its place: bytes of the whole expression.
pub(crate) type Bad = (Range<usize>, CronError);

/// Every way in which a cron expression can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronError {
    Empty,
    TooLong {
        bytes: usize,
    },
    /// A full-width or typographic character; `plain` is the text with such characters replaced.
    Foreign {
        found: char,
        plain: String,
    },
    /// The form of another program, or words.
    OtherForm(OtherForm),
    FieldCount {
        found: usize,
    },
    /// Words of a note after five valid fields: `0 9 * * MON 每周一`.
    TrailingWords {
        text: String,
        /// The five fields alone.
        fields: String,
    },
    TimeOfDay {
        hour: u16,
        minute: u16,
    },
    HourFirst {
        hour: u16,
        minute: u16,
    },
    UnknownShorthand {
        text: String,
        nearest: Option<&'static str>,
    },
    EveryShorthand,
    Reboot,
    EmptyItem {
        field: Field,
    },
    OutOfRange {
        field: Field,
        text: String,
    },
    NotAValue {
        field: Field,
        text: String,
    },
    /// A weekday number in six or seven fields.
    WeekdayNumber {
        text: String,
    },
    QuestionMark {
        field: Field,
    },
    StepZero {
        field: Field,
    },
    StepTooLarge {
        field: Field,
        step: String,
    },
    StepNotANumber {
        field: Field,
        text: String,
    },
    StepFromName {
        field: Field,
        name: String,
    },
    YearsBackwards {
        from: u16,
        to: u16,
    },
    BeforeLast {
        text: String,
    },
    LastWeekday {
        /// 0 is Sunday.
        day: Option<u16>,
    },
    NthOutOfRange {
        text: String,
    },
    NthElsewhere {
        field: Field,
    },
    Hashed {
        field: Field,
    },
    /// Both day fields are restricted, without `day_match`.
    BothDays,
    /// The `cron` crate refuses a text that the parser accepts: a bug of this program.
    Internal,
}

/// A text of another program, or in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherForm {
    pub form: Form,
    /// Its equivalent; none if the text is ambiguous or incomplete.
    pub here: Option<Here>,
}

/// The equivalent schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    pub cron: String,
    pub timezone: Option<&'static str>,
    pub days: Option<&'static str>,
    /// Whether the text lacks something, such as the time of day, so that `cron` is only an example.
    pub is_example: bool,
    /// For a time past midnight: `cron` moved to the next dates.
    pub after: Option<String>,
}

/// The program or language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `CRON_TZ=Asia/Shanghai 0 9 * * MON`
    ZoneFirst,
    /// `0 9 * * MON Asia/Shanghai`
    ZoneLast,
    /// `cron(0 9 ? * MON *)`
    AwsCron,
    /// `rate(1 day)`
    AwsRate,
    /// `0 9 * * MON 2026`, as AWS writes it
    YearLast,
    /// `Mon *-*-* 09:00:00`
    Systemd,
    /// `每周一 9点`, `every Monday at 9`
    Words,
    /// `每周一 晚上12点`: of the night before, or of the one that follows.
    Night,
    /// `每月31号`: not in every month.
    LateDay,
    /// `每天9点、15点半`
    SeveralMinutes,
    /// `发薪日 9点`
    Payday,
    /// `every other Monday`, `隔周一`, `every 10 days`
    EveryFew { days: u16 },
}

impl OtherForm {
    pub(super) fn new(form: Form, here: Option<Here>) -> Self {
        Self { form, here }
    }
}

impl Here {
    pub(super) fn cron(cron: String) -> Self {
        Self { cron, ..Self::default() }
    }
}
