//! JPG (ITU T.81): the size in pixels, and whether a decoder would show the whole image.
//!
//! Reads the segments and every code of the image data ([`scan`]). No pixel is computed: the reader keeps one word per
//! block of 64 pixels.

mod bits;
mod scan;

use bits::Huffman;
use scan::{Component, Frame, Scan};

use crate::limits::{IMAGE_LONG_EDGE, IMAGE_SHORT_EDGE};
use crate::media_index::{ImageDamage, JpegForm};

pub(super) const JPEG: &[u8] = b"\xff\xd8\xff";

/// Images with more pixels are refused for their size, so their data is not read.
const MAX_PIXELS: u64 = IMAGE_LONG_EDGE as u64 * IMAGE_SHORT_EDGE as u64;

/// Real images have far fewer scans. Each scan visits all blocks, so that many short ones would take very long.
const MAX_SCANS: usize = 200;

/// Size and coding of a JPG.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) form: JpegForm,
}

/// The state from the segments read so far.
#[derive(Default)]
struct Tables {
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// Which quantization tables are defined.
    quantization: [bool; 4],
    restart: u16,
}

/// Reads a JPG from its start marker to its end marker.
pub(super) fn read(whole: &[u8]) -> Result<Picture, ImageDamage> {
    let mut rest = &whole[2..];
    let mut tables = Tables::default();
    let mut frame: Option<(Picture, Frame)> = None;
    let mut scans = 0;
    loop {
        let (marker, after) = next_marker(rest)?;
        rest = after;
        match marker {
            // Markers without a body.
            0x01 | 0xd0..=0xd7 => continue,
            0xd8 => return Err(ImageDamage::InvalidStructure("order of segments")),
            0xd9 => {
                let (picture, frame) = frame.ok_or(ImageDamage::InvalidStructure("order of segments"))?;
                let is_shown = scans > 0 && (!is_data_checked(&picture) || frame.is_complete());
                return if is_shown { Ok(picture) } else { Err(ImageDamage::Truncated) };
            }
            _ => {}
        }
        let length = usize::from(u16_at(rest, 0).ok_or(ImageDamage::Truncated)?);
        if length < 2 {
            return Err(ImageDamage::InvalidStructure("length of a segment"));
        }
        let segment = rest.get(2..length).ok_or(ImageDamage::Truncated)?;
        rest = &rest[length..];
        match marker {
            0xc4 => tables.read_huffman(segment).ok_or(ImageDamage::InvalidStructure("Huffman table"))?,
            0xdb => tables.read_quantization(segment).ok_or(ImageDamage::InvalidStructure("quantization table"))?,
            0xdd => tables.restart = u16_at(segment, 0).ok_or(ImageDamage::InvalidStructure("restart interval"))?,
            // Frame headers; the three excluded markers hold tables.
            0xc0..=0xcf if !matches!(marker, 0xc8 | 0xcc) => {
                if frame.is_some() {
                    return Err(ImageDamage::InvalidStructure("order of segments"));
                }
                frame = Some(read_frame(marker, segment)?);
            }
            // A scan.
            0xda => {
                scans += 1;
                let (picture, frame) = frame.as_mut().ok_or(ImageDamage::InvalidStructure("order of segments"))?;
                if scans > MAX_SCANS {
                    return Err(ImageDamage::InvalidStructure("number of scans"));
                }
                let length = if is_data_checked(picture) {
                    let scan = Scan::read(segment, frame).ok_or(ImageDamage::InvalidStructure("scan header"))?;
                    frame.walk(&scan, &tables, rest)?
                } else {
                    data_length(rest)
                };
                rest = &rest[length..];
            }
            _ => {}
        }
    }
}

/// Whether the codes of an image are read.
fn is_data_checked(picture: &Picture) -> bool {
    let is_plain = matches!(picture.form, JpegForm::Plain | JpegForm::Cmyk);
    is_plain && u64::from(picture.width) * u64::from(picture.height) <= MAX_PIXELS
}

fn read_frame(marker: u8, segment: &[u8]) -> Result<(Picture, Frame), ImageDamage> {
    let garbled = ImageDamage::InvalidStructure("frame header");
    let (Some(&depth), Some(height), Some(width), Some(&count)) =
        (segment.first(), u16_at(segment, 1), u16_at(segment, 3), segment.get(5))
    else {
        return Err(garbled);
    };
    if width == 0 || height == 0 {
        return Err(ImageDamage::NoSize);
    }
    let components = segment[6..].chunks_exact(3).take(usize::from(count)).map(|it| Component {
        id: it[0],
        across: it[1] >> 4,
        down: it[1] & 15,
        quantization: it[2],
    });
    let components: Vec<Component> = components.collect();
    let is_valid = |it: &Component| (1..=4).contains(&it.across) && (1..=4).contains(&it.down) && it.quantization < 4;
    if components.len() != usize::from(count) || !matches!(count, 1..=4) || !components.iter().all(is_valid) {
        return Err(garbled);
    }
    let form = match marker {
        0xc9..=0xcb | 0xcd..=0xcf => JpegForm::Arithmetic,
        0xc3 | 0xc5..=0xc7 => JpegForm::Lossless,
        _ if depth != 8 => JpegForm::Deep,
        _ if count == 4 => JpegForm::Cmyk,
        _ => JpegForm::Plain,
    };
    let picture = Picture { width: u32::from(width), height: u32::from(height), form };
    let frame = Frame::new(usize::from(width), usize::from(height), marker == 0xc2, components);
    Ok((picture, frame))
}

impl Tables {
    /// One segment may define several tables.
    fn read_huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = segment.split_first() {
            let (table, rest) = Huffman::read(rest)?;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(head & 15)).filter(|_| head >> 4 < 2)? = Some(table);
            segment = rest;
        }
        Some(())
    }

    fn read_quantization(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = segment.split_first() {
            *self.quantization.get_mut(usize::from(head & 15))? = true;
            segment = rest.get(if head >> 4 == 0 { 64 } else { 128 }..)?;
        }
        Some(())
    }
}

/// The number of bytes up to the next marker, restart markers excluded.
fn data_length(rest: &[u8]) -> usize {
    let is_mark = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7);
    rest.windows(2).position(is_mark).unwrap_or(rest.len())
}

/// The next marker, after any number of fill bytes 0xff, and the bytes after it.
fn next_marker(bytes: &[u8]) -> Result<(u8, &[u8]), ImageDamage> {
    match bytes.iter().position(|&byte| byte != 0xff) {
        None => Err(ImageDamage::Truncated),
        Some(0) => Err(ImageDamage::InvalidStructure("order of segments")),
        Some(at) => Ok((bytes[at], &bytes[at + 1..])),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*two))
}
