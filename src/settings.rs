//! Settings: from flags, then the environment, then a service file, then the default.
//!
//! The only place that reads the environment. A setting that is wrong is named with where it came from; a secret's value
//! is never shown.

mod language;
mod monitoring;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::duration;
use crate::git::Address as GitAddress;
use crate::ids::CorpId;
use crate::limits;
use crate::secret::Secret;
use crate::store::Address;
use crate::text::{Lang, Text, UserError};

/// How often a book's directory is looked at, unless the service file says otherwise.
pub const POLL: Duration = Duration::from_secs(60);
/// How long a file must be left alone before posts of it are sent, unless the service file says otherwise.
pub const EDIT_DELAY: Duration = Duration::from_secs(10);
/// How many characters an app's secret has in practice; WeCom's pages do not say (unverified).
const SECRET_CHARS: usize = 43;
/// The shortest time in which a lost post is looked for.
const LEAST_SETTLE_WINDOW: Duration = Duration::from_secs(60);
/// The same, where a stand-in answers for WeCom.
const LEAST_STAND_IN_WINDOW: Duration = Duration::from_secs(3);
pub use language::{LangChoice, lang_before_parsing};
pub use monitoring::{DEFAULT_LISTEN, Listen};

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Environment(&'static str),
    File(PathBuf, &'static str),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "{name} of the command line"),
            Self::Environment(name) => write!(f, "{name} of the environment"),
            Self::File(path, name) => write!(f, "`{name}` of {}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{what} is missing: {how}")]
    Missing { what: &'static str, how: &'static str },
    #[error("{origin}: {why}")]
    Wrong { origin: Origin, why: String },
    #[error("the service file {} cannot be read", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the service file {} is wrong: {why}", .path.display())]
    FileForm { path: PathBuf, why: String },
}

impl UserError for SettingsError {
    fn text(&self) -> Text {
        Text::quoted(self.to_string())
    }
}

/// What the command line says. Everything may be left out.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub book: Option<PathBuf>,
    pub config: Option<PathBuf>,
    pub lang: Option<Lang>,
    pub store: Option<String>,
    pub wecom_url: Option<String>,
    pub log: Option<String>,
    pub git: Option<String>,
    pub branch: Option<String>,
    pub every: Option<String>,
    pub allow_force: bool,
    pub listen: Option<String>,
}

/// The name of the account that this process runs as: services and containers often have no variable that says it.
fn account_name() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id == uid).then(|| name.to_owned())
    });
    Some(name.unwrap_or_else(|| format!("uid {uid}")))
}

/// The service file. Secrets are not in it; the file that holds one may be named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    book: Option<PathBuf>,
    corp_id: Option<String>,
    corp_secret_file: Option<PathBuf>,
    wecom_url: Option<String>,
    store: Option<String>,
    log: Option<String>,
    poll: Option<String>,
    edit_delay: Option<String>,
    git: Option<GitFile>,
    settle_window: Option<String>,
    retry_absent: Option<bool>,
    preflight: Option<String>,
    creates_per_minute: Option<usize>,
    listen: Option<String>,
    notify_url_file: Option<PathBuf>,
    heartbeat_url_file: Option<PathBuf>,
    heartbeat_every: Option<String>,
    daily_summary: Option<String>,
    reach_window: Option<String>,
    keep: Option<String>,
    language: Option<String>,
}

/// `[git]` of the service file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GitFile {
    url: Option<String>,
    branch: Option<String>,
    every: Option<String>,
    alarm_after: Option<String>,
    time_limit: Option<String>,
    path: Option<PathBuf>,
}

/// A repository whose branch is followed.
#[derive(Clone, Debug)]
pub struct Git {
    /// Secret, because people put passwords into URLs.
    pub url: Secret,
    pub branch: String,
    /// From one fetch to the next.
    pub every: Duration,
    /// How long fetching may fail before somebody must look.
    pub alarm_after: Duration,
    /// The longest that one command of git may take.
    pub time_limit: Duration,
    /// Where the book is in the repository.
    pub path: PathBuf,
    pub allow_force: bool,
}

/// All the layers together. Each setting is made when it is asked for, so that a command needs only its own.
pub struct Settings {
    flags: Flags,
    file: Option<(PathBuf, File)>,
    environment: fn(&str) -> Option<String>,
    lang: LangChoice,
}

/// Who posts, and through which door.
#[derive(Clone, Debug)]
pub struct Account {
    pub corp: CorpId,
    pub secret: Secret,
    pub wecom_url: String,
}

