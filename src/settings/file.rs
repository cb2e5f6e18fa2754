//! The service file. It contains no secrets, but may name a file with one.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::SettingsError;
use crate::text::Text;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) book: Option<PathBuf>,
    pub(super) corp_id: Option<String>,
    pub(super) corp_secret_file: Option<PathBuf>,
    pub(super) token_command: Option<Vec<String>>,
    pub(super) wecom_url: Option<String>,
    pub(super) store: Option<String>,
    pub(super) language: Option<String>,
    pub(super) log: Option<String>,
    pub(super) poll: Option<String>,
    pub(super) edit_delay: Option<String>,
    pub(super) git: Option<GitFile>,
    pub(super) settle_window: Option<String>,
    pub(super) retry_absent: Option<bool>,
    pub(super) preflight: Option<String>,
    pub(super) creates_per_minute: Option<usize>,
    pub(super) listen: Option<String>,
    pub(super) page: Option<String>,
    pub(super) page_proxy: Option<PageProxyFile>,
    pub(super) page_sign_in: Option<PageSignInFile>,
    pub(super) notify_url_file: Option<PathBuf>,
    pub(super) heartbeat_url_file: Option<PathBuf>,
    pub(super) heartbeat_every: Option<String>,
    pub(super) daily_summary: Option<String>,
    pub(super) daily_plan: Option<String>,
    pub(super) confirmation_window: Option<String>,
    /// The former name of `confirmation_window`.
    pub(super) reach_window: Option<String>,
    pub(super) keep: Option<String>,
    pub(super) suite: Option<SuiteFile>,
    /// `suite = true` of a `[[corp]]`.
    #[serde(skip)]
    pub(super) of_suite: Option<bool>,
    pub(super) results_after: Option<Vec<String>>,
    pub(super) results_keep: Option<String>,
    pub(super) agentid: Option<u64>,
    pub(super) nudge_after: Option<Vec<String>>,
    pub(super) nudge_text: Option<String>,
    /// `[[corp]]`, once for each corp.
    #[serde(rename = "corp", default)]
    pub(super) corps: Vec<CorpSection>,
}

/// `[[corp]]` of the service file: what one corp has of its own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CorpSection {
    pub(super) name: String,
    pub(super) corp_id: Option<String>,
    corp_secret_file: Option<PathBuf>,
    token_command: Option<Vec<String>>,
    suite: Option<bool>,
    book: Option<PathBuf>,
    git: Option<GitFile>,
    store: Option<String>,
    wecom_url: Option<String>,
    language: Option<String>,
    poll: Option<String>,
    edit_delay: Option<String>,
    settle_window: Option<String>,
    retry_absent: Option<bool>,
    preflight: Option<String>,
    creates_per_minute: Option<usize>,
    page: Option<String>,
    page_proxy: Option<PageProxyFile>,
    page_sign_in: Option<PageSignInFile>,
    notify_url_file: Option<PathBuf>,
    daily_summary: Option<String>,
    daily_plan: Option<String>,
    confirmation_window: Option<String>,
    keep: Option<String>,
    results_after: Option<Vec<String>>,
    results_keep: Option<String>,
    agentid: Option<u64>,
    nudge_after: Option<Vec<String>>,
    nudge_text: Option<String>,
}

impl CorpSection {
    /// The section as a layer above the file's own keys.
    pub(super) fn layer(&self) -> File {
        let it = self.clone();
        File {
            corp_id: it.corp_id,
            corp_secret_file: it.corp_secret_file,
            token_command: it.token_command,
            of_suite: it.suite,
            book: it.book,
            git: it.git,
            store: it.store,
            wecom_url: it.wecom_url,
            language: it.language,
            poll: it.poll,
            edit_delay: it.edit_delay,
            settle_window: it.settle_window,
            retry_absent: it.retry_absent,
            preflight: it.preflight,
            creates_per_minute: it.creates_per_minute,
            page: it.page,
            page_proxy: it.page_proxy,
            page_sign_in: it.page_sign_in,
            notify_url_file: it.notify_url_file,
            daily_summary: it.daily_summary,
            daily_plan: it.daily_plan,
            confirmation_window: it.confirmation_window,
            keep: it.keep,
            results_after: it.results_after,
            results_keep: it.results_keep,
            agentid: it.agentid,
            nudge_after: it.nudge_after,
            nudge_text: it.nudge_text,
            ..File::default()
        }
    }
}

