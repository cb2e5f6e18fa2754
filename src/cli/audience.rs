//! `drumbeat audience`: counts the customers of the corp and writes the counts into the book.

use super::error::Result;
use super::{Exit, Format, book, findings_in_short, output, service, settings, use_lang_of};
use crate::audience_counter::{Counted, Step, count};
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::duration;
use crate::invocation::command;
use crate::load::{self, CheckedBook};
use crate::ops;
use crate::report::audience;
use crate::settings::{Flags, Settings};
use crate::text::UserError as _;
use crate::wecom::{CALL_INTERVAL, Pace};

/// The file of an interrupted count. Readers of a book ignore hidden files.
const PROGRESS_FILE: &str = ".audience.progress";

/// Counts how many customers the campaigns reach, and keeps the counts beside them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat audience                     counts, and shows every campaign
  drumbeat audience spring-launch       counts, and shows this one

Reads the customers of all members in the app's scope, 100 a call, at most 600 calls a minute, and
writes only counts to audience.toml in the book: plans and pages then show them, without network.
After an interruption it continues where it was.

Exit codes: 0 counted, 1 some members or departments could not be counted, 2 nothing was counted.")]
pub(super) struct Args {
    /// Campaigns to show, by id, title or file; all are counted [default: every campaign]
    #[arg(value_name = "CAMPAIGN")]
    campaigns: Vec<String>,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL")]
    wecom_url: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// A counted book.
pub(super) struct CountedBook {
    loaded: CheckedBook,
    counted: Counted,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { wecom_url: args.wecom_url, ..flags })?;
    let loaded = load_book(&settings)?;
    let mut names = ops::CampaignNames::default();
    names.add_book(&loaded.result);
    let asked = args.campaigns.iter().map(|name| names.find(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let counted = count_loaded(loaded, &settings)?;
    let campaigns = counted.loaded.result.campaigns.iter().map(AsRef::as_ref);
    let shown: Vec<&Campaign> = campaigns.filter(|it| asked.is_empty() || asked.contains(&it.id)).collect();
    output::result(&match args.format {
        Format::Human => audience::human(&counted.counted, &shown, output::width(), output::lang()),
        Format::Json => audience::json(&counted.counted, &shown)?,
    })?;
    Ok(counted.exit())
}

/// Counts the customers of a book, as it is now, and writes the counts into it.
pub(super) fn count_book(settings: &Settings) -> Result<CountedBook> {
    count_loaded(load_book(settings)?, settings)
}

fn load_book(settings: &Settings) -> Result<CheckedBook> {
    let source = book::open(settings)?;
    let loaded = load::load(&source, &service::corp(settings))?;
    use_lang_of(&loaded.book.policy, settings);
    Ok(loaded)
}

fn count_loaded(loaded: CheckedBook, settings: &Settings) -> Result<CountedBook> {
    if settings.shares_book() {
        fail!(
            en: "several corps share this book, and `audience.toml` has the counts of one: give the corp a book of its own",
            zh: "这个活动目录由几家企业共用，而 `audience.toml` 只能存一家的人数：请给这家企业单独的活动目录"
        );
    }
    let (wecom, top) = (service::wecom(settings)?, settings.book());
    let directory = loaded.book.directory.as_ref().and_then(|it| it.corp.as_ref());
    if let Some(other) = directory.filter(|corp| corp.value != wecom.corp().0) {
        let (other, ours) = (&other.value, wecom.corp());
        fail!(
            en: "the book's `directory.toml` is of the corp `{other}`, and the settings are of `{ours}`: no count would be right; run `{pull}` first",
            zh: "活动目录里的 `directory.toml` 属于企业 `{other}`，设置里的企业是 `{ours}`，统计出来也不对：请先运行 `{pull}`",
            pull = command("directory pull")
        );
    }
    findings_in_short(&loaded);
    let audiences: Vec<_> = loaded.result.campaigns.iter().map(|it| it.contents.audience().clone()).collect();
    let pace = Pace { clock: wecom.clock().clone(), interval: CALL_INTERVAL };
    let now = Clock::System.now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut told, progress) = (0, top.join(PROGRESS_FILE));
    let counting = count(&wecom, &pace, &audiences, &progress, now, |step| tell(&step, &mut told));
    let counted = runtime.block_on(counting)?;
    book::write(&top, "audience.toml", audience::toml(&wecom.corp().0, &counted, loaded.book.counts.as_deref()))?;
    tell_missing(&counted, &loaded);
    Ok(CountedBook { loaded, counted })
}

/// Of many members, a line for every tenth.
fn tell(step: &Step<'_>, told: &mut usize) {
    match step {
        Step::Resumed { members } => output::print_info(text!(
            en: "continued: {members} members were counted before",
            zh: "接着上次统计：已有 {members} 名成员统计过"
        )),
        Step::Waits { error, pause } => output::print_info(text!(
            en: "{error}; asked again in {pause}",
            zh: "{error}；{pause}后再查询",
            error = error.text(),
            pause = duration::text(*pause)
        )),
        Step::Members { done, of } => {
            let tenth = done * 10 / (*of).max(1);
            if tenth > *told {
                *told = tenth;
                output::print_info(text!(en: "{done} of {of} members", zh: "已统计 {done}/{of} 名成员"));
            }
        }
    }
}

/// Says what the counts lack.
fn tell_missing(counted: &Counted, loaded: &CheckedBook) {
    for campaign in &loaded.result.campaigns {
        if counted.unseen.contains(&campaign.contents.audience().sorted()) {
            let id = &campaign.id;
            output::print_info(text!(
                en: "`{id}` has no count: WeCom does not show a department of its audience to the app",
                zh: "`{id}` 没有人数：发表范围里有部门没有开放给这个应用"
            ));
        }
    }
    for id in &counted.hidden {
        output::print_info(text!(
            en: "department {id} is not counted: WeCom does not show it to the app (60011)",
            zh: "部门 {id} 没有统计：企业微信没有把它开放给这个应用（60011）"
        ));
    }
    if let count @ 1.. = counted.unlicensed.len() {
        output::print_info(text!(
            en: "the customers of {count} members without a licence for the interface are not counted: {members}",
            zh: "有 {count} 名成员没有接口许可，他们的客户没有统计：{members}",
            members = audience::names(&counted.unlicensed)
        ));
    }
    if let count @ 1.. = counted.gone.len() {
        output::print_info(text!(
            en: "{count} members are not counted because they left or are out of scope: {members}",
            zh: "有 {count} 名成员已离职或不在应用可见范围内，没有统计：{members}",
            members = audience::names(&counted.gone)
        ));
    }
}

impl CountedBook {
    pub(super) fn exit(&self) -> Exit {
        let Counted { hidden, unlicensed, gone, unseen, .. } = &self.counted;
        let is_whole = hidden.is_empty() && unlicensed.is_empty() && gone.is_empty() && unseen.is_empty();
        if is_whole { Exit::Clean } else { Exit::Found }
    }
}
