//! MP4 (ISO 14496-12): brand, length, whether there are moving pictures, and whether a player could find them.
//!
//! Walks the boxes that say this and skips all others. Sample tables are counted, never read, so that no number in a file
//! decides how much memory is taken.

use std::time::Duration;

use super::codec;
use super::fragments::Fragments;
use crate::media_index::{MediaFormat, Mp4Fault, RareCodec};

/// Kinds of box with which an old QuickTime film begins, which has no `ftyp`.
const OLD: [&[u8; 4]; 4] = [b"moov", b"mdat", b"wide", b"pnot"];
/// More than any film has; a file with more was made to hurt.
const MAX_TRACKS: usize = 64;

/// One box: its kind and what is in it.
#[derive(Clone, Copy)]
pub(super) struct Atom<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// Boxes one after another. Stops for good after the first that does not fit.
pub(super) struct Atoms<'a>(&'a [u8]);

/// A track as far as it matters here. Times are in its own `scale` per second.
#[derive(Clone, Copy, Default)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) is_video: bool,
    pub(super) scale: u32,
    pub(super) length: u64,
    pub(super) frames: u32,
    /// How long a sample of a fragment lasts unless the fragment says otherwise.
    pub(super) sample_length: u32,
    pub(super) rare_codec: Option<RareCodec>,
}

#[derive(Default)]
struct Movie {
    scale: u32,
    length: u64,
    tracks: Vec<Track>,
    is_fragmented: bool,
}

/// Whether a file is one of this family at all, whole or not.
pub(super) fn is_film(whole: &[u8]) -> bool {
    // "The wide world" is a text: old files, which have no better mark, must fit their first box.
    whole.get(4..8) == Some(b"ftyp") || atoms(whole).next().is_some_and(|first| first.is_ok_and(|atom| is_old(&atom)))
}

fn is_old(first: &Atom<'_>) -> bool {
    OLD.contains(&&first.kind)
}

pub(super) fn probe(whole: &[u8]) -> Result<MediaFormat, Mp4Fault> {
    let first = atoms(whole).next().ok_or(Mp4Fault::Truncated)??;
    if is_old(&first) {
        return Ok(MediaFormat::Other("a QuickTime video (MOV)"));
    }
    let brands = first.body;
    let major = brands.first_chunk::<4>().ok_or(Mp4Fault::Garbled("`ftyp` box"))?;
    if let Some(name) = other_family(major, brands) {
        return Ok(MediaFormat::Other(name));
    }
    let (mut movie, mut has_data) = (None, false);
    let mut fragments = Fragments::default();
    for atom in atoms(whole) {
        match atom {
            Ok(Atom { kind, body }) => match &kind {
                b"moov" => movie = Some(Movie::read(body)?),
                b"mdat" => has_data |= !body.is_empty(),
                b"moof" => fragments.add(body, movie.as_ref().map_or(&[], |movie| &movie.tracks)),
                _ => {}
            },
            // Of fragments that are cut off, or announced and not all there, nobody knows how much is missing.
            Err(fault) if fragments.any || movie.as_ref().is_some_and(|movie: &Movie| movie.is_fragmented) => {
                return Err(fault);
            }
            // Rubbish after a whole film harms no player.
            Err(_) if movie.is_some() && has_data => break,
            Err(fault) => return Err(fault),
        }
    }
    let mut movie = movie.ok_or(Mp4Fault::NoMovie)?;
    if !has_data {
        return Err(Mp4Fault::NoData);
    }
    fragments.settle(&mut movie.tracks);
    let has_video = movie.tracks.iter().any(|track| track.is_video);
    if has_video && !movie.tracks.iter().any(|track| track.is_video && track.frames > 0) {
        return Err(Mp4Fault::NoFrames);
    }
    Ok(MediaFormat::Mp4 {
        length: movie.length(fragments.any).ok_or(Mp4Fault::NoLength)?,
        has_video,
        fragmented: movie.is_fragmented || fragments.any,
        brand: String::from_utf8_lossy(major).trim_end().to_owned(),
        rare_codec: movie.tracks.iter().find_map(|track| track.rare_codec),
    })
}

/// Families that share the box format with MP4 and are something else.
fn other_family(major: &[u8; 4], brands: &[u8]) -> Option<&'static str> {
    let claims_mp4 = || {
        let compatible = brands.get(8..).unwrap_or_default();
        compatible.chunks_exact(4).any(|brand| matches!(brand, b"isom" | b"mp41" | b"mp42" | b"avc1"))
    };
    match major {
        b"qt  " => Some("a QuickTime video (MOV)"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some("a HEIC image"),
        b"avif" | b"avis" => Some("an AVIF image"),
        b"crx " => Some("a raw camera image"),
        b"M4A " | b"M4B " | b"M4P " => Some("an M4A sound"),
        [b'3', b'g', b'p' | b'2' | b'g' | b'r' | b's' | b'e', _] if !claims_mp4() => Some("a 3GP video"),
        _ => None,
    }
}

