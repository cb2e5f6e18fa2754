//! The command line: one file per command. A command reads its arguments, calls an operation and prints the result.

#[macro_use]
mod error;
mod check;
mod console;
mod plan;
mod review;
mod preview;
mod site;
mod rehearse;
mod run;
mod run_corps;
mod post;
mod progress;
mod history;
mod show;
mod hold;
mod settle;
mod store;
mod cancel;
mod sandbox;
mod new;
mod nudge;
mod import;
mod schema;
mod explain;
mod help;
mod usage_error;
mod backup;
mod book;
mod corps;
mod descriptors;
mod directory;
mod doctor;
mod report;
mod service;
mod startup;
mod tenant;
mod audience;
mod background;
mod signals;
mod log;
mod open_store;
mod output;
mod time;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, FromArgMatches, Parser, Subcommand, ValueEnum};

use book::BookArg;
use error::Result;

use crate::book::Policy;
use crate::finding::Level;
use crate::invocation::{self, Invocation, command};
use crate::load::CheckedBook;
use crate::plural::count;
use crate::schedule::ZONE_DATA;
use crate::settings::{Flags, Settings, lang_before_parsing};
use crate::text::{Lang, Text};

/// The default store of `--sandbox`.
const SANDBOX_FILE: &str = "drumbeat-sandbox.db";

/// The exit codes of all commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: clean.
    Clean,
    /// 1: there are findings, or a post failed.
    Found,
    /// 2: the command failed: a bad option, an unreadable file, no store.
    Unable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Found => Self::from(1),
            Exit::Unable => Self::from(2),
        }
    }
}

/// The order in help of the options that all commands share: after the command's own, before `--help`.
const EVERY_COMMAND: usize = 900;

/// Posts WeCom customer moments (客户朋友圈) that are defined in TOML files in git.
#[derive(Debug, Parser)]
#[command(name = "drumbeat", version = version(Lang::En), propagate_version = true, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  drumbeat check campaigns          every problem of every file
  drumbeat plan                     what will be posted when, and to whom
  drumbeat rehearse                 simulates the next 7 days, without an account
  drumbeat run campaigns            the service
  drumbeat history --days 7         what happened

Exit codes: 0 clean, 1 something was found or went wrong with a post, 2 the job could not be done.")]
struct Cli {
    /// When to use colour; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = clap::ColorChoice::Auto,
        value_name = "WHEN",
        display_order = EVERY_COMMAND
    )]
    color: clap::ColorChoice,

    /// The service file (TOML); the command line and the environment override its settings
    #[arg(long, global = true, value_name = "FILE", display_order = EVERY_COMMAND)]
    config: Option<PathBuf>,

    /// The book: the directory with the campaign files [default: campaigns]
    #[arg(long, global = true, value_name = "BOOK", display_order = EVERY_COMMAND)]
    book: Option<PathBuf>,

    /// The language of the output [default: that of the service file, the book or the locale]
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = lang_parser(), display_order = EVERY_COMMAND)]
    lang: Option<Lang>,

    /// The corp, where the service file configures several: its name, or its id
    #[arg(long, global = true, value_name = "NAME", display_order = EVERY_COMMAND)]
    corp: Option<String>,

    #[command(subcommand)]
    command: Command,
}

fn lang_parser() -> impl TypedValueParser<Value = Lang> {
    let value = |lang: Lang| PossibleValue::new(lang.code()).aliases(lang.aliases().iter().copied());
    PossibleValuesParser::new(Lang::ALL.map(value)).try_map(|code| code.parse::<Lang>())
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Plan(plan::Args),
    Site(site::Args),
    Preview(preview::Args),
    Rehearse(rehearse::Args),
    Run(run::Args),
    Post(post::Args),
    History(history::Args),
    Show(show::Args),
    Hold(hold::Args),
    Resume(hold::ResumeArgs),
    Settle(settle::Args),
    Cancel(cancel::Args),
    Report(report::Args),
    Backup(backup::Args),
    Store(store::Args),
    Audience(audience::Args),
    Directory(directory::Args),
    Doctor(doctor::Args),
    Sandbox(sandbox::Args),
    New(new::Args),
    Import(import::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Help(help::Args),
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs; stable.
    Json,
}

/// Runs the command line and returns the exit code.
pub fn main() -> Exit {
    let args: Vec<OsString> = std::env::args_os().collect();
    output::choose_lang(lang_before_parsing(args.get(1..).unwrap_or_default()));
    let parsed = help::command(output::lang()).try_get_matches_from(args);
    let cli = match parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches))) {
        Ok((cli, matches)) => {
            invocation::set(as_invoked(&matches));
            cli
        }
        Err(error) => {
            // Help and version are results; everything else is a bad option.
            let exit = if error.use_stderr() { Exit::Unable } else { Exit::Clean };
            usage_error::print(&error);
            return exit;
        }
    };
    output::choose_colour(cli.color);
    let flags = Flags { book: cli.book, config: cli.config, lang: cli.lang, corp: cli.corp, ..Flags::default() };
    run(cli.command, flags).unwrap_or_else(|error| {
        if error.is_closed_pipe() {
            return Exit::Clean;
        }
        output::print_error(error.text());
        Exit::Unable
    })
}

