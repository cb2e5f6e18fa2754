//! Compares texts word by word; Chinese, which has no blanks between words, character by character.
//!
//! `similar` finds the changes. This module splits the texts into tokens, and shows common parts that are too short to
//! read as changed.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A part of the earlier text, of the later text, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    Removed(String),
    Added(String),
}

/// Compares two texts. The pieces without the added ones are the first text, those without the removed ones the second.
pub fn words(before: &str, after: &str) -> Vec<Piece> {
    let (before, after) = (tokens(before), tokens(after));
    let mut pieces = Vec::new();
    // The tokens of each text that are already written out.
    let (mut shown_before, mut shown_after) = (0, 0);
    let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
    for (at, op) in ops.iter().enumerate() {
        let DiffOp::Equal { old_index, new_index, len } = *op else { continue };
        let common = &before[old_index..old_index + len];
        let is_between_changes = at > 0 && at + 1 < ops.len();
        if is_between_changes && !is_readable(common) {
            continue;
        }
        changed(&mut pieces, &before[shown_before..old_index], &after[shown_after..new_index]);
        pieces.push(Piece::Same(common.concat()));
        (shown_before, shown_after) = (old_index + len, new_index + len);
    }
    changed(&mut pieces, &before[shown_before..], &after[shown_after..]);
    pieces
}

/// A single character between two changes would only split them; a word or the end of a line is readable.
fn is_readable(common: &[&str]) -> bool {
    matches!(common, [one] if one.len() > 4 || *one == "\n") || common.len() > 1
}

fn changed(pieces: &mut Vec<Piece>, removed: &[&str], added: &[&str]) {
    if !removed.is_empty() {
        pieces.push(Piece::Removed(removed.concat()));
    }
    if !added.is_empty() {
        pieces.push(Piece::Added(added.concat()));
    }
}

/// ASCII words and numbers are one token, every other character is one.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (token, after) = rest.split_at(word.max(first.len_utf8()));
        tokens.push(token);
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As text: `[-gone-]{+new+}`.
    fn shown(before: &str, after: &str) -> String {
        let pieces = words(before, after);
        let side = |without: fn(&Piece) -> bool| -> String {
            let kept = pieces.iter().filter(|piece| !without(piece));
            kept.map(|piece| match piece {
                Piece::Same(text) | Piece::Removed(text) | Piece::Added(text) => text.as_str(),
            })
            .collect()
        };
        assert_eq!(side(|piece| matches!(piece, Piece::Added(_))), before);
        assert_eq!(side(|piece| matches!(piece, Piece::Removed(_))), after);
        let shown = pieces.iter().map(|piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Removed(text) => format!("[-{text}-]"),
            Piece::Added(text) => format!("{{+{text}+}}"),
        });
        shown.collect()
    }

    #[test]
    fn a_word_in_a_chinese_sentence() {
        assert_eq!(
            shown("春季新品上架，前三天九折。", "春季新品上架，前五天八折。"),
            "春季新品上架，前[-三天九-]{+五天八+}折。"
        );
    }

    #[test]
    fn words_of_letters_stay_whole() {
        assert_eq!(shown("open from 9 to 21", "open from 10 to 21"), "open from [-9-]{+10+} to 21");
    }

    #[test]
    fn a_line_more() {
        assert_eq!(shown("一\n二\n", "一\n三\n二\n"), "一\n{+三\n+}二\n");
    }

    #[test]
    fn nothing_in_common() {
        assert_eq!(shown("甲", "乙"), "[-甲-]{+乙+}");
        assert_eq!(shown("", "乙"), "{+乙+}");
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn long_texts_without_common_lines_are_fast() {
        let (a, b) = ("甲乙".repeat(2_000), "丙丁".repeat(2_000));
        assert_eq!(words(&a, &b), [Piece::Removed(a.clone()), Piece::Added(b.clone())]);
    }
}