impl Settings {
    /// Where a book is unless it is said.
    pub const BOOK: &str = "campaigns";

    /// Reads the service file, if one is named.
    pub fn new(flags: Flags) -> Result<Self, SettingsError> {
        Self::with_environment(flags, environment)
    }

    fn with_environment(flags: Flags, environment: fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let file = match flags.config.clone().or_else(|| environment("DRUMBEAT_CONFIG").map(PathBuf::from)) {
            Some(path) => Some((path.clone(), read_file(&path)?)),
            None => None,
        };
        let mut settings = Self { flags, file, environment, lang: LangChoice::default() };
        settings.lang = settings.read_lang()?;
        Ok(settings)
    }

    /// The directory of the campaign book.
    pub fn book(&self) -> PathBuf {
        let flag = self.flags.book.clone().map(|path| path.to_string_lossy().into_owned());
        let in_file = |file: &File| file.book.as_ref().map(|path| path.to_string_lossy().into_owned());
        match self.pick(flag, "BOOK", "DRUMBEAT_BOOK", "book", in_file) {
            Some((book, _)) => book.into(),
            None => Self::BOOK.into(),
        }
    }

    /// Where the store is.
    pub fn store(&self) -> Result<Address, SettingsError> {
        let (text, origin) = self
            .pick(self.flags.store.clone(), "--store", "DRUMBEAT_STORE", "store", |file| file.store.clone())
            .unwrap_or_else(|| ("sqlite://drumbeat.db".to_owned(), Origin::Default));
        text.parse().map_err(|error| wrong(origin, error))
    }

    /// The corp's id, if one is set.
    pub fn corp(&self) -> Option<CorpId> {
        self.pick(None, "", "DRUMBEAT_CORP_ID", "corp_id", |file| file.corp_id.clone()).map(|(id, _)| CorpId(id))
    }

    /// Everything that is wrong with the settings that this layer can judge alone, also with those that are not in use.
    pub fn faults(&self) -> Vec<SettingsError> {
        [
            self.store().err(),
            self.git().err(),
            self.poll().err(),
            self.settle_window().err(),
            self.preflight().err(),
            self.creates_per_minute().err(),
            self.listen().err(),
            self.heartbeat_every().err(),
            self.daily_summary().err(),
            self.reach_window().err(),
            self.edit_delay().err(),
            self.keep().err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// WeCom's address, and where it was said.
    pub fn wecom_url(&self) -> (String, Origin) {
        self.pick(self.flags.wecom_url.clone(), "--wecom-url", "DRUMBEAT_WECOM_URL", "wecom_url", |file| {
            file.wecom_url.clone()
        })
        .unwrap_or_else(|| (limits::OFFICIAL_URL.to_owned(), Origin::Default))
    }

    /// Who posts. Needs id and secret of the corp.
    pub fn account(&self) -> Result<Account, SettingsError> {
        let corp = self.corp().filter(|corp| !corp.0.trim().is_empty()).ok_or(SettingsError::Missing {
            what: "the corp id",
            how: "set DRUMBEAT_CORP_ID to the 企业ID of WeCom's console (我的企业 → 企业信息)",
        })?;
        if looks_like_secret(&corp.0) {
            return Err(SettingsError::Missing {
                what: "the corp id",
                how: "what is set as the corp id has the form of a secret; set DRUMBEAT_CORP_ID to the 企业ID (我的企业 → 企业信息)",
            });
        }
        Ok(Account { corp, secret: self.secret()?, wecom_url: self.wecom_url().0 })
    }

    fn secret(&self) -> Result<Secret, SettingsError> {
        let kept = self.kept("DRUMBEAT_CORP_SECRET", "DRUMBEAT_CORP_SECRET_FILE", "corp_secret_file", |file| {
            file.corp_secret_file.clone()
        })?;
        kept.ok_or(SettingsError::Missing {
            what: "the corp secret",
            how: "set DRUMBEAT_CORP_SECRET_FILE to a file that holds the app's secret, or DRUMBEAT_CORP_SECRET to the secret itself",
        })
    }

    /// A secret: in the environment itself, or in a file that the environment or the service file names.
    fn kept(
        &self,
        variable: &'static str,
        file_variable: &'static str,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<PathBuf>,
    ) -> Result<Option<Secret>, SettingsError> {
        let env = |name| (self.environment)(name).filter(|text| !text.is_empty());
        if let Some(text) = env(variable) {
            if env(file_variable).is_some() {
                let why = format!("{file_variable} is set as well: unset the one that is out of date");
                return Err(wrong(Origin::Environment(variable), why));
            }
            return Ok(Some(Secret::new(text.trim())));
        }
        let from_env = env(file_variable).map(|path| (PathBuf::from(path), Origin::Environment(file_variable)));
        let from_file = || {
            let (at, file) = self.file.as_ref()?;
            Some((in_file(file)?, Origin::File(at.clone(), key)))
        };
        let Some((path, origin)) = from_env.or_else(from_file) else { return Ok(None) };
        if path.to_str().is_some_and(looks_like_secret) && !path.exists() {
            return Err(wrong(origin, "it must be the path of a file; what stands there has the form of a secret"));
        }
        let text = fs::read_to_string(&path)
            .map_err(|error| wrong(origin.clone(), format!("{} cannot be read: {error}", path.display())))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong(origin, format!("{} is empty", path.display())));
        }
        warn_of_open_file(&path);
        Ok(Some(Secret::new(text)))
    }

