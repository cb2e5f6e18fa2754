//! The media files for the rules' pages and for the tests of the checker, by their paths from the book's top.

use std::time::Duration;

use drumbeat::book::Files;
use drumbeat::ids::Sha256;
use drumbeat::limits::{IMAGE_BYTES, VIDEO_BYTES};
use drumbeat::media_index::{ImageDamage, JpegForm, MediaEntry, MediaFormat, MediaIndex, Mp4Damage, RareCodec};
use drumbeat::post::MediaKind;
use drumbeat::text::StaticText;

/// Every existing file, with its size in bytes and its format.
fn files() -> Vec<(String, u64, MediaFormat)> {
    let of_form = |form| MediaFormat::Jpeg { width: 800, height: 600, form };
    let jpeg = |width, height| MediaFormat::Jpeg { width, height, form: JpegForm::Plain };
    let mp4 = |seconds, has_video| MediaFormat::Mp4 {
        length: Duration::from_secs(seconds),
        has_video,
        fragmented: false,
        brand: "isom".to_owned(),
        rare_codec: None,
    };
    let hevc = match mp4(12, true) {
        MediaFormat::Mp4 { length, has_video, fragmented, brand, .. } => MediaFormat::Mp4 {
            length,
            has_video,
            fragmented,
            brand,
            rare_codec: Some(RareCodec(StaticText { en: "HEVC (H.265)", zh: "HEVC (H.265)" })),
        },
        other => other,
    };
    let mut files = vec![
        ("media/image.jpg", 80_000, jpeg(1080, 1440)),
        ("media/image.png", 90_000, MediaFormat::Png { width: 800, height: 600 }),
        ("media/cover.jpg", 20_000, jpeg(600, 600)),
        ("media/video.mp4", 900_000, mp4(12, true)),
        ("media/hevc.mp4", 900_000, hevc),
        ("media/cmyk.jpg", 80_000, of_form(JpegForm::Cmyk)),
        ("media/arithmetic.jpg", 80_000, of_form(JpegForm::Arithmetic)),
        ("media/animation.jpg", 30_000, MediaFormat::Other(StaticText { en: "a GIF image", zh: "GIF 图片" })),
        ("media/truncated.jpg", 30_000, MediaFormat::BrokenImage(MediaKind::Jpeg, ImageDamage::Truncated)),
        ("media/broken.mp4", 30_000, MediaFormat::BrokenMp4(Mp4Damage::NoMovie)),
        ("media/sound-only.mp4", 30_000, mp4(12, false)),
        ("media/long.mp4", 900_000, mp4(31, true)),
        ("media/huge.jpg", IMAGE_BYTES + 1, jpeg(1000, 1000)),
        ("media/huge.mp4", VIDEO_BYTES + 1, mp4(12, true)),
        ("media/tiny.jpg", 5, MediaFormat::Unknown),
        ("media/wide.jpg", 80_000, jpeg(2160, 3840)),
        ("media/endless.png", 80_000, MediaFormat::Png { width: 800, height: 10_801 }),
        ("media/old.jpg", 80_000, jpeg(100, 100)),
    ]
    .into_iter()
    .map(|(path, bytes, found)| (path.to_owned(), bytes, found))
    .collect::<Vec<_>>();
    files.extend((1..=10).map(|n| (format!("media/{n}.jpg"), 50_000, jpeg(1000, 1000))));
    files
}

/// The index entry of each path in `named`. Unknown paths are missing, with the nearest file as a hint.
pub(super) fn standard(named: impl IntoIterator<Item = String>) -> MediaIndex {
    let files = files();
    let there = Files { media: files.iter().map(|(path, ..)| path.as_str().into()).collect(), ..Files::default() };
    let look = |path: &str| match path {
        "media/folder" => MediaEntry::NotAFile,
        "media/link-outside.jpg" => MediaEntry::Outside,
        "media/secret.jpg" => MediaEntry::Unreadable("Permission denied (os error 13)".to_owned()),
        "media/enormous.mp4" => MediaEntry::TooLarge { bytes: 3_000_000_000 },
        _ => match files.iter().find(|(name, ..)| name == path) {
            Some((_, bytes, format)) => {
                MediaEntry::File { bytes: *bytes, sha256: Sha256::of(path.as_bytes()), format: format.clone() }
            }
            None => MediaEntry::Missing { nearest: there.nearest(path).map(str::to_owned) },
        },
    };
    named.into_iter().map(|path| (path.clone(), look(&path))).collect()
}
