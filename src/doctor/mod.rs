//! Checks every credential, permission, address and reference. Makes harmless calls only.
//!
//! Findings are in the order in which to correct them: correcting an earlier one often removes a later one. Creates
//! nothing, neither a moment nor a store.

mod local;
mod server;
mod wecom;

use chrono::{DateTime, TimeDelta, Utc};

use crate::book_watcher::BookLocation;
use crate::clock::Clock;
use crate::invocation::command;
use crate::notify::{BadUrl, HttpSink};
use crate::schedule::ZONE_DATA;
use crate::secret::Secret;
use crate::store::Address;
use crate::text::{StaticText, Text, UserError as _};
use crate::wecom::WeCom;

pub use local::setting as invalid_setting;
pub use wecom::address_seen;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    Passed,
    /// It could not be run, because an earlier check failed.
    Skipped,
    /// It works, but may stop working.
    Warning,
    Failed,
}

impl CheckStatus {
    /// The stable name.
    pub fn name(self) -> &'static str {
        self.title().en
    }

    /// The name for people.
    pub fn title(self) -> StaticText {
        let (en, zh) = match self {
            Self::Passed => ("good", "正常"),
            Self::Skipped => ("skipped", "未检查"),
            Self::Warning => ("doubtful", "留意"),
            Self::Failed => ("bad", "有问题"),
        };
        StaticText { en, zh }
    }
}

/// The result of one check, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// From a closed set: `store`, `token` and so on.
    pub check: &'static str,
    pub status: CheckStatus,
    pub what: Text,
    /// What to do next.
    pub todo: Option<Text>,
}

/// The names of the checks for people, in order.
const NAMES: [(&str, StaticText); 13] = [
    ("settings", StaticText { en: "settings", zh: "设置" }),
    ("store", StaticText { en: "store", zh: "记录库" }),
    ("database", StaticText { en: "database", zh: "数据库" }),
    ("disk", StaticText { en: "disk", zh: "磁盘" }),
    ("git", StaticText { en: "git", zh: "git" }),
    ("book", StaticText { en: "book", zh: "活动目录" }),
    ("account", StaticText { en: "account", zh: "账号" }),
    ("clock", StaticText { en: "clock", zh: "服务器时间" }),
    ("token", StaticText { en: "token", zh: "凭据" }),
    ("trusted address", StaticText { en: "trusted address", zh: "企业可信IP" }),
    ("permission", StaticText { en: "permission", zh: "权限" }),
    ("notifications", StaticText { en: "notifications", zh: "通知" }),
    ("zone data", StaticText { en: "zone data", zh: "时区数据" }),
];

/// What is checked.
pub struct DoctorInput {
    pub clock: Clock,
    /// The errors of the settings that `run` would refuse, each with its origin.
    pub settings: Vec<Text>,
    /// Keys of the service file that have a new name: the former one, and the new one.
    pub renamed_keys: Vec<(&'static str, &'static str)>,
    /// The location of the book, or the error of its settings.
    pub book: Result<BookLocation, Text>,
    pub store: Address,
    /// The account, or the error of its settings.
    pub account: Result<WeCom, Text>,
    pub notify_url: Result<Option<Secret>, Text>,
}

/// Runs every check.
pub async fn examine(input: &DoctorInput) -> Vec<CheckOutcome> {
    let mut outcomes: Vec<CheckOutcome> = input.settings.iter().map(local::setting).collect();
    if outcomes.is_empty() {
        outcomes.push(CheckOutcome::passed(
            "settings",
            text!(en: "all settings are valid for `run`", zh: "已经填写的设置，`drumbeat run` 都能接受"),
        ));
    }
    outcomes.extend(input.renamed_keys.iter().map(|(former, now)| local::renamed_key(former, now)));
    outcomes.push(local::store(&input.store));
    outcomes.extend(server::server(&input.store, || input.clock.now()));
    outcomes.extend([local::disk(&input.store, input.clock.now()), local::git()]);
    outcomes.push(local::book(&input.book).await);
    match &input.account {
        Ok(wecom) => {
            let corp = wecom.corp();
            outcomes.push(CheckOutcome::passed("account", text!(en: "corp {corp}", zh: "企业 `{corp}`")));
            wecom::examine(wecom, &input.clock, &mut outcomes).await;
        }
        Err(why) => {
            let todo = text!(
                en: "set it, then run `{doctor}` again",
                zh: "请填好这项设置，再运行 `{doctor}`", doctor = command("doctor"));
            outcomes.push(CheckOutcome::failed("account", why.clone(), todo));
            for check in ["clock", "token", "trusted address", "permission"] {
                outcomes.push(CheckOutcome::skipped(
                    check,
                    text!(en: "no account is set, so this was not checked", zh: "没有账号，无法检查"),
                ));
            }
        }
    }
    outcomes.push(notifications(&input.notify_url));
    outcomes.push(zone_data(input.clock.now()));
    outcomes
}

