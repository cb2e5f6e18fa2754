//! Secrets: in environment variables, or in files that the environment or the service file names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::file::File;
use super::{Origin, Settings, SettingsError};
use crate::secret::Secret;

/// Length of an app's secret in characters, as observed; WeCom's pages do not state it (unverified).
const SECRET_CHARS: usize = 43;
/// The permission bit that lets every user of the machine read a file.
const READABLE_BY_ALL: u32 = 0o004;

impl Settings {
    /// A secret from the environment variable `variable`, or from the file that `file_variable` or `key` names.
    pub(super) fn secret(
        &self,
        variable: &'static str,
        file_variable: &'static str,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<PathBuf>,
    ) -> Result<Option<Secret>, SettingsError> {
        let own = self.in_corp(key, &in_file);
        let env = |name| (self.environment)(name).filter(|text| !text.is_empty() && own.is_none());
        if let Some(text) = env(variable) {
            if env(file_variable).is_some() {
                let why = text!(
                    en: "{file_variable} is set as well: unset the one that is out of date",
                    zh: "`{file_variable}` 也设置了：请删掉过时的那一个"
                );
                return Err(SettingsError::invalid(Origin::Environment(variable), why));
            }
            return Ok(Some(Secret::new(text.trim())));
        }
        let from_env = env(file_variable).map(|path| (PathBuf::from(path), Origin::Environment(file_variable)));
        let Some((path, origin)) = from_env.or_else(|| self.in_file(key, &in_file)) else { return Ok(None) };
        Self::secret_file(&path, origin).map(Some)
    }

    /// The secret in a file.
    pub(super) fn secret_file(path: &Path, origin: Origin) -> Result<Secret, SettingsError> {
        if path.to_str().is_some_and(looks_like_secret) && !path.exists() {
            let why = text!(
                en: "it must be the path of a file; its value has the form of a secret",
                zh: "这里要写文件的路径；现在写的像是密钥本身"
            );
            return Err(SettingsError::invalid(origin, why));
        }
        let shown = path.display();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let why = text!(en: "failed to read {shown}: {error}", zh: "无法读取 `{shown}`：{error}");
                return Err(SettingsError::invalid(origin, why));
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(SettingsError::invalid(origin, text!(en: "{shown} is empty", zh: "`{shown}` 是空的")));
        }
        warn_if_readable_by_all(path);
        Ok(Secret::new(text))
    }
}

/// Whether a text has the form of an app's secret: it was then set in the wrong place, and is not shown.
pub(super) fn looks_like_secret(text: &str) -> bool {
    text.len() == SECRET_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn warn_if_readable_by_all(path: &Path) {
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & READABLE_BY_ALL != 0) {
        tracing::warn!(file = %path.display(), "every user of this machine can read the secret: chmod 600 the file");
    }
}
