//! JPG and PNG: the size in pixels, and whether the file is whole.

use crate::shelf::ImageFault;

pub(super) const JPEG: &[u8] = b"\xff\xd8\xff";
/// The first half of the signature; the second half is there to notice changed line ends.
pub(super) const PNG: &[u8] = b"\x89PNG";

/// Width and height of a JPG: walks its segments to the frame header, then looks for the end mark.
pub(super) fn jpeg(whole: &[u8]) -> Result<(u32, u32), ImageFault> {
    let mut rest = &whole[2..];
    let mut size = None;
    loop {
        let (marker, after) = jpeg_marker(rest)?;
        rest = after;
        match marker {
            // Marks without a body.
            0x01 | 0xd0..=0xd7 => continue,
            0xd8 | 0xd9 => return Err(ImageFault::Garbled("order of segments")),
            _ => {}
        }
        let length = usize::from(u16_at(rest, 0).ok_or(ImageFault::Truncated)?);
        if length < 2 {
            return Err(ImageFault::Garbled("length of a segment"));
        }
        let segment = rest.get(2..length).ok_or(ImageFault::Truncated)?;
        rest = &rest[length..];
        match marker {
            // Frame headers; the three left out hold tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let (Some(height), Some(width)) = (u16_at(segment, 1), u16_at(segment, 3)) else {
                    return Err(ImageFault::Garbled("frame header"));
                };
                if width == 0 || height == 0 {
                    return Err(ImageFault::NoSize);
                }
                size = Some((u32::from(width), u32::from(height)));
            }
            // The picture itself begins. In it every 0xff is followed by 0, so that only the end mark reads ff d9.
            0xda => {
                let size = size.ok_or(ImageFault::Garbled("order of segments"))?;
                let ends = rest.windows(2).any(|pair| pair == b"\xff\xd9");
                return if ends { Ok(size) } else { Err(ImageFault::Truncated) };
            }
            _ => {}
        }
    }
}

/// The next mark of a JPG, after any number of filling 0xff, and what follows it.
fn jpeg_marker(bytes: &[u8]) -> Result<(u8, &[u8]), ImageFault> {
    match bytes.iter().position(|&byte| byte != 0xff) {
        None => Err(ImageFault::Truncated),
        Some(0) => Err(ImageFault::Garbled("order of segments")),
        Some(at) => Ok((bytes[at], &bytes[at + 1..])),
    }
}

/// Width and height of a PNG: reads the header chunk, then walks the chunks to the last one.
pub(super) fn png(whole: &[u8]) -> Result<(u32, u32), ImageFault> {
    let Some(signature) = whole.get(..8) else {
        return Err(ImageFault::Truncated);
    };
    if signature != b"\x89PNG\r\n\x1a\n" {
        return Err(ImageFault::LineEnds);
    }
    let mut rest = &whole[8..];
    let mut size = None;
    let mut has_pixels = false;
    loop {
        let (Some(length), Some(kind)) = (u32_at(rest, 0), rest.get(4..8)) else {
            return Err(ImageFault::Truncated);
        };
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(12));
        let Some(chunk) = end.and_then(|end| rest.get(8..end)) else {
            return Err(ImageFault::Truncated);
        };
        match kind {
            b"IHDR" if size.is_none() => {
                let (Some(width), Some(height)) = (u32_at(chunk, 0), u32_at(chunk, 4)) else {
                    return Err(ImageFault::Garbled("header"));
                };
                if width == 0 || height == 0 {
                    return Err(ImageFault::NoSize);
                }
                size = Some((width, height));
            }
            b"IDAT" => has_pixels = true,
            b"IEND" => {
                return size.filter(|_| has_pixels).ok_or(ImageFault::Garbled("order of chunks"));
            }
            _ if size.is_none() => return Err(ImageFault::Garbled("order of chunks")),
            _ => {}
        }
        rest = &rest[8 + chunk.len()..];
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}
