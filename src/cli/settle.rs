//! `drumbeat settle RUN`: a person states the outcome of a run, or corrects a recorded outcome.

use super::error::Result;
use super::hold::WhoArg;
use super::{Exit, StoreArg, log, output, service, settings};
use crate::clock::Clock;
use crate::engine;
use crate::invocation::command;
use crate::ops::{self, Settlement};
use crate::settings::Flags;
use crate::store::Wait;
use crate::text::Text;

/// Records the outcome of a run after you checked WeCom, or corrects a recorded outcome
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
    /// Why the recorded outcome is wrong; needed for a correction
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
    /// The post exists at WeCom, with this moment id
    #[arg(long, value_name = "MOMENT_ID")]
    created: Option<String>,
    /// It does not exist
    #[arg(long)]
    absent: bool,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = args.who.name(&settings)?;
    let store = service::existing_store(&settings)?;
    let mut run = ops::run_named(&store, &args.run, settings.corp().as_ref()).wait()?;
    let statement = Settlement {
        moment_id: args.outcome.created.as_deref().map(str::trim),
        reason: args.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()),
        by: &by,
        now: Clock::System.now(),
        settle_window: settings.settle_window()?.unwrap_or(engine::Settings::default().settle_window),
    };
    let lock = ops::release_from_sending(&store, &mut run, statement.now).wait()?;
    lock.iter().for_each(ops::log_lost_commits);
    ops::settle(&store, &mut run, &statement).wait()?;
    let id = run.id();
    let told = text!(en: "{id} is {state}\n", zh: "{id} 现在的状态是“{state}”\n", state = run.state.text());
    output::result(told.get(output::lang()))?;
    if let Some(moment_id) = statement.moment_id.filter(|id| !ops::looks_like_moment_id(id)) {
        output::print_info(text!(
            en: "`{moment_id}` does not look like WeCom's moment ids, which begin with `mom`; if it is wrong, run `{settle}`",
            zh: "`{moment_id}` 不像企业微信的朋友圈 ID（以 `mom` 开头）；如果写错了，请运行 `{settle}` 更正",
            settle = Text::of(
                command(format_args!("settle {id} --created MOMENT_ID --reason TEXT")),
                command(format_args!("settle {id} --created 朋友圈ID --reason 原因")),
            )
        ));
    }
    if statement.moment_id.is_none() {
        let campaign = &run.campaign;
        output::print_info(text!(
            en: "Drumbeat does not send it again; to post the campaign now: {post}",
            zh: "不会自动重发；如果还需要发表：{post}",
            post = command(format_args!("post {campaign}"))
        ));
    }
    Ok(Exit::Clean)
}
