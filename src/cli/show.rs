//! `drumbeat show RUN`: everything about one run.

use std::sync::Arc;

use super::error::Result;
use super::{Exit, Format, StoreArg, output, service, settings};
use crate::book::{SourceFile, read_campaign};
use crate::escape;
use crate::invocation::command;
use crate::post::Names;
use crate::report::reminders;
use crate::report::runs::{self, Origin};
use crate::run::{Run, RunId};
use crate::settings::{Flags, Settings};
use crate::source::{Source, commit_in_words};
use crate::store::{Nudge, Wait};
use crate::text::{Lang, Text};

/// Shows everything about one run: what was posted, to whom, and every step with its time
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat show spring-launch@2026-03-02T09:00")]
pub(super) struct Args {
    /// The run, as `history` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    store: StoreArg,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let id: RunId = args.run.parse()?;
    let store = service::existing_store(&settings)?;
    let found = store.runs_named(&id).wait()?;
    if found.is_empty() {
        fail!(en: "run {id} not found in this store: `{history}` lists all runs", zh: "记录库里没有发表记录 {id}：`{history}` 会列出所有记录", history = command("history"));
    }
    let holds = store.holds().wait()?;
    let lang = output::lang();
    for run in &found {
        output::result(&match args.format {
            Format::Human => {
                let hold = run.hold.and_then(|id| holds.iter().find(|hold| hold.id == id));
                let (origin, names) = origin(run, &settings);
                let nudges = store.nudges(run).wait()?;
                runs::whole(run, &store.log(run).wait()?, &origin, hold, &names, lang) + &reminded(&nudges, run, lang)
            }
            Format::Json => runs::json(std::slice::from_ref(run), lang)?,
        })?;
    }
    Ok(Exit::Clean)
}

/// When members were reminded; empty if they were not.
fn reminded(nudges: &[Nudge], run: &Run, lang: Lang) -> String {
    let lines = reminders::of_run(nudges, &run.zone);
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| format!("  {}\n", line.get(lang))).collect();
    let title = text!(en: "reminders of members", zh: "提醒成员");
    escape::terminal_lines(&format!("\n{}\n{lines}", title.get(lang)))
}

/// What git knows of a run, and the names of its ids.
pub(super) fn origin(run: &Run, settings: &Settings) -> (Origin, Names) {
    let posted_from = service::posted_from(settings, run);
    let origin = Origin {
        commit: run.commit.as_deref().and_then(|commit| in_words(commit, settings)).map(Text::quoted),
        file: posted_from.as_ref().and_then(|source| file_of(run, source)),
    };
    (origin, service::names(settings, run, posted_from.as_ref()))
}

/// The file of a run's campaign, with its last commit.
fn file_of(run: &Run, source: &Source) -> Option<Text> {
    let files = source.read().ok()?;
    let is_its = |file: &SourceFile| {
        let parsed = read_campaign(&Arc::new(file.clone()));
        parsed.id.is_some_and(|id| id.value == run.campaign.as_str())
    };
    let file = files.campaigns.into_iter().find(is_its)?;
    let path = &file.path;
    Some(match source.last_change(path) {
        Some(commit) => text!(en: "{path}, last changed in {commit}", zh: "{path}，最后一次修改：{commit}"),
        None => Text::quoted(&**path),
    })
}

/// A commit in words, from the clone of the watched repository or the repository around the book.
fn in_words(commit: &str, settings: &Settings) -> Option<String> {
    let clone = service::clone_beside(&settings.store().ok()?);
    let from = |dir: &std::path::Path| dir.is_dir().then(|| commit_in_words(dir, commit)).flatten();
    from(&clone).or_else(|| from(&settings.book()))
}
