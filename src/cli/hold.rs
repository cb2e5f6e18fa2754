//! `drumbeat hold` and `drumbeat resume`: stop posting a campaign, a corp or everything, and go on.

use super::error::{CliError, Context as _, Result};
use super::open_store::open_store;
use super::{Exit, StoreArg, corps, output, service, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::invocation::{command, quoted};
use crate::limits::BEIJING;
use crate::ops::{self, Resumed};
use crate::settings::{Flags, Settings};
use crate::store::{Lifted, Scope, Store, Wait};
use crate::text::{Text, when};

/// Puts a campaign, a corp or everything on hold: occurrences that become due are recorded as held and not posted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat hold 春季新品 --reason \"价格写错了\"      a title or a file name is taken too
  drumbeat hold spring-launch --reason \"the price is wrong\"
  drumbeat hold --all --reason \"news of the day\" --by wangwu

It works while the service runs and while it does not. What was sent already is not taken back:
`drumbeat cancel` stops a post for the members who have not posted it yet.")]
pub(super) struct Args {
    #[command(flatten)]
    what: HoldTarget,
    /// The reason, which the history keeps
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Hold it although no campaign of this id is known
    #[arg(long, requires = "campaign")]
    force: bool,
    /// Create the store if there is none: for a hold before the first start of the service
    #[arg(long)]
    new_store: bool,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
}

/// Takes a campaign, a corp or everything off hold; held occurrences are not posted, except with --catch-up
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat resume spring-launch
  drumbeat resume --all --catch-up       posts held occurrences whose max_lateness has not passed

With --catch-up the newest held occurrence of each campaign is posted, if its max_lateness has not
passed; never an older one.")]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    what: HoldTarget,
    /// Post the newest held occurrence of each campaign, if its max_lateness has not passed
    #[arg(long)]
    catch_up: bool,
    #[command(flatten)]
    who: WhoArg,
    #[command(flatten)]
    store: StoreArg,
}

/// What a hold covers.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct HoldTarget {
    /// This campaign: its id, title or file
    #[arg(value_name = "CAMPAIGN", conflicts_with = "all")]
    campaign: Option<String>,
    /// All campaigns; of all corps, where several are configured
    #[arg(long)]
    all: bool,
    /// Every campaign of this corp; with CAMPAIGN or --all: the corp of these
    #[arg(long, value_name = "NAME")]
    corp: Option<String>,
}

impl HoldTarget {
    /// The corps that the target is in. A hold of a campaign is for one corp.
    fn corps(&self, flags: Flags) -> Result<Vec<Settings>> {
        if self.campaign.is_some() {
            return Ok(vec![settings(flags)?]);
        }
        Ok(corps::selected(flags)?.corps)
    }

    /// The scope of the hold in a store. `named` finds the campaign.
    fn scope(&self, settings: &Settings, named: impl FnOnce(&str) -> Result<CampaignId>) -> Result<Scope> {
        Ok(match (&self.campaign, &self.corp) {
            (Some(campaign), _) => Scope::Campaign(named(campaign)?),
            // The store of one corp of several has runs of that corp only.
            (None, Some(corp)) if !self.all => {
                Scope::Corp(settings.corp_name().and(settings.corp()).unwrap_or_else(|| CorpId(corp.clone())))
            }
            (None, _) => Scope::Everything,
        })
    }
}

