//! One track of an MP4: its length, its frames and its codec.

use super::boxes::{Mp4Box, boxes};
use super::codec;
use crate::media::bytes::u32_at;
use crate::media_index::{Mp4Damage, RareCodec};

/// The properties of a track that matter here. Times are in units of 1/`scale` seconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) is_video: bool,
    pub(super) scale: u32,
    pub(super) length: u64,
    pub(super) frames: u32,
    /// The default duration of a sample in fragments.
    pub(super) sample_length: u32,
    pub(super) rare_codec: Option<RareCodec>,
}

/// Reads a `trak` box.
pub(super) fn read(trak: &[u8]) -> Result<Track, Mp4Damage> {
    let mut track = Track::default();
    let garbled = |_| Mp4Damage::InvalidStructure("`trak` box");
    for one in boxes(trak) {
        let Mp4Box { kind, body } = one.map_err(garbled)?;
        if &kind == b"tkhd" {
            let at = if body.first() == Some(&1) { 20 } else { 12 };
            track.id = u32_at(body, at).ok_or(Mp4Damage::InvalidStructure("`tkhd` box"))?;
        }
        if &kind != b"mdia" {
            continue;
        }
        for one in boxes(body) {
            let Mp4Box { kind, body } = one.map_err(garbled)?;
            match &kind {
                b"mdhd" => {
                    (track.scale, track.length) = times(body).ok_or(Mp4Damage::InvalidStructure("`mdhd` box"))?
                }
                b"hdlr" => track.is_video = body.get(8..12) == Some(b"vide"),
                b"minf" => (track.frames, track.rare_codec) = (frames(body), codec::rare(body)),
                _ => {}
            }
        }
    }
    Ok(track)
}

/// The number of samples in the table of a track (`stbl`, then `stsz` or its compact form `stz2`).
fn frames(minf: &[u8]) -> u32 {
    let table = boxes(minf).flatten().find(|one| &one.kind == b"stbl");
    let sizes = table.and_then(|table| boxes(table.body).flatten().find(|one| matches!(&one.kind, b"stsz" | b"stz2")));
    sizes.and_then(|sizes| u32_at(sizes.body, 8)).unwrap_or(0)
}

/// Reads the default sample durations from `trex` boxes into their tracks.
pub(super) fn sample_lengths(mvex: &[u8], tracks: &mut [Track]) {
    for one in boxes(mvex).flatten().filter(|one| &one.kind == b"trex") {
        let (Some(id), Some(length)) = (u32_at(one.body, 4), u32_at(one.body, 12)) else { continue };
        if let Some(track) = tracks.iter_mut().find(|track| track.id == id) {
            track.sample_length = length;
        }
    }
}

/// Time scale and length of an `mvhd` or `mdhd`, which have the same first fields. All ones mean "unknown", returned as
/// 0.
pub(super) fn times(body: &[u8]) -> Option<(u32, u64)> {
    match body.first()? {
        0 => {
            let length = u32_at(body, 16)?;
            Some((u32_at(body, 12)?, if length == u32::MAX { 0 } else { u64::from(length) }))
        }
        1 => {
            let length = u64::from_be_bytes(*body.get(24..)?.first_chunk()?);
            Some((u32_at(body, 20)?, if length == u64::MAX { 0 } else { length }))
        }
        _ => None,
    }
}
