//! PNG: the size in pixels, and whether a decoder would show the image.
//!
//! Compares the checksums of the chunks that matter. Decompresses the pixels into a small buffer and discards them, so
//! that no size in a file determines the memory used.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::bytes::u32_at;
use crate::media_index::ImageDamage;

/// The first half of the signature; the second half detects changed line ends.
pub(super) const START: &[u8] = b"\x89PNG";

/// Decompressed bytes at most: about 130 million pixels in colour with transparency. Larger files are refused.
const MAX_PIXELS: u64 = 512 * 1024 * 1024;

/// The fields of the header.
struct Header {
    width: u32,
    height: u32,
    /// Bits per pixel.
    depth: u64,
    colour: u8,
    interlaced: bool,
}

/// Width and height in pixels of a PNG that a decoder would show.
pub(super) fn size(whole: &[u8]) -> Result<(u32, u32), ImageDamage> {
    let Some(signature) = whole.get(..8) else {
        return Err(ImageDamage::Truncated);
    };
    if signature != b"\x89PNG\r\n\x1a\n" {
        return Err(ImageDamage::LineEnds);
    }
    let mut rest = &whole[8..];
    let mut header = None;
    let (mut has_palette, mut pixels) = (false, None::<Pixels>);
    loop {
        let (Some(length), Some(kind)) = (u32_at(rest, 0), rest.get(4..8)) else {
            return Err(ImageDamage::Truncated);
        };
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(12));
        let Some(whole_chunk) = end.and_then(|end| rest.get(..end)) else {
            return Err(ImageDamage::Truncated);
        };
        let chunk = &whole_chunk[8..whole_chunk.len() - 4];
        if kind[0].is_ascii_uppercase() && u32_at(whole_chunk, 8 + chunk.len()) != Some(check_sum(kind, chunk)) {
            return Err(ImageDamage::CheckSum);
        }
        match (kind, &header) {
            (b"IHDR", None) => header = Some(Header::read(chunk)?),
            (_, None) => return Err(ImageDamage::InvalidStructure("order of chunks")),
            (b"PLTE", Some(_)) => {
                if pixels.is_some() || chunk.is_empty() || chunk.len() % 3 != 0 || chunk.len() > 768 {
                    return Err(ImageDamage::InvalidStructure("palette"));
                }
                has_palette = true;
            }
            (b"IDAT", Some(header)) => {
                if header.colour == 3 && !has_palette {
                    return Err(ImageDamage::InvalidStructure("palette"));
                }
                let pixels = match &mut pixels {
                    Some(pixels) => pixels,
                    none => none.insert(Pixels::new(header.pixel_bytes()?)),
                };
                pixels.unpack(chunk)?;
            }
            (b"IEND", Some(header)) => {
                pixels.ok_or(ImageDamage::InvalidStructure("order of chunks"))?.end()?;
                return Ok((header.width, header.height));
            }
            _ => {}
        }
        rest = &rest[whole_chunk.len()..];
    }
}

fn check_sum(kind: &[u8], chunk: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(chunk);
    sum.sum()
}

impl Header {
    fn read(chunk: &[u8]) -> Result<Self, ImageDamage> {
        let (Some(width), Some(height)) = (u32_at(chunk, 0), u32_at(chunk, 4)) else {
            return Err(ImageDamage::InvalidStructure("header"));
        };
        if width == 0 || height == 0 {
            return Err(ImageDamage::NoSize);
        }
        let Some([depth, colour, 0, 0, interlaced @ (0 | 1)]) = chunk.get(8..13) else {
            return Err(ImageDamage::InvalidStructure("header"));
        };
        // The fifteen pairs of table 11.1 in the PNG specification.
        let channels = match (colour, depth) {
            (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
            (2, 8 | 16) => 3,
            (4, 8 | 16) => 2,
            (6, 8 | 16) => 4,
            _ => return Err(ImageDamage::InvalidStructure("colour type and depth")),
        };
        Ok(Self { width, height, depth: channels * u64::from(*depth), colour: *colour, interlaced: *interlaced == 1 })
    }

    /// The decompressed size in bytes: rows of whole bytes, each with one byte for its filter.
    fn pixel_bytes(&self) -> Result<u64, ImageDamage> {
        // The start and the step of each pass of an interlaced image: x, y, right, down.
        const PASSES: [(u64, u64, u64, u64); 7] =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        let pass = |&(x, y, right, down): &(u64, u64, u64, u64)| {
            let columns = width.saturating_sub(x).div_ceil(right);
            let rows = height.saturating_sub(y).div_ceil(down);
            if columns == 0 { 0 } else { rows.saturating_mul(1 + columns.saturating_mul(self.depth).div_ceil(8)) }
        };
        let bytes = match self.interlaced {
            true => PASSES.iter().map(pass).fold(0, u64::saturating_add),
            false => pass(&(0, 0, 1, 1)),
        };
        if bytes > MAX_PIXELS { Err(ImageDamage::InvalidStructure("size in pixels")) } else { Ok(bytes) }
    }
}

/// Decompresses the pixels chunk by chunk.
struct Pixels {
    unpacking: Decompress,
    buffer: Vec<u8>,
    wanted: u64,
    is_done: bool,
}

impl Pixels {
    fn new(wanted: u64) -> Self {
        Self { unpacking: Decompress::new(true), buffer: vec![0; 64 * 1024], wanted, is_done: false }
    }

    fn unpack(&mut self, mut packed: &[u8]) -> Result<(), ImageDamage> {
        while !packed.is_empty() && !self.is_done {
            let (read, written) = (self.unpacking.total_in(), self.unpacking.total_out());
            let status = self
                .unpacking
                .decompress(packed, &mut self.buffer, FlushDecompress::None)
                .map_err(|_| ImageDamage::InvalidStructure("pixel data"))?;
            let read = usize::try_from(self.unpacking.total_in() - read).unwrap_or(packed.len());
            packed = &packed[read.min(packed.len())..];
            self.is_done = status == Status::StreamEnd;
            let stands = read == 0 && self.unpacking.total_out() == written;
            if self.unpacking.total_out() > self.wanted || stands && !self.is_done {
                return Err(ImageDamage::InvalidStructure("pixel data"));
            }
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), ImageDamage> {
        // Output of the last chunk that is still in the decompressor.
        while !self.is_done {
            let before = self.unpacking.total_out();
            let status = self.unpacking.decompress(&[], &mut self.buffer, FlushDecompress::None);
            self.is_done = matches!(status, Ok(Status::StreamEnd));
            if self.unpacking.total_out() == before || self.unpacking.total_out() > self.wanted {
                break;
            }
        }
        let is_whole = self.is_done && self.unpacking.total_out() == self.wanted;
        is_whole.then_some(()).ok_or(ImageDamage::InvalidStructure("pixel data"))
    }
}
