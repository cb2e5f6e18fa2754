//! Errors of settings, and where each setting came from. The value of a secret is never shown.

use std::path::PathBuf;

use super::file::FormError;
use crate::text::{Text, UserError};

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    File(PathBuf, &'static str),
    Default,
}

impl Origin {
    pub fn text(&self) -> Text {
        match self {
            Self::Flag(name) => text!(en: "{name} on the command line", zh: "命令行的 `{name}`"),
            Self::Environment(name) => text!(en: "{name} in the environment", zh: "环境变量 `{name}`"),
            Self::File(path, name) => {
                let path = path.display();
                text!(en: "`{name}` in {path}", zh: "`{path}` 里的 `{name}`")
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
