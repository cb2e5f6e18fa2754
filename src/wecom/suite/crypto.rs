//! The encryption of callbacks (official page 91144): AES-256-CBC, and a signature with SHA-1.
//!
//! The plaintext is 16 random bytes, the length of the message in four bytes, the message, and the id of the receiver,
//! padded by PKCS#7 to blocks of **32** bytes.

use aes::Aes256;
use aes::cipher::{Array, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::digest;

use crate::ids::Sha256;
use crate::secret::Secret;

/// Characters of an `EncodingAESKey`.
const KEY_CHARS: usize = 43;
const BLOCK: usize = 16;
const PADDED_TO: usize = 32;
/// The random bytes and the length before the message.
const HEAD: usize = 20;

/// The last bits of the official key are not zero, which a strict decoder refuses.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Token and key of a callback address.
#[derive(Clone, Debug)]
pub struct CallbackKeys {
    token: Secret,
    key: Key,
}

#[derive(Clone)]
struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why a callback is not from WeCom, or not for this receiver. It has no words of the callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    #[error("the signature is wrong")]
    Signature,
    #[error("it cannot be decrypted")]
    Unreadable,
    #[error("it is for another receiver")]
    Receiver,
}

impl CallbackKeys {
    /// `None` if the key is not an `EncodingAESKey` of 43 characters.
    pub fn new(token: Secret, encoding_aes_key: &Secret) -> Option<Self> {
        let text = encoding_aes_key.expose();
        let key = BASE64.decode(text).ok().filter(|_| text.len() == KEY_CHARS)?;
        Some(Self { token, key: Key(key.try_into().ok()?) })
    }

    /// The signature of an encrypted text.
    pub fn signature(&self, timestamp: &str, nonce: &str, encrypted: &str) -> String {
        let mut parts = [self.token.expose(), timestamp, nonce, encrypted];
        parts.sort_unstable();
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Checks the signature of an encrypted text, and decrypts it.
    ///
    /// # Errors
    /// It is not from WeCom, or it is not for `receiver`.
    pub fn open(
        &self,
        signature: &str,
        timestamp: &str,
        nonce: &str,
        encrypted: &str,
        receiver: Option<&str>,
    ) -> Result<String, CallbackError> {
        let own = self.signature(timestamp, nonce, encrypted);
        // Digests are compared, so that the time tells nothing about the signature.
        if Sha256::of(own.as_bytes()) != Sha256::of(signature.as_bytes()) {
            return Err(CallbackError::Signature);
        }
        let (message, of) = self.decrypt(encrypted).ok_or(CallbackError::Unreadable)?;
        if receiver.is_some_and(|receiver| receiver != of) {
            return Err(CallbackError::Receiver);
        }
        Ok(message)
    }

    /// The message and its receiver.
    fn decrypt(&self, encrypted: &str) -> Option<(String, String)> {
        let mut bytes = BASE64.decode(encrypted).ok()?;
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
            return None;
        }
        let mut cipher = cbc::Decryptor::<Aes256>::new_from_slices(&self.key.0, &self.key.0[..BLOCK]).ok()?;
        for block in bytes.chunks_exact_mut(BLOCK) {
            cipher.decrypt_block(<&mut Array<u8, _>>::try_from(block).ok()?);
        }
        let padding = usize::from(*bytes.last()?);
        let end = bytes.len().checked_sub(padding).filter(|_| (1..=PADDED_TO).contains(&padding))?;
        if bytes[end..].iter().any(|byte| usize::from(*byte) != padding) {
            return None;
        }
        let length = u32::from_be_bytes(bytes.get(BLOCK..HEAD)?.try_into().ok()?) as usize;
        let message = bytes.get(HEAD..HEAD.checked_add(length)?)?;
        let receiver = bytes.get(HEAD + length..end)?;
        Some((String::from_utf8(message.to_vec()).ok()?, String::from_utf8(receiver.to_vec()).ok()?))
    }

    /// Encrypts a message as WeCom does, for the sandbox. `salt`: the 16 bytes before it.
    pub fn encrypt(&self, message: &str, receiver: &str, salt: [u8; BLOCK]) -> String {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = [&salt[..], &length, message.as_bytes(), receiver.as_bytes()].concat();
        let padding = PADDED_TO - bytes.len() % PADDED_TO;
        bytes.extend(std::iter::repeat_n(u8::try_from(padding).unwrap_or_default(), padding));
        if let Ok(mut cipher) = cbc::Encryptor::<Aes256>::new_from_slices(&self.key.0, &self.key.0[..BLOCK]) {
            for block in bytes.chunks_exact_mut(BLOCK) {
                if let Ok(block) = <&mut Array<u8, _>>::try_from(block) {
                    cipher.encrypt_block(block);
                }
            }
        }
        BASE64.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
    const RECEIVER: &str = "wx5823bf96d3bd56c7";

    /// WeCom's own examples: timestamp, nonce, signature and encrypted text.
    const FIRST: [&str; 4] = [
        "1409659589",
        "263014780",
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    ];
    const SECOND: [&str; 4] = [
        "1409659813",
        "1372623149",
        "477715d11cdb4164915debcba66cb864d751f3e6",
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
    ];

    fn keys() -> CallbackKeys {
        CallbackKeys::new(Secret::new("QDG6eK"), &Secret::new(KEY)).unwrap()
    }

    fn opened([timestamp, nonce, signature, encrypted]: [&str; 4]) -> Result<String, CallbackError> {
        keys().open(signature, timestamp, nonce, encrypted, Some(RECEIVER))
    }

    #[test]
    fn the_official_examples_open() {
        assert_eq!(opened(FIRST).as_deref(), Ok("1616140317555161061"));
        let second = opened(SECOND).unwrap();
        assert_eq!(second.len(), 284);
        assert!(second.contains("<Content><![CDATA[hello]]></Content>"), "{second}");
    }

    #[test]
    fn a_changed_callback_is_refused() {
        let [timestamp, nonce, signature, encrypted] = FIRST;
        assert_eq!(opened(["1409659588", nonce, signature, encrypted]), Err(CallbackError::Signature));
        assert_eq!(opened([timestamp, nonce, signature, SECOND[3]]), Err(CallbackError::Signature));
        assert_eq!(opened([timestamp, nonce, "", encrypted]), Err(CallbackError::Signature));
        let other = keys().open(signature, timestamp, nonce, encrypted, Some("another"));
        assert_eq!(other, Err(CallbackError::Receiver));
    }

    #[test]
    fn what_is_signed_and_unreadable_is_refused() {
        for encrypted in ["", "AAAA", "not base64 §", &BASE64.encode([7; 32]), &BASE64.encode([0; 16])] {
            let signature = keys().signature("1", "2", encrypted);
            assert_eq!(
                keys().open(&signature, "1", "2", encrypted, None),
                Err(CallbackError::Unreadable),
                "{encrypted}"
            );
        }
    }

    #[test]
    fn any_length_comes_back() {
        for length in 0..70 {
            let message = "a".repeat(length);
            let encrypted = keys().encrypt(&message, RECEIVER, [length as u8; 16]);
            let signature = keys().signature("1", "2", &encrypted);
            assert_eq!(keys().open(&signature, "1", "2", &encrypted, Some(RECEIVER)), Ok(message));
        }
    }

    #[test]
    fn keys_of_another_form_are_none() {
        for key in ["", "short", &KEY[1..], &format!("{KEY}="), &"§".repeat(43)] {
            assert!(CallbackKeys::new(Secret::new("t"), &Secret::new(key)).is_none(), "{key}");
        }
        assert!(!format!("{:?}", keys()).contains("QDG6eK"));
    }
}
