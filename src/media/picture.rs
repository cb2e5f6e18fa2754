//! JPG: the size in pixels, and whether the file is whole.

use crate::shelf::ImageFault;

pub(super) const JPEG: &[u8] = b"\xff\xd8\xff";

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

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*two))
}
