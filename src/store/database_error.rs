//! Explains errors of the database or of the disk to people: what failed, and the next step.

use std::io::{self, ErrorKind};

use crate::invocation::command;
use crate::text::Text;

/// The operation in which the database failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    RecordDue,
    RecordPost,
    ReadRuns,
    SaveRuns,
    ExportRuns,
    RemoveOld,
    CountSends,
    ReadUploads,
    SaveUploads,
    ReadCampaigns,
    SaveCampaigns,
    ReadHolds,
    SaveHold,
    ReadConfirmations,
    SaveConfirmations,
    ReadResults,
    SaveResults,
    ReadNudges,
    SaveNudges,
    LookForChanges,
    CheckWritable,
    CheckDamage,
    CompareWitness,
    Copy,
    MeasureGrowth,
    MoveHistory,
    TakeLease,
    KeepCodes,
}

impl Operation {
    pub(super) fn failed(self, why: &Text) -> Text {
        text!(
            en: "failed to {operation} in the store: {why}",
            zh: "记录库{operation}失败：{why}",
            operation = self.text(), why = why
        )
    }

    fn text(self) -> Text {
        match self {
            Self::RecordDue => text!(en: "record due runs", zh: "登记到时间的发表"),
            Self::RecordPost => text!(en: "record this post", zh: "登记这次发表"),
            Self::ReadRuns => text!(en: "read runs", zh: "读取发表记录"),
            Self::SaveRuns => text!(en: "save runs", zh: "保存发表记录"),
            Self::ExportRuns => text!(en: "export old runs", zh: "导出旧的发表记录"),
            Self::RemoveOld => text!(en: "remove old runs", zh: "清理旧的发表记录"),
            Self::CountSends => text!(en: "count what was sent", zh: "统计提交次数"),
            Self::ReadUploads => text!(en: "read uploads", zh: "读取素材上传记录"),
            Self::SaveUploads => text!(en: "save uploads", zh: "保存素材上传记录"),
            Self::ReadCampaigns => text!(en: "read campaigns", zh: "读取活动"),
            Self::SaveCampaigns => text!(en: "save campaigns", zh: "保存活动"),
            Self::ReadHolds => text!(en: "read holds", zh: "读取暂停"),
            Self::SaveHold => text!(en: "save a hold", zh: "保存暂停"),
            Self::ReadConfirmations => text!(en: "read members' confirmations", zh: "读取成员确认情况"),
            Self::SaveConfirmations => text!(en: "save members' confirmations", zh: "保存成员确认情况"),
            Self::ReadResults => text!(en: "read results", zh: "读取效果"),
            Self::SaveResults => text!(en: "save results", zh: "保存效果"),
            Self::ReadNudges => text!(en: "read reminders", zh: "读取提醒"),
            Self::SaveNudges => text!(en: "save reminders", zh: "保存提醒"),
            Self::LookForChanges => text!(en: "check for changes", zh: "查看改动"),
            Self::CheckWritable => text!(en: "check that it can be written", zh: "写入"),
            Self::CheckDamage => text!(en: "check it for damage", zh: "检查损坏"),
            Self::CompareWitness => {
                text!(en: "compare the count of sends with the one on this machine", zh: "与本机记着的提交次数核对")
            }
            Self::Copy => text!(en: "make a backup", zh: "备份"),
            Self::KeepCodes => text!(en: "keep the codes of the app", zh: "保存第三方应用的授权码"),
            Self::TakeLease => text!(en: "take or renew the lease", zh: "登记由谁工作"),
            Self::MoveHistory => text!(en: "copy or remove a history", zh: "复制或清理整份发表记录"),
            Self::MeasureGrowth => text!(en: "measure its growth", zh: "统计增长"),
        }
    }
}

/// An error of the database, and the kind of step that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseError {
    pub kind: DatabaseErrorKind,
    /// The database's message, with its number.
    pub words: String,
}

/// The step that an error of the database needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseErrorKind {
    /// The disk is full.
    Full,
    /// The file or its file system is read-only.
    ReadOnly,
    /// The user may not open or read it.
    NoRights,
    /// Another process has locked it.
    Locked,
    /// The disk failed to read or write.
    Disk,
    /// The server failed, or went away.
    Server,
    Other,
}

impl DatabaseError {
    /// In one line, with the next step.
    pub(super) fn line(&self) -> Text {
        let words = &self.words;
        text!(en: "{words}: {act}", zh: "{words}。{act}", act = self.help())
    }

    pub(super) fn help(&self) -> Text {
        match self.kind {
            DatabaseErrorKind::Full => make_room(),
            DatabaseErrorKind::ReadOnly => make_writable(),
            DatabaseErrorKind::NoRights => grant_rights(),
            DatabaseErrorKind::Locked => text!(
                en: "wait until the process that has locked it ends, or stop that process, then try again",
                zh: "请等占用它的程序结束，或者停掉那个程序，再试一次"
            ),
            DatabaseErrorKind::Disk => text!(
                en: "make sure that its disk has room and no faults (the system's log tells of them); a file that was cut short \
                     needs a copy made by `{backup}` in its place",
                zh: "请确认磁盘有空间、没有故障（系统日志里能看到）；如果文件被截断，请换上 `{backup}` 做的备份", backup = command("backup")),
            DatabaseErrorKind::Server => text!(
                en: "make sure that the server runs and can be reached; its log has more",
                zh: "请确认数据库服务器在运行、网络是通的；服务器的日志里有详情"
            ),
            DatabaseErrorKind::Other => text!(
                en: "keep the files of the store, and report this error to the maintainers of Drumbeat",
                zh: "请留好记录库的文件，并把这个错误报给 Drumbeat 的维护者"
            ),
        }
    }
}

fn make_room() -> Text {
    text!(en: "free space on the disk", zh: "请腾出磁盘空间")
}

pub(super) fn make_writable() -> Text {
    text!(
        en: "mount its file system for writing, and give the user that runs Drumbeat the right to write the file and its \
             directory",
        zh: "请以可写方式挂载它所在的文件系统，并让运行 Drumbeat 的用户可以写这个文件和它的文件夹"
    )
}

pub(super) fn grant_rights() -> Text {
    text!(
        en: "give the user that runs Drumbeat permission to read and write the file and its directory",
        zh: "请让运行 Drumbeat 的用户可以读写这个文件和它的文件夹"
    )
}

/// An error of the disk in one line, with the next step if one is known.
pub(super) fn io_line(error: &io::Error) -> Text {
    let act = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => make_room(),
        ErrorKind::ReadOnlyFilesystem => make_writable(),
        ErrorKind::PermissionDenied => grant_rights(),
        _ => return Text::quoted(error.to_string()),
    };
    text!(en: "{error}: {act}", zh: "{error}。{act}", act = act)
}
