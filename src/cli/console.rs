//! The console of `drumbeat run`: its listener, and the key for those who operate the service.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::background::bound;
use super::error::Result;
use super::{descriptors, show};
use crate::background::{BackgroundTasks, Task, TaskList};
use crate::invocation;
use crate::low_priority;
use crate::page::{ConsoleContext, serve_console};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::Address;
use crate::tenant::Tenant;
use crate::text::StaticText;
use crate::web::Limits;

/// Only the user of the service may read the key.
const KEY_MODE: u32 = 0o600;

/// Where the pages are served.
pub(super) struct ConsoleListener {
    pub(super) address: SocketAddr,
    /// The file with the key that people sign in with.
    pub(super) key_file: PathBuf,
}

/// Starts the console, if the settings have one.
///
/// # Errors
///
/// A setting is invalid, or an explicitly set address cannot be bound.
pub(super) async fn start(
    tasks: &mut BackgroundTasks,
    of_process: &TaskList,
    tenant: &Tenant,
    settings: &Arc<Settings>,
    is_sandbox: bool,
) -> Result<Option<ConsoleListener>> {
    let other = text!(en: "choose another address with --page, or --page off", zh: "请用 `--page` 换一个地址，或用 `--page off` 关闭");
    let not_served = "the pages are not served: set DRUMBEAT_PAGE";
    let Some(listener) = bound(settings.page()?, &other, not_served).await? else { return Ok(None) };
    let (key, file) = (Secret::random()?, key_file(&settings.store()?));
    if let Err(error) = write_key(&file, &key) {
        // Not fatal: posts are sent without the pages, and the command line has the same operations.
        tracing::warn!(%error, key_file = %file.display(), "failed to write the key of the pages: they can be read only");
    }
    let address = listener.local_addr()?;
    tracing::info!(%address, key_file = %file.display(), "the pages are served");
    let (context, config, of_run) = (tenant.context(), tenant.config(), Arc::clone(settings));
    let console = ConsoleContext {
        store: context.store.clone(),
        wecom: context.wecom.clone(),
        is_sandbox,
        corp: config.corp.clone(),
        clock: context.clock.clone(),
        status: context.status.clone(),
        tasks: vec![of_process.clone(), tasks.list()],
        quota: context.settings.quota,
        settle_window: context.settings.settle_window,
        books: tenant.books(),
        lang: config.lang,
        find_origin: Arc::new(move |run| show::origin(run, &of_run)),
        key,
        sign_in: settings.page_sign_in()?.map(Arc::new),
        proxy: settings.page_proxy()?.map(Arc::new),
    };
    let purpose = StaticText { en: "serves the pages", zh: "提供网页" };
    let task = Task { name: "console", purpose, period: None };
    let limits = Limits::of_descriptors(descriptors::raise());
    let listener = listener.into_std()?;
    tasks.start(task, |report, stop| async move {
        let serve = move || async move {
            match TcpListener::from_std(listener) {
                Ok(listener) => serve_console(listener, console, limits, report, stop).await,
                Err(error) => tracing::error!(%error, "failed to serve the pages"),
            }
        };
        let corp = invocation::current_corp();
        let begin = move || invocation::set_for_thread(corp.clone());
        if let Err(error) = low_priority::run("pages", begin, serve).await {
            tracing::error!(%error, "failed to serve the pages");
        }
    });
    Ok(Some(ConsoleListener { address, key_file: file }))
}

/// The file of the key, beside the store.
fn key_file(store: &Address) -> PathBuf {
    store.beside(".page-key")
}

/// Replaces the key of the last start. The file is never readable for others, not even while it is written.
fn write_key(file: &Path, key: &Secret) -> std::io::Result<()> {
    let _ = fs::remove_file(file);
    let mut written = OpenOptions::new().write(true).create_new(true).mode(KEY_MODE).open(file)?;
    written.set_permissions(fs::Permissions::from_mode(KEY_MODE))?;
    writeln!(written, "{}", key.expose())
}
