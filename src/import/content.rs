//! What a post shows and to whom, as a row or an imported file says it, so that both can be compared.

use std::collections::{BTreeMap, BTreeSet};

use super::field::narrow;
use super::row::{At, MediaName, RowAudience, RowContent};
use super::table::Position;
use crate::book::{self, DepartmentRef, MediaRef, VisibleRange};
use crate::media_index;
use crate::post::without_blank_lines;

/// The content of one post. Media are paths from the book's top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostContent {
    pub text: Option<At<String>>,
    pub images: Vec<At<String>>,
    pub video: Option<At<String>>,
    pub link_url: Option<At<String>>,
    pub link_title: Option<At<String>>,
    pub cover: Option<At<String>>,
}

impl PostContent {
    /// The content of a row. A picture without a path is left out: a finding reports it.
    pub fn of_row(content: &RowContent, paths: &BTreeMap<At<MediaName>, String>) -> Self {
        let path = |it: &At<MediaName>| Some(At { value: paths.get(it)?.clone(), at: it.at });
        Self {
            text: content.text.clone(),
            images: content.images.iter().filter_map(path).collect(),
            video: content.video.as_ref().and_then(path),
            link_url: content.link_url.clone(),
            link_title: content.link_title.clone(),
            cover: content.cover.as_ref().and_then(path),
        }
    }

    /// The content of a campaign file; `None` if an import could not write it.
    pub fn of_file(content: &book::Content, file: &str) -> Option<Self> {
        let at = Position::default();
        let text = |it: &Option<book::Spanned<String>>| it.as_ref().map(|it| At { value: it.value.clone(), at });
        let path = |it: &book::Spanned<MediaRef>| match &it.value {
            MediaRef::Path(path) => Some(At { value: media_index::resolve(file, path).ok()?, at }),
            MediaRef::Id(_) => None,
        };
        if content.on.is_some() || content.media().any(|it| path(it).is_none()) {
            return None;
        }
        let link = content.link.as_ref();
        Some(Self {
            text: text(&content.text),
            images: content.images.iter().flat_map(|images| &images.value).filter_map(path).collect(),
            video: content.video.as_ref().and_then(path),
            link_url: link.and_then(|link| text(&link.url)),
            link_title: link.and_then(|link| text(&link.title)),
            cover: link.and_then(|link| link.cover.as_ref()).and_then(path),
        })
    }

    /// The same content, all of it at one cell.
    #[must_use]
    pub fn at(mut self, cell: Position) -> Self {
        let options = [&mut self.text, &mut self.video, &mut self.link_url, &mut self.link_title, &mut self.cover];
        let parts = options.into_iter().flatten().chain(&mut self.images);
        parts.for_each(|part| part.at = cell);
        self
    }

    /// What customers see.
    pub fn key(&self) -> ContentKey {
        let text = self.text.as_ref().map(|text| without_blank_lines(&text.value));
        let [_, rest @ ..] = self.words();
        ContentKey(format!("{:?}{rest:?}", text.unwrap_or_default()))
    }

    /// What it says, without the cells.
    pub fn words(&self) -> [Vec<&str>; 6] {
        fn list(parts: &[At<String>]) -> Vec<&str> {
            parts.iter().map(|it| it.value.as_str()).collect()
        }
        [
            list(self.text.as_slice()),
            list(&self.images),
            list(self.video.as_slice()),
            list(self.link_url.as_slice()),
            list(self.link_title.as_slice()),
            list(self.cover.as_slice()),
        ]
    }
}

/// What customers see of a content; equal for contents that look the same to them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentKey(String);

/// The audience of a campaign file; `None` if an import could not write it.
pub(crate) fn audience_of_file(range: &VisibleRange) -> Option<RowAudience> {
    let at = Position::default();
    let of = |value: &str| At { value: value.to_owned(), at };
    let everyone = match &range.all {
        Some(all) if !all.value => return None,
        Some(_) => Some(of("all")),
        None => None,
    };
    Some(RowAudience {
        audience: everyone.or_else(|| range.audience.as_ref().map(|it| of(&it.value))),
        departments: range.departments().map(|it| of(&it.value.to_string())).collect(),
        members: range.senders().map(|it| of(&it.value)).collect(),
        tags: range.tags().map(|it| of(&it.value)).collect(),
    })
}

/// The audience in words that are the same for a row and for the file that it became, in any order.
pub(crate) fn audience_words(audience: &RowAudience) -> [BTreeSet<String>; 4] {
    let owned = |list: &[At<String>]| list.iter().map(|it| it.value.clone()).collect();
    let named = |it: &At<String>| if is_everyone(&it.value) { "all".to_owned() } else { it.value.clone() };
    let departments = audience.departments.iter().map(|it| match department(&it.value) {
        DepartmentRef::Id(id) => id.to_string(),
        DepartmentRef::Name(name) => name,
    });
    [
        audience.audience.iter().map(named).collect(),
        departments.collect(),
        owned(&audience.members),
        owned(&audience.tags),
    ]
}

/// Whether a named audience means every member, and not one of the policy's.
pub(crate) fn is_everyone(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "全部" | "所有人" | "全员" | "所有成员" | "全部成员" | "all" | "everyone")
}

/// A department by its id where the cell has a number, else by its name.
pub(crate) fn department(name: &str) -> DepartmentRef {
    let narrow = narrow(name);
    // `2.0` is how some programs write a whole number into a text file.
    let narrow = narrow.strip_suffix(".0").unwrap_or(&narrow);
    match narrow.parse::<u32>() {
        Ok(id) if !narrow.starts_with('+') => DepartmentRef::Id(id.into()),
        _ => DepartmentRef::Name(name.to_owned()),
    }
}
