//! A digest of the rows of a table, in their order.

use rusqlite::types::Value;
use sha2::{Digest as _, Sha256};

/// The number of rows and the digest of all their values.
#[derive(Clone, Debug, Default)]
pub(super) struct Digest {
    rows: u64,
    hasher: Sha256,
}

impl Digest {
    pub(super) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            // A tag and a length: no two rows have the same bytes.
            let (tag, bytes): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Integer(number) => (1, &number.to_be_bytes()),
                Value::Real(number) => (2, &number.to_be_bytes()),
                Value::Text(text) => (3, text.as_bytes()),
                Value::Blob(bytes) => (4, bytes),
            };
            self.hasher.update([tag]);
            self.hasher.update(bytes.len().to_be_bytes());
            self.hasher.update(bytes);
        }
    }

    /// The number of rows, and their digest.
    pub(super) fn end(self) -> (u64, [u8; 32]) {
        (self.rows, self.hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&[Value]]) -> (u64, [u8; 32]) {
        let mut digest = Digest::default();
        rows.iter().for_each(|row| digest.add(row));
        digest.end()
    }

    #[test]
    fn rows_differ_by_values_types_and_order() {
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [text("ab"), text("a"), Value::Integer(0), Value::Null, text("")].map(|value| [value]);
        for (place, row) in rows.iter().enumerate() {
            assert_eq!(of(&[row]), of(&[row]));
            for other in &rows[place + 1..] {
                assert_ne!(of(&[row]), of(&[other]), "{row:?} {other:?}");
                assert_ne!(of(&[row, other]), of(&[other, row]), "{row:?} {other:?}");
            }
        }
        assert_ne!(of(&[&[text("ab"), text("c")]]), of(&[&[text("a"), text("bc")]]));
    }
}
