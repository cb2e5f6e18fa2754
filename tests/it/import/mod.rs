//! Spreadsheets become campaign files: those of every program, those with faults, and those that want to do harm.
//!
//! `tests/cases/import/make.py` makes the files, with openpyxl and LibreOffice.

mod answers;
mod matrix;
mod mutations;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use drumbeat::book::Corp;
use drumbeat::finding::Level;
use drumbeat::import::{Answer, Answers, cell_name};
use drumbeat::importer::{Action, Import, ImportError, Request, prepare};
use drumbeat::sheet::SheetError;
use drumbeat::source::Source;
use drumbeat::text::Lang;
use tempfile::TempDir;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/import")
}

fn now() -> DateTime<Utc> {
    "2026-11-26T02:00:00Z".parse().unwrap()
}

/// A directory with a book in `campaigns`, and room for sheets beside it.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let book = dir.path().join("campaigns");
        fs::create_dir(&book).unwrap();
        for file in ["policy.toml", "directory.toml"] {
            fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns").join(file), book.join(file)).unwrap();
        }
        Self { dir }
    }

    fn book(&self) -> PathBuf {
        self.dir.path().join("campaigns")
    }

    fn try_import(&self, path: &Path, sheet: Option<&str>, answers: &Answers) -> Result<Import, ImportError> {
        self.try_import_at(path, sheet, answers, now())
    }

    fn try_import_at(
        &self,
        path: &Path,
        sheet: Option<&str>,
        answers: &Answers,
        now: DateTime<Utc>,
    ) -> Result<Import, ImportError> {
        let source = Source::directory(&self.book()).unwrap();
        let request = Request { path, sheet, ignore: &[], answers, skip_past: false, lang: Lang::Zh };
        prepare(&request, &source, &Corp::default(), now)
    }

    fn case(&self, name: &str) -> Import {
        self.try_import(&cases().join(name), None, &Answers::default()).unwrap()
    }

    /// Imports a text as `排期.csv` beside the book.
    fn csv(&self, text: &str) -> Import {
        self.csv_with(text, &Answers::default())
    }

    fn csv_with(&self, text: &str, answers: &Answers) -> Import {
        let path = self.dir.path().join("排期.csv");
        fs::write(&path, text).unwrap();
        self.try_import(&path, None, answers).unwrap()
    }

    fn write(&self, mut import: Import) {
        assert!(import.is_ready(), "{:#?}", import.findings);
        import.write(&self.book()).unwrap();
    }

    fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = walkdir::WalkDir::new(self.book())
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(self.book()).unwrap().display().to_string())
            .filter(|path| !["policy.toml", "directory.toml"].contains(&path.as_str()))
            .collect();
        files.sort();
        files
    }
}

fn found(import: &Import) -> Vec<(&str, String)> {
    import.findings.iter().map(|it| (it.code, it.at.to_string())).collect()
}

#[track_caller]
fn finds(import: &Import, expected: &[(&str, &str)]) {
    let expected: Vec<(&str, String)> = expected.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
    assert_eq!(found(import), expected, "{:#?}", import.findings);
}

fn actions(import: &Import) -> Vec<Action> {
    import.files.iter().map(|it| it.action).collect()
}

fn posts(import: &Import) -> Vec<String> {
    let post = |it: &drumbeat::importer::ImportedPost| {
        let (title, text) = (it.title.as_deref().unwrap_or("-"), it.text.as_deref().unwrap_or("-"));
        format!("{} {title} {text} {}", it.due, it.audience.get(Lang::En))
    };
    import.posts.iter().map(post).collect()
}

fn notes(import: &Import) -> Vec<&str> {
    import.notes.iter().map(|it| it.get(Lang::Zh)).collect()
}

