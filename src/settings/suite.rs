//! `[suite]` of the service file: a provider's app, whose callbacks the service answers.

use std::path::PathBuf;
use std::time::Duration;

use super::file::SuiteFile;
use super::{Listen, Origin, Settings, SettingsError};
use crate::duration;
use crate::ids::CorpId;
use crate::secret::Secret;
use crate::store::Address;
use crate::text::{Text, UserError as _};

/// How long the data of a corp are kept after it has withdrawn its authorisation.
const KEEP_CANCELLED: Duration = Duration::from_secs(7 * 86_400);

/// Where the permanent codes are kept.
#[derive(Clone, Debug)]
pub enum CodesPlace {
    File(PathBuf),
    /// In the store of the process, on a server, for all replicas. `former` is the file of `codes_file`.
    Server {
        store: Address,
        former: Option<PathBuf>,
    },
}

/// A provider's app.
#[derive(Clone, Debug)]
pub struct SuiteSettings {
    pub id: String,
    pub secret: Secret,
    /// The provider's own corp.
    pub provider: CorpId,
    /// Of the callback addresses.
    pub token: Secret,
    pub encoding_aes_key: Secret,
    /// Where the encrypted permanent codes are, and their key.
    pub codes: CodesPlace,
    pub codes_key: Secret,
    /// Where the callbacks are served.
    pub listen: Listen,
    pub keep_cancelled: Duration,
}

impl Settings {
    /// The provider's app, if the service file has one.
    ///
    /// # Errors
    /// A key is missing or invalid, or a file that it names cannot be read.
    pub fn suite(&self) -> Result<Option<SuiteSettings>, SettingsError> {
        let Some((suite, origin)) = self.in_file("suite", |file| file.suite.as_ref()) else { return Ok(None) };
        let invalid = |key, why| SettingsError::invalid(origin.clone().with_key(key), why);
        let text = |key, get: fn(&SuiteFile) -> &Option<String>| {
            get(suite).clone().filter(|text| !text.trim().is_empty()).ok_or_else(|| invalid(key, missing()))
        };
        let secret = |key, get: fn(&SuiteFile) -> &Option<PathBuf>| {
            let path = get(suite).clone().ok_or_else(|| invalid(key, missing()))?;
            Self::secret_file(&path, origin.clone().with_key(key))
        };
        let id = text("suite.id", |it| &it.id)?;
        let codes = match (self.store_at_top(), suite.codes_file.clone()) {
            (Some(store @ Address::Postgres(_)), former) => {
                // As that of a corp, its rows are changed by one process at a time.
                let store = store.of_corp_id(Some(CorpId(format!("suite:{id}"))));
                CodesPlace::Server { store, former }
            }
            (_, Some(file)) => CodesPlace::File(file),
            (_, None) => return Err(invalid("suite.codes_file", missing())),
        };
        let listen = text("suite.listen", |it| &it.listen)?;
        let listen = listen.parse().map(Listen::Explicit).map_err(|_| {
            let why = text!(
                en: "write an address and a port, such as 127.0.0.1:9130",
                zh: "请写地址和端口，例如 `127.0.0.1:9130`"
            );
            invalid("suite.listen", why)
        })?;
        let keep_cancelled = match &suite.keep_cancelled {
            Some(text) => duration::parse(text).map_err(|error| invalid("suite.keep_cancelled", error.text()))?,
            None => KEEP_CANCELLED,
        };
        Ok(Some(SuiteSettings {
            id,
            secret: secret("suite.secret_file", |it| &it.secret_file)?,
            provider: CorpId(text("suite.provider_corp_id", |it| &it.provider_corp_id)?),
            token: secret("suite.callback_token_file", |it| &it.callback_token_file)?,
            encoding_aes_key: secret("suite.callback_aes_key_file", |it| &it.callback_aes_key_file)?,
            codes,
            codes_key: secret("suite.codes_key_file", |it| &it.codes_key_file)?,
            listen,
            keep_cancelled,
        }))
    }

    /// Refuses a corp with `suite = true` where there is no `[suite]`.
    pub(super) fn suite_of_corp(&self, origin: Origin) -> Result<(), SettingsError> {
        match self.suite()? {
            Some(_) => Ok(()),
            None => Err(SettingsError::invalid(
                origin,
                text!(en: "there is no [suite] in the service file", zh: "服务配置文件里没有 `[suite]`"),
            )),
        }
    }
}

fn missing() -> Text {
    text!(en: "it is missing", zh: "没有写")
}
