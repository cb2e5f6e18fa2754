//! `drumbeat settle RUN`: a person says what became of a run that looking could not settle.

use anyhow::bail;

use super::hold::WhoArg;
use super::{Exit, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::run::{Invalid, Move, Run, State};
use crate::settings::Flags;
use crate::store::{Store, StoreError};

/// Says what became of a run whose answer was lost, after you looked at WeCom
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat history --state in_doubt
  drumbeat settle spring-launch@2026-03-02T09:00 --created momXXXXXXXX
  drumbeat settle spring-launch@2026-03-02T09:00 --absent

It is written down and never sent again: if it is absent and still wanted, `drumbeat post` posts
it anew.")]
pub(super) struct Args {
    /// The run, as `history` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    outcome: Outcome,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Outcome {
    /// It exists, as this moment
    #[arg(long, value_name = "MOMENT_ID")]
    created: Option<String>,
    /// It does not exist
    #[arg(long)]
    absent: bool,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.store, ..flags })?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let mut run = service::run_named(&store, &args.run, &settings)?;
    refuse(&store, &run, args.outcome.created.as_deref())?;
    let step = match args.outcome.created {
        Some(moment_id) => {
            let reason = Some(format!("the answer was lost; {by} found it at WeCom"));
            Move::Create { moment_id: moment_id.trim().to_owned(), invalid: Invalid::default(), reason }
        }
        None => Move::Miss { reason: format!("the answer was lost; {by} looked and WeCom does not have it") },
    };
    let event = run.apply(step, Clock::System.now())?;
    match store.save((&run, &event)) {
        Ok(()) => {}
        Err(StoreError::Moved { .. }) => {
            bail!("the service moved {} in this moment: look at it again with `drumbeat show {}`", run.id(), run.id())
        }
        Err(error) => return Err(error.into()),
    }
    output::result(&format!("{} is {}\n", run.id(), run.state))?;
    Ok(Exit::Clean)
}

/// Says why a run is not for a person to settle.
fn refuse(store: &Store, run: &Run, created: Option<&str>) -> anyhow::Result<()> {
    let id = run.id();
    if run.state != State::InDoubt {
        bail!("{id} is {}: only a run in doubt can be settled", run.state);
    }
    let Some(moment_id) = created.map(str::trim) else {
        if !run.needs_person {
            bail!(
                "{id} is still being looked for, and WeCom may yet show it: wait until `drumbeat show {id}` says that a person must look"
            );
        }
        return Ok(());
    };
    if moment_id.is_empty() {
        bail!("the moment id is empty: copy it from WeCom's list");
    }
    if !store.owned(&run.corp, &[moment_id.to_owned()])?.is_empty() {
        bail!("another run owns {moment_id} already: a moment belongs to one run");
    }
    Ok(())
}