#[test]
fn every_program_writes_the_same_posts() {
    let desk = Desk::new();
    let of_openpyxl = desk.case("plan.xlsx");
    finds(&of_openpyxl, &[]);
    assert_eq!(of_openpyxl.posts.len(), 5);
    assert_eq!(of_openpyxl.posts[1].due.to_string(), "2026-12-01 15:30:00", "the merged date and a spoken time");
    assert_eq!(of_openpyxl.posts[0].text.as_deref(), Some("双12提前看：\n全场九折，会员再减十元。"));
    for name in ["libreoffice.xlsx", "libreoffice.ods", "libreoffice.xls"] {
        let import = desk.case(name);
        finds(&import, &[]);
        assert_eq!(posts(&import), posts(&of_openpyxl), "{name}");
    }
    let notes = notes(&of_openpyxl);
    assert!(notes.contains(&"第 1 行在表头上面：没有读取"), "{notes:?}");
    assert!(notes.contains(&"没写年份的日期按表里写的 2026 年读取"), "{notes:?}");
}

#[test]
fn rows_of_a_campaign_are_one_file() {
    let desk = Desk::new();
    let import = desk.case("plan.xlsx");
    assert_eq!(import.files.len(), 4);
    let both = import.files.iter().find(|it| it.text.contains("双12预热")).unwrap();
    assert_eq!(both.text.matches("[[content]]").count(), 2, "{}", both.text);
    assert!(both.text.contains("at = [\n    2026-12-01T09:00:00,\n    2026-12-02T09:30:00,\n]"), "{}", both.text);
}

#[test]
fn a_csv_has_no_merged_cells() {
    finds(&Desk::new().case("libreoffice.csv"), &[("bad-date", "A5")]);
}

#[test]
fn dates_since_1904() {
    assert_eq!(Desk::new().case("epoch_1904.xlsx").posts[0].due.to_string(), "2026-12-01 09:00:00");
}

#[test]
fn pictures_are_taken_out_of_every_place() {
    for (name, pictures) in
        [("over_cells.xlsx", 3), ("over_cells.ods", 3), ("in_cell_excel.xlsx", 1), ("in_cell_wps.xlsx", 1)]
    {
        let desk = Desk::new();
        let import = desk.case(name);
        finds(&import, &[]);
        let paths: Vec<String> = import.media.iter().map(|it| it.path.clone()).collect();
        assert_eq!(paths.len(), pictures, "{name}");
        desk.write(import);
        for path in paths {
            assert!(fs::read(desk.book().join(&path)).unwrap().starts_with(b"\x89PNG"), "{path}");
        }
        let again = desk.case(name);
        assert!(actions(&again).iter().all(|it| *it == Action::Unchanged) && again.media.is_empty(), "{name}");
    }
}

#[test]
fn pictures_of_an_xls_are_not_dropped() {
    let import = Desk::new().case("over_cells.xls");
    let lost = import.findings.iter().find(|it| it.code == "lost-picture").expect("a finding");
    assert!(!import.is_ready() && lost.message.get(Lang::Zh).contains("有 3 张"), "{lost:#?}");
}

