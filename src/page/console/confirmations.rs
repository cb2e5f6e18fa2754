//! Which members have posted the newest moments.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use super::{Console, Result, Visit, parts};
use crate::page::frame::Page;
use crate::page::live::LiveBook;
use crate::report::acknowledgements::Entry;
use crate::run::{Run, State as RunState};
use crate::store::{PageKey, RunFilter};
use crate::text::Lang;

/// Moments that are listed.
const MAX_MOMENTS: usize = 40;

pub(super) async fn page(State(console): State<Console>, visit: Visit) -> Response {
    let made = make(&console, &visit).await;
    console.answer(&visit, made)
}

async fn make(console: &Console, visit: &Visit) -> Result<Page> {
    let (lang, mut runs) = (visit.lang, Vec::<Run>::new());
    for state in [RunState::Created, RunState::Partial] {
        let wanted = RunFilter { state: Some(state), ..RunFilter::default() };
        runs.extend(console.store().newest_runs(console.corp(), &wanted, PageKey::NEWEST, MAX_MOMENTS).await?.runs);
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.due));
    runs.truncate(MAX_MOMENTS);
    let mut entries = Vec::with_capacity(runs.len());
    for run in runs {
        let (progress, members) = console.store().acks(&run).await?;
        entries.push(Entry { run, progress, members, nudges: Vec::new() });
    }
    let book = console.book().await.ok();
    Ok(console.render(move || made(&entries, book.as_deref(), lang)).await)
}

fn made(entries: &[Entry], book: Option<&LiveBook>, lang: Lang) -> Page {
    let head = [
        text!(en: "due", zh: "应发时间"),
        text!(en: "campaign", zh: "活动"),
        text!(en: "posted", zh: "已发表"),
        text!(en: "not yet", zh: "还没有发表"),
    ];
    let rows = html! {
        @for entry in entries {
            @let (posted, all) = (entry.posted(), entry.members.len());
            tr {
                td.when { a href=(format!("/run/{}", entry.run.id())) { (crate::report::runs::local(&entry.run).get(lang)) } }
                td { (parts::title_of(&entry.run, book)) }
                td.when {
                    (entry.progress_in_words().get(lang))
                    @if all > 0 { " " meter aria-label=(text!(en: "posted", zh: "已发表").get(lang)) min="0" max=(all) value=(posted) {} }
                }
                td.why { (entry.names().get(lang)) }
            }
        }
    };
    let body = html! {
        p.sum { (text!(
            en: "A moment reaches customers when a member has confirmed it. These are the newest.",
            zh: "成员确认发表后，客户才能看到。下面是最近创建的。"
        ).get(lang)) }
        p { a href="/results" { (text!(en: "What came of them", zh: "看效果").get(lang)) } }
        @if entries.is_empty() {
            p.empty { (text!(en: "No moment was created yet.", zh: "还没有创建过朋友圈。").get(lang)) }
        } @else {
            (parts::scrolling_table(&text!(en: "Moments", zh: "朋友圈"), &head, &rows, lang))
        }
    };
    Page { title: text!(en: "Members' confirmations", zh: "成员确认"), body }
}
