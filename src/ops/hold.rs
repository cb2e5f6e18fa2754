//! Holds and resumes campaigns.

use chrono::{DateTime, Utc};

use crate::invocation::command;
use crate::store::{Hold, Lifted, Scope, Store, StoreError};
use crate::text::{Text, UserError};

/// Why nothing was held.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// A hold needs a reason for the history.
    NoReason {
        by: String,
    },
    Store(StoreError),
}

/// Why nothing was resumed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    NothingOnHold,
    NotOnHold {
        scope: Scope,
        others: Vec<Hold>,
    },
    /// The store may lack posts, so catching up could post something twice.
    NoCatchUp {
        scope: Scope,
        hold: Hold,
    },
    Store(StoreError),
}

/// The hold that was lifted, and the holds that remain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    pub hold: Hold,
    pub still_on_hold: Vec<Hold>,
}

/// Holds a campaign, a corp or everything: nothing of it is posted until [`resume`].
///
/// # Errors
/// The reason is empty, or the same is on hold already.
pub async fn hold(store: &Store, scope: &Scope, reason: &str, by: &str, at: DateTime<Utc>) -> Result<Hold, HoldError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(HoldError::NoReason { by: by.to_owned() });
    }
    store.create_hold(scope, reason, by, at).await.map_err(HoldError::Store)
}

/// Lifts the hold of exactly this scope; with a number, only that hold, and none that another person created since.
///
/// # Errors
/// It is not on hold, or may not be caught up.
pub async fn resume(store: &Store, scope: &Scope, number: Option<i64>, lifted: Lifted) -> Result<Resumed, ResumeError> {
    let mut on_hold = store.holds().await.map_err(ResumeError::Store)?;
    on_hold.retain(|hold| hold.lifted.is_none());
    if !on_hold.iter().any(|hold| hold.scope == *scope) {
        return Err(match on_hold.is_empty() {
            true => ResumeError::NothingOnHold,
            false => ResumeError::NotOnHold { scope: scope.clone(), others: on_hold },
        });
    }
    if lifted.catch_up
        && let Some(hold) = on_hold.iter().find(|hold| hold.forbids_catch_up())
    {
        return Err(ResumeError::NoCatchUp { scope: scope.clone(), hold: hold.clone() });
    }
    let hold = store.lift_hold(scope, number, lifted).await.map_err(ResumeError::Store)?;
    on_hold.retain(|other| other.id != hold.id);
    Ok(Resumed { hold, still_on_hold: on_hold })
}

/// The command that lifts a hold.
pub fn resume_command(scope: &Scope) -> String {
    match scope {
        Scope::Everything => command("resume --all"),
        Scope::Corp(id) => command(format_args!("resume --corp {id}")),
        Scope::Campaign(id) => command(format_args!("resume {id}")),
    }
}

impl UserError for HoldError {
    fn text(&self) -> Text {
        match self {
            Self::NoReason { by } => text!(
                en: "the reason is empty: say in a few words why `{by}` holds this",
                zh: "没有写原因：请用几个字说明 `{by}` 为什么暂停"
            ),
            Self::Store(error) => error.with_causes(),
        }
    }
}

impl UserError for ResumeError {
    fn text(&self) -> Text {
        match self {
            Self::NothingOnHold => text!(en: "nothing is on hold", zh: "现在没有任何暂停"),
            Self::NotOnHold { scope, others } => {
                let one = |hold: &Hold| {
                    let command = resume_command(&hold.scope);
                    text!(en: "{scope} (`{command}`)", zh: "{scope}（`{command}`）", scope = hold.scope.text())
                };
                let others: Vec<Text> = others.iter().map(one).collect();
                text!(
                    en: "{scope} is not on hold; on hold are: {others}",
                    zh: "没有暂停：{scope}；现在暂停的有：{others}",
                    scope = scope.text(), others = Text::join(&others, &text!(en: ", ", zh: "、"))
                )
            }
            Self::NoCatchUp { scope, hold } => {
                let command = resume_command(scope);
                text!(
                    en: "no hold was lifted: --catch-up may post again what is missing in this store ({reason}); \
                         run `{command}`, and post by hand what is not at WeCom",
                    zh: "没有恢复：有些内容可能已经发表，而这个记录库并不知道，用 --catch-up 可能会再发一遍（{reason}）。\
                         请运行 `{command}`，再把企业微信里没有的手动发表",
                    reason = hold.reason_text()
                )
            }
            Self::Store(error) => error.with_causes(),
        }
    }
}

