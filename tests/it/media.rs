//! Recognizes files by their bytes: valid, invalid and malicious ones.

use std::time::Duration;

use drumbeat::media::probe;
use drumbeat::media_index::{BadPath, ImageDamage, JpegForm, MediaFormat, Mp4Damage, RareCodec, resolve};
use drumbeat::post::MediaKind;
use drumbeat::text::Lang;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A box of an MP4.
fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).expect("small");
    [&size.to_be_bytes()[..], kind, body].concat()
}

fn ftyp(brand: &[u8; 4], compatible: &[u8]) -> Vec<u8> {
    atom(b"ftyp", &[&brand[..], &[0; 4], compatible].concat())
}

/// `mvhd` or `mdhd` of version 0.
fn times(kind: &[u8; 4], scale: u32, length: u32) -> Vec<u8> {
    let words: Vec<u8> = [0, 0, 0, scale, length].iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    atom(kind, &[&words[..], &[0; 80]].concat())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn track(handler: &[u8; 4], scale: u32, length: u32, frames: u32) -> Vec<u8> {
    described(handler, scale, length, frames, &[])
}

/// A track with boxes before its table of sample sizes.
fn described(handler: &[u8; 4], scale: u32, length: u32, frames: u32, before: &[u8]) -> Vec<u8> {
    let tkhd = atom(b"tkhd", &words(&[7, 0, 0, 1]));
    let hdlr = atom(b"hdlr", &[&[0; 8][..], handler, &[0; 12]].concat());
    let table = atom(b"stbl", &[before, &atom(b"stsz", &words(&[0, 0, frames]))].concat());
    let mdia = atom(b"mdia", &[times(b"mdhd", scale, length), hdlr, atom(b"minf", &table)].concat());
    atom(b"trak", &[tkhd, mdia].concat())
}

fn moov(length_ms: u32, tracks: &[Vec<u8>]) -> Vec<u8> {
    atom(b"moov", &[times(b"mvhd", 1000, length_ms), tracks.concat()].concat())
}

fn mdat() -> Vec<u8> {
    atom(b"mdat", &[9; 100])
}

/// A movie of 4.8 seconds with one video track.
fn film() -> Vec<u8> {
    [ftyp(b"isom", b"isommp41"), moov(4800, &[track(b"vide", 12800, 61440, 120)]), mdat()].concat()
}

#[track_caller]
fn plays(file: &[u8], millis: u64) {
    match probe(file) {
        MediaFormat::Mp4 { length, has_video: true, .. } => assert_eq!(length, Duration::from_millis(millis)),
        found => panic!("{found:?}"),
    }
}

#[track_caller]
fn is_broken_mp4(file: &[u8], damage: Mp4Damage) {
    assert_eq!(probe(file), MediaFormat::BrokenMp4(damage));
}

#[track_caller]
fn is_broken(file: &[u8], kind: MediaKind, damage: ImageDamage) {
    assert_eq!(probe(file), MediaFormat::BrokenImage(kind, damage));
}

#[track_caller]
fn is(file: &[u8], name: &'static str) {
    let found = probe(file);
    assert!(matches!(found, MediaFormat::Other(found) if found.en == name), "{found:?}");
}

#[test]
fn a_film() {
    plays(&film(), 4800);
    assert_eq!(
        probe(&film()),
        MediaFormat::Mp4 {
            length: Duration::from_millis(4800),
            has_video: true,
            fragmented: false,
            brand: "isom".to_owned(),
            rare_codec: None,
        }
    );
}

#[test]
fn codecs_that_many_phones_do_not_play() {
    let film = |picture: &[u8], sound: &[u8]| {
        let stsd = |entry: &[u8]| atom(b"stsd", &[&words(&[0, 1]), entry].concat());
        let tracks = [
            described(b"vide", 12800, 61440, 120, &stsd(picture)),
            described(b"soun", 48000, 230_400, 225, &stsd(sound)),
        ];
        [ftyp(b"isom", b"isommp41"), moov(4800, &tracks), mdat()].concat()
    };
    let avc = |profile: u8| {
        let setup = atom(b"avcC", &[1, profile, 0, 40, 0xff]);
        atom(b"avc1", &[&[0; 78][..], &setup].concat())
    };
    let aac = atom(b"mp4a", &[0; 28]);
    let found = |picture: &[u8], sound: &[u8]| match probe(&film(picture, sound)) {
        MediaFormat::Mp4 { rare_codec, .. } => rare_codec.map(|RareCodec(name)| name.en),
        other => panic!("{other:?}"),
    };
    for profile in [66, 77, 100] {
        assert_eq!(found(&avc(profile), &aac), None);
    }
    assert_eq!(found(&avc(110), &aac), Some("H.264 with 10 bits a colour"));
    assert_eq!(found(&atom(b"hvc1", &[0; 78]), &aac), Some("HEVC (H.265)"));
    assert_eq!(found(&atom(b"av01", &[0; 78]), &aac), Some("AV1"));
    assert_eq!(found(&atom(b"apcn", &[0; 78]), &aac), Some("ProRes"));
    assert_eq!(found(&avc(100), &atom(b"ac-3", &[0; 28])), Some("Dolby Digital sound (AC-3)"));
    assert_eq!(found(&avc(100), &[]), None);
    assert_eq!(found(&atom(b"avc1", &[0; 20]), &[1, 2, 3]), None);
}

#[test]
fn a_film_with_its_header_at_the_end() {
    plays(&[ftyp(b"mp42", b"mp42"), mdat(), moov(30_000, &[track(b"vide", 1000, 30_000, 1)])].concat(), 30_000);
}

#[test]
fn last_box_may_extend_to_end() {
    let open_ended = [&[0, 0, 0, 0][..], b"mdat", &[9; 50]].concat();
    plays(&[ftyp(b"isom", b""), moov(1500, &[track(b"vide", 600, 900, 36)]), open_ended].concat(), 1500);
}

#[test]
fn a_film_with_sizes_of_64_bits() {
    let mdat = [&1_u32.to_be_bytes()[..], b"mdat", &20_u64.to_be_bytes(), &[9; 4]].concat();
    plays(&[ftyp(b"isom", b""), mdat, moov(1500, &[track(b"vide", 600, 900, 36)])].concat(), 1500);
}

#[test]
fn a_film_whose_own_header_has_no_length() {
    let tracks = [track(b"soun", 44_100, 44_100 * 3, 130), track(b"vide", 600, 1500, 60)];
    for unknown in [0, u32::MAX] {
        plays(&[ftyp(b"isom", b""), moov(unknown, &tracks), mdat()].concat(), 3000);
    }
}

#[test]
fn rubbish_after_a_film() {
    plays(&[film(), b"\xff\xff\xff\xffjunkjunk".to_vec()].concat(), 4800);
    plays(&[film(), vec![0; 5]].concat(), 4800);
}

#[test]
fn sound_alone() {
    let file = [ftyp(b"isom", b""), moov(2000, &[track(b"soun", 44_100, 88_200, 90)]), mdat()].concat();
    assert!(matches!(probe(&file), MediaFormat::Mp4 { has_video: false, .. }));
    assert_eq!(probe(&file).text().get(Lang::En), "an MP4 without a video track");
}

#[test]
fn a_film_without_header() {
    is_broken_mp4(&[ftyp(b"isom", b""), mdat()].concat(), Mp4Damage::NoMovie);
    is_broken_mp4(&ftyp(b"isom", b""), Mp4Damage::NoMovie);
}

#[test]
fn a_film_without_pictures_in_it() {
    is_broken_mp4(&[ftyp(b"isom", b""), moov(900, &[track(b"vide", 600, 900, 36)])].concat(), Mp4Damage::NoData);
    is_broken_mp4(
        &[ftyp(b"isom", b""), moov(900, &[track(b"vide", 600, 900, 0)]), mdat()].concat(),
        Mp4Damage::NoFrames,
    );
    is_broken_mp4(&[ftyp(b"isom", b""), moov(0, &[track(b"vide", 600, 0, 36)]), mdat()].concat(), Mp4Damage::NoLength);
    is_broken_mp4(&[ftyp(b"isom", b""), moov(0, &[track(b"vide", 0, 600, 36)]), mdat()].concat(), Mp4Damage::NoLength);
}

#[test]
fn a_film_cut_off_anywhere_is_never_whole() {
    let film = film();
    for end in 8..film.len() {
        let found = probe(&film[..end]);
        assert!(matches!(found, MediaFormat::BrokenMp4(_)), "cut at {end}: {found:?}");
    }
    is_broken_mp4(&film[..film.len() - 1], Mp4Damage::Truncated);
}

#[test]
fn a_header_with_absurd_numbers() {
    // A table that claims four thousand million frames costs nothing.
    plays(&[ftyp(b"isom", b""), moov(1000, &[track(b"vide", 600, 600, u32::MAX)]), mdat()].concat(), 1000);
    let many = vec![track(b"vide", 600, 600, 1); 65];
    is_broken_mp4(
        &[ftyp(b"isom", b""), moov(1000, &many), mdat()].concat(),
        Mp4Damage::InvalidStructure("number of tracks"),
    );
    let inside_out = atom(b"moov", &words(&[4, u32::from_be_bytes(*b"trak")]));
    is_broken_mp4(&[ftyp(b"isom", b""), inside_out, mdat()].concat(), Mp4Damage::InvalidStructure("`moov` box"));
    let huge = [&1_u32.to_be_bytes()[..], b"mdat", &u64::MAX.to_be_bytes(), &[9; 4]].concat();
    is_broken_mp4(&[ftyp(b"isom", b""), huge].concat(), Mp4Damage::Truncated);
    // The largest possible number of seconds.
    let mvhd = atom(b"mvhd", &[&[1, 0, 0, 0][..], &[0; 16], &words(&[1]), &(u64::MAX - 1).to_be_bytes()].concat());
    let long = atom(b"moov", &[mvhd, track(b"vide", 600, 600, 1)].concat());
    let found = probe(&[ftyp(b"isom", b""), long, mdat()].concat());
    assert!(matches!(found, MediaFormat::Mp4 { length, .. } if length.as_secs() == u64::MAX - 1), "{found:?}");
}

/// `mvex` with a default duration of 40 units for the one track.
fn mvex() -> Vec<u8> {
    atom(b"mvex", &atom(b"trex", &words(&[0, 1, 1, 40, 0, 0])))
}

fn fragment(tfhd: &[u32], trun: &[u32]) -> Vec<u8> {
    let traf = [atom(b"tfhd", &words(tfhd)), atom(b"trun", &words(trun))].concat();
    [atom(b"moof", &atom(b"traf", &traf)), mdat()].concat()
}

#[test]
fn fragments_determine_the_length() {
    let header = [times(b"mvhd", 1000, 0), track(b"vide", 1000, 0, 0), mvex()].concat();
    let fragments = [
        // 25 samples of the usual 40.
        fragment(&[0, 1], &[0, 25]),
        // 10 samples of 100 units, as set by the fragment, after a base offset of two words.
        fragment(&[0x09, 1, 0, 0, 100], &[0x01, 10, 0]),
        // Two samples with their own durations and sizes.
        fragment(&[0, 1], &[0x300, 2, 300, 9, 700, 9]),
        // Fragments of another track are ignored.
        fragment(&[0, 5], &[0, 1000]),
    ];
    let file = [ftyp(b"iso5", b"iso6"), atom(b"moov", &header), fragments.concat()].concat();
    plays(&file, 1000 + 1000 + 1000);
    assert!(matches!(probe(&file), MediaFormat::Mp4 { fragmented: true, .. }));
    is_broken_mp4(&[ftyp(b"iso5", b""), atom(b"moov", &header), mdat()].concat(), Mp4Damage::NoFrames);
}

#[test]
fn relatives_of_mp4() {
    is(&[ftyp(b"qt  ", b"qt  "), moov(1000, &[]), mdat()].concat(), "a QuickTime video (MOV)");
    is(&[mdat(), moov(1000, &[])].concat(), "a QuickTime video (MOV)");
    is(&[ftyp(b"heic", b"mif1heic"), mdat()].concat(), "a HEIC image");
    is(&[ftyp(b"avif", b"mif1avif"), mdat()].concat(), "an AVIF image");
    is(&[ftyp(b"3gp4", b"3gp4"), mdat()].concat(), "a 3GP video");
    is(&[ftyp(b"M4A ", b"isommp42"), mdat()].concat(), "an M4A sound");
    plays(&[ftyp(b"3gp5", b"3gp5isom"), moov(1000, &[track(b"vide", 600, 600, 9)]), mdat()].concat(), 1000);
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(body);
    let length = u32::try_from(body.len()).expect("small");
    [&length.to_be_bytes()[..], kind, body, &sum.sum().to_be_bytes()].concat()
}

fn packed(bytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, &vec![0; bytes]).expect("in memory");
    packer.finish().expect("in memory")
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlaced: u8) -> Vec<u8> {
    chunk(b"IHDR", &[&words(&[width, height])[..], &[depth, colour, 0, 0, interlaced]].concat())
}

