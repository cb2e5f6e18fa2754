//! What one occurrence sends: text, attachments and audience, valid and complete.
//!
//! A [`Post`] is made only from a campaign that has passed every check, and is sealed into the run that claims it: what
//! was reviewed is what goes out.

mod audience;
mod names;
mod past_result;
mod reach;
mod template;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ids::Sha256;
use crate::text::Text;

use audience::comma;

pub use audience::Audience;
pub use names::{Names, Renamed};
pub use past_result::{PastCounts, PastOutcome, PastResult};
pub use reach::{AudienceCounts, Count, Reach, grouped, is_jump};
pub use template::{DatePart, DatedText, DatedTexts, Piece, PostTemplate};

/// A post, ready but for the media ids that WeCom hands out at upload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Post {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub attachments: Attachments,
    pub audience: Audience,
}

impl Post {
    /// Whether both show the same, to the same customers or others.
    pub fn shows_same(&self, other: &Self) -> bool {
        (&self.text, &self.attachments) == (&other.text, &other.attachments)
    }

    /// What customers see. Files at other paths with the same bytes are the same, and so are texts that differ only in
    /// blank lines and spaces around lines.
    pub fn seen(&self) -> Seen<'_> {
        let link = match &self.attachments {
            Attachments::Link(link) => Some((link.title.as_deref(), link.url.as_str())),
            Attachments::None | Attachments::Images(_) | Attachments::Video(_) => None,
        };
        let text = without_blank_lines(self.text.as_deref().unwrap_or_default());
        Seen { text, media: self.media().iter().map(SeenMedia::of).collect(), link }
    }

    /// Whether WeCom's list could not tell the two apart: it shows text, kind and number of attachments, and whether
    /// everybody may see it.
    pub fn looks_like(&self, other: &Self) -> bool {
        fn listed_properties(post: &Post) -> (&str, usize, Option<(&str, &str)>, bool, bool) {
            let link = match &post.attachments {
                Attachments::Link(link) => Some((link.title.as_deref().unwrap_or_default(), link.url.as_str())),
                _ => None,
            };
            let is_video = matches!(post.attachments, Attachments::Video(_));
            (
                post.text.as_deref().unwrap_or_default().trim(),
                post.media().len(),
                link,
                is_video,
                post.audience.is_partial(),
            )
        }
        listed_properties(self) == listed_properties(other)
    }

    /// The digest of everything that customers could see and of who they are.
    pub fn sha256(&self) -> Sha256 {
        // A struct of plain values in declared order: the same post is the same text.
        Sha256::of(serde_json::to_string(self).expect("a post is plain data").as_bytes())
    }

    /// What is posted and to whom, in a few lines.
    pub fn in_words(&self, names: &Names) -> Text {
        let media: Vec<Text> = self.media().iter().map(Media::text).collect();
        let media = Text::join(&media, &comma());
        let attachments = match &self.attachments {
            Attachments::None => Text::default(),
            Attachments::Images(_) => text!(en: "images: {media}\n", zh: "图片：{media}\n", media = media),
            Attachments::Video(_) => text!(en: "video: {media}\n", zh: "视频：{media}\n", media = media),
            Attachments::Link(link) => {
                let (title, url) = (link.title.as_deref().unwrap_or_default(), &link.url);
                text!(en: "link: {title} {url}\n", zh: "链接：{title} {url}\n")
            }
        };
        let text = self.text.as_deref().unwrap_or_default();
        text!(
            en: "{text}\n{attachments}to: {audience}",
            zh: "{text}\n{attachments}发表范围：{audience}",
            attachments = attachments,
            audience = self.audience.in_words(names)
        )
    }

    /// The media that must be uploaded before the post can go out, in the order in which they are shown.
    pub fn media(&self) -> &[Media] {
        match &self.attachments {
            Attachments::None => &[],
            Attachments::Images(images) => images,
            Attachments::Video(video) => std::slice::from_ref(video),
            Attachments::Link(link) => std::slice::from_ref(&link.cover),
        }
    }
}

/// What customers see of a post; equal for posts that look the same to them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen<'p> {
    text: Cow<'p, str>,
    media: Vec<SeenMedia<'p>>,
    link: Option<(Option<&'p str>, &'p str)>,
}

/// A text without blank lines and without spaces around its lines: readers hardly notice such a difference.
pub fn without_blank_lines(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if !text.contains(['\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum SeenMedia<'p> {
    Bytes(&'p Sha256),
    Id(&'p str),
}

impl<'p> SeenMedia<'p> {
    fn of(media: &'p Media) -> Self {
        match media {
            Media::File { sha256, .. } => Self::Bytes(sha256),
            Media::Id(id) => Self::Id(id),
        }
    }
}

/// One kind at most: the API refuses a mixture, so this type cannot represent a mixture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachments {
    None,
    Images(Vec<Media>),
    // Boxed: most posts have no attachment, and thousands are kept.
    Video(Box<Media>),
    Link(Box<Link>),
}

/// A page, shown as a card.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    pub title: Option<String>,
    pub url: String,
    pub cover: Media,
}

impl Attachments {
    /// What is attached, in a word; nothing without attachments.
    pub fn short_text(&self) -> Option<Text> {
        match self {
            Self::None => None,
            Self::Images(images) => {
                let count = images.len();
                Some(text!(en: "{count} pic", zh: "{count} 图"))
            }
            Self::Video(_) => Some(text!(en: "video", zh: "视频")),
            Self::Link(_) => Some(text!(en: "link", zh: "链接")),
        }
    }

    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Images(_) => "image",
            Self::Video(_) => "video",
            Self::Link(_) => "link",
        }
    }
}

/// A picture or video.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// A file of the book: its path from the book's top with `/` between the parts, and what was in it when checked.
    File { path: String, kind: MediaKind, bytes: u64, sha256: Sha256 },
    /// The media id of a file that was uploaded manually; it expires three days after the upload.
    Id(String),
}

display_in_english!(Media);

impl Media {
    /// Its path, or its media id.
    pub fn text(&self) -> Text {
        match self {
            Self::File { path, .. } => Text::quoted(path),
            Self::Id(id) => text!(en: "media id {id}", zh: "素材 ID {id}"),
        }
    }
}

/// The kinds of file that moments take (page 96351).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Jpeg,
    Png,
    Mp4,
}
