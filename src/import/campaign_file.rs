//! The campaign file that a group of rows becomes, with the cell that each part of it came from.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::content::{PostContent, department, is_everyone};
use super::imported_file::{DIRECTORY, KEPT_MARK, MARK, PostOwner};
use super::reconcile::{MergedCampaign, MergedPost, file_path};
use super::row::{At, RowAudience};
use super::table::Position;
use crate::book::DepartmentRef;
use crate::ids::Sha256;
use crate::text::Lang;

/// A campaign file made from rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignFile {
    /// From the book's top.
    pub path: String,
    pub text: String,
    title: Option<String>,
    /// The spans of the text with the cell of each; a later span may be inside an earlier one.
    parts: Vec<(Range<usize>, Position)>,
    /// The spans of posts that the sheet has no row for.
    others: Vec<(Range<usize>, OtherPost)>,
    /// The cell for findings about the whole campaign.
    pub cell: Position,
}

/// A post of a campaign file that the sheet has no row for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPost {
    pub due: NaiveDateTime,
    /// The spreadsheet that it came from.
    pub source: Arc<str>,
}

impl CampaignFile {
    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".toml")
    }

    /// What people know the campaign by: its title, else the cell that stands for it.
    pub fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.cell.to_string())
    }

    /// The post without a row that a stretch of the file is of.
    pub fn other_at(&self, span: Option<&Range<usize>>) -> Option<&OtherPost> {
        let span = span?;
        self.others.iter().find(|(part, _)| part.contains(&span.start)).map(|(_, other)| other)
    }

    /// The cell that a stretch of the file came from.
    pub fn cell_at(&self, span: Option<&Range<usize>>) -> Position {
        let Some(span) = span else { return self.cell };
        let is_inside = |part: &Range<usize>| part.start <= span.start && span.start < part.end.max(part.start + 1);
        let innermost = self.parts.iter().filter(|(part, _)| is_inside(part)).min_by_key(|(part, _)| part.len());
        // A table's head stands for its first part.
        let next = || self.parts.iter().find(|(part, _)| span.start <= part.start && part.start < span.end);
        innermost.or_else(next).map_or(self.cell, |(_, cell)| *cell)
    }
}