#[test]
fn a_cell_has_as_many_pictures_as_stand_in_it() {
    let counts: Vec<usize> = Desk::new().case("over_cells.xlsx").posts.iter().map(|it| it.images).collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn hidden_parts_are_named() {
    let import = Desk::new().case("hidden.xlsx");
    assert_eq!(import.posts.len(), 1);
    let expected = [
        "隐藏的工作表“旧排期”没有读取",
        "工作表“说明”没有读取",
        "第 3 行是隐藏的：没有读取，要导入请先取消隐藏",
        "隐藏的列也读取了：D",
    ];
    assert_eq!(notes(&import), expected);
}

#[test]
fn faults_stand_at_their_cells() {
    let expected = [
        ("bad-date", "A2"),
        ("bad-time", "B3"),
        ("bad-time", "B4"),
        ("bad-date", "A5"),
        ("formula-without-result", "A6"),
        ("error-cell", "C7"),
        ("empty-row", "C8"),
        ("no-audience", "A9"),
        ("unknown-name", "D10"),
    ];
    let import = Desk::new().case("faults.xlsx");
    finds(&import, &expected);
    assert_eq!(cell_name(&import.sheet, import.findings[8].at), "排期!D10");
}

#[test]
fn rules_of_check_speak_of_cells() {
    let text = "日期,时间,文案,图片,部门\n\
        2026-12-01,9:00,全网最低价,,2\n\
        2026-12-01,23:00,夜里,,2\n\
        2026-12-02,9:00,没有这张图,nowhere.jpg,2\n";
    finds(&Desk::new().csv(text), &[("wording", "C2"), ("closed-time", "A3"), ("missing-media", "D4")]);
}

#[test]
fn a_second_import_changes_files_and_adds_none() {
    let desk = Desk::new();
    let head = "日期,时间,活动,文案,部门\n";
    let first = format!("{head}2026-12-01,9:00,围巾,围巾上新,2\n2026-12-02,9:00,,没有名字,2\n");
    desk.write(desk.csv(&first));
    let files = desk.files();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(actions(&desk.csv(&first)), [Action::Unchanged, Action::Unchanged]);
    // Another time for one, another text for the other.
    let second = format!("{head}2026-12-01,10:00,围巾,围巾上新,2\n2026-12-02,9:00,,改过的字,2\n");
    let import = desk.csv(&second);
    assert_eq!(actions(&import), [Action::Changed, Action::Changed]);
    desk.write(import);
    assert_eq!(desk.files(), files);
}

#[test]
fn a_row_that_is_gone_waits_for_a_decision() {
    let desk = Desk::new();
    let head = "日期,时间,活动,文案,部门\n";
    let (one, two) = ("2026-12-01,9:00,围巾,围巾上新,2\n", "2026-12-02,9:00,帽子,帽子上新,2\n");
    desk.write(desk.csv(&format!("{head}{one}{two}")));
    let import = desk.csv(&format!("{head}{one}"));
    assert!(!import.is_ready());
    assert_eq!(import.unanswered().count(), 1);
    desk.write(desk.csv_with(&format!("{head}{one}"), &Answers::all(Answer::Keep)));
    assert_eq!(desk.files().len(), 2);
    // What was kept leaves only by its name.
    desk.write(desk.csv_with(&format!("{head}{one}"), &Answers::all(Answer::Delete)));
    assert_eq!(desk.files().len(), 2);
    let by_name = Answers { by_name: vec![("帽子".to_owned(), Answer::Delete)], ..Answers::default() };
    desk.write(desk.csv_with(&format!("{head}{one}"), &by_name));
    assert_eq!(desk.files().len(), 1);
}

#[test]
fn a_file_edited_by_hand_is_refused_with_the_difference() {
    let desk = Desk::new();
    let text = "日期,时间,活动,文案,部门\n2026-12-01,9:00,围巾,围巾上新,2\n";
    desk.write(desk.csv(text));
    let path = desk.book().join(&desk.files()[0]);
    let edited = fs::read_to_string(&path).unwrap().replace("围巾上新", "围巾到店");
    fs::write(&path, &edited).unwrap();
    let import = desk.csv(&text.replace("上新", "热卖"));
    finds(&import, &[("edited-file", "C2")]);
    let help = import.findings[0].help.as_ref().unwrap().get(Lang::Zh);
    assert!(help.contains("- text = \"围巾到店\"\n+ text = \"围巾热卖\""), "{help}");
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
}

#[test]
fn line_ends_of_a_checkout_are_no_edit() {
    let desk = Desk::new();
    let text = "日期,时间,活动,文案,部门\n2026-12-01,9:00,围巾,围巾上新,2\n";
    desk.write(desk.csv(text));
    let path = desk.book().join(&desk.files()[0]);
    fs::write(&path, fs::read_to_string(&path).unwrap().replace('\n', "\r\n")).unwrap();
    assert_eq!(actions(&desk.csv(text)), [Action::Unchanged]);
    finds(&desk.csv(&text.replace("上新", "热卖")), &[]);
}

#[test]
fn one_campaign_has_one_audience() {
    let text = "日期,时间,活动,文案,部门\n2026-12-01,9:00,围巾,一,2\n2026-12-02,9:00,围巾,二,3\n";
    let import = Desk::new().csv(text);
    let own: Vec<_> = import.findings.iter().filter(|it| it.code == "mixed-audience").collect();
    assert_eq!(own.len(), 1);
    assert!(own[0].message.get(Lang::Zh).contains("E2 和 E3 不同"), "{:?}", own[0].message);
}

#[test]
fn two_rows_of_a_campaign_at_one_time() {
    let text = "日期,时间,活动,文案,部门\n2026-12-01,9:00,围巾,一,2\n2026-12-01,9:00,围巾,二,2\n";
    assert!(found(&Desk::new().csv(text)).contains(&("same-time", "A3".to_owned())));
}

#[test]
fn an_id_of_the_sheet_is_the_id() {
    let desk = Desk::new();
    let text = "编号,日期,时间,活动,文案,部门\nscarf-1,2026-12-01,9:00,围巾,一,2\n坏号,2026-12-02,9:00,帽子,二,2\n";
    let import = desk.csv(text);
    finds(&import, &[("bad-id", "A3")]);
    assert_eq!(import.files[0].path, "imported/scarf-1.toml");
}

#[test]
fn pictures_beside_the_sheet_and_in_the_book() {
    let desk = Desk::new();
    let picture = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media/member-day.jpg")).unwrap();
    fs::create_dir_all(desk.book().join("media")).unwrap();
    fs::write(desk.book().join("media/own.jpg"), &picture).unwrap();
    fs::write(desk.dir.path().join("beside.png"), &picture).unwrap();
    let text = "日期,时间,文案,图片,部门\n2026-12-01,9:00,两张图,own.jpg、beside.png,2\n";
    let import = desk.csv(text);
    finds(&import, &[("repeated-image", "D2")]);
    assert_eq!(import.media.len(), 1);
    assert!(import.media[0].path.ends_with(".jpg"), "the ending says what it is: {:?}", import.media);
    assert!(import.files[0].text.contains("\"../media/own.jpg\""), "{}", import.files[0].text);
}

#[test]
fn an_unknown_column_and_faults_of_rows() {
    let text = "日期,时间,文案,部门,审批\n2026-12-01,9:00,全网最低价,2,过\n2026-12-02,9:00,好,华东门点,\n";
    let import = Desk::new().csv(text);
    finds(&import, &[("unknown-column", "E1"), ("wording", "C2"), ("unknown-name", "D3")]);
}

#[test]
fn a_wrong_date_and_faults_of_its_row() {
    let text = "日期,时间,文案,图片,部门\n待定,9:00,全网最低价,nowhere.jpg,华东门点\n2026-12-02,9:00,,,2\n";
    let import = Desk::new().csv(text);
    finds(
        &import,
        &[("bad-date", "A2"), ("wording", "C2"), ("missing-media", "D2"), ("unknown-name", "E2"), ("empty-row", "C3")],
    );
}

#[test]
fn an_owner_by_name_is_questioned() {
    let text = "日期,时间,文案,部门,负责人\n2026-12-01,9:00,一,2,王五\n2026-12-02,9:00,二,2,wangwu\n";
    finds(&Desk::new().csv(text), &[("bad-owner", "E2")]);
}

#[test]
fn warnings_are_allowed_in_the_sheet() {
    let desk = Desk::new();
    let text = "日期,时间,文案,发表范围,放行\n2026-12-01,9:00,大家好,全部,\n";
    let import = desk.csv(text);
    finds(&import, &[("everyone", "D2")]);
    let help = import.findings[0].help.as_ref().unwrap();
    assert!(help.get(Lang::Zh).contains("请在“放行”列写 `everyone`"), "{help:?}");
    assert!(help.get(Lang::En).contains("write `everyone` into the column `allow`"), "{help:?}");
    finds(&desk.csv(&text.replace("全部,", "全部,everyone")), &[]);
}

#[test]
fn past_rows_are_left_out_on_request() {
    let desk = Desk::new();
    let path = desk.dir.path().join("排期.csv");
    fs::write(&path, "日期,时间,文案,部门\n2026-11-20,9:00,一,2\n2026-12-02,9:00,二,2\n").unwrap();
    let source = Source::directory(&desk.book()).unwrap();
    let answers = Answers::default();
    let request = Request { path: &path, sheet: None, ignore: &[], answers: &answers, skip_past: true, lang: Lang::Zh };
    let import = prepare(&request, &source, &Corp::default(), now()).unwrap();
    finds(&import, &[]);
    assert_eq!(import.files.len(), 1);
    assert!(notes(&import).contains(&"第 2 行时间已过：没有导入"), "{:?}", notes(&import));
}

#[test]
fn every_finding_of_a_sheet_is_explained() {
    let mut codes = std::collections::BTreeSet::new();
    for dir in ["src/import", "src/importer"] {
        for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)) {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() {
                continue;
            }
            let text = fs::read_to_string(entry.path()).unwrap();
            for start in ["CellFinding::error(", "self.fail(", "differ("] {
                for rest in text.split(start).skip(1) {
                    if let Some((code, _)) = rest.trim_start().strip_prefix('"').and_then(|it| it.split_once('"')) {
                        codes.insert(code.to_owned());
                    }
                }
            }
        }
    }
    assert!(codes.len() > 15, "{codes:?}");
    let is_known =
        |code: &str| drumbeat::check::rules::find(code).is_some() || drumbeat::import::find_code(code).is_some();
    assert_eq!(codes.iter().filter(|code| !is_known(code)).collect::<Vec<_>>(), Vec::<&String>::new());
    let idle = drumbeat::import::FINDING_CODES.iter().filter(|it| !codes.contains(it.code));
    assert_eq!(idle.map(|it| it.code).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn names_that_lead_out_are_refused() {
    let desk = Desk::new();
    fs::write(desk.dir.path().parent().unwrap().join("drumbeat-outside.png"), b"x").unwrap();
    for name in ["../drumbeat-outside.png", "/etc/passwd", "C:\\a.png", "http://example.com/a.png"] {
        let import = desk.csv(&format!("日期,时间,文案,图片,部门\n2026-12-01,9:00,一,{name},2\n"));
        finds(&import, &[("bad-media-path", "D2")]);
    }
}

#[test]
fn everybody_is_said_in_words() {
    let import = Desk::new()
        .csv("日期,时间,文案,发表范围\n2026-12-01,9:00,大家好,全部\n2026-12-02,9:00,妈妈们,young-families\n");
    assert!(import.files.iter().any(|it| it.text.contains("all = true")), "{:?}", import.files);
    assert!(import.files.iter().any(|it| it.text.contains("audience = \"young-families\"")), "{:?}", import.files);
    assert_eq!(import.count(Level::Error), 0, "{:#?}", import.findings);
}

#[test]
fn texts_stay_the_texts_they_are() {
    let desk = Desk::new();
    let cell = "第一行 \r\n他说：\"好\"\\n，'''和\"\"\"";
    let import = desk.csv(&format!("日期,时间,文案,部门\n2026-12-01,9:00,\"{}\",2\n", cell.replace('"', "\"\"")));
    assert_eq!(import.count(Level::Error), 0, "{:#?} {}", import.findings, import.files[0].text);
    let campaign = &import.checked.as_ref().unwrap().result.campaigns[0];
    let shown = format!("{campaign:?}");
    assert!(shown.contains("第一行\\n他说：\\\"好\\\"\\\\n，'''和\\\"\\\"\\\""), "{shown}");
}

#[test]
fn several_sheets_need_a_choice() {
    let desk = Desk::new();
    let unknown = desk.try_import(&cases().join("plan.xlsx"), Some("十二月"), &Answers::default());
    assert!(matches!(unknown, Err(ImportError::UnknownSheet { .. })));
    let hidden = desk.try_import(&cases().join("hidden.xlsx"), Some("旧排期"), &Answers::default()).unwrap();
    assert!(hidden.posts[0].is_past);
}

#[track_caller]
fn is_refused(path: &Path, is_expected: fn(&SheetError) -> bool) {
    match Desk::new().try_import(path, None, &Answers::default()) {
        Err(ImportError::Sheet(error)) => assert!(is_expected(&error), "{}: {error:?}", path.display()),
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn hostile_files_are_refused() {
    is_refused(&cases().join("entities.xlsx"), |it| matches!(it, SheetError::Entities(_)));
    is_refused(&cases().join("outside.xlsx"), |it| matches!(it, SheetError::BadPath(_)));
    is_refused(&cases().join("password.xlsx"), |it| matches!(it, SheetError::Encrypted));
}

#[test]
fn a_far_corner_takes_no_memory() {
    finds(&Desk::new().case("far_corner.xlsx"), &[("missing-media", "D2"), ("unknown-column", "XFD1048576")]);
}

#[test]
fn a_bomb_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.xlsx");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("[Content_Types].xml", options).unwrap();
    zip.write_all(b"<Types/>").unwrap();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..200 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    assert!(fs::metadata(&path).unwrap().len() < 1 << 20);
    is_refused(&path, |it| matches!(it, SheetError::Bomb { .. }));
}

#[test]
fn files_that_only_look_like_spreadsheets() {
    let dir = tempfile::tempdir().unwrap();
    let made = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    is_refused(&made("a.xls", "<html><table><tr><td>日期".as_bytes()), |it| matches!(it, SheetError::Other(_)));
    is_refused(&made("b.xlsx", b"%PDF-1.7"), |it| matches!(it, SheetError::Other(_)));
    is_refused(&made("c.xlsx", b"PK\x03\x04 cut short"), |it| matches!(it, SheetError::Broken(_)));
    is_refused(&made("d.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut short"), |it| matches!(it, SheetError::Broken(_)));
    is_refused(&made("e.csv", b""), |it| matches!(it, SheetError::Empty));
    is_refused(&made("f.csv", b"a\0b"), |it| matches!(it, SheetError::NotASpreadsheet));
    // A text with the ending of a workbook is what it is.
    let csv = made("g.xls", "日期,时间,文案,部门\n2026-12-01,9:00,好,2\n".as_bytes());
    assert_eq!(Desk::new().try_import(&csv, None, &Answers::default()).unwrap().posts.len(), 1);
}

#[test]
fn the_command_shows_and_then_writes() {
    let desk = Desk::new();
    // The command reads the clock.
    let rows = ["围巾", "帽子", "手套", "毛衣"].map(|name| format!("2036-12-01,9:00,{name},{name}到店,2\n"));
    fs::write(desk.dir.path().join("plan.csv"), format!("日期,时间,活动,文案,部门\n{}", rows.concat())).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(desk.dir.path())
            .env_remove("DRUMBEAT_BOOK")
            .args(["import", "plan.csv", "--lang", "zh"])
            .args(args)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, shown) = run(&[]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.ends_with("还没有写入：加上 `--write` 就会写入 4 个文件。\n"), "{shown}");
    assert!(desk.files().is_empty());
    let (code, shown) = run(&["--write"]);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(desk.files().len(), 4);
    let (_, json) = run(&["--format", "json"]);
    let page: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(page["files"].as_array().unwrap().iter().filter(|it| it["action"] == "unchanged").count(), 4, "{json}");
}

/// Whether a program is there; where it is not, the test says so and passes.
#[expect(clippy::print_stderr, reason = "a test that leaves a part out says so")]
fn has(program: &str, args: &[&str]) -> bool {
    let is_there = Command::new(program).args(args).output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("{program} is not installed: not read back with it");
    }
    is_there
}

