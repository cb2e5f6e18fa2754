//! Help in the reader's language, and `drumbeat help`.
//!
//! clap only writes English help. The Chinese help is written here, from the same commands and the table in `zh`.

mod zh;

use clap::{Arg, Command, CommandFactory};
use unicode_width::UnicodeWidthStr;

use self::zh::{ArgHelp, COMMANDS, CommandHelp, SHARED};
use super::error::Result;
use super::{Exit, output, settings_of_all, version};
use crate::report::parts::wrapped;
use crate::settings::Flags;
use crate::text::Lang;

/// The widest column of options; the description of a wider one begins on the next line.
const MAX_LABEL: usize = 26;
/// The width of help without a terminal, and the widest on one.
const MAX_WIDTH: usize = 100;
/// The narrowest column that is still wrapped.
const MIN_TEXT: usize = 24;

/// Shows this help, or that of a command
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat help plan")]
pub(super) struct Args {
    /// The command whose help is shown
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn run(args: &Args, flags: Flags) -> Result<Exit> {
    settings_of_all(flags)?;
    let mut program = command(output::lang());
    program.build();
    let mut found = &mut program;
    for name in &args.command {
        let Some(inner) = found.find_subcommand_mut(name) else {
            fail!(
                en: "unknown command `{name}`: `drumbeat help` lists them all",
                zh: "没有 `{name}` 这个命令：用 `drumbeat help` 列出所有命令"
            );
        };
        found = inner;
    }
    output::result(&found.render_long_help().to_string())?;
    Ok(Exit::Clean)
}

/// The command line, with its help in a language.
pub(super) fn command(lang: Lang) -> Command {
    let command = super::Cli::command();
    match lang {
        Lang::En => command,
        Lang::Zh => {
            let command = translated(command, "");
            let mut built = command.clone();
            built.build();
            with_help(command, &mut built, "")
        }
    }
}

/// Puts Chinese descriptions and value names into a command, for errors and usage.
fn translated(command: Command, path: &str) -> Command {
    let own = entry(path);
    let mut command = command.mut_args(|arg| match of_arg(own, &arg).map(|help| help.value) {
        Some(name) if !name.is_empty() => arg.value_name(name),
        _ => arg,
    });
    if let Some(own) = own {
        command = command.about(own.about);
    }
    if path.is_empty() {
        command = command.version(version(Lang::Zh));
    }
    for name in names(&command) {
        command = command.mut_subcommand(&name, |inner| translated(inner, &joined(path, &name)));
    }
    command
}

/// Sets the help of a command, made from the same command as built by clap.
fn with_help(command: Command, built: &mut Command, path: &str) -> Command {
    let width = output::width().map_or(MAX_WIDTH, usize::from).min(MAX_WIDTH);
    let mut command = command.override_help(help(built, path, width));
    for name in names(&command) {
        if let Some(inner) = built.find_subcommand_mut(&name) {
            command = command.mut_subcommand(&name, |it| with_help(it, inner, &joined(path, &name)));
        }
    }
    command
}

fn names(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect()
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

fn entry(path: &str) -> Option<&'static CommandHelp> {
    COMMANDS.iter().find(|it| it.path == path)
}

/// The help of an argument: the command's own, or the shared one.
fn of_arg(command: Option<&'static CommandHelp>, arg: &Arg) -> Option<&'static ArgHelp> {
    let own = command.map_or(&[][..], |it| it.args);
    own.iter().chain(SHARED).find(|it| it.id == arg.get_id().as_str())
}

/// The Chinese help of a command, as `--help` prints it.
fn help(built: &mut Command, path: &str, width: usize) -> String {
    let own = entry(path);
    let usage = in_chinese(&built.render_usage().to_string());
    let mut out = own.map_or_else(String::new, |own| lines(own.about, width, ""));
    out.push_str(&format!("\n{usage}\n"));
    let commands: Vec<_> = built.get_subcommands().map(|inner| of_command(inner, path)).collect();
    let positionals: Vec<_> = built.get_positionals().map(|arg| of_argument(arg, own)).collect();
    // Options of the command itself, then those of every command.
    let (own_options, shared): (Vec<_>, Vec<_>) =
        built.get_arguments().filter(|arg| !arg.is_positional()).partition(|arg| !is_of_every_command(arg));
    let options: Vec<_> = own_options.into_iter().chain(shared).map(|arg| of_argument(arg, own)).collect();
    for (heading, entries) in [("命令", commands), ("参数", positionals), ("选项", options)] {
        if !entries.is_empty() {
            out.push_str(&format!("\n{heading}：\n{}", columns(&entries, width)));
        }
    }
    if let Some(after) = own.map(|own| own.after).filter(|after| !after.is_empty()) {
        out.push_str(&format!("\n{after}\n"));
    }
    out
}

/// Translates the English words that clap writes in a usage line.
pub(super) fn in_chinese(usage: &str) -> String {
    let usage = usage.trim().replace("Usage: ", "用法：").replace("[OPTIONS]", "[选项]");
    // The lines after the first are indented to it.
    usage.replace("<COMMAND>", "<命令>").replace("[COMMAND]", "[命令]").replace("\n       ", "\n      ")
}

fn is_of_every_command(arg: &Arg) -> bool {
    arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str())
}

fn of_command(command: &Command, path: &str) -> (String, Vec<String>) {
    let about = entry(&joined(path, command.get_name())).map_or("", |it| it.about);
    (command.get_name().to_owned(), vec![about.to_owned()])
}

/// The first column of an argument, and the paragraphs about it.
fn of_argument(arg: &Arg, command: Option<&'static CommandHelp>) -> (String, Vec<String>) {
    let label = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(_)) => format!("-{short}, {arg}"),
        (None, Some(_)) => format!("    {arg}"),
        _ => arg.to_string(),
    };
    let Some(help) = of_arg(command, arg) else { return (label, Vec::new()) };
    let mut about = vec![help.help.to_owned()];
    about.extend(help.values.iter().map(|(value, means)| format!("- {value}：{means}")));
    let default = arg.get_default_values().first().filter(|_| arg.get_action().takes_values());
    about.extend(default.map(|default| format!("[默认：{}]", default.to_string_lossy())));
    (label, about)
}

