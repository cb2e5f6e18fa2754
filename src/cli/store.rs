//! `drumbeat store copy`: moves a history to another store.

use std::time::{Duration, Instant};

use clap::Subcommand;

use super::error::Result;
use super::{Exit, output, settings_of_all, signals};
use crate::clock::Clock;
use crate::ids::CorpId;
use crate::invocation::command_on_store;
use crate::settings::{Flags, Settings};
use crate::store::{Address, BadAddress, Copied, CopyOrder, Progress, copy};
use crate::text::{Text, UserError as _};

/// The pause between two lines of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(3);

/// Moves a history to another store
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Copy(CopyArgs),
}

/// Moves the history of one corp: from SQLite to PostgreSQL, back, or between two of a kind
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat store copy --from sqlite:///var/lib/drumbeat/drumbeat.db --to 'postgres://drumbeat@db.example.com/drumbeat'
  drumbeat store copy --from 'postgres://drumbeat@db.example.com/drumbeat' --to sqlite:///srv/abc.db --corp ww0123456789abcdef
  drumbeat store copy --from sqlite://drumbeat.db --to 'postgres://drumbeat@db.example.com/trial' --keep-source

Stop the service first. The target gets everything in one transaction, or nothing; every table is read back and compared before.
Then the source is closed: services and commands refuse it, and name the new store. To move back, copy back into a new file.
Files beside a store do not move: its archive of old runs, the key of the pages, the clone of a book.")]
struct CopyArgs {
    /// The store with the history
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// The store that gets it: a new file, or a server without a history of the corp
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Leave the source in use; everything in the copy is on hold, as in a backup
    #[arg(long)]
    keep_source: bool,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let Act::Copy(args) = args.act;
    let settings = settings_of_all(flags)?;
    let address = |text: &str| text.parse().map(Address::absolute).map_err(|error: BadAddress| error.text());
    let order = CopyOrder {
        from: address(&args.from)?,
        to: address(&args.to)?,
        corp: corp_id(settings)?,
        keep_source: args.keep_source,
        now: Clock::System.now(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let stop = runtime.block_on(async { signals::stop_on_signal() })?;
    let mut told = Instant::now();
    let copied = copy(&order, |progress| {
        if output::can_ask() && told.elapsed() >= PROGRESS_INTERVAL {
            told = Instant::now();
            show(progress);
        }
        !stop.is_cancelled()
    })?;
    report(&order, &copied);
    Ok(Exit::Clean)
}

fn show(Progress { written, compared }: Progress) {
    output::print_info(if compared == 0 {
        text!(en: "  {written} rows written", zh: "  已写入 {written} 行")
    } else {
        text!(en: "  {compared} of {written} rows read back", zh: "  已核对 {compared} 行，共 {written} 行")
    });
}

/// The corp that `--corp` names, by its name in the service file or by its id. Otherwise the source has one alone.
fn corp_id(all: Settings) -> Result<Option<CorpId>> {
    let Some(named) = all.named_corp().map(str::to_owned) else { return Ok(None) };
    if all.corp_names().is_empty() {
        return Ok(Some(CorpId(named)));
    }
    Ok(all.of_selected_corp()?.corp())
}

fn report(order: &CopyOrder, copied: &Copied) {
    let CopyOrder { from, to, .. } = order;
    let Copied { corp, tables } = copied;
    let (runs, rows) = (copied.rows("runs"), tables.iter().map(|(_, rows)| rows).sum::<u64>());
    let what = text!(
        en: "copied the history of the corp {corp}: {runs} runs, {rows} rows in all; every table was read back and is the same",
        zh: "已复制企业 {corp} 的记录：{runs} 次发表，共 {rows} 行；每张表都重新读出来核对过，完全一致"
    );
    let next = if order.keep_source {
        let resume = command_on_store("resume --all", to.clone());
        text!(
            en: "everything in the copy is on hold until `{resume}`; {from} stays in use",
            zh: "副本里的全部活动都是暂停的，运行 `{resume}` 之后才会发表；{from} 照常使用"
        )
    } else {
        text!(
            en: "{from} is closed. Write `store = \"{to}\"` into the service file, then start the service",
            zh: "{from} 已停用。请在服务配置文件里写 `store = \"{to}\"`，再启动服务"
        )
    };
    output::print_info(Text::join(&[what, next], &Text::quoted("\n")));
}
