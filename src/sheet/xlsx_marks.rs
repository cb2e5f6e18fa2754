//! What is written about the cells of an xlsx sheet beside their values.

use std::collections::{BTreeSet, HashMap};

use super::archive::Archive;
use super::error::SheetError;
use super::xml::{self, Node};
use crate::import::{Position, Region};

/// The part that each relation of a part leads to, by the relation's id.
type Relations = HashMap<String, String>;

/// Most merged regions of a sheet that are kept.
const MAX_MERGES: usize = 100_000;
const MAX_COLUMN: u32 = 16_384;

#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) hidden_rows: BTreeSet<u32>,
    pub(super) hidden_columns: BTreeSet<u32>,
    pub(super) merges: Vec<Region>,
    /// Cells with a rich value, by its number from 1.
    pub(super) rich_values: Vec<(Position, u32)>,
    /// The part with the pictures that are placed over the cells.
    pub(super) drawing: Option<String>,
}

/// The parts of the sheets, by the sheets' names.
pub(super) fn sheet_paths(archive: &mut Archive) -> Result<HashMap<String, String>, SheetError> {
    let top = relations_at(archive, "_rels/.rels", "", Some("/officeDocument"))?;
    let workbook = top.into_values().next().unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let relations = relations(archive, &workbook)?;
    let mut paths = HashMap::new();
    let Some(text) = archive.xml(&workbook)? else { return Ok(paths) };
    xml::visit(&text, |node| {
        if let Node::Start(start) = node
            && xml::name(start) == "sheet"
            && let (Some(name), Some(id)) = (xml::attribute(start, "name"), relation_id(start))
            && let Some(path) = relations.get(&id)
        {
            paths.insert(name, path.clone());
        }
        Ok(())
    })?;
    Ok(paths)
}

/// `r:id`: there may be an `id` without prefix beside it.
pub(super) fn relation_id(start: &quick_xml::events::BytesStart<'_>) -> Option<String> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes
        .filter_map(Result::ok)
        .find(|it| it.key.prefix().is_some() && it.key.local_name().as_ref() == "id")?;
    Some(found.value.into_owned())
}

/// The relations of a part.
pub(super) fn relations(archive: &mut Archive, part: &str) -> Result<Relations, SheetError> {
    let (dir, name) = part.rsplit_once('/').unwrap_or(("", part));
    let slash = if dir.is_empty() { "" } else { "/" };
    relations_at(archive, &format!("{dir}{slash}_rels/{name}.rels"), dir, None)
}

fn relations_at(archive: &mut Archive, path: &str, dir: &str, kind: Option<&str>) -> Result<Relations, SheetError> {
    let mut relations = Relations::new();
    let Some(text) = archive.xml(path)? else { return Ok(relations) };
    xml::visit(&text, |node| {
        let Node::Start(start) = node else { return Ok(()) };
        if xml::name(start) != "Relationship" || xml::attribute(start, "TargetMode").as_deref() == Some("External") {
            return Ok(());
        }
        let is_wanted = kind.is_none_or(|kind| xml::attribute(start, "Type").is_some_and(|it| it.ends_with(kind)));
        if let (true, Some(id), Some(target)) =
            (is_wanted, xml::attribute(start, "Id"), xml::attribute(start, "Target"))
        {
            relations.insert(id, joined(dir, &target));
        }
        Ok(())
    })?;
    Ok(relations)
}

/// A target of a relation as a path in the archive.
fn joined(dir: &str, target: &str) -> String {
    let mut parts: Vec<&str> =
        if target.starts_with('/') { Vec::new() } else { dir.split('/').filter(|it| !it.is_empty()).collect() };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Reads what a sheet says of its rows, columns and cells.
pub(super) fn read(archive: &mut Archive, path: &str) -> Result<Marks, SheetError> {
    let mut marks = Marks::default();
    let Some(text) = archive.xml(path)? else { return Ok(marks) };
    let mut drawing = None;
    let (mut row, mut column) = (0, 0);
    xml::visit(&text, |node| {
        match node {
            Node::Start(start) => match xml::name(start) {
                "col" if xml::flag(start, "hidden") => {
                    let (min, max) = (xml::number(start, "min").unwrap_or(1), xml::number(start, "max").unwrap_or(1));
                    marks.hidden_columns.extend(min.saturating_sub(1)..max.min(MAX_COLUMN));
                }
                "row" => {
                    row = xml::number(start, "r").map_or(row, |r| r.saturating_sub(1));
                    column = 0;
                    if xml::flag(start, "hidden") {
                        marks.hidden_rows.insert(row);
                    }
                }
                "c" => {
                    let at = xml::attribute(start, "r")
                        .and_then(|name| Position::parse(&name))
                        .unwrap_or(Position { row, column });
                    column = at.column + 1;
                    if let Some(number) = xml::number(start, "vm") {
                        marks.rich_values.push((at, number));
                    }
                }
                "mergeCell" if marks.merges.len() < MAX_MERGES => {
                    marks.merges.extend(xml::attribute(start, "ref").and_then(|name| Region::parse(&name)));
                }
                "drawing" => drawing = relation_id(start),
                _ => {}
            },
            Node::End("row") => row += 1,
            _ => {}
        }
        Ok(())
    })?;
    if let Some(id) = drawing {
        marks.drawing = relations(archive, path)?.remove(&id);
    }
    Ok(marks)
}