/// Entries in two columns, the second one wrapped.
fn columns(entries: &[(String, Vec<String>)], width: usize) -> String {
    let labels = entries.iter().map(|(label, _)| label.width()).filter(|label| *label <= MAX_LABEL).max().unwrap_or(0);
    let indent = labels + 4;
    let text_width = width.saturating_sub(indent).max(MIN_TEXT);
    let mut out = String::new();
    for (label, paragraphs) in entries {
        let mut rows = paragraphs.iter().flat_map(|paragraph| wrapped(paragraph, text_width));
        out.push_str(&format!("  {label}"));
        if label.width() <= labels
            && let Some(first) = rows.next()
        {
            out.push_str(&format!("{}{first}", " ".repeat(indent - 2 - label.width())));
        }
        out.push('\n');
        rows.for_each(|row| out.push_str(&format!("{}{row}\n", " ".repeat(indent))));
    }
    out
}

fn lines(text: &str, width: usize, indent: &str) -> String {
    wrapped(text, width).into_iter().map(|line| format!("{indent}{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Command, path: &str, visit: &mut impl FnMut(&Command, &str)) {
        visit(command, path);
        for inner in command.get_subcommands() {
            walk(inner, &joined(path, inner.get_name()), visit);
        }
    }

    fn built() -> Command {
        let mut command = super::super::Cli::command();
        command.build();
        command
    }

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn every_command_and_argument_has_chinese_help() {
        walk(&built(), "", &mut |command, path| {
            let own = entry(path).unwrap_or_else(|| panic!("no Chinese help of `{path}`"));
            assert!(has_chinese(own.about), "{path}");
            assert_eq!(
                command.get_after_help().is_some(),
                !own.after.is_empty(),
                "{path}: examples in one language only"
            );
            for arg in command.get_arguments() {
                let id = arg.get_id();
                let help = of_arg(Some(own), arg).unwrap_or_else(|| panic!("no Chinese help of {id} of `{path}`"));
                assert!(has_chinese(help.help) && arg.get_help().is_some(), "{id} of `{path}`");
                let takes = arg.get_action().takes_values();
                assert!(takes != help.value.is_empty(), "{id} of `{path}`: its value");
                let values: Vec<String> = arg.get_possible_values().iter().map(|it| it.get_name().to_owned()).collect();
                let named: Vec<&str> = help.values.iter().map(|(value, _)| *value).collect();
                assert!(!takes || values == named, "{id} of `{path}`: {values:?} and {named:?}");
            }
        });
    }

    #[test]
    fn chinese_help_is_for_what_exists() {
        let mut known = Vec::new();
        walk(&built(), "", &mut |command, path| {
            let ids: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
            let stale = entry(path).into_iter().flat_map(|own| own.args).find(|arg| !ids.iter().any(|id| id == arg.id));
            assert!(stale.is_none(), "`{path}` has no {}", stale.map_or("", |arg| arg.id));
            known.push(path.to_owned());
        });
        assert!(COMMANDS.iter().all(|it| known.iter().any(|path| path == it.path)));
    }

    #[test]
    fn examples_are_the_same_in_both_languages() {
        let examples = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.starts_with("  drumbeat"));
            lines.map(|line| line.trim().split("  ").next().unwrap_or_default().to_owned()).collect()
        };
        let in_words =
            |line: &String| line.contains("--reason") || line.contains("--explain") || line.contains("delete=");
        walk(&built(), "", &mut |command, path| {
            let english = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (english, chinese) = (examples(&english), examples(entry(path).map_or("", |own| own.after)));
            assert_eq!(english.len(), chinese.len(), "{path}");
            for (english, chinese) in english.iter().zip(&chinese).filter(|(english, _)| !in_words(english)) {
                assert_eq!(english, chinese, "{path}");
            }
        });
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut command = translated(super::super::Cli::command(), "");
        command.build();
        let check = command.find_subcommand_mut("check").unwrap();
        let help = help(check, "check", 80);
        assert!(help.lines().all(|line| line.width() <= 80), "{help}");
        assert!(help.contains("用法：drumbeat check [选项] [活动目录|文件]..."), "{help}");
    }
}
