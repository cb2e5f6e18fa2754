//! `drumbeat check`: reports all problems of all files in one run.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use clap::ValueEnum;

use super::error::{Context, Result};
use super::{BookArg, Exit, book, directory, output, service, settings, use_lang_of};
use crate::book::{Corp, Files, MAX_FILE_BYTES, SourceFile, read_directory};
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::finding::{Finding, Level};
use crate::invocation::command;
use crate::load::{CheckedBook, check_files};
use crate::parallel;
use crate::plural;
use crate::report::findings::{Report, concise, github, gitlab, human, json, junit, sarif};
use crate::report::plan::cells::list_and_more;
use crate::settings::{Flags, Settings};
use crate::source::Source;
use crate::text::{Text, when};

/// Finds every problem of every file; needs no account and no network
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat check                         the book in campaigns/
  drumbeat check campaigns/spring.toml   one file, checked as a part of its book
  drumbeat check - < draft.toml          a file that is not saved yet
  drumbeat check --format github         annotations in a pull request
  drumbeat check --online                compares names and ids with WeCom

Exit codes: 0 no errors, 1 something was found, 2 the book could not be read.
Warnings alone end with 0 unless --deny-warnings is given.
`drumbeat explain RULE` describes a rule.
Only --online needs an account: set DRUMBEAT_CORP_ID and
DRUMBEAT_CORP_SECRET_FILE (or DRUMBEAT_CORP_SECRET).")]
pub(super) struct Args {
    /// The directory with the campaign files, or some of its files; - reads one file from stdin [default: campaigns]
    #[arg(value_name = "BOOK|FILE")]
    paths: Vec<PathBuf>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Exit with code 1 for warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// Ask WeCom for the current members, departments and tags, and use them instead of directory.toml
    #[arg(long)]
    online: bool,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL", requires = "online")]
    wecom_url: Option<String>,
    /// The path of the file on stdin; the file need not exist yet
    #[arg(long, value_name = "FILE")]
    stdin_name: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: the lines, carets under the place, what to do
    #[default]
    Human,
    /// One line a finding
    Concise,
    /// For programs; stable
    Json,
    /// GitHub's workflow commands
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit's XML
    Junit,
}

/// The files to check.
struct Request {
    source: Source,
    files: Files,
    /// The files to show, by their paths from the book's top; `None` shows all.
    only: Option<BTreeSet<String>>,
    /// The book's top as the user wrote it.
    top: PathBuf,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let flags = match args.paths.as_slice() {
        [top] if top.is_dir() => BookArg { book: Some(top.clone()) }.into_flags(flags)?,
        _ => flags,
    };
    let settings = settings(Flags { wecom_url: args.wecom_url.clone(), ..flags })?;
    let request = read_request(&args, &settings)?;
    if request.files.campaigns.is_empty() && request.files.skipped.is_empty() {
        return Err(book::no_campaign_file(&request.top));
    }
    book::refuse_without_corp(&request.files, &settings)?;
    let corp = if args.online { live(&settings)? } else { service::corp(&settings) };
    let now = Clock::System.now();
    let loaded = check_files(request.files, &request.source, &corp, now);
    use_lang_of(&loaded.book.policy, &settings);
    let shows = |file: &str| request.only.as_ref().is_none_or(|only| only.contains(file));
    // Reports in a pull request name files from the top of the repository.
    let from = match args.format {
        Format::Github | Format::Gitlab | Format::Sarif => repository(),
        _ => std::env::current_dir().ok(),
    };
    let report =
        Report::new(&loaded.book, &loaded.result.findings, &relative_to(from, &request.top), output::lang(), shows);
    write(&args, &report, &settings)?;
    print_notes(&loaded, now, shows);
    let fails = report.count(Level::Error) > 0 || (args.deny_warnings && report.count(Level::Warning) > 0);
    Ok(if fails { Exit::Found } else { Exit::Clean })
}

