//! WeCom's side of a provider's app: tokens of the suite, permanent codes, and the callbacks that WeCom sends.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::body::Fields;
use super::{Sandbox, later, tokens};
use crate::ids::{CorpId, Sha256};
use crate::limits;
use crate::secret::Secret;
use crate::wecom::suite::CallbackKeys;
use crate::wecom::{Request, Response};

/// A provider's app in the sandbox, and what it has given out.
pub struct SuiteApp {
    pub id: String,
    pub secret: Secret,
    /// The provider's own corp.
    pub provider: CorpId,
    pub keys: CallbackKeys,
    tickets: BTreeMap<String, DateTime<Utc>>,
    tokens: tokens::Tokens,
    auth_codes: BTreeMap<String, DateTime<Utc>>,
    permanent_code: Option<String>,
}

/// A request of WeCom to a callback address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub query: Vec<(&'static str, String)>,
    /// Empty for a check of the address.
    pub body: String,
}

#[derive(Serialize)]
struct SuiteToken<'a> {
    suite_access_token: &'a str,
    expires_in: u64,
}

#[derive(Serialize)]
struct PermanentCode<'a> {
    permanent_code: &'a str,
    auth_corp_info: CorpInfo<'a>,
}

#[derive(Serialize)]
struct CorpInfo<'a> {
    corpid: &'a str,
}

/// The answer of `get_corp_token` has no `errcode` if it succeeds.
#[derive(Serialize)]
struct CorpToken<'a> {
    access_token: &'a str,
    expires_in: u64,
}

impl SuiteApp {
    pub fn new(id: &str, secret: Secret, provider: CorpId, keys: CallbackKeys) -> Self {
        Self {
            id: id.to_owned(),
            secret,
            provider,
            keys,
            tickets: BTreeMap::new(),
            tokens: tokens::Tokens::default(),
            auth_codes: BTreeMap::new(),
            permanent_code: None,
        }
    }

    fn sign(&self, encrypted: &str, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let (timestamp, nonce) = (now.timestamp().to_string(), "263014780".to_owned());
        let signature = self.keys.signature(&timestamp, &nonce, encrypted);
        vec![("msg_signature", signature), ("timestamp", timestamp), ("nonce", nonce)]
    }

    fn seal(&self, message: &str, receiver: &str) -> String {
        let digest = Sha256::of(message.as_bytes()).to_string();
        let mut salt = [0; 16];
        salt.copy_from_slice(&digest.as_bytes()[..16]);
        self.keys.encrypt(message, receiver, salt)
    }

    /// WeCom's check of an address: the answer is `echo`.
    pub fn address_check(&self, echo: &str, now: DateTime<Utc>) -> Callback {
        let encrypted = self.seal(echo, &self.provider.0);
        let mut query = self.sign(&encrypted, now);
        query.push(("echostr", encrypted));
        Callback { query, body: String::new() }
    }

    fn event(&self, kind: &str, part: &str, now: DateTime<Utc>) -> Callback {
        let (id, at) = (&self.id, now.timestamp());
        let xml = format!(
            "<xml><SuiteId><![CDATA[{id}]]></SuiteId><InfoType><![CDATA[{kind}]]></InfoType><TimeStamp>{at}</TimeStamp>{part}</xml>"
        );
        let encrypted = self.seal(&xml, id);
        let body = format!(
            "<xml><ToUserName><![CDATA[{id}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt><AgentID></AgentID></xml>"
        );
        Callback { query: self.sign(&encrypted, now), body }
    }
}

impl Sandbox {
    /// The app that a provider has registered.
    pub fn register_suite(&mut self, suite: SuiteApp) {
        self.suite = Some(suite);
    }

    pub fn suite(&self) -> Option<&SuiteApp> {
        self.suite.as_ref()
    }

    /// The callback of every ten minutes.
    pub fn send_ticket(&mut self, now: DateTime<Utc>) -> Option<Callback> {
        let ticket = self.name("ticket-");
        let suite = self.suite.as_mut()?;
        suite.tickets.insert(ticket.clone(), now);
        Some(suite.event("suite_ticket", &format!("<SuiteTicket><![CDATA[{ticket}]]></SuiteTicket>"), now))
    }

    /// The company authorises the app, or its permanent code is replaced (`reset`).
    pub fn authorise(&mut self, reset: bool, now: DateTime<Utc>) -> Option<Callback> {
        let code = self.name("auth-code-");
        let suite = self.suite.as_mut()?;
        suite.auth_codes.insert(code.clone(), now);
        let kind = if reset { "reset_permanent_code" } else { "create_auth" };
        Some(suite.event(kind, &format!("<AuthCode><![CDATA[{code}]]></AuthCode>"), now))
    }

