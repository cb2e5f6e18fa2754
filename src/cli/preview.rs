//! `drumbeat preview`: the book in a browser while it is being edited.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::{Context, Result};
use super::{BookArg, Exit, book, output, review};
use crate::book_watcher::BookChanges;
use crate::clock::Clock;
use crate::load::load_again_for_review;
use crate::page::{LastValid, LiveBook, Preview, serve};
use crate::settings::Flags;

/// Shows the book in a browser while you edit it: calendar, phones and what to correct
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat preview                             open the address that it prints; the page follows every edit
  drumbeat preview --listen 127.0.0.1:0        on any free port

It answers this machine only, changes nothing and sends nothing. Ctrl-C ends it.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    /// Address and port to listen on, of this machine; port 0 chooses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8321")]
    listen: SocketAddr,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let listen = args.listen;
    if !listen.ip().is_loopback() {
        fail!(
            en: "{listen} can be reached from other machines: the preview has no sign-in; write --listen 127.0.0.1:8321",
            zh: "其他电脑也能访问 {listen}，而预览不需要登录；请写 --listen 127.0.0.1:8321"
        );
    }
    let (loaded, settings) = review::load(&args.book, flags, Clock::System.now())?;
    book::refuse_empty(&loaded, &settings.book())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let bound = TcpListener::bind(listen).await;
        let listener = bound.context(|| {
            text!(
                en: "failed to listen on {listen} (with --listen 127.0.0.1:0 it takes any free port)",
                zh: "无法监听 {listen}（写 --listen 127.0.0.1:0 会自动选一个空闲端口）"
            )
        })?;
        let address = listener.local_addr()?;
        let changes = BookChanges::of(&settings.book());
        let stop = super::signals::stop_on_signal()?;
        let invalid = &loaded.result.invalid_files;
        let last_valid = LastValid::default().or_committed(&loaded.source, &loaded.book.corp, invalid);
        let (publish, book) = watch::channel(Arc::new(LiveBook::new(loaded, None, last_valid)));
        output::result(
            &text!(
                en: "http://{address}  (open it in a browser; Ctrl-C ends it)\n",
                zh: "http://{address}  （用浏览器打开；按 Ctrl-C 结束）\n"
            )
            .into_lang(output::lang()),
        )?;
        let preview = Preview::new(book, output::lang(), Clock::System, stop.clone());
        let followed = tokio::spawn(follow(changes, publish, stop.clone()));
        serve(listener, preview, stop).await;
        let _ = followed.await;
        Ok(Exit::Clean)
    })
}

/// Reads the book again after each change. A book that cannot be read leaves the last one in place.
async fn follow(mut changes: BookChanges, publish: watch::Sender<Arc<LiveBook>>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = changes.next() => {}
            () = stop.cancelled() => return,
        }
        let before = Arc::clone(&publish.borrow());
        let read = tokio::task::spawn_blocking(move || {
            let checked = &before.checked;
            let loaded = load_again_for_review(&checked.source, &checked.book.corp, &checked.media)?;
            let last_valid = before.last_valid_after(&loaded.result.invalid_files);
            Ok::<_, crate::source::SourceError>(LiveBook::new(loaded, Some(&before), last_valid))
        });
        match read.await {
            Ok(Ok(live)) => _ = publish.send(Arc::new(live)),
            Ok(Err(error)) => output::print_error(&crate::text::UserError::with_causes(&error)),
            Err(_) => return,
        }
    }
}
