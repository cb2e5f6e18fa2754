//! Calls the sandbox directly, by hand-written requests at chosen times.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::sandbox::{Company, Sandbox, SandboxConfig};
use drumbeat::wecom::{Body, Method, Part, Request};
use serde_json::{Value, json};

use crate::support::client_harness::{File, monday_nine};

pub(crate) struct SandboxHarness {
    pub(crate) sandbox: Sandbox,
    pub(crate) now: DateTime<Utc>,
    pub(crate) token: String,
}

pub(crate) const RESULT: &str = "/cgi-bin/externalcontact/get_moment_task_result";
pub(crate) const LIST: &str = "/cgi-bin/externalcontact/get_moment_list";
pub(crate) const TASK: &str = "/cgi-bin/externalcontact/get_moment_task";
pub(crate) const CANCEL: &str = "/cgi-bin/externalcontact/cancel_moment_task";

impl SandboxHarness {
    pub(crate) fn new() -> Self {
        Self::with(SandboxConfig::default())
    }

    pub(crate) fn with(behaviour: SandboxConfig) -> Self {
        let sandbox = Sandbox::with_behaviour(Company::chunfeng(), behaviour);
        let mut harness = Self { sandbox, now: monday_nine(), token: String::new() };
        harness.renew();
        harness
    }

    /// Fetches a new token.
    pub(crate) fn renew(&mut self) {
        let company = self.sandbox.company();
        let credentials = [("corpid", company.corp.0.clone()), ("corpsecret", company.secret.expose().to_owned())];
        let answer = self.call(Method::Get, "/cgi-bin/gettoken", &credentials, Body::None);
        self.token = answer["access_token"].as_str().expect("a token").to_owned();
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub(crate) fn call(&mut self, method: Method, path: &str, query: &[(&str, String)], body: Body) -> Value {
        let query = query.iter().map(|(key, value)| ((*key).to_owned().into(), value.clone())).collect();
        let request = Request { method, path: path.to_owned().into(), query, body };
        let response = self.sandbox.handle(&request, self.now);
        assert_eq!(response.status, 200, "{path}");
        serde_json::from_slice(&response.body).expect("JSON")
    }

    pub(crate) fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Value {
        let mut query: Vec<_> = query.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        query.push(("access_token", self.token.clone()));
        self.call(Method::Get, path, &query, Body::None)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Value {
        self.post_text(path, &body.to_string())
    }

    pub(crate) fn post_text(&mut self, path: &str, body: &str) -> Value {
        let query = [("access_token", self.token.clone())];
        self.call(Method::Post, path, &query, Body::Json(body.as_bytes().to_vec()))
    }

    pub(crate) fn upload_as(&mut self, media_type: &str, attachment_type: &str, part: Part) -> Value {
        let query = [
            ("access_token", self.token.clone()),
            ("media_type", media_type.to_owned()),
            ("attachment_type", attachment_type.to_owned()),
        ];
        self.call(Method::Post, "/cgi-bin/media/upload_attachment", &query, Body::Multipart(part))
    }

    /// The media id of a file that must be accepted.
    pub(crate) fn upload(&mut self, media_type: &str, file: &File) -> String {
        let answer = self.upload_as(media_type, "1", part(file.bytes.clone()));
        answer["media_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub(crate) fn create(&mut self, body: &Value) -> Value {
        self.post(Request::CREATE, body)
    }

    /// The job of a task that must be accepted.
    pub(crate) fn job(&mut self, body: &Value) -> String {
        let answer = self.create(body);
        answer["jobid"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The moment with a text to these members, after its job is done and it is visible to all.
    pub(crate) fn moment(&mut self, text: &str, users: &[&str]) -> String {
        let job = self.job(&task(text, users));
        self.pass(60);
        let result = self.get(RESULT, &[("jobid", &job)]);
        result["result"]["moment_id"].as_str().unwrap_or_else(|| panic!("{result}")).to_owned()
    }
}

pub(crate) fn task(text: &str, users: &[&str]) -> Value {
    json!({"text": {"content": text}, "visible_range": {"sender_list": {"user_list": users}}})
}

pub(crate) fn part(bytes: Vec<u8>) -> Part {
    let (name, file_name) = ("media".to_owned(), "a.bin".to_owned());
    Part { name, file_name, content_type: "application/octet-stream".to_owned(), bytes }
}

#[track_caller]
pub(crate) fn refused(answer: &Value, errcode: i64) {
    assert_eq!(answer["errcode"], errcode, "{answer}");
    assert!(answer["errmsg"].as_str().is_some_and(|words| words.contains("hint: [")), "{answer}");
}

#[track_caller]
pub(crate) fn taken(answer: &Value) {
    assert_eq!((&answer["errcode"], &answer["errmsg"]), (&json!(0), &json!("ok")), "{answer}");
}

/// Jobs finish and moments are listed immediately.
pub(crate) fn instant() -> SandboxConfig {
    let now = Duration::ZERO;
    SandboxConfig {
        job_runs_after: now,
        job_done_after: now,
        listed_after: now,
        dispatched_after: now,
        ..SandboxConfig::default()
    }
}
