//! Cells of a spreadsheet.

/// A text as a cell that spreadsheets keep as text. An apostrophe marks what they would read as a formula, a number or
/// a date: `=1+1`, `00123`, `1e5`, `MAR-1`, `3/4`, and texts that begin like one. The `csv` crate quotes the cell.
pub fn cell(text: &str) -> String {
    if is_taken_for_something_else(text) { format!("'{text}") } else { text.to_owned() }
}

fn is_taken_for_something_else(text: &str) -> bool {
    let trimmed = text.trim_start();
    trimmed.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
        || text.starts_with(['\t', '\r', '\n'])
        || is_number(text.trim())
        || is_date(text.trim())
        || matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "false")
}

/// A number in any form that spreadsheets read: digits with grouping signs, fractions, exponents and percentages.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '$' | '¥' | '￥'))
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, '.' | ',' | ' ' | '%' | 'e' | 'E' | '+' | '-' | '/' | ':' | '$' | '¥' | '￥')
        })
}

/// A date with a month's name (`MAR-1`, `1-mar`, `dec 2026`), in Chinese (`3月1日`), or a time of day (`9am`).
fn is_date(text: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const LONG: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['-', '/', ' ', '.', ',', ':']).filter(|word| !word.is_empty()).collect();
    let is_month = |word: &str| MONTHS.contains(&word) || LONG.contains(&word) || word == "sept";
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() <= 4;
    // `mar1` and `1mar` are dates too.
    let glued = |word: &str| {
        let letters = word.trim_matches(|c: char| c.is_ascii_digit());
        letters.len() < word.len()
            && (is_month(letters) || (!word.starts_with(letters) && matches!(letters, "am" | "pm" | "a" | "p")))
    };
    let is_latin = (1..=4).contains(&words.len())
        && words.iter().all(|word| is_month(word) || is_digits(word) || glued(word) || matches!(*word, "am" | "pm"))
        && words.iter().any(|word| is_month(word) || glued(word) || matches!(*word, "am" | "pm"))
        && words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
    let is_chinese = text.starts_with(|c: char| c.is_ascii_digit())
        && text.contains(['年', '月', '日', '时', '点'])
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '年' | '月' | '日' | '时' | '分' | '秒' | '点' | ' '));
    is_latin || is_chinese
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[track_caller]
    fn is_marked(text: &str) {
        assert!(cell(text).starts_with('\''), "{text}");
    }

    #[test]
    fn formulas() {
        for text in ["=1+1", " =1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "|x", "%x"] {
            is_marked(text);
        }
    }

    #[test]
    fn numbers() {
        for text in
            ["00123", "1e5", "1E5", "123", "1,000", "3.50", "50%", "¥300", "12-1", "3/4", "12:30", "1 000", "true"]
        {
            is_marked(text);
        }
    }

    #[test]
    fn dates() {
        for text in [
            "MAR-1",
            "mar1",
            "1-mar",
            "dec 2026",
            "sept-9",
            "MAY-1-2026",
            "1may",
            "march-8",
            "9am",
            "9 pm",
            "3月1日",
            "2026年3月",
            "9点30分",
        ] {
            is_marked(text);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "",
            "spring-launch",
            "may-sale",
            "mar-1-sale",
            "a1",
            "春季上新",
            "3月1日上新",
            "第一周",
            "e5",
            "march",
            "x-1",
            "1st",
        ] {
            assert_eq!(cell(text), text);
        }
        assert_eq!(cell("a,\"b\"\nc"), "a,\"b\"\nc");
    }
}
