//! gettoken, and the check of the token in every other call.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::{Sandbox, later};
use crate::wecom::{Method, Request, Response};

/// Every token with its expiry. An older one stays valid until then.
#[derive(Default)]
pub(super) struct Tokens {
    given: BTreeMap<String, DateTime<Utc>>,
}

#[derive(Serialize)]
struct Token<'a> {
    access_token: &'a str,
    expires_in: u64,
}

impl Tokens {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.given.keys().map(String::as_str)
    }

    pub(super) fn add(&mut self, token: String, end: DateTime<Utc>) {
        self.given.insert(token, end);
    }

    /// When a token expires; `None` for one that was not given out.
    pub(super) fn end_of(&self, token: &str) -> Option<DateTime<Utc>> {
        self.given.get(token).copied()
    }

    pub(super) fn check(&self, request: &Request, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Some(token) = request.query("access_token").filter(|token| !token.is_empty()) else {
            return Err(refuse(41001, "access_token missing"));
        };
        match self.given.get(token) {
            None => Err(refuse(40014, "invalid access_token")),
            Some(end) if *end <= now => Err(refuse(42001, "access_token expired")),
            Some(_) => Ok(()),
        }
    }
}

impl Sandbox {
    pub(super) fn gettoken(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let given = |name| request.query(name).filter(|value| !value.is_empty());
        let Some(corp) = given("corpid") else { return Err(refuse(41002, "corpid missing")) };
        let Some(secret) = given("corpsecret") else { return Err(refuse(41004, "corpsecret missing")) };
        if request.method != Method::Get {
            return Err(refuse(40058, "wrong HTTP method"));
        }
        if corp != self.company.corp.0 {
            return Err(refuse(40013, "invalid corpid"));
        }
        if secret != self.company.secret.expose() {
            return Err(refuse(40001, "invalid credential"));
        }
        let token = self.name("sandbox-token-");
        let life = self.behaviour.token_life;
        self.tokens.add(token.clone(), later(now, life));
        Ok(answer::ok(&Token { access_token: &token, expires_in: life.as_secs() }))
    }
}
