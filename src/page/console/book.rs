//! The pages of the book, with the past from the store and what a person can do with a campaign.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::Days;
use maud::html;

use super::{Console, Failure, Visit, holds, results};
use crate::ids::CampaignId;
use crate::page::frame::Page;
use crate::page::live::MAX_PHONES;
use crate::page::server;

pub(super) async fn calendar(
    State(console): State<Console>,
    Query(query): Query<server::SpanQuery>,
    visit: Visit,
) -> Response {
    let made = async {
        let (book, asked) = (console.book().await?, visit.asked());
        let span = query.span(book.today(asked.now));
        let past = console.past(&book, span.first(), span.end(), span.max_tiles(), asked.now).await?;
        Ok(console.render(move || book.calendar(asked, span, &past)).await)
    };
    console.answer(&visit, made.await)
}

pub(super) async fn day(State(console): State<Console>, Path(date): Path<String>, visit: Visit) -> Response {
    let made = async {
        let date = server::near_date(&date).ok_or(Failure::NotFound)?;
        let (book, asked) = (console.book().await?, visit.asked());
        let past = console.past(&book, date, date + Days::new(1), MAX_PHONES, asked.now).await?;
        Ok(console.render(move || book.day(asked, date, &past)).await)
    };
    console.answer(&visit, made.await)
}

pub(super) async fn campaign(State(console): State<Console>, Path(id): Path<String>, visit: Visit) -> Response {
    let made = async {
        let (book, asked) = (console.book().await?, visit.asked());
        let id: CampaignId = id.parse().map_err(|_| Failure::NotFound)?;
        let hold = console.hold_on(&id).await?;
        let hold_form = holds::of_campaign(&id, hold.as_ref(), visit.lang);
        let last = results::of_campaign(&console, &id, visit.lang).await?;
        let page = console.render(move || book.campaign(asked, id.as_str())).await.ok_or(Failure::NotFound)?;
        Ok(Page { title: page.title, body: html! { (hold_form) (last) (page.body) } })
    };
    console.answer(&visit, made.await)
}

pub(super) async fn findings(State(console): State<Console>, visit: Visit) -> Response {
    let made = async {
        let (book, asked) = (console.book().await?, visit.asked());
        Ok(console.render(move || book.findings(asked)).await)
    };
    console.answer(&visit, made.await)
}

pub(super) async fn picture(State(console): State<Console>, Path(name): Path<String>, visit: Visit) -> Response {
    let found = console.book().await.ok().and_then(|book| server::picture_of(&book, &name));
    found.unwrap_or_else(|| console.answer(&visit, Err(Failure::NotFound)))
}