    /// The repository that the book is followed in, if it is.
    pub fn git(&self) -> Result<Option<Git>, SettingsError> {
        let in_file = |get: fn(&GitFile) -> Option<String>| move |file: &File| file.git.as_ref().and_then(get);
        let text = |flag: &Option<String>, name, variable, key, get, otherwise: &str| {
            self.pick(flag.clone(), name, variable, key, in_file(get))
                .unwrap_or_else(|| (otherwise.to_owned(), Origin::Default))
        };
        let url =
            self.pick(self.flags.git.clone(), "--git", "DRUMBEAT_GIT_URL", "git.url", in_file(|git| git.url.clone()));
        let length = |(text, origin): (String, Origin)| match duration::parse(&text) {
            Ok(length) if length.is_zero() => Err(wrong(origin, "it must be longer than nothing")),
            Ok(length) => Ok(length),
            Err(error) => Err(wrong(origin, error)),
        };
        let path = self.flags.book.clone().or_else(|| self.file.as_ref()?.1.git.as_ref()?.path.clone());
        // A length that is wrong is refused even where no repository is followed yet.
        let every = length(text(&self.flags.every, "--every", "", "git.every", |git| git.every.clone(), "60s"))?;
        let alarm_after = length(text(&None, "", "", "git.alarm_after", |git| git.alarm_after.clone(), "10m"))?;
        let time_limit = length(text(&None, "", "", "git.time_limit", |git| git.time_limit.clone(), "2m"))?;
        let Some((url, origin)) = url else { return Ok(None) };
        if let Err(error) = GitAddress::parse(&url) {
            return Err(wrong(origin, error));
        }
        Ok(Some(Git {
            url: Secret::new(url),
            branch: text(&self.flags.branch, "--branch", "", "git.branch", |git| git.branch.clone(), "main").0,
            every,
            alarm_after,
            time_limit,
            path: path.unwrap_or_else(|| Self::BOOK.into()),
            allow_force: self.flags.allow_force,
        }))
    }

    /// How often the book's directory is looked at where no file event comes.
    pub fn poll(&self) -> Result<Duration, SettingsError> {
        let Some((at, file)) = &self.file else { return Ok(POLL) };
        let Some(text) = &file.poll else { return Ok(POLL) };
        match duration::parse(text) {
            Ok(length) if length >= Duration::from_secs(1) => Ok(length),
            Ok(_) => Err(wrong(Origin::File(at.clone(), "poll"), "it must be at least 1s")),
            Err(error) => Err(wrong(Origin::File(at.clone(), "poll"), error)),
        }
    }

    /// How long a file of the book's directory must be left alone before posts of it are sent.
    pub fn edit_delay(&self) -> Result<Duration, SettingsError> {
        Ok(self.length("edit_delay", |file| file.edit_delay.as_deref())?.unwrap_or(EDIT_DELAY))
    }

    /// The name of whoever runs this command.
    pub fn user(&self) -> Option<String> {
        let named =
            ["USER", "LOGNAME"].into_iter().find_map(|name| (self.environment)(name).filter(|it| !it.is_empty()));
        named.or_else(account_name)
    }

    /// Which log lines are wanted: a level, or levels of parts of the program.
    pub fn log(&self) -> String {
        self.pick(self.flags.log.clone(), "--log-level", "DRUMBEAT_LOG", "log", |file| file.log.clone())
            .map_or_else(|| "info".to_owned(), |(level, _)| level)
    }

