//! The preview over HTTP, for the person at this machine: pages, pictures and change events of the book.
//!
//! Everything is answered from memory: no path of a request reaches the file system.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use futures_util::stream;
use maud::html;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::STYLE;
use super::calendar::{Past, Span};
use super::frame::{Frame, NavLink, Page};
use super::guard;
use super::live::{LiveBook, PageRequest};
use crate::clock::Clock;
use crate::ids::Sha256;
use crate::text::Lang;
use crate::web::{self, Limits};

const SCRIPT: &str = include_str!("live.js");
/// Cache control of an address that names the digest of what it answers with.
const FOREVER: &str = "private, max-age=31536000, immutable";
/// Most pages that are kept of one version of the book.
const MAX_CACHED: usize = 64;

/// Pages by their address and language, of one version of the book.
type PageCache = BTreeMap<(String, &'static str), Arc<str>>;

/// What the pages are made from.
#[derive(Clone)]
pub struct Preview {
    book: watch::Receiver<Arc<LiveBook>>,
    lang: Lang,
    clock: Clock,
    stop: CancellationToken,
    cache: Arc<Mutex<(u64, PageCache)>>,
}

impl Preview {
    /// `lang` is that of readers who have chosen none.
    pub fn new(book: watch::Receiver<Arc<LiveBook>>, lang: Lang, clock: Clock, stop: CancellationToken) -> Self {
        Self { book, lang, clock, stop, cache: Arc::default() }
    }

    fn book(&self) -> Arc<LiveBook> {
        Arc::clone(&self.book.borrow())
    }

    fn asked(&self, headers: &HeaderMap) -> PageRequest {
        PageRequest { lang: guard::chosen_language(headers).unwrap_or(self.lang), now: self.clock.now() }
    }

    /// A page of the current book, cached per version, address and language.
    fn page(&self, headers: &HeaderMap, path: &str, make: impl FnOnce(&LiveBook, PageRequest) -> Page) -> Response {
        let (book, asked) = (self.book(), self.asked(headers));
        let key = (path.to_owned(), asked.lang.code());
        let kept = {
            let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            cache.1.get(&key).filter(|_| cache.0 == book.version).cloned()
        };
        // Others are answered while a page is made.
        let page = kept.unwrap_or_else(|| {
            let page: Arc<str> = document(&book, asked.lang, path, &make(&book, asked)).into();
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.0 != book.version || cache.1.len() >= MAX_CACHED {
                *cache = (book.version, PageCache::new());
            }
            cache.1.insert(key, Arc::clone(&page));
            page
        });
        Html(page.to_string()).into_response()
    }
}

fn document(book: &LiveBook, lang: Lang, path: &str, page: &Page) -> String {
    let nav = [
        NavLink { href: "/", text: text!(en: "Calendar", zh: "日历"), count: 0, is_urgent: false },
        NavLink {
            href: "/findings",
            text: text!(en: "Findings", zh: "检查结果"),
            count: book.checked.result.findings.len(),
            is_urgent: !book.checked.result.invalid_files.is_empty(),
        },
    ];
    Frame { lang, path, nav: &nav, version: Some(book.version), corner: html! {} }.document(page)
}

/// Serves the preview until `stop`.
pub async fn serve(listener: TcpListener, preview: Preview, stop: CancellationToken) {
    let pages = Router::new()
        .route("/", get(month))
        .route("/day/{date}", get(day))
        .route("/campaign/{id}", get(campaign))
        .route("/findings", get(findings))
        .route("/picture/{name}", get(picture))
        .route("/language/{code}", get(language))
        .route("/events", get(events))
        .route("/style.css", get(style))
        .route("/live.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT) }))
        .fallback(missing)
        .layer(middleware::from_fn(guard::of_this_machine))
        .with_state(preview);
    web::serve_pages(listener, pages, Limits::default(), stop).await;
}

/// A month or a week, by its address.
#[derive(Deserialize)]
pub(super) struct SpanQuery {
    month: Option<String>,
    week: Option<String>,
}

impl SpanQuery {
    /// The span that the address names; else the month of a date.
    pub(crate) fn span(&self, today: NaiveDate) -> Span {
        let week = self.week.as_deref().and_then(near_date);
        let month = self.month.as_deref().and_then(|month| near_date(&format!("{month}-01")));
        match (week, month) {
            (Some(date), _) => Span::week(date),
            (None, month) => Span::month(month.unwrap_or(today)),
        }
    }
}

/// A date that a schedule can have.
pub(super) fn near_date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|date| is_near(*date))
}

