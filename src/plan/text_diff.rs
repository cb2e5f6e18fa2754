//! What changed in a text, word by word; Chinese, which has no blanks between words, character by character.

/// A stretch of a text before or after, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    Gone(String),
    New(String),
}

/// Largest table that is filled in, in cells; what differs by more is shown as replaced.
const CELLS: usize = 4_000_000;

/// Compares two texts. All pieces but the new ones make the first text, all but those gone the second.
pub fn words(before: &str, after: &str) -> Vec<Piece> {
    let (before, after) = (tokens(before), tokens(after));
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (a, b) = (&before[head..], &after[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (end, a, b) = (&a[a.len() - tail..], &a[..a.len() - tail], &b[..b.len() - tail]);

    let mut pieces = Vec::new();
    same(&mut pieces, &before[..head]);
    let mut at = (0, 0);
    for (start_a, start_b, length) in islands(common(a, b), a) {
        changed(&mut pieces, &a[at.0..start_a], &b[at.1..start_b]);
        same(&mut pieces, &a[start_a..start_a + length]);
        at = (start_a + length, start_b + length);
    }
    changed(&mut pieces, &a[at.0..], &b[at.1..]);
    same(&mut pieces, end);
    pieces
}

fn same(pieces: &mut Vec<Piece>, tokens: &[&str]) {
    if !tokens.is_empty() {
        pieces.push(Piece::Same(tokens.concat()));
    }
}

fn changed(pieces: &mut Vec<Piece>, gone: &[&str], new: &[&str]) {
    if !gone.is_empty() {
        pieces.push(Piece::Gone(gone.concat()));
    }
    if !new.is_empty() {
        pieces.push(Piece::New(new.concat()));
    }
}

/// Words and numbers in ASCII as wholes, everything else a character each.
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

/// The longest common part of two lists, as pairs of places.
fn common(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    if (a.len() + 1).saturating_mul(width) > CELLS {
        return Vec::new();
    }
    // How much the ends from (i, j) on have in common.
    let mut table = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Runs of pairs, without those too short to read: a single character between two changes only tears them apart.
fn islands(pairs: Vec<(usize, usize)>, a: &[&str]) -> Vec<(usize, usize, usize)> {
    let runs = pairs.chunk_by(|x, y| x.0 + 1 == y.0 && x.1 + 1 == y.1);
    let islands = runs.filter_map(|run| {
        let (i, j) = *run.first()?;
        let is_worth = run.len() > 1 || a[i].len() > 4 || a[i] == "\n";
        is_worth.then_some((i, j, run.len()))
    });
    islands.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As people write it: `[-gone-]{+new+}`.
    fn shown(before: &str, after: &str) -> String {
        let pieces = words(before, after);
        let side = |without: fn(&Piece) -> bool| -> String {
            let kept = pieces.iter().filter(|piece| !without(piece));
            kept.map(|piece| match piece {
                Piece::Same(text) | Piece::Gone(text) | Piece::New(text) => text.as_str(),
            })
            .collect()
        };
        assert_eq!(side(|piece| matches!(piece, Piece::New(_))), before);
        assert_eq!(side(|piece| matches!(piece, Piece::Gone(_))), after);
        let shown = pieces.iter().map(|piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Gone(text) => format!("[-{text}-]"),
            Piece::New(text) => format!("{{+{text}+}}"),
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
    fn two_long_texts_without_a_line_in_common_end_soon() {
        let (a, b) = ("甲乙".repeat(2_000), "丙丁".repeat(2_000));
        assert_eq!(words(&a, &b), [Piece::Gone(a.clone()), Piece::New(b.clone())]);
    }
}
