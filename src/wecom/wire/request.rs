//! Bodies of requests: one payload object per attachment, and no empty lists, because WeCom may read an empty audience
//! as everyone.

use serde::Serialize;

use crate::post::{Attachments, Audience, Post};
use crate::wecom::{Body, InvalidRequest};

#[derive(Serialize)]
pub(in crate::wecom) struct AddMomentTask<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachmentOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visible_range: Option<VisibleRange<'a>>,
}

#[derive(Serialize)]
struct TextOut<'a> {
    content: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "msgtype", rename_all = "snake_case")]
enum AttachmentOut<'a> {
    Image { image: MediaOut<'a> },
    Video { video: MediaOut<'a> },
    Link { link: LinkOut<'a> },
}

#[derive(Serialize)]
struct MediaOut<'a> {
    media_id: &'a str,
}

#[derive(Serialize)]
struct LinkOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    url: &'a str,
    media_id: &'a str,
}

#[derive(Serialize)]
struct VisibleRange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_list: Option<SenderList<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_contact_list: Option<TagList<'a>>,
}

#[derive(Serialize)]
struct SenderList<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    user_list: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    department_list: &'a [u64],
}

#[derive(Serialize)]
struct TagList<'a> {
    tag_list: &'a [String],
}

impl<'a> AddMomentTask<'a> {
    /// `media_ids` in the order of [`Post::media`]. The error says why the request must not be sent.
    pub(in crate::wecom) fn new(post: &'a Post, media_ids: &'a [String]) -> Result<Self, InvalidRequest> {
        if media_ids.len() != post.media().len() {
            return Err(InvalidRequest::MediaCount);
        }
        if media_ids.iter().any(String::is_empty) {
            return Err(InvalidRequest::EmptyMediaId);
        }
        let text = post.text.as_deref().filter(|text| !text.is_empty()).map(|content| TextOut { content });
        let mut media = media_ids.iter().map(|media_id| MediaOut { media_id });
        let attachments: Vec<_> = match &post.attachments {
            Attachments::None => Vec::new(),
            Attachments::Images(_) => media.map(|image| AttachmentOut::Image { image }).collect(),
            Attachments::Video(_) => media.map(|video| AttachmentOut::Video { video }).collect(),
            Attachments::Link(link) => {
                let title = link.title.as_deref().filter(|title| !title.is_empty());
                let link = media.next().map(|cover| LinkOut { title, url: &link.url, media_id: cover.media_id });
                link.map(|link| AttachmentOut::Link { link }).into_iter().collect()
            }
        };
        if text.is_none() && attachments.is_empty() {
            return Err(InvalidRequest::NoContent);
        }
        Ok(Self { text, attachments, visible_range: VisibleRange::new(&post.audience)? })
    }
}

impl<'a> VisibleRange<'a> {
    fn new(audience: &'a Audience) -> Result<Option<Self>, InvalidRequest> {
        let Audience::Lists { users, departments, tags } = audience else { return Ok(None) };
        let sender_list = (!users.is_empty() || !departments.is_empty())
            .then_some(SenderList { user_list: users, department_list: departments });
        let external_contact_list = (!tags.is_empty()).then_some(TagList { tag_list: tags });
        if sender_list.is_none() && external_contact_list.is_none() {
            return Err(InvalidRequest::NoAudience);
        }
        Ok(Some(Self { sender_list, external_contact_list }))
    }
}

#[derive(Serialize)]
pub(in crate::wecom) struct MomentList<'a> {
    pub(in crate::wecom) start_time: i64,
    pub(in crate::wecom) end_time: i64,
    pub(in crate::wecom) filter_type: u8,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(in crate::wecom) cursor: &'a str,
    pub(in crate::wecom) limit: usize,
}

#[derive(Serialize)]
pub(in crate::wecom) struct OfMoment<'a> {
    pub(in crate::wecom) moment_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(in crate::wecom) cursor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wecom) limit: Option<usize>,
}

#[derive(Serialize)]
pub(in crate::wecom) struct Nothing {}

/// A body of plain data always has a JSON form. serde_json writes Chinese unescaped.
pub(in crate::wecom) fn json(body: &impl Serialize) -> Body {
    Body::Json(serde_json::to_vec(body).expect("the request structs are plain data"))
}
