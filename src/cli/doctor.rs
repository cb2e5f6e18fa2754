//! `drumbeat doctor`: checks credentials, permissions, addresses and references.

use super::error::{CliError, Result};
use super::{Exit, Format, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::doctor::{CheckStatus, DoctorInput, examine};
use crate::report::doctor;
use crate::settings::Flags;
use crate::text::UserError as _;

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
    let settings = settings(Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags })?;
    let input = DoctorInput {
        clock: Clock::System,
        settings: service::settings_errors(&settings),
        renamed_keys: settings.renamed_keys(),
        store: settings.store()?,
        book: service::book_location(&settings).map_err(CliError::into_text),
        account: if sandbox { Ok(service::sandbox()) } else { service::wecom(&settings).map_err(CliError::into_text) },
        notify_url: settings.notify_url().map_err(|error| error.with_causes()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcomes = runtime.block_on(examine(&input));
    output::result(&match args.format {
        Format::Human => doctor::human(&outcomes, output::width(), output::lang()),
        Format::Json => doctor::json(&outcomes, output::lang())?,
    })?;
    let bad = outcomes.iter().any(|outcome| outcome.status == CheckStatus::Failed);
    Ok(if bad { Exit::Found } else { Exit::Clean })
}
