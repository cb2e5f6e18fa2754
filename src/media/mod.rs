//! What a file is, judged by its bytes alone.
//!
//! Reads whole files that are already in memory, and only as much of their structure as tells whether a phone could show
//! them. It never looks at a name, opens nothing, keeps no pixel, allocates nothing that grows with what a file claims,
//! and no input makes it panic. The two walkers are ours, because the crates for it know the sizes and not whether the
//! file is whole.

mod fragments;
mod magic;
mod mp4;
mod picture;
mod png;
mod pointer;

use crate::post::MediaKind;
use crate::shelf::Found;

/// Says what a file is, given all its bytes.
pub fn probe(whole: &[u8]) -> Found {
    if whole.starts_with(picture::JPEG) {
        return picture::jpeg(whole).map_or_else(
            |fault| Found::BrokenImage(MediaKind::Jpeg, fault),
            |(width, height)| Found::Jpeg { width, height },
        );
    }
    if whole.starts_with(png::START) {
        return png::size(whole).map_or_else(
            |fault| Found::BrokenImage(MediaKind::Png, fault),
            |(width, height)| Found::Png { width, height },
        );
    }
    if mp4::is_film(whole) {
        return mp4::probe(whole).unwrap_or_else(Found::BrokenMp4);
    }
    pointer::read(whole).unwrap_or_else(|| magic::name(whole).map_or(Found::Unknown, Found::Other))
}
