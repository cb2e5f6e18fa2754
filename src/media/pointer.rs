//! The pointer that git stores in place of a file in Git LFS.

use crate::ids::Sha256;
use crate::media_index::MediaFormat;

/// The longest pointer, in bytes.
const MAX_BYTES: usize = 1024;

/// The size and the hash of the file that a pointer represents.
pub(super) fn read(whole: &[u8]) -> Option<MediaFormat> {
    let text = str::from_utf8(whole.get(..whole.len().min(MAX_BYTES + 1))?).ok()?;
    if whole.len() > MAX_BYTES || !text.starts_with("version https://git-lfs.github.com/spec/") {
        return None;
    }
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let sha256 = Sha256::try_from(value("oid")?.strip_prefix("sha256:")?.to_owned()).ok()?;
    Some(MediaFormat::Pointer { bytes: value("size")?.parse().ok()?, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_gives_size_and_hash() {
        let sha256 = Sha256::of(b"picture");
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 7\n");
        assert_eq!(read(pointer.as_bytes()), Some(MediaFormat::Pointer { bytes: 7, sha256 }));
        let with_extension = pointer.replace("oid", "ext-0-foo sha256:00\noid");
        assert_eq!(read(with_extension.as_bytes()), Some(MediaFormat::Pointer { bytes: 7, sha256 }));
    }

    #[test]
    fn text_with_only_the_first_line_of_a_pointer_is_no_pointer() {
        for text in [
            "version https://git-lfs.github.com/spec/v1\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n",
            "",
        ] {
            assert_eq!(read(text.as_bytes()), None);
        }
    }
}
