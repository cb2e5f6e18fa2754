//! Errors of the store, and what people can do about them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::database_error::{DatabaseError, DatabaseErrorKind, Operation, grant_rights, io_line, make_writable};
use super::postgres::{Owner, ServerProblem};
use super::{Hold, Scope};
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::run::RunId;
use crate::text::{Text, UserError, when};

/// Why an operation of the store failed. Nothing was changed.
#[derive(Debug)]
pub enum StoreError {
    Open {
        path: PathBuf,
        cause: DatabaseError,
    },
    NoDirectory {
        path: PathBuf,
    },
    /// The store can be read but not written.
    ReadOnly {
        path: PathBuf,
    },
    /// SQLite cannot read its log on a read-only file system.
    LogOnReadOnly {
        path: PathBuf,
    },
    NotThere {
        path: PathBuf,
    },
    /// A newer Drumbeat wrote it: the file has format `found`, this program supports formats up to `known`.
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// Not a Drumbeat database.
    Foreign {
        path: PathBuf,
    },
    /// A store on a server cannot be used.
    Server {
        address: String,
        problem: ServerProblem,
    },
    /// Another service uses it.
    InUse {
        path: PathBuf,
    },
    AlreadyExists {
        path: PathBuf,
    },
    NotWritten {
        path: PathBuf,
        cause: io::Error,
    },
    Lock {
        path: PathBuf,
        source: io::Error,
    },
    NoAccess {
        path: PathBuf,
        cause: io::Error,
    },
    HardLinked {
        path: PathBuf,
        links: u64,
    },
    /// The file was replaced while it was being opened.
    Replaced {
        path: PathBuf,
    },
    /// The file at this path is not the one that is open.
    Displaced {
        path: PathBuf,
    },
    Damaged {
        path: PathBuf,
        finding: String,
    },
    /// The lock file cannot be read or written.
    Witness {
        cause: io::Error,
    },
    Database {
        operation: Operation,
        cause: DatabaseError,
    },
    /// The store contains something that this program does not understand.
    Unreadable {
        what: String,
    },
    /// With the active hold.
    OnHoldAlready(Box<Hold>),
    NotOnHold(Scope),
    /// The history was moved to another store.
    Moved {
        store: String,
        place: String,
        at: DateTime<Utc>,
    },
    /// What was read back from a table of a copy differs.
    CopyDiffers {
        table: &'static str,
    },
    /// The other store of a copy failed.
    GivenUp,
    /// Another writer changed the run after it was read.
    VersionConflict {
        run: RunId,
    },
    /// The store's thread has ended: a bug in Drumbeat made a call panic.
    Stopped,
    /// A service that works found an earlier state than it had written.
    LostCommits,
    NoThread {
        cause: io::Error,
    },
    /// The error of a commit that several changes shared.
    Shared(Arc<StoreError>),
}

impl StoreError {
    /// The error itself, if several changes share it.
    pub fn root(&self) -> &Self {
        match self {
            Self::Shared(error) => error.root(),
            error => error,
        }
    }

    /// Whether another service has the store.
    pub fn is_in_use(&self) -> bool {
        matches!(self.root(), Self::InUse { .. } | Self::Server { problem: ServerProblem::InUse(_), .. })
    }

    /// Whether the server cannot be used at the moment, and nothing has to be corrected.
    pub fn is_temporary(&self) -> bool {
        use DatabaseErrorKind::{Full, Locked, Server};
        match self.root() {
            Self::Server { problem, .. } => {
                matches!(
                    problem,
                    ServerProblem::NoConnection(_)
                        | ServerProblem::TooManyConnections(_)
                        | ServerProblem::Standby
                        | ServerProblem::Other(_)
                )
            }
            Self::Database { cause, .. } => matches!(cause.kind, Full | Locked | Server),
            _ => false,
        }
    }

