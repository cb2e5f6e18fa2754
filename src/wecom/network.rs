//! Sends requests over HTTP, and says what each failure proves.
//!
//! Only a failed connect proves that nothing was sent. So the creating call uses a client without idle connections: on
//! a connection that the server has already closed, a request seems lost although it never left. An error of reqwest
//! prints its URL with the token: it never leaves this file.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, ClientBuilder, Url};

use super::multipart;
use super::{Body, CallFailure, Method, Request, Response, TransportError};
use crate::http::{self, innermost};
use crate::secret::Secret;
use crate::text::{Text, UserError};

/// The largest answer lists the possible senders: 100,000 ids of 64 bytes. A larger one does not come from WeCom.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// WeCom over HTTPS, or a sandbox on this machine over HTTP.
#[derive(Clone)]
pub struct Network {
    base: Url,
    /// For the creating call only: a new connection each time.
    once: Client,
    /// For calls that may be repeated.
    repeatable: Client,
    timeouts: Timeouts,
}

/// Timeouts of a call.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until a TLS connection is open. At most half of `answer`, so that this timeout ends a call without a connection:
    /// that proves that nothing was sent.
    pub connect: Duration,
    /// From the first byte sent to the last byte read.
    pub answer: Duration,
    /// The same for an upload of up to 10 MB.
    pub upload: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(30), upload: Duration::from_secs(180) }
    }
}

/// Why a text is not a valid address of WeCom. The text is not repeated: it may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadApiUrl {
    /// The parser's reason, which does not contain the text.
    NotAUrl(String),
    NotHttps,
    Credentials,
    Query,
    /// The client's reason.
    Client(String),
}

impl UserError for BadApiUrl {
    fn text(&self) -> Text {
        let example = crate::limits::OFFICIAL_URL;
        match self {
            Self::NotAUrl(why) => text!(
                en: "WeCom's address is not a URL ({why}); write it like {example}",
                zh: "企业微信接口的地址不是网址；请写成 `{example}` 这样"
            ),
            Self::NotHttps => text!(
                en: "WeCom's address must begin with https://; plain http:// is accepted for this machine only (127.0.0.1, localhost)",
                zh: "企业微信接口的地址要以 `https://` 开头；`http://` 只能用于本机（`127.0.0.1`、`localhost`）"
            ),
            Self::Credentials => text!(
                en: "WeCom's address must not contain a user name or password",
                zh: "企业微信接口的地址里不能有用户名或密码"
            ),
            Self::Query => text!(
                en: "WeCom's address must end with its path; remove the part from `?` or `#` on",
                zh: "企业微信接口的地址只能写到路径为止；请去掉 `?` 或 `#` 及后面的部分"
            ),
            Self::Client(why) => text!(en: "failed to create the HTTP client: {why}", zh: "HTTP 客户端无法启动：{why}"),
        }
    }
}

display_in_english!(BadApiUrl);

impl Network {
    /// `base` is `https://host[:port][/prefix]`, or `http://` for a loopback host.
    ///
    /// # Errors
    /// The address has another form, or TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, BadApiUrl> {
        Self::with_timeouts(base, Timeouts::default())
    }

    /// [`Network::new`] with other timeouts than the default.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn with_timeouts(base: &str, timeouts: Timeouts) -> Result<Self, BadApiUrl> {
        let base = parse_base_url(base)?;
        let client = |builder: ClientBuilder| builder.build().map_err(|error| BadApiUrl::Client(innermost(&error)));
        let builder =
            || http::builder(&base).connect_timeout(timeouts.connect.min(timeouts.answer / 2)).timeout(timeouts.answer);
        let once = client(builder().pool_max_idle_per_host(0))?;
        let repeatable = client(builder())?;
        Ok(Self { base, once, repeatable, timeouts })
    }

    pub(super) fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(super) async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let client = if request.creates() { &self.once } else { &self.repeatable };
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let call = match request.method {
            Method::Get => client.get(url),
            Method::Post => client.post(url),
        };
        let call = match request.body {
            Body::None => call,
            Body::Json(bytes) => call.header("content-type", "application/json").body(bytes),
            Body::Multipart(part) => {
                let (content_type, bytes) = multipart::encode(&part);
                call.timeout(self.timeouts.upload).header("content-type", content_type).body(bytes)
            }
        };
        let mut response = call.send().await.map_err(|error| self.broken(&error))?;
        let (status, date) = (response.status().as_u16(), date_of(&response));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(TransportError::Lost(CallFailure::AnswerTooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, body, date })
    }

    fn broken(&self, error: &reqwest::Error) -> TransportError {
        if error.is_connect() {
            if error.is_timeout() {
                return TransportError::NotSent(CallFailure::ConnectTimeout);
            }
            return TransportError::NotSent(CallFailure::NoConnection(innermost(error)));
        }
        // A request that could not be built was not sent either.
        if error.is_builder() {
            return TransportError::NotSent(CallFailure::NotBuilt(innermost(error)));
        }
        if error.is_timeout() {
            return TransportError::Lost(CallFailure::AnswerTimeout);
        }
        TransportError::Lost(CallFailure::ConnectionBroken(innermost(error)))
    }
}

/// The `Date` header of an answer.
fn date_of(response: &reqwest::Response) -> Option<DateTime<Utc>> {
    let date = response.headers().get("date")?.to_str().ok()?;
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
}

fn parse_base_url(text: &str) -> Result<Url, BadApiUrl> {
    let url = http::read_url(text).map_err(|error| match error {
        http::BadUrl::NotAUrl(why) => BadApiUrl::NotAUrl(why),
        http::BadUrl::NotHttps => BadApiUrl::NotHttps,
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadApiUrl::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadApiUrl::Query);
    }
    Ok(url)
}

/// A value as written in the query of a URL.
pub(super) fn percent_encoded(value: &Secret) -> String {
    let url = Url::parse_with_params("https://wecom.invalid/", [("", value.expose())]).ok();
    url.and_then(|url| url.query()?.strip_prefix('=').map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(base: &str, with: &BadApiUrl) {
        assert_eq!(Network::new(base).err().as_ref(), Some(with), "{base}");
    }

    #[test]
    fn url_with_password_is_refused_and_hidden() {
        refuses("https://user:hunter2@wecom.example.com", &BadApiUrl::Credentials);
        refuses("https://wecom.example.com/?access_token=hunter2", &BadApiUrl::Query);
        refuses("http://10.0.0.1", &BadApiUrl::NotHttps);
    }
}