fn write(args: &Args, report: &Report<'_>, settings: &Settings) -> Result<()> {
    match args.format {
        Format::Human => output::coloured(&human::write(report)),
        Format::Concise => output::result(&concise::write(report)),
        Format::Json => output::result(&json::write(report)?),
        Format::Gitlab => output::result(&gitlab::write(report)?),
        Format::Sarif => output::result(&sarif::write(report)?),
        Format::Junit => output::result(&junit::write(report, args.deny_warnings)),
        Format::Github => {
            if let Some(path) = settings.github_summary() {
                append(&path, &github::summary(report))?;
            }
            output::result(&github::commands(report))
        }
    }
}

fn append(path: &Path, text: &str) -> Result<()> {
    let opened = fs::OpenOptions::new().append(true).create(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    let path = path.display();
    written.context(|| text!(en: "failed to write the step summary {path}", zh: "无法写入步骤摘要 {path}"))
}

/// Prints facts that the shown findings do not contain.
fn print_notes(loaded: &CheckedBook, now: DateTime<Utc>, shows: impl Fn(&str) -> bool) {
    // An error in a hidden file can hold campaigns that are shown.
    let is_hidden = |file: &SourceFile| {
        let is_error = |it: &Finding| it.level == Level::Error && it.place.file == file.path;
        !shows(&file.path) && loaded.result.findings.iter().any(is_error)
    };
    if loaded.book.policy.file.as_ref().is_some_and(|file| is_hidden(file)) {
        output::print_info(text!(
            en: "policy.toml has an error, which may hold every campaign of this book: check the whole book",
            zh: "`policy.toml` 有错误，可能会暂停这个活动目录里的所有活动：请检查整个目录"
        ));
    }
    let directory = loaded.book.directory.as_ref();
    if directory.is_some_and(|it| is_hidden(&it.file)) {
        output::print_info(text!(
            en: "directory.toml has an error, so that no campaign that uses names is posted: check the whole book",
            zh: "`directory.toml` 有错误，用到名称的活动都不会发表：请检查整个目录"
        ));
    }
    let shown: Vec<&Arc<Campaign>> = loaded.result.campaigns.iter().filter(|it| shows(&it.file)).collect();
    notes_on_time(&shown, now).into_iter().for_each(output::print_info);
    if let Some(now) = &loaded.book.corp.now {
        let (senders, departments, tags) = (now.senders.len(), now.departments.len(), now.tags.len());
        output::print_info(text!(
            en: "WeCom shows the app {senders} senders, {departments} departments and {tags} tags",
            zh: "应用在企业微信里能看到 {senders} 个可发表成员、{departments} 个部门、{tags} 个客户标签"
        ));
        if directory.is_none() {
            output::print_info(text!(
                en: "the book has no directory.toml: `{directory}` writes it, and then campaigns can use names",
                zh: "活动目录里没有 `directory.toml`：先运行 `{directory}` 生成它，活动文件里就可以写名称了", directory = command("directory pull")));
        }
    }
}

/// The first few of some campaigns by id, and how many more there are.
fn ids(campaigns: &[&Arc<Campaign>]) -> Text {
    const MAX_NAMED: usize = 5;
    let named: Vec<Text> = campaigns.iter().take(MAX_NAMED).map(|it| Text::quoted(it.id.as_str())).collect();
    list_and_more(&named, campaigns.len() - named.len())
}

/// What time alone changes. None of it is a finding: a check must not fail because time passes.
fn notes_on_time(campaigns: &[&Arc<Campaign>], now: DateTime<Utc>) -> Vec<Text> {
    let ends = parallel::map(campaigns, |campaign| {
        let schedule = campaign.timing.schedule.expand();
        let unknown = schedule.first_unknown_after(now);
        (schedule.ended_by(now), unknown.map(|unknown| unknown.due_local(schedule.zone()).date()))
    });
    let (mut over, mut unknown, mut first) = (Vec::new(), Vec::new(), None);
    for (&campaign, (is_over, unknown_day)) in campaigns.iter().zip(ends) {
        if is_over {
            over.push(campaign);
        }
        if let Some(day) = unknown_day {
            unknown.push(campaign);
            first = Some(first.map_or(day, |first: NaiveDate| first.min(day)));
        }
    }
    let over = (!over.is_empty()).then(|| over_note(&over));
    over.into_iter().chain(first.map(|first| unknown_days_note(&unknown, first))).collect()
}

/// The campaigns that ask for workdays beyond the end of the calendar. The notice for a year comes weeks before it
/// begins, and `past-calendar` warns when it becomes urgent.
fn unknown_days_note(unknown: &[&Arc<Campaign>], first: NaiveDate) -> Text {
    let count = unknown.len();
    let (campaigns, verb) = campaigns_are(count);
    text!(
        en: "{campaigns} {verb} held from {date} on unless the calendar learns the workdays of that year: `{explain}` shows how ({named})",
        zh: "有 {count} 个活动要查放假日历，而日历还没有那一年的安排：从{date}起会暂停。放假安排公布后请加进日历，写法见 `{explain}`（{named}）",
        date = when::date(first),
        explain = command("explain past-calendar"),
        named = ids(unknown)
    )
}

/// The campaigns whose times are all past.
fn over_note(over: &[&Arc<Campaign>]) -> Text {
    let count = over.len();
    let (campaigns, verb) = campaigns_are(count);
    text!(
        en: "{campaigns} {verb} over: all times are past, and nothing more is posted ({named})",
        zh: "{count} 个活动的时间都已经过去，不会再发（{named}）",
        named = ids(over)
    )
}

fn campaigns_are(count: usize) -> (String, &'static str) {
    (plural::count(count, "campaign"), if count == 1 { "is" } else { "are" })
}

/// The corp, with its current lists from WeCom.
fn live(settings: &Settings) -> Result<Corp> {
    let text = directory::fetch(settings)?.text;
    let now = read_directory(&Arc::new(SourceFile::new("directory.toml", &text)));
    Ok(Corp { now: Some(Arc::new(now)), ..service::corp(settings) })
}

/// Reads the files that the arguments name.
fn read_request(args: &Args, settings: &Settings) -> Result<Request> {
    let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
    if let [book] = args.paths.as_slice()
        && !is_stdin(book)
        && !book.is_file()
    {
        return whole(Source::directory(book)?, book);
    }
    if args.paths.is_empty() {
        return whole(book::open(settings)?, &settings.book());
    }
    let stdin = args.paths.iter().any(is_stdin);
    if stdin && args.paths.len() > 1 {
        fail!(en: "`-` stands alone: stdin is one file", zh: "`-` 只能单独使用：标准输入只是一个文件");
    }
    if !stdin && args.stdin_name.is_some() {
        fail!(en: "--stdin-name belongs to `-`, a file on stdin", zh: "`--stdin-name` 要和 `-`（标准输入）一起使用");
    }
    let named = if stdin { args.stdin_name.clone().into_iter().collect() } else { args.paths.clone() };
    let top = book_root_of(&named, settings)?;
    let source = Source::directory(&top)?;
    let mut files = source.read()?;
    let only = if stdin {
        let path = match named.first() {
            Some(name) => within(&top, name)?,
            None => "stdin.toml".to_owned(),
        };
        put(&mut files, SourceFile { path: path.as_str().into(), text: Ok(from_stdin()?) });
        BTreeSet::from([path])
    } else {
        named.iter().map(|path| within(&top, path)).collect::<Result<_>>()?
    };
    for path in &only {
        let is_there = files
            .campaigns
            .iter()
            .chain(&files.policy)
            .chain(&files.directory)
            .chain(files.corp_directories.values())
            .any(|file| *file.path == **path);
        if !is_there && !files.skipped.iter().any(|trouble| *trouble.path == **path) {
            let top = top.display();
            fail!(
                en: "`{path}` is neither a campaign file nor the policy of the book `{top}`",
                zh: "`{path}` 既不是活动文件，也不是活动目录 `{top}` 的公共设置"
            );
        }
    }
    Ok(Request { source, files, only: Some(only), top })
}

fn whole(source: Source, book: &Path) -> Result<Request> {
    let mut files = source.read()?;
    book::note_link(&mut files, book);
    Ok(Request { files, source, only: None, top: book.to_owned() })
}

/// The book of single files: the one of the settings if it contains them, else the nearest directory above with a
/// policy, else their own directory.
fn book_root_of(named: &[PathBuf], settings: &Settings) -> Result<PathBuf> {
    let usual = settings.book();
    let Some(first) = named.first() else { return Ok(usual) };
    let first = real(first)?;
    if real(&usual).is_ok_and(|usual| first.starts_with(usual)) {
        return Ok(usual);
    }
    let above = || first.ancestors().skip(1);
    let top = above().find(|dir| dir.join("policy.toml").is_file()).or_else(|| above().next());
    Ok(top.map_or(usual, Path::to_owned))
}

/// A path without symbolic links before the file name; the file need not exist.
fn real(path: &Path) -> Result<PathBuf> {
    let shown = path.display();
    let not_found = || text!(en: "`{shown}` not found", zh: "找不到 `{shown}`");
    if path.is_dir() {
        return path.canonicalize().context(not_found);
    }
    let Some(name) = path.file_name() else { return Err(not_found().into()) };
    let dir = path.parent().filter(|dir| *dir != Path::new("")).unwrap_or(Path::new("."));
    Ok(dir.canonicalize().context(not_found)?.join(name))
}

/// A file's path from the book's top.
fn within(top: &Path, file: &Path) -> Result<String> {
    let (top, real) = (real(top)?, real(file)?);
    let Ok(inside) = real.strip_prefix(&top) else {
        let (file, top) = (file.display(), top.display());
        fail!(
            en: "`{file}` does not belong to the book `{top}`: one book at a time",
            zh: "`{file}` 不属于活动目录 `{top}`：一次只能检查一个活动目录"
        );
    };
    Ok(parts(inside))
}

/// A path with `/` between its parts on every system.
fn parts(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn from_stdin() -> Result<Arc<str>> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.context(|| text!(en: "failed to read stdin", zh: "无法读取标准输入"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        fail!(
            en: "stdin has more than {MAX_FILE_BYTES} bytes: that is not a campaign file",
            zh: "标准输入超过 {MAX_FILE_BYTES} 字节，不是活动文件"
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => fail!(en: "stdin is not UTF-8", zh: "标准输入不是 UTF-8 编码"),
    }
}

/// Replaces the file that has the same path, or adds it.
fn put(files: &mut Files, file: SourceFile) {
    match &*file.path {
        "policy.toml" => files.policy = Some(file),
        "directory.toml" => files.directory = Some(file),
        path if files.corp_directories.values().any(|known| *known.path == *path) => {
            files
                .corp_directories
                .values_mut()
                .filter(|known| known.path == file.path)
                .for_each(|known| *known = file.clone());
        }
        _ => {
            files.campaigns.retain(|other| other.path != file.path);
            files.campaigns.push(file);
        }
    }
}

/// The book's top relative to a place; empty for the place itself. Symbolic links are kept.
fn relative_to(place: Option<PathBuf>, top: &Path) -> String {
    let written = place.as_ref().and_then(|place| Some((place, std::path::absolute(top).ok()?)));
    let is_plain = !top.components().any(|part| matches!(part, Component::ParentDir));
    if let Some(inside) = written.as_ref().and_then(|(place, top)| top.strip_prefix(place).ok())
        && is_plain
    {
        return parts(inside);
    }
    let place = place.and_then(|place| place.canonicalize().ok());
    match (place, top.canonicalize()) {
        (Some(place), Ok(real)) => match real.strip_prefix(&place) {
            Ok(inside) => parts(inside),
            Err(_) => top.display().to_string(),
        },
        _ => top.display().to_string(),
    }
}

/// The top of the current git repository, or else the working directory.
fn repository() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_owned).or(Some(here))
}
