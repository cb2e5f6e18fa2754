//! WeCom's behaviour as one deterministic state machine: takes a request and a time, returns an answer.
//!
//! `rehearse` and the tests use it in process, `drumbeat sandbox` over HTTP. It refuses what WeCom refuses, with
//! WeCom's codes. Where WeCom's pages give no code it uses a likely one, and [`unverified`] lists those. It never reads
//! a clock, never waits and has no source of randomness: the same requests at the same times get the same answers.

mod answer;
mod answer_faults;
mod behaviour;
mod body;
mod company;
mod create;
mod customers;
mod directory;
mod faults;
mod http;
mod job;
mod members;
mod messages;
mod moments;
mod multipart;
mod results;
mod sign_in;
mod suite;
mod tokens;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use answer::unverified;
pub use answer_faults::{AnswerFault, UnknownFault};
pub use behaviour::SandboxConfig;
pub use company::{Company, Member};
pub use faults::{Fault, FaultProfile, Faults, InjectedFault};
pub use http::serve;
pub use messages::Message;
pub use moments::ExternalMoment;
pub use suite::{Callback, SuiteApp};

use crate::clock::{Clock, delta};
use crate::ids::Sha256;
use crate::post::Audience;
use crate::wecom::{Method, Request, Response, Transport};
use answer::{Refusal, refuse};

/// A simulated WeCom with one company.
pub struct Sandbox {
    company: Company,
    /// May be changed at any time; earlier decisions stay.
    pub behaviour: SandboxConfig,
    tokens: tokens::Tokens,
    uploads: uploads::UploadStore,
    gate: create::RateLimiter,
    jobs: job::Jobs,
    external: Vec<moments::ExternalMoment>,
    cancelled: BTreeMap<String, DateTime<Utc>>,
    deleted: BTreeSet<String>,
    ledger: Vec<Entry>,
    calls: BTreeMap<String, u64>,
    /// Counts ids, so that every id is new and the same in every run.
    named: u64,
    sign_in_codes: sign_in::SignInCodes,
    messages: messages::Messages,
    suite: Option<suite::SuiteApp>,
}

/// A creation that took effect: the truth that a history is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When WeCom accepted the task.
    pub at: DateTime<Utc>,
    pub jobid: String,
    /// `None` if the job ends without a moment.
    pub moment_id: Option<String>,
    /// The code in the finished job, 0 if there is a moment.
    pub errcode: i64,
    pub text: String,
    /// SHA-256 of each file of the post, in order.
    pub media: Vec<Sha256>,
    /// The link's title and URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, String)>,
    /// As WeCom understood it: everyone if the request named no audience.
    pub audience: Audience,
    /// The members who are asked to post it.
    pub members: Vec<String>,
}

impl Sandbox {
    /// A sandbox with the default behaviour.
    pub fn new(company: Company) -> Self {
        Self::with_behaviour(company, SandboxConfig::default())
    }

    pub fn with_behaviour(company: Company, behaviour: SandboxConfig) -> Self {
        Self {
            company,
            behaviour,
            tokens: tokens::Tokens::default(),
            uploads: uploads::UploadStore::default(),
            gate: create::RateLimiter::default(),
            jobs: job::Jobs::default(),
            external: Vec::new(),
            cancelled: BTreeMap::new(),
            deleted: BTreeSet::new(),
            ledger: Vec::new(),
            calls: BTreeMap::new(),
            named: 0,
            sign_in_codes: sign_in::SignInCodes::default(),
            messages: messages::Messages::default(),
            suite: None,
        }
    }

    /// Answers one request. All its effects are complete when this returns.
    pub fn handle(&mut self, request: &Request, now: DateTime<Utc>) -> Response {
        *self.calls.entry(request.path.to_string()).or_default() += 1;
        let answer = self.answer_instead(request).unwrap_or_else(|| {
            let arrived = self.with_fault(request);
            let answer = self.route(&arrived, now).unwrap_or_else(|refusal| refusal.response());
            self.with_answer_faults(request, answer)
        });
        Response { date: self.behaviour.says_date.then_some(now), ..answer }
    }

