//! Whether two spreadsheets are versions of one, by the names of their files.

use super::answers::plain;

/// Endings that people add to the name of a new version. Digits alone are not one: they may be a month.
const VERSION_MARKS: [&str; 18] = [
    "最终版",
    "最终",
    "终版",
    "终稿",
    "定稿",
    "修改版",
    "修订版",
    "修改",
    "修订",
    "新版",
    "新",
    "改",
    "副本",
    "备份",
    "版",
    "final",
    "copy",
    "new",
];

/// Whether two sources `FILE!SHEET` have the same sheet, and files whose names differ only by the mark of a version.
pub(super) fn are_versions(one: &str, other: &str) -> bool {
    let (Some((one_file, one_sheet)), Some((other_file, other_sheet))) = (one.rsplit_once('!'), other.rsplit_once('!'))
    else {
        return false;
    };
    let (one_stem, other_stem) = (stem(one_file), stem(other_file));
    // The sheet of a text file has the file's name.
    let is_text = |file: &str, sheet: &str| file.rsplit_once('.').is_some_and(|(stem, _)| stem == sheet);
    let same_sheet = one_sheet == other_sheet || is_text(one_file, one_sheet) || is_text(other_file, other_sheet);
    same_sheet && !one_stem.is_empty() && one_stem == other_stem
}

/// The name of a file without its ending and the marks of versions.
fn stem(file: &str) -> String {
    let mut name = plain(file.rsplit_once('.').map_or(file, |(stem, _)| stem));
    loop {
        let trimmed = name.trim_end_matches([' ', '-', '_', '.']);
        let shorter = VERSION_MARKS
            .iter()
            .find_map(|mark| trimmed.strip_suffix(*mark))
            .or_else(|| without_number(trimmed))
            .unwrap_or(trimmed);
        if shorter.is_empty() || shorter.len() == name.len() {
            return name;
        }
        name.truncate(shorter.len());
    }
}

/// Without `(2)`, `v3` or `第2版`.
fn without_number(name: &str) -> Option<&str> {
    let digits = |text: &str| text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    if let Some(inside) = name.strip_suffix(')') {
        let count = digits(inside);
        return (count > 0).then(|| &inside[..inside.len() - count])?.strip_suffix('(');
    }
    let count = digits(name);
    let before = &name[..name.len() - count];
    (count > 0).then_some(before)?.strip_suffix(['v', '第'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_versions_do_not_count() {
        for (one, other, expected) in [
            ("十二月排期.xlsx!排期", "十二月排期v3.xlsx!排期", true),
            ("十二月排期.xlsx!排期", "十二月排期（2）.xlsx!排期", true),
            ("十二月排期.xlsx!排期", "十二月排期 - 副本.xlsx!排期", true),
            ("十二月排期.xlsx!排期", "十二月排期_最终版_改.xlsx!排期", true),
            ("十二月排期.xlsx!排期", "十二月排期.csv!十二月排期", true),
            ("十二月排期.xlsx!排期", "一月排期.xlsx!排期", false),
            ("排期.xlsx!十二月", "排期.xlsx!一月", false),
            ("排期12.xlsx!排期", "排期1.xlsx!排期", false),
            ("新.xlsx!a", "改.xlsx!a", false),
        ] {
            assert_eq!(are_versions(one, other), expected, "{one} {other}");
        }
    }
}
