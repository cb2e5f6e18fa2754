//! Estimates the similarity of texts, fast enough to compare ten thousand with each other.
//!
//! MinHash: a text's pairs of neighbouring words are hashed into 64 bins, of which each keeps its smallest hash. The
//! share of equal bins estimates the share of common pairs. Similar texts agree in whole bands of bins, so only texts
//! with an equal band are compared.

use std::hash::{DefaultHasher, Hash, Hasher};

const BINS: usize = 64;
const BANDS: usize = 16;
/// From this code point on, each character counts as a word.
const FIRST_IDEOGRAPH: u32 = 0x2e80;
/// The share of equal bins from which two texts count as similar.
const ALIKE: f64 = 0.65;

/// The MinHash of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MinHash([u32; BINS]);

impl MinHash {
    /// The MinHash of a text; `None` if it has too few words to compare.
    pub(super) fn of(text: &str) -> Option<Self> {
        let words = words(text);
        let mut bins = [u32::MAX; BINS];
        for pair in words.windows(2) {
            let hash = mix(pair[0].rotate_left(17) ^ pair[1]);
            let bin = &mut bins[(hash >> 58) as usize];
            *bin = (*bin).min((hash & 0xffff_ffff) as u32);
        }
        let first = bins.iter().position(|bin| *bin != u32::MAX)?;
        // Short texts leave bins empty: each takes the value of the bin before it, so that equal bands remain equal.
        let mut last = bins[first];
        for n in 0..BINS {
            let bin = &mut bins[(first + n) % BINS];
            if *bin == u32::MAX {
                *bin = last.wrapping_add(1);
            }
            last = *bin;
        }
        Some(Self(bins))
    }

    pub(super) fn is_similar(&self, other: &Self) -> bool {
        let same = self.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
        same as f64 >= ALIKE * BINS as f64
    }

    /// A hash per band: similar texts almost always share at least one.
    pub(super) fn bands(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.chunks(BINS / BANDS).enumerate().map(|(band, bins)| {
            let mut hasher = DefaultHasher::new();
            (band, bins).hash(&mut hasher);
            hasher.finish()
        })
    }
}

/// A hash per word: a character of a script without spaces, or a run of letters of another script. Blanks and
/// punctuation are skipped.
fn words(text: &str) -> Vec<u64> {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    let mut words = Vec::new();
    let mut run = START;
    for c in text.chars().chain([' ']) {
        let next = (run ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3);
        if c.is_alphanumeric() && u32::from(c) < FIRST_IDEOGRAPH {
            run = next;
            continue;
        }
        if run != START {
            words.push(run);
        }
        run = START;
        if c.is_alphanumeric() {
            words.push(mix(u64::from(u32::from(c))));
        }
    }
    words
}

/// The finalizer of SplitMix64: each bit of the result depends on each bit of the input.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "春季新品上架，前三天全场九折。老客户凭会员卡另有礼品一份，先到先得，送完为止。欢迎到店试穿。";

    #[track_caller]
    fn alike(one: &str, other: &str, expected: bool) {
        let (one, other) = (MinHash::of(one).unwrap(), MinHash::of(other).unwrap());
        assert_eq!(one.is_similar(&other), expected);
        if expected {
            assert!(one.bands().any(|band| other.bands().any(|it| it == band)));
        }
    }

    #[test]
    fn small_changes() {
        alike(TEXT, TEXT, true);
        alike(TEXT, &TEXT.replace('，', " \n"), true);
        alike(TEXT, &TEXT.replace("九折", "八折"), true);
        alike(TEXT, &format!("{TEXT}🎉🎉"), true);
        alike("新品到店", "新品到店！", true);
        alike("春季新品上架，前三天全场九折。", "春季新品上架，前三天全场八折！", true);
    }

    #[test]
    fn other_texts() {
        alike(TEXT, "夏季清仓，全场五折起，满三百减五十，活动截止到本周日，欢迎转告亲友。", false);
        alike("新品到店", "夏季清仓", false);
        assert_eq!(MinHash::of("新"), None);
        assert_eq!(MinHash::of("🎉🎉🎉🎉🎉🎉"), None);
    }
}