display_in_english!(HoldError, ResumeError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Wait;
    use crate::text::Lang;

    fn lift(catch_up: bool) -> Lifted {
        Lifted { at: DateTime::UNIX_EPOCH, by: "lisi".to_owned(), catch_up }
    }

    fn spring() -> Scope {
        Scope::Campaign("spring".parse().expect("an id"))
    }

    fn on_hold(store: &Store, scope: &Scope) {
        hold(store, scope, "a typo", "wangwu", DateTime::UNIX_EPOCH).wait().expect("on hold");
    }

    #[test]
    fn a_hold_needs_a_reason() {
        let store = Store::in_memory().expect("a store");
        let done = hold(&store, &spring(), "  ", "wangwu", DateTime::UNIX_EPOCH).wait();
        assert!(matches!(done, Err(HoldError::NoReason { .. })), "{done:?}");
        assert_eq!(store.holds().wait().expect("read"), []);
    }

    #[test]
    fn an_engine_of_this_process_notices_both() {
        let store = Store::in_memory().expect("a store");
        let version = || store.data_version().wait().expect("read");
        let before = version();
        on_hold(&store, &spring());
        let held = version();
        resume(&store, &spring(), None, lift(true)).wait().expect("off hold");
        assert_ne!(held, before);
        assert_ne!(held, version());
    }

    #[test]
    fn the_same_is_held_once() {
        let store = Store::in_memory().expect("a store");
        on_hold(&store, &spring());
        let again = hold(&store, &spring(), "again", "lisi", DateTime::UNIX_EPOCH).wait();
        assert!(matches!(again, Err(HoldError::Store(StoreError::OnHoldAlready { .. }))), "{again:?}");
    }

    #[test]
    fn a_hold_that_was_created_since_stays() {
        let store = Store::in_memory().expect("a store");
        let hold_it = || hold(&store, &spring(), "a typo", "wangwu", DateTime::UNIX_EPOCH).wait().expect("on hold");
        let seen = hold_it();
        resume(&store, &spring(), None, lift(false)).wait().expect("off hold");
        let newer = hold_it();
        let late = resume(&store, &spring(), Some(seen.id), lift(false)).wait();
        assert!(matches!(late, Err(ResumeError::Store(StoreError::NotOnHold(_)))), "{late:?}");
        assert_eq!(resume(&store, &spring(), Some(newer.id), lift(false)).wait().expect("off hold").hold.id, newer.id);
    }

    #[test]
    fn resume_reports_remaining_holds() {
        let store = Store::in_memory().expect("a store");
        on_hold(&store, &spring());
        on_hold(&store, &Scope::Everything);
        let resumed = resume(&store, &spring(), None, lift(true)).wait().expect("off hold");
        assert_eq!(resumed.hold.scope, spring());
        let still: Vec<&Scope> = resumed.still_on_hold.iter().map(|hold| &hold.scope).collect();
        assert_eq!(still, [&Scope::Everything]);
    }

    #[test]
    fn resume_without_a_hold_lists_the_active_holds() {
        let store = Store::in_memory().expect("a store");
        let nothing = resume(&store, &spring(), None, lift(false)).wait();
        assert!(matches!(nothing, Err(ResumeError::NothingOnHold)), "{nothing:?}");
        on_hold(&store, &spring());
        let error = resume(&store, &Scope::Everything, None, lift(false)).wait().expect_err("not on hold");
        assert_eq!(
            error.text().get(Lang::En),
            "everything is not on hold; on hold are: `spring` (`drumbeat resume spring`)"
        );
        assert_eq!(
            error.text().get(Lang::Zh),
            "没有暂停：全部活动；现在暂停的有：活动 `spring`（`drumbeat resume spring`）"
        );
    }

    #[test]
    fn a_copy_is_not_caught_up() {
        let dir = tempfile::tempdir().expect("a directory");
        let copy = dir.path().join("copy.db");
        let store = Store::in_memory().expect("a store");
        store.back_up(&copy, DateTime::UNIX_EPOCH).wait().expect("a copy");
        let copy = Store::open(&crate::store::Address::Sqlite(copy)).expect("a store");
        let refused = resume(&copy, &Scope::Everything, None, lift(true)).wait();
        assert!(matches!(refused, Err(ResumeError::NoCatchUp { .. })), "{refused:?}");
        resume(&copy, &Scope::Everything, None, lift(false)).wait().expect("off hold");
    }
}
