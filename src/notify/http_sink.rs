//! The address that receives notifications, and what its answers mean.

use std::fmt;
use std::time::Duration;

use reqwest::{Client, Url};
use serde::Serialize;

use super::{Notification, robot, webhook};
use crate::escape;
use crate::http;
use crate::secret::Secret;
use crate::text::{StaticText, Text, UserError};

/// How long one delivery may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The sample key of WeCom's documentation. Calls with it succeed, but no person receives them.
const SAMPLE_KEY: &str = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa";
/// The URL path of a group robot.
const ROBOT_PATH: &str = "/cgi-bin/webhook/send";
/// Largest number of events in one webhook call.
const MAX_WEBHOOK_EVENTS: usize = 100;
/// Pause after a robot refused a call for frequency (page 90454).
const ROBOT_BLOCK: Duration = Duration::from_secs(60);

/// Where notifications go.
#[derive(Clone)]
pub struct HttpSink {
    url: Url,
    secret: Secret,
    kind: Kind,
    client: Client,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Robot,
    Webhook,
}

/// Why a text is not a valid address for notifications. The text is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    NotAUrl,
    NotHttps,
    NoKey,
    SampleKey,
    Client,
}

impl UserError for BadUrl {
    fn text(&self) -> Text {
        match self {
            Self::NotAUrl => text!(en: "it is not a URL", zh: "这不是网址"),
            Self::NotHttps => text!(
                en: "it must begin with https://; plain http:// is accepted for this machine only",
                zh: "要以 `https://` 开头；`http://` 只能用于本机"
            ),
            Self::NoKey => text!(
                en: "it has no `key`: copy the whole webhook address of the group robot",
                zh: "里面没有 `key`：请复制群机器人完整的 Webhook 地址"
            ),
            Self::SampleKey => text!(
                en: "it has the sample key of WeCom's documentation, whose messages no person receives: copy the address of your own robot",
                zh: "里面是企业微信文档的示例 key，能调用成功但谁也收不到：请复制你自己的群机器人地址"
            ),
            Self::Client => text!(en: "failed to create the HTTP client", zh: "HTTP 客户端无法启动"),
        }
    }
}

display_in_english!(BadUrl);

/// Why a delivery failed. The text never contains the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// May succeed later, but not before `after`.
    #[error("{why}")]
    Retryable { after: Duration, why: String },
    /// Cannot succeed until the configuration is corrected.
    #[error("{0}")]
    Permanent(String),
}

impl HttpSink {
    /// A group robot, recognised by its path; any other address is a webhook for JSON.
    ///
    /// # Errors
    /// The address is not an HTTPS URL (HTTP for this machine), a robot's address has no key, or TLS cannot be set up.
    pub fn new(secret: Secret) -> Result<Self, BadUrl> {
        let url = read_url(&secret)?;
        let kind = if url.path().ends_with(ROBOT_PATH) { Kind::Robot } else { Kind::Webhook };
        if kind == Kind::Robot {
            let key = url.query_pairs().find(|(name, _)| name == "key").map(|(_, key)| key.into_owned());
            match key.as_deref() {
                None | Some("") => return Err(BadUrl::NoKey),
                Some(SAMPLE_KEY) => return Err(BadUrl::SampleKey),
                Some(_) => {}
            }
        }
        Ok(Self { client: client(&url)?, url, secret, kind })
    }

