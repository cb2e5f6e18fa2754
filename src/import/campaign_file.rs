//! The campaign file that a group of rows becomes, with the cell that each part of it came from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use super::group::Group;
use super::row::{At, MediaName, RowAudience, RowContent};
use super::table::Position;
use crate::ids::Sha256;

/// The directory of a book that imported campaigns are written to.
pub const DIRECTORY: &str = "imported";
/// What stands before the digest in the second line of an imported file.
const MARK: &str = "# drumbeat import ";

/// A campaign file made from rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignFile {
    /// From the book's top.
    pub path: String,
    pub text: String,
    /// The stretches of the text that came from cells; later ones lie within earlier ones.
    parts: Vec<(Range<usize>, Position)>,
    /// The cell that stands for the campaign as a whole.
    pub cell: Position,
}

/// Where an imported file came from, and whether it is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The spreadsheet's name and its sheet's: `排期.xlsx!排期`.
    pub source: String,
    /// Nobody has changed the file since.
    pub is_untouched: bool,
}

impl CampaignFile {
    /// The cell that a stretch of the file came from.
    pub fn cell_at(&self, span: &Range<usize>) -> Position {
        let is_inside = |part: &Range<usize>| part.start <= span.start && span.start < part.end.max(part.start + 1);
        let innermost = self.parts.iter().filter(|(part, _)| is_inside(part)).min_by_key(|(part, _)| part.len());
        // A table's head stands for its first part.
        let next = || self.parts.iter().find(|(part, _)| span.start <= part.start && part.start < span.end);
        innermost.or_else(next).map_or(self.cell, |(_, cell)| *cell)
    }
}

/// Reads the head of a file that may have been imported; nothing where it was not.
pub fn origin(text: &str) -> Option<Origin> {
    let (_, after_first) = text.split_once('\n')?;
    let (second, body) = after_first.split_once('\n')?;
    let (digest, source) = second.trim_end_matches('\r').strip_prefix(MARK)?.split_once(' ')?;
    // A checkout may have changed the line ends.
    let is_untouched = digest == Sha256::of(body.replace("\r\n", "\n").as_bytes()).to_string();
    Some(Origin { source: source.to_owned(), is_untouched })
}

/// The name under which files of one sheet are known: what it was imported from, on one line.
pub fn source_name(file: &str, sheet: &str) -> String {
    format!("{file}!{sheet}").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Writes the campaign file of a group. `media` gives the path of each picture and video from the book's top; one that is
/// not there is left out, as it was reported.
pub fn write(group: &Group, media: &BTreeMap<At<MediaName>, String>, source: &str) -> CampaignFile {
    let mut body = Body::default();
    body.line("id", &group.id.to_string(), group.cell);
    if let Some(title) = &group.title {
        body.line("title", &title.value, title.at);
    }
    if let Some(owner) = &group.owner {
        body.line("owner", &owner.value, owner.at);
    }
    let contents: Vec<&RowContent> = group.rows.iter().map(|row| &row.content).collect();
    // The same words and pictures at several times are one content.
    let is_same = contents.iter().all(|content| said(content, media) == said(contents[0], media));
    if is_same {
        body.content("\n[content]\n", contents[0], media, group.rows[0].due.at);
    } else {
        for row in &group.rows {
            body.content("\n[[content]]\n", &row.content, media, Position::new(row.row, row.due.at.column));
        }
    }
    body.audience(&group.rows[0].audience, group.cell);
    body.schedule(group);

    let digest = Sha256::of(body.text.as_bytes());
    let mut text = String::from(
        "# 由表格导入：要修改请改表格，再重新导入。Imported from a spreadsheet: change it there and import it again.\n",
    );
    let _ = writeln!(text, "{MARK}{digest} {source}");
    let offset = text.len();
    text.push_str(&body.text);
    let parts = body.parts.into_iter().map(|(part, cell)| (part.start + offset..part.end + offset, cell)).collect();
    CampaignFile { path: format!("{DIRECTORY}/{}.toml", group.id), text, parts, cell: group.cell }
}

/// What a content says, without where.
fn said<'a>(content: &'a RowContent, media: &'a BTreeMap<At<MediaName>, String>) -> [Vec<&'a str>; 6] {
    let text = |it: &'a Option<At<String>>| it.iter().map(|it| it.value.as_str()).collect();
    let path = |it: &'a Option<At<MediaName>>| it.iter().filter_map(|it| media.get(it)).map(String::as_str).collect();
    let images = content.images.iter().filter_map(|it| media.get(it)).map(String::as_str).collect();
    [
        text(&content.text),
        images,
        path(&content.video),
        text(&content.link_url),
        text(&content.link_title),
        path(&content.cover),
    ]
}

/// The text below the head, as it grows.
#[derive(Default)]
struct Body {
    text: String,
    parts: Vec<(Range<usize>, Position)>,
}

impl Body {
    /// Writes what comes from a cell.
    fn part(&mut self, cell: Position, write: impl FnOnce(&mut Self)) {
        let from = self.text.len();
        let at = self.parts.len();
        self.parts.push((from..from, cell));
        write(self);
        self.parts[at].0.end = self.text.len();
    }

    fn line(&mut self, key: &str, value: &str, cell: Position) {
        self.part(cell, |body| {
            let _ = writeln!(body.text, "{key} = {}", literal(value));
        });
    }

