//! The background tasks of the process, as opposed to those of a tenant: monitoring, heartbeat, systemd, SIGHUP; and
//! retention, one for each store.
//!
//! They only read, so none of them can delay a post.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::descriptors;
use super::error::{CliError, Context, Result};
use crate::archive::{self, Archive};
use crate::background::{BackgroundTasks, Task};
use crate::engine::EngineContext;
use crate::notify::Heartbeat;
use crate::settings::{Listen, Settings};
use crate::text::{StaticText, Text};
use crate::web::{self, Limits, Monitored};

/// Starts the tasks that the settings enable. Returns the address of health and metrics, if they are served.
///
/// # Errors
///
/// A setting is invalid, or an explicitly set address for the pages cannot be bound.
pub(super) async fn start(
    tasks: &mut BackgroundTasks,
    settings: &Settings,
    monitored: Monitored,
) -> Result<Option<SocketAddr>> {
    let descriptors = descriptors::raise();
    let mut served_at = None;
    if let Some(listener) = listener(settings).await? {
        let address = listener.local_addr()?;
        served_at = Some(address);
        tracing::info!(%address, "metrics and health are served");
        let (monitored, limits) = (monitored.clone(), Limits::of_descriptors(descriptors));
        let task = Task {
            name: "web",
            purpose: StaticText { en: "serves metrics and health", zh: "提供指标和健康检查" },
            period: None,
        };
        tasks.start(task, |_, stop| web::serve(listener, monitored, limits, stop));
    }
    if let Some(url) = settings.heartbeat_url()? {
        let period = settings.heartbeat_every()?;
        let heartbeat = Heartbeat::new(&url, period).map_err(|why| {
            CliError::from(text!(en: "the heartbeat's address is wrong: {why}", zh: "心跳地址不正确：{why}"))
        })?;
        let monitored = monitored.clone();
        let task = Task {
            name: "heartbeat",
            purpose: StaticText { en: "calls an address while all is well", zh: "一切正常时定时报平安" },
            period: Some(period),
        };
        tasks.start(task, |report, stop| heartbeat.run(move || monitored.all_is_well(), report, stop));
    }
    let task = Task {
        name: "systemd",
        purpose: StaticText { en: "tells systemd that the service is alive", zh: "向 systemd 报告服务在运行" },
        period: None,
    };
    tasks.start(task, |report, stop| web::notify_systemd(monitored, report, stop));
    Ok(served_at)
}

/// Starts the task that removes the old runs of one corp.
pub(super) fn start_archive(tasks: &mut BackgroundTasks, context: &EngineContext, keep: Option<Duration>) {
    let (clock, store) = (context.clock.clone(), context.store.clone());
    let task = Task {
        name: "archive",
        purpose: StaticText { en: "exports and removes old runs", zh: "导出并清理旧的发表记录" },
        period: Some(archive::IDLE_INTERVAL),
    };
    tasks.start(task, |report, stop| Archive { clock, store, keep }.run(report, stop));
}

/// Starts the task that forwards SIGHUP. Signals that arrive while a message waits are merged into it.
pub(super) fn reload_on_hangup(tasks: &mut BackgroundTasks) -> std::io::Result<mpsc::Receiver<()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, reload) = mpsc::channel(1);
    let task = Task {
        name: "reload_signal",
        purpose: StaticText {
            en: "has the book read again on SIGHUP", zh: "收到 SIGHUP 时重新读取活动目录"
        },
        period: None,
    };
    tasks.start(task, |report, stop| async move {
        while let Some(Some(())) = stop.run_until_cancelled(hangup.recv()).await {
            // A full channel already holds the request.
            let _ = sender.try_send(());
            report.pass(true);
        }
    });
    Ok(reload)
}

async fn listener(settings: &Settings) -> Result<Option<TcpListener>> {
    let other = text!(
        en: "choose another address with --listen, or --listen off",
        zh: "请用 `--listen` 换一个地址，或用 `--listen off` 关闭"
    );
    let not_served = "metrics and health are not served: set DRUMBEAT_LISTEN";
    bound(settings.listen()?, &other, not_served).await
}

/// A listener at an address of the settings; `other` says how to choose another one.
///
/// # Errors
///
/// An explicitly set address cannot be bound.
pub(super) async fn bound(listen: Listen, other: &Text, not_served: &'static str) -> Result<Option<TcpListener>> {
    match listen {
        Listen::Off => Ok(None),
        Listen::Explicit(at) => {
            let failed = || text!(en: "cannot listen on {at}: {other}", zh: "无法监听 {at}，{other}", other = other);
            web::listen(at).await.map(Some).context(failed)
        }
        Listen::Default(at) => match web::listen(at).await {
            Ok(listener) => Ok(Some(listener)),
            Err(error) => {
                tracing::warn!(%error, address = %at, "{not_served}");
                Ok(None)
            }
        },
    }
}
