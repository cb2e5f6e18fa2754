//! The images and videos that a campaign names, with their index entries.

use std::ops::Range;

use super::{CampaignCheck, Context};
use crate::book::{Content, MediaRef, Spanned};
use crate::media_index::{self, BadPath, MediaEntry, MediaFormat};
use crate::post::MediaKind;
use crate::text::Text;

/// Images examined per post; another rule reports that there are too many.
const MAX_NAMED: usize = 100;

/// The role of an image or video in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Image,
    Video,
    Cover,
}

/// One path in a campaign file, with its index entry.
pub(super) struct Named<'a> {
    pub(super) used_as: Use,
    /// The content that it belongs to, as an index of the file's contents.
    pub(super) content: usize,
    pub(super) span: &'a Range<usize>,
    /// The path from the book's top.
    pub(super) resolved: Result<String, BadPath>,
    /// The index entry; `None` if the path is invalid, or if the index lacks it.
    pub(super) item: Option<&'a MediaEntry>,
}

impl Use {
    /// The role in a sentence.
    pub(super) fn name(self) -> Text {
        match self {
            Self::Image => text!(en: "an image", zh: "图片"),
            Self::Video => text!(en: "a video", zh: "视频"),
            Self::Cover => text!(en: "a cover", zh: "封面"),
        }
    }

    pub(super) fn takes(self, kind: MediaKind) -> bool {
        match self {
            Self::Image | Self::Cover => matches!(kind, MediaKind::Jpeg | MediaKind::Png),
            Self::Video => kind == MediaKind::Mp4,
        }
    }
}

impl Named<'_> {
    /// The file's size in bytes and its format, if it could be read.
    pub(super) fn file(&self) -> Option<(u64, &MediaFormat)> {
        match self.item {
            Some(MediaEntry::File { bytes, format, .. }) => Some((*bytes, format)),
            _ => None,
        }
    }
}

/// All paths to images and videos in a campaign.
pub(super) fn named<'a>(check: &CampaignCheck<'a>, context: &Context<'a>) -> Vec<Named<'a>> {
    let contents = check.parsed.contents.iter().enumerate();
    contents.flat_map(|(n, content)| named_in(n, content, check, context)).collect()
}

fn named_in<'a>(n: usize, content: &'a Content, check: &CampaignCheck<'a>, context: &Context<'a>) -> Vec<Named<'a>> {
    let images = content.images.iter().flat_map(|images| &images.value).map(|image| (Use::Image, image));
    let video = content.video.iter().map(|video| (Use::Video, video));
    let cover = content.link.iter().filter_map(|link| link.cover.as_ref()).map(|cover| (Use::Cover, cover));
    let all = video.chain(cover).chain(images.take(MAX_NAMED));
    all.filter_map(|(used_as, media)| name(check, context, (n, used_as), media)).collect()
}

fn name<'a>(
    check: &CampaignCheck<'a>,
    context: &Context<'a>,
    (content, used_as): (usize, Use),
    media: &'a Spanned<MediaRef>,
) -> Option<Named<'a>> {
    let MediaRef::Path(path) = &media.value else { return None };
    let resolved = media_index::resolve(&check.parsed.file.path, path);
    let item = resolved.as_ref().ok().and_then(|path| context.media.get(path));
    Some(Named { used_as, content, span: &media.span, resolved, item })
}
