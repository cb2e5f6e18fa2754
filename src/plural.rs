//! Numbers with the things that they count.

use std::fmt::Display;

/// `1 post`, `2 posts`.
pub fn count<N: Display + PartialEq + From<u8>>(n: N, thing: &str) -> String {
    if n == N::from(1) { format!("1 {thing}") } else { format!("{n} {thing}s") }
}
