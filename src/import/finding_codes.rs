//! What the findings of spreadsheets mean, for `explain`. Findings of rules have pages of their own.

use crate::text::StaticText;

/// A finding that only spreadsheets have.
#[derive(Clone, Copy, Debug)]
pub struct FindingCode {
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub summary: StaticText,
    /// What to do.
    pub act: StaticText,
}

/// The finding with a code.
pub fn find_code(code: &str) -> Option<&'static FindingCode> {
    FINDING_CODES.iter().find(|it| it.code == code)
}

const fn of(
    code: &'static str,
    summary: (&'static str, &'static str),
    act: (&'static str, &'static str),
) -> FindingCode {
    FindingCode { code, summary: StaticText { en: summary.0, zh: summary.1 }, act: StaticText { en: act.0, zh: act.1 } }
}

/// All of them, sorted by code.
pub static FINDING_CODES: &[FindingCode] = &[
    of(
        "bad-date",
        (
            "A row of a spreadsheet without a date, or with one that could be read in two ways.",
            "表格里的一行没有日期，或者日期看不出是哪一天。",
        ),
        (
            "Write the day as `2026-12-01` or `12月1日`. A weekday beside the date must fit it; a range of days needs a row for each day.",
            "请写成 `2026-12-01` 或 `12月1日`。旁边写了星期的，要和日期对得上；连续几天请每天写一行。",
        ),
    ),
    of(
        "bad-owner",
        (
            "An owner in a spreadsheet that cannot be a user id, such as a name.",
            "表格“负责人”列里写的不是成员账号，例如写成了姓名。",
        ),
        (
            "Write the user id of the contact list, such as `wangwu`; the administrator can look it up. Without an owner, leave the cell empty.",
            "请写通讯录里的成员账号，如 `wangwu`，可以问管理员；没有负责人就空着。",
        ),
    ),
    of(
        "bad-time",
        (
            "A row of a spreadsheet without a time of day, or with one that could be read in two ways.",
            "表格里的一行没有写几点发表，或者看不出是上午还是下午。",
        ),
        ("Write `9:00` or `下午3点半`.", "请写成 `9:00` 或 `下午3点半`。"),
    ),
    of(
        "duplicate-column",
        ("Two columns of a spreadsheet for the same thing.", "表格里有两列是同一个意思。"),
        (
            "Keep one, or leave one out with `--ignore`. Several columns of pictures are numbered: `图片1`, `图片2`.",
            "只留一列，或者用 `--ignore` 不读其中一列。图片分几列放时请编号：`图片1`、`图片2`。",
        ),
    ),
    of(
        "edited-file",
        (
            "A file in `imported/` that was changed by hand, or that was not imported at all.",
            "`imported/` 里的文件被人直接改过，或者不是导入来的。",
        ),
        (
            "Make the same change in the spreadsheet, or undo it in the file, and import again.",
            "请在表里做同样的改动，或者把文件改回去，再重新导入。",
        ),
    ),
    of(
        "empty-row",
        ("A row of a spreadsheet with nothing to post.", "表格里的一行没有要发表的内容。"),
        ("Write a text or put a picture into the row, or empty the row.", "请写文案或放图片；不要这一行就清空它。"),
    ),
    of(
        "error-cell",
        ("A cell whose formula gives an error such as `#N/A`.", "单元格里的公式出错了，例如 `#N/A`。"),
        ("Correct the formula, or write the value itself.", "请改正公式，或者直接写结果。"),
    ),
    of(
        "formula-without-result",
        ("A formula whose result is not saved in the file.", "文件里没有存公式的结果。"),
        (
            "Open the file in Excel or WPS and save it again, or write the value itself.",
            "请用 Excel 或 WPS 打开后重新保存，或者直接写结果。",
        ),
    ),
    of(
        "lost-picture",
        (
            "A cell names a picture that the file does not have, or a picture cannot be taken from this kind of file.",
            "单元格里有图片，文件里却没有这张图片；或者这种文件里的图片取不出来。",
        ),
        (
            "Put the picture into the cell again; save an xls file as xlsx.",
            "请重新把图片放进单元格；xls 文件请另存为 xlsx。",
        ),
    ),
    of(
        "missing-column",
        (
            "A spreadsheet without a column for the date, for what is posted, or for the audience.",
            "表格缺少日期、要发表的内容，或者发表范围。",
        ),
        (
            "Add the column; `drumbeat import --template FILE.xlsx` makes a spreadsheet with all heads.",
            "请补上这一列；`drumbeat import --template 文件.xlsx` 会生成写好表头的表。",
        ),
    ),
    of(
        "mixed-audience",
        ("Rows of one campaign with different audiences.", "同一个活动的几行，发表范围不一样。"),
        (
            "Write the same audience in all of them, or give some of the rows another campaign name. Posts that came from another spreadsheet count too; `--same-audience CAMPAIGN` changes them as well.",
            "请把发表范围改成一样的，或者给其中几行换个活动名称。别的表导入的同名活动也算；要让它们也改，加上 `--same-audience 活动名称`。",
        ),
    ),
    of(
        "mixed-campaign",
        ("Rows with the same id and different campaign names.", "编号相同的几行，活动名称不一样。"),
        ("Write the same name in all of them.", "请写成一样的名称。"),
    ),
    of(
        "mixed-owner",
        ("Rows of one campaign with different owners.", "同一个活动的几行，负责人不一样。"),
        ("Write the same owner in all of them.", "请写成同一个负责人。"),
    ),
    of(
        "not-a-text",
        ("A date, a time or a yes-or-no value in a column for texts.", "应该写文字的列里是日期、时间或逻辑值。"),
        ("Give the cell the format of a text and write it again.", "请把单元格格式改成“文本”再重新填写。"),
    ),
    of(
        "past-time",
        ("A new row whose time is over: it would never be posted.", "新的一行，时间已经过了，不会再发表。"),
        (
            "Correct the date or remove the row. To leave all rows in the past out, add `--skip-past`.",
            "请改正日期，或者删掉这一行。要跳过所有已过时间的行，请加上 `--skip-past`。",
        ),
    ),
    of(
        "same-time",
        ("Two rows of one campaign at the same time.", "同一个活动有两行，时间也一样。"),
        (
            "Change one of the times, or give the rows different campaign names; remove a repeated row.",
            "请改其中一个时间，或者写不同的活动名称；重复的行请删掉。",
        ),
    ),
    of(
        "stray-picture",
        ("A picture outside of the column for pictures.", "图片没有放在“图片”列里。"),
        (
            "Move its upper left corner into the cell of the column `images`.",
            "请把图片拖到“图片”列的单元格里，左上角要在格子内。",
        ),
    ),
    of(
        "too-many-files",
        ("More than one video, or more than one cover, in a row.", "一行里有不止一个视频，或者不止一张封面。"),
        ("Keep one.", "请只留一个。"),
    ),
    of(
        "too-many-rows",
        ("A spreadsheet with more than 10,000 rows.", "表格超过一万行。"),
        ("Split it into several files.", "请拆成几个文件。"),
    ),
    of(
        "twin-post",
        (
            "The same content for some of the same people on one day, in two campaigns: they would get it twice.",
            "两个活动同一天给同样的人、或者其中一部分人发同样的内容：他们会收到两次。",
        ),
        (
            "Remove one of the rows, or write audiences without anybody in common. If the other post came from another spreadsheet, take it out there; `--replaces SHEET` says that this one is the new version of it. If both are meant, write `same-text` into the column `allow`; posts at the same time for exactly the same people cannot be allowed.",
            "请删掉其中一行，或者把发表范围改成不重叠的。另一条来自别的表的，在那张表里删掉它；这张表是那张表的新版本，就加上 `--replaces 那张表的文件名`。确实两条都要发，在“放行”列写 `same-text`；时间和发表范围完全一样的不能放行。",
        ),
    ),
    of(
        "unknown-column",
        ("A column of a spreadsheet that is not known, or that has no head.", "表格里有不认识的列，或者没有表头的列。"),
        (
            "Rename it to a known head, or leave it out with `--ignore COLUMN`.",
            "请改成认识的表头；不需要这一列，就加上 `--ignore 列名`。",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_sorted() {
        assert!(FINDING_CODES.is_sorted_by(|one, other| one.code < other.code));
    }
}
