//! What the service says to a person who starts it on a terminal. Its log lines are for machines and operators.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};

use super::console::ConsoleListener;
use super::output;
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::invocation::command;
use crate::load::ActiveBook;
use crate::ops::in_zone;
use crate::settings::Settings;
use crate::tenant::Tenant;
use crate::text::Text;

/// Where the service can be looked at.
pub(super) struct Served {
    /// The address of health and metrics.
    pub(super) health: Option<SocketAddr>,
    pub(super) pages: Option<ConsoleListener>,
}

/// Prints what is posted next and where health is served. An empty book is also logged: most likely it is the wrong one.
pub(super) fn print(tenant: &Tenant, settings: &Settings, served: Served, sandbox: bool) {
    let book = tenant.book();
    let place = place(settings);
    let is_empty = book.campaigns.is_empty() && book.invalid_files.is_empty();
    if is_empty {
        tracing::warn!(book = %place, "no campaign file in the book: nothing is posted until there is one");
    }
    if !output::can_ask() {
        return;
    }
    output::choose_lang(settings.lang(book.language));
    let (count, invalid) = (book.campaigns.len(), book.invalid_files.len());
    output::print_info(if is_empty {
        text!(
            en: "Drumbeat is running, but there is no campaign file in `{place}`: nothing is posted until there is one ({new})",
            zh: "Drumbeat 已启动，但 `{place}` 里还没有活动文件：有了才会发表（新建：{new}）",
            new = command("new ID")
        )
    } else {
        text!(
            en: "Drumbeat is running: {count} campaigns in `{place}`",
            zh: "Drumbeat 已启动：`{place}` 里有 {count} 个活动"
        )
    });
    if sandbox {
        output::print_info(
            text!(en: "  posts go to the sandbox: no customer sees them", zh: "  只发到模拟环境，客户看不到"),
        );
    }
    if invalid > 0 {
        output::print_info(text!(
            en: "  files with an error, which are not posted: {invalid} ({check})",
            zh: "  有错误、不会发表的文件：{invalid} 个（查看：{check}）",
            check = command("check")
        ));
    }
    if !book.uncommitted.is_empty() {
        let uncommitted = book.uncommitted.len();
        output::print_info(text!(
            en: "  campaigns with changes that are not committed to git: {uncommitted}; they are posted as they are now",
            zh: "  有改动还没提交到 git 的活动：{uncommitted} 个；会照现在的内容发表"
        ));
    }
    match next(&book, Clock::System.now()) {
        Some((campaign, at)) => output::print_info(text!(
            en: "  next post: {at}, {campaign}",
            zh: "  下一次发表：{at}，{campaign}",
            at = in_zone(campaign.timing.schedule.zone().name(), at), campaign = named(campaign)
        )),
        None => output::print_info(text!(en: "  no post is scheduled", zh: "  没有排好的发表")),
    }
    if let Some(ConsoleListener { address, key_file }) = served.pages {
        let key_file = key_file.display();
        output::print_info(text!(
            en: "  pages: http://{address} (the key to sign in is in {key_file})",
            zh: "  网页：http://{address}（登录用的密钥在 `{key_file}` 里）"
        ));
    }
    if let Some(address) = served.health {
        output::print_info(text!(
            en: "  health: http://{address}/readyz",
            zh: "  运行状态：http://{address}/readyz"
        ));
    }
    output::print_info(text!(
        en: "  history: {history}; stop with Ctrl-C",
        zh: "  发表记录：{history}；按 Ctrl-C 停止",
        history = command("history --days 7")
    ));
}

/// The directory or the repository of the book.
fn place(settings: &Settings) -> String {
    match settings.git() {
        Ok(Some(git)) => git.branch,
        _ => settings.book().display().to_string(),
    }
}

/// The soonest occurrence that the policy does not block.
fn next(book: &ActiveBook, now: DateTime<Utc>) -> Option<(&Campaign, DateTime<Utc>)> {
    let of = |campaign: &Campaign| {
        let schedule = campaign.timing.schedule.expand();
        let mut after = now;
        loop {
            let occurrence = schedule.next_after(after)?;
            let zone = schedule.zone();
            if book.posting_blocks.keeps_back(&occurrence, zone).is_none() {
                return Some(occurrence.at);
            }
            after = occurrence.at;
        }
    };
    let times = book.campaigns.iter().filter_map(|campaign| Some((&**campaign, of(campaign)?)));
    times.min_by_key(|(_, at)| *at)
}

fn named(campaign: &Campaign) -> Text {
    let id = &campaign.id;
    match &campaign.title {
        Some(title) => text!(en: "`{id}` ({title})", zh: "“{title}”（`{id}`）"),
        None => Text::quoted(format!("`{id}`")),
    }
}
