//! Names of formats other than JPG, PNG and MP4, so that a message can say what a file is.

use super::format_name::both;
use crate::text::StaticText;

/// Signatures with their offsets. Longer, more specific ones come first.
const STARTS: &[(usize, &[u8], StaticText)] = &[
    (0, b"GIF87a", both("a GIF image", "GIF 图片")),
    (0, b"GIF89a", both("a GIF image", "GIF 图片")),
    (8, b"WEBP", both("a WebP image", "WebP 图片")),
    (8, b"AVI ", both("an AVI video", "AVI 视频")),
    (8, b"WAVE", both("a WAV sound", "WAV 音频")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", both("a JPEG XL image", "JPEG XL 图片")),
    (0, b"\xff\x0a", both("a JPEG XL image", "JPEG XL 图片")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", both("a JPEG 2000 image", "JPEG 2000 图片")),
    (0, b"II*\0", both("a TIFF image", "TIFF 图片")),
    (0, b"MM\0*", both("a TIFF image", "TIFF 图片")),
    (0, b"8BPS", both("a Photoshop file", "Photoshop 文件")),
    (0, b"\0\0\x01\0", both("an icon", "图标文件")),
    (0, b"%PDF-", both("a PDF", "PDF 文件")),
    (0, b"\x1a\x45\xdf\xa3", both("a Matroska or WebM video", "MKV 或 WebM 视频")),
    (0, b"FLV\x01", both("an FLV video", "FLV 视频")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", both("a WMV video", "WMV 视频")),
    (0, b"\0\0\x01\xba", both("an MPEG video", "MPEG 视频")),
    (0, b"\0\0\x01\xb3", both("an MPEG video", "MPEG 视频")),
    (0, b"OggS", both("an Ogg file", "Ogg 文件")),
    (0, b"ID3", both("an MP3 sound", "MP3 音频")),
    (0, b"#!AMR", both("an AMR sound", "AMR 音频")),
    (0, b"PK\x03\x04", both("a ZIP or Office file", "压缩包或 Office 文件")),
    (0, b"Rar!\x1a\x07", both("a RAR archive", "RAR 压缩包")),
    (0, b"7z\xbc\xaf\x27\x1c", both("a 7z archive", "7z 压缩包")),
    (0, b"\x1f\x8b", both("a gzip archive", "gzip 压缩包")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", both("an old Office file", "旧版 Office 文件")),
    (0, b"\x7fELF", both("a program", "程序文件")),
    (
        0,
        b"version https://git-lfs.github.com/spec/",
        both(
            "a Git LFS pointer, not the file itself (`git lfs pull` fetches it)",
            "Git LFS 的占位文件，不是素材本身（请运行 `git lfs pull` 下载）",
        ),
    ),
];

/// Texts that begin like this, after white space and in any case.
const MARKUP: &[(&str, StaticText)] = &[
    ("<!doctype html", both("an HTML page", "网页文件")),
    ("<html", both("an HTML page", "网页文件")),
    ("<head", both("an HTML page", "网页文件")),
    ("<svg", both("an SVG image", "SVG 图片")),
    ("<?xml", both("an XML file", "XML 文件")),
];

pub(super) fn name(whole: &[u8]) -> Option<StaticText> {
    if whole.is_empty() {
        return Some(both("an empty file", "空文件"));
    }
    // An offset of 8 is the form type of a RIFF file; elsewhere the same letters mean nothing.
    let is_here = |at: usize, magic| {
        (at == 0 || whole.starts_with(b"RIFF")) && whole.get(at..).is_some_and(|rest| rest.starts_with(magic))
    };
    if let Some((_, _, name)) = STARTS.iter().find(|(at, magic, _)| is_here(*at, magic)) {
        return Some(*name);
    }
    if is_bmp(whole) {
        return Some(both("a BMP image", "BMP 图片"));
    }
    if is_transport_stream(whole) {
        return Some(both("an MPEG video", "MPEG 视频"));
    }
    text(whole)
}

/// Packets of 188 bytes, each of which begins with `G`.
fn is_transport_stream(whole: &[u8]) -> bool {
    (0..4).all(|packet| whole.get(packet * 188) == Some(&b'G'))
}

/// A text could begin with `BM`, so the reserved zeros are checked too.
fn is_bmp(whole: &[u8]) -> bool {
    whole.starts_with(b"BM") && whole.get(6..10) == Some(&[0; 4])
}

fn text(whole: &[u8]) -> Option<StaticText> {
    if whole.starts_with(b"\xff\xfe") || whole.starts_with(b"\xfe\xff") {
        return Some(both("plain text", "纯文本"));
    }
    let text = str::from_utf8(whole).ok()?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if let Some((_, name)) = MARKUP.iter().find(|(word, _)| begins(word)) {
        return Some(*name);
    }
    let is_binary = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.contains(is_binary)).then_some(both("plain text", "纯文本"))
}
