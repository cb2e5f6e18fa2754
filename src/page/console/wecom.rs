//! Signing in through WeCom: to its page with a state, and back with a code that names the member.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Console, Failure, Result, Visit, parts};
use crate::page::frame::escaped;
use crate::page::guard::{self, own_path};
use crate::page::server::ToQuery;
use crate::secret::Secret;
use crate::settings::PageSignIn;
use crate::text::{Text, UserError as _};

/// The cookie of a sign-in that is under way.
const STATE_COOKIE: &str = "drumbeat_sign_in";

/// What WeCom's page brings back.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Sends the browser to WeCom's page.
pub(super) async fn begin(State(console): State<Console>, Query(query): Query<ToQuery>, visit: Visit) -> Response {
    let (Some(sign_in), Ok(state)) = (console.context().sign_in.clone(), Secret::random()) else {
        return console.answer(&visit, Err(Failure::NotFound));
    };
    console.0.sessions.remember_state(&state, own_path(query.to.as_deref()), visit.now);
    let state = state.expose();
    // The browser comes back from another site: a strict cookie would stay behind.
    let cookie = format!("{STATE_COOKIE}={state}; Path=/signed-in; HttpOnly; Secure; SameSite=Lax; Max-Age=600");
    ([(header::SET_COOKIE, cookie)], Redirect::to(&address(&sign_in, &console.corp().0, state))).into_response()
}

/// The address of WeCom's page.
fn address(sign_in: &PageSignIn, corp: &str, state: &str) -> String {
    let back = escaped(&format!("https://{}/signed-in", sign_in.host));
    let (url, agent) = (&sign_in.url, sign_in.agent_id);
    format!("{url}?login_type=CorpApp&appid={}&agentid={agent}&redirect_uri={back}&state={state}", escaped(corp))
}

/// Takes the browser back from WeCom's page.
pub(super) async fn finish(
    State(console): State<Console>,
    Query(back): Query<Back>,
    headers: HeaderMap,
    visit: Visit,
) -> Response {
    match signed_in(&console, &visit, &headers, &back).await {
        Ok((cookie, to)) => ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response(),
        Err(failure) => console.answer(&visit, Err(failure)),
    }
}

/// The cookie of the session, and where the person wanted to go.
async fn signed_in(console: &Console, visit: &Visit, headers: &HeaderMap, back: &Back) -> Result<(String, String)> {
    let lang = visit.lang;
    let refused = |why: &Text| {
        let title = text!(en: "Not signed in", zh: "没有登录成功");
        Failure::Refused(parts::refused(title, why, ("/sign-in", text!(en: "Try again", zh: "再试一次")), lang))
    };
    let sign_in = console.context().sign_in.clone().ok_or(Failure::NotFound)?;
    // The state must be one that this service gave to this browser, and it works once.
    let is_own = guard::cookie(headers, STATE_COOKIE).is_some_and(|own| own == back.state);
    let to = console.0.sessions.take_state(&back.state, visit.now).filter(|_| is_own);
    let to = to.ok_or_else(|| {
        refused(&text!(
            en: "this sign-in was not begun in this browser, or it took longer than ten minutes",
            zh: "这次登录不是在这个浏览器里开始的，或者已经超过十分钟"
        ))
    })?;
    let user = console.context().wecom.user_of_code(&back.code).await.map_err(|error| refused(&error.text()))?;
    let user = user.ok_or_else(|| {
        refused(
            &text!(en: "WeCom does not know you as a member of this corp", zh: "企业微信里没有查到你是这个企业的成员"),
        )
    })?;
    if !sign_in.may_read(&user) {
        return Err(Failure::NotAllowed(user));
    }
    let id = Secret::random().map_err(|_| Failure::NotFound)?;
    tracing::info!(by = user, "signed in to the console through WeCom");
    Ok((console.0.sessions.begin_for(&user, &id, visit.now), to))
}