    /// The company changes what the app may do (`change_auth`), or takes its authorisation back.
    pub fn change_authorisation(&mut self, cancel: bool, now: DateTime<Utc>) -> Option<Callback> {
        let corp = self.company.corp.0.clone();
        let suite = self.suite.as_mut()?;
        if cancel {
            suite.permanent_code = None;
        }
        let kind = if cancel { "cancel_auth" } else { "change_auth" };
        Some(suite.event(kind, &format!("<AuthCorpId><![CDATA[{corp}]]></AuthCorpId>"), now))
    }

    /// The calls of a provider's server; `None` for another path.
    pub(super) fn suite_call(&mut self, request: &Request, now: DateTime<Utc>) -> Option<Result<Response, Refusal>> {
        Some(match request.path.as_ref() {
            "/cgi-bin/service/get_suite_token" => self.get_suite_token(request, now),
            "/cgi-bin/service/get_permanent_code" => self.get_permanent_code(request, now),
            "/cgi-bin/service/get_corp_token" => self.get_corp_token(request, now),
            _ => return None,
        })
    }

    fn get_suite_token(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let [id, secret, ticket] = texts(request, ["suite_id", "suite_secret", "suite_ticket"])?;
        let token = self.name("suite-token-");
        let life = self.behaviour.token_life;
        let suite =
            self.suite.as_mut().filter(|suite| suite.id == id).ok_or_else(|| refuse(40083, "invalid suite id"))?;
        if secret != suite.secret.expose() {
            return Err(refuse(40080, "invalid suite secret"));
        }
        if suite.tickets.get(&ticket).is_none_or(|at| now - *at >= limits::SUITE_TICKET_LIFE) {
            return Err(refuse(40085, "invalid suite ticket"));
        }
        suite.tokens.add(token.clone(), later(now, life));
        Ok(answer::bare(&SuiteToken { suite_access_token: &token, expires_in: life.as_secs() }))
    }

    fn get_permanent_code(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let [code] = texts(request, ["auth_code"])?;
        let (permanent, corp) = (self.name("permanent-"), self.company.corp.0.clone());
        let suite = self.suite_of(request, now)?;
        // A code works once.
        let given = suite.auth_codes.remove(&code).filter(|at| now - *at < limits::AUTH_CODE_LIFE);
        given.ok_or_else(|| refuse(40078, "invalid auth code"))?;
        suite.permanent_code = Some(permanent.clone());
        Ok(answer::bare(&PermanentCode { permanent_code: &permanent, auth_corp_info: CorpInfo { corpid: &corp } }))
    }

    fn get_corp_token(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let [corp, code] = texts(request, ["auth_corpid", "permanent_code"])?;
        let of_company = corp == self.company.corp.0;
        let suite = self.suite_of(request, now)?;
        if !of_company || suite.permanent_code.as_deref() != Some(code.as_str()) {
            return Err(refuse(40084, "invalid permanent code"));
        }
        let token = self.name("sandbox-token-");
        let life = self.behaviour.token_life;
        self.tokens.add(token.clone(), later(now, life));
        Ok(answer::bare(&CorpToken { access_token: &token, expires_in: life.as_secs() }))
    }

    /// The app whose token a request has.
    fn suite_of(&mut self, request: &Request, now: DateTime<Utc>) -> Result<&mut SuiteApp, Refusal> {
        let suite = self.suite.as_mut().ok_or_else(|| refuse(40083, "invalid suite id"))?;
        match request.query("suite_access_token").and_then(|token| suite.tokens.end_of(token)) {
            None => Err(refuse(40082, "invalid suite token")),
            Some(end) if end <= now => Err(refuse(42009, "suite token expired")),
            Some(_) => Ok(suite),
        }
    }
}

/// The texts of a body; WeCom has a code for each that is missing.
fn texts<const N: usize>(request: &Request, names: [&str; N]) -> Result<[String; N], Refusal> {
    let mut fields = Fields::of(request)?;
    let found = fields.read(|body, dropped| names.map(|name| body.text(name, dropped).map(str::to_owned)));
    let missing = || refuse(41021, "a parameter is missing");
    let mut texts = [const { String::new() }; N];
    for (text, found) in texts.iter_mut().zip(found) {
        *text = found.filter(|it| !it.is_empty()).ok_or_else(missing)?;
    }
    Ok(texts)
}
