//! An app of a provider (第三方应用): the tokens of the corps that have authorised it.
//!
//! The chain: WeCom sends a ticket every ten minutes; ticket and secret give the token of the suite; that and a corp's
//! permanent code give the corp's token. Codes and tokens are in no error, log line or `Debug`.

mod crypto;
mod event;
mod vault;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::sync::Mutex;

pub use crypto::{CallbackError, CallbackKeys};
pub use event::{SuiteEvent, encrypted};
pub use vault::{AuthorisedCorp, Change, Codes, Place, Vault, VaultError};

use super::wire::{self, CorpToken, PermanentCode, SuiteToken};
use super::{Body, Call, CallFailure, Error, Request, SuiteFailure, Transport, TransportError};
use crate::clock::Clock;
use crate::error_chain::error_chain;
use crate::ids::CorpId;
use crate::limits;
use crate::secret::Secret;

/// A token of the suite is replaced at most this long before it expires.
const RENEWAL_MARGIN: TimeDelta = TimeDelta::minutes(5);
/// WeCom's codes for a token of the suite that is invalid or has expired.
const REFUSED_SUITE_TOKEN: [i64; 2] = [40082, 42009];

/// The app. Clones share the token of the suite.
#[derive(Clone)]
pub struct Suite(Arc<Inner>);

struct Inner {
    id: String,
    secret: Secret,
    vault: Vault,
    transport: Transport,
    clock: Clock,
    token: Mutex<Option<(Secret, DateTime<Utc>)>>,
}

/// What the callbacks have told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorisation {
    /// The corp has not authorised the app, as far as is known here.
    None,
    Given,
    Cancelled(DateTime<Utc>),
}

#[derive(Serialize)]
struct SuiteTokenRequest<'a> {
    suite_id: &'a str,
    suite_secret: &'a str,
    suite_ticket: &'a str,
}

#[derive(Serialize)]
struct PermanentCodeRequest<'a> {
    auth_code: &'a str,
}

#[derive(Serialize)]
struct CorpTokenRequest<'a> {
    auth_corpid: &'a str,
    permanent_code: &'a str,
}

impl Suite {
    pub fn new(id: String, secret: Secret, vault: Vault, transport: Transport, clock: Clock) -> Self {
        Self(Arc::new(Inner { id, secret, vault, transport, clock, token: Mutex::default() }))
    }

    /// The suite's id: the receiver of its callbacks.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What is kept of the corps. Blocks on the disk.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Whether a corp has authorised the app. Blocks on the disk.
    ///
    /// # Errors
    /// The file of the codes cannot be read.
    pub fn authorisation(&self, corp: &CorpId) -> Result<Authorisation, VaultError> {
        let codes = self.0.vault.read()?;
        Ok(match codes.corps.get(corp) {
            Some(AuthorisedCorp { permanent_code: Some(_), .. }) => Authorisation::Given,
            Some(AuthorisedCorp { cancelled_at: Some(at), .. }) => Authorisation::Cancelled(*at),
            _ => Authorisation::None,
        })
    }

    /// A new token of a corp, and its life in seconds (`get_corp_token`).
    pub(super) async fn corp_token(&self, corp: &CorpId) -> Result<(String, Option<i64>), Error> {
        let codes = self.codes().await?;
        let code = codes.corps.get(corp).and_then(|it| it.permanent_code.clone());
        let code = Secret::new(code.ok_or(Error::Suite { why: SuiteFailure::NotAuthorised })?);
        let request = CorpTokenRequest { auth_corpid: &corp.0, permanent_code: code.expose() };
        let path = "/cgi-bin/service/get_corp_token";
        let answer: CorpToken = self.ask(Call::CorpToken, path, &request, &code).await?;
        if answer.access_token.is_empty() {
            return Err(Error::Lost { call: Call::CorpToken, why: CallFailure::NoToken });
        }
        Ok((answer.access_token, answer.expires_in))
    }

