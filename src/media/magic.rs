//! Names for what is no JPG, PNG or MP4, so that a message can say what a file is instead.

/// First bytes that settle it, at their place in the file. Longer and surer ones stand before shorter ones.
const STARTS: &[(usize, &[u8], &str)] = &[
    (0, b"GIF87a", "a GIF image"),
    (0, b"GIF89a", "a GIF image"),
    (8, b"WEBP", "a WebP image"),
    (8, b"AVI ", "an AVI video"),
    (8, b"WAVE", "a WAV sound"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\0\0\x01\0", "an icon"),
    (0, b"%PDF-", "a PDF"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM video"),
    (0, b"FLV\x01", "an FLV video"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a WMV video"),
    (0, b"\0\0\x01\xba", "an MPEG video"),
    (0, b"\0\0\x01\xb3", "an MPEG video"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "an MP3 sound"),
    (0, b"#!AMR", "an AMR sound"),
    (0, b"PK\x03\x04", "a ZIP or Office file"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    (0, b"\x7fELF", "a program"),
    (
        0,
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer, not the file itself (`git lfs pull` fetches it)",
    ),
];

/// Texts that begin so, after white space and in any case.
const MARKUP: &[(&str, &str)] = &[
    ("<!doctype html", "an HTML page"),
    ("<html", "an HTML page"),
    ("<head", "an HTML page"),
    ("<svg", "an SVG image"),
    ("<?xml", "an XML file"),
];

pub(super) fn name(whole: &[u8]) -> Option<&'static str> {
    if whole.is_empty() {
        return Some("an empty file");
    }
    // What stands eighth is inside a RIFF file; elsewhere the same letters mean nothing.
    let is_here = |at: usize, magic| {
        (at == 0 || whole.starts_with(b"RIFF")) && whole.get(at..).is_some_and(|rest| rest.starts_with(magic))
    };
    if let Some((_, _, name)) = STARTS.iter().find(|(at, magic, _)| is_here(*at, magic)) {
        return Some(name);
    }
    if is_bmp(whole) {
        return Some("a BMP image");
    }
    if is_transport_stream(whole) {
        return Some("an MPEG video");
    }
    text(whole)
}

/// Packets of 188 bytes, each beginning with `G`.
fn is_transport_stream(whole: &[u8]) -> bool {
    (0..4).all(|packet| whole.get(packet * 188) == Some(&b'G'))
}

/// `BM` alone could begin a text, so the reserved zeros must be there too.
fn is_bmp(whole: &[u8]) -> bool {
    whole.starts_with(b"BM") && whole.get(6..10) == Some(&[0; 4])
}

fn text(whole: &[u8]) -> Option<&'static str> {
    if whole.starts_with(b"\xff\xfe") || whole.starts_with(b"\xfe\xff") {
        return Some("plain text");
    }
    let text = str::from_utf8(whole).ok()?;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if let Some((_, name)) = MARKUP.iter().find(|(word, _)| begins(word)) {
        return Some(name);
    }
    let is_binary = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.contains(is_binary)).then_some("plain text")
}
