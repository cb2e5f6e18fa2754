//! `drumbeat hold` and `drumbeat resume`: nothing of this is posted, until it is again.

use anyhow::bail;

use super::{Exit, StoreArg, output, service, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::settings::{Flags, Settings};
use crate::store::{Lifted, Scope, Store, Wait};

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

/// What a hold lies on.
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
    /// What it lies on. `named` finds the campaign.
    fn scope(self, named: impl FnOnce(&str) -> anyhow::Result<CampaignId>) -> anyhow::Result<Scope> {
        Ok(match (self.campaign, self.corp) {
            (Some(campaign), _) => Scope::Campaign(named(&campaign)?),
            (None, Some(corp)) => Scope::Corp(CorpId(corp)),
            (None, None) => Scope::Everything,
        })
    }
}

/// Who steers: an option of every command that does.
#[derive(Debug, clap::Args)]
pub(super) struct WhoArg {
    /// Who says so, for the history [default: the user of this machine]
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
}

impl WhoArg {
    pub(super) fn name(self, settings: &Settings) -> anyhow::Result<String> {
        match self.by.or_else(|| settings.user()).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) {
            Some(name) => Ok(name),
            None => bail!("the history must say who did this: give --by WHO"),
        }
    }
}

pub(super) fn run(args: Args, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let by = args.who.name(&settings)?;
    let reason = args.reason.trim();
    if reason.is_empty() {
        bail!("the reason is empty: say in a few words why `{by}` holds this");
    }
    let store = Store::open(&settings.store()?)?;
    let scope = args.what.scope(|name| match service::campaign_names(&store, &settings)?.find(name) {
        Ok(id) => Ok(id),
        Err(_) if args.force => Ok(name.parse()?),
        Err(why) => bail!("{why}\n       nothing is on hold; to hold an id that is not known yet: --force"),
    })?;
    let hold = store.create_hold(&scope, reason, &by, Clock::System.now()).wait()?;
    output::result(&format!("{} is on hold: nothing of it is posted until `{}`\n", hold.scope, resume(&hold.scope)))?;
    Ok(Exit::Clean)
}

pub(super) fn run_resume(args: ResumeArgs, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.address(), ..flags })?;
    let by = args.who.name(&settings)?;
    let store = Store::open_existing(&settings.store()?)?;
    let scope = args.what.scope(|name| Ok(service::campaign_names(&store, &settings)?.find(name)?))?;
    let lying: Vec<_> = store.holds().wait()?.into_iter().filter(|hold| hold.lifted.is_none()).collect();
    if !lying.iter().any(|hold| hold.scope == scope) {
        let others: Vec<String> =
            lying.iter().map(|hold| format!("{} (`{}`)", hold.scope, resume(&hold.scope))).collect();
        match others.is_empty() {
            true => bail!("nothing is on hold"),
            false => bail!("{scope} is not on hold; on hold are: {}", others.join(", ")),
        }
    }
    if args.catch_up
        && let Some(hold) = lying.iter().find(|hold| hold.forbids_catch_up())
    {
        bail!(
            "nothing is off hold: --catch-up may post again what this store does not know to be posted ({}); say `{}`, and post \
             by hand what is not at WeCom",
            hold.reason,
            resume(&scope)
        );
    }
    let hold = store.lift_hold(&scope, Lifted { at: Clock::System.now(), by, catch_up: args.catch_up }).wait()?;
    let rest = if args.catch_up {
        "the newest occurrence that was held is posted if it is not too late for it"
    } else {
        "what was due meanwhile stays unposted"
    };
    output::result(&format!("{} is off hold; {rest}\n", hold.scope))?;
    let still = lying.iter().filter(|other| other.id != hold.id);
    for other in still {
        output::print_info(format!(
            "still on hold: {} since {} by {}: {}",
            other.scope,
            other.at.format("%Y-%m-%dT%H:%M:%SZ"),
            other.by,
            other.reason
        ));
    }
    Ok(Exit::Clean)
}

/// The command that lifts a hold.
pub(super) fn resume(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "drumbeat resume --all".to_owned(),
        Scope::Corp(id) => format!("drumbeat resume --corp {id}"),
        Scope::Campaign(id) => format!("drumbeat resume {id}"),
    }
}
