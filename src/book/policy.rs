//! `policy.toml`: settings of the whole book.

use std::ops::Range;
use std::sync::Arc;

use toml::value::Datetime;

use super::campaign::{List, VisibleRange};
use super::files::SourceFile;
use super::parse_error::{ParseError, Wanted};
use super::read::{inside, read_root_table, visible_range};
use super::spanned::{SpanSet, Spanned};
use super::table::{Table, datetime};
use crate::text::Lang;

/// The policy as written. A book without one has the default.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub file: Option<Arc<SourceFile>>,
    pub timezone: Option<Spanned<String>>,
    /// `zh` or `en`: the language of texts about the book.
    pub language: Option<Spanned<String>>,
    /// `[variables]`: what texts may name.
    pub variables: Vec<Variable>,
    pub audiences: Vec<Audience>,
    pub calendar: Calendar,
    pub limits: Limits,
    pub wording: Vec<Wording>,
    pub parse_errors: Vec<ParseError>,
    /// The parts of the file that could not be read.
    pub unparsed: SpanSet,
}

impl Policy {
    /// The language in the policy. An unknown one is a finding of `bad-policy` and counts as absent.
    pub fn lang(&self) -> Option<Lang> {
        self.language.as_ref()?.parse().ok()
    }
}

/// An entry of `[variables]`.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: Spanned<String>,
    /// `None` where it is of another type, which is an error of the file.
    pub value: Option<Spanned<String>>,
}

/// `[audiences.<name>]`
#[derive(Clone, Debug)]
pub struct Audience {
    pub name: Spanned<String>,
    pub range: VisibleRange,
}

/// `[calendar]`
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// A calendar file of the book, relative to the policy.
    pub file: Option<Spanned<String>>,
    pub blackout: Vec<Blackout>,
    pub quiet_hours: Option<Spanned<QuietHours>>,
}

/// Nothing is posted between these dates or times, both included.
#[derive(Clone, Debug)]
pub struct Blackout {
    pub span: Range<usize>,
    pub from: Option<Spanned<Datetime>>,
    pub to: Option<Spanned<Datetime>>,
    pub reason: Option<Spanned<String>>,
}

/// Nothing is posted between these times of each day; the span wraps midnight if `from` is after `to`.
#[derive(Clone, Debug)]
pub struct QuietHours {
    pub from: Option<Spanned<Datetime>>,
    pub to: Option<Spanned<Datetime>>,
}

/// `[limits]`: limits of the book itself, which `check` applies. They are not WeCom's limits.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Occurrences per campaign and day; 3 by default.
    pub max_per_day: Option<Spanned<i64>>,
    /// Posts to an overlapping audience per day; no limit by default.
    pub max_per_audience_per_day: Option<Spanned<i64>>,
    /// Days within which similar texts to an overlapping audience are reported; off by default.
    pub same_text_days: Option<Spanned<i64>>,
}

/// `[[wording.refuse]]`
#[derive(Clone, Debug)]
pub struct Wording {
    pub words: List<String>,
    /// `error` or `warning`; `error` by default.
    pub level: Option<Spanned<String>>,
    pub reason: Option<Spanned<String>>,
    pub suggest: Option<Spanned<String>>,
}

/// Reads `policy.toml`.
pub fn read(file: &Arc<SourceFile>) -> Policy {
    let mut policy = Policy { file: Some(Arc::clone(file)), ..Policy::default() };
    let read = read_root_table(file, |top| {
        policy.timezone = top.text("timezone");
        policy.language = top.text("language");
        policy.variables = inside(top, "variables", variables).map(|them| them.value).unwrap_or_default();
        policy.audiences = inside(top, "audiences", audiences).map(|them| them.value).unwrap_or_default();
        policy.calendar = inside(top, "calendar", calendar).map(|it| it.value).unwrap_or_default();
        policy.limits = inside(top, "limits", limits).map(|them| them.value).unwrap_or_default();
        policy.wording = inside(top, "wording", wording).map(|it| it.value).unwrap_or_default();
    });
    (policy.parse_errors, policy.unparsed) = (read.parse_errors, read.unparsed);
    policy
}

fn variables(table: &mut Table<'_>) -> Vec<Variable> {
    let texts = table.named_texts().into_iter();
    texts.map(|(name, value)| Variable { value, name }).collect()
}

fn audiences(table: &mut Table<'_>) -> Vec<Audience> {
    let read = |(name, mut inner): (_, Table<'_>)| {
        let range = visible_range(&mut inner);
        inner.done();
        Audience { name, range }
    };
    table.named().into_iter().map(read).collect()
}

fn calendar(table: &mut Table<'_>) -> Calendar {
    Calendar {
        file: table.text("file"),
        blackout: table.tables("blackout").into_iter().map(blackout).collect(),
        quiet_hours: inside(table, "quiet_hours", |table| {
            table.require(&["from", "to"]);
            QuietHours {
                from: table.value("from", Wanted::TimeOfDay("22:00:00"), datetime),
                to: table.value("to", Wanted::TimeOfDay("08:00:00"), datetime),
            }
        }),
    }
}

fn blackout(mut table: Table<'_>) -> Blackout {
    table.require(&["from", "to"]);
    let read = Blackout {
        span: table.span(),
        from: table.value("from", Wanted::DateOrTime, datetime),
        to: table.value("to", Wanted::DateOrTime, datetime),
        reason: table.text("reason"),
    };
    table.done();
    read
}

fn limits(table: &mut Table<'_>) -> Limits {
    Limits {
        max_per_day: table.number("max_per_day"),
        max_per_audience_per_day: table.number("max_per_audience_per_day"),
        same_text_days: table.number("same_text_days"),
    }
}

fn wording(table: &mut Table<'_>) -> Vec<Wording> {
    table.tables("refuse").into_iter().filter_map(refuse).collect()
}

fn refuse(mut table: Table<'_>) -> Option<Wording> {
    table.require(&["words"]);
    let words = table.texts("words");
    let (level, reason, suggest) = (table.text("level"), table.text("reason"), table.text("suggest"));
    table.done();
    Some(Wording { words: words?, level, reason, suggest })
}
