//! The pictures of an xlsx file: placed over cells, put into cells by Excel, put into cells by WPS.

use std::collections::HashMap;
use std::sync::Arc;

use super::archive::Archive;
use super::error::SheetError;
use super::xlsx_marks::{relation_id, relations};
use super::xml::{self, Node};
use crate::import::{PictureId, Position, Sheet};

/// Adds the pictures of a drawing to the cells under their upper left corners.
pub(super) fn drawing(archive: &mut Archive, path: &str, sheet: &mut Sheet) -> Result<(), SheetError> {
    let relations = relations(archive, path)?;
    let Some(text) = archive.xml(path)? else { return Ok(()) };
    let mut anchor = Anchor::default();
    let mut reading = None;
    xml::visit(&text, |node| {
        match node {
            Node::Start(start) => match xml::name(start) {
                "twoCellAnchor" | "oneCellAnchor" | "absoluteAnchor" => anchor = Anchor::default(),
                "from" => anchor.is_in_from = true,
                "col" if anchor.is_in_from => reading = Some(Axis::Column),
                "row" if anchor.is_in_from => reading = Some(Axis::Row),
                "blip" => {
                    let embedded = xml::attribute(start, "embed").and_then(|id| relations.get(&id));
                    match (embedded, anchor.row, anchor.column) {
                        (Some(path), Some(row), Some(column)) => {
                            sheet.add_picture(Position { row, column }, PictureId(Arc::from(path.as_str())));
                        }
                        _ => sheet.lost_pictures += 1,
                    }
                }
                _ => {}
            },
            Node::End("from") => anchor.is_in_from = false,
            Node::End("col" | "row") => reading = None,
            Node::End(_) => {}
            Node::Text(text) => match reading {
                Some(Axis::Column) => anchor.column = text.trim().parse().ok(),
                Some(Axis::Row) => anchor.row = text.trim().parse().ok(),
                None => {}
            },
        }
        Ok(())
    })
}

#[derive(Default)]
struct Anchor {
    is_in_from: bool,
    row: Option<u32>,
    column: Option<u32>,
}

enum Axis {
    Row,
    Column,
}

/// Pictures that WPS puts into cells: `xl/cellimages.xml`, by the names in `=DISPIMG("…",1)`.
#[derive(Default)]
pub(super) struct WpsPictures(HashMap<String, PictureId>);

impl WpsPictures {
    const PART: &str = "xl/cellimages.xml";

