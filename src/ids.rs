//! Identifiers. Each has its own type, so that the compiler refuses one in place of another.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256 as Hasher};

use crate::text::{Text, UserError};

/// A campaign's identity, written in its file: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CampaignId(String);

/// Why a text is not a [`CampaignId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCampaignId {
    Empty,
    TooLong,
    Character(char),
}

impl UserError for BadCampaignId {
    fn text(&self) -> Text {
        match self {
            Self::Empty => text!(en: "an id needs at least one character", zh: "id 至少要有一个字符"),
            Self::TooLong => text!(en: "an id has at most 64 characters", zh: "id 最多 64 个字符"),
            Self::Character(c) => text!(
                en: "an id takes only a-z, 0-9 and -, not `{c}`",
                zh: "id 只能用小写字母、数字和 -，不能有 `{c}`"
            ),
        }
    }
}

display_in_english!(BadCampaignId);

impl CampaignId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CampaignId {
    type Err = BadCampaignId;

    fn from_str(text: &str) -> Result<Self, BadCampaignId> {
        if text.is_empty() {
            return Err(BadCampaignId::Empty);
        }
        if let Some(c) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(BadCampaignId::Character(c));
        }
        if text.len() > 64 {
            return Err(BadCampaignId::TooLong);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for CampaignId {
    type Error = BadCampaignId;

    fn try_from(text: String) -> Result<Self, BadCampaignId> {
        text.parse()
    }
}

impl From<CampaignId> for String {
    fn from(id: CampaignId) -> Self {
        id.0
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A corp (企业) at WeCom: the `corpid` of its calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorpId(pub String);

impl fmt::Display for CorpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name of a corp in the service file: 1 to 32 of `a-z`, `0-9` and `-`, not `-` first. It is part of the names of
/// files and a label of metrics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorpName(String);

/// A text that is not a [`CorpName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadCorpName;

impl UserError for BadCorpName {
    fn text(&self) -> Text {
        text!(
            en: "the name of a corp has 1 to 32 characters of a-z, 0-9 and -, and does not begin with -",
            zh: "企业的名字要用 1 到 32 个小写字母、数字或 `-`，不能以 `-` 开头"
        )
    }
}

display_in_english!(BadCorpName);

impl CorpName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 32;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CorpName {
    type Err = BadCorpName;

    fn from_str(text: &str) -> Result<Self, BadCorpName> {
        let is_plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_plain || !(1..=Self::MAX_CHARS).contains(&text.len()) || text.starts_with('-') {
            return Err(BadCorpName);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for CorpName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What two user ids have in common if they are those of one member.
///
/// WeCom compares user ids without regard to case. Those that it encrypts for the apps of providers differ by case; that
/// they have 32 characters or more and begin with `wo` is an observation (unverified).
pub fn user_key(userid: &str) -> Cow<'_, str> {
    if userid.len() >= ENCRYPTED_ID_CHARS && userid.starts_with("wo") {
        Cow::Borrowed(userid)
    } else {
        Cow::Owned(userid.to_ascii_lowercase())
    }
}

/// The fewest characters of an encrypted user id (unverified).
const ENCRYPTED_ID_CHARS: usize = 32;

/// A SHA-256 digest, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hasher::digest(bytes).into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 digest is 64 hexadecimal digits")]
pub struct BadDigest;

impl TryFrom<String> for Sha256 {
    type Error = BadDigest;

    fn try_from(text: String) -> Result<Self, BadDigest> {
        let mut digest = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(BadDigest);
        }
        for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(digest))
    }
}

/// The number of an app in WeCom: `agentid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_user_ids_differ_by_case() {
        assert_eq!(user_key("ZhangSan"), user_key("zhangsan"));
        let encrypted = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA";
        assert_ne!(user_key(encrypted), user_key(&encrypted.to_ascii_lowercase()));
    }
}
