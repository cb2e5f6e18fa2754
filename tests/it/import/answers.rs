//! Answers to the questions of an import, and where its findings stand.

use drumbeat::import::{MovedAnswer, NamedAnswer, RemovedAnswer};

use super::*;

const HEAD: &str = "日期,时间,活动,文案,部门,放行\n";

/// Imports rows as `NAME.csv` on 2026-11-26.
fn sheet(desk: &Desk, name: &str, rows: &str, answers: &Answers) -> Import {
    let path = desk.dir.path().join(format!("{name}.csv"));
    fs::write(&path, format!("{HEAD}{rows}")).unwrap();
    desk.try_import(&path, None, answers).unwrap()
}

/// Answers as the command line has them: `--removed …` or `--moved …`.
fn answers(written: &[&str]) -> Answers {
    let read = |written: &str| -> NamedAnswer {
        match written.split_once(' ').unwrap() {
            ("--removed", answer) => answer.parse::<RemovedAnswer>().unwrap().0,
            ("--moved", answer) => answer.parse::<MovedAnswer>().unwrap().0,
            other => panic!("{other:?}"),
        }
    };
    written.iter().map(|it| read(it)).collect()
}

const MEMBER_DAYS: &str = "2026-12-01,9:00,会员日,一,2\n2026-12-08,9:00,会员日,二,2\n2026-12-15,9:00,会员日,三,2\n";

/// The open questions after some answers, by day.
#[track_caller]
fn leaves_open(rows: &str, written: &[&str], expected: &[&str]) {
    let desk = Desk::new();
    desk.write(sheet(&desk, "十二月", MEMBER_DAYS, &Answers::default()));
    let import = sheet(&desk, "十二月", rows, &answers(written));
    let open: Vec<String> = import.unanswered().map(|it| it.due.format("%m-%d").to_string()).collect();
    assert_eq!(open, expected, "{written:?}");
}

#[test]
fn two_decisions_of_one_campaign() {
    let left = "2026-12-01,9:00,会员日,一,2\n";
    leaves_open(left, &[], &["12-08", "12-15"]);
    leaves_open(left, &["--removed delete=会员日 12-08"], &["12-15"]);
    leaves_open(left, &["--removed delete=会员日 12月8日（周二）09:00"], &["12-15"]);
    leaves_open(left, &["--removed delete=12-15"], &["12-08"]);
    leaves_open(left, &["--removed delete=会员日 12-08", "--removed keep=会员日"], &[]);
    leaves_open(left, &["--removed delete=会员日 12-09"], &["12-08", "12-15"]);
    leaves_open(left, &["--removed keep"], &[]);
    leaves_open(left, &["--moved move", "--moved both"], &["12-08", "12-15"]);
}

#[test]
fn the_more_exact_answer_counts() {
    let desk = Desk::new();
    desk.write(sheet(&desk, "十二月", MEMBER_DAYS, &Answers::default()));
    let written = answers(&["--removed delete=会员日 12-08", "--removed keep=会员日", "--removed delete"]);
    let import = sheet(&desk, "十二月", "2026-12-01,9:00,会员日,一,2\n", &written);
    let given: Vec<_> = import.questions.iter().map(|it| it.answer).collect();
    assert_eq!(given, [Some(Answer::Delete), Some(Answer::Keep)]);
}

#[test]
fn a_moved_post_has_a_word_of_its_own() {
    let moved = MEMBER_DAYS.replace("12-15", "12-16");
    leaves_open(&moved, &["--removed delete"], &["12-15"]);
    leaves_open(&moved, &["--removed keep"], &["12-15"]);
    leaves_open(&moved, &["--moved move"], &[]);
    leaves_open(&moved, &["--moved both=会员日"], &[]);
}

#[test]
fn a_campaign_of_two_sheets_changes_its_people() {
    let desk = Desk::new();
    let (december, january) = ("2026-12-08,9:00,会员日,一,2\n", "2027-01-05,9:00,会员日,二,2\n");
    desk.write(sheet(&desk, "十二月", december, &Answers::default()));
    desk.write(sheet(&desk, "一月", january, &Answers::default()));
    let changed = |rows: &str| rows.replace(",2\n", ",3\n");
    let refused = sheet(&desk, "一月", &changed(january), &Answers::default());
    finds(&refused, &[("mixed-audience", "E2")]);
    let help = refused.findings[0].help.as_ref().unwrap().get(Lang::Zh);
    assert!(help.contains("`--same-audience \"会员日\"`"), "{help}");
    let same = Answers { same_audience: vec!["会员日".to_owned()], ..Answers::default() };
    desk.write(sheet(&desk, "一月", &changed(january), &same));
    // The other sheet still says the former people.
    finds(&sheet(&desk, "十二月", december, &Answers::default()), &[("mixed-audience", "E2")]);
    let again = sheet(&desk, "十二月", &changed(december), &Answers::default());
    assert!(again.is_ready() && actions(&again) == [Action::Unchanged], "{:#?}", again.findings);
}

