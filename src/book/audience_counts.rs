//! `audience.toml`: how many members and customers the corp's departments, tags and audiences have, as written by
//! `drumbeat audience`. Counts only: it names no customer.

use std::sync::Arc;

use super::files::SourceFile;
use super::parse_error::{ParseError, Wanted};
use super::read::read_root_table;
use super::spanned::{SpanSet, Spanned};
use super::table::{Table, whole_number};
use crate::post::{Audience, Count};

/// The only version of the format so far.
pub const VERSION: i64 = 1;

/// The file as written.
#[derive(Clone, Debug)]
pub struct CountsFile {
    pub file: Arc<SourceFile>,
    pub version: Option<Spanned<i64>>,
    /// The id of the corp whose members were counted.
    pub corp: Option<Spanned<String>>,
    /// A date in ISO form.
    pub counted_on: Option<Spanned<String>>,
    pub total: Option<Count>,
    pub departments: Vec<(u64, Count)>,
    pub tags: Vec<(String, Count)>,
    pub audiences: Vec<(Audience, Count)>,
    pub parse_errors: Vec<ParseError>,
    /// The parts of the file that could not be read.
    pub unparsed: SpanSet,
}

/// Reads `audience.toml`.
pub fn read(file: &Arc<SourceFile>) -> CountsFile {
    let mut counts = CountsFile {
        file: Arc::clone(file),
        version: None,
        corp: None,
        counted_on: None,
        total: None,
        departments: Vec::new(),
        tags: Vec::new(),
        audiences: Vec::new(),
        parse_errors: Vec::new(),
        unparsed: SpanSet::default(),
    };
    let read = read_root_table(file, |top| {
        top.require(&["version", "corp", "counted_on", "total", "departments", "tags", "audiences"]);
        counts.version = top.number("version");
        counts.corp = top.text("corp");
        counts.counted_on = top.text("counted_on");
        counts.total = top.table("total").and_then(|mut table| row(&mut table, |_| Some(()))).map(|(_, count)| count);
        let department = |table: &mut Table<'_>| table.value("id", Wanted::Id, id).map(|id| id.value);
        counts.departments = rows(top, "departments", department);
        counts.tags = rows(top, "tags", |table| table.text("id").map(|id| id.value));
        counts.audiences = rows(top, "audiences", audience);
    });
    (counts.parse_errors, counts.unparsed) = (read.parse_errors, read.unparsed);
    counts
}

fn rows<T>(top: &mut Table<'_>, key: &'static str, what: impl Fn(&mut Table<'_>) -> Option<T>) -> Vec<(T, Count)> {
    top.tables(key).into_iter().filter_map(|mut table| row(&mut table, &what)).collect()
}

fn row<T>(table: &mut Table<'_>, what: impl Fn(&mut Table<'_>) -> Option<T>) -> Option<(T, Count)> {
    let what = what(table);
    table.require(&["members", "customers", "pairs"]);
    let mut number = |key| table.value(key, Wanted::Integer, |value| u64::try_from(whole_number(value)?).ok());
    let (members, customers, pairs) = (number("members"), number("customers"), number("pairs"));
    let uncounted = number("uncounted").map_or(0, |it| it.value);
    let (members, customers, pairs) = (members?.value, customers?.value, pairs?.value);
    Some((what?, Count { members, customers, pairs, uncounted }))
}

fn audience(table: &mut Table<'_>) -> Option<Audience> {
    let mut texts = |key| -> Vec<String> {
        let list = table.texts(key).map(|list| list.value).unwrap_or_default();
        list.into_iter().map(|it| it.value).collect()
    };
    let (users, tags) = (texts("users"), texts("tags"));
    let departments =
        table.list("departments", Wanted::Departments, Wanted::Id, id).map(|list| list.value).unwrap_or_default();
    let departments = departments.into_iter().map(|it| it.value).collect();
    Some(Audience::Lists { users, departments, tags }.sorted())
}

fn id(value: &toml::de::DeValue<'_>) -> Option<u64> {
    whole_number(value).and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0)
}
