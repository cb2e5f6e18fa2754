//! Numbers in binary files.

/// The big-endian number in the four bytes from `at`; `None` if there are fewer.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*four))
}