#[test]
fn a_new_version_that_shares_few_rows() {
    let desk = Desk::new();
    desk.write(sheet(&desk, "十二月", MEMBER_DAYS, &Answers::default()));
    let rows = "2026-12-01,9:00,会员日,一,2\n2026-12-08,9:00,会员日,改,2\n2026-12-15,9:00,会员日,也改,2\n";
    let refused = sheet(&desk, "最后", rows, &Answers::default());
    assert!(found(&refused).contains(&("twin-post", "A2".to_owned())), "{:#?}", refused.findings);
    let help = refused.findings[0].help.as_ref().unwrap().get(Lang::Zh);
    assert!(help.contains("`--replaces \"十二月.csv\"`"), "{help}");
    let replaces = Answers { replaces: vec!["十二月.csv".to_owned()], ..Answers::default() };
    let import = sheet(&desk, "最后", rows, &replaces);
    assert!(import.is_ready(), "{:#?} {:#?}", import.findings, import.questions);
    desk.write(import);
    assert!(sheet(&desk, "最后", rows, &Answers::default()).is_ready());
}

#[test]
fn a_misspelt_name_among_rows_of_a_campaign() {
    let rows = |names: [&str; 3]| {
        let row = |(day, name): (usize, &str)| format!("2026-12-0{},9:00,会员日,第{day}场,{name}\n", day + 1);
        names.into_iter().enumerate().map(row).collect::<String>()
    };
    let cases: [(_, &[(&str, &str)]); 4] = [
        (["华东门店", "华东门点", "华东门店"], &[("unknown-name", "E3")]),
        (["华东门点", "华东门店", "华东门店"], &[("unknown-name", "E2")]),
        (["华东门店", "华东门点", "华南门店"], &[("unknown-name", "E3"), ("mixed-audience", "E4")]),
        (["华东门店", "2", "华东门店"], &[]),
    ];
    for (names, expected) in cases {
        let desk = Desk::new();
        let import = sheet(&desk, "十二月", &rows(names), &Answers::default());
        finds(&import, expected);
        if let Some(unknown) = import.findings.iter().find(|it| it.code == "unknown-name") {
            assert!(unknown.help.as_ref().unwrap().get(Lang::Zh).contains("华东门店"), "{unknown:#?}");
        }
    }
}

#[test]
fn a_closed_time_stands_at_its_row() {
    let rows = "2026-12-01,9:00,会员日,一,2\n2026-12-02,23:30,会员日,二,2\n";
    finds(&sheet(&Desk::new(), "十二月", rows, &Answers::default()), &[("closed-time", "A3")]);
}

#[test]
fn a_post_of_another_sheet_has_no_cell_here() {
    let desk = Desk::new();
    fs::write(desk.book().join("policy.toml"), "[limits]\nsame_text_days = 14\n").unwrap();
    let text = "春季新品上架，前三天全场九折，欢迎到店试穿";
    desk.write(sheet(&desk, "十二月", &format!("2026-12-28,9:00,会员日,{text}。,2\n"), &Answers::default()));
    let rows = format!("2027-01-05,9:00,会员日,一,2\n2027-01-08,10:00,帽子,{text}！,2\n");
    let import = sheet(&desk, "一月", &rows, &Answers::default());
    finds(&import, &[("same-text", "D3")]);
    let same = &import.findings[0];
    let words: Vec<&str> = same.files.iter().map(|(_, words)| words.get(Lang::Zh)).collect();
    assert_eq!((&same.related, words), (&Vec::new(), vec!["“十二月.csv”里2026年12月28日（周一）09:00的那一条"]));
    assert!(!same.message.get(Lang::Zh).contains("第 "), "{same:#?}");
}

#[test]
fn a_hidden_row_is_named_in_the_question() {
    let desk = Desk::new();
    let path = desk.dir.path().join("十二月.xlsx");
    let save = |is_hidden: bool| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, line) in format!("{HEAD}{MEMBER_DAYS}").lines().enumerate() {
            for (column, cell) in line.split(',').enumerate() {
                sheet.write_string(row as u32, column as u16, cell).unwrap();
            }
        }
        if is_hidden {
            sheet.set_row_hidden(2).unwrap();
        }
        workbook.save(&path).unwrap();
        desk.try_import(&path, None, &Answers::default()).unwrap()
    };
    desk.write(save(false));
    let asked: Vec<_> = save(true).questions.iter().map(|it| it.hidden_row).collect();
    assert_eq!(asked, [Some(2)]);
}
