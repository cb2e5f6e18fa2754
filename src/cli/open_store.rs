//! Opens the store of a corp, and creates it: but never an empty one where the history of the corp is in another file.
//!
//! Who moves a single account into `[[corp]]`, renames a corp or changes the address gets a new store. It has no holds
//! and no runs that wait or are in doubt, and it does not know what was posted. So this asks for a decision.

use std::path::{Path, PathBuf};

use super::error::{CliError, Result};
use crate::ids::CorpId;
use crate::invocation::quoted;
use crate::settings::Settings;
use crate::store::{Address, Store, Wait, file_knows};

/// The store of the settings.
///
/// # Errors
/// It cannot be opened, or it is new and another file has the history of the corp.
pub(super) fn open_store(settings: &Settings, sandbox: bool) -> Result<Store> {
    let address = settings.store()?;
    let Some(corp) = settings.corp().filter(|_| !sandbox) else { return Ok(Store::open(&address)?) };
    if address.is_missing_file() {
        refuse_new(settings, &address, &corp)?;
        return Ok(Store::open(&address)?);
    }
    let store = Store::open(&address)?;
    store.check_not_moved(&corp).wait()?;
    if !store.knows(&corp).wait()? {
        refuse_new(settings, &address, &corp)?;
    }
    Ok(store)
}

/// Refuses to begin a new history if another file has one of the corp.
fn refuse_new(settings: &Settings, address: &Address, corp: &CorpId) -> Result<()> {
    match former(settings, address, corp) {
        None => Ok(()),
        Some(found) => Err(refusal(settings, address, corp, &Address::Sqlite(found))),
    }
}

/// The file with the history of the corp: the store of a single account, or one beside the new store.
fn former(settings: &Settings, address: &Address, corp: &CorpId) -> Option<PathBuf> {
    let of_all = match settings.store_of_all() {
        Some(Address::Sqlite(path)) => Some(path),
        _ => None,
    };
    let others = settings.corp_names().into_iter().filter_map(|name| settings.of_corp(&name).ok()?.store().ok());
    let others: Vec<PathBuf> = others
        .chain([address.clone()])
        .filter_map(|address| match address {
            Address::Sqlite(path) => Some(real(&path)),
            Address::Postgres(_) => None,
        })
        .collect();
    let ending = match address {
        Address::Sqlite(path) => path.extension().map(ToOwned::to_owned),
        Address::Postgres(_) => Some("db".into()),
    };
    let beside = std::fs::read_dir(address.directory()).into_iter().flatten().filter_map(std::result::Result::ok);
    let mut beside: Vec<PathBuf> =
        beside.map(|entry| entry.path()).filter(|path| path.extension() == ending.as_deref()).collect();
    beside.sort();
    let found = of_all.into_iter().chain(beside).map(|path| real(&path));
    let mut new = found.filter(|path| !others.contains(path));
    new.find(|path| file_knows(path, corp))
}

/// Without links, as far as the file exists.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

fn refusal(settings: &Settings, address: &Address, corp: &CorpId, found: &Address) -> CliError {
    let line = format!("store = \"{found}\"");
    let is_server = matches!(address, Address::Postgres(_));
    let act = match settings.corp_name() {
        _ if is_server => text!(
            en: "to go on with it there, stop the service and run `{copy}`",
            zh: "要在新记录库里接着用它，请先停掉服务，再运行 `{copy}`",
            copy = format_args!("drumbeat store copy --from {} --to {}", quoted(&found.to_string()), quoted(&address.to_string()))
        ),
        Some(name) => text!(
            en: "to go on with it, write `{line}` into the [[corp]] `{name}`",
            zh: "要接着用它，请在企业 `{name}` 的 `[[corp]]` 里写 `{line}`"
        ),
        None => text!(
            en: "to go on with it, write `{line}` into the service file, or set DRUMBEAT_STORE or --store to it",
            zh: "要接着用它，请在服务配置文件里写 `{line}`，或者用 `DRUMBEAT_STORE`、`--store` 指定它"
        ),
    };
    text!(
        en: "the store {address} is new, and the history of the corp {corp} is in {found}. A new store knows neither its \
             holds nor what was posted: {act}; to begin without it, move that file to another directory",
        zh: "记录库 {address} 是新的，而企业 {corp} 的发表记录在 {found} 里。新记录库不知道发表过什么、暂停了什么：{act}；\
             如果确实要从头开始，请把那个文件移到别的文件夹",
        act = act
    )
    .into()
}
