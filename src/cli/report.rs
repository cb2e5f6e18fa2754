//! `drumbeat report`: who has posted and who has not, and what came of it.

use std::sync::Arc;

use clap::ValueEnum;

use super::error::Result;
use super::nudge::{self, NudgeOptions};
use super::{Exit, StoreArg, book, output, service, settings};
use crate::book::read_directory;
use crate::clock::Clock;
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::load::load;
use crate::post::Names;
use crate::report::{acknowledgements, results};
use crate::run::{Run, RunId};
use crate::settings::{Flags, Settings};
use crate::source::Source;
use crate::store::{RunFilter, Store, StoreError, Wait};

/// Shows which members have posted a moment, which have not confirmed it yet, and what came of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat report spring-launch                     every run of the campaign
  drumbeat report spring-launch@2026-03-02T09:00 --format csv
  drumbeat report --by campaign                     customers reached, likes and comments
  drumbeat report spring-launch --by content --format xlsx > contents.xlsx
  drumbeat report --save                            results.toml of the book, for reviewers; commit it
  drumbeat report spring-launch@2026-03-02T09:00 --nudge     shows who has not posted it, asks, and reminds them

Members confirm a moment one by one, and only then customers see it. The service asks WeCom about
it for three days, and counts customers, likes and comments after 1, 3 and 7 days.

--nudge sends a message of the app (`agentid` in the service file) to members who have not posted
the run, each at most twice. Without a terminal it only shows them, unless told --yes.")]
pub(super) struct Args {
    /// A campaign's id, title or file, or a run as `history` names it; with --by, all campaigns if left out
    #[arg(value_name = "CAMPAIGN|RUN", required_unless_present_any = ["by", "save"])]
    what: Option<String>,
    /// Adds customers reached, likes and comments up, as last counted
    #[arg(long, value_enum, value_name = "GROUP")]
    by: Option<By>,
    /// Writes the last three results of each campaign to results.toml in the book, for reviewers: counts only
    #[arg(long, conflicts_with_all = ["what", "by", "nudge", "format"])]
    save: bool,
    /// Reminds the members who have not posted the run, by a message of the app; shows them and asks first
    #[arg(long, conflicts_with = "by")]
    nudge: bool,
    /// Do not ask
    #[arg(long, requires = "nudge")]
    yes: bool,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL", requires = "nudge")]
    wecom_url: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    Run,
    Campaign,
    /// The content of a rotation
    Content,
    Department,
    Member,
    Month,
    /// The weekday of the post
    Weekday,
    /// The hour of the post
    Hour,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; stable
    Json,
    /// One line a member, or a group
    Csv,
    /// A table for a page or a comment
    Markdown,
    /// A workbook, with --by
    Xlsx,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    if args.nudge {
        let format = match args.format {
            Format::Human => super::Format::Human,
            Format::Json => super::Format::Json,
            _ => fail!(en: "--nudge is written as human or json", zh: "`--nudge` 只有 `human` 和 `json` 两种格式"),
        };
        let (run, yes, sandbox) = (args.what.unwrap_or_default(), args.yes, args.store.sandbox);
        let options = NudgeOptions { run, yes, sandbox, format };
        return nudge::run(&options, Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags });
    }
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let store = service::existing_store(&settings)?;
    if args.save {
        return save(&store, &settings);
    }
    let runs = match &args.what {
        Some(what) => runs(&store, &settings, what)?,
        None => store.runs(&RunFilter::default()).wait()?,
    };
    match args.by {
        Some(by) => write_results(&store, runs, by.into(), args.format, &settings)?,
        None => write_acknowledgements(&store, runs, args.format)?,
    }
    Ok(Exit::Clean)
}

