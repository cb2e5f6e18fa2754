//! `audience.toml`: how many members and customers the corp's departments, tags and audiences have, as written by
//! `drumbeat audience`. Counts only: it names no customer.

use std::sync::Arc;

use super::counts_head::{CountsHead, CountsKind};
use super::files::SourceFile;
use super::parse_error::Wanted;
use super::spanned::Spanned;
use super::table::{Table, whole_number};
use crate::post::{Audience, Count};

/// The file as written.
#[derive(Clone, Debug)]
pub struct CountsFile {
    pub head: CountsHead,
    pub total: Option<Count>,
    pub departments: Vec<(u64, Count)>,
    pub tags: Vec<(String, Count)>,
    pub audiences: Vec<(Audience, Count)>,
    /// Customers of audiences by the count before, where the file has them.
    pub former: Vec<(Audience, u64)>,
    /// The date of that count.
    pub formerly_on: Option<Spanned<String>>,
}

/// Reads `audience.toml`.
pub fn read(file: &Arc<SourceFile>) -> CountsFile {
    let (mut total, mut departments, mut tags, mut audiences) = (None, Vec::new(), Vec::new(), Vec::new());
    let (mut former, mut formerly_on) = (Vec::new(), None);
    let head = CountsHead::read(file, CountsKind::Customers, |top| {
        top.require(&["total", "departments", "tags", "audiences"]);
        let of_all = top.table("total").and_then(|mut table| row(&mut table, |table| Some(before(table))));
        if let Some((before, count)) = of_all {
            total = Some(count);
            former.extend(before.map(|before| (Audience::Everyone, before)));
        }
        let department = |table: &mut Table<'_>| table.value("id", Wanted::Id, id).map(|id| id.value);
        departments = rows(top, "departments", department);
        tags = rows(top, "tags", |table| table.text("id").map(|id| id.value));
        let counted = rows(top, "audiences", |table| {
            let before = before(table);
            Some((audience(table)?, before))
        });
        for ((audience, before), count) in counted {
            former.extend(before.map(|before| (audience.clone(), before)));
            audiences.push((audience, count));
        }
        formerly_on = top.text("formerly_on");
    });
    CountsFile { head, total, departments, tags, audiences, former, formerly_on }
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

/// Customers by the count before.
fn before(table: &mut Table<'_>) -> Option<u64> {
    table.value("former", Wanted::Integer, |value| u64::try_from(whole_number(value)?).ok()).map(|it| it.value)
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
