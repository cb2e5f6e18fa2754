//! The small pictures of a page.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::campaign::Campaign;
use crate::ids::Sha256;
use crate::parallel;
use crate::post::{Media, MediaKind};
use crate::source::{MediaRead, Source};
use crate::thumbnail::{Thumbnail, thumbnail};

/// Short edge of a small picture, in pixels: a cell of the grid on a screen with two pixels for each of CSS.
const SHORT_EDGE: usize = 160;

/// A small picture that a page shows.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// Its address: a `data:` URI, or a path of the server.
    pub src: String,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// The bytes that a server answers with; of a `data:` URI, none.
    jpeg: Arc<[u8]>,
}

/// Small pictures by the digests of their files.
#[derive(Clone, Debug, Default)]
pub struct Pictures(HashMap<Sha256, Picture>);

impl Pictures {
    /// The pictures that campaigns name, inside of the page itself. Each is read at its source; one that was changed
    /// since
    /// the check, or cannot be decoded, is left out.
    pub fn inline<'c>(campaigns: impl Iterator<Item = &'c Campaign>, source: &Source) -> Self {
        let picture = |small: Thumbnail| Picture {
            src: format!("data:image/jpeg;base64,{}", STANDARD.encode(&small.jpeg)),
            width: small.width,
            height: small.height,
            jpeg: Arc::default(),
        };
        let made = made(&wanted(campaigns), source);
        Self(made.into_iter().map(|(sha256, small)| (sha256, picture(small))).collect())
    }

    /// As `inline`, for a server. Pictures of `previous` are reused, so that each is scaled only once.
    pub fn served<'c>(campaigns: impl Iterator<Item = &'c Campaign>, source: &Source, former: &Self) -> Self {
        let wanted = wanted(campaigns);
        let known = wanted.keys().filter_map(|it| Some((*it, former.0.get(it)?.clone())));
        let mut pictures: HashMap<Sha256, Picture> = known.collect();
        let missing = wanted.into_iter().filter(|(it, _)| !pictures.contains_key(it)).collect();
        for (sha256, small) in made(&missing, source) {
            let src = format!("/picture/{sha256}.jpg");
            let picture = Picture { src, width: small.width, height: small.height, jpeg: small.jpeg.into() };
            pictures.insert(sha256, picture);
        }
        Self(pictures)
    }

    pub(super) fn get(&self, sha256: &Sha256) -> Option<&Picture> {
        self.0.get(sha256)
    }

    /// The bytes of a picture that a server shows.
    pub(super) fn jpeg(&self, sha256: &Sha256) -> Option<&[u8]> {
        self.0.get(sha256).map(|it| &*it.jpeg)
    }
}

/// The pictures that campaigns name, by digest, each with a path at which it is.
fn wanted<'c>(campaigns: impl Iterator<Item = &'c Campaign>) -> BTreeMap<Sha256, &'c str> {
    let contents = campaigns.flat_map(|campaign| campaign.contents.iter());
    let media = contents.flat_map(|content| content.post().media());
    let pictures = media.filter_map(|media| match media {
        Media::File { path, kind: MediaKind::Jpeg | MediaKind::Png, sha256, .. } => Some((*sha256, path.as_str())),
        _ => None,
    });
    pictures.collect()
}

fn made(wanted: &BTreeMap<Sha256, &str>, source: &Source) -> Vec<(Sha256, Thumbnail)> {
    let wanted: Vec<(&Sha256, &&str)> = wanted.iter().collect();
    let made = parallel::map(&wanted, |(sha256, path)| {
        let MediaRead::Bytes(bytes) = source.read_media(path) else { return None };
        (Sha256::of(&bytes) == **sha256).then(|| thumbnail(&bytes, SHORT_EDGE)).flatten().map(|small| (**sha256, small))
    });
    made.into_iter().flatten().collect()
}
