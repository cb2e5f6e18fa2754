//! The sandbox over HTTP: the same requests, decoded from a socket.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response as HttpResponse};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Sandbox, lock, multipart};
use crate::clock::Clock;
use crate::wecom::{Body, Method, Request, Response};

/// WeCom's largest file is 10 MB; the multipart headers are small.
const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;

/// The format of an HTTP date (RFC 9110, 5.6.7).
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

#[derive(Clone)]
struct Shared {
    sandbox: Arc<Mutex<Sandbox>>,
    clock: Clock,
}

/// Serves the sandbox until `stop`. WeCom's paths work under any prefix; `GET /sandbox/ledger` shows the ledger as
/// JSON, `GET /sandbox/messages` what members received.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    sandbox: Arc<Mutex<Sandbox>>,
    clock: Clock,
    stop: CancellationToken,
) -> io::Result<()> {
    let app =
        Router::new().fallback(call).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(Shared { sandbox, clock });
    axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn call(
    State(shared): State<Shared>,
    method: HttpMethod,
    uri: Uri,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    let path = uri.path();
    let method = match method {
        HttpMethod::GET => Method::Get,
        HttpMethod::POST => Method::Post,
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    if path.ends_with("/sandbox/ledger") && method == Method::Get {
        return json(StatusCode::OK, serde_json::to_vec(lock(&shared.sandbox).ledger()).unwrap_or_default());
    }
    if path.ends_with("/sandbox/messages") && method == Method::Get {
        return json(StatusCode::OK, serde_json::to_vec(lock(&shared.sandbox).messages()).unwrap_or_default());
    }
    if path.ends_with("/wwlogin/sso/login") && method == Method::Get {
        return sign_in_page(&shared, &query);
    }
    let Some(at) = path.find("/cgi-bin/") else { return StatusCode::NOT_FOUND.into_response() };
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = match body {
        body if body.is_empty() => Body::None,
        body if content_type.starts_with("multipart/") => {
            // An unreadable file counts as missing, like at WeCom.
            multipart::read(content_type, &body).map_or(Body::None, Body::Multipart)
        }
        body => Body::Json(body.into()),
    };
    let query = query.into_iter().map(|(key, value)| (key.into(), value)).collect();
    let request = Request { method, path: path[at..].to_owned().into(), query, body };
    let Response { status, body, date } = lock(&shared.sandbox).handle(&request, shared.clock.now());
    let mut answer = json(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body);
    // The sandbox's own time, which may differ from the machine's.
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(&date.format(HTTP_DATE).to_string()).ok()) {
        answer.headers_mut().insert(header::DATE, date);
    }
    answer
}

/// WeCom's page for signing in: a link for each member, and the way back for the one who is named in `user`.
fn sign_in_page(shared: &Shared, query: &[(String, String)]) -> HttpResponse {
    let value = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    let (back, state, user) = (value("redirect_uri"), value("state"), value("user"));
    let mut sandbox = lock(&shared.sandbox);
    if user.is_empty() {
        let members = sandbox.company().members.iter().map(|member| member.userid.as_str());
        let names: Vec<&str> = members.collect();
        let text = format!(
            "The sandbox signs in the member whom you add to the address: &user=NAME\nMembers: {}\n",
            names.join(", ")
        );
        return (StatusCode::OK, text).into_response();
    }
    let code = sandbox.sign_in_code(user, shared.clock.now());
    Redirect::to(&format!("{back}?code={code}&state={state}")).into_response()
}

fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let content_type = (header::CONTENT_TYPE, "application/json; charset=UTF-8");
    (status, [content_type], HttpBody::from(body)).into_response()
}
