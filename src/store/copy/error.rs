//! Why a history was not copied, and what to do next.

use chrono::{DateTime, Utc};

use super::super::StoreError;
use crate::ids::CorpId;
use crate::text::{Text, UserError};

/// Why a history was not copied. The target is as it was.
#[derive(Debug)]
pub enum CopyError {
    /// Both addresses are the same.
    SameStore,
    /// There is no store at the source's address.
    NoSource { from: String },
    /// The source has nothing of the corp; it has these.
    NoCorp { from: String, corp: CorpId, known: Vec<String> },
    /// The source is of no one corp.
    WhichCorp { from: String, known: Vec<String> },
    /// The target has a history already.
    HasHistory { to: String, is_file: bool },
    /// The history was moved to another store before.
    MovedElsewhere { from: String, place: String, at: DateTime<Utc> },
    /// The source was moved to this target, which is complete.
    Complete { to: String },
    /// What was read back from a table of the target differs.
    Differs { table: &'static str },
    /// A person stopped it before the source was closed.
    Interrupted,
    /// It failed in the middle, and nothing was copied.
    Failed(StoreError),
    /// The source is closed, and it is not known whether the target has everything or nothing.
    Unfinished(StoreError),
    /// One of the stores cannot be used.
    Store(StoreError),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

display_in_english!(CopyError);

impl std::error::Error for CopyError {}

impl UserError for CopyError {
    fn text(&self) -> Text {
        match self {
            Self::SameStore => text!(
                en: "`--from` and `--to` are the same store: name two",
                zh: "`--from` 和 `--to` 是同一个记录库：请写两个不同的地址"
            ),
            Self::NoSource { from } => text!(
                en: "no store at {from}: name the right one with --from",
                zh: "{from} 处没有记录库：请用 `--from` 写对要复制的记录库"
            ),
            Self::NoCorp { from, corp, known } => text!(
                en: "the store {from} has no history of the corp {corp}: {known}",
                zh: "记录库 {from} 里没有企业 {corp} 的记录：{known}",
                known = known_corps(known)
            ),
            Self::WhichCorp { from, known } => text!(
                en: "the store {from} does not have one corp alone: {known}",
                zh: "记录库 {from} 里的企业不止一家，或者一家也没有：{known}",
                known = known_corps(known)
            ),
            Self::HasHistory { to, is_file: true } => text!(
                en: "the store {to} has a history already, and copying would mix two: name a new file with --to",
                zh: "记录库 {to} 里已经有记录，复制进去会混在一起：请用 `--to` 写一个新文件"
            ),
            Self::HasHistory { to, is_file: false } => text!(
                en: "the store {to} has a history of this corp already, and copying would mix two: name another `schema=…` in --to",
                zh: "记录库 {to} 里已经有这家企业的记录，复制进去会混在一起：请在 `--to` 里换一个 `schema=…`"
            ),
            Self::MovedElsewhere { from, place, at } => {
                let at = super::super::error::moment(*at);
                text!(
                    en: "the history in {from} was moved to {place} on {at}, and may have gone on there: copy from {place}",
                    zh: "{from} 里的记录已在 {at} 移到 {place}，之后可能又有新的：请从 {place} 复制",
                    at = at
                )
            }
            Self::Complete { to } => text!(
                en: "the copy to {to} is complete, from an earlier run of this command: start the service with that store",
                zh: "之前已经完整复制到 {to}：请让服务改用那个记录库"
            ),
            Self::Differs { table } => text!(
                en: "nothing was copied: the table {table} was read back differently from how it was written. Keep both stores, and \
                     report this to the maintainers of Drumbeat",
                zh: "没有复制成：表 {table} 写进去以后读出来不一样。请留好两个记录库，并把这个错误报给 Drumbeat 的维护者"
            ),
            Self::Interrupted => text!(
                en: "stopped: nothing was copied, and both stores are as they were",
                zh: "已中断：什么也没有复制，两个记录库都和原来一样"
            ),
            Self::Failed(error) => text!(
                en: "nothing was copied, and both stores are as they were: {error}. Then run the same command again",
                zh: "什么也没有复制，两个记录库都和原来一样：{error}。处理好以后，请再运行同样的命令",
                error = error.text()
            ),
            Self::Unfinished(error) => text!(
                en: "the source is closed, and whether the target has everything or nothing is not known: {error}. Run the same command \
                     again when both stores can be reached; until then start no service",
                zh: "原来的记录库已停用，新记录库是全部写好了还是什么也没有，现在还不知道：{error}。请等两个记录库都能连上，再运行同样的命令；在那之前不要启动服务",
                error = error.text()
            ),
            Self::Store(error) => error.text(),
        }
    }
}

fn known_corps(known: &[String]) -> Text {
    if known.is_empty() {
        return text!(
            en: "it has no history at all; name the right store with --from",
            zh: "里面什么记录也没有；请用 `--from` 写对要复制的记录库"
        );
    }
    let list = known.join(", ");
    text!(en: "name one with --corp ({list})", zh: "请用 `--corp` 写明是哪一家（{list}）")
}
