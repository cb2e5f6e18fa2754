//! The preview over HTTP, for the person at this machine: pages, pictures and the news that the book changed.
//!
//! Everything is answered from memory: no path of a request reaches the file system. Only requests that name this machine are
//! answered, so that no page elsewhere can read the book through a name that leads here.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::NaiveDate;
use futures_util::stream;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::STYLE;
use super::live::{Asked, LiveBook, PageCache};
use crate::clock::Clock;
use crate::ids::Sha256;
use crate::text::Lang;
use crate::web::{self, Limits};

const SCRIPT: &str = include_str!("live.js");
/// What a page may load: its style, its script and pictures of this server, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// Remembers the language that a person chose.
const LANG_COOKIE: &str = "drumbeat_language";
/// Most pages that are kept of one version of the book.
const MAX_CACHED: usize = 64;

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

    fn asked<'p>(&self, headers: &HeaderMap, path: &'p str) -> Asked<'p> {
        Asked { lang: chosen(headers).unwrap_or(self.lang), now: self.clock.now(), path }
    }

    /// A page of the book in force; made once for each version, address and language.
    fn page(&self, headers: &HeaderMap, path: &str, make: impl FnOnce(&LiveBook, Asked<'_>) -> String) -> Response {
        let (book, asked) = (self.book(), self.asked(headers, path));
        let key = (path.to_owned(), asked.lang.code());
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.0 != book.version || cache.1.len() >= MAX_CACHED {
            *cache = (book.version, PageCache::new());
        }
        let page = cache.1.entry(key).or_insert_with(|| Arc::from(make(&book, asked)));
        Html(page.to_string()).into_response()
    }
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
        .route("/style.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/live.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT) }))
        .fallback(missing)
        .layer(middleware::from_fn(guard))
        .with_state(preview);
    web::serve_pages(listener, pages, Limits::default(), stop).await;
}

/// Refuses requests that name another machine, and adds to each answer what keeps it from being misused.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_this_machine(host) {
        return (StatusCode::FORBIDDEN, "this preview is for 127.0.0.1 and localhost only\n").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether a `Host` header names this machine, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// The language of a reader's cookie.
fn chosen(headers: &HeaderMap) -> Option<Lang> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == LANG_COOKIE)?.1.parse().ok()
}

#[derive(Deserialize)]
struct MonthQuery {
    month: Option<String>,
}

async fn month(State(preview): State<Preview>, Query(query): Query<MonthQuery>, headers: HeaderMap) -> Response {
    let named = query.month.and_then(|month| NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok());
    let month = named.unwrap_or_else(|| preview.book().today(preview.clock.now()));
    let path = format!("/?month={}", month.format("%Y-%m"));
    preview.page(&headers, &path, |book, asked| book.month(asked, month))
}

async fn day(State(preview): State<Preview>, Path(date): Path<String>, headers: HeaderMap) -> Response {
    match date.parse::<NaiveDate>() {
        Ok(date) => preview.page(&headers, &format!("/day/{date}"), |book, asked| book.day(asked, date)),
        Err(_) => not_found(&preview, &headers),
    }
}

async fn campaign(State(preview): State<Preview>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/campaign/{id}");
    match preview.book().campaign(preview.asked(&headers, &path), &id) {
        Some(page) => Html(page).into_response(),
        None => not_found(&preview, &headers),
    }
}

async fn findings(State(preview): State<Preview>, headers: HeaderMap) -> Response {
    preview.page(&headers, "/findings", LiveBook::findings)
}

async fn picture(State(preview): State<Preview>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let digest = name.strip_suffix(".jpg").and_then(|digest| Sha256::try_from(digest.to_owned()).ok());
    match digest.and_then(|digest| preview.book().pictures.jpeg(&digest).map(<[u8]>::to_vec)) {
        // Its name is the digest of the file: it never changes.
        Some(jpeg) => (
            [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")],
            jpeg,
        )
            .into_response(),
        None => not_found(&preview, &headers),
    }
}

#[derive(Deserialize)]
struct LanguageQuery {
    to: Option<String>,
}

/// Remembers a language and goes back to the page.
async fn language(
    State(preview): State<Preview>,
    Path(code): Path<String>,
    Query(query): Query<LanguageQuery>,
    headers: HeaderMap,
) -> Response {
    let Ok(lang) = code.parse::<Lang>() else { return not_found(&preview, &headers) };
    // Never to another host.
    let to = query.to.filter(|to| to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'));
    let cookie = format!("{LANG_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000", lang.code());
    ([(header::SET_COOKIE, cookie)], Redirect::to(to.as_deref().unwrap_or("/"))).into_response()
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
    (StatusCode::NOT_FOUND, Html(preview.book().missing(preview.asked(headers, "/")))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["localhost", "localhost:8321", "127.0.0.1:1", "[::1]:8321", "[::1]"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example", "evil.example:127", "127.0.0.1.nip.io:80", "10.0.0.1"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
