//! `drumbeat settle RUN`: a person says what became of a run, or corrects what is recorded of it.

use anyhow::anyhow;

use super::hold::WhoArg;
use super::{Exit, StoreArg, log, output, service, settings};
use crate::clock::Clock;
use crate::engine;
use crate::ops::{self, NotSettled, Settlement};
use crate::run::{Run, State};
use crate::schedule::civil::read_in;
use crate::settings::Flags;
use crate::store::{Store, Wait};

/// Says what became of a run, after you looked at WeCom, or corrects what is recorded of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat history --state in_doubt
  drumbeat settle spring-launch@2026-03-02T09:00 --created momXXXXXXXX
  drumbeat settle spring-launch@2026-03-02T09:00 --absent
  drumbeat settle spring-launch@2026-03-02T09:00 --created momXXXXXXXX --reason \"it was posted after the expiry\"

A run that was sent and is not over needs no reason; a run that is over, or of which nothing was
sent, is corrected with one. The history keeps what was recorded before, who corrected it and why.

Nothing is sent by this. If the post does not exist and is still wanted: settle the run with
--absent, then `drumbeat post CAMPAIGN`. A run of which nothing was sent is withdrawn with
`drumbeat cancel RUN`.")]
pub(super) struct Args {
    /// The run, as `history` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    outcome: Outcome,
    /// Why what is recorded is wrong, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
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
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let mut run = service::run_named(&store, &args.run, &settings)?;
    let statement = Settlement {
        moment_id: args.outcome.created.as_deref().map(str::trim),
        reason: args.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()),
        by: &by,
        now: Clock::System.now(),
        settle_window: settings.settle_window()?.unwrap_or(engine::Settings::default().settle_window),
    };
    let lock = ops::release_from_sending(&store, &mut run, statement.now).wait().map_err(|why| in_words(why, &run))?;
    lock.iter().for_each(service::log_lost_commits);
    ops::settle(&store, &mut run, &statement).wait().map_err(|why| in_words(why, &run))?;
    output::result(&format!("{} is {}\n", run.id(), run.state))?;
    if let Some(moment_id) = statement.moment_id.filter(|id| !id.starts_with("mom")) {
        output::print_info(format!(
            "`{moment_id}` does not look like WeCom's moment ids, which begin with `mom`; if it is a slip, run `drumbeat settle {} \
             --created MOMENT_ID --reason TEXT`",
            run.id()
        ));
    }
    if statement.moment_id.is_none() {
        output::print_info(format!(
            "nothing is sent again by itself; if it is still wanted: drumbeat post {}",
            run.campaign
        ));
    }
    Ok(Exit::Clean)
}

/// Why a run is not settled so, and what to do.
fn in_words(why: NotSettled, run: &Run) -> anyhow::Error {
    let id = run.id();
    match why {
        NotSettled::BadMomentId(text) => {
            anyhow!("`{text}` is not a moment id: copy the id alone, as `show` or WeCom's list writes it")
        }
        NotSettled::SameMoment => {
            let moment_id = run.moment_id.as_deref().unwrap_or_default();
            anyhow!("{id} is recorded as the moment {moment_id} already: there is nothing to settle")
        }
        NotSettled::OwnedByAnother { moment_id, owner } => anyhow!(
            "{owner} owns {moment_id} already, and a moment belongs to one run: look at it with `drumbeat show {owner}`, and if \
             that run is the wrong one, settle it first"
        ),
        NotSettled::NotSent => anyhow!("nothing of {id} was sent: `drumbeat cancel {id}` withdraws it"),
        NotSettled::AbsentAlready if run.state == State::Absent => {
            anyhow!("{id} is absent already: there is nothing to settle")
        }
        NotSettled::AbsentAlready => {
            anyhow!("{id} is {}: nothing of it was sent, so that it does not exist is recorded already", run.state)
        }
        NotSettled::TooEarly(until) => anyhow!(
            "{id} is still being looked for, and WeCom may show it until {} ({}): if WeCom does not have it then, \
             run the same command again; `drumbeat run` goes on looking meanwhile",
            read_in(&run.zone, until),
            run.zone
        ),
        NotSettled::NamedByWecom => anyhow!(
            "WeCom itself named {} as the moment of {id}, so it exists: `drumbeat cancel {id}` stops it for members who have \
             not posted it yet",
            run.moment_id.as_deref().unwrap_or("the moment")
        ),
        NotSettled::NeedsReason => {
            anyhow!("{id} is {}: to correct that, say why with --reason TEXT, for the history", run.state)
        }
        NotSettled::BeingSent => {
            anyhow!("{id} is being sent in this moment: look at it again in a minute with `drumbeat show {id}`")
        }
        NotSettled::ChangedMeanwhile => {
            anyhow!("the service moved {id} in this moment: look at it again with `drumbeat show {id}`")
        }
        NotSettled::Illegal(error) => error.into(),
        NotSettled::Store(error) => error.into(),
    }
}
