//! The commits that a store has lost, found by comparison with the send log in its lock file, or with the list of a machine
//! (the witness).

use serde::{Deserialize, Serialize};

use super::{Reader, RunId};
use crate::invocation::command;
use crate::text::Text;

/// What a store has lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostCommits {
    pub why: LossKind,
    /// Runs that the witness names and the store does not: each may have been sent.
    #[serde(skip)]
    pub doubtful: Vec<RunId>,
    /// Number of runs that may have been sent: `doubtful`, and those no longer kept by the witness.
    pub in_doubt: u64,
}

/// The difference between a store and its witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The store counts fewer sends than the witness.
    Behind { store: u64, witness: u64 },
    /// The witness belongs to another history: another copy has replaced the store.
    AnotherStore,
    /// A server has fewer sends of this machine than the list on the machine.
    BehindMachine { store: u64, machine: u64 },
    /// Another machine sent the last posts, on another server or before a failover, and its commits waited for no standby.
    OtherMachine,
    /// No valid witness was found, although the store or its lock file shows that it is not a first start.
    NoWitness,
}

impl LostCommits {
    /// What is lost, and what a person should do.
    pub fn text(&self) -> Text {
        self.text_for(Reader::Terminal)
    }

    /// The same with the next act of the place where it is read.
    pub(super) fn text_for(&self, reader: Reader) -> Text {
        let what = match self.why {
            LossKind::Behind { store, witness } => text!(
                en: "the store has {store} sends and its lock file has {witness}: the last commits of the store are lost",
                zh: "记录库只记着提交过 {store} 次，而锁文件记着 {witness} 次：最近的记录丢了"
            ),
            LossKind::AnotherStore => text!(
                en: "the lock file belongs to another history: another file has taken the place of the store, or the store has \
                     lost its log (`-wal`) with all that was in it",
                zh: "锁文件属于另一份历史：记录库被换成了别的文件，或者丢了日志（`-wal`）以及其中的全部内容"
            ),
            LossKind::BehindMachine { store, machine } => text!(
                en: "the database has {store} sends of this machine, and the machine's own list has {machine}: the database has lost \
                     its last commits (a failover to a standby that lacked them, or a restored backup)",
                zh: "本机自己的清单记着提交过 {machine} 次，而数据库里本机只有 {store} 次：数据库丢了最近的记录\
                     （切换到了缺少这些记录的备库，或者恢复了旧备份）"
            ),
            LossKind::OtherMachine => text!(
                en: "the database is on another server, or was failed over, since another machine sent the last posts, and the commits \
                     of that machine waited for no standby: nothing proves that this server has them",
                zh: "最近的内容是另一台机器提交的，之后数据库换了服务器或者做过主备切换；那台机器的提交没有等备库确认，\
                     没法证明现在的数据库里都有"
            ),
            LossKind::NoWitness => text!(
                en: "the lock file of the store is missing, empty or unreadable, so nothing proves that the last commits are complete",
                zh: "记录库的锁文件不见了、是空的或读不出来，没法证明最近的记录都还在"
            ),
        };
        let how_many = match self.in_doubt {
            _ if matches!(self.why, LossKind::NoWitness | LossKind::OtherMachine) => text!(
                en: "the number of lost posts is unknown",
                zh: "不知道少了多少条"
            ),
            0 => text!(
                en: "it has lost the outcomes of some posts",
                zh: "有些发表的结果丢了"
            ),
            1 => text!(en: "1 run may have been sent and is in doubt", zh: "有 1 次发表可能已经提交，待核实"),
            n => text!(en: "{n} runs may have been sent and are in doubt", zh: "有 {n} 次发表可能已经提交，待核实"),
        };
        if reader == Reader::Page {
            return text!(
                en: "{what}; {how_many}: compare the runs with WeCom's console, settle those in doubt",
                zh: "{what}；{how_many}：请拿发表记录对照企业微信管理后台，核定待核实的",
                what = what, how_many = how_many
            );
        }
        text!(
            en: "{what}; {how_many}: compare `{history}` with WeCom's console, settle the runs in doubt",
            zh: "{what}；{how_many}：请用 `{history}` 对照企业微信管理后台，核定待核实的发表记录",
            what = what, how_many = how_many, history = command("history"))
    }
}

display_in_english!(LostCommits);
