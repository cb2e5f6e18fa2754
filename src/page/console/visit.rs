//! Who sends a request, in which language, and whether that person may change something.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{Console, Failure, Result};
use crate::page::frame::escaped;
use crate::page::guard;
use crate::page::live::PageRequest;
use crate::text::Lang;

/// A request, as every page needs it.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub lang: Lang,
    pub now: DateTime<Utc>,
    /// The address, to come back to it.
    pub path: String,
    pub who: Who,
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// On this machine, not signed in.
    Reader,
    /// Named by the proxy, and no operator.
    Viewer(String),
    /// Signed in with the key, or an operator whom the proxy names.
    Operator(String),
}

impl Console {
    fn visit(&self, request: &Parts) -> Visit {
        let (context, now) = (self.context(), self.context().clock.now());
        let of_book = || context.lang.lang(context.books.borrow().language);
        Visit {
            lang: guard::chosen_language(&request.headers).unwrap_or_else(of_book),
            now,
            path: request.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned(),
            who: self.who(&request.headers, now),
        }
    }

    fn who(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Who {
        let in_session = || self.0.sessions.name(headers, now);
        match (&self.context().proxy, &self.context().sign_in) {
            (None, None) => in_session().map_or(Who::Reader, Who::Operator),
            (None, Some(sign_in)) => match in_session() {
                Some(user) if sign_in.may_operate(&user) => Who::Operator(user),
                Some(user) => Who::Viewer(user),
                None => Who::Reader,
            },
            (Some(proxy), _) => match guard::user_of(proxy, headers) {
                Some(user) if proxy.operators.iter().any(|it| it == user) => Who::Operator(user.to_owned()),
                Some(user) => Who::Viewer(user.to_owned()),
                None => Who::Reader,
            },
        }
    }
}

impl FromRequestParts<Console> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> std::result::Result<Self, Infallible> {
        Ok(console.visit(parts))
    }
}

impl Visit {
    pub(crate) fn asked(&self) -> PageRequest {
        PageRequest { lang: self.lang, now: self.now }
    }

    /// Who changes something.
    pub(crate) fn by(&self) -> Result<&str> {
        match &self.who {
            Who::Operator(name) => Ok(name),
            Who::Viewer(name) => Err(Failure::NotAllowed(name.clone())),
            Who::Reader => Err(Failure::SignIn),
        }
    }
}

/// Who is signed in, or where to do so.
pub(super) fn corner(visit: &Visit, has_proxy: bool) -> Markup {
    let lang = visit.lang;
    html! {
        @match &visit.who {
            Who::Viewer(name) | Who::Operator(name) => {
                @let can_only_read = matches!(visit.who, Who::Viewer(_));
                @let who = html! {
                    span.who { (name) @if can_only_read { (text!(en: " (reads)", zh: "（只能看）").get(lang)) } }
                };
                // A proxy signs its users out itself.
                @if has_proxy { (who) } @else {
                    form method="post" action="/sign-out" {
                        (who)
                        button.quiet type="submit" { (text!(en: "Sign out", zh: "退出").get(lang)) }
                    }
                }
            }
            Who::Reader => {
                a href=(format!("/sign-in?to={}", escaped(&visit.path))) { (text!(en: "Sign in to operate", zh: "登录后可操作").get(lang)) }
            }
        }
    }
}
