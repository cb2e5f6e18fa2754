//! Settings: from flags, then the environment, then a service file, then the default.
//!
//! The only place that reads the environment. An error names where the setting came from; the value of a secret is
//! never shown.
//!
//! # Errors
//! Every method that returns [`SettingsError`] does so if the setting, or a file that it names, cannot be read.

mod corps;
mod engine;
mod error;
mod file;
mod git;
mod language;
mod monitoring;
mod nudge;
mod page;
mod results;
mod secrets;
mod suite;

use std::path::PathBuf;
use std::sync::Arc;

pub use engine::{EDIT_DELAY, POLL_INTERVAL};
pub use error::{Origin, SettingsError};
pub use file::FormError;
pub use git::Git;
pub use language::{LangChoice, lang_before_parsing};
pub use monitoring::{DEFAULT_LISTEN, Listen};
pub use nudge::NudgeText;
pub use page::{DEFAULT_PAGE, IpNetwork, PageProxy, PageSignIn};
pub use suite::{CodesPlace, SuiteSettings};

use corps::CorpLayer;
use file::{CorpSection, File};

use crate::ids::CorpId;
use crate::limits;
use crate::secret::Secret;
use crate::store::{Address, BadAddress};
use crate::text::{Lang, UserError as _};

/// The command line. Every field may be missing.
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
    pub page: Option<String>,
    /// The corp, where several are configured.
    pub corp: Option<String>,
}

/// All layers together. Each setting is read when needed, so that a command requires only its own.
pub struct Settings {
    flags: Flags,
    /// The service file, without its corps.
    file: Option<(PathBuf, File)>,
    sections: Arc<Vec<CorpSection>>,
    /// The corp whose settings these are, if several are configured.
    corp: Option<CorpLayer>,
    environment: fn(&str) -> Option<String>,
    lang: LangChoice,
}

/// The corp that posts, and WeCom's address.
#[derive(Clone, Debug)]
pub struct Account {
    pub corp: CorpId,
    pub credential: Credential,
    pub wecom_url: String,
}

/// What a corp's tokens come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    Secret(Secret),
    /// A program with its arguments, which prints a token.
    Command(Vec<String>),
    /// A provider's app, which the corp has authorised.
    Suite,
}

/// Arguments of a command may be secrets.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Command(_) => "Command(…)",
            Self::Suite => "Suite",
        })
    }
}

/// The store if no layer names one.
const DEFAULT_STORE: &str = "sqlite://drumbeat.db";

impl Settings {
    /// The default directory of the book.
    pub const BOOK: &str = "campaigns";

    /// Reads the service file, if one is named.
    ///
    /// # Errors
    /// The service file cannot be read or is invalid, or the language is unknown.
    pub fn new(flags: Flags) -> Result<Self, SettingsError> {
        Self::with_environment(flags, environment)
    }

    fn with_environment(flags: Flags, environment: fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut file = match flags.config.clone().or_else(|| environment("DRUMBEAT_CONFIG").map(PathBuf::from)) {
            Some(path) => Some((path.clone(), file::read(&path)?)),
            None => None,
        };
        let sections = Arc::new(file.as_mut().map(|(_, file)| std::mem::take(&mut file.corps)).unwrap_or_default());
        let mut settings = Self { flags, file, sections, corp: None, environment, lang: LangChoice::default() };
        settings.lang = settings.read_lang()?;
        settings.check_corps()?;
        Ok(settings)
    }

    /// Whether a layer names the book, so that it is not the default.
    pub fn names_book(&self) -> bool {
        self.named_book().is_some()
    }

    /// The directory of the campaign book.
    pub fn book(&self) -> PathBuf {
        self.named_book().map_or_else(|| Self::BOOK.into(), |(book, _)| book.into())
    }

    fn named_book(&self) -> Option<(String, Origin)> {
        let flag = self.flags.book.clone().map(|path| path.to_string_lossy().into_owned());
        let in_file = |file: &File| file.book.as_ref().map(|path| path.to_string_lossy().into_owned());
        self.pick(flag, "BOOK", "DRUMBEAT_BOOK", "book", in_file)
    }

