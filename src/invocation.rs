//! Adds the options of this process to the commands that messages propose.
//!
//! A copied command must act on the same store and book as the command that proposed it. So each proposed command repeats
//! the options that select them. Command lines set them once, before anything runs; pages and tests set none.

use std::fmt::Display;
use std::sync::OnceLock;

/// The options of this process.
static CURRENT: OnceLock<Invocation> = OnceLock::new();

/// The commands that work on a store.
pub(crate) const STORE_COMMANDS: [&str; 11] =
    ["run", "post", "history", "show", "hold", "resume", "settle", "cancel", "report", "backup", "doctor"];
/// The commands that need neither a book nor settings.
const COMMANDS_ALONE: [&str; 4] = ["explain", "schema", "sandbox", "help"];

/// The options that select what a command works on, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    pub config: Option<String>,
    pub book: Option<String>,
    pub store: Option<String>,
    pub sandbox: bool,
}

/// Sets the options that the commands proposed by this process repeat. Only the first call has an effect.
pub fn set(invocation: Invocation) {
    let _is_first = CURRENT.set(invocation);
}

/// A command to propose: `command("show spring@2026-03-02T09:00")` is `drumbeat show spring@2026-03-02T09:00 --sandbox`
/// if this process works in the sandbox.
pub fn command(words: impl Display) -> String {
    match CURRENT.get() {
        Some(invocation) => invocation.command(words),
        None => Invocation::default().command(words),
    }
}

/// The same for another store than that of this process.
pub fn command_on_store(words: impl Display, store: impl Display) -> String {
    let current = CURRENT.get().cloned().unwrap_or_default();
    Invocation { store: Some(store.to_string()), sandbox: false, ..current }.command(words)
}

impl Invocation {
    fn command(&self, words: impl Display) -> String {
        let words = words.to_string();
        let name = words.split(' ').next().unwrap_or_default();
        let mut command = format!("drumbeat {words}");
        if COMMANDS_ALONE.contains(&name) {
            return command;
        }
        let option = |name: &str, value: &Option<String>| {
            value.as_ref().map_or_else(String::new, |value| format!(" {name} {}", quoted(value)))
        };
        command.push_str(&option("--config", &self.config));
        command.push_str(&option("--book", &self.book));
        if STORE_COMMANDS.contains(&name) {
            command.push_str(&option("--store", &self.store));
            command.push_str(if self.sandbox { " --sandbox" } else { "" });
        }
        command
    }
}

/// A value as a shell takes it.
pub fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@=+,%".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox() -> Invocation {
        Invocation { book: Some("my book".to_owned()), sandbox: true, ..Invocation::default() }
    }

    #[test]
    fn options_follow_the_words() {
        let store = Invocation { store: Some("sqlite://x.db".to_owned()), ..Invocation::default() };
        assert_eq!(store.command("resume --all"), "drumbeat resume --all --store sqlite://x.db");
        assert_eq!(sandbox().command("cancel a@1"), "drumbeat cancel a@1 --book 'my book' --sandbox");
    }

    #[test]
    fn commands_without_a_store_get_no_store() {
        let all = Invocation { store: Some("sqlite://x.db".to_owned()), ..sandbox() };
        assert_eq!(all.command("check"), "drumbeat check --book 'my book'");
        assert_eq!(all.command("doctor"), "drumbeat doctor --book 'my book' --store sqlite://x.db --sandbox");
    }

    #[test]
    fn nothing_is_added_without_options() {
        assert_eq!(Invocation::default().command("history --days 7"), "drumbeat history --days 7");
        assert_eq!(command("history"), "drumbeat history");
    }

    #[test]
    fn values_are_quoted_for_a_shell() {
        assert_eq!(quoted("双十二"), "双十二");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
