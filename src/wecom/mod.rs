//! WeCom's server API, as far as customer moments need it: one [`WeCom`] per corp.
//!
//! It sends calls, keeps a token, and says what each answer means for the next step ([`Error::next`]). It never takes
//! that step: it does not wait, and it repeats the creating call only after a token code, which proves that nothing was
//! done. No error, log line or `Debug` shows a URL, token or secret.

mod customers;
mod directory;
mod message;
mod moments;
mod multipart;
mod network;
mod pace;
mod paging;
mod request;
mod results;
mod sign_in;
pub mod suite;
mod task;
mod token;
mod token_command;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

pub use crate::call_error::{
    Answer, Call, CallFailure, Class, Code, Error, InvalidRequest, Next, SuiteFailure, TokenCommandFailure, code, codes,
};
pub use customers::{CustomerPage, CustomerPages, Relation};
pub use directory::{Department, Tag, TagGroup};
pub use message::{NotReminded, UnpostedMember};
pub use moments::{Link, MemberStatus, Moment, PostMatch};
pub use network::{BadApiUrl, Network, Timeouts};
pub use pace::{CALL_INTERVAL, Pace};
pub use request::{Body, Method, Part, Reply, Request, Response, Transport, TransportError};
pub use results::Reactions;
pub use task::{Job, JobId, Outcome, Uploaded};
pub use token_command::{TokenCommand, TokenSource};

use crate::clock::Clock;
use crate::ids::CorpId;
use crate::secret::Secret;

/// The API client of one corp. Clones share the token.
///
/// # Errors
/// Every call returns [`Error`] if the request was not sent, its answer was lost or is not readable, or WeCom answers
/// with a code. [`Error::next`] says what the caller can do.
#[derive(Clone)]
pub struct WeCom {
    inner: Arc<Inner>,
}

struct Inner {
    corp: CorpId,
    source: TokenSource,
    transport: Transport,
    clock: Clock,
    token: token::TokenCache,
    /// `None` until an answer contains WeCom's time, and after [`WeCom::take_clock_ahead`].
    clock_ahead: Mutex<Option<TimeDelta>>,
}

impl Inner {
    fn clock_ahead(&self) -> MutexGuard<'_, Option<TimeDelta>> {
        self.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WeCom {
    /// `source`: the secret of an app that WeCom's console lists under 客户联系 → 可调用接口的应用, or what gives its tokens.
    pub fn new(corp: CorpId, source: impl Into<TokenSource>, transport: Transport, clock: Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                corp,
                source: source.into(),
                transport,
                clock,
                token: token::TokenCache::default(),
                clock_ahead: Mutex::default(),
            }),
        }
    }

    /// The clock that token lifetimes follow; callers must use the same one.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The host and port of WeCom; `None` in process.
    pub fn host(&self) -> Option<String> {
        match &self.inner.transport {
            Transport::Network(network) => Some(network.host()),
            Transport::InProcess(_) => None,
        }
    }

    pub fn corp(&self) -> &CorpId {
        &self.inner.corp
    }

    /// Gets a token if there is none. This proves the secret, but no permission: `get_follow_user_list` may still be
    /// refused.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn token(&self) -> Result<(), Error> {
        self.usable_token().await.map(|_| ())
    }

    /// WeCom's time, to the second; `None` if the answer does not contain it. The error contains no address.
    ///
    /// # Errors
    /// WeCom gave no answer.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, CallFailure> {
        match self.inner.transport.send(Request::get(Request::TIME)).await {
            Ok(answer) => Ok(answer.date),
            Err(TransportError::NotSent(why) | TransportError::Lost(why)) => Err(why),
        }
    }

    /// How far this machine's clock was ahead of WeCom's time at the last answer; each answer is returned once.
    pub fn take_clock_ahead(&self) -> Option<TimeDelta> {
        self.inner.clock_ahead().take()
    }

    /// Calls with a token. If WeCom refuses the token, calls once more with a new one, never a third time.
    async fn ask<T: DeserializeOwned>(&self, call: Call, form: impl Fn(&Secret) -> Request) -> Result<T, Error> {
        let token = self.usable_token().await?;
        let error = match self.exchange(call, form(&token), &token).await {
            Err(error) if error.is_token_error() => error,
            done => return done,
        };
        tracing::debug!(%call, errcode = error.errcode(), "the token was refused; calling with a new one");
        let token = self.renewed_token(&token).await?;
        let done = self.exchange(call, form(&token), &token).await;
        if done.as_ref().is_err_and(Error::is_token_error) {
            self.forget_token(&token).await;
        }
        done
    }

    /// Sends one request and reads its answer.
    async fn exchange<T: DeserializeOwned>(&self, call: Call, request: Request, token: &Secret) -> Result<T, Error> {
        let begun = Instant::now();
        let answer = self.inner.transport.send(request).await;
        let status = answer.as_ref().map(|response| response.status).ok();
        tracing::debug!(%call, status, millis = begun.elapsed().as_millis(), "WeCom answered");
        let clean = |words: &str| self.scrub(words, token);
        let response = match answer {
            Ok(response) => {
                if let Some(date) = response.date {
                    *self.inner.clock_ahead() = Some(self.inner.clock.now() - date);
                }
                response
            }
            Err(TransportError::NotSent(why)) => return Err(Error::NotSent { call, why: why.map_message(clean) }),
            Err(TransportError::Lost(why)) => return Err(Error::Lost { call, why: why.map_message(clean) }),
        };
        wire::read(call, &response, |text| self.scrub(text, token))
    }

    /// Removes the secret and the token, raw and URL-encoded, from a text of WeCom.
    fn scrub(&self, text: &str, token: &Secret) -> String {
        scrubbed(scrubbed(text.to_owned(), self.inner.source.key()), token)
    }
}

/// Removes a secret, raw and URL-encoded, from a text.
fn scrubbed(mut text: String, secret: &Secret) -> String {
    let reversed: String = secret.expose().chars().rev().collect();
    for form in [secret.expose(), &network::percent_encoded(secret), &reversed] {
        if !form.is_empty() && text.contains(form) {
            text = text.replace(form, "…");
        }
    }
    text
}

impl fmt::Debug for WeCom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeCom").field("corp", &self.inner.corp).finish_non_exhaustive()
    }
}
