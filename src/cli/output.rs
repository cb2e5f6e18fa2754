//! The only module that writes to the terminal: results to stdout, everything else to stderr.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anstream::ColorChoice;

use super::error::Result;
use crate::escape;
use crate::text::{Lang, Text};

const RED: &str = "\u{1b}[1;31m";
const RESET: &str = "\u{1b}[0m";

/// The language of all output for people.
static LANG: Mutex<Lang> = Mutex::new(Lang::En);

/// Sets the language of the process: for the command line, and again after a book's policy is known.
pub(super) fn choose_lang(lang: Lang) {
    *LANG.lock().unwrap_or_else(PoisonError::into_inner) = lang;
}

/// The language of the reader.
pub(super) fn lang() -> Lang {
    *LANG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets for the process when colours are used.
pub(super) fn choose_colour(choice: clap::ColorChoice) {
    match choice {
        clap::ColorChoice::Auto => ColorChoice::Auto.write_global(),
        clap::ColorChoice::Always => ColorChoice::Always.write_global(),
        clap::ColorChoice::Never => ColorChoice::Never.write_global(),
    }
}

/// Writes a result: unchanged for programs, without control characters for a terminal.
pub(super) fn result(text: &str) -> Result<()> {
    Ok(result_of(text)?)
}

fn result_of(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        out.write_all(escape::terminal_lines(text).as_bytes())?;
    } else {
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

/// Writes a result that is not text, into a file or a pipe.
///
/// # Errors
/// stdout is a terminal, and the result is binary.
pub(super) fn bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        fail!(en: "write this into a file: > plan.xlsx", zh: "请把结果存成文件：在命令后面加上 `> plan.xlsx`");
    }
    Ok(out.write_all(bytes).and_then(|()| out.flush())?)
}

/// A long result, written in whole lines while it is produced.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Bytes per write.
    const TOGETHER: usize = 1 << 16;

    /// Writes the remaining bytes.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        if self.0.len() >= Self::TOGETHER
            && let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n')
        {
            let rest = self.0.split_off(end + 1);
            self.flush()?;
            self.0 = rest;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.0);
        result_of(&String::from_utf8_lossy(&text))
    }
}

/// Writes a result that this program has coloured. The colours are removed where they are switched off.
pub(super) fn coloured(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(escape::terminal_coloured(text).as_bytes())?;
    Ok(out.flush()?)
}

/// Writes information for people to stderr.
pub(super) fn print_info(text: impl Into<Text>) {
    print(&text.into().into_lang(lang()));
}

/// Writes a result that is one message for people.
pub(super) fn message(text: impl Into<Text>) -> Result<()> {
    result(&text.into().into_lang(lang()))
}

/// Writes to stderr what a person must not overlook.
pub(super) fn print_warning(what: &Text) {
    let what = what.clone().map(|what| escape::terminal_lines(&what));
    print_info(text!(en: "{RED}attention{RESET}: {what}", zh: "{RED}请注意{RESET}：{what}", what = what));
}

/// Writes to stderr why the command failed.
pub(super) fn print_error(why: &Text) {
    let why = why.clone().map(|why| escape::terminal_lines(&why));
    print_info(text!(en: "{RED}error{RESET}: {why}", zh: "{RED}错误{RESET}：{why}", why = why));
}

fn print(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", escape::terminal_coloured(line));
}

/// The width of tables: the terminal's, or `None` without a terminal.
pub(super) fn width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

/// Whether stdin and stderr are terminals, so that a question can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question; only `y` and `yes` mean yes.
pub(super) fn ask(question: impl Into<Text>) -> Result<bool> {
    let question = question.into().into_lang(lang());
    write!(anstream::stderr().lock(), "{} [y/N] ", escape::terminal_lines(&question))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