/// Writes the last results of the book's campaigns into the book.
fn save(store: &Store, settings: &Settings) -> Result<Exit> {
    if settings.shares_book() {
        fail!(
            en: "several corps share this book, and `results.toml` has the results of one: give the corp a book of its own",
            zh: "这个活动目录由几家企业共用，而 `results.toml` 只能存一家的效果：请给这家企业单独的活动目录"
        );
    }
    let Some(corp) = settings.corp() else {
        fail!(en: "the corp is not set: DRUMBEAT_CORP_ID", zh: "没有设置企业：`DRUMBEAT_CORP_ID`")
    };
    let loaded = load(&book::open(settings)?, &service::corp(settings))?;
    let mut entries = Vec::new();
    for campaign in &loaded.result.campaigns {
        let filter =
            RunFilter { corp: Some(corp.clone()), campaign: Some(campaign.id.clone()), ..RunFilter::default() };
        let mut posted: Vec<Run> =
            store.runs(&filter).wait()?.into_iter().filter(|run| run.state.is_posted()).collect();
        posted.sort_by_key(|run| std::cmp::Reverse(run.due));
        posted.truncate(results::MAX_POSTS);
        for run in posted {
            let sweeps = store.sweeps(&run).wait()?;
            entries.push(results::Entry { run, sweeps });
        }
    }
    let today = Clock::System.now().with_timezone(&BEIJING).date_naive();
    book::write(&settings.book(), "results.toml", results::toml(&corp.0, today, entries))?;
    Ok(Exit::Clean)
}

fn write_acknowledgements(store: &Store, runs: Vec<Run>, format: Format) -> Result<()> {
    let entry = |run: Run| {
        let (progress, members) = store.acks(&run).wait()?;
        let nudges = store.nudges(&run).wait()?;
        Ok::<_, StoreError>(acknowledgements::Entry { run, progress, members, nudges })
    };
    let entries: Vec<_> = runs.into_iter().map(entry).collect::<std::result::Result<_, _>>()?;
    let lang = output::lang();
    output::result(&match format {
        Format::Human => acknowledgements::human(&entries, output::width(), lang),
        Format::Json => acknowledgements::json(&entries, lang)?,
        Format::Csv => acknowledgements::csv(&entries, lang),
        Format::Markdown => acknowledgements::markdown(&entries, lang),
        Format::Xlsx => {
            fail!(
                en: "--format xlsx needs --by: `{report}`",
                zh: "`--format xlsx` 要和 `--by` 一起用：`{report}`",
                report = command("report --by run --format xlsx")
            );
        }
    })
}

fn write_results(store: &Store, runs: Vec<Run>, by: results::By, format: Format, settings: &Settings) -> Result<()> {
    let entry = |run: Run| store.sweeps(&run).wait().map(|sweeps| results::Entry { run, sweeps });
    let posted = runs.into_iter().filter(|run| run.state.is_posted());
    let entries: Vec<_> = posted.map(entry).collect::<std::result::Result<_, _>>()?;
    let (groups, lang) = (results::groups(&entries, by, &names(settings)), output::lang());
    output::result(&match format {
        Format::Human => results::human(&groups, output::width(), lang),
        Format::Json => results::json(&groups, by, lang)?,
        Format::Csv => results::csv(&groups, lang),
        Format::Markdown => results::markdown(&groups, lang),
        Format::Xlsx => {
            output::bytes(&results::xlsx(&groups, lang)?)?;
            String::new()
        }
    })
}

/// The names of departments in the current book; without one, ids are shown.
fn names(settings: &Settings) -> Names {
    let corp = settings.corp_name().filter(|_| settings.shares_book());
    let directory = Source::directory(&settings.book()).ok().and_then(|source| source.directory_file(corp));
    directory.map(|file| read_directory(&Arc::new(file)).names()).unwrap_or_default()
}

impl From<By> for results::By {
    fn from(by: By) -> Self {
        match by {
            By::Run => Self::Run,
            By::Campaign => Self::Campaign,
            By::Content => Self::Content,
            By::Department => Self::Department,
            By::Member => Self::Member,
            By::Month => Self::Month,
            By::Weekday => Self::Weekday,
            By::Hour => Self::Hour,
        }
    }
}

fn runs(store: &Store, settings: &Settings, what: &str) -> Result<Vec<Run>> {
    if what.contains('@') {
        let id: RunId = what.parse()?;
        let found = store.runs_named(&id).wait()?;
        if found.is_empty() {
            fail!(en: "run {id} not found in this store: `{history}` lists all runs", zh: "记录库里没有发表记录 {id}：`{history}` 会列出所有记录", history = command("history"));
        }
        return Ok(found);
    }
    let id = service::campaign_named(store, settings, what)?;
    let found = store.runs(&RunFilter { campaign: Some(id), ..RunFilter::default() }).wait()?;
    if found.is_empty() {
        fail!(en: "`{what}` has no runs in this store: `{history}` lists all runs", zh: "记录库里没有 `{what}` 的发表记录：`{history}` 会列出所有记录", history = command("history"));
    }
    Ok(found)
}