    /// How long a lost post is looked for. Nobody publishes how late WeCom's list may show a moment, so less than a minute
    /// is accepted for a stand-in on this machine alone.
    pub fn settle_window(&self) -> Result<Option<Duration>, SettingsError> {
        let window = self.length("settle_window", |file| file.settle_window.as_deref())?;
        let is_stand_in = self.wecom_url().0.trim().starts_with("http://");
        let least = if is_stand_in { LEAST_STAND_IN_WINDOW } else { LEAST_SETTLE_WINDOW };
        match (&self.file, window) {
            (Some((at, _)), Some(window)) if window < least => Err(wrong(
                Origin::File(at.clone(), "settle_window"),
                format!(
                    "it must be at least {}: a post that WeCom's list shows later would count as not posted",
                    duration::show(least)
                ),
            )),
            _ => Ok(window),
        }
    }

    /// How long before an occurrence its media are uploaded and the token is tried.
    pub fn preflight(&self) -> Result<Option<Duration>, SettingsError> {
        self.length("preflight", |file| file.preflight.as_deref())
    }

    /// A length of time of the service file.
    fn length(
        &self,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<&str>,
    ) -> Result<Option<Duration>, SettingsError> {
        let Some((at, file)) = &self.file else { return Ok(None) };
        let Some(text) = in_file(file) else { return Ok(None) };
        duration::parse(text).map(Some).map_err(|error| wrong(Origin::File(at.clone(), key), error))
    }

    /// Whether a lost post that is surely absent is sent once more.
    pub fn retry_absent(&self) -> bool {
        self.file.as_ref().and_then(|(_, file)| file.retry_absent).unwrap_or(false)
    }

    /// Where a step of a GitHub workflow writes its summary, if this is one.
    pub fn github_summary(&self) -> Option<PathBuf> {
        (self.environment)("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// How many creations a minute may be asked for. WeCom's limit is 10; a stand-in may allow more.
    pub fn creates_per_minute(&self) -> Result<Option<usize>, SettingsError> {
        let Some((at, file)) = &self.file else { return Ok(None) };
        match file.creates_per_minute {
            Some(0) => Err(wrong(
                Origin::File(at.clone(), "creates_per_minute"),
                "with 0 nothing would ever be posted; write 1 or more, or leave it out for WeCom's own limit of 10",
            )),
            limit => Ok(limit),
        }
    }

    fn pick(
        &self,
        flag: Option<String>,
        flag_name: &'static str,
        variable: &'static str,
        key: &'static str,
        in_file: impl Fn(&File) -> Option<String>,
    ) -> Option<(String, Origin)> {
        let from_env = || (self.environment)(variable).filter(|text| !text.is_empty());
        flag.map(|text| (text, Origin::Flag(flag_name)))
            .or_else(|| from_env().map(|text| (text, Origin::Environment(variable))))
            .or_else(|| {
                let (at, file) = self.file.as_ref()?;
                Some((in_file(file)?, Origin::File(at.clone(), key)))
            })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn wrong(origin: Origin, why: impl fmt::Display) -> SettingsError {
    SettingsError::Wrong { origin, why: why.to_string() }
}

fn read_file(path: &Path) -> Result<File, SettingsError> {
    let text = fs::read_to_string(path).map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|error| SettingsError::FileForm { path: path.to_owned(), why: in_file(&text, &error) })
}

/// What is wrong with a service file, without its lines: people write secrets into it.
fn in_file(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let message = error.message().lines().next().unwrap_or_default();
    let hint = ["corp_secret", "notify_url", "heartbeat_url"].iter().find(|key| message.contains(&format!("`{key}`")));
    let hint = hint.map(|key| {
        format!("; a secret does not stand in this file: put it into a file of its own and name that in `{key}_file`")
    });
    format!("line {line}: {message}{}", hint.unwrap_or_default())
}

/// Whether a text has the form of an app's secret: it then stands where something else belongs, and is not shown.
fn looks_like_secret(text: &str) -> bool {
    text.len() == SECRET_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// A secret that everybody on the machine can read is worth a word.
fn warn_of_open_file(path: &Path) {
    if let Ok(about) = fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt;
        if about.permissions().mode() & 0o004 != 0 {
            tracing::warn!(file = %path.display(), "everybody on this machine can read the secret: chmod 600 it");
        }
    }
}
