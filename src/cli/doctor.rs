//! `drumbeat doctor`: checks credentials, permissions, addresses and references.

use super::corps::{self, Selected};
use super::error::{CliError, Result};
use super::{Exit, Format, StoreArg, output, service};
use crate::clock::Clock;
use crate::doctor::{CheckStatus, DoctorInput, examine, invalid_setting};
use crate::ids::{CorpId, CorpName};
use crate::invocation::in_corp;
use crate::report::doctor::{self, Part};
use crate::settings::{Flags, Settings, SettingsError};
use crate::text::{Text, UserError as _};

/// Checks credentials, permissions, addresses, the store and the clock; makes harmless calls only
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat doctor --format json

Exit codes: 0 all checks passed, 1 a check failed, 2 the checks could not be made.")]
pub(super) struct Args {
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL")]
    wecom_url: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let sandbox = args.store.sandbox;
    let flags = Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags };
    let Selected { corps, id } = corps::selected(flags)?;
    if let Some(CorpId(name)) = id {
        return Err(SettingsError::NoCorps { name }.into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut parts = Vec::with_capacity(corps.len());
    for settings in &corps {
        let name = settings.corp_name().cloned();
        let outcomes = runtime.block_on(in_corp(name.clone(), async { Ok(examine(&input(settings, sandbox)?).await) }));
        parts.push((name, outcomes.map_err(CliError::into_text)));
    }
    // A single account, and one corp of several, are shown as they are.
    let parts: Vec<Part> = match <[_; 1]>::try_from(parts) {
        Ok([(_, Err(error))]) => return Err(error.into()),
        Ok([(_, Ok(outcomes))]) => vec![Part { corp: None, outcomes }],
        Err(parts) => {
            let part = |(corp, outcomes): (Option<CorpName>, std::result::Result<_, Text>)| Part {
                corp,
                outcomes: outcomes.unwrap_or_else(|why| vec![invalid_setting(&why)]),
            };
            parts.into_iter().map(part).collect()
        }
    };
    output::result(&match args.format {
        Format::Human => doctor::human(&parts, output::width(), output::lang()),
        Format::Json => doctor::json(&parts, output::lang())?,
    })?;
    let mut outcomes = parts.iter().flat_map(|part| &part.outcomes);
    let bad = outcomes.any(|outcome| outcome.status == CheckStatus::Failed);
    Ok(if bad { Exit::Found } else { Exit::Clean })
}

fn input(settings: &Settings, sandbox: bool) -> Result<DoctorInput> {
    Ok(DoctorInput {
        clock: Clock::System,
        settings: service::settings_errors(settings),
        renamed_keys: settings.renamed_keys(),
        store: settings.store()?,
        book: service::book_location(settings).map_err(CliError::into_text),
        account: if sandbox { Ok(service::sandbox()) } else { service::wecom(settings).map_err(CliError::into_text) },
        notify_url: settings.notify_url().map_err(|error| error.with_causes()),
    })
}