/// The name under which files of one sheet are known: what it was imported from, on one line.
pub fn source_name(file: &str, sheet: &str) -> String {
    format!("{file}!{sheet}").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Writes the campaign file of a campaign, with comments in a language.
pub fn write(campaign: &MergedCampaign, lang: Lang) -> CampaignFile {
    let mut body = Body { lang, ..Body::default() };
    body.line("id", &campaign.id, campaign.cell);
    if let Some(title) = &campaign.title {
        body.line("title", &title.value, title.at);
    }
    if let Some(owner) = &campaign.owner {
        body.line("owner", &owner.value, owner.at);
    }
    if !campaign.allow.is_empty() {
        body.list("allow", &campaign.allow, literal);
        body.text.push('\n');
    }
    let [first, others @ ..] = &campaign.posts[..] else { unreachable!("a campaign has a post") };
    // The same content at several times is written once.
    if others.iter().all(|post| post.content.words() == first.content.words()) {
        let own = campaign.posts.iter().find(|post| post.cell.is_some()).unwrap_or(first);
        body.content("\n[content]\n", own, campaign.cell);
    } else {
        for post in &campaign.posts {
            body.content("\n[[content]]\n", post, campaign.cell);
        }
    }
    body.audience(&campaign.audience, campaign.cell);
    body.schedule(campaign);

    let digest = Sha256::of(body.text.as_bytes());
    let origin = text!(
        en: "# Imported from a spreadsheet: change it there and import it again.\n",
        zh: "# 由表格导入：要修改请改表格，再重新导入。\n"
    );
    let mut text = origin.into_lang(lang);
    let _ = writeln!(text, "{MARK}{digest} {}", campaign.source);
    let offset = text.len();
    text.push_str(&body.text);
    let parts = body.parts.into_iter().map(|(part, cell)| (part.start + offset..part.end + offset, cell)).collect();
    let others = body.others.into_iter().map(|(part, post)| (part.start + offset..part.end + offset, post)).collect();
    let title = campaign.title.as_ref().map(|title| title.value.clone());
    CampaignFile { path: file_path(&campaign.id), text, title, parts, others, cell: campaign.cell }
}

/// A builder of the text below the header.
#[derive(Default)]
struct Body {
    lang: Lang,
    text: String,
    parts: Vec<(Range<usize>, Position)>,
    others: Vec<(Range<usize>, OtherPost)>,
}

impl Body {
    /// Writes what belongs to a post.
    fn of_post(&mut self, post: &MergedPost, cell: Position, write: impl FnOnce(&mut Self)) {
        let from = self.text.len();
        self.part(post.cell.unwrap_or(cell), write);
        if post.cell.is_none() {
            let other = OtherPost { due: post.due, source: Arc::clone(post.owner.source()) };
            self.others.push((from..self.text.len(), other));
        }
    }

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

    fn content(&mut self, table: &str, post: &MergedPost, cell: Position) {
        let content = &post.content;
        self.of_post(post, cell, |body| {
            body.text.push_str(table);
            if let Some(text) = &content.text {
                body.part(text.at, |body| {
                    let _ = writeln!(body.text, "text = {}", text_literal(&text.value));
                });
            }
            if let Some(first) = content.images.first() {
                body.part(first.at, |body| {
                    body.text.push_str("images = [");
                    for (at, image) in content.images.iter().enumerate() {
                        body.text.push_str(if at > 0 { ", " } else { "" });
                        body.part(image.at, |body| body.text.push_str(&literal(&from_file(&image.value))));
                    }
                    body.text.push_str("]\n");
                });
            }
            if let Some(video) = &content.video {
                body.line("video", &from_file(&video.value), video.at);
            }
            body.link(content);
        });
    }

    fn link(&mut self, content: &PostContent) {
        let text = |it: &Option<At<String>>| it.as_ref().map(|it| (it.at, it.value.clone()));
        let cover = content.cover.as_ref().map(|it| (it.at, from_file(&it.value)));
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
                body.list("department_list", &audience.departments, department_literal);
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

    fn schedule(&mut self, campaign: &MergedCampaign) {
        self.part(campaign.posts[0].cell.unwrap_or(campaign.cell), |body| {
            body.text.push_str("\n[schedule]\nat = ");
            if let [only] = &campaign.posts[..] {
                body.time(only, "", &campaign.source);
                return;
            }
            body.text.push_str("[\n");
            for post in &campaign.posts {
                body.of_post(post, campaign.cell, |body| {
                    body.text.push_str("    ");
                    body.time(post, ",", &campaign.source);
                });
            }
            body.text.push_str("]\n");
        });
    }

    /// A time, with the spreadsheet that it came from where that is another one than the file's.
    fn time(&mut self, post: &MergedPost, comma: &str, source: &Arc<str>) {
        let comment = match &post.owner {
            PostOwner::Sheet(own) if own == source => String::new(),
            PostOwner::Sheet(own) => format!(" # {own}"),
            PostOwner::Kept(own) => format!(" # {}{own}", KEPT_MARK.get(self.lang)),
        };
        let _ = writeln!(self.text, "{}{comma}{comment}", post.due.format("%Y-%m-%dT%H:%M:%S"));
    }
}

/// A path from the book's top, as a file in [`DIRECTORY`] names it.
fn from_file(path: &str) -> String {
    match path.strip_prefix(DIRECTORY).and_then(|rest| rest.strip_prefix('/')) {
        Some(inside) => inside.to_owned(),
        None => format!("../{path}"),
    }
}

fn department_literal(name: &str) -> String {
    match department(name) {
        DepartmentRef::Id(id) => id.to_string(),
        DepartmentRef::Name(name) => literal(&name),
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