fn png_of(header: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", header, &chunks.concat()[..], &chunk(b"IEND", &[])[..]].concat()
}

/// A black PNG in colour.
fn png(width: u32, height: u32) -> Vec<u8> {
    let bytes = height as usize * (1 + 3 * width as usize);
    png_of(&header(width, height, 8, 2, 0), &[chunk(b"IDAT", &packed(bytes))])
}

#[test]
fn png_variants_are_recognized() {
    let packed_pixels = packed(48 * (1 + 3 * 64));
    let parts: Vec<_> = packed_pixels.chunks(7).map(|part| chunk(b"IDAT", part)).collect();
    assert_eq!(probe(&png_of(&header(64, 48, 8, 2, 0), &parts)), MediaFormat::Png { width: 64, height: 48 });
    // The passes of 3 by 3 pixels are 1x1, none, none, 1x1 and 2x1 pixels, then 1x2 and 3x1, each row with a filter byte.
    let rows = |columns: usize, rows: usize| if columns == 0 { 0 } else { rows * (1 + columns) };
    let bytes = rows(1, 1) + rows(0, 1) + rows(1, 0) + rows(1, 1) + rows(2, 1) + rows(1, 2) + rows(3, 1);
    let grey = png_of(&header(3, 3, 8, 0, 1), &[chunk(b"IDAT", &packed(bytes))]);
    assert_eq!(probe(&grey), MediaFormat::Png { width: 3, height: 3 });
    let palette = png_of(&header(9, 2, 1, 3, 0), &[chunk(b"PLTE", &[0; 6]), chunk(b"IDAT", &packed(2 * 3))]);
    assert_eq!(probe(&palette), MediaFormat::Png { width: 9, height: 2 });
}

