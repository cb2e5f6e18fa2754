//! `drumbeat cancel RUN`: withdraws a run that was not sent, or stops a post for the members who have not posted it yet.

use anyhow::{anyhow, bail};

use super::hold::WhoArg;
use super::{Exit, StoreArg, log, output, service, settings};
use crate::clock::Clock;
use crate::ops::{self, Steered};
use crate::run::{Posted, Reason, Run, State, Transition};
use crate::settings::Flags;
use crate::store::{Store, Wait};
use crate::wecom::{Error, WeCom};

/// Withdraws a run that was not sent yet; of one that was, stops the post at WeCom for the members who have not posted
/// it yet; asks first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  drumbeat cancel spring-launch@2026-03-02T09:00

A run that was not sent yet is withdrawn without a call to WeCom, whether a service runs or not.
What members have posted already stays with their customers: WeCom takes nothing back.")]
pub(super) struct Args {
    /// The run, as `history` names it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL")]
    wecom_url: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let sandbox = args.store.sandbox;
    let settings = settings(Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags })?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let run = service::run_named(&store, &args.run, &settings)?;
    if run.state == State::Claimed {
        return withdraw(&store, run, &by, args.yes);
    }
    let Some(moment_id) = run.moment_id.clone().filter(|_| run.state.is_posted()) else {
        return Err(nothing_to_cancel(&run));
    };
    if sandbox {
        bail!("{} was posted to the stand-in for WeCom, where nobody sees it: there is nothing to cancel", run.id());
    }
    let wecom = service::wecom(&settings)?;
    if run.corp != *wecom.corp() {
        bail!("{} belongs to the corp {}, and the settings are for {}", run.id(), run.corp, wecom.corp());
    }
    if !is_agreed(&run, &format!("Cancel {} for all members who have not posted it yet?", run.id()), args.yes)? {
        return Ok(Exit::Found);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let posted = runtime.block_on(cancel(&wecom, &moment_id))?;
    let step = Transition::Cancel { reason: Reason::Cancelled { by, posted: posted.clone() } };
    if let Steered::TooLate(run) = ops::steer(&store, run.clone(), &step, Clock::System.now()).wait()? {
        bail!(
            "{} is {} by now, and its log does not say that it was cancelled: {}",
            run.id(),
            run.state,
            posted.text().get(crate::text::Lang::En)
        );
    }
    output::result(&format!("{} is cancelled: {}\n", run.id(), posted.text().get(crate::text::Lang::En)))?;
    Ok(Exit::Clean)
}

/// Whether the person agrees; without a question where that was said before.
fn is_agreed(run: &Run, question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !output::can_ask() {
        bail!("not a terminal, so there is no question to answer: add --yes to cancel {} without a question", run.id());
    }
    let is_agreed = output::ask(question)?;
    if !is_agreed {
        output::print_info("nothing was cancelled");
    }
    Ok(is_agreed)
}

/// Withdraws a run of which nothing was sent.
fn withdraw(store: &Store, run: Run, by: &str, yes: bool) -> anyhow::Result<Exit> {
    if !is_agreed(&run, &format!("Withdraw {}? Nothing of it was sent yet.", run.id()), yes)? {
        return Ok(Exit::Found);
    }
    match ops::withdraw(store, run, Reason::WithdrawnBy { by: by.to_owned() }, Clock::System.now()).wait()? {
        Steered::Done(run) => {
            output::result(&format!("{} is withdrawn: nothing was sent, and nothing will be\n", run.id()))?;
            Ok(Exit::Clean)
        }
        Steered::TooLate(run) => Err(nothing_to_cancel(&run)),
    }
}

/// Why a run cannot be cancelled, and what to do.
fn nothing_to_cancel(run: &Run) -> anyhow::Error {
    if run.state.is_posted() {
        anyhow!(
            "{} was posted meanwhile: run the same command again to stop it for the members who have not posted it yet",
            run.id()
        )
    } else if run.state.is_over() {
        anyhow!("{} is {}: there is nothing at WeCom to cancel, and nothing of it will be sent", run.id(), run.state)
    } else {
        anyhow!("it cannot be withdrawn, because its request was sent: {}", ops::what_is_known(run))
    }
}

/// Cancels, then counts: what is counted afterwards cannot grow any more.
async fn cancel(wecom: &WeCom, moment_id: &str) -> Result<Posted, Error> {
    wecom.cancel(moment_id).await?;
    Ok(match wecom.task(moment_id).await {
        Ok(members) => {
            let posted = members.iter().filter(|member| member.posted).count();
            Posted::Counted { posted, members: members.len() }
        }
        Err(error) => Posted::Unknown { why: error.to_string() },
    })
}
