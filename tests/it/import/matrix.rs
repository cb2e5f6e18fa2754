//! What importing again does to the posts of a book: nothing is posted twice, and nothing that is still to come is lost
//! without a question.

use drumbeat::finding::Level;
use drumbeat::import::Question;

use super::*;

/// A second import into a book. A row is `DATE TIME CAMPAIGN TEXT DEPARTMENTS [ALLOW]`, of 2026; `-` stands
/// for nothing, `|` for a line break.
struct Case {
    name: &'static str,
    /// Imported on 2026-11-01, in this order.
    before: &'static [(&'static str, &'static [&'static str])],
    by_hand: ByHand,
    /// Imported on 2026-11-26.
    sheet: &'static str,
    rows: &'static [&'static str],
    /// The kind, time and campaign of each question.
    asks: &'static [&'static str],
    /// Posts still to come after the import, each question answered with the first answer that it accepts.
    deleted: Outcome,
    /// The same, with the last answer; the same as `deleted` where there is one at most.
    kept: Outcome,
}

enum Outcome {
    /// `DATE TIME TEXT` of each post.
    Posts(&'static [&'static str]),
    /// The same, and the next import asks again.
    AskedAgain(&'static [&'static str]),
    /// Nothing is written.
    Finds(&'static [(&'static str, &'static str)]),
    SameAsDeleted,
}

