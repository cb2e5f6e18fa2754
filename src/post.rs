//! What one occurrence sends: text, attachments and audience, sound and complete.
//!
//! A [`Post`] is made only from a campaign that has passed every check, and is sealed into the run that claims it: what
//! was reviewed is what goes out.

mod names;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::Sha256;

pub use names::{Names, Renamed};

/// A post, ready but for the media ids that WeCom hands out at upload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Post {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub attachments: Attachments,
    pub audience: Audience,
}

impl Post {
    /// Whether WeCom's list could not tell the two apart: it shows text, kind and number of attachments, and whether
    /// everybody may see it.
    pub fn looks_like(&self, other: &Self) -> bool {
        fn face(post: &Post) -> (&str, usize, Option<(&str, &str)>, bool, bool) {
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
        face(self) == face(other)
    }

    /// The digest of everything that customers could see and of who they are.
    pub fn sha256(&self) -> Sha256 {
        // A struct of plain values in declared order: the same post is the same text.
        Sha256::of(serde_json::to_string(self).expect("a post is plain data").as_bytes())
    }

    /// What goes out and to whom, in a few lines.
    pub fn in_words(&self, names: &Names) -> String {
        let media: Vec<String> = self.media().iter().map(ToString::to_string).collect();
        let attachments = match &self.attachments {
            Attachments::None => String::new(),
            Attachments::Images(_) => format!("images: {}\n", media.join(", ")),
            Attachments::Video(_) => format!("video: {}\n", media.join(", ")),
            Attachments::Link(link) => {
                format!("link: {} {}\n", link.title.as_deref().unwrap_or_default(), link.url)
            }
        };
        let text = self.text.as_deref().unwrap_or_default();
        format!("{text}\n{attachments}to: {}", self.audience.in_words(names))
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

/// The first of many names, and how many more there are; nothing of none.
fn listed(what: &str, count: usize, name: impl Fn(usize) -> String) -> Option<String> {
    const SHOWN: usize = 5;
    let shown = (0..count.min(SHOWN)).map(name).collect::<Vec<_>>().join(", ");
    match count {
        0 => None,
        1 => Some(format!("{what} {shown}")),
        2..=SHOWN => Some(format!("{what}s {shown}")),
        _ => Some(format!("{what}s {shown} and {} more", count - SHOWN)),
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => f.write_str(path),
            Self::Id(id) => write!(f, "media id {id}"),
        }
    }
}

/// One kind at most: the API refuses a mixture, so a mixture cannot be said here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachments {
    None,
    Images(Vec<Media>),
    // Boxed, as what is rare: posts of text are kept by the thousand.
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
    /// An id that somebody uploaded by hand; it dies three days after that.
    Id(String),
}

/// The kinds of file that moments take (page 96351).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Jpeg,
    Png,
    Mp4,
}

/// Who is asked to post it, and which customers may see it (`visible_range` of the API).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// `visible_range` left out: every member in the app's scope. Only `all = true` in a file makes it.
    Everyone,
    /// At least one of the three lists has an entry.
    Lists { users: Box<[String]>, departments: Box<[u64]>, tags: Box<[String]> },
}

impl Audience {
    /// Who is asked to post it and who may see it, in words, with the names of departments and tags beside their ids.
    pub fn in_words(&self, names: &Names) -> String {
        let Self::Lists { users, departments, tags } = self else {
            return "every member in the app's scope; all their customers".to_owned();
        };
        let users = listed("member", users.len(), |n| users[n].clone());
        let departments = listed("department", departments.len(), |n| names.department(departments[n]));
        let senders: Vec<String> = [users, departments].into_iter().flatten().collect();
        match (senders.is_empty(), listed("tag", tags.len(), |n| names.tag(&tags[n]))) {
            (true, Some(tags)) => format!("members who have customers with {tags}; only those customers"),
            (false, Some(tags)) => {
                format!("{}, of them who has customers with {tags}; only those customers", senders.join(" and "))
            }
            (_, None) => format!("{}; all their customers", senders.join(" and ")),
        }
    }

    /// With customer tags a post is partly visible (部分可见), without it is public (公开): page 96351.
    pub fn is_partial(&self) -> bool {
        matches!(self, Self::Lists { tags, .. } if !tags.is_empty())
    }
}
