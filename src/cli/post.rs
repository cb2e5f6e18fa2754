//! `drumbeat post CAMPAIGN`: posts one campaign now, recorded and sent like every run.

use std::sync::{Arc, OnceLock};

use tokio::sync::oneshot;

use super::error::Result;
use super::log::{self, LogFormat};
use super::{Exit, Format, StoreArg, book, output, progress, service, settings, signals};
use crate::book_watcher::BookLocation;
use crate::invocation::command;
use crate::load::load;
use crate::ops::{self, ManualPost, PostError, PostProgress, PostWarnings};
use crate::report::runs;
use crate::run::{Run, RunId};
use crate::settings::Flags;
use crate::store::Wait;
use crate::text::Text;

/// Posts one campaign now, recorded like any run; asks first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat post spring-launch            shows the post and asks
  drumbeat post spring-launch --yes      in scripts
  drumbeat post spring-launch --sandbox  for trials: no customer sees it

While a service runs on the same store, the service posts it and this command waits for the outcome.
Ctrl-C withdraws the post if nothing of it was sent yet. With --yes, a post that customers would get
twice within a day, manually or by schedule, needs --again.")]
pub(super) struct Args {
    /// The campaign's id, title or file
    #[arg(value_name = "CAMPAIGN")]
    campaign: String,
    #[command(flatten)]
    store: StoreArg,
    /// WeCom's address [default: the official host]; plain http only for loopback
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    wecom_url: Option<String>,
    /// Which content is posted, by its number in the file, where the campaign has several
    #[arg(long, value_name = "N")]
    content: Option<u32>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Post it although another run of this campaign has not ended, or customers get the same content twice within a day
    #[arg(long)]
    again: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let sandbox = args.store.sandbox;
    let settings = settings(Flags { store: args.store.address(), wecom_url: args.wecom_url, ..flags })?;
    log::start(LogFormat::Human, "warn")?;
    let source = book::open(&settings)?;
    let corp = service::corp_in(&settings, sandbox);
    let loaded = load(&source, &corp)?;
    super::use_lang_of(&loaded.book.policy, &settings);
    let campaign = ops::campaign_to_post(&args.campaign, &loaded.result)?;
    let content = ops::content_to_post(&campaign, args.content)?;
    let is_new_store = settings.store()?.is_missing_file();
    let context = service::engine_context(&settings, source, sandbox)?;
    let post = ManualPost {
        location: BookLocation::Directory {
            book: settings.book(),
            poll: settings.poll()?,
            events: true,
            edit_delay: settings.edit_delay()?,
        },
        context,
        corp,
        book: Arc::new(loaded.to_active()),
        campaign,
        content,
        by: settings.user(),
        again: args.again,
    };
    if sandbox {
        output::print_info(text!(
            en: "posting to the sandbox: no customer sees it",
            zh: "这次只发到模拟环境，客户看不到"
        ));
    } else if is_new_store {
        let store = settings.store()?;
        output::print_info(text!(
            en: "there was no store at {store}, so one was created: posts that are recorded in another store cannot be checked",
            zh: "{store} 原来没有记录库，已新建一个：其他记录库里记着的发表，这里不知道"
        ));
    }
    if !is_agreed(&post, args.yes, sandbox)? {
        output::print_info(text!(en: "nothing was posted", zh: "没有发表"));
        return Ok(Exit::Found);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let run = runtime.block_on(carry_out(post))?;
    runtime.shutdown_background();
    output::result(&match args.format {
        Format::Human => runs::history(std::slice::from_ref(&run), output::width(), output::lang()),
        Format::Json => runs::json(std::slice::from_ref(&run), output::lang())?,
    })?;
    Ok(if run.state.is_posted() { Exit::Clean } else { Exit::Found })
}

/// Tells the person what the post would do, and asks. Without a person, a repetition needs `--again`.
fn is_agreed(post: &ManualPost, yes: bool, sandbox: bool) -> Result<bool> {
    let ManualPost { context, campaign, content, again, book, .. } = post;
    let (id, store, now) = (&campaign.id, &context.store, context.clock.now());
    ops::refuse_on_hold(store, context.wecom.corp(), campaign).wait()?;
    let unfinished = ops::unfinished_runs(store, context.wecom.corp(), id, *again).wait()?;
    let commit = book.commit_of(id);
    let run = ops::manual_run(context.wecom.corp().clone(), campaign, *content, commit, now);
    let mut outlook = PostWarnings::of(store, &run, campaign, book, now).wait()?;
    // The question shows the details of these runs.
    outlook.recent.retain(|recent| unfinished.iter().all(|run| run.id() != recent.id()));
    if yes && !again && outlook.is_repetition() {
        return Err(PostError::Repeats { campaign: id.clone(), repetitions: outlook.repetitions() }.into());
    }
    if yes {
        outlook.repetitions().into_iter().chain(outlook.notes()).for_each(output::print_info);
        return Ok(true);
    }
    if !output::can_ask() {
        fail!(
            en: "no terminal for the question: add --yes to post `{id}` without a question",
            zh: "这里不是终端，没法提问：要不经询问就发表 `{id}`，请加 --yes"
        );
    }
    if let Some(post) = &run.post {
        output::print_info(text!(en: "{post}\n", zh: "{post}\n", post = post.in_words(&campaign.names)));
    }
    if run.is_uncommitted() {
        output::print_info(text!(
            en: "note: its files have changes that are not committed to git, so they may be unreviewed",
            zh: "注意：它的文件有改动还没有提交到 git，可能没有人审核过"
        ));
    }
    for note in outlook.notes() {
        output::print_info(text!(en: "note: {note}", zh: "注意：{note}", note = note));
    }
    for run in &unfinished {
        output::print_info(text!(en: "{known}\n", zh: "{known}\n", known = ops::open_run_status(run)));
    }
    for repetition in outlook.repetitions() {
        output::print_warning(&repetition);
    }
    let is_second = !unfinished.is_empty() || outlook.is_repetition();
    let again = if is_second { text!(en: "a second time ", zh: "再次") } else { Text::default() };
    let consequence = if sandbox {
        text!(en: "It goes to the sandbox: no customer sees it.", zh: "只发到模拟环境，客户看不到。")
    } else {
        text!(en: "It reaches customers and cannot be taken back.", zh: "客户会看到，发表后收不回来。")
    };
    output::ask(text!(
        en: "Post `{id}` {again}now? {consequence}",
        zh: "现在{again}发表 `{id}` 吗？{consequence}",
        again = again, consequence = consequence
    ))
}

/// Posts, and shows the progress.
async fn carry_out(post: ManualPost) -> Result<Run> {
    let recorded: Arc<OnceLock<RunId>> = Arc::default();
    let known = Arc::clone(&recorded);
    let stop = signals::stop_on_signal_saying(move || {
        let run = known.get()?;
        Some(text!(
            en: "stopped without waiting: {run} may still be sent, or was already posted. Status: {show}. Cancel: {cancel}",
            zh: "没有等到结果就停下了：{run} 可能还会提交，也可能已经发表；要查看：{show}；要取消：{cancel}",
            show = command(format_args!("show {run}")), cancel = command(format_args!("cancel {run}"))
        ))
    })?;
    let (store, clock) = (post.context.store.clone(), post.context.clock.clone());
    let (sender, receiver) = oneshot::channel::<Run>();
    let sender = std::sync::Mutex::new(Some(sender));
    let changes = tokio::spawn(async move {
        if let Ok(run) = receiver.await {
            progress::print_changes(store, clock, run).await;
        }
    });
    let posted = post
        .post(&stop, |progress| match progress {
            PostProgress::LeftToService => output::print_info(text!(
                en: "a service, or another `drumbeat post`, uses this store: it sends the post, and this command waits for the \
                     outcome (Ctrl-C withdraws the post if nothing of it was sent yet)",
                zh: "服务或另一个 `drumbeat post` 正在使用这个记录库：由服务来发表，这里等待结果（按 Ctrl-C 可以取消还没提交的发表）"
            )),
            PostProgress::Recorded(run) => {
                let _first = recorded.set(run.id());
                if let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) {
                    // The receiver only shows the progress.
                    drop(sender.send(*run));
                }
            }
            PostProgress::AnswerAwaited => output::print_info(text!(
                en: "the request was sent: waiting for WeCom's answer (Ctrl-C again stops the waiting)",
                zh: "请求已经提交，正在等待结果（再按一次 Ctrl-C 就不再等待）"
            )),
        })
        .await;
    changes.abort();
    let run = posted?;
    if !run.state.is_over() {
        output::print_info(ops::open_run_status(&run));
    }
    Ok(run)
}