    pub(super) fn read(archive: &mut Archive) -> Result<Self, SheetError> {
        let mut pictures = HashMap::new();
        let Some(text) = archive.xml(Self::PART)? else { return Ok(Self::default()) };
        let relations = relations(archive, Self::PART)?;
        let mut name = None;
        xml::visit(&text, |node| {
            if let Node::Start(start) = node {
                match xml::name(start) {
                    "cNvPr" => name = xml::attribute(start, "name"),
                    "blip" => {
                        let path = xml::attribute(start, "embed").and_then(|id| relations.get(&id));
                        if let (Some(name), Some(path)) = (name.take(), path) {
                            pictures.insert(name, PictureId(Arc::from(path.as_str())));
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(Self(pictures))
    }

    pub(super) fn picture(&self, name: &str) -> Option<PictureId> {
        self.0.get(name).cloned()
    }
}

/// Pictures that Excel puts into cells, as values of a rich type: a cell's `vm` leads through `xl/metadata.xml` and the
/// parts of `xl/richData/` to the picture.
#[derive(Default)]
pub(super) struct RichPictures {
    /// For each value metadata block, the number of its rich value.
    blocks: Vec<Option<usize>>,
    /// For each rich value, the number of its relation, where it is a picture.
    values: Vec<Option<usize>>,
    pictures: Vec<Option<PictureId>>,
}

impl RichPictures {
    pub(super) fn read(archive: &mut Archive) -> Result<Self, SheetError> {
        let Some(metadata) = archive.xml("xl/metadata.xml")? else { return Ok(Self::default()) };
        let blocks = blocks(&metadata)?;
        let structures = match archive.xml("xl/richData/rdrichvaluestructure.xml")? {
            Some(text) => structures(&text)?,
            None => return Ok(Self::default()),
        };
        let values = match archive.xml("xl/richData/rdrichvalue.xml")? {
            Some(text) => values(&text, &structures)?,
            None => return Ok(Self::default()),
        };
        const RELATIONS: &str = "xl/richData/richValueRel.xml";
        let mut pictures = Vec::new();
        if let Some(text) = archive.xml(RELATIONS)? {
            let relations = relations(archive, RELATIONS)?;
            xml::visit(&text, |node| {
                if let Node::Start(start) = node
                    && xml::name(start) == "rel"
                {
                    let path = relation_id(start).and_then(|id| relations.get(&id).cloned());
                    pictures.push(path.map(|path| PictureId(path.into())));
                }
                Ok(())
            })?;
        }
        Ok(Self { blocks, values, pictures })
    }

    /// The picture of a value metadata block, counted from 1.
    pub(super) fn picture(&self, vm: u32) -> Option<PictureId> {
        let value = (*self.blocks.get(vm.checked_sub(1)? as usize)?)?;
        let relation = (*self.values.get(value)?)?;
        self.pictures.get(relation)?.clone()
    }
}

/// For each block of `valueMetadata`, the rich value that it leads to.
fn blocks(metadata: &str) -> Result<Vec<Option<usize>>, SheetError> {
    let mut types = Vec::new();
    // The rich values of `futureMetadata`, in their order.
    let mut rich: Vec<Option<usize>> = Vec::new();
    let mut blocks: Vec<Option<(usize, usize)>> = Vec::new();
    let (mut is_rich, mut is_values) = (false, false);
    xml::visit(metadata, |node| {
        match node {
            Node::Start(start) => match xml::name(start) {
                "metadataType" => types.push(xml::attribute(start, "name").as_deref() == Some("XLRICHVALUE")),
                "futureMetadata" => is_rich = xml::attribute(start, "name").as_deref() == Some("XLRICHVALUE"),
                "valueMetadata" => is_values = true,
                "bk" if is_rich => rich.push(None),
                "bk" if is_values => blocks.push(None),
                "rvb" if is_rich => {
                    if let Some(last) = rich.last_mut() {
                        *last = xml::number(start, "i").map(|i| i as usize);
                    }
                }
                "rc" if is_values => {
                    if let (Some(last), Some(t), Some(v)) =
                        (blocks.last_mut(), xml::number(start, "t"), xml::number(start, "v"))
                    {
                        *last = Some((t as usize, v as usize));
                    }
                }
                _ => {}
            },
            Node::End("futureMetadata") => is_rich = false,
            Node::End("valueMetadata") => is_values = false,
            _ => {}
        }
        Ok(())
    })?;
    let value = |(kind, at): (usize, usize)| {
        let is_rich = types.get(kind.checked_sub(1)?).copied().unwrap_or(false);
        is_rich.then(|| rich.get(at).copied().flatten()).flatten()
    };
    Ok(blocks.into_iter().map(|block| block.and_then(value)).collect())
}

/// For each structure, which of its values is the number of a picture's relation.
fn structures(text: &str) -> Result<Vec<Option<usize>>, SheetError> {
    let mut structures: Vec<Option<usize>> = Vec::new();
    let mut key = 0;
    xml::visit(text, |node| {
        if let Node::Start(start) = node {
            match xml::name(start) {
                "s" => {
                    structures.push(None);
                    key = 0;
                }
                "k" => {
                    if xml::attribute(start, "n").as_deref() == Some("_rvRel:LocalImageIdentifier")
                        && let Some(last) = structures.last_mut()
                    {
                        *last = Some(key);
                    }
                    key += 1;
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(structures)
}

/// For each rich value, the number of its picture's relation.
fn values(text: &str, structures: &[Option<usize>]) -> Result<Vec<Option<usize>>, SheetError> {
    let mut values: Vec<Option<usize>> = Vec::new();
    let mut wanted = None;
    let (mut key, mut is_value) = (0, false);
    xml::visit(text, |node| {
        match node {
            Node::Start(start) => match xml::name(start) {
                "rv" => {
                    let structure = xml::number(start, "s").unwrap_or(0) as usize;
                    wanted = structures.get(structure).copied().flatten();
                    values.push(None);
                    key = 0;
                }
                "v" => is_value = true,
                _ => {}
            },
            Node::End("v") => {
                is_value = false;
                key += 1;
            }
            Node::End(_) => {}
            Node::Text(text) if is_value && wanted == Some(key) => {
                if let Some(last) = values.last_mut() {
                    *last = text.trim().parse().ok();
                }
            }
            Node::Text(_) => {}
        }
        Ok(())
    })?;
    Ok(values)
}
