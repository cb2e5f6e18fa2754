//! The commits that a store was found to have lost, compared with the witness beside it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::run::RunId;
use crate::text::{Lang, Text};

/// What a store was found to have lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostCommits {
    pub why: LossKind,
    /// Runs whose requests the witness names and the store does not know: each may have been sent.
    #[serde(skip)]
    pub doubtful: Vec<RunId>,
    /// How many runs may have been sent: `doubtful`, and those that the witness does not keep any more.
    pub in_doubt: u64,
}

/// How a store and its witness differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The store counts fewer sends than the witness.
    Behind { store: u64, witness: u64 },
    /// The witness belongs to another history: another copy has taken the place of the store.
    AnotherStore,
    /// The store has begun to count, or its lock file is not one of a first start, and no witness can be read.
    NoWitness,
}

impl LostCommits {
    /// What is lost, and what a person does about it.
    pub fn text(&self) -> Text {
        let what = match self.why {
            LossKind::Behind { store, witness } => text!(
                en: "the store knows of {store} sends and its lock file of {witness}: its last commits are lost",
                zh: "记录库只记着提交过 {store} 次，而锁文件记着 {witness} 次：最近的记录丢了"
            ),
            LossKind::AnotherStore => text!(
                en: "the lock file belongs to another history: another file has taken the place of the store, or the store has \
                     lost its log (`-wal`) with all that was in it",
                zh: "锁文件属于另一份历史：记录库被换成了别的文件，或者丢了日志（`-wal`）以及其中的全部内容"
            ),
            LossKind::NoWitness => text!(
                en: "the lock file of the store is gone, empty or cannot be read, so nothing proves that its last commits are there",
                zh: "记录库的锁文件不见了、是空的或读不出来，没法证明最近的记录都还在"
            ),
        };
        let how_many = match self.in_doubt {
            _ if self.why == LossKind::NoWitness => text!(
                en: "how many posts it has lost is not known",
                zh: "不知道少了多少条"
            ),
            0 => text!(
                en: "it has lost the outcomes of posts that it knows",
                zh: "有些发表的结果丢了"
            ),
            1 => text!(en: "1 run may have been sent and is in doubt", zh: "有 1 次发表可能已经提交，待核实"),
            n => text!(en: "{n} runs may have been sent and are in doubt", zh: "有 {n} 次发表可能已经提交，待核实"),
        };
        text!(
            en: "{what}; {how_many}: compare `drumbeat history` with WeCom's console, settle the runs in doubt",
            zh: "{what}；{how_many}：请用 `drumbeat history` 对照企业微信管理后台，核定待核实的发表记录",
            what = what, how_many = how_many
        )
    }
}

/// In English, for logs.
impl fmt::Display for LostCommits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().get(Lang::En))
    }
}
