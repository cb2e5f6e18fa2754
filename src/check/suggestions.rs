//! Suggests corrections for ids and names that the directory lacks.
//!
//! Comparing a text with a hundred thousand names is slow, and a book may have many such texts. So only the first few
//! of a book are compared, before the rules run and in file order, so that the result is reproducible.

use std::collections::HashMap;

use super::directory_names::{call_department, call_tag};
use super::resolve::{AudienceRef, Missing, Resolver};
use crate::book::{self, Book, Department, Directory, Tag};
use crate::nearest::{likeness, nearest};

/// Texts compared per book.
const MAX_SUGGESTIONS: usize = 10;
/// Ids or names that a text is compared with.
const MAX_COMPARED: usize = 100_000;

/// The longest compared text, in bytes: the time grows with the product of the lengths, and real names are short.
const MAX_NAME_CHARS: usize = 256;

/// The corrections for some texts of a book.
#[derive(Default)]
pub(super) struct Suggestions(HashMap<Missing, Option<Suggestion>>);

/// A probable correction.
#[derive(Clone, Debug)]
pub(super) struct Suggestion {
    /// For people: the id with its name.
    pub(super) shown: String,
    /// As written in a file; `None` if that is ambiguous.
    pub(super) written: Option<String>,
}

impl Suggestions {
    /// Compares the entries of a book's audiences with its directory.
    pub(super) fn of(book: &Book, resolver: &Resolver<'_>) -> Self {
        let Some(directory) = resolver.directory else { return Self::default() };
        let own = book.campaigns.iter().filter_map(AudienceRef::of_campaign);
        let mut missing: Vec<Missing> = Vec::new();
        for audience in resolver.audiences().chain(own) {
            for one in resolver.missing(&audience) {
                if !missing.contains(&one) {
                    missing.push(one);
                }
                if missing.len() == MAX_SUGGESTIONS {
                    break;
                }
            }
            if missing.len() == MAX_SUGGESTIONS {
                break;
            }
        }
        Self(missing.into_iter().map(|one| (one.clone(), near(&one, directory))).collect())
    }

    /// The correction of an id or name.
    pub(super) fn get(&self, missing: &Missing) -> Option<&Suggestion> {
        self.0.get(missing)?.as_ref()
    }
}

impl Suggestion {
    /// By name if that is unambiguous, or else by id.
    fn new(shown: String, id: Option<String>) -> Self {
        let name = shown.strip_prefix('`').and_then(|rest| rest.split_once("` (")).map(|(name, _)| name);
        let written = name.map_or(id, book::quoted);
        Self { shown, written }
    }

    fn department(directory: &Directory, department: &Department) -> Self {
        Self::new(call_department(directory, department), Some(department.id.value.to_string()))
    }

    fn tag(directory: &Directory, tag: &Tag) -> Self {
        Self::new(call_tag(directory, tag), book::quoted(&tag.id))
    }
}

fn near(missing: &Missing, directory: &Directory) -> Option<Suggestion> {
    let departments = || directory.departments.iter().take(MAX_COMPARED).filter(|it| it.name.len() <= MAX_NAME_CHARS);
    let tags =
        || directory.tags.iter().take(MAX_COMPARED).filter(|it| it.name.len().max(it.id.len()) <= MAX_NAME_CHARS);
    match missing {
        Missing::Sender(user) => {
            let senders = directory.senders.iter().take(MAX_COMPARED).map(|it| it.as_str());
            let senders = senders.filter(|it| it.len() <= MAX_NAME_CHARS);
            nearest(user, senders).map(|near| Suggestion::new(format!("`{near}`"), book::quoted(near)))
        }
        Missing::DepartmentId(id) => {
            let ids: Vec<String> = departments().map(|it| it.id.value.to_string()).collect();
            let near = nearest(&id.to_string(), ids.iter().map(String::as_str))?;
            directory.department(near.parse().ok()?).map(|it| Suggestion::department(directory, it))
        }
        Missing::Department(name) => {
            let found =
                named(name, || departments().map(|it| it.name.as_str()), |text| directory.departments_named(text));
            let path = |it: &Department| directory.path(it).unwrap_or_default();
            likeliest(name, found, path).map(|it| Suggestion::department(directory, it))
        }
        Missing::TagId(id) => {
            // A text in the form of an id may still be a name.
            let named = directory.tags_named(id).first().copied();
            let near = || directory.tag(nearest(id, tags().map(|it| it.id.as_str()))?);
            named.or_else(near).map(|it| Suggestion::tag(directory, it))
        }
        Missing::Tag(name) => {
            let found = named(name, || tags().map(|it| it.name.as_str()), |text| directory.tags_named(text));
            let path = |it: &Tag| directory.tag_path(it).unwrap_or_default();
            likeliest(name, found, path).map(|it| Suggestion::tag(directory, it))
        }
    }
}

/// The entries with the nearest name. The last part of a qualified name is compared first, because parents may be
/// omitted.
fn named<'d, Row, I: Iterator<Item = &'d str>>(
    name: &str,
    names: impl Fn() -> I,
    find: impl Fn(&str) -> Vec<&'d Row>,
) -> Vec<&'d Row> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let exact = find(last);
    if !exact.is_empty() {
        return exact;
    }
    nearest(last, names()).or_else(|| nearest(name, names())).map(find).unwrap_or_default()
}

/// Of several entries with the same name, the one whose qualified name is most similar to a text.
fn likeliest<'d, Row>(text: &str, found: Vec<&'d Row>, path: impl Fn(&Row) -> String) -> Option<&'d Row> {
    if text.len() > MAX_NAME_CHARS {
        return found.first().copied();
    }
    let alike = |row: &Row| likeness(text, &path(row));
    found.into_iter().rev().max_by(|a, b| alike(a).total_cmp(&alike(b)))
}
