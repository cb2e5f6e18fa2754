//! Fragmented MP4: `moof` boxes throughout the file, not the header, describe the frames and their times.

use super::boxes::{Mp4Box, boxes};
use super::track::Track;
use crate::media::bytes::u32_at;

/// The totals of the fragments, at most one entry per track.
#[derive(Default)]
pub(super) struct Fragments {
    pub(super) any: bool,
    sums: Vec<(u32, Sum)>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    length: u64,
    frames: u32,
}

impl Fragments {
    /// Adds one `moof`, given the tracks of the header. Data of unknown tracks is ignored.
    pub(super) fn add(&mut self, moof: &[u8], tracks: &[Track]) {
        self.any = true;
        for traf in boxes(moof).flatten().filter(|one| &one.kind == b"traf") {
            let Some((id, default)) = header(traf, tracks) else { continue };
            let mut sum = Sum::default();
            for trun in boxes(traf.body).flatten().filter(|one| &one.kind == b"trun") {
                sum.add(run(trun.body, default).unwrap_or_default());
            }
            match self.sums.iter_mut().find(|(of, _)| *of == id) {
                Some((_, so_far)) => so_far.add(sum),
                None => self.sums.push((id, sum)),
            }
        }
    }

    /// Adds the totals to their tracks.
    pub(super) fn add_to_tracks(&self, tracks: &mut [Track]) {
        for track in tracks {
            if let Some((_, sum)) = self.sums.iter().find(|(id, _)| *id == track.id) {
                track.length = track.length.saturating_add(sum.length);
                track.frames = track.frames.saturating_add(sum.frames);
            }
        }
    }
}

impl Sum {
    fn add(&mut self, more: Self) {
        self.length = self.length.saturating_add(more.length);
        self.frames = self.frames.saturating_add(more.frames);
    }
}

/// The track of a `traf`, and the default duration of its samples.
fn header(traf: Mp4Box<'_>, tracks: &[Track]) -> Option<(u32, u32)> {
    let tfhd = boxes(traf.body).flatten().find(|one| &one.kind == b"tfhd")?.body;
    let (flags, id) = (u32_at(tfhd, 0)?, u32_at(tfhd, 4)?);
    let track = tracks.iter().find(|track| track.id == id)?;
    if flags & 0x08 == 0 {
        return Some((id, track.sample_length));
    }
    // A base offset of 8 bytes and a description index of 4 come first if the flags announce them.
    let at = 8 + if flags & 0x01 == 0 { 0 } else { 8 } + if flags & 0x02 == 0 { 0 } else { 4 };
    Some((id, u32_at(tfhd, at)?))
}

/// One `trun`: the number of samples and their total duration.
fn run(trun: &[u8], default: u32) -> Option<Sum> {
    let (flags, frames) = (u32_at(trun, 0)?, u32_at(trun, 4)?);
    if flags & 0x100 == 0 {
        return Some(Sum { length: u64::from(frames) * u64::from(default), frames });
    }
    let optional = |flag: u32| if flags & flag == 0 { 0 } else { 4 };
    let start = 8 + optional(0x01) + optional(0x04);
    let step = 4 + optional(0x200) + optional(0x400) + optional(0x800);
    let entries = trun.get(start..)?.chunks_exact(step).take(usize::try_from(frames).unwrap_or(usize::MAX));
    let length = entries.filter_map(|entry| u32_at(entry, 0)).map(u64::from).sum();
    Some(Sum { length, frames })
}
