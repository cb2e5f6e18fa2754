//! Errors of settings, and where each setting came from. The value of a secret is never shown.

use std::path::PathBuf;

use super::file::FormError;
use crate::ids::CorpName;
use crate::nearest::nearest;
use crate::text::{Text, UserError};

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    File(PathBuf, &'static str),
    /// A key of a `[[corp]]`.
    Corp(PathBuf, CorpName, &'static str),
    Default,
}

impl Origin {
    /// The same place, at another key.
    pub(super) fn with_key(self, key: &'static str) -> Self {
        match self {
            Self::File(path, _) => Self::File(path, key),
            Self::Corp(path, corp, _) => Self::Corp(path, corp, key),
            other => other,
        }
    }

    pub fn text(&self) -> Text {
        match self {
            Self::Flag(name) => text!(en: "{name} on the command line", zh: "命令行的 `{name}`"),
            Self::Environment(name) => text!(en: "{name} in the environment", zh: "环境变量 `{name}`"),
            Self::File(path, name) => {
                let path = path.display();
                text!(en: "`{name}` in {path}", zh: "`{path}` 里的 `{name}`")
            }
            Self::Corp(path, corp, key) => {
                let path = path.display();
                text!(
                    en: "`{key}` of the corp `{corp}` in {path}",
                    zh: "`{path}` 里企业 `{corp}` 的 `{key}`"
                )
            }
            Self::Default => text!(en: "the default", zh: "默认值"),
        }
    }
}

display_in_english!(Origin);

/// Why a setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    NoCorpId,
    /// The corp id has the form of an app's secret.
    SecretAsCorpId,
    NoCorpSecret,
    /// A `[[corp]]` without a key that it needs.
    CorpLacks {
        path: PathBuf,
        corp: CorpName,
        keys: &'static str,
    },
    /// A name that no `[[corp]]` has. The names that there are.
    UnknownCorp {
        name: String,
        known: Vec<CorpName>,
    },
    /// A corp is named, and there is no `[[corp]]`.
    NoCorps {
        name: String,
    },
    /// Several corps, and the command needs one. Their names.
    WhichCorp(Vec<CorpName>),
    Invalid {
        origin: Origin,
        why: Text,
    },
    FileUnreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    FileForm {
        path: PathBuf,
        error: FormError,
    },
}

/// The most names of corps in a message.
const MAX_NAMED: usize = 12;

/// The names of corps, not more than a person reads.
fn listed(names: &[CorpName]) -> Text {
    let mut shown: Vec<Text> = names.iter().take(MAX_NAMED).map(|name| Text::quoted(format!("`{name}`"))).collect();
    if let Some(more) = names.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        shown.push(text!(en: "and {more} more", zh: "另外还有 {more} 家"));
    }
    Text::join(&shown, &text!(en: ", ", zh: "、"))
}

impl SettingsError {
    pub(super) fn invalid(origin: Origin, why: Text) -> Self {
        Self::Invalid { origin, why }
    }
}

impl UserError for SettingsError {
    fn text(&self) -> Text {
        match self {
            Self::NoCorpId => text!(
                en: "the corp id is missing: set DRUMBEAT_CORP_ID to the 企业ID of WeCom's console (我的企业 → 企业信息)",
                zh: "缺少企业 ID：请把环境变量 `DRUMBEAT_CORP_ID` 设为企业微信管理后台的“企业ID”（我的企业 → 企业信息）"
            ),
            Self::SecretAsCorpId => text!(
                en: "the corp id is missing: the value set as the corp id has the form of a secret; set DRUMBEAT_CORP_ID to the 企业ID (我的企业 → 企业信息)",
                zh: "缺少企业 ID：现在填的像是应用的 Secret；请把环境变量 `DRUMBEAT_CORP_ID` 设为“企业ID”（我的企业 → 企业信息）"
            ),
            Self::NoCorpSecret => text!(
                en: "the corp secret is missing: set DRUMBEAT_CORP_SECRET_FILE to a file with the app's secret, or DRUMBEAT_CORP_SECRET to the secret itself",
                zh: "缺少应用的 Secret：请把环境变量 `DRUMBEAT_CORP_SECRET_FILE` 设为存放 Secret 的文件，或者把 `DRUMBEAT_CORP_SECRET` 设为 Secret 本身"
            ),
            Self::CorpLacks { path, corp, keys } => {
                let path = path.display();
                text!(
                    en: "the corp `{corp}` in {path} has no {keys}",
                    zh: "`{path}` 里的企业 `{corp}` 没有写 {keys}"
                )
            }
            Self::UnknownCorp { name, known } => match nearest(name, known.iter().map(CorpName::as_str)) {
                Some(near) => text!(
                    en: "no corp is named `{name}`; did you mean `{near}`? There are {names}",
                    zh: "没有叫 `{name}` 的企业；是不是 `{near}`？现有的企业：{names}",
                    names = listed(known)
                ),
                None => text!(
                    en: "no corp is named `{name}`; there are {names}",
                    zh: "没有叫 `{name}` 的企业；现有的企业：{names}",
                    names = listed(known)
                ),
            },
            Self::NoCorps { name } => text!(
                en: "`--corp {name}` names a corp, and no service file with [[corp]] is in use: add --config FILE",
                zh: "`--corp {name}` 指定了企业，但没有用到写有 `[[corp]]` 的服务配置文件：请加上 `--config 文件`"
            ),
            Self::WhichCorp(names) => text!(
                en: "several corps are configured, and this command is for one: {names}",
                zh: "配置了几家企业，而这个命令一次只对一家：{names}",
                names = listed(names)
            ),
            Self::Invalid { origin, why } => {
                text!(en: "{origin}: {why}", zh: "{origin}：{why}", origin = origin.text(), why = why)
            }
            Self::FileUnreadable { path, .. } => {
                let path = path.display();
                text!(en: "failed to read the service file {path}", zh: "无法读取服务配置文件 `{path}`")
            }
            Self::FileForm { path, error } => {
                let path = path.display();
                let error = error.text();
                text!(en: "invalid service file {path}: {error}", zh: "服务配置文件 `{path}` 有误：{error}", error = error)
            }
        }
    }
}

display_in_english!(SettingsError);