/// `[suite]` of the service file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuiteFile {
    pub(super) id: Option<String>,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) provider_corp_id: Option<String>,
    pub(super) callback_token_file: Option<PathBuf>,
    pub(super) callback_aes_key_file: Option<PathBuf>,
    pub(super) codes_file: Option<PathBuf>,
    pub(super) codes_key_file: Option<PathBuf>,
    pub(super) listen: Option<String>,
    pub(super) keep_cancelled: Option<String>,
}

/// `[git]` of the service file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GitFile {
    pub(super) url: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) every: Option<String>,
    pub(super) alarm_after: Option<String>,
    pub(super) time_limit: Option<String>,
    pub(super) path: Option<PathBuf>,
}

/// `[page_proxy]` of the service file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageProxyFile {
    pub(super) from: Vec<String>,
    pub(super) user_header: String,
    pub(super) host: String,
    #[serde(default)]
    pub(super) operators: Vec<String>,
}

/// `[page_sign_in]` of the service file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageSignInFile {
    pub(super) host: String,
    pub(super) agent_id: u64,
    #[serde(default)]
    pub(super) operators: Vec<String>,
    #[serde(default)]
    pub(super) viewers: Vec<String>,
}

impl File {
    /// Without the keys of the process: what remains is the default of each corp.
    pub(super) fn without_process_keys(self) -> Self {
        Self { listen: None, log: None, heartbeat_url_file: None, heartbeat_every: None, suite: None, ..self }
    }
}

pub(super) fn read(path: &Path) -> Result<File, SettingsError> {
    let unreadable = |source| SettingsError::FileUnreadable { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let malformed = |error| SettingsError::FileForm { path: path.to_owned(), error: FormError::of(&text, &error) };
    toml::from_str(&text).map_err(malformed)
}

/// A syntax error of a service file, without its lines: people write secrets into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormError {
    line: usize,
    /// The TOML reader's message.
    message: String,
}

impl FormError {
    fn of(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        Self {
            line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
            message: error.message().lines().next().unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn text(&self) -> Text {
        let Self { line, message } = self;
        let Some(key) = self.unknown_key() else {
            return text!(en: "line {line}: {message}", zh: "第 {line} 行不符合格式（{message}）");
        };
        let known = message.split_once("expected ").map_or("", |(_, known)| known);
        let (known, several) = (known.trim_start_matches("one of "), known.starts_with("one of "));
        if ["corp_secret", "notify_url", "heartbeat_url"].contains(&key) {
            return text!(
                en: "line {line}: unknown key `{key}`; a secret does not belong in this file: put it into a separate file and name that in `{key}_file`",
                zh: "第 {line} 行：不认识的键 `{key}`；密钥不要写在这个文件里，请单独存成一个文件，再用 `{key}_file` 指定它"
            );
        }
        let one_of = if several { "one of " } else { "" };
        text!(
            en: "line {line}: unknown key `{key}`, expected {one_of}{known}",
            zh: "第 {line} 行：不认识的键 `{key}`；可以用的键：{known}",
            known = Text::quoted(known)
        )
    }

    fn unknown_key(&self) -> Option<&str> {
        self.message.strip_prefix("unknown field `")?.split('`').next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[track_caller]
    fn refused(toml: &str, en: &str, zh: &str) {
        let error = toml::from_str::<File>(toml).unwrap_err();
        let text = FormError::of(toml, &error).text();
        assert!(text.get(Lang::En).starts_with(en), "{}", text.get(Lang::En));
        assert!(text.get(Lang::Zh).starts_with(zh), "{}", text.get(Lang::Zh));
    }

    #[test]
    fn an_unknown_key_names_those_that_are_known() {
        refused(
            "store = 'sqlite://a.db'\nstor = 1",
            "line 2: unknown key `stor`, expected one of `book`, ",
            "第 2 行：不认识的键 `stor`；可以用的键：`book`, ",
        );
    }

    #[test]
    fn a_secret_is_not_repeated() {
        refused(
            "corp_secret = 'abc'",
            "line 1: unknown key `corp_secret`; a secret does not belong",
            "第 1 行：不认识的键 `corp_secret`；密钥不要写在",
        );
    }

    #[test]
    fn other_faults_quote_the_reader() {
        refused("store = 1", "line 1: invalid type: integer", "第 1 行不符合格式（invalid type: integer");
    }
}
