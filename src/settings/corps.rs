//! `[[corp]]` of the service file: several corps in one service.
//!
//! The settings of one corp are [`Settings`] with its section above the rest of the file. So each key at the top of the
//! file that a corp may have is the default of all corps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::File;
use super::{Origin, Settings, SettingsError};
use crate::ids::CorpName;
use crate::store::Address;
use crate::text::{Text, UserError as _};

/// One corp of several: its name, and its section as a layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CorpLayer {
    pub(super) name: CorpName,
    pub(super) own: File,
}

/// Variables with the value of a single corp.
const OF_ONE_CORP: [&str; 3] = ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_CORP_SECRET_FILE"];

impl Settings {
    /// The names of the configured corps, in the order of the file. Empty for a single account.
    pub fn corp_names(&self) -> Vec<CorpName> {
        self.sections.iter().filter_map(|section| section.name.parse().ok()).collect()
    }

    /// The corp whose settings these are, if several are configured.
    pub fn corp_name(&self) -> Option<&CorpName> {
        self.corp.as_ref().map(|corp| &corp.name)
    }

    /// Whether the book of this corp is that of other corps too.
    pub fn shares_book(&self) -> bool {
        let has_own = |file: &File| {
            file.book.is_some() || file.git.as_ref().is_some_and(|git| git.url.is_some() || git.path.is_some())
        };
        self.corp.as_ref().is_some_and(|corp| self.sections.len() > 1 && !has_own(&corp.own))
    }

    /// The name that the command line gives.
    pub fn named_corp(&self) -> Option<&str> {
        self.flags.corp.as_deref()
    }

    /// The same settings, as if the command line named no corp.
    pub fn without_named_corp(mut self) -> Self {
        self.flags.corp = None;
        self
    }

    /// The settings of one corp of several.
    ///
    /// # Errors
    /// No corp has this name. An unknown language is among [`Settings::errors`].
    pub fn of_corp(&self, name: &CorpName) -> Result<Self, SettingsError> {
        let Some(section) = self.sections.iter().find(|section| section.name == name.as_str()) else {
            return Err(SettingsError::UnknownCorp { name: name.to_string(), known: self.corp_names() });
        };
        let mut settings = Self {
            flags: self.flags.clone(),
            file: self.file.clone(),
            sections: Arc::clone(&self.sections),
            corp: Some(CorpLayer { name: name.clone(), own: section.layer() }),
            environment: self.environment,
            lang: self.lang,
        };
        settings.lang = settings.read_lang().unwrap_or(self.lang);
        Ok(settings)
    }

    /// The settings of the corp that a command is for: the one that `--corp` names, by name or id, or the only one.
    /// Without `[[corp]]` these settings as they are.
    ///
    /// # Errors
    /// `--corp` names no corp, or there are several and it names none.
    pub fn of_selected_corp(self) -> Result<Self, SettingsError> {
        let known = self.corp_names();
        match (self.named_corp(), &*known) {
            (None, []) => Ok(self),
            (None, [only]) => self.of_corp(only),
            (None, _) => Err(SettingsError::WhichCorp(known)),
            // Without `[[corp]]` the name only selects the directory file of a book for several corps.
            (Some(_), []) => Ok(self),
            (Some(named), _) => {
                let by_id = self.sections.iter().find(|it| it.corp_id.as_deref() == Some(named));
                let name = by_id.map_or_else(|| named.to_owned(), |it| it.name.clone());
                let unknown = || SettingsError::UnknownCorp { name: name.clone(), known: known.clone() };
                self.of_corp(&name.parse().map_err(|_| unknown())?)
            }
        }
    }

    /// Refuses a corp that is named without `[[corp]]`: an account or a store of the environment is not that corp's.
    pub(super) fn refuse_unconfigured_corp(&self) -> Result<(), SettingsError> {
        match (&self.flags.corp, &self.corp) {
            (Some(name), None) => Err(SettingsError::NoCorps { name: name.clone() }),
            _ => Ok(()),
        }
    }

    /// Whether two settings of one corp are the same: its section, and what it takes from the rest of the file. The
    /// contents of files that they name are not compared.
    pub fn is_same_corp(&self, other: &Self) -> bool {
        let rest = |settings: &Self| settings.file.clone().map(|(_, file)| file.without_process_keys());
        self.corp == other.corp && rest(self) == rest(other)
    }

    /// Finds what makes several corps impossible to tell apart.
    pub(super) fn check_corps(&self) -> Result<(), SettingsError> {
        let Some((path, file)) = self.file.as_ref().filter(|_| !self.sections.is_empty()) else { return Ok(()) };
        let invalid = |key, why| Err(SettingsError::invalid(Origin::File(path.clone(), key), why));
        let mut names = Vec::new();
        for section in self.sections.iter() {
            match section.name.parse::<CorpName>() {
                Ok(name) if names.contains(&name) => {
                    let why = text!(en: "two corps are named `{name}`", zh: "有两家企业都叫 `{name}`");
                    return invalid("corp.name", why);
                }
                Ok(name) => names.push(name),
                Err(error) => {
                    let (name, error) = (&section.name, error.text());
                    return invalid(
                        "corp.name",
                        text!(en: "`{name}`: {error}", zh: "`{name}`：{error}", error = error),
                    );
                }
            }
        }
        let ids = self.sections.iter().zip(&names).filter_map(|(it, name)| Some((it.corp_id.clone()?, name)));
        if let Some((first, second)) = repeated(ids) {
            let why = text!(
                en: "the corps `{first}` and `{second}` have the same id: each post would go out twice",
                zh: "企业 `{first}` 和 `{second}` 的企业 ID 相同：每条朋友圈都会发两次"
            );
            return invalid("corp.corp_id", why);
        }
        let top = [("corp_id", file.corp_id.is_some()), ("corp_secret_file", file.corp_secret_file.is_some())];
        if let Some((key, _)) = top.into_iter().find(|(_, is_set)| *is_set) {
            return invalid(key, belongs_to_one_corp());
        }
        if let Some(variable) =
            OF_ONE_CORP.into_iter().find(|it| (self.environment)(it).is_some_and(|it| !it.is_empty()))
        {
            return Err(SettingsError::invalid(Origin::Environment(variable), belongs_to_one_corp()));
        }
        let mut stores = Vec::with_capacity(names.len());
        for name in &names {
            // An address that cannot be read keeps only its own corp from starting.
            // A server keeps all corps together, by their ids.
            if let Ok(store @ Address::Sqlite(_)) = self.of_corp(name).and_then(|settings| settings.store()) {
                stores.push((store.to_string(), name));
            }
        }
        if let Some((first, second)) = repeated(stores) {
            let why = text!(
                en: "the corps `{first}` and `{second}` have the same store; each needs its own",
                zh: "企业 `{first}` 和 `{second}` 用了同一个记录库；每家要有自己的"
            );
            return invalid("corp.store", why);
        }
        Ok(())
    }
}

/// The first two names that stand beside the same value.
fn repeated<'a>(values: impl IntoIterator<Item = (String, &'a CorpName)>) -> Option<(&'a CorpName, &'a CorpName)> {
    let mut seen = BTreeMap::new();
    values.into_iter().find_map(|(value, name)| Some((seen.insert(value, name)?, name)))
}

fn belongs_to_one_corp() -> Text {
    text!(
        en: "it belongs to one corp, and several are configured with [[corp]]: write it there",
        zh: "它只属于一家企业，而现在用 `[[corp]]` 配置了几家：请写到 `[[corp]]` 里"
    )
}