#[test]
fn a_png_that_no_decoder_shows() {
    let garbled = |file: &[u8], what| is_broken(file, MediaKind::Png, ImageDamage::InvalidStructure(what));
    let good = png(64, 48);
    for at in [20, 30, good.len() / 2, good.len() - 17] {
        let mut flipped = good.clone();
        flipped[at] ^= 4;
        is_broken(&flipped, MediaKind::Png, ImageDamage::CheckSum);
    }
    let pixels = |packed: &[u8]| png_of(&header(64, 48, 8, 2, 0), &[chunk(b"IDAT", packed)]);
    garbled(&pixels(b"no zlib at all, whatever it says"), "pixel data");
    garbled(&pixels(b""), "pixel data");
    garbled(&pixels(&packed(48 * 193 - 1)), "pixel data");
    garbled(&pixels(&packed(48 * 193 + 1)), "pixel data");
    let whole = packed(48 * 193);
    garbled(&pixels(&whole[..whole.len() - 5]), "pixel data");
    garbled(&png_of(&header(9, 2, 1, 3, 0), &[chunk(b"IDAT", &packed(6))]), "palette");
    for (depth, colour) in [(3, 7), (16, 3), (4, 2), (8, 5), (0, 0), (1, 6)] {
        garbled(&png_of(&header(8, 8, depth, colour, 0), &[chunk(b"IDAT", &packed(8))]), "colour type and depth");
    }
    garbled(&png_of(&header(8, 8, 8, 0, 2), &[chunk(b"IDAT", &packed(72))]), "header");
    garbled(&png_of(&header(u32::MAX, u32::MAX, 8, 2, 0), &[chunk(b"IDAT", &packed(72))]), "size in pixels");
}

