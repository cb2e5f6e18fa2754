//! Imports a spreadsheet into a book: lays the campaign files over the book as it is, checks all of it with the rules of
//! `check`, and writes every file or none.

mod cells;
mod compare;
mod media;
mod preview;
mod select;
mod template;
mod twins;
mod undated;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

pub use compare::{Action, FileChange};
pub use media::NewMedia;
pub use preview::ImportedPost;
pub use template::template;
pub use write::WriteError;

use crate::book::{Corp, Files, Policy, SourceFile, read_directory, read_policy};
use crate::finding::Level;
use crate::import::{
    self, Answers, At, AudienceResolver, CampaignFile, CellFinding, Field, Group, ImportedFile, MediaName,
    PlannedCampaign, Position, Question, Reading, Row, Sheet, Situation, find_head, groups, read_head, read_rows,
};
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::load::{CheckedBook, check_files_with};
use crate::media_index::MediaIndex;
use crate::schedule::{self, civil};
use crate::sheet::{self, SheetError};
use crate::source::{Source, SourceError};
use crate::text::{Lang, Text, UserError};

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    pub path: &'a Path,
    /// The sheet by its name, where there are several.
    pub sheet: Option<&'a str>,
    /// Columns to leave out, by their heads.
    pub ignore: &'a [String],
    /// What happens to posts of the files that are no longer in the sheet.
    pub answers: &'a Answers,
    /// Leave rows out whose time is over.
    pub skip_past: bool,
    /// The language of comments in the files, unless the policy names one.
    pub lang: Lang,
}

/// What an import would do.
#[derive(Debug)]
pub struct Import {
    pub file_name: String,
    pub sheet: Arc<str>,
    /// The number of the row below the heads, from 1.
    pub first_row: u32,
    /// In the order of the cells.
    pub findings: Vec<CellFinding>,
    pub notes: Vec<Text>,
    /// Posts of the files about which people decide, in the order of their times.
    pub questions: Vec<Question>,
    /// In the order of their paths.
    pub files: Vec<FileChange>,
    pub media: Vec<NewMedia>,
    /// In the order of their times.
    pub posts: Vec<ImportedPost>,
    /// The book with the new files laid over it; nothing where the sheet could not be read that far.
    pub checked: Option<CheckedBook>,
    opened: Option<Spreadsheet>,
}

/// The open file, from which pictures are taken.
struct Spreadsheet(sheet::Opened);

impl std::fmt::Debug for Spreadsheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spreadsheet")
    }
}

