//! Unresolved merge conflicts: the marker lines that git, Subversion and similar tools leave in a file.

use std::ops::Range;

/// A conflict, from its first marker line to its last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// Excludes the last line end.
    pub(super) span: Range<usize>,
    /// The marker lines after the first, without their line ends.
    pub(super) others: Vec<Range<usize>>,
}

/// Marker lines recorded per conflict.
const MAX_CONFLICTS: usize = 8;

/// Finds every conflict. One marker alone may be decoration in a text. So a conflict has markers of at least two kinds,
/// in order, or a marker that names its side as git does.
pub(super) fn find(source: &str) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut open: Option<(u8, Conflict)> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let Some(kind) = marker(line.trim_end()) else { continue };
        match &mut open {
            Some((first, conflict)) if kind > *first || kind == SAME_AS_BEFORE => {
                conflict.span.end = span.end;
                if conflict.others.len() < MAX_CONFLICTS {
                    conflict.others.push(span);
                }
                if kind == LAST {
                    found.extend(open.take().map(|(_, conflict)| conflict));
                }
            }
            _ if kind == LAST => {
                found.extend(names_side(line.trim_end()).then(|| Conflict { span, others: Vec::new() }))
            }
            _ => {
                let before = open.replace((kind, Conflict { span, others: Vec::new() }));
                found.extend(before.map(|(_, conflict)| conflict).filter(|it| is_whole(source, it)));
            }
        }
    }
    // An unfinished conflict: an edit may have removed its last marker.
    found.extend(
        open.filter(|(first, it)| is_whole(source, it) && (*first == 0 || it.others.is_empty())).map(|it| it.1),
    );
    found
}

/// Whether this is more than one decorative line.
fn is_whole(source: &str, conflict: &Conflict) -> bool {
    !conflict.others.is_empty() || source.get(conflict.span.clone()).is_some_and(names_side)
}

/// Whether a marker names a branch, commit or stash: `>>>>>>> feature/price`, `>>>>>>> 1f2e3d4 (新价格)`.
fn names_side(marker: &str) -> bool {
    let Some((_, side)) = marker.split_once(' ') else { return false };
    let name = side.split_once(" (").map_or(side, |(name, _)| name);
    let is_ref = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '~' | '^');
    name.len() > 1 && name.chars().all(is_ref) || matches!(name, "Updated upstream" | "Stashed changes")
}

const SAME_AS_BEFORE: u8 = 2;
const LAST: u8 = 3;

/// The kind of a marker line, numbered by its position in a conflict.
fn marker(line: &str) -> Option<u8> {
    const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let kind = MARKERS.iter().position(|marker| {
        line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && *marker != "=======")
    })?;
    u8::try_from(kind).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_conflicts(source: &str, conflicts: &[&str]) {
        let found: Vec<_> = find(source).into_iter().map(|it| &source[it.span]).collect();
        assert_eq!(found, conflicts);
    }

    #[test]
    fn conflicts_from_their_first_marker_to_their_last() {
        let two = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x";
        assert_conflicts(&format!("k = 1\n{two}\nl = 2\n"), &[two]);
        assert_conflicts(&format!("{two}\nm\n{two}"), &[two, two]);
        let three = "<<<<<<< HEAD\r\na\r\n||||||| 1234\r\nc\r\n=======\r\nb\r\n>>>>>>> x";
        assert_conflicts(&format!("{three}\r\n"), &[three]);
    }

    #[test]
    fn conflict_without_its_last_marker_is_found() {
        assert_conflicts("<<<<<<< HEAD\na\n>>>>>>> x\n", &["<<<<<<< HEAD\na\n>>>>>>> x"]);
        assert_conflicts("a\n=======\nb\n>>>>>>> x\n", &["=======\nb\n>>>>>>> x"]);
        assert_conflicts("<<<<<<< HEAD\na\n=======\nb\n", &["<<<<<<< HEAD\na\n======="]);
        assert_conflicts("a\n>>>>>>> feature/price\n", &[">>>>>>> feature/price"]);
        assert_conflicts("a\n>>>>>>> 1f2e3d4 (新价格)\n", &[">>>>>>> 1f2e3d4 (新价格)"]);
        assert_conflicts("<<<<<<< HEAD\na\n", &["<<<<<<< HEAD"]);
        assert_conflicts("<<<<<<< Updated upstream\r\na\r\n", &["<<<<<<< Updated upstream"]);
        assert_conflicts("a\n||||||| 1f2e3d4\n", &["||||||| 1f2e3d4"]);
    }

    #[test]
    fn decorative_lines_are_no_conflict() {
        assert_conflicts("春季新品\n=======\n上架\n=======\n", &[]);
        assert_conflicts("<<<<<<<春季>>>>>>>\n", &[]);
        assert_conflicts(" <<<<<<< a\n =======\n >>>>>>> b\n", &[]);
        assert_conflicts(">>>>>>> 春季\n", &[]);
        assert_conflicts(">>>>>>> NEW IN <<<<<<<\n", &[]);
        assert_conflicts("<<<<<<<\n>>>>>>>\n", &["<<<<<<<\n>>>>>>>"]);
    }
}
