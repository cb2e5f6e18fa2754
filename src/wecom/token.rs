//! The token: one caller fetches it for all. It is kept until shortly before it expires, and dropped when WeCom refuses
//! it.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

use super::token_command::{TokenCommand, TokenReason, TokenSource};
use super::{Call, CallFailure, Error, Request, TokenCommandFailure, WeCom, wire};
use crate::limits;
use crate::secret::Secret;

/// A token is replaced at most this long before it expires.
const RENEWAL_MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The shortest time between two runs of a token command because of a refused token.
const FORCED_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The token of one corp and source.
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
    /// The last token that WeCom refused, until there is another.
    refused: Option<Secret>,
    /// When a command was last run because of a refused token.
    forced_at: Option<DateTime<Utc>>,
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
        if held.token.take_if(|token| token.text == *refused).is_some() {
            held.refused = Some(refused.clone());
        }
    }

    async fn token_other_than(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let keeper = &self.inner.token;
        let seen = keeper.fetches.load(Ordering::Acquire);
        let mut held = keeper.held.lock().await;
        let now = self.inner.clock.now();
        let former = held.token.take_if(|token| Some(&token.text) == refused || token.until <= now);
        let reason = if former.is_some() { TokenReason::Expiring } else { TokenReason::Missing };
        if let Some(former) = former.filter(|former| Some(&former.text) == refused) {
            held.refused = Some(former.text);
        }
        if let Some(token) = &held.token {
            return Ok(token.text.clone());
        }
        if keeper.fetches.load(Ordering::Acquire) > seen
            && let Some(failure) = &held.failure
        {
            return Err(failure.clone());
        }
        let fetched = match &self.inner.source {
            TokenSource::Secret(secret) => self.fetch_token(secret).await,
            TokenSource::Command(command) => self.token_of(command, reason, &mut held).await,
            TokenSource::Suite(suite) => {
                let fetched = suite.corp_token(&self.inner.corp).await;
                fetched.map(|(token, expires_in)| Token::new(token, expires_in, now))
            }
        };
        keeper.fetches.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(token) => {
                let text = token.text.clone();
                (held.token, held.failure, held.refused) = (Some(token), None, None);
                Ok(text)
            }
            Err(failure) => {
                held.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// Runs the command. While WeCom refuses its tokens, at most once a minute.
    async fn token_of(&self, command: &TokenCommand, reason: TokenReason, held: &mut Held) -> Result<Token, Error> {
        let asked = self.inner.clock.now();
        let failed = |why| Err(Error::TokenCommand { why });
        let reason = if held.refused.is_some() { TokenReason::Refused } else { reason };
        if reason == TokenReason::Refused {
            let is_recent = |at: DateTime<Utc>| (TimeDelta::zero()..FORCED_INTERVAL).contains(&(asked - at));
            if held.forced_at.is_some_and(is_recent) {
                return failed(TokenCommandFailure::TooSoon);
            }
            held.forced_at = Some(asked);
        }
        match command.run(&self.inner.corp, reason).await {
            Err(why) => failed(why),
            Ok(printed) if held.refused.as_ref().is_some_and(|it| it.expose() == printed.access_token) => {
                failed(TokenCommandFailure::SameToken)
            }
            Ok(printed) => Ok(Token::new(printed.access_token, printed.expires_in, asked)),
        }
    }

    async fn fetch_token(&self, secret: &Secret) -> Result<Token, Error> {
        let request = Request::get("/cgi-bin/gettoken")
            .with("corpid", self.inner.corp.0.as_str())
            .with("corpsecret", secret.expose());
        let asked = self.inner.clock.now();
        let answer: wire::Token = self.exchange(Call::Token, request, &Secret::new("")).await?;
        if answer.access_token.is_empty() {
            return Err(Error::Lost { call: Call::Token, why: CallFailure::NoToken });
        }
        Ok(Token::new(answer.access_token, answer.expires_in, asked))
    }
}

impl Token {
    fn new(text: String, expires_in: Option<i64>, asked: DateTime<Utc>) -> Self {
        let usual = limits::TOKEN_LIFE.as_secs().cast_signed();
        let life = TimeDelta::seconds(expires_in.unwrap_or(usual).clamp(0, 12 * usual));
        Self { text: Secret::new(text), until: asked + life - RENEWAL_MARGIN.min(life / 4) }
    }
}
