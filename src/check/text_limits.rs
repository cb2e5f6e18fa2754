//! How long a text is, as WeCom counts.

use std::ops::Range;

use crate::limits::weight;
use crate::plural::count;

/// A text that is longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    chars: usize,
    most_chars: usize,
    weight: usize,
    most_weight: usize,
}

impl Over {
    pub(super) fn message(self, what: &str) -> String {
        let Self { chars, most_chars, weight, most_weight } = self;
        if chars > most_chars {
            format!("{what} has {}; WeCom takes {most_chars}", count(chars, "character"))
        } else {
            format!("{what} has {weight} bytes as WeCom counts them; it takes {most_weight}")
        }
    }

    pub(super) fn help(self) -> String {
        if self.chars > self.most_chars {
            format!("take out {}", count(self.chars - self.most_chars, "character"))
        } else {
            format!(
                "take out {}: an emoji counts 4, a Chinese character 2, a letter 1",
                count(self.weight - self.most_weight, "byte")
            )
        }
    }
}

/// Measures a text as it goes out; nothing if it is short enough.
pub(super) fn over(sent: &str, most_chars: usize, most_weight: usize) -> Option<Over> {
    // No character counts more than its bytes.
    if sent.len() <= most_chars.min(most_weight) {
        return None;
    }
    let (chars, weight) = (sent.chars().count(), weight(sent));
    (chars > most_chars || weight > most_weight).then_some(Over { chars, most_chars, weight, most_weight })
}

/// The first character of a text as written that is too many.
pub(super) fn first_over(written: &str, most_chars: usize, most_weight: usize) -> Range<usize> {
    let (mut chars, mut weighed) = (0, 0);
    for (at, c) in written.char_indices() {
        // Goes out as one line end with what follows.
        if c == '\r' && written[at..].starts_with("\r\n") {
            continue;
        }
        chars += 1;
        weighed += weight(c.encode_utf8(&mut [0; 4]));
        if chars > most_chars || weighed > most_weight {
            return at..at + c.len_utf8();
        }
    }
    written.len()..written.len()
}