/// Who makes a change: an option of every command that makes one.
#[derive(Debug, clap::Args)]
pub(super) struct WhoArg {
    /// The person who makes the change, for the history [default: the user of this machine]
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

impl WhoArg {
    pub(super) fn name(&self, settings: &Settings) -> Result<String> {
        match self
            .by
            .clone()
            .or_else(|| settings.user())
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
        {
            Some(name) => Ok(name),
            None => fail!(
                en: "the history must say who did this: give --by WHO",
                zh: "发表记录里要写明是谁做的：请用 `--by` 写上名字"
            ),
        }
    }
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let corps = args.what.corps(Flags { store: args.store.clone().address(), ..flags })?;
    corps::for_each(&corps, |settings| hold(&args, settings))?;
    Ok(Exit::Clean)
}

fn hold(args: &Args, settings: &Settings) -> Result<()> {
    let by = args.who.name(settings)?;
    let store = store_to_hold(settings, args.new_store, args.store.sandbox)?;
    let scope = args.what.scope(settings, |name| match service::campaign_named(&store, settings, name) {
        Ok(id) => Ok(id),
        Err(_) if args.force => name.parse().map_err(|why| not_an_id(name, &why)),
        Err(_) if means_everything(name) => {
            let all = command(format_args!("hold --all --reason {}", quoted(&args.reason)));
            fail!(
                en: "no hold was created: no campaign is named `{name}`; to hold everything: {all}",
                zh: "没有暂停成：找不到叫 `{name}` 的活动；要暂停全部活动，请运行：{all}"
            )
        }
        Err(why) => fail!(
            en: "{why}\n       no hold was created; to hold an id that is not known yet: --force",
            zh: "{why}\n      这次没有暂停任何活动；如果要预先暂停一个还没有建好的活动，请加 `--force`",
            why = why.text()
        ),
    })?;
    let hold = ops::hold(&store, &scope, &args.reason, &by, Clock::System.now()).wait()?;
    let command = ops::resume_command(&hold.scope);
    let told = text!(
        en: "{scope} is on hold: no post of it is sent until `{command}`\n",
        zh: "已暂停：{scope}。运行 `{command}` 之前不会发表\n",
        scope = hold.scope.text()
    );
    output::message(told)?;
    Ok(())
}

/// The store of a hold. With a typo in the address, the hold would be in a store that no service uses.
fn store_to_hold(settings: &Settings, is_new_accepted: bool, is_sandbox: bool) -> Result<Store> {
    if is_new_accepted {
        let address = settings.store()?;
        if address.is_missing_file() {
            output::print_info(text!(
                en: "a new store is created at {address}: only a service that uses this store applies the hold",
                zh: "已在 {address} 新建记录库：只有用这个记录库启动的服务才会照这次暂停办"
            ));
        }
        return open_store(settings, is_sandbox);
    }
    let failed = || text!(en: "no hold was created", zh: "没有暂停");
    let address = settings.store().context(failed)?;
    let opened = Store::open_existing(&address).map_err(|error| {
        let is_missing = error.is_no_store();
        let error = service::not_opened(&address, error);
        if !is_missing {
            return error;
        }
        text!(
            en: "{error}; to hold before the first start of the service: --new-store",
            zh: "{error}；如果服务还没有启动过，想提前暂停，请加 `--new-store`",
            error = error.text()
        )
        .into()
    });
    opened.context(failed)
}

/// Words that a person writes in the place of `--all`.
fn means_everything(name: &str) -> bool {
    let words = ["all", "everything", "*", "全部", "全部活动", "所有", "所有活动"];
    words.contains(&name.trim().to_lowercase().as_str())
}

fn not_an_id(name: &str, why: &crate::ids::BadCampaignId) -> CliError {
    text!(en: "`{name}` is not a campaign id: {why}", zh: "`{name}` 不能用作活动的 id：{why}").into()
}

pub(super) fn run_resume(args: ResumeArgs, flags: Flags) -> Result<Exit> {
    let corps = args.what.corps(Flags { store: args.store.clone().address(), ..flags })?;
    corps::for_each(&corps, |settings| resume(&args, settings))?;
    Ok(Exit::Clean)
}

fn resume(args: &ResumeArgs, settings: &Settings) -> Result<()> {
    let by = args.who.name(settings)?;
    let store = service::existing_store(settings)?;
    let scope = args.what.scope(settings, |name| match service::campaign_named(&store, settings, name) {
        Err(_) if means_everything(name) => {
            let all = command("resume --all");
            fail!(
                en: "no hold was lifted: no campaign is named `{name}`; to lift the hold of everything: {all}",
                zh: "没有恢复：没有叫 `{name}` 的活动；要恢复全部活动，请运行：{all}"
            )
        }
        found => found,
    })?;
    let lifted = Lifted { at: Clock::System.now(), by, catch_up: args.catch_up };
    let Resumed { hold, still_on_hold } = ops::resume(&store, &scope, None, lifted).wait()?;
    output::result(resumed_message(&hold.scope, args.catch_up).get(output::lang()))?;
    for other in still_on_hold {
        let by = &other.by;
        output::print_info(text!(
            en: "still on hold: {scope} since {since} by {by}: {reason}",
            zh: "仍在暂停：{scope}，{since} 由 {by} 暂停，原因是：{reason}",
            scope = other.scope.text(), since = when::date_time(other.at.with_timezone(&BEIJING).naive_local()), reason = other.reason_text()
        ));
    }
    Ok(())
}

fn resumed_message(scope: &Scope, catch_up: bool) -> Text {
    if catch_up {
        text!(
            en: "{scope} is off hold; the newest held occurrence is posted if its max_lateness has not passed\n",
            zh: "已恢复：{scope}。暂停期间最近的一次，如果还来得及，会补发\n",
            scope = scope.text()
        )
    } else {
        text!(
            en: "{scope} is off hold; the held occurrences are not posted\n",
            zh: "已恢复：{scope}。暂停期间到时间的不再补发\n",
            scope = scope.text()
        )
    }
}
