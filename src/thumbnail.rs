//! Small pictures for pages.
//!
//! A campaign book is untrusted: time and memory for a picture are bounded, whatever size its header has. Files that `media` found
//! whole
//! are decoded; others give no thumbnail.

use std::io::Cursor;

use jpeg_encoder::{ColorType, Encoder};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::limits::IMAGE_LONG_EDGE;

/// Most memory, in bytes, for the pixels of one picture: 40 million pixels, several times what WeCom takes.
const MAX_PIXEL_BYTES: usize = 160 * 1024 * 1024;
/// Longest edge, in pixels, of a picture that is decoded.
const MAX_EDGE: usize = 2 * IMAGE_LONG_EDGE as usize;
/// Most scans of a progressive JPG: each is read over the whole picture. Real files have about ten.
const MAX_SCANS: usize = 64;
/// Quality of the small JPG, from 1 to 100: below, edges of text in a picture blur.
const JPEG_QUALITY: u8 = 72;
/// First bytes of a JPG and of a PNG.
const JPEG_START: &[u8] = b"\xff\xd8\xff";
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A small JPG, rotated by its EXIF orientation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    pub jpeg: Vec<u8>,
}

/// Makes a picture small: its short edge has at most `short_edge` pixels, its long edge at most three times as many.
///
/// `None` where the file is no JPG or PNG that can be decoded within the limits.
pub fn thumbnail(file: &[u8], short_edge: usize) -> Option<Thumbnail> {
    let (picture, orientation) = if file.starts_with(JPEG_START) {
        from_jpeg(file)?
    } else if file.starts_with(PNG_START) {
        (from_png(file)?, 1)
    } else {
        return None;
    };
    let small = picture.shrunk(short_edge).turned(orientation);
    let (width, height) = (u16::try_from(small.width).ok()?, u16::try_from(small.height).ok()?);
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, JPEG_QUALITY).encode(&small.rgb, width, height, ColorType::Rgb).ok()?;
    Some(Thumbnail { width: width.into(), height: height.into(), jpeg })
}

/// Pixels, row by row, three bytes each.
struct Pixels {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// The pixels of a JPG, and the orientation that its EXIF part names, from 1 to 8.
fn from_jpeg(file: &[u8]) -> Option<(Pixels, u8)> {
    let options = DecoderOptions::new_safe()
        .set_max_width(MAX_EDGE)
        .set_max_height(MAX_EDGE)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().ok()?;
    let (info, bytes) = (decoder.info()?, decoder.output_buffer_size()?);
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if bytes > MAX_PIXEL_BYTES || width == 0 || height == 0 {
        return None;
    }
    let rgb = decoder.decode().ok()?;
    let orientation = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
    (rgb.len() == width * height * 3).then_some((Pixels { width, height, rgb }, orientation))
}

/// The pixels of a PNG over white, as a page shows it.
fn from_png(file: &[u8]) -> Option<Pixels> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: MAX_PIXEL_BYTES });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let bytes = reader.output_buffer_size().filter(|bytes| *bytes <= MAX_PIXEL_BYTES)?;
    let mut pixels = vec![0; bytes];
    let frame = reader.next_frame(&mut pixels).ok()?;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let samples = frame.color_type.samples();
    let over_white = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let mut rgb = Vec::with_capacity(width * height * 3);
    for pixel in pixels[..frame.buffer_size()].chunks_exact(samples) {
        let (colours, alpha) = match *pixel {
            [grey] => ([grey; 3], 255),
            [grey, alpha] => ([grey; 3], alpha),
            [red, green, blue] => ([red, green, blue], 255),
            [red, green, blue, alpha] => ([red, green, blue], alpha),
            _ => return None,
        };
        rgb.extend(colours.map(|colour| over_white(colour, alpha)));
    }
    (width > 0 && height > 0 && rgb.len() == width * height * 3).then_some(Pixels { width, height, rgb })
}

/// The orientation in the TIFF structure of an EXIF part: tag 0x0112 of the first directory.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let is_little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let two = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let four = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = usize::try_from(four(4)?).ok()?;
    let entries = usize::from(two(directory)?);
    let entry = (0..entries).map(|n| directory + 2 + 12 * n).find(|at| two(*at) == Some(0x0112))?;
    u8::try_from(two(entry + 8)?).ok().filter(|it| (1..=8).contains(it))
}

