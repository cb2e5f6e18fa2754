//! upload_attachment: accepts files by their content, like WeCom.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::{Sandbox, later};
use crate::ids::Sha256;
use crate::limits;
use crate::media;
use crate::media_index::MediaFormat;
use crate::wecom::{Body, Request, Response};

/// The uploads, by media id.
#[derive(Default)]
pub(super) struct UploadStore {
    files: BTreeMap<String, Upload>,
}

#[derive(Clone)]
pub(super) struct Upload {
    pub(super) kind: Kind,
    /// Whether it was uploaded for moments (`attachment_type=1`).
    pub(super) for_moments: bool,
    pub(super) sha256: Sha256,
    until: DateTime<Utc>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Video,
}

#[derive(Serialize)]
struct Uploaded<'a> {
    r#type: &'a str,
    media_id: &'a str,
    created_at: i64,
}

impl UploadStore {
    /// A file that may be used in a moment as `kind`.
    pub(super) fn take(&self, media_id: &str, kind: Kind, now: DateTime<Utc>) -> Result<&Upload, Refusal> {
        match self.files.get(media_id) {
            None => Err(refuse(40007, "invalid media_id")),
            Some(file) if file.until <= now => Err(refuse(40007, "invalid media_id, expired")),
            Some(file) if file.kind != kind => Err(refuse(40007, "invalid media_id, wrong type")),
            Some(file) if !file.for_moments => Err(refuse(41072, "attachment used in the wrong scene")),
            Some(file) => Ok(file),
        }
    }
}

impl Sandbox {
    pub(super) fn upload_attachment(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let for_moments = match request.query("attachment_type") {
            Some("1") => true,
            Some("2") => false,
            _ => return Err(refuse(40058, "invalid attachment_type")),
        };
        let (kind, name) = match request.query("media_type") {
            Some("image") => (Kind::Image, "image"),
            Some("video") => (Kind::Video, "video"),
            // Moments accept no other file, although the call does.
            Some("file") => return Err(refuse(41072, "attachment used in the wrong scene")),
            _ => return Err(refuse(40005, "invalid media_type")),
        };
        let part = match &request.body {
            Body::Multipart(part) if part.name == "media" => part,
            _ => return Err(refuse(41005, "media data missing")),
        };
        // WeCom overlooks a file whose name it cannot read.
        if part.file_name.is_empty() || !part.file_name.is_ascii() || part.bytes.is_empty() {
            return Err(refuse(44001, "empty media data"));
        }
        check_content(kind, &part.bytes)?;
        let media_id = self.name("3upload");
        let until = later(now, self.behaviour.media_life);
        let sha256 = Sha256::of(&part.bytes);
        self.uploads.files.insert(media_id.clone(), Upload { kind, for_moments, sha256, until });
        Ok(answer::ok(&Uploaded { r#type: name, media_id: &media_id, created_at: now.timestamp() }))
    }
}

/// Checks a file by its content.
fn check_content(kind: Kind, bytes: &[u8]) -> Result<(), Refusal> {
    let size = bytes.len() as u64;
    let (largest, wrong_type) = match kind {
        Kind::Image => (limits::IMAGE_BYTES, refuse(40004, "invalid media type")),
        Kind::Video => (limits::VIDEO_BYTES, refuse(41090, "invalid video format")),
    };
    if size <= limits::MEDIA_MIN_BYTES {
        return Err(refuse(40006, "invalid media size"));
    }
    if size > largest {
        return Err(refuse(41080, "attachment size exceed limit"));
    }
    match (kind, media::probe(bytes)) {
        (Kind::Image, MediaFormat::Jpeg { width, height, .. } | MediaFormat::Png { width, height }) => {
            let (long, short) = (width.max(height), width.min(height));
            if long > limits::IMAGE_LONG_EDGE || short > limits::IMAGE_SHORT_EDGE {
                return Err(refuse(41081, "image resolution exceed limit"));
            }
            Ok(())
        }
        (Kind::Video, MediaFormat::Mp4 { length, .. }) if length > limits::VIDEO_LENGTH => {
            Err(refuse(41082, "video length exceed limit"))
        }
        (Kind::Video, MediaFormat::Mp4 { has_video: true, .. }) => Ok(()),
        _ => Err(wrong_type),
    }
}