    /// The address of the store. A corp of several has its own: the one of its `store`, or else one beside the store
    /// that is set for all.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn store(&self) -> Result<Address, SettingsError> {
        self.refuse_unconfigured_corp()?;
        let (text, origin) = self
            .pick(self.flags.store.clone(), "--store", "DRUMBEAT_STORE", "store", |file| file.store.clone())
            .unwrap_or_else(|| (DEFAULT_STORE.to_owned(), Origin::Default));
        let is_own = matches!(origin, Origin::Corp(..));
        let address: Address =
            text.parse().map_err(|error: BadAddress| SettingsError::invalid(origin, error.text()))?;
        let address = match &self.corp {
            Some(corp) if !is_own => address.of_corp(&corp.name),
            _ => address,
        };
        Ok(address.of_corp_id(self.corp()))
    }

    /// The store that is set for all corps, if these are the settings of one: a single account has used it.
    pub fn store_of_all(&self) -> Option<Address> {
        self.corp.as_ref()?;
        self.store_at_top()
    }

    /// The store that is set for the whole process.
    fn store_at_top(&self) -> Option<Address> {
        let in_environment = || (self.environment)("DRUMBEAT_STORE").filter(|text| !text.is_empty());
        let at_top = || self.file.as_ref().and_then(|(_, file)| file.store.clone());
        let text = self.flags.store.clone().or_else(in_environment).or_else(at_top);
        text.as_deref().unwrap_or(DEFAULT_STORE).parse().ok()
    }

    /// The corp's id, if one is set.
    pub fn corp(&self) -> Option<CorpId> {
        self.pick(None, "", "DRUMBEAT_CORP_ID", "corp_id", |file| file.corp_id.clone()).map(|(id, _)| CorpId(id))
    }

    /// Every error of the settings that this layer can find alone, also in unused settings.
    pub fn errors(&self) -> Vec<SettingsError> {
        [
            self.read_lang().err(),
            self.store().err(),
            self.git().err(),
            self.poll().err(),
            self.settle_window().err(),
            self.preflight().err(),
            self.creates_per_minute().err(),
            self.listen().err(),
            self.page().err(),
            self.page_proxy().err(),
            self.page_sign_in().err(),
            self.heartbeat_every().err(),
            self.daily_summary().err(),
            self.daily_plan().err(),
            self.confirmation_window().err(),
            self.edit_delay().err(),
            self.keep().err(),
            self.suite().err(),
            self.results_after().err(),
            self.results_keep().err(),
            self.nudge_after().err(),
            self.nudge_text().err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// WeCom's address, and where it was set.
    pub fn wecom_url(&self) -> (String, Origin) {
        self.pick(self.flags.wecom_url.clone(), "--wecom-url", "DRUMBEAT_WECOM_URL", "wecom_url", |file| {
            file.wecom_url.clone()
        })
        .unwrap_or_else(|| (limits::OFFICIAL_URL.to_owned(), Origin::Default))
    }

    /// The account that posts. Needs the id and the secret of the corp.
    ///
    /// # Errors
    /// The id or the secret of the corp is not set, or its file cannot be read.
    pub fn account(&self) -> Result<Account, SettingsError> {
        self.refuse_unconfigured_corp()?;
        let lacks = |keys, otherwise| match (&self.file, &self.corp) {
            (Some((path, _)), Some(corp)) => {
                SettingsError::CorpLacks { path: path.clone(), corp: corp.name.clone(), keys }
            }
            _ => otherwise,
        };
        let corp = self.corp().filter(|corp| !corp.0.trim().is_empty());
        let corp = corp.ok_or_else(|| lacks("`corp_id`", SettingsError::NoCorpId))?;
        if secrets::looks_like_secret(&corp.0) {
            return Err(SettingsError::SecretAsCorpId);
        }
        let credential = self.credential()?;
        let keys = "`corp_secret_file`, `token_command` or `suite = true`";
        let credential = credential.ok_or_else(|| lacks(keys, SettingsError::NoCorpSecret))?;
        Ok(Account { corp, credential, wecom_url: self.wecom_url().0 })
    }

    /// The secret or the token command of the account; a corp's own stands before that of all.
    fn credential(&self) -> Result<Option<Credential>, SettingsError> {
        const VARIABLES: [&str; 2] = ["DRUMBEAT_CORP_SECRET", "DRUMBEAT_CORP_SECRET_FILE"];
        let secret = || {
            let [variable, file_variable] = VARIABLES;
            let in_file = |file: &File| file.corp_secret_file.clone();
            Ok(self.secret(variable, file_variable, "corp_secret_file", in_file)?.map(Credential::Secret))
        };
        if let Some((true, origin)) = self.in_corp("suite", |file| file.of_suite) {
            let other = |file: &File| file.corp_secret_file.is_some() || file.token_command.is_some();
            if self.corp.as_ref().is_some_and(|corp| other(&corp.own)) {
                let why = text!(
                    en: "`corp_secret_file` or `token_command` is set as well: tokens come from one of them",
                    zh: "`corp_secret_file` 或 `token_command` 也设置了：凭据的来源只能选一种"
                );
                return Err(SettingsError::invalid(origin, why));
            }
            self.suite_of_corp(origin)?;
            return Ok(Some(Credential::Suite));
        }
        let Some((words, origin)) = self.in_file("token_command", |file| file.token_command.as_ref()) else {
            return secret();
        };
        let has_own_secret = self.in_corp("corp_secret_file", |file| file.corp_secret_file.as_ref()).is_some();
        let is_own = matches!(origin, Origin::Corp(..));
        if has_own_secret && !is_own {
            return secret();
        }
        let is_set = |name: &&str| (self.environment)(name).is_some_and(|text| !text.is_empty());
        let in_environment = VARIABLES.into_iter().find(is_set);
        let at_top = self.file.as_ref().is_some_and(|(_, file)| file.corp_secret_file.is_some());
        if let Some(other) = in_environment.or((has_own_secret || at_top).then_some("corp_secret_file")) {
            let why = text!(
                en: "`{other}` is set as well: tokens come from one of the two",
                zh: "`{other}` 也设置了：凭据的来源只能选一种"
            );
            return Err(SettingsError::invalid(origin, why));
        }
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            let why = text!(
                en: "write a program and its arguments, such as [\"/usr/local/bin/wecom-token\", \"abc\"]",
                zh: "请写程序和它的参数，例如 `[\"/usr/local/bin/wecom-token\", \"abc\"]`"
            );
            return Err(SettingsError::invalid(origin, why));
        }
        Ok(Some(Credential::Command(words.clone())))
    }

    /// The name of the user who runs this command.
    pub fn user(&self) -> Option<String> {
        let named =
            ["USER", "LOGNAME"].into_iter().find_map(|name| (self.environment)(name).filter(|it| !it.is_empty()));
        named.or_else(account_name)
    }

    /// The log filter: a level, or levels of modules.
    pub fn log(&self) -> String {
        self.pick(self.flags.log.clone(), "--log-level", "DRUMBEAT_LOG", "log", |file| file.log.clone())
            .map_or_else(|| "info".to_owned(), |(level, _)| level)
    }

    /// The file for the summary of a GitHub workflow step, if this runs in one.
    pub fn github_summary(&self) -> Option<PathBuf> {
        (self.environment)("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The first layer that has a value, and which layer it is: the flag, the corp's own section, the environment, the
    /// service file.
    ///
    /// Not clap's `env`: it knows no service file, does not treat an empty variable as unset, does not report the
    /// origin of a value, and shows values of variables (for example a password in a URL) in its help.
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
            .or_else(|| self.in_corp(key, &in_file))
            .or_else(|| from_env().map(|text| (text, Origin::Environment(variable))))
            .or_else(|| self.in_file(key, in_file))
    }

    /// A key of the corp's own section.
    fn in_corp<'a, T>(&'a self, key: &'static str, get: impl Fn(&'a File) -> Option<T>) -> Option<(T, Origin)> {
        let ((at, _), corp) = (self.file.as_ref()?, self.corp.as_ref()?);
        Some((get(&corp.own)?, Origin::Corp(at.clone(), corp.name.clone(), key)))
    }

    /// A key of the service file: of the corp's own section, or else of the top.
    fn in_file<'a, T>(&'a self, key: &'static str, get: impl Fn(&'a File) -> Option<T>) -> Option<(T, Origin)> {
        self.in_corp(key, &get).or_else(|| {
            let (at, file) = self.file.as_ref()?;
            Some((get(file)?, Origin::File(at.clone(), key)))
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    // A value that is not UTF-8 is kept, so that its setting reports an error.
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The account name of this process: services and containers often have no variable for it.
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