/// Why a spreadsheet cannot be imported at all.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text().get(Lang::En))]
pub enum ImportError {
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error(transparent)]
    Source(#[from] SourceError),
    UnknownSheet {
        name: String,
        known: Vec<String>,
    },
    SeveralSheets(Vec<String>),
    NoHead {
        sheets: Vec<String>,
    },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl UserError for ImportError {
    fn text(&self) -> Text {
        let list = |names: &[String]| Text::of(names.join(", "), names.join("、"));
        match self {
            Self::Sheet(error) => error.text(),
            Self::Source(error) => error.text(),
            Self::Write(error) => error.text(),
            Self::UnknownSheet { name, known } => text!(
                en: "there is no sheet `{name}`; the file has {known}",
                zh: "没有名为“{name}”的工作表；文件里有：{known}",
                known = list(known)
            ),
            Self::SeveralSheets(names) => text!(
                en: "several sheets have posts: {names}; choose one with `--sheet`",
                zh: "有好几个工作表都写了排期：{names}；请用 `--sheet` 选一个",
                names = list(names)
            ),
            Self::NoHead { sheets } => text!(
                en: "no row of heads in {sheets}: write `date` (日期), `text` (文案) and the other heads into one row; `{import}` makes a sheet with all of them",
                zh: "在{sheets}里找不到表头：请在同一行写上“日期”“文案”等表头；`{import}` 可以生成一个写好表头的表",
                sheets = list(sheets),
                import = Text::of(command("import --template FILE.xlsx"), command("import --template 文件.xlsx"))
            ),
        }
    }
}

/// Reads a spreadsheet and says what importing it into a book would do. Writes nothing.
///
/// # Errors
/// The spreadsheet or the book cannot be read, or no sheet of it has posts.
pub fn prepare(request: &Request<'_>, source: &Source, corp: &Corp, now: DateTime<Utc>) -> Result<Import, ImportError> {
    let mut opened = sheet::open(request.path)?;
    let files = source.read()?;
    let policy: Policy = files.policy.clone().map(|file| read_policy(&Arc::new(file))).unwrap_or_default();
    let zone = zone_of(&policy);
    let local_now = civil::to_local(zone, now);
    let workbook = std::mem::take(&mut opened.workbook);
    let (sheet, notes) = select::sheet(&workbook, request.sheet)?;
    let mut import = Import {
        file_name: workbook.name.clone(),
        sheet: Arc::clone(&sheet.name),
        first_row: 0,
        findings: Vec::new(),
        notes,
        questions: Vec::new(),
        files: Vec::new(),
        media: Vec::new(),
        posts: Vec::new(),
        checked: None,
        opened: None,
    };
    let Some(head_row) = find_head(sheet) else {
        return Err(ImportError::NoHead { sheets: vec![sheet.name.to_string()] });
    };
    let head = read_head(sheet, head_row, request.ignore, &mut import.findings);
    for wanted in request.ignore {
        if !head.ignored.iter().any(|(_, name)| import::is_same_head(name, wanted)) {
            import.notes.push(text!(en: "no column `{wanted}` to leave out", zh: "没有“{wanted}”这一列，不用忽略"));
        }
    }
    import.first_row = head_row + 2;
    if import.findings.iter().any(|finding| finding.code != "unknown-column") {
        // With a missing column, findings about rows would be wrong.
        return Ok(import);
    }
    let reading = Reading { today: local_now.date(), file_name: workbook.name.clone() };
    let faults_of_heads = import.findings.len();
    let rows = read_rows(sheet, &head, &reading, &mut import.findings);
    import.notes.extend(rows.notes);
    let files = files.of_corp(corp.name.as_ref());
    let directory = files.directory.clone().map(|file| read_directory(&Arc::new(file)));
    let resolver = AudienceResolver { policy: Some(&policy), directory: directory.as_ref() };
    let groups = groups(rows.rows, &resolver, &mut import.findings);
    let has_unread_rows = import.findings[faults_of_heads..]
        .iter()
        .any(|finding| finding.level == Level::Error && !finding.code.starts_with("mixed-"));
    let hidden_rows = import::groups(rows.hidden, &resolver, &mut Vec::new())
        .into_iter()
        .flat_map(|group| group.rows.into_iter().map(move |row| ((group.id.to_string(), row.due.value), row.row)))
        .collect();
    // Of a row whose audience differs from that of its campaign, the names would not be checked.
    let differing = undated::groups(mixed_audiences(&groups, &resolver), &mut Vec::new());
    let undated = undated::groups(rows.undated, &mut import.findings);
    let source_name = import::source_name(&import.file_name, &import.sheet);
    let mut found =
        media::find(groups.iter().chain(&undated), &files, source, request.path, &mut opened, &mut import.findings)?;
    let planned = groups.iter().map(|group| PlannedCampaign::of(group, &found.paths)).collect();
    // A file that people moved is theirs: an import would write it again at its own place.
    let imported = files.campaigns.iter().filter_map(ImportedFile::read);
    let in_book: Vec<ImportedFile> = imported.filter(|file| *file.path == *import::file_path(&file.id)).collect();
    let situation = Situation {
        skip_past: request.skip_past,
        resolver,
        hidden_rows,
        has_unread_rows,
        ..Situation::new(&source_name, local_now, request.answers)
    };
    let mut reconciled = import::reconcile(planned, &in_book, &situation, &mut import.findings);
    import.notes.append(&mut reconciled.notes);
    import.questions = std::mem::take(&mut reconciled.questions);
    let lang = policy.language.as_ref().and_then(|lang| lang.value.parse().ok()).unwrap_or(request.lang);
    let generated: Vec<CampaignFile> =
        reconciled.campaigns.iter().map(|campaign| import::write(campaign, lang)).collect();
    import.files = compare::files(&reconciled, &generated, &files, &mut import.findings);
    import.media = std::mem::take(&mut found.new);

    let check = |files| check_files_with(files, &found.index, source, corp, now).result.findings;
    let of_undated = undated::findings(&undated, &found, &files, &import.findings, check);
    let mut of_differing = undated::findings(&differing, &found, &files, &import.findings, check);
    of_differing.retain(|finding| head.field(finding.at.column).is_some_and(Field::is_of_audience));
    let laid_over = lay_over(files, &import.files, &import.media);
    let checked = check_files_with(laid_over, &found.index, source, corp, now);
    let sources: FileSource<'_> = in_book
        .iter()
        .flat_map(|file| file.posts.iter().map(|post| ((Arc::clone(&file.path), post.due), &**post.owner.source())))
        .collect();
    let twins = twins::find(&reconciled.campaigns, &checked, &sources, now);
    add_new(twins, &mut import.findings);
    let of_rules = cells::at_cells(&checked.result.findings, &generated, &import.findings);
    import.findings.extend(of_rules);
    import.findings.extend(of_undated);
    add_new(of_differing, &mut import.findings);
    remove_explained(&mut import.findings);
    import.findings.sort_by_key(|finding| (finding.at, std::cmp::Reverse(finding.level)));
    import.posts = preview::posts(&groups, &checked, local_now);
    import.checked = Some(checked);
    import.opened = Some(Spreadsheet(opened));
    Ok(import)
}

impl Import {
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// The questions that wait for an answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| question.answer.is_none())
    }

    /// Whether the import has no error and no open question, so that it can be written.
    pub fn is_ready(&self) -> bool {
        self.count(Level::Error) == 0 && self.unanswered().next().is_none()
    }

    /// Writes every file, or none. `book` is the book's directory.
    ///
    /// # Errors
    /// A file could not be written; what was written before is taken back.
    pub fn write(&mut self, book: &Path) -> Result<(), ImportError> {
        let opened = self.opened.as_mut().map(|it| &mut it.0);
        Ok(write::all(book, &self.files, &self.media, opened)?)
    }
}