#[test]
fn a_fragmented_film_that_is_cut_off() {
    let fragment = [atom(b"moof", &[0; 16]), mdat()].concat();
    let whole =
        [ftyp(b"isom", b"isommp41"), moov(4800, &[track(b"vide", 12800, 61440, 120)]), mdat(), fragment].concat();
    plays(&whole, 4800);
    for cut in [1, 50, 99] {
        assert_eq!(probe(&whole[..whole.len() - cut]), MediaFormat::BrokenMp4(Mp4Damage::Truncated), "{cut}");
    }
}

/// A grey JPG whose header has a thumbnail with its own size and end marker.
pub(crate) fn jpg(width: u16, height: u16) -> Vec<u8> {
    let (h, w) = (height.to_be_bytes(), width.to_be_bytes());
    let thumbnail = b"\xff\xe1\x00\x0e\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\xff\xd9";
    let quantization = [&b"\xff\xdb\0\x43\0"[..], &[1; 64]].concat();
    let frame = [0xff, 0xc0, 0, 11, 8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0];
    // One code of one bit each: a block without a difference, and the end of a block.
    let table = |class: u8| [&[0xff, 0xc4, 0, 20, class, 1][..], &[0; 16]].concat();
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    let mut data = vec![0; (2 * blocks).div_ceil(8)];
    if let (Some(last), false) = (data.last_mut(), blocks.is_multiple_of(4)) {
        *last = 0xff >> (2 * (blocks % 4));
    }
    let scan = [&b"\xff\xda\0\x08\x01\x01\0\0\x3f\0"[..], &data, b"\xff\xd9"].concat();
    [b"\xff\xd8", &thumbnail[..], b"\xff\xff", &quantization, &frame, &table(0), &table(0x10), &scan].concat()
}