enum ByHand {
    Nothing,
    Replace(&'static str, &'static str),
    DeleteAll,
    Write(&'static str),
}

use ByHand::{DeleteAll, Nothing, Replace, Write};
use Outcome::{AskedAgain, Finds, Posts, SameAsDeleted};

const TWO: &[(&str, &[&str])] = &[("一月", &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"])];
const ONE: &[(&str, &[&str])] = &[("一月", &["12-01 9:00 围巾 甲 2"])];
const UNNAMED: &[(&str, &[&str])] = &[("一月", &["12-01 9:00 - 甲 2"])];

const CASES: &[Case] = &[
    Case {
        name: "the same sheet again",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a row more",
        before: ONE,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "one row of a campaign less",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &["Removed 12-08 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
    },
    Case {
        name: "the only row of a campaign less",
        before: &[("一月", &["12-01 9:00 围巾 甲 2", "12-02 9:00 帽子 丙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-02 9:00 帽子 丙 2"],
        asks: &["Removed 12-01 09:00 围巾"],
        deleted: Posts(&["12-02 09:00 丙"]),
        kept: Posts(&["12-01 09:00 甲", "12-02 09:00 丙"]),
    },
    Case {
        name: "a row in the past less",
        before: &[("一月", &["11-10 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "all rows less but past ones",
        before: &[("一月", &["11-10 9:00 围巾 甲 2", "11-11 9:00 帽子 丙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-11 9:00 帽子 丙 2"],
        asks: &[],
        deleted: Posts(&[]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another text",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 改 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 改", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "other people",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 3", "12-08 9:00 围巾 乙 3"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another hour of the day",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 10:30 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 10:30 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another hour, without a name",
        before: UNNAMED,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 10:30 - 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 10:30 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another hour and text",
        before: ONE,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 10:30 围巾 改 2"],
        asks: &["Removed 12-01 09:00 围巾"],
        deleted: Posts(&["12-01 10:30 改"]),
        kept: Posts(&["12-01 09:00 甲", "12-01 10:30 改"]),
    },
    Case {
        name: "another day",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-03 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &["Moved 12-01 09:00 围巾"],
        deleted: Posts(&["12-03 09:00 甲", "12-08 09:00 乙"]),
        kept: Posts(&["12-01 09:00 甲", "12-03 09:00 甲", "12-08 09:00 乙"]),
    },
    Case {
        name: "another day, without a name",
        before: UNNAMED,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-03 9:00 - 甲 2"],
        asks: &["Moved 12-01 09:00 -"],
        deleted: Posts(&["12-03 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-03 09:00 甲"]),
    },
    Case {
        name: "another name",
        before: ONE,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 羊毛围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a name for a row without one",
        before: UNNAMED,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "one of two rows goes to another campaign",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 帽子 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the next month under the same file name",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-29 9:00 围巾 丁 2"],
        asks: &["Removed 12-01 09:00 围巾", "Removed 12-08 09:00 围巾"],
        deleted: Posts(&["12-29 09:00 丁"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-29 09:00 丁"]),
    },
    Case {
        name: "the next month in another sheet",
        before: TWO,
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-29 9:00 围巾 丁 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-29 09:00 丁"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the next month in another sheet, with a text of this one",
        before: TWO,
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-29 9:00 围巾 甲 2"],
        asks: &["SameContent 12-01 09:00 围巾"],
        deleted: Posts(&["12-08 09:00 乙", "12-29 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-29 09:00 甲"]),
    },
    Case {
        name: "another sheet about something else",
        before: TWO,
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-02 9:00 帽子 丙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-02 09:00 丙", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another sheet gives the campaign other people",
        before: TWO,
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-29 9:00 围巾 丁 3"],
        asks: &[],
        deleted: Finds(&[("mixed-audience", "E2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another sheet, other people, the former posts past",
        before: &[("一月", &["11-10 9:00 围巾 甲 2"])],
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-29 9:00 围巾 丁 3"],
        asks: &[],
        deleted: Posts(&["12-29 09:00 丁"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the sheet under another file name",
        before: TWO,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another file name, a row less",
        before: TWO,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &["OtherVersion 12-08 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
    },
    Case {
        name: "another file name, a row on another day",
        before: TWO,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 9:00 围巾 甲 2", "12-09 9:00 围巾 乙 2"],
        asks: &["SameContent 12-08 09:00 围巾"],
        deleted: Finds(&[("twin-post", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another file name, the only row at another time",
        before: ONE,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 10:00 围巾 甲 2"],
        asks: &["SameContent 12-01 09:00 围巾"],
        deleted: Posts(&["12-01 10:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another file name, without a name, at another time",
        before: UNNAMED,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 10:00 - 甲 2"],
        asks: &["SameContent 12-01 09:00 -"],
        deleted: Posts(&["12-01 10:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another file name and another campaign name",
        before: ONE,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 9:00 羊毛围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another file name, campaign name and time",
        before: ONE,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-03 9:00 羊毛围巾 甲 2"],
        asks: &["SameContent 12-01 09:00 围巾"],
        deleted: Posts(&["12-03 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-03 09:00 甲"]),
    },
    Case {
        name: "another file name and another text",
        before: TWO,
        by_hand: Nothing,
        sheet: "最终",
        rows: &["12-01 9:00 围巾 改 2"],
        asks: &["Replaced 12-01 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 改", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a file edited by hand",
        before: ONE,
        by_hand: Replace("甲", "手改"),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Finds(&[("edited-file", "C2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a key added by hand",
        before: ONE,
        by_hand: Replace("[schedule]", "[schedule]\nmax_lateness = \"2h\""),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Finds(&[("edited-file", "C2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the same edit by hand and in the sheet",
        before: ONE,
        by_hand: Replace("甲", "手改"),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 手改 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 手改"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a comment by hand",
        before: ONE,
        by_hand: Replace("[schedule]", "# 店长已看过\n[schedule]"),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "an edited file that no row is about",
        before: &[("一月", &["12-01 9:00 围巾 甲 2", "12-02 9:00 帽子 丙 2"])],
        by_hand: Replace("甲", "手改"),
        sheet: "一月",
        rows: &["12-02 9:00 帽子 丙 2"],
        asks: &["Removed 12-01 09:00 围巾"],
        deleted: Posts(&["12-02 09:00 丙"]),
        kept: AskedAgain(&["12-01 09:00 手改", "12-02 09:00 丙"]),
    },
    Case {
        name: "a file removed by hand",
        before: ONE,
        by_hand: DeleteAll,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "two rows at one time",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Finds(&[("same-time", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the same row twice",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 - 甲 2", "12-01 9:00 - 甲 2"],
        asks: &[],
        deleted: Finds(&[("same-time", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "two rows that differ by the name alone",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:00 帽子 甲 华东门店"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the same text to other people at one time",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:00 帽子 甲 3"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a campaign written by hand has the post",
        before: &[],
        by_hand: Write("at = 2026-12-01T09:00:00"),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a weekly campaign written by hand has the post",
        before: &[],
        by_hand: Write("cron = \"0 9 * * TUE\"\nend = 2026-12-02"),
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a new row in the past",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-20 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Finds(&[("past-time", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a row whose time is over by now",
        before: &[("一月", &["11-20 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-20 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a former row in the past under another name",
        before: &[("一月", &["11-20 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-20 9:00 羊毛 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "both sheets again, one after the other",
        before: &[
            ("一月", &["12-01 9:00 围巾 甲 2"]),
            ("二月", &["12-08 9:00 围巾 乙 2"]),
            ("一月", &["12-01 9:00 围巾 甲 2"]),
        ],
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "one of two sheets loses its row",
        before: &[("一月", &["12-01 9:00 围巾 甲 2"]), ("二月", &["12-08 9:00 围巾 乙 2", "12-09 9:00 围巾 丁 2"])],
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-08 9:00 围巾 乙 2"],
        asks: &["Removed 12-09 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-09 09:00 丁"]),
    },
    Case {
        name: "the departments in another order",
        before: &[("一月", &["12-01 9:00 - 甲 2、3"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 - 甲 3、华东门店"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins by the order of departments",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2、3", "12-01 9:00 帽子 甲 3、2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins that share a department",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2、3", "12-01 9:00 帽子 甲 3"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins of departments inside each other",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 5", "12-01 9:00 帽子 甲 华东门店"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a shared department that the row allows",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2、3", "12-01 9:00 帽子 甲 3 same-text"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the other row allows it",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2、3 same-text", "12-01 9:00 帽子 甲 3"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the same people cannot be allowed",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:00 帽子 甲 2 same-text"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins a minute apart",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:01 帽子 甲 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins on one day that the row allows",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 18:00 帽子 甲 2 same-text"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-01 18:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins that differ by blank lines",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲|乙 2", "12-01 9:00 帽子 甲||乙| 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "twins a minute apart in one campaign",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 9:01 围巾 甲 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "the same text morning and evening, one campaign",
        before: &[],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-01 18:00 围巾 甲 2"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲", "12-01 18:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "one row of another month",
        before: &[(
            "一月",
            &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2", "12-15 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        )],
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-08 9:00 围巾 乙 2", "12-28 9:00 围巾 戊 2", "12-29 9:00 围巾 己 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "one row of another month, under another name",
        before: &[(
            "一月",
            &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2", "12-15 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        )],
        by_hand: Nothing,
        sheet: "二月",
        rows: &["12-08 9:00 帽子 乙 2", "12-28 9:00 围巾 戊 2", "12-29 9:00 围巾 己 2"],
        asks: &[],
        deleted: Finds(&[("twin-post", "A2")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a new version by its name",
        before: &[(
            "一月",
            &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2", "12-15 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        )],
        by_hand: Nothing,
        sheet: "一月v2",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 改 2", "12-15 9:00 围巾 改 2"],
        asks: &["OtherVersion 12-16 09:00 -"],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 改", "12-15 09:00 改"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 改", "12-15 09:00 改", "12-16 09:00 丁"]),
    },
    Case {
        name: "a new version, a row on another day",
        before: &[(
            "一月",
            &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2", "12-15 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        )],
        by_hand: Nothing,
        sheet: "一月v2",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 改 2", "12-17 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        asks: &["OtherVersion 12-15 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲", "12-08 09:00 改", "12-16 09:00 丁", "12-17 09:00 丙"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 改", "12-15 09:00 丙", "12-16 09:00 丁", "12-17 09:00 丙"]),
    },
    Case {
        name: "another name and another day",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-10 9:00 帽子 乙 2"],
        asks: &["Moved 12-08 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲", "12-10 09:00 乙"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-10 09:00 乙"]),
    },
    Case {
        name: "another name and another hour",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 10:00 帽子 乙 2"],
        asks: &["Moved 12-08 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲", "12-08 10:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "another name and more people",
        before: ONE,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 羊毛围巾 甲 2、3"],
        asks: &[],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a row whose date is wrong",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "13-08 9:00 围巾 乙 2"],
        asks: &[],
        deleted: Finds(&[("bad-date", "A3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a row without its time",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 2", "12-08 - 围巾 乙 2"],
        asks: &[],
        deleted: Finds(&[("bad-time", "B3")]),
        kept: SameAsDeleted,
    },
    Case {
        name: "other people and a row less",
        before: TWO,
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-01 9:00 围巾 甲 3"],
        asks: &["Removed 12-08 09:00 围巾"],
        deleted: Posts(&["12-01 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙"]),
    },
    Case {
        name: "two rows of a campaign less",
        before: &[(
            "一月",
            &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2", "12-15 9:00 围巾 丙 2", "12-16 9:00 - 丁 2"],
        )],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-08 9:00 围巾 乙 2", "12-16 9:00 - 丁 2"],
        asks: &["Removed 12-01 09:00 围巾", "Removed 12-15 09:00 围巾"],
        deleted: Posts(&["12-08 09:00 乙", "12-16 09:00 丁"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 乙", "12-15 09:00 丙", "12-16 09:00 丁"]),
    },
    Case {
        name: "two rows less, one of them moved",
        before: &[("一月", &["12-01 9:00 围巾 甲 2", "12-08 9:00 围巾 甲 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["12-15 9:00 围巾 甲 2"],
        asks: &["Removed 12-01 09:00 围巾", "Moved 12-08 09:00 围巾"],
        deleted: Posts(&["12-15 09:00 甲"]),
        kept: Posts(&["12-01 09:00 甲", "12-08 09:00 甲", "12-15 09:00 甲"]),
    },
    Case {
        name: "a posted row on another day",
        before: &[("一月", &["11-25 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-28 9:00 围巾 甲 2", "12-08 9:00 围巾 乙 2"],
        asks: &["PostedBefore 11-25 09:00 围巾"],
        deleted: Posts(&["11-28 09:00 甲", "12-08 09:00 乙"]),
        kept: SameAsDeleted,
    },
    Case {
        name: "a row posted today at another hour",
        before: &[("一月", &["11-26 8:00 围巾 甲 2"])],
        by_hand: Nothing,
        sheet: "一月",
        rows: &["11-26 18:00 围巾 甲 2"],
        asks: &["PostedBefore 11-26 08:00 围巾"],
        deleted: Posts(&["11-26 18:00 甲"]),
        kept: SameAsDeleted,
    },
];

impl Case {
    fn book(&self) -> Desk {
        let desk = Desk::new();
        fs::remove_file(desk.book().join("policy.toml")).unwrap();
        for (sheet, rows) in self.before {
            let import = import(&desk, sheet, rows, &Answers::default(), "2026-11-01T00:00:00Z");
            desk.write(import);
        }
        match &self.by_hand {
            Nothing => {}
            DeleteAll => fs::remove_dir_all(desk.book().join("imported")).unwrap(),
            Write(schedule) => {
                let text = format!(
                    "id = \"by-hand\"\n[content]\ntext = \"甲\"\n[visible_range]\n\
                     sender_list = {{ department_list = [2] }}\n[schedule]\n{schedule}\n"
                );
                fs::write(desk.book().join("by-hand.toml"), text).unwrap();
            }
            Replace(from, to) => {
                for file in desk.files() {
                    let path = desk.book().join(file);
                    fs::write(&path, fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
                }
            }
        }
        desk
    }

    fn import(&self, desk: &Desk, answers: &Answers) -> Import {
        import(desk, self.sheet, self.rows, answers, "2026-11-26T02:00:00Z")
    }

    /// The outcome of answers, and then a second import of the same sheet.
    fn check(&self, answers: &Answers, expected: &Outcome) {
        let desk = self.book();
        let name = format!("{}, answered with {answers:?}", self.name);
        let before = posts_of(&desk);
        let import = self.import(&desk, answers);
        match expected {
            SameAsDeleted => unreachable!(),
            Finds(expected) => {
                let errors = import.findings.iter().filter(|it| it.level == Level::Error);
                let found: Vec<(&str, String)> = errors.map(|it| (it.code, it.at.to_string())).collect();
                let expected: Vec<(&str, String)> =
                    expected.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
                assert_eq!(found, expected, "{name}: {:#?}", import.findings);
            }
            Posts(expected) | AskedAgain(expected) => {
                assert!(import.is_ready(), "{name}: {:#?} {:#?}", import.findings, import.questions);
                desk.write(import);
                let after = posts_of(&desk);
                assert_eq!(after, *expected, "{name}: before {before:?}");
            }
        }
        if let Posts(_) = expected {
            let again = self.import(&desk, &Answers::default());
            let is_quiet = again.questions.is_empty()
                && again.findings.iter().all(|it| it.level == Level::Warning)
                && again.files.iter().all(|it| it.action == Action::Unchanged);
            assert!(is_quiet, "{name}, again: {:#?} {:#?} {:#?}", again.questions, again.findings, again.files);
        }
    }
}

/// An answer for each question, by the name that the report proposes.
fn answers_to(questions: &[Question], choose: fn(&Question) -> Option<&Answer>) -> Answers {
    let answer = |question: &Question| (question.name_among(questions), *choose(question).expect("an answer"));
    Answers { by_name: questions.iter().map(answer).collect(), ..Answers::default() }
}

fn import(desk: &Desk, sheet: &str, rows: &[&str], answers: &Answers, now: &str) -> Import {
    let mut text = "日期,时间,活动,文案,部门,放行\n".to_owned();
    for row in rows {
        let cells = row.split(' ').map(|cell| if cell == "-" { "" } else { cell });
        let cells: Vec<String> = cells.map(|cell| format!("\"{}\"", cell.replace('|', "\n"))).collect();
        text += &format!("\"2026-{}\n", &cells.join(",")[1..]);
    }
    let path = desk.dir.path().join(format!("{sheet}.csv"));
    fs::write(&path, text).unwrap();
    desk.try_import_at(&path, None, answers, now.parse().unwrap()).unwrap()
}

/// Every post that is still to come on 2026-11-26.
fn posts_of(desk: &Desk) -> Vec<String> {
    let source = Source::directory(&desk.book()).unwrap();
    let loaded = drumbeat::load::load(&source, &Corp::default()).unwrap();
    let mut posts = Vec::new();
    for campaign in &loaded.result.campaigns {
        let schedule = campaign.timing.schedule.expand();
        for occurrence in schedule.between(now(), now() + chrono::TimeDelta::days(60)) {
            let post = campaign.content_in(&schedule, &occurrence).post;
            posts.push(format!("{} {}", occurrence.local.format("%m-%d %H:%M"), post.text.as_deref().unwrap_or("-")));
        }
    }
    posts.sort();
    posts
}

#[test]
fn no_import_posts_twice_or_loses_posts() {
    for case in CASES {
        let desk = case.book();
        let asked = case.import(&desk, &Answers::default());
        let asks: Vec<String> = asked
            .questions
            .iter()
            .map(|it| {
                let title = it.title.as_deref().unwrap_or("-");
                format!("{:?} {} {title}", it.kind, it.due.format("%m-%d %H:%M"))
            })
            .collect();
        assert_eq!(asks, case.asks, "{}", case.name);
        assert!(case.asks.is_empty() || !asked.is_ready(), "{}", case.name);
        case.check(&answers_to(&asked.questions, |it| it.accepts.first()), &case.deleted);
        let kept = if matches!(case.kept, SameAsDeleted) { &case.deleted } else { &case.kept };
        case.check(&answers_to(&asked.questions, |it| it.accepts.last()), kept);
    }
}
