//! The token: one caller fetches it for all. It is kept until shortly before it expires, and dropped when WeCom refuses
//! it.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

use super::{Call, CallFailure, Error, Request, WeCom, wire};
use crate::limits;
use crate::secret::Secret;

/// A token is replaced at most this long before it expires.
const RENEWAL_MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The token of one corp and secret.
#[derive(Default)]
pub(super) struct TokenCache {
    held: Mutex<Held>,
    /// Counts finished fetches. A caller that waited during one uses its result, good or bad: with a wrong secret, a
    /// hundred runs make one wrong call. After a hundred calls WeCom would block this address.
    fetches: AtomicU64,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    failure: Option<Error>,
}

struct Token {
    text: Secret,
    until: DateTime<Utc>,
}

impl WeCom {
    /// The cached token, or a new one.
    pub(super) async fn usable_token(&self) -> Result<Secret, Error> {
        self.token_other_than(None).await
    }

    /// A token other than the refused one: a later caller uses the token that an earlier caller fetched.
    pub(super) async fn renewed_token(&self, refused: &Secret) -> Result<Secret, Error> {
        self.token_other_than(Some(refused)).await
    }

    /// Drops a token that WeCom refused, so that the next call fetches another.
    pub(super) async fn forget_token(&self, refused: &Secret) {
        let mut held = self.inner.token.held.lock().await;
        held.token.take_if(|token| token.text == *refused);
    }

    async fn token_other_than(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let keeper = &self.inner.token;
        let seen = keeper.fetches.load(Ordering::Acquire);
        let mut held = keeper.held.lock().await;
        held.token.take_if(|token| Some(&token.text) == refused || token.until <= self.inner.clock.now());
        if let Some(token) = &held.token {
            return Ok(token.text.clone());
        }
        if keeper.fetches.load(Ordering::Acquire) > seen
            && let Some(failure) = &held.failure
        {
            return Err(failure.clone());
        }
        let fetched = self.fetch_token().await;
        keeper.fetches.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(token) => {
                let text = token.text.clone();
                *held = Held { token: Some(token), failure: None };
                Ok(text)
            }
            Err(failure) => {
                *held = Held { token: None, failure: Some(failure.clone()) };
                Err(failure)
            }
        }
    }

    async fn fetch_token(&self) -> Result<Token, Error> {
        let request = Request::get("/cgi-bin/gettoken")
            .with("corpid", self.inner.corp.0.as_str())
            .with("corpsecret", self.inner.secret.expose());
        let asked = self.inner.clock.now();
        let answer: wire::Token = self.exchange(Call::Token, request, &Secret::new("")).await?;
        if answer.access_token.is_empty() {
            return Err(Error::Lost { call: Call::Token, why: CallFailure::NoToken });
        }
        let usual = limits::TOKEN_LIFE.as_secs().cast_signed();
        let life = TimeDelta::seconds(answer.expires_in.unwrap_or(usual).clamp(0, 12 * usual));
        let until = asked + life - RENEWAL_MARGIN.min(life / 4);
        Ok(Token { text: Secret::new(answer.access_token), until })
    }
}
