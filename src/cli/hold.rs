//! `drumbeat hold` and `drumbeat resume`: stop posting a campaign, a corp or everything, and go on.

use super::error::{CliError, Result};
use super::{Exit, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::limits::BEIJING;
use crate::ops::{self, Resumed};
use crate::settings::{Flags, Settings};
use crate::store::{Lifted, Scope, Store, Wait};
use crate::text::{Text, UserError, when};

/// Puts a campaign, a corp or everything on hold: what falls due meanwhile is recorded as held and not posted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat hold 春季新品 --reason \"价格写错了\"      a title or a file name is taken too
  drumbeat hold spring-launch --reason \"the price is wrong\"
  drumbeat hold --all --reason \"news of the day\" --by wangwu

It works while the service runs and while it does not. What was sent already is not taken back:
`drumbeat cancel` stops a post for the members who have not posted it yet.")]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    /// Why, for everybody who wonders later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Hold it although no campaign of this id is known
    #[arg(long, requires = "campaign")]
    force: bool,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
}

/// Takes a campaign, a corp or everything off hold; what was due meanwhile stays unposted, unless it is to be caught up
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat resume spring-launch
  drumbeat resume --all --catch-up       posts what was held, if it is not too late for that

With --catch-up the newest held occurrence of each campaign is posted, if its max_lateness is not
over; never an older one.")]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    what: What,
    /// Post the newest held occurrence of each campaign, if it is not too late for it
    #[arg(long)]
    catch_up: bool,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
}

/// What a hold covers.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// This campaign: its id, title or file
    #[arg(value_name = "CAMPAIGN")]
    campaign: Option<String>,
    /// Everything that posts from this store
    #[arg(long)]
    all: bool,
    /// Every campaign of this corp
    #[arg(long, value_name = "CORPID")]
    corp: Option<String>,
}

impl What {
    /// The scope of the hold. `named` finds the campaign.
    fn scope(self, named: impl FnOnce(&str) -> Result<CampaignId>) -> Result<Scope> {
        Ok(match (self.campaign, self.corp) {
            (Some(campaign), _) => Scope::Campaign(named(&campaign)?),
            (None, Some(corp)) => Scope::Corp(CorpId(corp)),
            (None, None) => Scope::Everything,
        })
    }
}

/// Who makes a change: an option of every command that makes one.
#[derive(Debug, clap::Args)]
pub(super) struct WhoArg {
    /// Who says so, for the history [default: the user of this machine]
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

impl WhoArg {
    pub(super) fn name(self, settings: &Settings) -> Result<String> {
        match self.by.or_else(|| settings.user()).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) {
            Some(name) => Ok(name),
            None => fail!(
                en: "the history must say who did this: give --by WHO",
                zh: "发表记录里要写明是谁做的：请用 `--by` 写上名字"
            ),
        }
    }
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let by = args.who.name(&settings)?;
    let store = Store::open(&settings.store()?)?;
    let scope = args.what.scope(|name| match service::campaign_names(&store, &settings)?.find(name) {
        Ok(id) => Ok(id),
        Err(_) if args.force => name.parse().map_err(|why| not_an_id(name, &why)),
        Err(why) => fail!(
            en: "{why}\n       nothing is on hold; to hold an id that is not known yet: --force",
            zh: "{why}\n      这次没有暂停任何活动；如果要预先暂停一个还没有建好的活动，请加 `--force`",
            why = why.text()
        ),
    })?;
    let hold = ops::hold(&store, &scope, &args.reason, &by, Clock::System.now()).wait()?;
    let command = ops::resume_command(&hold.scope);
    let told = text!(
        en: "{scope} is on hold: nothing of it is posted until `{command}`\n",
        zh: "已暂停：{scope}。运行 `{command}` 之前不会发表\n",
        scope = hold.scope.text()
    );
    output::message(told)?;
    Ok(Exit::Clean)
}

fn not_an_id(name: &str, why: &crate::ids::BadCampaignId) -> CliError {
    text!(en: "`{name}` is not a campaign id: {why}", zh: "`{name}` 不能用作活动的 id：{why}").into()
}

pub(super) fn run_resume(args: ResumeArgs, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let scope = args.what.scope(|name| Ok(service::campaign_names(&store, &settings)?.find(name)?))?;
    let lifted = Lifted { at: Clock::System.now(), by, catch_up: args.catch_up };
    let Resumed { hold, still_on_hold } = ops::resume(&store, &scope, lifted).wait()?;
    output::result(told_resumed(&hold.scope, args.catch_up).get(output::lang()))?;
    for other in still_on_hold {
        let by = &other.by;
        output::print_info(text!(
            en: "still on hold: {scope} since {since} by {by}: {reason}",
            zh: "仍在暂停：{scope}，{since} 由 {by} 暂停，原因是：{reason}",
            scope = other.scope.text(), since = when::moment(other.at.with_timezone(&BEIJING).naive_local()), reason = other.reason_text()
        ));
    }
    Ok(Exit::Clean)
}

fn told_resumed(scope: &Scope, catch_up: bool) -> Text {
    if catch_up {
        text!(
            en: "{scope} is off hold; the newest occurrence that was held is posted if it is not too late for it\n",
            zh: "已恢复：{scope}。暂停期间最近的一次，如果还来得及，会补发\n",
            scope = scope.text()
        )
    } else {
        text!(
            en: "{scope} is off hold; what was due meanwhile stays unposted\n",
            zh: "已恢复：{scope}。暂停期间到时间的不再补发\n",
            scope = scope.text()
        )
    }
}
