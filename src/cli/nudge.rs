//! `drumbeat report RUN --nudge`: reminds the members who have not posted a run.

use std::time::Duration;

use super::error::Result;
use super::{Exit, Format, log, output, service, settings};
use crate::campaign;
use crate::load::load;
use crate::ops;
use crate::report::reminders;
use crate::schedule::PostingBlocks;
use crate::settings::Flags;
use crate::store::Wait;
use crate::text::UserError as _;

/// A single command waits no longer than this for its calls.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// What the command line asks for.
pub(super) struct NudgeOptions {
    pub(super) run: String,
    /// Do not ask.
    pub(super) yes: bool,
    pub(super) sandbox: bool,
    pub(super) format: Format,
}

/// Shows who would be reminded, asks, and reminds.
pub(super) fn run(options: &NudgeOptions, flags: Flags) -> Result<Exit> {
    let settings = settings(flags)?;
    log::start(log::LogFormat::Human, "warn")?;
    let by = settings.user().unwrap_or_else(|| "?".to_owned());
    let store = service::existing_store(&settings)?;
    let run = ops::run_named(&store, &options.run, settings.corp().as_ref()).wait()?;
    if options.sandbox {
        let id = run.id();
        fail!(
            en: "{id} was posted to the sandbox, which has no members to remind any more",
            zh: "{id} 是发表到模拟环境的，没有成员可以提醒"
        );
    }
    let Some(agent) = settings.agent()? else {
        fail!(
            en: "`agentid` is not set in the service file: write the number of the app that reminds the members (AgentId on the app's page in WeCom's console)",
            zh: "服务配置文件里没有 `agentid`：请写用来提醒成员的应用的 AgentId，在企业微信管理后台的应用详情里"
        );
    };
    let book = service::current_book(&settings).and_then(|source| load(&source, &service::corp(&settings)).ok());
    if let Some(book) = &book {
        super::use_lang_of(&book.book.policy, &settings);
    }
    let campaigns = book.as_ref().map_or(&[][..], |book| &book.result.campaigns);
    let title = campaign::title_of(campaigns, &run.campaign);
    // What members read is in the language of the corp, whatever `--lang` says.
    let lang = settings.lang(book.as_ref().and_then(|book| book.book.policy.lang()));
    let message = ops::nudge_message(agent, settings.nudge_text()?.as_ref(), &run, &title, lang);
    let wecom = service::wecom(&settings)?;
    ops::check_corp(&run, &wecom)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plan = runtime.block_on(ops::plan_nudge(&store, &wecom, run, None, wecom.clock().now()))?;
    let is_json = matches!(options.format, Format::Json);
    if !is_json {
        output::result(&reminders::human(&plan, &message.text, output::lang()))?;
    }
    let no_blocks = PostingBlocks::default();
    let blocks = book.as_ref().map_or(&no_blocks, |book| &book.result.posting_blocks);
    let quiet = ops::quiet_at(blocks, &plan.run, wecom.clock().now());
    let count = plan.members.len();
    let is_agreed = match &quiet {
        _ if plan.members.is_empty() => false,
        Some(reason) => {
            let why = ops::NudgeError::Quiet(reason.clone()).text();
            output::print_info(why);
            false
        }
        None if options.yes => true,
        None if !is_json && output::can_ask() => {
            output::ask(text!(en: "Remind these {count} members now?", zh: "现在提醒这 {count} 名成员吗？"))?
        }
        None => {
            output::print_info(text!(
                en: "nothing was sent: add --yes to remind them",
                zh: "没有发出提醒：要提醒的话，请加 `--yes`"
            ));
            false
        }
    };
    let nudged = if is_agreed {
        let sending = ops::nudge(&store, &wecom, &plan, &message, Some(&by), wecom.clock().now());
        Some(runtime.block_on(sending)?)
    } else {
        None
    };
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    if is_json {
        output::result(&reminders::json(&plan, &message.text, nudged)?)?;
    } else if let Some(nudged) = nudged {
        output::result(&(nudged.text().into_lang(output::lang()) + "\n"))?;
    }
    let was_asked_in_vain = options.yes && quiet.is_some() && count > 0;
    let all_sent = nudged.is_none_or(|it| it.sent == count);
    Ok(if all_sent && !was_asked_in_vain { Exit::Clean } else { Exit::Found })
}