#[test]
fn pictures_with_their_sizes() {
    assert_eq!(probe(&png(1080, 900)), MediaFormat::Png { width: 1080, height: 900 });
    assert_eq!(probe(&png(100_000, 1)), MediaFormat::Png { width: 100_000, height: 1 });
    let grey = MediaFormat::Jpeg { width: 640, height: 480, form: JpegForm::Plain };
    assert_eq!(probe(&jpg(640, 480)), grey);
    assert_eq!(probe(&[jpg(640, 480), b"a camera's notes".to_vec()].concat()), grey);
}

/// Noise over a gradient, 48 by 40 pixels: progressive, with restart markers, and in four colours.
const JPGS: [(&[u8], JpegForm); 3] = [
    (include_bytes!("../cases/media/progressive.jpg"), JpegForm::Plain),
    (include_bytes!("../cases/media/restarts.jpg"), JpegForm::Plain),
    (include_bytes!("../cases/media/cmyk.jpg"), JpegForm::Cmyk),
];

#[test]
fn a_jpg_of_every_coding() {
    for (file, form) in JPGS {
        assert_eq!(probe(file), MediaFormat::Jpeg { width: 48, height: 40, form });
    }
}

/// The start of a JPG's first scan.
fn first_scan(file: &[u8]) -> usize {
    file.windows(2).position(|pair| pair == b"\xff\xda").unwrap()
}

