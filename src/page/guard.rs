//! Security headers of every response, and checks of every request: which hosts are allowed, and where a form may come
//! from.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::settings::PageProxy;
use crate::text::Lang;
use crate::web::Peer;

/// What a page may load: its style, its script and pictures of this server, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// Remembers the language that a person chose.
const LANG_COOKIE: &str = "drumbeat_language";
/// Longest name of a user in a proxy's header.
const MAX_USER_BYTES: usize = 100;

/// Adds the security headers to each response.
pub(super) fn protected(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Answers only requests that name this machine: a name elsewhere may lead here (DNS rebinding). A request that changes
/// something must come from a page of this server.
pub(super) async fn of_this_machine(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_this_machine(host) {
        let why = "this page is for 127.0.0.1 and localhost only\n";
        return protected((StatusCode::FORBIDDEN, why).into_response());
    }
    if !is_read(request.method()) && !is_from_own_page(headers, host) {
        let why = "this request does not come from a page of this server\n";
        return protected((StatusCode::FORBIDDEN, why).into_response());
    }
    protected(next.run(request).await)
}

/// Answers only requests from a proxy that signs people in, for the host under which browsers know it. The same of
/// requests
/// that change something.
pub(super) async fn of_proxy(
    State(proxy): State<Arc<PageProxy>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let refused = |why: &'static str| protected((StatusCode::FORBIDDEN, why).into_response());
    if !proxy.from.iter().any(|network| network.contains(peer)) {
        return refused("these pages are read through their proxy only\n");
    }
    if host != proxy.host {
        return refused("these pages have another host: see page_proxy.host\n");
    }
    if user_of(&proxy, headers).is_none() {
        return refused("the proxy names no user: see page_proxy.user_header\n");
    }
    if !is_read(request.method()) && !is_from_own_page(headers, &host) {
        return refused("this request does not come from a page of this server\n");
    }
    protected(next.run(request).await)
}

/// Answers only requests for the host under which browsers know the pages. Those that change something must come from a
/// page of it.
pub(super) async fn of_host(State(own): State<Arc<str>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let refused = |why: &'static str| protected((StatusCode::FORBIDDEN, why).into_response());
    if host != *own {
        return refused("these pages have another host: see page_sign_in.host\n");
    }
    if !is_read(request.method()) && !is_from_own_page(headers, &host) {
        return refused("this request does not come from a page of this server\n");
    }
    protected(next.run(request).await)
}

/// The user whom the proxy names in a request. A request with two such headers is refused.
pub(super) fn user_of<'h>(proxy: &PageProxy, headers: &'h HeaderMap) -> Option<&'h str> {
    let mut named = headers.get_all(&*proxy.user_header).iter();
    let user = named.next().filter(|_| named.next().is_none())?.to_str().ok()?.trim();
    (!user.is_empty() && user.len() <= MAX_USER_BYTES).then_some(user)
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a browser says that a request comes from a page of this server. A browser always says so of a form.
fn is_from_own_page(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => text(header::ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://").or(origin.strip_prefix("https://")))
            .is_some_and(|origin| origin == host),
    }
}

/// Whether a `Host` header names this machine, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The language of a reader's cookie.
pub(super) fn chosen_language(headers: &HeaderMap) -> Option<Lang> {
    cookie(headers, LANG_COOKIE)?.parse().ok()
}

/// Remembers a language and goes back to the page.
pub(super) fn remember_language(lang: Lang, to: Option<&str>) -> Response {
    let cookie = format!("{LANG_COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000", lang.code());
    ([(header::SET_COOKIE, cookie)], Redirect::to(own_path(to))).into_response()
}

/// A path of this server that a request names, never another host.
pub(super) fn own_path(to: Option<&str>) -> &str {
    let is_own = |to: &&str| {
        to.starts_with('/') && !to.starts_with("//") && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    to.filter(is_own).unwrap_or("/")
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

    #[track_caller]
    fn comes_from_own_page(headers: &[(&str, &str)], expected: bool) {
        let pairs = headers.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"))
        });
        assert_eq!(is_from_own_page(&pairs.collect(), "127.0.0.1:9119"), expected, "{headers:?}");
    }

    #[test]
    fn changes_come_from_own_pages_only() {
        comes_from_own_page(&[("sec-fetch-site", "same-origin")], true);
        comes_from_own_page(&[("origin", "http://127.0.0.1:9119")], true);
        for site in ["cross-site", "same-site", "none"] {
            comes_from_own_page(&[("sec-fetch-site", site), ("origin", "http://127.0.0.1:9119")], false);
        }
        for origin in ["http://127.0.0.1:9118", "null", "http://evil.example", ""] {
            comes_from_own_page(&[("origin", origin)], false);
        }
        comes_from_own_page(&[], false);
    }

    #[test]
    fn paths_never_lead_elsewhere() {
        assert_eq!(own_path(Some("/runs?state=held")), "/runs?state=held");
        for to in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb", "/\t/evil"] {
            assert_eq!(own_path(Some(to)), "/", "{to:?}");
        }
    }
}
