//! Reads a campaign file. Never fails: returns what could be read, and every error.

use std::cell::RefCell;
use std::sync::Arc;

use toml::de::DeValue;

use super::campaign::{
    ContactList, Content, DepartmentRef, Link, List, MediaRef, ParsedCampaign, RotationTable, ScheduleTable,
    SenderList, SkipDates, VisibleRange,
};
use super::files::SourceFile;
use super::parse_error::{ParseError, Wanted};
use super::spanned::{SpanSet, Spanned};
use super::syntax::{self, Recovered};
use super::table::{ParseErrors, Table, datetime, text, whole_number};
use super::toml11;

/// Reads one campaign file.
pub fn read(file: &Arc<SourceFile>) -> ParsedCampaign {
    let mut parsed = ParsedCampaign {
        file: Arc::clone(file),
        id: None,
        title: None,
        owner: None,
        contents: Vec::new(),
        rotation: None,
        visible_range: None,
        schedule: None,
        allow: Vec::new(),
        parse_errors: Vec::new(),
        unparsed: SpanSet::default(),
    };
    let read = read_root_table(file, |top| {
        top.require(&["id", "content", "visible_range", "schedule"]);
        parsed.id = top.text("id");
        parsed.title = top.text("title");
        parsed.owner = top.text("owner");
        parsed.contents = top.one_or_tables("content").into_iter().map(content).collect();
        parsed.rotation = inside(top, "rotation", rotation);
        parsed.visible_range = inside(top, "visible_range", visible_range);
        parsed.schedule = inside(top, "schedule", timetable);
        parsed.allow = top.texts("allow").map(|list| list.value).unwrap_or_default();
    });
    (parsed.parse_errors, parsed.unparsed) = (read.parse_errors, read.unparsed);
    parsed
}

/// The parse_errors of a file, and its unreliable parts.
pub(super) struct Read {
    pub(super) parse_errors: Vec<ParseError>,
    pub(super) unparsed: SpanSet,
}

/// Opens a file's top table, passes it to `read`, and returns all parse_errors: of the file, of TOML and of the reader.
pub(super) fn read_root_table(file: &SourceFile, read: impl FnOnce(&mut Table<'_>)) -> Read {
    let source = match &file.text {
        Ok(source) => source,
        Err(why) => return Read { parse_errors: vec![ParseError::Unread(why.clone())], unparsed: SpanSet::default() },
    };
    let found: ParseErrors = RefCell::new(Vec::new());
    let mut newer = Vec::new();
    let Recovered { mut parse_errors, unparsed } = syntax::parse_with_recovery(source, |top| {
        newer = toml11::newer(source, top);
        let mut table = Table::top(top, &found);
        read(&mut table);
        table.done();
    });
    let mut found = found.into_inner();
    if !parse_errors.is_empty() {
        // A key may seem missing only because its line could not be parsed.
        found.retain(|error| !matches!(error, ParseError::MissingKey { .. }) && !unparsed.contains(error.start()));
    }
    parse_errors.append(&mut found);
    parse_errors.append(&mut newer);
    Read { parse_errors, unparsed }
}

/// Reads the table of an optional key.
pub(super) fn inside<T>(
    table: &mut Table<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Table<'_>) -> T,
) -> Option<Spanned<T>> {
    let mut inner = table.table(key)?;
    let value = read(&mut inner);
    let span = inner.span();
    inner.done();
    Some(Spanned::new(value, span))
}

fn content(mut table: Table<'_>) -> Spanned<Content> {
    let content = Content {
        path: table.path().to_owned(),
        extent: table.extent(),
        text: table.text("text"),
        images: table.list_or_tables("images", Wanted::MediaList, Wanted::Media, media_path, media_id),
        video: table.value_or_table("video", Wanted::Media, media_path, media_id),
        link: inside(&mut table, "link", link),
        on: table.one_or_many("on", Wanted::Date, datetime),
    };
    let span = table.span();
    table.done();
    Spanned::new(content, span)
}

fn rotation(table: &mut Table<'_>) -> RotationTable {
    RotationTable { order: table.text("order"), after_last: table.text("after_last") }
}

fn link(table: &mut Table<'_>) -> Link {
    Link {
        title: table.text("title"),
        url: table.text("url"),
        cover: table.value_or_table("cover", Wanted::Media, media_path, media_id),
    }
}

fn media_path(value: &DeValue<'_>) -> Option<MediaRef> {
    text(value).map(MediaRef::Path)
}

fn media_id(table: &mut Table<'_>) -> Option<MediaRef> {
    table.require(&["media_id"]);
    table.text("media_id").map(|id| MediaRef::Id(id.value))
}

fn department(value: &DeValue<'_>) -> Option<DepartmentRef> {
    match value.as_str() {
        Some(name) => Some(DepartmentRef::Name(name.to_owned())),
        None => whole_number(value).map(DepartmentRef::Id),
    }
}

pub(super) fn visible_range(table: &mut Table<'_>) -> VisibleRange {
    VisibleRange {
        sender_list: inside(table, "sender_list", |table| SenderList {
            user_list: table.texts("user_list"),
            department_list: table.list("department_list", Wanted::Departments, Wanted::Department, department),
        }),
        external_contact_list: inside(table, "external_contact_list", |table| ContactList {
            tag_list: table.texts("tag_list"),
        }),
        audience: table.text("audience"),
        all: table.flag("all"),
    }
}

fn timetable(table: &mut Table<'_>) -> ScheduleTable {
    ScheduleTable {
        cron: table.text("cron"),
        day_match: table.text("day_match"),
        at: date_times(table, "at"),
        lunar: table.one_or_many("lunar", Wanted::Text, text),
        timezone: table.text("timezone"),
        start: table.value("start", Wanted::DateOrTime, datetime),
        end: table.value("end", Wanted::DateOrTime, datetime),
        skip: table.list_or_tables("skip", Wanted::Dates, Wanted::SkippedDates, skipped, skipped_range),
        days: table.text("days"),
        on_day_off: table.text("on_day_off"),
        every: table.text("every"),
        max_runs: table.number("max_runs"),
        max_lateness: table.text("max_lateness"),
    }
}

fn skipped(value: &DeValue<'_>) -> Option<SkipDates> {
    datetime(value).map(SkipDates::Date)
}

/// `{ from = …, to = … }`; records missing keys.
fn skipped_range(table: &mut Table<'_>) -> Option<SkipDates> {
    table.require(&["from", "to"]);
    let (from, to) = (table.value("from", Wanted::Date, datetime), table.value("to", Wanted::Date, datetime));
    Some(SkipDates::Range { from: from?, to: to? })
}

/// One local date-time or a list of them.
fn date_times(table: &mut Table<'_>, key: &'static str) -> Option<List<toml::value::Datetime>> {
    table.one_or_many(key, Wanted::DateTimes, datetime)
}