/// Damage that decoders silently replace with grey.
#[test]
fn a_truncated_jpg_with_an_end_marker() {
    for (file, _) in JPGS {
        let start = first_scan(file) + 14;
        for cut in [start, start + 8, start + 40] {
            is_broken(&[&file[..cut], b"\xff\xd9"].concat(), MediaKind::Jpeg, ImageDamage::Truncated);
        }
    }
    is_broken(&[&JPGS[0].0[..first_scan(JPGS[0].0)], b"\xff\xd9"].concat(), MediaKind::Jpeg, ImageDamage::Truncated);
}

#[test]
fn a_jpg_whose_bytes_were_changed() {
    for (file, _) in JPGS {
        let (start, end) = (first_scan(file) + 14, file.len() - 2);
        let is_noticed = |at: usize| {
            let mut file = file.to_vec();
            let stretch = at..end.min(at + 12);
            file[stretch].iter_mut().for_each(|byte| *byte = !*byte & 0x7f);
            matches!(probe(&file), MediaFormat::BrokenImage(MediaKind::Jpeg, _))
        };
        let noticed = (start..end).filter(|at| is_noticed(*at)).count();
        assert!(noticed * 10 > (end - start) * 6, "{noticed} of {}", end - start);
    }
}

#[test]
fn a_jpg_without_its_tables() {
    let without = |mark: u8| {
        let mut file = jpg(64, 64);
        let at = file.windows(2).rposition(|pair| pair == [0xff, mark]).unwrap();
        file[at + 1] = 0xe5;
        file
    };
    is_broken(&without(0xdb), MediaKind::Jpeg, ImageDamage::InvalidStructure("quantization table"));
    is_broken(&without(0xc4), MediaKind::Jpeg, ImageDamage::InvalidStructure("picture data"));
    is_broken(&without(0xc0), MediaKind::Jpeg, ImageDamage::InvalidStructure("order of segments"));
}

#[test]
fn jpgs_that_phones_do_not_show() {
    let framed = |mark: u8, depth: u8| {
        let mut file = jpg(64, 64);
        let at = file.windows(4).rposition(|four| four == b"\xff\xc0\0\x0b").unwrap();
        (file[at + 1], file[at + 4]) = (mark, depth);
        file
    };
    for (mark, depth, form) in [
        (0xc9, 8, JpegForm::Arithmetic),
        (0xca, 8, JpegForm::Arithmetic),
        (0xc3, 8, JpegForm::Lossless),
        (0xc1, 12, JpegForm::Deep),
    ] {
        assert_eq!(probe(&framed(mark, depth)), MediaFormat::Jpeg { width: 64, height: 64, form });
    }
}

#[test]
fn a_jpg_takes_time_with_its_size_alone() {
    // As many scans as fit, each over all blocks of the largest image.
    let file = jpg(10_800, 1_080);
    let start = first_scan(&file);
    let scan = [&file[start..file.len() - 2], &[]].concat();
    let most = [&file[..start], &scan.repeat(300), b"\xff\xd9"].concat();
    is_broken(&most, MediaKind::Jpeg, ImageDamage::InvalidStructure("number of scans"));
}

#[test]
fn pictures_cut_off_anywhere_are_never_whole() {
    for (whole, kind, magic) in [(jpg(640, 480), MediaKind::Jpeg, 3), (png(64, 48), MediaKind::Png, 4)] {
        for end in magic..whole.len() {
            is_broken(&whole[..end], kind, ImageDamage::Truncated);
        }
    }
}

