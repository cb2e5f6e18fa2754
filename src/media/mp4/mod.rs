//! MP4 (ISO 14496-12): brand, length, whether it has video, and whether a player could find it.
//!
//! Reads the boxes that say this and skips all others. Sample tables are counted, never read, so that no number in a
//! file determines the memory used.

mod boxes;
mod codec;
mod fragments;
mod track;

use std::time::Duration;

use boxes::{Mp4Box, boxes};
use fragments::Fragments;
use track::{Track, sample_lengths, times};

use super::format_name::both;
use crate::media_index::{MediaFormat, Mp4Damage};
use crate::text::StaticText;

/// Box types at the start of an old QuickTime movie, which has no `ftyp`.
const QUICKTIME_BOXES: [&[u8; 4]; 4] = [b"moov", b"mdat", b"wide", b"pnot"];
/// Real movies have far fewer tracks; a file with more is an attack.
const MAX_TRACKS: usize = 64;

#[derive(Default)]
struct Movie {
    scale: u32,
    length: u64,
    tracks: Vec<Track>,
    is_fragmented: bool,
}

/// Whether a file belongs to the MP4 family, complete or not.
pub(super) fn is_mp4_family(whole: &[u8]) -> bool {
    // A text such as "The wide world" has the box type `wide` at offset 4. Old files have no better signature, so the
    // first
    // box must be valid too.
    whole.get(4..8) == Some(b"ftyp") || boxes(whole).next().is_some_and(|first| first.is_ok_and(|one| is_old(&one)))
}

fn is_old(first: &Mp4Box<'_>) -> bool {
    QUICKTIME_BOXES.contains(&&first.kind)
}

pub(super) fn probe(whole: &[u8]) -> Result<MediaFormat, Mp4Damage> {
    let first = boxes(whole).next().ok_or(Mp4Damage::Truncated)??;
    if is_old(&first) {
        return Ok(MediaFormat::Other(both("a QuickTime video (MOV)", "QuickTime 视频（MOV）")));
    }
    let brands = first.body;
    let major = brands.first_chunk::<4>().ok_or(Mp4Damage::InvalidStructure("`ftyp` box"))?;
    if let Some(name) = other_family(major, brands) {
        return Ok(MediaFormat::Other(name));
    }
    let (mut movie, mut has_data) = (None, false);
    let mut fragments = Fragments::default();
    for one in boxes(whole) {
        match one {
            Ok(Mp4Box { kind, body }) => match &kind {
                b"moov" => movie = Some(Movie::read(body)?),
                b"mdat" => has_data |= !body.is_empty(),
                b"moof" => fragments.add(body, movie.as_ref().map_or(&[], |movie| &movie.tracks)),
                _ => {}
            },
            // A truncated fragmented file does not say how much is missing.
            Err(damage) if fragments.any || movie.as_ref().is_some_and(|movie: &Movie| movie.is_fragmented) => {
                return Err(damage);
            }
            // Players ignore trailing data after a complete movie.
            Err(_) if movie.is_some() && has_data => break,
            Err(damage) => return Err(damage),
        }
    }
    let mut movie = movie.ok_or(Mp4Damage::NoMovie)?;
    if !has_data {
        return Err(Mp4Damage::NoData);
    }
    fragments.add_to_tracks(&mut movie.tracks);
    let has_video = movie.tracks.iter().any(|track| track.is_video);
    if has_video && !movie.tracks.iter().any(|track| track.is_video && track.frames > 0) {
        return Err(Mp4Damage::NoFrames);
    }
    Ok(MediaFormat::Mp4 {
        length: movie.length(fragments.any).ok_or(Mp4Damage::NoLength)?,
        has_video,
        fragmented: movie.is_fragmented || fragments.any,
        brand: String::from_utf8_lossy(major).trim_end().to_owned(),
        rare_codec: movie.tracks.iter().find_map(|track| track.rare_codec),
    })
}

/// Formats that share the box structure with MP4.
fn other_family(major: &[u8; 4], brands: &[u8]) -> Option<StaticText> {
    let claims_mp4 = || {
        let compatible = brands.get(8..).unwrap_or_default();
        compatible.chunks_exact(4).any(|brand| matches!(brand, b"isom" | b"mp41" | b"mp42" | b"avc1"))
    };
    match major {
        b"qt  " => Some(both("a QuickTime video (MOV)", "QuickTime 视频（MOV）")),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            Some(both("a HEIC image", "HEIC 图片"))
        }
        b"avif" | b"avis" => Some(both("an AVIF image", "AVIF 图片")),
        b"crx " => Some(both("a raw camera image", "相机的 RAW 图片")),
        b"M4A " | b"M4B " | b"M4P " => Some(both("an M4A sound", "M4A 音频")),
        [b'3', b'g', b'p' | b'2' | b'g' | b'r' | b's' | b'e', _] if !claims_mp4() => {
            Some(both("a 3GP video", "3GP 视频"))
        }
        _ => None,
    }
}

impl Movie {
    fn read(moov: &[u8]) -> Result<Self, Mp4Damage> {
        let mut movie = Self::default();
        for one in boxes(moov) {
            let Mp4Box { kind, body } = one.map_err(|_| Mp4Damage::InvalidStructure("`moov` box"))?;
            match &kind {
                b"mvhd" => {
                    (movie.scale, movie.length) = times(body).ok_or(Mp4Damage::InvalidStructure("`mvhd` box"))?
                }
                b"trak" if movie.tracks.len() == MAX_TRACKS => {
                    return Err(Mp4Damage::InvalidStructure("number of tracks"));
                }
                b"trak" => movie.tracks.push(track::read(body)?),
                b"mvex" => {
                    movie.is_fragmented = true;
                    sample_lengths(body, &mut movie.tracks);
                }
                _ => {}
            }
        }
        Ok(movie)
    }

    /// The length in the movie header. If that is absent, or describes only the part before the fragments, the longest
    /// track's.
    fn length(&self, has_fragments: bool) -> Option<Duration> {
        let own = duration(self.length, self.scale);
        let tracks = self.tracks.iter().filter_map(|track| duration(track.length, track.scale)).max();
        if has_fragments { own.max(tracks) } else { own.or(tracks) }
    }
}

/// Converts a length in scale units; `None` if either is zero.
fn duration(length: u64, scale: u32) -> Option<Duration> {
    let scale = u64::from(scale);
    if length == 0 || scale == 0 {
        return None;
    }
    // The remainder is below `scale`, so below 2^32, and its nanoseconds below 10^9.
    let nanos = (length % scale) * 1_000_000_000 / scale;
    Some(Duration::from_secs(length / scale) + Duration::from_nanos(nanos))
}
