//! Codecs of MP4 tracks that many phones cannot play.

use super::boxes::{Mp4Box, boxes};
use crate::media::format_name::{both, same};
use crate::media_index::RareCodec;
use crate::text::StaticText;

/// Types of sample descriptions (`stsd`), each with its usual name.
const RARE: &[(&[u8; 4], StaticText)] = &[
    (b"hvc1", same("HEVC (H.265)")),
    (b"hev1", same("HEVC (H.265)")),
    (b"dvh1", both("Dolby Vision", "杜比视界")),
    (b"dvhe", both("Dolby Vision", "杜比视界")),
    (b"dva1", both("Dolby Vision", "杜比视界")),
    (b"dvav", both("Dolby Vision", "杜比视界")),
    (b"vvc1", same("VVC (H.266)")),
    (b"vvi1", same("VVC (H.266)")),
    (b"av01", same("AV1")),
    (b"vp08", same("VP8")),
    (b"vp09", same("VP9")),
    (b"apco", same("ProRes")),
    (b"apcs", same("ProRes")),
    (b"apcn", same("ProRes")),
    (b"apch", same("ProRes")),
    (b"ap4h", same("ProRes")),
    (b"ap4x", same("ProRes")),
    (b"AVdh", same("DNxHR")),
    (b"AVdn", same("DNxHD")),
    (b"mp4v", same("MPEG-4 Part 2")),
    (b"s263", same("H.263")),
    (b"jpeg", same("Motion JPEG")),
    (b"mjpa", same("Motion JPEG")),
    (b"mjpb", same("Motion JPEG")),
    (b"png ", both("a series of PNG images", "一组 PNG 图片")),
    (b"encv", both("an encrypted picture", "加密的画面")),
    (b"enca", both("encrypted sound", "加密的音频")),
    (b"ac-3", both("Dolby Digital sound (AC-3)", "杜比数字音频（AC-3）")),
    (b"ec-3", both("Dolby Digital Plus sound (E-AC-3)", "杜比数字+ 音频（E-AC-3）")),
    (b"ac-4", both("Dolby AC-4 sound", "杜比 AC-4 音频")),
    (b"Opus", both("Opus sound", "Opus 音频")),
    (b"fLaC", both("FLAC sound", "FLAC 音频")),
    (b"alac", both("Apple Lossless sound (ALAC)", "苹果无损音频（ALAC）")),
    (b"dtsc", both("DTS sound", "DTS 音频")),
    (b"dtsh", both("DTS sound", "DTS 音频")),
    (b"dtsl", both("DTS sound", "DTS 音频")),
    (b"lpcm", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
    (b"sowt", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
    (b"twos", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
    (b"in24", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
    (b"in32", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
    (b"ipcm", both("uncompressed sound (PCM)", "未压缩的音频（PCM）")),
];

/// The size in bytes of the fields before the inner boxes of a video sample description.
const PICTURE_HEAD: usize = 78;

/// The first rare codec in the sample descriptions of a track (`minf`, `stbl`, `stsd`).
pub(super) fn rare(minf: &[u8]) -> Option<RareCodec> {
    let inside = |body, kind: &[u8; 4]| boxes(body).flatten().find(|one| &one.kind == kind).map(|one| one.body);
    let descriptions = inside(inside(minf, b"stbl")?, b"stsd")?.get(8..)?;
    boxes(descriptions).flatten().find_map(|one| rare_one(&one))
}

fn rare_one(description: &Mp4Box<'_>) -> Option<RareCodec> {
    let named = RARE.iter().find(|(kind, _)| **kind == description.kind).map(|(_, name)| RareCodec(*name));
    let is_avc = matches!(&description.kind, b"avc1" | b"avc3");
    named.or_else(|| rare_profile(description.body).filter(|_| is_avc))
}

/// H.264 in a profile that phone hardware does not decode.
fn rare_profile(description: &[u8]) -> Option<RareCodec> {
    let inner = description.get(PICTURE_HEAD..)?;
    let setup = boxes(inner).flatten().find(|one| &one.kind == b"avcC")?.body;
    match setup.get(1)? {
        110 => Some(RareCodec(both("H.264 with 10 bits a colour", "10 位的 H.264"))),
        122 => Some(RareCodec(both("H.264 with 4:2:2 colours", "4:2:2 色彩的 H.264"))),
        44 | 244 => Some(RareCodec(both("H.264 with 4:4:4 colours", "4:4:4 色彩的 H.264"))),
        _ => None,
    }
}
