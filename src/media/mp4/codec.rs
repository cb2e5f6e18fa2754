//! Which coding of pictures or sound a track of an MP4 has, as far as many phones cannot play it.

use super::boxes::{Mp4Box, boxes};
use crate::media_index::RareCodec;

/// Kinds of sample descriptions (`stsd`), each with the name that people know it by.
const RARE: &[(&[u8; 4], &str)] = &[
    (b"hvc1", "HEVC (H.265)"),
    (b"hev1", "HEVC (H.265)"),
    (b"dvh1", "Dolby Vision"),
    (b"dvhe", "Dolby Vision"),
    (b"dva1", "Dolby Vision"),
    (b"dvav", "Dolby Vision"),
    (b"vvc1", "VVC (H.266)"),
    (b"vvi1", "VVC (H.266)"),
    (b"av01", "AV1"),
    (b"vp08", "VP8"),
    (b"vp09", "VP9"),
    (b"apco", "ProRes"),
    (b"apcs", "ProRes"),
    (b"apcn", "ProRes"),
    (b"apch", "ProRes"),
    (b"ap4h", "ProRes"),
    (b"ap4x", "ProRes"),
    (b"AVdh", "DNxHR"),
    (b"AVdn", "DNxHD"),
    (b"mp4v", "MPEG-4 Part 2"),
    (b"s263", "H.263"),
    (b"jpeg", "Motion JPEG"),
    (b"mjpa", "Motion JPEG"),
    (b"mjpb", "Motion JPEG"),
    (b"png ", "a series of PNG images"),
    (b"encv", "an encrypted picture"),
    (b"enca", "encrypted sound"),
    (b"ac-3", "Dolby Digital sound (AC-3)"),
    (b"ec-3", "Dolby Digital Plus sound (E-AC-3)"),
    (b"ac-4", "Dolby AC-4 sound"),
    (b"Opus", "Opus sound"),
    (b"fLaC", "FLAC sound"),
    (b"alac", "Apple Lossless sound (ALAC)"),
    (b"dtsc", "DTS sound"),
    (b"dtsh", "DTS sound"),
    (b"dtsl", "DTS sound"),
    (b"lpcm", "uncompressed sound (PCM)"),
    (b"sowt", "uncompressed sound (PCM)"),
    (b"twos", "uncompressed sound (PCM)"),
    (b"in24", "uncompressed sound (PCM)"),
    (b"in32", "uncompressed sound (PCM)"),
    (b"ipcm", "uncompressed sound (PCM)"),
];

/// What stands before the inner boxes of a sample description of pictures.
const PICTURE_HEAD: usize = 78;

/// The first rare coding that the descriptions of a track name (`minf`, then `stbl`, then `stsd`).
pub(super) fn rare(minf: &[u8]) -> Option<RareCodec> {
    let inside = |body, kind: &[u8; 4]| boxes(body).flatten().find(|one| &one.kind == kind).map(|one| one.body);
    let descriptions = inside(inside(minf, b"stbl")?, b"stsd")?.get(8..)?;
    boxes(descriptions).flatten().find_map(|one| rare_one(&one))
}

fn rare_one(description: &Mp4Box<'_>) -> Option<RareCodec> {
    let named = RARE.iter().find(|(kind, _)| **kind == description.kind).map(|(_, name)| RareCodec(name));
    let is_avc = matches!(&description.kind, b"avc1" | b"avc3");
    named.or_else(|| rare_profile(description.body).filter(|_| is_avc))
}

/// H.264 in a profile that the chips of phones do not have.
fn rare_profile(description: &[u8]) -> Option<RareCodec> {
    let inner = description.get(PICTURE_HEAD..)?;
    let setup = boxes(inner).flatten().find(|one| &one.kind == b"avcC")?.body;
    match setup.get(1)? {
        110 => Some(RareCodec("H.264 with 10 bits a colour")),
        122 => Some(RareCodec("H.264 with 4:2:2 colours")),
        44 | 244 => Some(RareCodec("H.264 with 4:4:4 colours")),
        _ => None,
    }
}