impl Pixels {
    /// Each pixel of the small picture is the mean of those that it covers.
    fn shrunk(self, short_edge: usize) -> Self {
        let (short, long) = (self.width.min(self.height), self.width.max(self.height));
        let scale = (short_edge as f64 / short as f64).min(3.0 * short_edge as f64 / long as f64);
        if scale >= 1.0 {
            return self;
        }
        let scaled = |edge: usize| ((edge as f64 * scale).round() as usize).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mut rgb = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let rows = y * self.height / height..((y + 1) * self.height / height).max(y * self.height / height + 1);
            for x in 0..width {
                let columns = x * self.width / width..((x + 1) * self.width / width).max(x * self.width / width + 1);
                rgb.extend(self.mean(rows.clone(), columns));
            }
        }
        Self { width, height, rgb }
    }

    fn mean(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> [u8; 3] {
        let count = (rows.len() * columns.len()) as u64;
        let (mut reds, mut greens, mut blues) = (0, 0, 0);
        for y in rows {
            let row = &self.rgb[(y * self.width + columns.start) * 3..(y * self.width + columns.end) * 3];
            for &[red, green, blue] in row.as_chunks().0 {
                reds += u64::from(red);
                greens += u64::from(green);
                blues += u64::from(blue);
            }
        }
        [reds, greens, blues].map(|sum: u64| (sum / count) as u8)
    }

    /// Turned and mirrored as an EXIF orientation says.
    fn turned(self, orientation: u8) -> Self {
        if orientation == 1 {
            return self;
        }
        let is_on_its_side = orientation >= 5;
        let (width, height) = if is_on_its_side { (self.height, self.width) } else { (self.width, self.height) };
        let (right, bottom) = (self.width - 1, self.height - 1);
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                // Where the pixel is in the picture as stored.
                let (from_x, from_y) = match orientation {
                    2 => (right - x, y),
                    3 => (right - x, bottom - y),
                    4 => (x, bottom - y),
                    5 => (y, x),
                    6 => (y, bottom - x),
                    7 => (right - y, bottom - x),
                    _ => (right - y, x),
                };
                let at = (from_y * self.width + from_x) * 3;
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Self { width, height, rgb }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let pixels = vec![90; usize::from(width) * usize::from(height) * 3];
        Encoder::new(&mut bytes, 90).encode(&pixels, width, height, ColorType::Rgb).expect("a picture in memory");
        bytes
    }

    fn png(width: u32, height: u32, colour: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(colour);
        let mut writer = encoder.write_header().expect("a head in memory");
        writer.write_image_data(pixels).expect("pixels in memory");
        drop(writer);
        bytes
    }

    /// A JPG with an EXIF orientation before its other parts.
    fn with_orientation(mut jpeg: Vec<u8>, orientation: u8) -> Vec<u8> {
        let tiff =
            [b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
        let mut part = vec![0xff, 0xe1, 0, (2 + 6 + tiff.len()) as u8];
        part.extend(b"Exif\0\0");
        part.extend(tiff);
        jpeg.splice(2..2, part);
        jpeg
    }

    #[track_caller]
    fn measures(file: &[u8]) -> (u32, u32) {
        let small = thumbnail(file, 160).expect("a whole picture");
        (small.width, small.height)
    }

    #[test]
    fn short_edge_is_bounded_and_proportions_stay() {
        assert_eq!(measures(&jpeg(1200, 800)), (240, 160));
    }

    #[test]
    fn long_edge_is_at_most_three_times_as_long() {
        assert_eq!(measures(&jpeg(4000, 400)), (480, 48));
    }

    #[test]
    fn small_picture_keeps_its_size() {
        assert_eq!(measures(&jpeg(40, 30)), (40, 30));
    }

    #[test]
    fn camera_orientation_is_followed() {
        assert_eq!(measures(&with_orientation(jpeg(120, 80), 6)), (80, 120));
        assert_eq!(measures(&with_orientation(jpeg(120, 80), 3)), (120, 80));
        assert_eq!(measures(&with_orientation(jpeg(120, 80), 9)), (120, 80));
    }

    /// The six pixels of a picture that is three wide, named by letters, in each orientation.
    #[test]
    fn each_orientation_puts_every_pixel_in_its_place() {
        let stored = || Pixels { width: 3, height: 2, rgb: "abcdef".bytes().flat_map(|it| [it; 3]).collect() };
        let shown = |orientation| {
            let turned = stored().turned(orientation);
            let letters: Vec<u8> = turned.rgb.chunks_exact(3).map(|it| it[0]).collect();
            let rows: Vec<&str> =
                letters.chunks_exact(turned.width).map(|row| std::str::from_utf8(row).expect("letters")).collect();
            rows.join("/")
        };
        let all: Vec<String> = (1..=8).map(shown).collect();
        assert_eq!(all, ["abc/def", "cba/fed", "fed/cba", "def/abc", "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"]);
    }

    #[test]
    fn transparent_png_becomes_white() {
        let clear = thumbnail(&png(8, 8, png::ColorType::Rgba, &[200, 0, 0, 0].repeat(64)), 160).expect("whole");
        let (shown, _) = from_jpeg(&clear.jpeg).expect("it was just made");
        assert!(shown.rgb.iter().all(|colour| *colour > 250));
    }

    #[test]
    fn grey_and_palette_png_are_shown() {
        assert_eq!(measures(&png(300, 200, png::ColorType::Grayscale, &vec![9; 60_000])), (240, 160));
        assert_eq!(measures(&png(2, 2, png::ColorType::GrayscaleAlpha, &[9; 8])), (2, 2));
    }

    #[test]
    fn picture_that_claims_too_many_pixels_is_refused() {
        let mut claimed = png(1, 1, png::ColorType::Rgba, &[0; 4]);
        claimed[16..20].copy_from_slice(&20_000_u32.to_be_bytes());
        claimed[20..24].copy_from_slice(&20_000_u32.to_be_bytes());
        // The sum over the head is right: the size is what is refused.
        let mut sum = flate2::Crc::new();
        sum.update(&claimed[12..29]);
        claimed[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        assert_eq!(thumbnail(&claimed, 160), None);
    }

    #[test]
    fn other_and_broken_files_give_none() {
        assert_eq!(thumbnail(b"", 160), None);
        assert_eq!(thumbnail(b"GIF89a\x01\x00\x01\x00", 160), None);
        assert_eq!(thumbnail(&jpeg(100, 100)[..40], 160), None);
        assert_eq!(thumbnail(&png(9, 9, png::ColorType::Rgb, &[0; 243])[..50], 160), None);
    }
}