    fn content(&mut self, table: &str, content: &RowContent, media: &BTreeMap<At<MediaName>, String>, cell: Position) {
        self.part(cell, |body| {
            body.text.push_str(table);
            if let Some(text) = &content.text {
                body.part(text.at, |body| {
                    let _ = writeln!(body.text, "text = {}", text_literal(&text.value));
                });
            }
            let images: Vec<(&At<MediaName>, &String)> =
                content.images.iter().filter_map(|it| Some((it, media.get(it)?))).collect();
            if let Some((first, _)) = images.first() {
                body.part(first.at, |body| {
                    body.text.push_str("images = [");
                    for (at, (image, path)) in images.iter().enumerate() {
                        body.text.push_str(if at > 0 { ", " } else { "" });
                        body.part(image.at, |body| body.text.push_str(&literal(&from_file(path))));
                    }
                    body.text.push_str("]\n");
                });
            }
            if let Some((video, path)) = content.video.as_ref().and_then(|it| Some((it, media.get(it)?))) {
                body.line("video", &from_file(path), video.at);
            }
            body.link(content, media);
        });
    }

    fn link(&mut self, content: &RowContent, media: &BTreeMap<At<MediaName>, String>) {
        let cover = content.cover.as_ref().and_then(|it| Some((it.at, from_file(media.get(it)?))));
        let text = |it: &Option<At<String>>| it.as_ref().map(|it| (it.at, it.value.clone()));
        let keys = [("title", text(&content.link_title)), ("url", text(&content.link_url)), ("cover", cover)];
        let keys: Vec<(&str, (Position, String))> =
            keys.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let Some((_, (first, _))) = keys.first() else { return };
        self.part(*first, |body| {
            body.text.push_str("link = { ");
            for (at, (key, (cell, value))) in keys.iter().enumerate() {
                body.text.push_str(if at > 0 { ", " } else { "" });
                body.part(*cell, |body| {
                    let _ = write!(body.text, "{key} = {}", literal(value));
                });
            }
            body.text.push_str(" }\n");
        });
    }

    fn audience(&mut self, audience: &RowAudience, cell: Position) {
        self.part(audience.cell().unwrap_or(cell), |body| {
            body.text.push_str("\n[visible_range]\n");
            if let Some(named) = &audience.audience {
                body.part(named.at, |body| {
                    let _ = match is_everyone(&named.value) {
                        true => writeln!(body.text, "all = true"),
                        false => writeln!(body.text, "audience = {}", literal(&named.value)),
                    };
                });
            }
            if !audience.departments.is_empty() || !audience.members.is_empty() {
                body.text.push_str("sender_list = { ");
                body.list("user_list", &audience.members, literal);
                if !audience.departments.is_empty() && !audience.members.is_empty() {
                    body.text.push_str(", ");
                }
                body.list("department_list", &audience.departments, department);
                body.text.push_str(" }\n");
            }
            if !audience.tags.is_empty() {
                body.text.push_str("external_contact_list = { ");
                body.list("tag_list", &audience.tags, literal);
                body.text.push_str(" }\n");
            }
        });
    }

    fn list(&mut self, key: &str, entries: &[At<String>], written: impl Fn(&str) -> String) {
        let Some(first) = entries.first() else { return };
        self.part(first.at, |body| {
            let entries: Vec<String> = entries.iter().map(|entry| written(&entry.value)).collect();
            let _ = write!(body.text, "{key} = [{}]", entries.join(", "));
        });
    }

    fn schedule(&mut self, group: &Group) {
        let first = group.rows[0].due.at;
        self.part(first, |body| {
            body.text.push_str("\n[schedule]\nat = ");
            if let [only] = &group.rows[..] {
                let _ = writeln!(body.text, "{}", only.due.value.format("%Y-%m-%dT%H:%M:%S"));
                return;
            }
            body.text.push_str("[\n");
            for row in &group.rows {
                body.part(Position::new(row.row, row.due.at.column), |body| {
                    let _ = writeln!(body.text, "    {},", row.due.value.format("%Y-%m-%dT%H:%M:%S"));
                });
            }
            body.text.push_str("]\n");
        });
    }
}

/// A path from the book's top, as a file in [`DIRECTORY`] names it.
fn from_file(path: &str) -> String {
    match path.strip_prefix(DIRECTORY).and_then(|rest| rest.strip_prefix('/')) {
        Some(inside) => inside.to_owned(),
        None => format!("../{path}"),
    }
}

/// Whether a named audience means every member, and not one of the policy's.
fn is_everyone(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "全部" | "所有人" | "全员" | "所有成员" | "全部成员" | "all" | "everyone")
}

/// A department by its id where the cell has a number, else by its name.
fn department(name: &str) -> String {
    let narrow = super::head::narrow(name);
    // `2.0` is how some programs write a whole number into a text file.
    let narrow = narrow.strip_suffix(".0").unwrap_or(&narrow);
    match narrow.parse::<u32>() {
        Ok(id) if !narrow.starts_with('+') => id.to_string(),
        _ => literal(name),
    }
}

/// A TOML string on one line.
fn literal(value: &str) -> String {
    format!("\"{}\"", escaped(value, false))
}

/// A text on lines of its own where it has several.
fn text_literal(value: &str) -> String {
    if value.contains('\n') { format!("\"\"\"\n{}\"\"\"", escaped(value, true)) } else { literal(value) }
}

fn escaped(value: &str, has_lines: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' if has_lines => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}