#[test]
fn pictures_that_are_none() {
    is_broken(&png_of(&header(0, 10, 8, 2, 0), &[]), MediaKind::Png, ImageDamage::NoSize);
    is_broken(&jpg(10, 0), MediaKind::Jpeg, ImageDamage::NoSize);
    is_broken(b"\x89PNG\n\x1a\nxxxxxxxx", MediaKind::Png, ImageDamage::LineEnds);
    is_broken(b"\xff\xd8\xff\xd9", MediaKind::Jpeg, ImageDamage::InvalidStructure("order of segments"));
    is_broken(b"\xff\xd8\xff\xe0\0\0", MediaKind::Jpeg, ImageDamage::InvalidStructure("length of a segment"));
}

#[test]
fn names_for_everything_else() {
    is(b"", "an empty file");
    is(b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP image");
    is(b"RIFF\x10\0\0\0AVI LIST", "an AVI video");
    is(b"GIF89a\x01\0\x01\0", "a GIF image");
    is(b"BM\x10\0\0\0\0\0\0\0", "a BMP image");
    is(b"II*\0\x08\0\0\0", "a TIFF image");
    is(b"%PDF-1.7\n", "a PDF");
    is(b"\x1a\x45\xdf\xa3\x9f", "a Matroska or WebM video");
    is(b"\xef\xbb\xbf\n <!DOCTYPE html><title>404", "an HTML page");
    is(b"<svg xmlns=", "an SVG image");
    is("一段文字\r\n".as_bytes(), "plain text");
    is(b"BMW and other names", "plain text");
    is(b"The wide world", "plain text");
    is(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
        "a Git LFS pointer, not the file itself (`git lfs pull` fetches it)",
    );
    is(&[&b"G"[..], &[0; 187]].concat().repeat(5), "an MPEG video");
    is(&"G".repeat(188).into_bytes(), "plain text");
    assert_eq!(probe(&[0, 1, 2, 3]), MediaFormat::Unknown);
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        probe(&bytes);
        for start in [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"\0\0\0\x10ftypisom\0\0\0\0"] {
            probe(&[start, &bytes].concat());
        }
    }

    #[test]
    fn no_changed_bytes_make_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>()) {
        for mut whole in [film(), jpg(64, 48), png(64, 48)] {
            *at.get_mut(&mut whole) = byte;
            probe(&whole);
            probe(&whole[..end.index(whole.len())]);
        }
    }
}

#[test]
fn paths_from_a_campaign_file() {
    let from = |named| resolve("a/b/spring.toml", named);
    assert_eq!(from("x.jpg").as_deref(), Ok("a/b/x.jpg"));
    assert_eq!(from("./m//x.jpg").as_deref(), Ok("a/b/m/x.jpg"));
    assert_eq!(from("../../春.jpg").as_deref(), Ok("春.jpg"));
    assert_eq!(from("../b/../x.jpg").as_deref(), Ok("a/x.jpg"));
    assert_eq!(from("../../../x.jpg"), Err(BadPath::Outside));
    assert_eq!(from("../../../a/b/x.jpg"), Err(BadPath::Outside), "out and in again");
    assert_eq!(from("/etc/passwd"), Err(BadPath::Absolute));
    assert_eq!(from("~/x.jpg"), Err(BadPath::Absolute));
    assert_eq!(from("C:\\x.jpg"), Err(BadPath::Absolute));
    assert_eq!(from("m\\x.jpg"), Err(BadPath::Backslash));
    assert_eq!(from("https://example.com/x.jpg"), Err(BadPath::Address));
    assert_eq!(from("DATA:image/png;base64,AA"), Err(BadPath::Address));
    assert_eq!(from(""), Err(BadPath::Empty));
    assert_eq!(from("x\0.jpg"), Err(BadPath::Control));
    for directory in ["media/", ".", "..", "media/..", "media/."] {
        assert_eq!(from(directory), Err(BadPath::Directory), "{directory}");
    }
}