fn notifications(url: &Result<Option<Secret>, Text>) -> CheckOutcome {
    let check = "notifications";
    let sink = match url {
        Err(why) => {
            let todo = text!(en: "correct DRUMBEAT_NOTIFY_URL", zh: "请改正 `DRUMBEAT_NOTIFY_URL`");
            return CheckOutcome::failed(check, why.clone(), todo);
        }
        Ok(None) => {
            let what = text!(en: "no notification is sent when a post fails", zh: "发表失败时不会通知任何人");
            let todo = text!(
                en: "set DRUMBEAT_NOTIFY_URL to a group robot's address, or check `{history}` regularly",
                zh: "请把 `DRUMBEAT_NOTIFY_URL` 设为群机器人的地址，不然就要经常查看 `{history}`", history = command("history"));
            return CheckOutcome::warning(check, what, todo);
        }
        Ok(Some(url)) => HttpSink::new(url.clone()),
    };
    match sink {
        Ok(sink) => {
            let to = sink.title();
            let what = text!(
                en: "to a {to}; messages are sent only for events",
                zh: "发到{to}；有事时才发消息",
                to = to
            );
            CheckOutcome::passed(check, what)
        }
        Err(why @ (BadUrl::NoKey | BadUrl::SampleKey)) => {
            let todo = text!(
                en: "add a robot to the group (消息推送) and copy its address",
                zh: "请在群里添加机器人（消息推送），复制它的地址"
            );
            CheckOutcome::failed(check, why.text(), todo)
        }
        Err(why) => {
            let what = text!(en: "DRUMBEAT_NOTIFY_URL: {why}", zh: "`DRUMBEAT_NOTIFY_URL`：{why}", why = why.text());
            CheckOutcome::failed(check, what, text!(en: "correct it", zh: "请改正"))
        }
    }
}

/// Countries change their clocks at short notice; China has not since 1991.
fn zone_data(now: DateTime<Utc>) -> CheckOutcome {
    let year = ZONE_DATA.get(..4).and_then(|year| year.parse::<i32>().ok());
    let released = year.and_then(|year| chrono::NaiveDate::from_ymd_opt(year, 1, 1));
    let age = released.map_or(TimeDelta::zero(), |date| now.date_naive() - date);
    let what = text!(en: "zone data {ZONE_DATA}", zh: "版本 {ZONE_DATA}");
    if age > TimeDelta::days(3 * 365) {
        let todo = text!(
            en: "upgrade Drumbeat if campaigns use time zones whose rules have changed since",
            zh: "如果活动用到的时区后来改过时间规则，请升级 Drumbeat"
        );
        return CheckOutcome::warning("zone data", what, todo);
    }
    CheckOutcome::passed("zone data", what)
}

impl CheckOutcome {
    /// The name of the check for people.
    pub fn title(&self) -> StaticText {
        let named = NAMES.iter().find(|(check, _)| *check == self.check);
        named.map_or(StaticText { en: self.check, zh: self.check }, |(_, title)| *title)
    }

    fn passed(check: &'static str, what: impl Into<Text>) -> Self {
        Self { check, status: CheckStatus::Passed, what: what.into(), todo: None }
    }

    fn skipped(check: &'static str, what: impl Into<Text>) -> Self {
        Self { check, status: CheckStatus::Skipped, what: what.into(), todo: None }
    }

    fn warning(check: &'static str, what: impl Into<Text>, todo: impl Into<Text>) -> Self {
        Self { check, status: CheckStatus::Warning, what: what.into(), todo: Some(todo.into()) }
    }

    fn failed(check: &'static str, what: impl Into<Text>, todo: impl Into<Text>) -> Self {
        Self { check, status: CheckStatus::Failed, what: what.into(), todo: Some(todo.into()) }
    }
}