/// The spreadsheet of each imported post, by file and time.
type FileSource<'a> = HashMap<(Arc<str>, NaiveDateTime), &'a str>;

/// The rows whose audience is not that of the first row of their campaign.
fn mixed_audiences(groups: &[Group], resolver: &AudienceResolver<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in groups {
        let Some((first, rest)) = group.rows.split_first() else { continue };
        let audience = resolver.resolve(&first.audience);
        rows.extend(rest.iter().filter(|row| resolver.resolve(&row.audience) != audience).cloned());
    }
    rows
}

/// Adds findings, but for those of a kind that their cell has already.
fn add_new(new: Vec<CellFinding>, findings: &mut Vec<CellFinding>) {
    let known: HashSet<(&str, Position)> = findings.iter().map(|finding| (finding.code, finding.at)).collect();
    let new: Vec<CellFinding> = new.into_iter().filter(|it| !known.contains(&(it.code, it.at))).collect();
    findings.extend(new);
}

/// Removes findings of which another one at the same cells is the cause.
fn remove_explained(findings: &mut Vec<CellFinding>) {
    let unknown: BTreeSet<Position> =
        findings.iter().filter(|it| it.code == "unknown-name").map(|finding| finding.at).collect();
    let twins: BTreeSet<u32> = findings
        .iter()
        .filter(|it| it.code == "twin-post")
        .flat_map(|it| it.related.iter().map(|(at, _)| at.row).chain([it.at.row]))
        .collect();
    let is_explained = |finding: &CellFinding| match finding.code {
        "mixed-audience" => {
            finding.related.iter().map(|(at, _)| at).chain([&finding.at]).any(|at| unknown.contains(at))
        }
        twins::ALLOW_CODE => twins.contains(&finding.at.row),
        _ => false,
    };
    findings.retain(|finding| !is_explained(finding));
}

/// The zone of a book: its policy's, else the default.
fn zone_of(policy: &Policy) -> Tz {
    policy.timezone.as_ref().and_then(|zone| schedule::zone(&zone.value).ok()).unwrap_or(BEIJING)
}

/// The files of the book as they would be.
fn lay_over(mut files: Files, changes: &[FileChange], media: &[NewMedia]) -> Files {
    let touched: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    files.campaigns.retain(|file| !touched.contains(&*file.path));
    let written = changes.iter().filter(|change| change.action != Action::Gone);
    files.campaigns.extend(written.map(|change| SourceFile::new(&change.path, &change.text)));
    files.campaigns.sort_by(|one, other| one.path.cmp(&other.path));
    files.media.extend(media.iter().map(|it| Arc::from(it.path.as_str())));
    files.media.sort();
    files.media.dedup();
    files
}

/// Which path of the book each picture and video of the rows has.
type MediaPaths = BTreeMap<At<MediaName>, String>;

/// The media of the rows.
#[derive(Default)]
struct FoundMedia {
    paths: MediaPaths,
    new: Vec<NewMedia>,
    index: MediaIndex,
}

/// A cell of the sheet, for messages.
pub fn cell_of(sheet: &Arc<str>, at: Position) -> String {
    import::cell_name(sheet, at)
}

/// The name of a sheet.
fn name_of(sheet: &Sheet) -> String {
    sheet.name.to_string()
}
