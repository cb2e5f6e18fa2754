//! `drumbeat hold` and `drumbeat resume`: nothing of this is posted, until it is again.

use anyhow::bail;

use super::{Exit, StoreArg, output, settings};
use crate::clock::Clock;
use crate::ids::{CampaignId, CorpId};
use crate::settings::{Flags, Settings};
use crate::store::{Lifted, Scope, Store};

/// Puts a campaign, a corp or everything on hold: what falls due meanwhile is recorded as held and not posted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
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
    /// This campaign
    #[arg(value_name = "CAMPAIGN")]
    campaign: Option<CampaignId>,
    /// Everything that posts from this store
    #[arg(long)]
    all: bool,
    /// Every campaign of this corp
    #[arg(long, value_name = "CORPID")]
    corp: Option<String>,
}

impl What {
    fn scope(self) -> Scope {
        match (self.campaign, self.corp) {
            (Some(campaign), _) => Scope::Campaign(campaign),
            (None, Some(corp)) => Scope::Corp(CorpId(corp)),
            (None, None) => Scope::Everything,
        }
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
    let settings = settings(Flags { store: args.store.store, ..flags })?;
    let (scope, by) = (args.what.scope(), args.who.name(&settings)?);
    let reason = args.reason.trim();
    if reason.is_empty() {
        bail!("the reason is empty: say in a few words why `{by}` holds this");
    }
    let store = Store::open(&settings.store()?)?;
    if let Scope::Campaign(id) = &scope {
        warn_of_unknown(&store, id)?;
    }
    let hold = store.lay_hold(&scope, reason, &by, Clock::System.now())?;
    output::result(&format!("{} is on hold: nothing of it is posted until `{}`\n", hold.scope, resume(&hold.scope)))?;
    Ok(Exit::Clean)
}

pub(super) fn run_resume(args: ResumeArgs, flags: Flags) -> anyhow::Result<Exit> {
    let settings = settings(Flags { store: args.store.store, ..flags })?;
    let (scope, by) = (args.what.scope(), args.who.name(&settings)?);
    let store = Store::open_existing(&settings.store()?)?;
    let lying: Vec<_> = store.holds()?.into_iter().filter(|hold| hold.lifted.is_none()).collect();
    if !lying.iter().any(|hold| hold.scope == scope) {
        let others: Vec<String> =
            lying.iter().map(|hold| format!("{} (`{}`)", hold.scope, resume(&hold.scope))).collect();
        match others.is_empty() {
            true => bail!("nothing is on hold"),
            false => bail!("{scope} is not on hold; on hold are: {}", others.join(", ")),
        }
    }
    let hold = store.lift_hold(&scope, Lifted { at: Clock::System.now(), by, catch_up: args.catch_up })?;
    let rest = if args.catch_up {
        "the newest occurrence that was held is posted if it is not too late for it"
    } else {
        "what was due meanwhile stays unposted"
    };
    output::result(&format!("{} is off hold; {rest}\n", hold.scope))?;
    let still = lying.iter().filter(|other| other.id != hold.id);
    for other in still {
        output::talk(&format!(
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

/// A hold may come before its campaign, but more often its name is misspelt.
fn warn_of_unknown(store: &Store, id: &CampaignId) -> anyhow::Result<()> {
    let known = store.known_in_any_corp()?;
    if known.is_empty() || known.contains(id) {
        return Ok(());
    }
    let likeness = |known: &&CampaignId| strsim::jaro_winkler(known.as_str(), id.as_str());
    let near = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|near| likeness(near) > 0.8);
    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    output::talk(&format!("the service has not loaded a campaign `{id}`{near}"));
    Ok(())
}
