//! Several corps: which of them a command is for.

use super::error::{CliError, Result};
use super::{output, settings_of_all};
use crate::ids::CorpId;
use crate::invocation::{quoted, with_corp};
use crate::settings::{Flags, Settings, SettingsError};
use crate::text::{Text, UserError as _};

/// The corps that a command is for, which takes one or all.
pub(super) struct Selected {
    /// The settings of each corp; of the single account without `[[corp]]`.
    pub(super) corps: Vec<Settings>,
    /// Without `[[corp]]`: the id that `--corp` names, which selects in the store of the single account.
    pub(super) id: Option<CorpId>,
}

/// The corp that `--corp` names, or all.
///
/// # Errors
/// The settings cannot be read, or no corp has the name.
pub(super) fn selected(flags: Flags) -> Result<Selected> {
    let all = settings_of_all(flags)?;
    let names = all.corp_names();
    if names.is_empty() {
        let id = all.named_corp().map(|id| CorpId(id.to_owned()));
        return Ok(Selected { corps: vec![all.without_named_corp()], id });
    }
    let corps = match all.named_corp() {
        Some(_) => vec![all.of_selected_corp()?],
        None => names.iter().map(|name| all.of_corp(name)).collect::<std::result::Result<_, _>>()?,
    };
    if let [only] = &*corps {
        output::choose_lang(only.lang(None));
    }
    Ok(Selected { corps, id: None })
}

/// Does something for each corp. With several, one that fails does not keep the others from it.
///
/// # Errors
/// It failed for a corp; with several, the names and errors of all for which it failed.
pub(super) fn for_each(corps: &[Settings], mut act: impl FnMut(&Settings) -> Result<()>) -> Result<()> {
    let mut failed = Vec::new();
    for settings in corps {
        let name = settings.corp_name().cloned();
        match (with_corp(name.clone(), || act(settings)), name) {
            (Ok(()), _) => {}
            (Err(error), Some(name)) if corps.len() > 1 => {
                let why = error.into_text();
                failed.push(text!(en: "corp `{name}`: {why}", zh: "企业 `{name}`：{why}", why = why));
            }
            (Err(error), _) => return Err(error),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Text::join(&failed, &Text::quoted("\n       ")).into()) }
}

/// The error of a command without `--corp`, with the command that would work.
pub(super) fn with_example(error: SettingsError) -> CliError {
    let SettingsError::WhichCorp(names) = &error else { return error.into() };
    let typed: Vec<String> = std::env::args().skip(1).map(|word| quoted(&word)).collect();
    let example = names.first().map(|name| format!("drumbeat {} --corp {name}", typed.join(" ")));
    text!(
        en: "{error}; name one, such as `{example}`",
        zh: "{error}；请指定一家，例如 `{example}`",
        error = error.text(),
        example = example.unwrap_or_default()
    )
    .into()
}
