//! Recognizes the format of a file by its bytes alone.
//!
//! Reads whole files that are already in memory, and only as much of their structure as tells whether a phone could
//! show them. It never looks at a name, opens no file, keeps no pixels, needs little memory whatever a file claims, and
//! panics on no input. The parsers are our own, because decoders silently fill missing or damaged parts with grey.

mod bytes;
mod format_name;
mod jpeg;
mod magic;
mod mp4;
mod png;
mod pointer;

use crate::media_index::MediaFormat;
use crate::post::MediaKind;

/// The format of a file, from all of its bytes.
pub fn probe(whole: &[u8]) -> MediaFormat {
    if whole.starts_with(jpeg::JPEG) {
        return jpeg::read(whole).map_or_else(
            |damage| MediaFormat::BrokenImage(MediaKind::Jpeg, damage),
            |jpeg::Picture { width, height, form }| MediaFormat::Jpeg { width, height, form },
        );
    }
    if whole.starts_with(png::START) {
        return png::size(whole).map_or_else(
            |damage| MediaFormat::BrokenImage(MediaKind::Png, damage),
            |(width, height)| MediaFormat::Png { width, height },
        );
    }
    if mp4::is_mp4_family(whole) {
        return mp4::probe(whole).unwrap_or_else(MediaFormat::BrokenMp4);
    }
    pointer::read(whole).unwrap_or_else(|| magic::name(whole).map_or(MediaFormat::Unknown, MediaFormat::Other))
}
