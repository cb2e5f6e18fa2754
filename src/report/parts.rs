//! What several results are put together from.

use std::fmt::Display;

use comfy_table::{ContentArrangement, Table, presets};

/// `1 post`, `2 posts`.
pub(super) fn count<N: Display + PartialEq + From<u8>>(n: N, thing: &str) -> String {
    if n == N::from(1) { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// A table without lines. `width` is the terminal's; nothing where there is none.
pub(super) fn table(head: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(60));
    }
    table.load_style(presets::NOTHING).set_header(head.iter().copied());
    table
}
