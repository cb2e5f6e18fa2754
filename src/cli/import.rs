//! `drumbeat import`: a spreadsheet becomes campaign files.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::error::{Context as _, Result};
use super::{BookArg, Exit, Format, book, findings_in_short, output, service, settings, signals, time, use_lang_of};
use crate::check::calendar;
use crate::clock::Clock;
use crate::import::{Answers, MovedAnswer, RemovedAnswer};
use crate::importer::{self, Import, ImportError, Request};
use crate::load::load;
use crate::report;
use crate::schedule::civil;
use crate::settings::Flags;
use crate::sheet;
use crate::text::Text;

/// Makes campaign files of a spreadsheet: shows what would be written, and writes it with --write
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat import plan.xlsx                        what would be written, and every fault at its cell
  drumbeat import plan.xlsx --write                write it, all or nothing
  drumbeat import plan.xlsx --sheet December       one of several sheets
  drumbeat import --template plan.xlsx             a spreadsheet to fill in
  drumbeat import plan.csv --ignore Status         leave a column out
  drumbeat import plan.xlsx --write --removed delete
                                                   no longer post what is not in the sheet any more
  drumbeat import plan.xlsx --write --removed keep --removed \"delete=Member day 12-15\"
                                                   post it all the same, but for one post
  drumbeat import plan.xlsx --write --moved move   what has another time in the sheet moves there
  drumbeat import plan.xlsx --skip-past            leave rows out whose time is over

xlsx, xls, ods and csv (UTF-8 or GB18030) are read. One row is one post; rows of the same campaign
become one campaign file. Importing a corrected sheet again changes the files and adds no twins.
A post that is still to come leaves the files only after you have said so with --removed or --moved:
it may be missing in the sheet, at another time, or of another sheet. Each is listed with its answers.

Exit codes: 0 nothing wrong, 1 something has to be corrected or decided first, 2 the sheet or the
book could not be read.")]
pub(super) struct Args {
    /// The spreadsheet; with --template, the book
    #[arg(value_name = "SHEET", required_unless_present = "template")]
    path: Option<PathBuf>,
    #[command(flatten)]
    book: BookArg,
    /// Write the files; without it they are only shown
    #[arg(long)]
    write: bool,
    /// The sheet to read, where the file has several
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Leave a column out, by its head; may be given several times
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// What to do with posts of the files that are no longer in the sheet: `delete`, or `keep` to post them all the
    /// same. `delete=NAME` answers for one campaign, post (`delete=Member day 12-15`), file or sheet; may be given
    /// several times
    #[arg(long, value_name = "ACTION[=NAME]")]
    removed: Vec<RemovedAnswer>,
    /// What to do with posts that the sheet has at another time: `move`, or `both` to post at both times. `move=NAME`
    /// answers for one campaign or post; may be given several times
    #[arg(long, value_name = "ACTION[=NAME]")]
    moved: Vec<MovedAnswer>,
    /// Give the posts of a campaign that came from other sheets the audience of this one; may be given several times
    #[arg(long, value_name = "CAMPAIGN")]
    same_audience: Vec<String>,
    /// This sheet is a new version of another one, by its file name; may be given several times
    #[arg(long, value_name = "SHEET")]
    replaces: Vec<String>,
    /// Leave rows out whose time is over; without it they are errors
    #[arg(long)]
    skip_past: bool,
    /// Write a spreadsheet to fill in: heads, an example, drop-downs out of the book, and the days to come
    #[arg(long, value_name = "FILE", conflicts_with_all = ["write", "sheet", "ignore", "removed", "moved", "same_audience", "replaces", "skip_past", "format"])]
    template: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let (sheet, book) = match (&args.template, args.path.clone()) {
        (Some(file), book) => return write_template(file, BookArg { book: args.book.book.or(book) }, flags),
        (None, Some(sheet)) => (sheet, args.book.clone()),
        (None, None) => fail!(en: "name the spreadsheet", zh: "请写上表格的文件名"),
    };
    let settings = settings(book.into_flags(flags)?)?;
    let source = book::open(&settings)?;
    if let Ok(files) = source.read()
        && let Some(policy) = files.policy
    {
        use_lang_of(&crate::book::read_policy(&policy.into()), &settings);
    }
    let removed = args.removed.into_iter().map(|RemovedAnswer(answer)| answer);
    let named = removed.chain(args.moved.into_iter().map(|MovedAnswer(answer)| answer));
    let answers = Answers { same_audience: args.same_audience, replaces: args.replaces, ..named.collect::<Answers>() };
    let request = Request {
        path: &sheet,
        sheet: args.sheet.as_deref(),
        ignore: &args.ignore,
        answers: &answers,
        skip_past: args.skip_past,
        lang: output::lang(),
    };
    let prepared = importer::prepare(&request, &source, &service::corp(&settings), Clock::System.now());
    let mut import = match prepared {
        // The other errors name what they are about.
        Err(error @ ImportError::Sheet(_)) => return Err(error).context(|| Text::quoted(sheet.display().to_string())),
        prepared => prepared?,
    };
    let is_written = args.write && import.is_ready();
    if is_written {
        write(&mut import, &settings.book())?;
    }
    let lang = output::lang();
    match args.format {
        Format::Json => output::result(&report::import::json(&import, is_written, lang)?)?,
        Format::Human => {
            output::coloured(&report::import::findings(&import, lang))?;
            output::result(&report::import::summary(&import, is_written, output::width(), lang))?;
            if let Some(checked) = &import.checked {
                note_others(&import, checked);
            }
        }
    }
    Ok(if import.is_ready() { Exit::Clean } else { Exit::Found })
}

/// Writes a spreadsheet to fill in. One that is there is never overwritten: somebody may have filled it in.
fn write_template(file: &Path, book: BookArg, flags: Flags) -> Result<Exit> {
    let settings = settings(book.into_flags(flags)?)?;
    let loaded = load(&book::open(&settings)?, &service::corp(&settings))?;
    use_lang_of(&loaded.book.policy, &settings);
    let today = civil::to_local(time::zone_of(&loaded), Clock::System.now()).date();
    let template = importer::template(&loaded.book, &calendar(&loaded.book), today, output::lang());
    let bytes = sheet::template(&template)?;
    let shown = file.display();
    if !file.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx")) {
        fail!(en: "{shown}: the name of the template ends with `.xlsx`", zh: "{shown}：模板的文件名要以 `.xlsx` 结尾");
    }
    let writing = || text!(en: "cannot write {shown}", zh: "无法写入 {shown}");
    match OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(mut file) => file.write_all(&bytes).context(writing)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fail!(en: "{shown} already exists: choose another name", zh: "{shown} 已经存在：请换一个文件名")
        }
        Err(error) => return Err(error).context(writing),
    }
    output::result(&format!("{shown}\n"))?;
    Ok(Exit::Clean)
}

/// Says that the book has findings elsewhere.
fn note_others(import: &Import, checked: &crate::load::CheckedBook) {
    if checked.result.findings.len() > import.findings.len() {
        findings_in_short(checked);
    }
}

/// Writes the files. Ctrl-C does not stop it in the middle: it takes a moment, and ends with all or nothing.
fn write(import: &mut Import, book: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _held = runtime.block_on(async { signals::stop_on_signal() })?;
    Ok(import.write(book)?)
}
