//! Runs, files and holds that need a person: runs to settle, files with an error, holds by Drumbeat itself.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Console, Result, Visit, parts};
use crate::page::frame::Page;
use crate::page::live::LiveBook;
use crate::page::with_code;
use crate::report;
use crate::run::{Reader, Run};
use crate::store::Hold;
use crate::text::Lang;

pub(super) async fn page(State(console): State<Console>, visit: Visit) -> Response {
    let made = make(&console, &visit).await;
    console.answer(&visit, made)
}

async fn make(console: &Console, visit: &Visit) -> Result<Page> {
    let lang = visit.lang;
    let (waiting, looked_for) = console.doubtful().await?;
    let holds = console.holds().await?;
    let book = console.book().await?;
    Ok(console.render(move || made(&waiting, &looked_for, &holds, &book, lang)).await)
}

fn made(waiting: &[Run], looked_for: &[Run], holds: &[Hold], book: &LiveBook, lang: Lang) -> Page {
    let own: Vec<&Hold> = holds.iter().filter(|hold| hold.cause.is_some()).collect();
    let is_quiet = waiting.is_empty() && own.is_empty() && book.checked.result.invalid_files.is_empty();
    let body = html! {
        @if is_quiet {
            p.empty { (text!(en: "Nothing waits for a person.", zh: "现在没有要人工处理的。").get(lang)) }
        }
        @if !waiting.is_empty() {
            h2 { (text!(en: "Runs to settle", zh: "等人核定的发表记录").get(lang)) }
            p.sum { (text!(
                en: "Each may be posted or not. Look at WeCom's list, then settle it: nothing is sent by that.",
                zh: "这些可能已经发表，也可能没有。请对照企业微信里的记录核定；核定只改记录，不会再发。"
            ).get(lang)) }
            @for run in waiting { (to_settle(run, book, lang)) }
        }
        @if !own.is_empty() {
            h2 { (text!(en: "On hold by Drumbeat itself", zh: "Drumbeat 自己暂停的").get(lang)) }
            @for hold in own {
                article {
                    p { (with_code(report::holds::in_words_for(Reader::Page, hold, book.zone.name()).get(lang))) }
                    p.actions { a.button href=(format!("/resume/{}", hold.id)) { (text!(en: "Resume", zh: "恢复").get(lang)) } }
                }
            }
        }
        @if !book.checked.result.invalid_files.is_empty() { (book.broken(lang)) }
        @if !looked_for.is_empty() {
            h2 { (text!(en: "Drumbeat still searches for these", zh: "还在自动核实的").get(lang)) }
            (parts::table(looked_for, Some(book), lang))
        }
    };
    Page { title: text!(en: "Needs review", zh: "需人工处理"), body }
}

fn to_settle(run: &Run, book: &LiveBook, lang: Lang) -> Markup {
    let id = run.id();
    html! {
        article.to-settle {
            h3 { a href=(format!("/run/{id}")) { (parts::title_of(run, Some(book))) } " " (report::runs::local(run).get(lang)) }
            p { (parts::state(run, lang)) }
            @if let Some(why) = run.reason_text_for(Reader::Page) { p { (with_code(why.get(lang))) } }
            p.actions { a.button href=(format!("/run/{id}/settle")) { (text!(en: "Settle", zh: "核定").get(lang)) } }
        }
    }
}