    /// There is no store yet.
    pub fn is_no_store(&self) -> bool {
        matches!(self.root(), Self::NotThere { .. } | Self::Server { problem: ServerProblem::NoStore { .. }, .. })
    }

    /// The other service that has the store, if it is on a server.
    pub fn owner(&self) -> Option<&Owner> {
        match self.root() {
            Self::Server { problem: ServerProblem::InUse(owner), .. } => Some(owner),
            _ => None,
        }
    }

    /// Whether another service has taken the store over: nothing more may be sent.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self.root(), Self::Server { problem: ServerProblem::LeaseLost, .. })
    }

    /// Whether there is no store at the address.
    pub fn is_not_there(&self) -> bool {
        matches!(self.root(), Self::NotThere { .. } | Self::Server { problem: ServerProblem::NoStore { .. }, .. })
    }

    /// What failed and what to do next, for a table with a column for each.
    pub fn what_and_help(&self) -> (Text, Text) {
        match self.root() {
            Self::Open { path, cause } => (not_opened(path, &Text::quoted(&*cause.words)), cause.help()),
            Self::Database { operation, cause } => (operation.failed(&Text::quoted(&*cause.words)), cause.help()),
            Self::Server { address, problem } => (at_server(address, &problem.what()), problem.help()),
            error @ Self::Damaged { .. } => (
                error.text(),
                text!(
                    en: "replace it with a copy made by `{backup}`: \"A damaged store\" in docs/running.md",
                    zh: "用 `{backup}` 做的备份换下它，做法见 `docs/zh/运维入门.md` 的“记录库损坏”一节", backup = command("backup")),
            ),
            error @ (Self::ReadOnly { .. } | Self::LogOnReadOnly { .. }) => (error.text(), make_writable()),
            error @ (Self::NoAccess { .. } | Self::Lock { .. } | Self::NotWritten { .. }) => {
                (error.text(), grant_rights())
            }
            // Their texts name the next act.
            error => (
                error.text(),
                text!(en: "then run `{doctor}` again", zh: "处理好以后，请再运行 `{doctor}`", doctor = command("doctor")),
            ),
        }
    }
}

