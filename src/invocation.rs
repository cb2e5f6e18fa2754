//! Adds the options of this process to the commands that messages propose.
//!
//! A copied command must act on the same store and book as the command that proposed it. So each proposed command repeats
//! the options that select them. Command lines set them once, before anything runs; pages and tests set none. In a
//! service of several corps, the name of the corp belongs to the task: [`in_corp`].

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::OnceLock;

use crate::ids::CorpName;

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
    /// The corp, where several are configured.
    pub corp: Option<String>,
    pub book: Option<String>,
    pub store: Option<String>,
    pub sandbox: bool,
}

/// Sets the options that the commands proposed by this process repeat. Only the first call has an effect.
pub fn set(invocation: Invocation) {
    let _is_first = CURRENT.set(invocation);
}

tokio::task_local! {
    /// The corp of this task, in a process for several corps.
    static CORP: Option<CorpName>;
}

thread_local! {
    static OF_THREAD: RefCell<Option<CorpName>> = const { RefCell::new(None) };
}

/// Runs a future whose proposed commands are for one corp of several.
pub async fn in_corp<T>(corp: Option<CorpName>, future: impl Future<Output = T>) -> T {
    CORP.scope(corp, future).await
}

/// A future, to be run in another task, whose proposed commands are for the corp of this task.
pub fn inherit<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    in_corp(current_corp(), future)
}

/// The corp of this task or thread.
pub fn current_corp() -> Option<CorpName> {
    CORP.try_with(Clone::clone).ok().flatten().or_else(|| OF_THREAD.with_borrow(Clone::clone))
}

/// Sets the corp of everything on this thread: of threads that serve one corp only.
pub fn set_for_thread(corp: Option<CorpName>) {
    OF_THREAD.set(corp);
}

/// Calls a function whose proposed commands are for one corp of several.
pub fn with_corp<T>(corp: Option<CorpName>, function: impl FnOnce() -> T) -> T {
    CORP.sync_scope(corp, function)
}

/// A command to propose: `command("show spring@2026-03-02T09:00")` is `drumbeat show spring@2026-03-02T09:00 --sandbox`
/// if this process works in the sandbox.
pub fn command(words: impl Display) -> String {
    match (CURRENT.get(), current_corp()) {
        (Some(invocation), None) => invocation.command(words),
        (current, corp) => {
            let current = current.cloned().unwrap_or_default();
            Invocation { corp: corp.map(|name| name.to_string()).or(current.corp), ..current }.command(words)
        }
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
        // The words of a hold may name the corp themselves.
        if !words.split(' ').any(|word| word == "--corp") {
            command.push_str(&option("--corp", &self.corp));
        }
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

    #[tokio::test]
    async fn the_corp_of_a_task_is_named() {
        let named = |words| in_corp("abc".parse().ok(), async move { command(words) });
        assert_eq!(named("show a@1").await, "drumbeat show a@1 --corp abc");
        assert_eq!(named("hold --corp ww1").await, "drumbeat hold --corp ww1");
        assert_eq!(named("explain long-text").await, "drumbeat explain long-text");
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
