//! `drumbeat cancel RUN`: withdraws a run that was not sent, or stops a post for the members who have not posted it yet.

use super::error::Result;
use super::hold::WhoArg;
use super::{Exit, StoreArg, log, output, service, settings};
use crate::clock::Clock;
use crate::ops::{self, Cancellation};
use crate::run::RunId;
use crate::settings::Flags;
use crate::store::Wait;
use crate::text::Text;

/// Withdraws a run that was not sent yet; for a run that was sent, stops the post at WeCom for the members who have
/// not posted it yet; asks first
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

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let sandbox = args.store.sandbox;
    let settings = settings(Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags })?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = args.who.name(&settings)?;
    let store = service::existing_store(&settings)?;
    let run = ops::run_named(&store, &args.run, settings.corp().as_ref()).wait()?;
    let id = run.id();
    let moment_id = match ops::cancellation(&run)? {
        Cancellation::Withdraw => {
            let question = text!(
                en: "Withdraw {id}? Nothing of it was sent yet.",
                zh: "要取消 {id} 吗？它还没有提交。"
            );
            if !is_agreed(&id, question, args.yes)? {
                return Ok(Exit::Found);
            }
            ops::withdraw_by(&store, run, &by, Clock::System.now()).wait()?;
            let told = text!(
                en: "{id} is withdrawn: nothing was sent, and nothing will be\n",
                zh: "{id} 已取消：没有提交过，以后也不会提交\n"
            );
            output::result(told.get(output::lang()))?;
            return Ok(Exit::Clean);
        }
        Cancellation::StopAtWecom { moment_id } => moment_id,
    };
    if sandbox {
        fail!(
            en: "{id} was posted to the sandbox, where no customer sees it: there is nothing to cancel",
            zh: "{id} 是发表到模拟环境的，没有人会看到：不需要停止"
        );
    }
    let wecom = service::wecom(&settings)?;
    ops::check_corp(&run, &wecom)?;
    let question = text!(
        en: "Cancel {id} for all members who have not posted it yet?",
        zh: "要让还没发表的成员都不再发表 {id} 吗？"
    );
    if !is_agreed(&id, question, args.yes)? {
        return Ok(Exit::Found);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stopped = ops::stop_at_wecom(&store, &wecom, run, &moment_id, &by, Clock::System.now());
    let (_, posted) = runtime.block_on(stopped)?;
    let told = text!(en: "{id} is cancelled: {posted}\n", zh: "{id} 已停止发表：{posted}\n", posted = posted.text());
    output::result(told.get(output::lang()))?;
    Ok(Exit::Clean)
}

/// Whether the person agrees; not asked with `--yes`.
fn is_agreed(run: &RunId, question: Text, yes: bool) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !output::can_ask() {
        fail!(
            en: "no terminal for the question: add --yes to cancel {run} without a question",
            zh: "这里不是终端，没法提问：要不经询问就取消 {run}，请加 --yes"
        );
    }
    let is_agreed = output::ask(question)?;
    if !is_agreed {
        output::print_info(text!(en: "nothing was cancelled", zh: "什么都没有改动"));
    }
    Ok(is_agreed)
}
