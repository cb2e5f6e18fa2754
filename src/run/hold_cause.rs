//! The cause of an automatic hold of everything: a restored backup, or lost commits.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{LostCommits, Reader};
use crate::invocation::command;
use crate::limits::BEIJING;
use crate::text::{Lang, Text, when};

/// Why Drumbeat itself holds everything: the store may not have every post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCause {
    /// The store is a backup, taken at this instant.
    Copy { taken: DateTime<Utc> },
    /// The store has lost commits.
    LostCommits(LostCommits),
    /// Stored by an earlier version, as words only.
    Former,
}

impl HoldCause {
    /// The name under which Drumbeat creates the hold.
    pub(crate) fn by(&self) -> &'static str {
        match self {
            Self::Copy { .. } => "drumbeat backup",
            Self::LostCommits(_) | Self::Former => "drumbeat",
        }
    }

    /// In English, for programs.
    pub(crate) fn reason(&self) -> String {
        self.text().into_lang(Lang::En)
    }

    /// Why everything is on hold, and what a person does about it. Empty if only the stored words are known.
    pub(crate) fn text(&self) -> Text {
        self.text_for(Reader::Terminal)
    }

    /// The same with the next act of the place where it is read.
    pub(crate) fn text_for(&self, reader: Reader) -> Text {
        let resume = command("resume --all");
        let is_page = reader == Reader::Page;
        match self {
            Self::Copy { taken } if is_page => text!(
                en: "this store is a copy taken at {taken} (Asia/Shanghai), and what was posted after that is not in it: compare with \
                     WeCom's console, then resume without catching up",
                zh: "这个记录库是 {taken}（北京时间）做的备份，之后发表的内容不在里面：请对照企业微信管理后台，再恢复，选“不补发”",
                taken = when::date_time(taken.with_timezone(&BEIJING).naive_local())
            ),
            Self::LostCommits(lost) if is_page => text!(
                en: "{lost}, then resume without catching up",
                zh: "{lost}，再恢复，选“不补发”",
                lost = lost.text_for(reader)
            ),
            Self::Copy { taken } => text!(
                en: "this store is a copy taken at {taken} (Asia/Shanghai), and what was posted after that is not in it: compare with \
                     WeCom's console, then `{resume}` (without --catch-up)",
                zh: "这个记录库是 {taken}（北京时间）做的备份，之后发表的内容不在里面：请对照企业微信管理后台，\
                     再运行 `{resume}`（不要加 `--catch-up`）",
                taken = when::date_time(taken.with_timezone(&BEIJING).naive_local())
            ),
            Self::LostCommits(lost) => text!(
                en: "{lost}, then `{resume}` (without --catch-up)",
                zh: "{lost}，再运行 `{resume}`（不要加 `--catch-up`）",
                lost = lost.text()
            ),
            Self::Former => Text::default(),
        }
    }
}