/// Whether a date is one that a schedule can have: pages of other dates would only cost time, so they are refused.
fn is_near(date: NaiveDate) -> bool {
    use chrono::Datelike as _;
    (1970..2200).contains(&date.year())
}

async fn month(State(preview): State<Preview>, Query(query): Query<SpanQuery>, headers: HeaderMap) -> Response {
    let span = query.span(preview.book().today(preview.clock.now()));
    preview.page(&headers, &span.path(), |book, asked| book.calendar(asked, span, &Past::default()))
}

async fn day(State(preview): State<Preview>, Path(date): Path<String>, headers: HeaderMap) -> Response {
    match near_date(&date) {
        Some(date) => {
            preview.page(&headers, &format!("/day/{date}"), |book, asked| book.day(asked, date, &Past::default()))
        }
        None => not_found(&preview, &headers),
    }
}

async fn campaign(State(preview): State<Preview>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let (book, asked) = (preview.book(), preview.asked(&headers));
    match book.campaign(asked, &id) {
        Some(page) => Html(document(&book, asked.lang, &format!("/campaign/{id}"), &page)).into_response(),
        None => not_found(&preview, &headers),
    }
}

async fn findings(State(preview): State<Preview>, headers: HeaderMap) -> Response {
    preview.page(&headers, "/findings", LiveBook::findings)
}

async fn picture(State(preview): State<Preview>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    picture_of(&preview.book(), &name).unwrap_or_else(|| not_found(&preview, &headers))
}

/// A small picture of the book, by the digest of its file.
pub(super) fn picture_of(book: &LiveBook, name: &str) -> Option<Response> {
    let digest = Sha256::try_from(name.strip_suffix(".jpg")?.to_owned()).ok()?;
    let jpeg = book.pictures.jpeg(&digest)?.to_vec();
    Some(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, FOREVER)], jpeg).into_response())
}

/// Where to go back to.
#[derive(Deserialize)]
pub(super) struct ToQuery {
    pub to: Option<String>,
}

async fn language(
    State(preview): State<Preview>,
    Path(code): Path<String>,
    Query(query): Query<ToQuery>,
    headers: HeaderMap,
) -> Response {
    match code.parse::<Lang>() {
        Ok(lang) => guard::remember_language(lang, query.to.as_deref()),
        Err(_) => not_found(&preview, &headers),
    }
}

/// The version of the book, now and after each change.
async fn events(State(preview): State<Preview>) -> impl IntoResponse {
    let mut book = preview.book.clone();
    book.mark_changed();
    let stream = stream::unfold((book, preview.stop), |(mut book, stop)| async move {
        let changed = tokio::select! {
            changed = book.changed() => changed,
            () = stop.cancelled() => return None,
        };
        changed.ok()?;
        let version = book.borrow_and_update().version;
        Some((Ok::<_, Infallible>(Event::default().data(version.to_string())), (book, stop)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn missing(State(preview): State<Preview>, headers: HeaderMap) -> Response {
    not_found(&preview, &headers)
}

fn not_found(preview: &Preview, headers: &HeaderMap) -> Response {
    let asked = preview.asked(headers);
    let page = document(&preview.book(), asked.lang, "/", &super::live::missing(asked.lang));
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, FOREVER)], STYLE)
}