    /// The kind of sink, for logs.
    pub fn name(&self) -> &'static str {
        self.title().en
    }

    /// The kind of sink, for people.
    pub fn title(&self) -> StaticText {
        let (en, zh) = match self.kind {
            Kind::Robot => ("WeCom group robot", "群机器人"),
            Kind::Webhook => ("webhook", "Webhook"),
        };
        StaticText { en, zh }
    }

    /// Most messages in a minute (page 99110: 每个机器人发送的消息不能超过20条/分钟).
    pub fn per_minute(&self) -> usize {
        match self.kind {
            Kind::Robot => 20,
            Kind::Webhook => 60,
        }
    }

    /// Delivers as many notifications as fit into one message; returns their number.
    ///
    /// # Errors
    /// The message was not accepted; the error says whether and when another try makes sense.
    pub async fn deliver(&self, notifications: &[Notification]) -> Result<usize, Failure> {
        match self.kind {
            Kind::Robot => {
                let (text, taken) = robot::markdown(notifications);
                let answer = self.post(&robot::Message::new(&text)).await?;
                let answer: robot::Answer = serde_json::from_slice(&answer).map_err(|_| Failure::Retryable {
                    after: Duration::ZERO,
                    why: "the answer is not valid JSON".to_owned(),
                })?;
                self.classify(&answer).map(|()| taken)
            }
            Kind::Webhook => {
                let taken = notifications.len().min(MAX_WEBHOOK_EVENTS);
                self.post(&webhook::Body::new(&notifications[..taken])).await.map(|_| taken)
            }
        }
    }

    fn classify(&self, answer: &robot::Answer) -> Result<(), Failure> {
        let said = self.clean(&answer.errmsg);
        match answer.errcode {
            0 => Ok(()),
            -1 => Err(Failure::Retryable { after: Duration::ZERO, why: "WeCom is busy".to_owned() }),
            45009 => {
                Err(Failure::Retryable { after: ROBOT_BLOCK, why: "the robot was called too often (45009)".to_owned() })
            }
            93000 | 93004 | 93008 => Err(Failure::Permanent(format!(
                "the robot was removed or disabled ({}): set another address",
                answer.errcode
            ))),
            code => Err(Failure::Permanent(format!("the robot refused the message: {code} {said}"))),
        }
    }

    async fn post(&self, body: &impl Serialize) -> Result<Vec<u8>, Failure> {
        let json = serde_json::to_vec(body).expect("the bodies are plain data");
        let call = self.client.post(self.url.clone()).header("content-type", "application/json").body(json);
        answer_of(call).await
    }

    /// Removes the secret parts of the address from a text of the other side.
    fn clean(&self, text: &str) -> String {
        let values = self.url.query_pairs().map(|(_, value)| value.into_owned()).collect::<Vec<_>>();
        const JOINS: &[char] = &['+', '/', '=', '_', '-', '%', '~', '\\'];
        let text = escape::redacted(text, JOINS);
        let mut clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        for secret in values.iter().map(String::as_str).chain([self.secret.expose(), self.url.as_str()]) {
            if !secret.is_empty() {
                clean = clean.replace(secret, "…");
            }
        }
        clean
    }
}

impl fmt::Debug for HttpSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSink").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Reads a secret address: https anywhere, http on this machine.
pub(super) fn read_url(secret: &Secret) -> Result<Url, BadUrl> {
    http::read_url(secret.expose()).map_err(|error| match error {
        http::BadUrl::NotAUrl(_) => BadUrl::NotAUrl,
        http::BadUrl::NotHttps => BadUrl::NotHttps,
    })
}

pub(super) fn client(url: &Url) -> Result<Client, BadUrl> {
    http::builder(url).timeout(REQUEST_TIMEOUT).build().map_err(|_| BadUrl::Client)
}

/// The body of a successful answer.
pub(super) async fn answer_of(call: reqwest::RequestBuilder) -> Result<Vec<u8>, Failure> {
    const MAX_ANSWER_BYTES: usize = 64 * 1024;
    let later = |why: String| Failure::Retryable { after: Duration::ZERO, why };
    let mut answer = call.send().await.map_err(|error| later(innermost(&error)))?;
    let status = answer.status().as_u16();
    match status {
        200..300 => {}
        429 | 500.. => return Err(later(format!("HTTP status {status}"))),
        _ => return Err(Failure::Permanent(format!("HTTP status {status}"))),
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| later(innermost(&error)))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why the request failed, without the address.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() { "request timed out".to_owned() } else { http::innermost(error) }
}