#[test]
fn the_template_imports_nothing_and_opens_elsewhere() {
    let desk = Desk::new();
    let path = desk.dir.path().join("template.xlsx");
    let output = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
        .current_dir(desk.dir.path())
        .env_remove("DRUMBEAT_BOOK")
        .args(["import", "--template", "template.xlsx", "--lang", "zh"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let import = desk.try_import(&path, None, &Answers::default()).unwrap();
    finds(&import, &[]);
    assert!(import.posts.is_empty());
    assert!(notes(&import).contains(&"第 2 行是示例：没有读取"), "{:?}", notes(&import));

    if has("python3", &["-c", "import openpyxl"]) {
        let script = "import sys, openpyxl\n\
            b = openpyxl.load_workbook(sys.argv[1])\n\
            s = b['排期']\n\
            assert [c.value for c in s[1]][:4] == ['日期', '时间', '活动', '文案'], [c.value for c in s[1]]\n\
            lists = [v.formula1 for v in s.data_validations.dataValidation if v.type == 'list']\n\
            assert len(lists) == 5, lists\n\
            names = [c.value for c in b['名单']['A']]\n\
            assert '华东门店' in names, names\n\
            assert b['日历']['A2'].value is not None\n";
        let read = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    }
    if has("soffice", &["--version"]) {
        let read = Command::new("soffice")
            .arg(format!("-env:UserInstallation=file://{}/profile", desk.dir.path().display()))
            .args(["--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir"])
            .arg(desk.dir.path())
            .arg(&path)
            .output()
            .unwrap();
        assert!(read.status.success(), "{read:?}");
        let csv = fs::read_to_string(desk.dir.path().join("template.csv")).unwrap();
        assert!(csv.replace('"', "").starts_with("日期,时间,活动,文案,图片"), "{csv}");
    }
}

#[test]
fn the_example_imports_into_the_example_book() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = Source::directory(&top.join("campaigns")).unwrap();
    let path = top.join("docs/examples/一月排期.xlsx");
    let request = Request {
        path: &path,
        sheet: None,
        ignore: &[],
        answers: &Answers::default(),
        skip_past: false,
        lang: Lang::Zh,
    };
    let import = prepare(&request, &source, &Corp::default(), now()).unwrap();
    finds(&import, &[]);
    assert_eq!((import.posts.len(), import.files.len()), (5, 4));
    assert!(notes(&import).contains(&"没写年份的日期按表里写的 2027 年读取"), "{:?}", notes(&import));
}

#[test]
fn the_chinese_encoding_of_excel_is_read() {
    let desk = Desk::new();
    let path = desk.dir.path().join("排期.csv");
    let text = "日期,时间,文案,部门\r\n12月1日（周二）,上午9点半,围巾上新,华东门店\r\n";
    fs::write(&path, encoding_rs::GB18030.encode(text).0).unwrap();
    let import = desk.try_import(&path, None, &Answers::default()).unwrap();
    finds(&import, &[]);
    assert_eq!(import.posts[0].text.as_deref(), Some("围巾上新"));
    assert!(notes(&import).iter().any(|it| it.contains("第一个读作2026年12月1日")), "{:?}", notes(&import));
}

#[test]
fn a_plan_as_a_workbook_has_the_columns_of_its_csv() {
    let dir = tempfile::tempdir().unwrap();
    let plan = |format: &str| {
        let args = ["plan", "campaigns", "--from", "2026-11-27", "--days", "7", "--lang", "zh", "--format", format];
        let output = Command::new(env!("CARGO_BIN_EXE_drumbeat"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_remove("DRUMBEAT_BOOK")
            .args(args)
            .output()
            .unwrap();
        output.stdout
    };
    let path = dir.path().join("plan.xlsx");
    fs::write(&path, plan("xlsx")).unwrap();
    let sheet = drumbeat::sheet::open(&path).unwrap().workbook.sheets.remove(0);
    let csv = String::from_utf8(plan("csv")).unwrap();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(sheet.last_row(), Some(rows.len() as u32 - 1));
    for (column, head) in rows[0].iter().enumerate() {
        let at = drumbeat::import::Position::new(0, column as u32);
        assert_eq!(sheet.cells[&at].value, drumbeat::import::Value::Text(head.to_owned()));
    }
}

/// A spreadsheet with a small picture over each of some cells; the archive says that each has `bytes` unpacked.
fn with_pictures(path: &Path, count: u32, bytes: u32) {
    let picture = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns/media/baby-saturday.png")).unwrap();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, head) in ["日期", "时间", "文案", "图片", "部门"].iter().enumerate() {
        sheet.write_string(0, column as u16, *head).unwrap();
    }
    for row in 1..=count {
        let cells = ["2026-12-01".to_owned(), "9:00".to_owned(), format!("第{row}条"), String::new(), "2".to_owned()];
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row, column as u16, cell).unwrap();
        }
        // Another ending makes another file.
        let own = [&picture[..], &row.to_be_bytes()].concat();
        sheet.insert_image(row, 3, &rust_xlsxwriter::Image::new_from_buffer(&own).unwrap()).unwrap();
    }
    let mut file = workbook.save_to_buffer().unwrap();
    let entries: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, start)| start == b"PK\x01\x02").map(|(at, _)| at).collect();
    for at in entries {
        if file[at + 46..].starts_with(b"xl/media/") {
            file[at + 24..at + 28].copy_from_slice(&bytes.to_le_bytes());
        }
    }
    fs::write(path, file).unwrap();
}

#[test]
fn pictures_are_bounded_together() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pictures.xlsx");
    let each = drumbeat::source::MEDIA_BYTES;
    let count = (1 << 30) / each + 1;
    with_pictures(&path, count as u32, each as u32);
    is_refused(&path, |it| matches!(it, SheetError::TooManyPictures { .. }));
}