    fn route(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        use Method::{Get, Post};
        if let Some(answer) = self.suite_call(request, now) {
            return answer;
        }
        let expected = match request.path.as_ref() {
            "/cgi-bin/gettoken" => return self.gettoken(request, now),
            "/cgi-bin/externalcontact/get_moment_task_result"
            | "/cgi-bin/externalcontact/get_follow_user_list"
            | "/cgi-bin/department/simplelist"
            | "/cgi-bin/department/get"
            | "/cgi-bin/user/simplelist"
            | "/cgi-bin/externalcontact/list"
            | "/cgi-bin/auth/getuserinfo"
            | "/cgi-bin/get_api_domain_ip" => Get,
            "/cgi-bin/media/upload_attachment"
            | Request::CREATE
            | "/cgi-bin/externalcontact/get_moment_list"
            | "/cgi-bin/externalcontact/get_moment_task"
            | "/cgi-bin/externalcontact/cancel_moment_task"
            | "/cgi-bin/externalcontact/get_corp_tag_list"
            | "/cgi-bin/externalcontact/batch/get_by_user"
            | "/cgi-bin/externalcontact/get_moment_send_result"
            | "/cgi-bin/externalcontact/get_moment_comments"
            | "/cgi-bin/message/send" => Post,
            _ => return Ok(answer::not_found()),
        };
        self.tokens.check(request, now)?;
        if let Some(errcode) = self.behaviour.refuses_with {
            return Err(refuse(errcode, "not allowed"));
        }
        if self.behaviour.hides_customers && customers::is_about_customers(&request.path) {
            return Err(refuse(48002, "API forbidden"));
        }
        if request.method != expected {
            return Err(refuse(40058, "wrong HTTP method"));
        }
        match request.path.as_ref() {
            "/cgi-bin/media/upload_attachment" => self.upload_attachment(request, now),
            Request::CREATE => self.add_moment_task(request, now),
            "/cgi-bin/externalcontact/get_moment_task_result" => self.get_moment_task_result(request, now),
            "/cgi-bin/externalcontact/get_moment_list" => self.get_moment_list(request, now),
            "/cgi-bin/externalcontact/get_moment_task" => self.get_moment_task(request, now),
            "/cgi-bin/externalcontact/cancel_moment_task" => self.cancel_moment_task(request, now),
            "/cgi-bin/externalcontact/get_follow_user_list" => self.get_follow_user_list(),
            "/cgi-bin/externalcontact/get_corp_tag_list" => self.get_corp_tag_list(request),
            "/cgi-bin/department/simplelist" => self.department_simplelist(request),
            "/cgi-bin/department/get" => self.department_get(request),
            "/cgi-bin/user/simplelist" => self.user_simplelist(request),
            "/cgi-bin/externalcontact/list" => self.external_contacts(request),
            "/cgi-bin/externalcontact/batch/get_by_user" => self.get_by_user(request),
            "/cgi-bin/externalcontact/get_moment_send_result" => self.get_moment_send_result(request, now),
            "/cgi-bin/externalcontact/get_moment_comments" => self.get_moment_comments(request, now),
            "/cgi-bin/message/send" => self.message_send(request, now),
            "/cgi-bin/auth/getuserinfo" => self.getuserinfo(request, now),
            _ => Ok(answer::ok(&answer::Addresses { ip_list: &["127.0.0.1"] })),
        }
    }

    /// Every creation that took effect, in the order of arrival.
    pub fn ledger(&self) -> &[Entry] {
        &self.ledger
    }

    pub fn company(&self) -> &Company {
        &self.company
    }

    /// Number of calls of a path, including refused ones.
    pub fn calls(&self, path: &str) -> u64 {
        self.calls.get(path).copied().unwrap_or(0)
    }

    /// Every token that is still valid, for tests that no token is stored anywhere.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.texts()
    }

    /// Expires every token at once, as WeCom may at any time ("for operational reasons").
    pub fn revoke_tokens(&mut self) {
        self.tokens = tokens::Tokens::default();
    }

    /// Expires every media id at once.
    pub fn forget_uploads(&mut self) {
        self.uploads = uploads::UploadStore::default();
    }

    /// Adds a moment to the list that was not created through the API: by a member, or in the console.
    pub fn add_external(&mut self, moment: ExternalMoment) {
        self.external.push(moment);
    }

    /// Deletes a moment, as its members can: later calls do not know it.
    pub fn delete_moment(&mut self, moment_id: &str) {
        self.deleted.insert(moment_id.to_owned());
    }

    /// Changes the company: members join and leave, licences end.
    pub fn change_company(&mut self, change: impl FnOnce(&mut Company)) {
        change(&mut self.company);
    }

    /// A new id: `prefix` and 40 hexadecimal digits.
    fn name(&mut self, prefix: &str) -> String {
        self.named += 1;
        let digest = Sha256::of(format!("{}/{prefix}/{}", self.behaviour.seed, self.named).as_bytes());
        format!("{prefix}{:.40}", digest.to_string())
    }
}

/// A transport to the sandbox in this process, with the time of `clock`.
pub fn in_process(sandbox: Arc<Mutex<Sandbox>>, clock: Clock) -> Transport {
    Transport::InProcess(Arc::new(move |request| {
        let response = lock(&sandbox).handle(&request, clock.now());
        Box::pin(std::future::ready(Ok(response)))
    }))
}

/// A panic elsewhere leaves the sandbox consistent: `handle` makes no partial changes.
fn lock(sandbox: &Mutex<Sandbox>) -> MutexGuard<'_, Sandbox> {
    sandbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A later time; the largest possible time on overflow.
fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = delta(by);
    time.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