    /// Exchanges the code of an authorisation for the corp's permanent code, which is kept (`get_permanent_code`). `None`: the
    /// corp has withdrawn since.
    ///
    /// # Errors
    /// WeCom refuses the code, or the exchange failed; it can be tried again for ten minutes.
    pub async fn exchange_code(&self, auth_code: &Secret) -> Result<Option<CorpId>, Error> {
        let request = PermanentCodeRequest { auth_code: auth_code.expose() };
        let path = "/cgi-bin/service/get_permanent_code";
        let answer: PermanentCode = self.ask(Call::PermanentCode, path, &request, auth_code).await?;
        if answer.permanent_code.is_empty() || answer.auth_corp_info.corpid.is_empty() {
            return Err(Error::Lost { call: Call::PermanentCode, why: CallFailure::Incomplete });
        }
        let corp = CorpId(answer.auth_corp_info.corpid);
        let (of, code) = (corp.clone(), auth_code.clone());
        let change = move |codes: &mut Codes| codes.keep(of, code.expose(), answer.permanent_code);
        Ok(self.change(change).await?.then_some(corp))
    }

    /// Changes what is kept, off the runtime's threads.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Codes) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.0);
        on_disk(move || inner.vault.change(change)).await
    }

    /// What is kept, read off the runtime's threads.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn codes(&self) -> Result<Codes, Error> {
        let inner = Arc::clone(&self.0);
        on_disk(move || inner.vault.read()).await
    }

    /// Calls with the token of the suite; once more with a new one if WeCom refuses it.
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        path: &'static str,
        body: &impl Serialize,
        secret: &Secret,
    ) -> Result<T, Error> {
        let token = self.token(None).await?;
        let with = |token: &Secret| Request::post(path, json(body)).with("suite_access_token", token.expose());
        match self.exchange(call, with(&token), &[secret, &token]).await {
            Err(error) if error.errcode().is_some_and(|it| REFUSED_SUITE_TOKEN.contains(&it)) => {
                let token = self.token(Some(&token)).await?;
                self.exchange(call, with(&token), &[secret, &token]).await
            }
            done => done,
        }
    }

    /// The token of the suite, other than the refused one (`get_suite_token`). One caller fetches it for all.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let mut held = self.0.token.lock().await;
        let now = self.0.clock.now();
        if let Some((token, until)) = &*held
            && Some(token) != refused
            && *until > now
        {
            return Ok(token.clone());
        }
        *held = None;
        let ticket = self.codes().await?.ticket.filter(|(_, at)| now - *at < limits::SUITE_TICKET_LIFE);
        let ticket = Secret::new(ticket.ok_or(Error::Suite { why: SuiteFailure::NoTicket })?.0);
        let request = SuiteTokenRequest {
            suite_id: &self.0.id,
            suite_secret: self.0.secret.expose(),
            suite_ticket: ticket.expose(),
        };
        let request = Request::post("/cgi-bin/service/get_suite_token", json(&request));
        let answer: SuiteToken = self.exchange(Call::SuiteToken, request, &[&ticket]).await?;
        if answer.suite_access_token.is_empty() {
            return Err(Error::Lost { call: Call::SuiteToken, why: CallFailure::NoToken });
        }
        let usual = limits::TOKEN_LIFE.as_secs().cast_signed();
        let life = TimeDelta::seconds(answer.expires_in.unwrap_or(usual).clamp(0, usual));
        let token = Secret::new(answer.suite_access_token);
        *held = Some((token.clone(), now + life - RENEWAL_MARGIN.min(life / 4)));
        Ok(token)
    }

    async fn exchange<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        request: Request,
        secrets: &[&Secret],
    ) -> Result<T, Error> {
        let clean = |text: &str| {
            let all = secrets.iter().copied().chain([&self.0.secret]);
            all.fold(text.to_owned(), super::scrubbed)
        };
        match self.0.transport.send(request).await {
            Ok(response) => wire::read(call, &response, clean),
            Err(TransportError::NotSent(why)) => Err(Error::NotSent { call, why: why.map_message(clean) }),
            Err(TransportError::Lost(why)) => Err(Error::Lost { call, why: why.map_message(clean) }),
        }
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("id", &self.0.id).finish_non_exhaustive()
    }
}

fn json(body: &impl Serialize) -> Body {
    Body::Json(serde_json::to_vec(body).unwrap_or_default())
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> Result<T, VaultError> + Send + 'static) -> Result<T, Error> {
    let failed = |words: String| Error::Suite { why: SuiteFailure::Vault(words) };
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| failed(error_chain(&error))),
        Err(panicked) => Err(failed(panicked.to_string())),
    }
}