fn run(command: Command, flags: Flags) -> Result<Exit> {
    Ok(match command {
        Command::Check(args) => check::run(args, flags)?,
        Command::Plan(args) => plan::run(args, flags)?,
        Command::Site(args) => site::run(args, flags)?,
        Command::Preview(args) => preview::run(args, flags)?,
        Command::Rehearse(args) => rehearse::run(args, flags)?,
        Command::Run(args) => run::run(args, flags)?,
        Command::Post(args) => post::run(args, flags)?,
        Command::History(args) => history::run(args, flags)?,
        Command::Show(args) => show::run(args, flags)?,
        Command::Hold(args) => hold::run(args, flags)?,
        Command::Resume(args) => hold::run_resume(args, flags)?,
        Command::Settle(args) => settle::run(args, flags)?,
        Command::Cancel(args) => cancel::run(args, flags)?,
        Command::Report(args) => report::run(args, flags)?,
        Command::Audience(args) => audience::run(args, flags)?,
        Command::Directory(args) => directory::run(args, flags)?,
        Command::Store(args) => store::run(args, flags)?,
        Command::Backup(args) => backup::run(args, flags)?,
        Command::Doctor(args) => doctor::run(args, flags)?,
        Command::Sandbox(args) => sandbox::run(args, flags)?,
        Command::New(args) => new::run(args, flags)?,
        Command::Import(args) => import::run(args, flags)?,
        Command::Schema(args) => schema::run(&args, flags)?,
        Command::Explain(args) => explain::run(args, flags)?,
        Command::Help(args) => help::run(&args, flags)?,
    })
}

/// The options of the command line that proposed commands repeat.
fn as_invoked(matches: &ArgMatches) -> Invocation {
    let inner = std::iter::successors(Some(matches), |matches| matches.subcommand().map(|(_, inner)| inner));
    let deepest = inner.last().unwrap_or(matches);
    let path = |id: &str| {
        let path = deepest.try_get_one::<PathBuf>(id).ok().flatten();
        path.map(|path| path.to_string_lossy().into_owned())
    };
    // `check` takes files in the place of the book.
    let checked = deepest.try_get_many::<PathBuf>("paths").ok().flatten().and_then(|mut paths| paths.next());
    let checked = checked.filter(|path| path.is_dir()).map(|path| path.to_string_lossy().into_owned());
    Invocation {
        config: path("config"),
        corp: deepest.try_get_one::<String>("corp").ok().flatten().cloned(),
        book: path("book").or_else(|| path("book_here")).or(checked),
        store: deepest.try_get_one::<String>("store").ok().flatten().cloned(),
        sandbox: deepest.try_get_one::<bool>("sandbox").ok().flatten().copied().unwrap_or_default(),
    }
}

/// The address of the store, an option of most commands.
#[derive(Clone, Debug, clap::Args)]
struct StoreArg {
    /// The store with the history [default: sqlite://drumbeat.db]
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
    /// Use the built-in sandbox instead of WeCom, for trials: no account, no network, and a separate store
    /// [default store: sqlite://drumbeat-sandbox.db]
    #[arg(long)]
    sandbox: bool,
}

impl StoreArg {
    /// The address that the command line gives. Sandbox posts must not get into the real history, whatever the
    /// environment says.
    fn address(self) -> Option<String> {
        self.store.or_else(|| self.sandbox.then(|| format!("sqlite://{SANDBOX_FILE}")))
    }
}

/// Prints one line about the findings of a book, for commands with another result.
fn findings_in_short(loaded: &CheckedBook) {
    let (errors, warnings) = (loaded.result.count(Level::Error), loaded.result.count(Level::Warning));
    if errors + warnings > 0 {
        let (some_errors, some_warnings) = (count(errors, "error"), count(warnings, "warning"));
        output::print_info(text!(
            en: "the book has {some_errors} and {some_warnings}: `{check}` shows them",
            zh: "活动目录有 {errors} 个错误、{warnings} 个警告，用 `{check}` 查看", check = command("check")));
    }
}

/// Reads the settings, of the selected corp where several are configured, and sets the language that they select.
fn settings(flags: Flags) -> Result<Settings> {
    let settings = settings_of_all(flags)?;
    let settings = settings.of_selected_corp().map_err(corps::with_example)?;
    output::choose_lang(settings.lang(None));
    Ok(settings)
}

/// Reads the settings of the process, and sets the language that they select.
fn settings_of_all(flags: Flags) -> Result<Settings> {
    let settings = Settings::new(flags)?;
    output::choose_lang(settings.lang(None));
    Ok(settings)
}

/// Sets the language for a command on a book, whose policy may name one.
fn use_lang_of(policy: &Policy, settings: &Settings) {
    output::choose_lang(settings.lang(policy.lang()));
}

fn version(lang: Lang) -> &'static str {
    static VERSION: LazyLock<Text> = LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        text!(en: "{version} (zone data {ZONE_DATA})", zh: "{version}（时区数据 {ZONE_DATA}）")
    });
    VERSION.get(lang)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn proposed_commands_know_which_take_a_store() {
        let command = Cli::command();
        let has = |command: &clap::Command, id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
        for option in ["store", "sandbox"] {
            let takes: BTreeSet<&str> =
                command.get_subcommands().filter(|it| has(it, option)).map(clap::Command::get_name).collect();
            assert_eq!(takes, BTreeSet::from(invocation::STORE_COMMANDS), "{option}");
        }
    }
}
