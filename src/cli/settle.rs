//! `drumbeat settle RUN`: a person says what became of a run, or corrects what is recorded of it.

use std::time::Duration;

use anyhow::{anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};

use super::hold::WhoArg;
use super::{Exit, StoreArg, log, output, service, settings};
use crate::clock::Clock;
use crate::engine;
use crate::run::{Event, Move, Run, State};
use crate::schedule::civil::read_in;
use crate::settings::Flags;
use crate::store::{Sole, Store, StoreError};

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

/// What a person says, and when.
struct Verdict<'a> {
    moment_id: Option<&'a str>,
    reason: Option<&'a str>,
    by: &'a str,
    now: DateTime<Utc>,
    settle_window: Duration,
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let mut run = service::run_named(&store, &args.run, &settings)?;
    let verdict = Verdict {
        moment_id: args.outcome.created.as_deref().map(str::trim),
        reason: args.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()),
        by: &by,
        now: Clock::System.now(),
        settle_window: settings.settle_window()?.unwrap_or(engine::Settings::default().settle_window),
    };
    let _sole = if run.state == State::Sending { Some(cut_off(&store, &mut run, verdict.now)?) } else { None };
    refuse(&store, &run, &verdict)?;
    let reason = verdict.in_words(&run);
    let step = Move::Settle { moment_id: verdict.moment_id.map(str::to_owned), reason };
    let event = run.apply(step, verdict.now)?;
    save(&store, &run, &event)?;
    output::result(&format!("{} is {}\n", run.id(), run.state))?;
    if verdict.moment_id.is_none() {
        output::talk(&format!(
            "nothing is sent again by itself; if it is still wanted: drumbeat post {}",
            run.campaign
        ));
    }
    Ok(Exit::Clean)
}

/// Takes a run whose process died while it was sent into doubt. While that process lives, nobody can know.
fn cut_off(store: &Store, run: &mut Run, now: DateTime<Utc>) -> anyhow::Result<Sole> {
    let sole = match store.sole(now) {
        Ok(sole) => sole,
        Err(StoreError::InUse { .. }) => {
            bail!("{0} is being sent in this moment: look at it again in a minute with `drumbeat show {0}`", run.id())
        }
        Err(error) => return Err(error.into()),
    };
    service::say_what_is_lost(&sole);
    let reason = "the service stopped while the request was under way".to_owned();
    let event = run.apply(Move::Lose { look_at: now, reason }, now)?;
    save(store, run, &event)?;
    Ok(sole)
}

fn save(store: &Store, run: &Run, event: &Event) -> anyhow::Result<()> {
    match store.save((run, event)) {
        Ok(()) => Ok(()),
        Err(StoreError::Moved { .. }) => {
            Err(anyhow!("the service moved {0} in this moment: look at it again with `drumbeat show {0}`", run.id()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Says why a run is not for a person to settle so, and what to do.
fn refuse(store: &Store, run: &Run, verdict: &Verdict<'_>) -> anyhow::Result<()> {
    let id = run.id();
    if let Some(moment_id) = verdict.moment_id {
        if moment_id.is_empty() || moment_id.contains(char::is_whitespace) {
            bail!("`{moment_id}` is no moment id: copy the id alone, as `show` or WeCom's list writes it");
        }
        if run.moment_id.as_deref() == Some(moment_id) && run.state.is_posted() {
            bail!("{id} is recorded as the moment {moment_id} already: there is nothing to settle");
        }
        if !store.owned(&run.corp, &[moment_id.to_owned()])?.is_empty() {
            bail!(
                "another run owns {moment_id} already, and a moment belongs to one run: find it with `drumbeat history --format json`, \
                 and if that run is the wrong one, settle it first"
            );
        }
    }
    match run.state {
        State::Claimed if verdict.moment_id.is_none() => {
            bail!("nothing of {id} was sent: `drumbeat cancel {id}` withdraws it")
        }
        State::Held | State::Missed | State::Failed if verdict.moment_id.is_none() => {
            bail!("{id} is {}: nothing of it was sent, so that it does not exist is recorded already", run.state)
        }
        State::Absent if verdict.moment_id.is_none() => bail!("{id} is absent already: there is nothing to settle"),
        State::Submitted | State::InDoubt if verdict.moment_id.is_none() && !run.needs_person => {
            let sent_at = run.sent_at.unwrap_or(run.updated_at);
            let until = sent_at + TimeDelta::from_std(verdict.settle_window).unwrap_or(TimeDelta::MAX);
            if verdict.now < until {
                let until = read_in(&run.zone, until);
                bail!(
                    "{id} is still being looked for, and WeCom may show it until {until} ({}): if WeCom does not have it then, \
                     run the same command again; `drumbeat run` goes on looking meanwhile",
                    run.zone
                );
            }
        }
        State::Created | State::Partial if wecom_named_it(store, run)? => {
            bail!(
                "WeCom itself named {} as the moment of {id}, so it exists: `drumbeat cancel {id}` stops it for members who have \
                 not posted it yet",
                run.moment_id.as_deref().unwrap_or("the moment")
            );
        }
        _ => {}
    }
    if verdict.reason.is_none() && !is_open_question(run.state) {
        bail!("{id} is {}: to correct that, say why with --reason TEXT, for the history", run.state);
    }
    Ok(())
}

/// Whether a run waits to be told what became of its request: nothing that is recorded is contradicted.
fn is_open_question(state: State) -> bool {
    matches!(state, State::Submitted | State::InDoubt)
}

/// Whether a posted run owes its moment to the result of WeCom's job, and not to looking or to a person.
fn wecom_named_it(store: &Store, run: &Run) -> anyhow::Result<bool> {
    let log = store.log(run)?;
    let last = log.iter().rev().find(|line| line.verb == "create" || line.verb == "settle");
    Ok(last.is_none_or(|line| line.verb == "create" && line.from.as_deref() == Some(State::Submitted.name())))
}

impl Verdict<'_> {
    fn in_words(&self, run: &Run) -> String {
        let by = self.by;
        let said = match (is_open_question(run.state), self.moment_id) {
            (true, Some(_)) => format!("the answer was lost; {by} found it at WeCom"),
            (true, None) => format!("the answer was lost; {by} looked and WeCom does not have it"),
            (false, Some(_)) => format!("{by} corrected `{}`: it exists at WeCom", run.state),
            (false, None) => format!("{by} corrected `{}`: it does not exist at WeCom", run.state),
        };
        self.reason.map_or(said.clone(), |reason| format!("{said}: {reason}"))
    }
}