display_in_english!(StoreError);

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.root() {
            Self::Lock { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl UserError for StoreError {
    #[allow(clippy::too_many_lines, reason = "one arm for each error")]
    fn text(&self) -> Text {
        match self {
            Self::Open { path, cause } => not_opened(path, &cause.line()),
            Self::NoDirectory { path } => {
                let path = path.display();
                text!(
                    en: "the directory of the store {path} does not exist: create it, or set another path with --store",
                    zh: "记录库 {path} 所在的文件夹不存在：请先建好文件夹，或者用 --store 换一个位置"
                )
            }
            Self::ReadOnly { path } => {
                let path = path.display();
                text!(
                    en: "the store {path} can only be read, and nothing may be posted that is not recorded: mount its file \
                         system for writing, or correct its permissions",
                    zh: "记录库 {path} 只能读、不能写，而没有记录就不能发表：请以可写方式挂载它所在的文件系统，或者改正它的权限"
                )
            }
            Self::LogOnReadOnly { path } => {
                let path = path.display();
                text!(
                    en: "the store {path} is on a read-only file system, where SQLite cannot read its log {path}-wal: copy \
                         {path} and {path}-wal to a writable directory, and name that copy with --store",
                    zh: "记录库 {path} 在只读的文件系统上，SQLite 读不了它的日志 {path}-wal：请把 {path} 和 {path}-wal 一起复制到\
                         可写的文件夹，再用 --store 指定那份副本"
                )
            }
            Self::NotThere { path } => {
                let path = path.display();
                text!(
                    en: "no store at {path}: name the right one with --store; `{run}` creates a new one",
                    zh: "{path} 处没有记录库：请用 --store 指定要用的记录库；`{run}` 会新建一个", run = command("run"))
            }
            Self::Newer { path, found, known } => {
                let path = path.display();
                text!(
                    en: "the store {path} was written by a newer Drumbeat (format {found}; this version supports formats up to {known}): \
                         upgrade Drumbeat",
                    zh: "记录库 {path} 是更新版本的 Drumbeat 写的（格式 {found}，本程序只认得到 {known}）：请升级 Drumbeat"
                )
            }
            Self::Foreign { path } => {
                let path = path.display();
                text!(
                    en: "{path} is not a Drumbeat database: name the right file with --store",
                    zh: "{path} 不是 Drumbeat 的记录库：请用 --store 指定正确的文件"
                )
            }
            Self::Server { address, problem } => text!(
                en: "{what}: {act}",
                zh: "{what}。{act}",
                what = at_server(address, &problem.what()), act = problem.help()
            ),
            Self::InUse { path } => {
                let path = path.display();
                text!(
                    en: "another Drumbeat uses the store {path}: stop it first, or use a different store for this one",
                    zh: "另一个 Drumbeat 正在使用记录库 {path}：请先停掉它，或者给这一个换一个记录库"
                )
            }
            Self::AlreadyExists { path } => {
                let path = path.display();
                text!(
                    en: "{path} already exists: name a new file",
                    zh: "{path} 已经存在：请换一个还没有的文件名"
                )
            }
            Self::NotWritten { path, cause } => {
                let path = path.display();
                text!(
                    en: "failed to write {path}: {cause}",
                    zh: "写不了 {path}：{cause}",
                    cause = io_line(cause)
                )
            }
            Self::Lock { path, .. } => {
                let path = path.display();
                text!(
                    en: "failed to lock {path}: it must be a file that this user may write, on a disk that supports locks",
                    zh: "锁不住 {path}：它必须是当前用户可以写的文件，并且所在的磁盘支持文件锁"
                )
            }
            Self::NoAccess { path, cause } => {
                let path = path.display();
                text!(
                    en: "failed to access the store {path}: {cause}",
                    zh: "访问不了记录库 {path}：{cause}",
                    cause = io_line(cause)
                )
            }
            Self::HardLinked { path, links } => {
                let path = path.display();
                text!(
                    en: "the store {path} has {links} names (hard links), and a process that uses another name would not see the \
                         commits of this one: keep one name, remove the others",
                    zh: "记录库 {path} 有 {links} 个名字（硬链接），用别的名字打开它的程序看不到这里写下的内容：请只留一个名字，删掉其余的"
                )
            }
            Self::Replaced { path } => {
                let path = path.display();
                text!(
                    en: "the file of the store {path} was replaced while it was opened: start again",
                    zh: "打开记录库 {path} 时，它的文件被换掉了：请重新运行"
                )
            }
            Self::Displaced { path } => {
                let path = path.display();
                text!(
                    en: "the file {path} is not the one that this Drumbeat opened: it was removed, renamed or replaced. Nothing \
                         more is sent. Put the open store back at this path, or a copy made by `{backup}`, then start \
                         again; check in WeCom's console what was posted in the meantime",
                    zh: "文件 {path} 已经不是本程序打开的那一个：它被删除、改名或替换了，因此不再发表任何内容。请把原来的记录库放回原处，\
                         或者放上 `{backup}` 做的备份，再重新启动；这段时间发表了什么，请对照企业微信管理后台", backup = command("backup"))
            }
            Self::Damaged { path, finding } => {
                let path = path.display();
                text!(
                    en: "the store {path} is damaged ({finding}): keep the file, replace it with a copy made by `{backup}`, \
                         and read \"A damaged store\" in docs/running.md",
                    zh: "记录库 {path} 已损坏（{finding}）：请留好这个文件，换上 `{backup}` 做的备份，\
                         做法见 `docs/zh/运维入门.md` 的“记录库损坏”一节", backup = command("backup"))
            }
            Self::Witness { cause } => text!(
                en: "failed to read or write the lock file of the store, which counts the sends: {cause}",
                zh: "读写不了记录库的锁文件（它记着提交过几次）：{cause}",
                cause = io_line(cause)
            ),
            Self::Database { operation, cause } => operation.failed(&cause.line()),
            Self::Unreadable { what } => text!(
                en: "the store has something that cannot be understood: {what}: keep the file, and put a copy made by `{backup}` in its place",
                zh: "记录库中有看不懂的内容：{what}。请留好这个文件，换上 `{backup}` 做的备份", backup = command("backup")),
            Self::OnHoldAlready(hold) => {
                let by = &hold.by;
                text!(
                    en: "{scope} is already on hold, since {since} by {by}: {reason}",
                    zh: "已经暂停：{scope}，{since} 由 {by} 暂停，原因是：{reason}",
                    scope = hold.scope.text(), since = moment(hold.at), reason = hold.reason_text()
                )
            }
            Self::NotOnHold(scope) => text!(
                en: "{scope} is not on hold",
                zh: "没有暂停：{scope}",
                scope = scope.text()
            ),
            Self::Moved { store, place, at } => text!(
                en: "the history in {store} was moved to {place} on {at}, and nothing more is posted from here: use that address \
                     (--store, DRUMBEAT_STORE, or `store` in the service file)",
                zh: "{store} 里的记录已在 {at} 移到 {place}，这里不再发表：请改用那个地址（`--store`、`DRUMBEAT_STORE` 或服务配置文件里的 `store`）",
                at = moment(*at)
            ),
            Self::CopyDiffers { table } => text!(
                en: "the table {table} was read back differently",
                zh: "表 {table} 写进去以后读出来不一样"
            ),
            Self::GivenUp => text!(en: "the other store failed", zh: "另一个记录库出了错"),
            Self::VersionConflict { run } => text!(
                en: "another process changed run {run} in the meantime: check it with `{show}`, then try again",
                zh: "发表记录 {run} 刚刚在别处改过：请用 `{show}` 看一看，再试一次", show = command(format_args!("show {run}"))),
            Self::LostCommits => text!(
                en: "the last commits of this service are lost (a failover to a standby that lacked them, or a restored \
                     backup): it reads everything again, and there is nothing to do",
                zh: "本服务最近写入的记录丢了（切换到了缺少这些记录的备库，或者恢复了旧备份）：\
                     正在重新读取，不需要处理"
            ),
            Self::Stopped => text!(
                en: "the store's thread has failed, and the log has the cause: start Drumbeat again",
                zh: "Drumbeat 中读写记录库的部分出了故障，原因见日志：请重新启动 Drumbeat"
            ),
            Self::NoThread { cause } => text!(
                en: "failed to start a thread for the store: {cause}",
                zh: "系统没有给 Drumbeat 读写记录库用的线程：{cause}"
            ),
            Self::Shared(error) => error.text(),
        }
    }
}

fn at_server(address: &str, what: &Text) -> Text {
    text!(en: "the store {address}: {what}", zh: "记录库 {address}：{what}", what = what)
}

fn not_opened(path: &std::path::Path, why: &Text) -> Text {
    let path = path.display();
    text!(en: "failed to open the store {path}: {why}", zh: "打不开记录库 {path}：{why}", why = why)
}

/// An instant, to the minute, in Beijing time.
pub(super) fn moment(at: DateTime<Utc>) -> Text {
    when::date_time(at.with_timezone(&BEIJING).naive_local())
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_full_disk_of_the_system_names_the_act() {
        let cause = io::Error::from(ErrorKind::StorageFull);
        let text = StoreError::NotWritten { path: "copy.db".into(), cause }.text();
        let line = text.get(Lang::En);
        assert!(line.starts_with("failed to write copy.db: ") && line.ends_with("free space on the disk"), "{line}");
        let line = text.get(Lang::Zh);
        assert!(line.starts_with("写不了 copy.db：") && line.ends_with("请腾出磁盘空间"), "{line}");
    }
}
