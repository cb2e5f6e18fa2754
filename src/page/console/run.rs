//! One run in full: what was posted, to whom, every step with its time, and what a person can do with it.

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::DateTime;
use maud::{Markup, html};

use super::{Console, Failure, Result, Visit, parts};
use crate::ops;
use crate::page::Upcoming;
use crate::page::card::CardContext;
use crate::page::frame::Page;
use crate::page::live::LiveBook;
use crate::page::with_code;
use crate::plan::{Plan, Window};
use crate::post::{Names, Post};
use crate::report::acknowledgements::Entry;
use crate::report::plan::cells::Dates;
use crate::report::reminders;
use crate::report::runs::{Origin, facts, steps};
use crate::run::{Reader, Run, RunId, State as RunState};
use crate::store::{Hold, LogLine};
use crate::text::{Lang, Text};

/// Everything that the page is made from.
struct Detail {
    entry: Entry,
    log: Vec<LogLine>,
    hold: Option<Hold>,
    origin: Origin,
    names: Names,
    lang: Lang,
}

pub(super) async fn page(State(console): State<Console>, Path(id): Path<String>, visit: Visit) -> Response {
    let made = make(&console, &visit, &id).await;
    console.answer(&visit, made)
}

/// The run with a name.
pub(super) async fn find(console: &Console, id: &str) -> Result<Run> {
    let id: RunId = id.parse().map_err(|_| Failure::NotFound)?;
    console.store().run_beside(console.corp(), &id).await?.ok_or(Failure::NotFound)
}

async fn make(console: &Console, visit: &Visit, id: &str) -> Result<Page> {
    let run = find(console, id).await?;
    let log = console.store().log(&run).await?;
    let (progress, members) = console.store().acks(&run).await?;
    let nudges = console.store().nudges(&run).await?;
    let holds = console.store().holds_beside().await?;
    let hold = run.hold.and_then(|id| holds.into_iter().find(|hold| hold.id == id));
    // A run is shown even if the book cannot be read.
    let book = console.book().await.ok();
    let (find_origin, lang) = (console.context().find_origin.clone(), visit.lang);
    let make = move || {
        let (origin, names) = find_origin(&run);
        let entry = Entry { run, progress, members, nudges };
        Detail { entry, log, hold, origin, names, lang }.page(book.as_deref())
    };
    Ok(console.render(make).await)
}

impl Detail {
    fn page(&self, book: Option<&LiveBook>) -> Page {
        let (lang, run) = (self.lang, &self.entry.run);
        let body = html! {
            p { a href="/runs" { (text!(en: "To all runs", zh: "回到发表记录").get(lang)) } }
            p.states { (parts::state(run, lang)) }
            (actions(run, lang))
            article.campaign {
                div.facts {
                    dl { @for fact in facts(run, &self.origin, self.hold.as_ref(), &self.names, Reader::Page) {
                        @if !fact.label.is_empty() { dt { (fact.label.get(lang)) } }
                        dd { (with_code(fact.value.get(lang))) }
                    } }
                }
                @if let (Some(post), Some(book)) = (&run.post, book) { (phone(post, book, None, lang)) }
            }
            h2 { (text!(en: "What happened", zh: "经过").get(lang)) }
            ol.steps { @for step in steps(run, &self.log, Reader::Page) {
                li {
                    span.at { (step.at) }
                    " " span.moved { (step.moved.get(lang)) }
                    @if let Some(code) = step.errcode { " " code { (code) } }
                    @if let Some(why) = &step.why { p { (with_code(why.get(lang))) } }
                }
            } }
            @if run.state.is_posted() { (self.confirmations()) }
        };
        let due = crate::report::runs::local(run);
        let name = parts::title_of(run, book);
        Page { title: text!(en: "{name}, {due}", zh: "{name}，{due}", due = due), body }
    }

    /// Which members have posted it.
    fn confirmations(&self) -> Markup {
        let lang = self.lang;
        html! {
            h2 { (text!(en: "Members' confirmations", zh: "成员确认").get(lang)) }
            p { (self.entry.progress_in_words().get(lang)) }
            @if !self.entry.members.is_empty() {
                ul.members { @for ack in &self.entry.members {
                    li { (ack.member) " " @match ack.posted_at {
                        Some(_) => span.badge.good { (text!(en: "posted", zh: "已发表").get(lang)) },
                        None => span.badge { (text!(en: "not yet", zh: "还没有发表").get(lang)) },
                    } }
                } }
            }
            @let reminders = reminders::of_run(&self.entry.nudges, &self.entry.run.zone);
            @if !reminders.is_empty() {
                h3 { (text!(en: "Reminders", zh: "提醒").get(lang)) }
                ul { @for line in &reminders { li { (line.get(lang)) } } }
            }
        }
    }
}

/// What was sent, on a phone.
pub(super) fn phone(post: &Post, book: &LiveBook, label: Option<&Text>, lang: Lang) -> Markup {
    let window = Window { from: DateTime::UNIX_EPOCH, to: DateTime::UNIX_EPOCH };
    let none = Plan { window, zone: book.zone, occurrences: vec![], left_out: vec![], idle: vec![], days: vec![] };
    let upcoming = Upcoming::new(&none);
    let cards = CardContext {
        pictures: &book.pictures,
        media: &book.checked.media,
        upcoming: &upcoming,
        dates: Dates::of(&none),
        lang,
    };
    cards.card(post, label)
}

/// What a person can do with a run in its present state.
fn actions(run: &Run, lang: Lang) -> Markup {
    let id = run.id();
    let settle = match run.state {
        RunState::Submitted | RunState::InDoubt => Some(text!(en: "Settle", zh: "核定")),
        RunState::Claimed | RunState::Sending => None,
        _ => Some(text!(en: "Correct the record", zh: "更正记录")),
    };
    let cancel = match ops::cancellation(run) {
        Ok(ops::Cancellation::Withdraw) => Some(text!(en: "Withdraw", zh: "取消这次发表")),
        Ok(ops::Cancellation::StopAtWecom { .. }) => Some(text!(en: "Stop for the others", zh: "停止发表")),
        Err(_) => None,
    };
    let link = |path: String, text: Option<Text>| html! { @if let Some(text) = text { a.button href=(path) { (text.get(lang)) } } };
    html! {
        p.actions {
            (link(format!("/run/{id}/settle"), settle))
            (link(format!("/run/{id}/cancel"), cancel))
            a href=(format!("/campaign/{}", run.campaign)) { (text!(en: "To the campaign", zh: "查看活动").get(lang)) }
        }
    }
}
