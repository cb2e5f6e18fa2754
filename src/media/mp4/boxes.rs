//! The boxes of an MP4: each has a size, a type of four letters and a body.

use crate::media::bytes::u32_at;
use crate::media_index::Mp4Damage;

/// One box: its type and its body.
#[derive(Clone, Copy)]
pub(super) struct Mp4Box<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// Iterates over consecutive boxes. Ends after the first invalid one.
pub(super) struct Boxes<'a>(&'a [u8]);

pub(super) fn boxes(bytes: &[u8]) -> Boxes<'_> {
    Boxes(bytes)
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Mp4Box<'a>, Mp4Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        // Fewer bytes than a header are padding.
        let kind = *bytes.get(4..)?.first_chunk::<4>()?;
        let (head, size) = match u32_at(bytes, 0)? {
            0 => (8, u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            1 => match bytes.get(8..).and_then(<[u8]>::first_chunk) {
                Some(size) => (16, u64::from_be_bytes(*size)),
                None => return Some(Err(Mp4Damage::Truncated)),
            },
            size => (8, u64::from(size)),
        };
        let Ok(size) = usize::try_from(size) else { return Some(Err(Mp4Damage::Truncated)) };
        if size < head {
            return Some(Err(Mp4Damage::InvalidStructure("size of a box")));
        }
        let Some(body) = bytes.get(head..size) else { return Some(Err(Mp4Damage::Truncated)) };
        self.0 = &bytes[size..];
        Some(Ok(Mp4Box { kind, body }))
    }
}