impl Movie {
    fn read(moov: &[u8]) -> Result<Self, Mp4Fault> {
        let mut movie = Self::default();
        for atom in atoms(moov) {
            let Atom { kind, body } = atom.map_err(|_| Mp4Fault::Garbled("`moov` box"))?;
            match &kind {
                b"mvhd" => (movie.scale, movie.length) = times(body).ok_or(Mp4Fault::Garbled("`mvhd` box"))?,
                b"trak" if movie.tracks.len() == MAX_TRACKS => return Err(Mp4Fault::Garbled("number of tracks")),
                b"trak" => movie.tracks.push(track(body)?),
                b"mvex" => {
                    movie.is_fragmented = true;
                    sample_lengths(body, &mut movie.tracks);
                }
                _ => {}
            }
        }
        Ok(movie)
    }

    /// What the film's own header says, unless that says nothing or speaks only of what stands before the fragments;
    /// then its longest track.
    fn length(&self, has_fragments: bool) -> Option<Duration> {
        let own = duration(self.length, self.scale);
        let tracks = self.tracks.iter().filter_map(|track| duration(track.length, track.scale)).max();
        if has_fragments { own.max(tracks) } else { own.or(tracks) }
    }
}

/// One `trak`.
fn track(trak: &[u8]) -> Result<Track, Mp4Fault> {
    let mut track = Track::default();
    let garbled = |_| Mp4Fault::Garbled("`trak` box");
    for atom in atoms(trak) {
        let Atom { kind, body } = atom.map_err(garbled)?;
        if &kind == b"tkhd" {
            let at = if body.first() == Some(&1) { 20 } else { 12 };
            track.id = u32_at(body, at).ok_or(Mp4Fault::Garbled("`tkhd` box"))?;
        }
        if &kind != b"mdia" {
            continue;
        }
        for atom in atoms(body) {
            let Atom { kind, body } = atom.map_err(garbled)?;
            match &kind {
                b"mdhd" => (track.scale, track.length) = times(body).ok_or(Mp4Fault::Garbled("`mdhd` box"))?,
                b"hdlr" => track.is_video = body.get(8..12) == Some(b"vide"),
                b"minf" => (track.frames, track.rare_codec) = (frames(body), codec::rare(body)),
                _ => {}
            }
        }
    }
    Ok(track)
}

/// How many samples the table of a track lists (`stbl`, then `stsz` or its short form `stz2`).
fn frames(minf: &[u8]) -> u32 {
    let table = atoms(minf).flatten().find(|atom| &atom.kind == b"stbl");
    let sizes =
        table.and_then(|table| atoms(table.body).flatten().find(|atom| matches!(&atom.kind, b"stsz" | b"stz2")));
    sizes.and_then(|sizes| u32_at(sizes.body, 8)).unwrap_or(0)
}

/// The usual length of a sample, for each track that `trex` boxes speak of.
fn sample_lengths(mvex: &[u8], tracks: &mut [Track]) {
    for atom in atoms(mvex).flatten().filter(|atom| &atom.kind == b"trex") {
        let (Some(id), Some(length)) = (u32_at(atom.body, 4), u32_at(atom.body, 12)) else { continue };
        if let Some(track) = tracks.iter_mut().find(|track| track.id == id) {
            track.sample_length = length;
        }
    }
}

/// Time scale and length of an `mvhd` or `mdhd`, which begin alike. All ones mean "not known", said here as 0.
fn times(body: &[u8]) -> Option<(u32, u64)> {
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

/// A length in scale units as time; nothing if either is zero.
fn duration(length: u64, scale: u32) -> Option<Duration> {
    let scale = u64::from(scale);
    if length == 0 || scale == 0 {
        return None;
    }
    // The rest is below `scale`, so below 2^32, and its nanoseconds below 10^9.
    let nanos = (length % scale) * 1_000_000_000 / scale;
    Some(Duration::from_secs(length / scale) + Duration::from_nanos(nanos))
}

pub(super) fn atoms(bytes: &[u8]) -> Atoms<'_> {
    Atoms(bytes)
}

impl<'a> Iterator for Atoms<'a> {
    type Item = Result<Atom<'a>, Mp4Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        // Fewer bytes than a header has are padding.
        let kind = *bytes.get(4..)?.first_chunk::<4>()?;
        let (head, size) = match u32_at(bytes, 0)? {
            0 => (8, u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            1 => match bytes.get(8..).and_then(<[u8]>::first_chunk) {
                Some(size) => (16, u64::from_be_bytes(*size)),
                None => return Some(Err(Mp4Fault::Truncated)),
            },
            size => (8, u64::from(size)),
        };
        let Ok(size) = usize::try_from(size) else { return Some(Err(Mp4Fault::Truncated)) };
        if size < head {
            return Some(Err(Mp4Fault::Garbled("size of a box")));
        }
        let Some(body) = bytes.get(head..size) else { return Some(Err(Mp4Fault::Truncated)) };
        self.0 = &bytes[size..];
        Some(Ok(Atom { kind, body }))
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}
