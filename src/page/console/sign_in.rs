//! Signing in with the key of the service, and a name for the history.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use super::session::Refused;
use super::{Console, Failure, Visit};
use crate::page::frame::{Page, escaped};
use crate::page::guard::own_path;
use crate::page::server::ToQuery;
use crate::page::with_code;
use crate::secret::Secret;
use crate::text::{Lang, Text};

#[derive(Deserialize)]
pub(super) struct SignIn {
    key: String,
    name: String,
    #[serde(default)]
    to: String,
}

pub(super) async fn form(State(console): State<Console>, Query(query): Query<ToQuery>, visit: Visit) -> Response {
    let to = own_path(query.to.as_deref());
    let page = match &console.context().sign_in {
        Some(_) => through_wecom(to, visit.lang),
        None => made(to, "", None, visit.lang),
    };
    console.answer(&visit, Ok(page))
}

pub(super) async fn submit(State(console): State<Console>, visit: Visit, Form(asked): Form<SignIn>) -> Response {
    if console.context().sign_in.is_some() || console.context().proxy.is_some() {
        return console.answer(&visit, Err(Failure::NotFound));
    }
    let to = own_path(Some(&asked.to));
    let refused =
        |why: &Text| console.answer(&visit, Err(Failure::Refused(made(to, &asked.name, Some(why), visit.lang))));
    let Ok(id) = Secret::random() else {
        return refused(&text!(en: "the system has no random numbers", zh: "系统取不到随机数"));
    };
    match console.0.sessions.begin(&asked.key, &asked.name, &id, visit.now) {
        Ok(cookie) => {
            tracing::info!(by = asked.name.trim(), "signed in to the console");
            ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
        }
        Err(Refused::WrongKey) => {
            tracing::warn!("a wrong key was given to the console");
            refused(&text!(
                en: "this is not the key: the service writes a new one at each start",
                zh: "密钥不对：服务每次启动都会换一个新的"
            ))
        }
        Err(Refused::BadName) => {
            refused(&text!(en: "write your name, in 40 characters at most", zh: "请写上名字，最多 40 个字"))
        }
    }
}

pub(super) async fn end(State(console): State<Console>, headers: HeaderMap) -> Response {
    ([(header::SET_COOKIE, console.0.sessions.end(&headers))], Redirect::to("/")).into_response()
}

fn through_wecom(to: &str, lang: Lang) -> Page {
    let body = html! {
        p.sum { (text!(
            en: "Sign in as a member of the corp. The service file says who may read and who may operate the service.",
            zh: "请用企业微信成员的身份登录。谁能看、谁能操作，由服务配置文件决定。"
        ).get(lang)) }
        p.actions {
            a.button href=(format!("/sign-in/wecom?to={}", escaped(to))) { (text!(en: "Sign in with WeCom", zh: "用企业微信登录").get(lang)) }
        }
    };
    Page { title: text!(en: "Sign in", zh: "登录"), body }
}

fn made(to: &str, name: &str, why: Option<&Text>, lang: Lang) -> Page {
    let body = html! {
        @if let Some(why) = why { p.notice.error role="alert" { (with_code(why.get(lang))) } }
        p.sum { (text!(
            en: "Everybody on this machine may read. To post, hold, resume, settle or cancel, sign in with the key in the file \
                 that the service names in its log when it starts.",
            zh: "在这台机器上谁都可以看。要发表、暂停、恢复、核定或停止发表，请用密钥登录；密钥在一个文件里，服务启动时的日志写着它的位置。"
        ).get(lang)) }
        form.card method="post" action="/sign-in" {
            input type="hidden" name="to" value=(to);
            label { (text!(en: "Your name, for the history", zh: "你的名字（写进记录）").get(lang))
                input name="name" required maxlength="40" autocomplete="name" value=(name); }
            label { (text!(en: "Key", zh: "密钥").get(lang))
                input type="password" name="key" required autocomplete="off"; }
            button type="submit" { (text!(en: "Sign in", zh: "登录").get(lang)) }
        }
    };
    Page { title: text!(en: "Sign in", zh: "登录"), body }
}
