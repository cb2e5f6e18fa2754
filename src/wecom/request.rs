//! A call as a value, and its two transports.
//!
//! Both transports carry the same data: the sandbox's server decodes an HTTP request into an equal [`Request`].

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{CallFailure, Network};

/// One call. Only `query` contains credentials, and no `Debug` or log line prints its values.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// As in WeCom's documentation, from `/cgi-bin/` on; without the path of a base URL.
    pub path: Cow<'static, str>,
    /// Plain, not percent-encoded.
    pub query: Vec<(Cow<'static, str>, String)>,
    pub body: Body,
}

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// The body of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    None,
    /// UTF-8 without `\u` escapes, as WeCom requires (40033).
    Json(Vec<u8>),
    Multipart(Part),
}

/// The only part of an upload.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// ASCII: for any other name WeCom answers "empty media data" (44001).
    pub file_name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// A complete HTTP answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    /// The server's time, to the second, if it sent it.
    pub date: Option<DateTime<Utc>>,
}

impl Response {
    /// An answer without the server's time.
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, date: None }
    }
}

/// Why there is no answer. The texts contain no address and no credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Proven: WeCom never received the request, because no connection was opened.
    NotSent(CallFailure),
    /// Any other failure: WeCom may have done what was requested.
    Lost(CallFailure),
}

/// The answer of an in-process WeCom.
pub type Reply = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send>>;

/// How requests reach WeCom.
#[derive(Clone)]
pub enum Transport {
    Network(Network),
    InProcess(Arc<dyn Fn(Request) -> Reply + Send + Sync>),
}

impl Transport {
    pub(super) async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self {
            Self::Network(network) => network.send(request).await,
            Self::InProcess(wecom) => wecom(request).await,
        }
    }
}

impl Request {
    /// The call for WeCom's time: it changes nothing, and is answered even without a credential.
    pub(super) const TIME: &str = "/cgi-bin/get_api_domain_ip";

    /// The call that creates a post. It cannot be undone and has no idempotency key, so it must arrive at most once.
    pub const CREATE: &str = "/cgi-bin/externalcontact/add_moment_task";

    pub(super) fn get(path: &'static str) -> Self {
        Self { method: Method::Get, path: path.into(), query: Vec::new(), body: Body::None }
    }

    pub(super) fn post(path: &'static str, body: Body) -> Self {
        Self { method: Method::Post, path: path.into(), query: Vec::new(), body }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Whether a second arrival of this request could create a second post.
    pub fn creates(&self) -> bool {
        self.path == Self::CREATE
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.query.iter().map(|(key, _)| key.as_ref()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &keys)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Multipart(part) => write!(f, "Multipart({} bytes, {})", part.bytes.len(), part.content_type),
        }
    }
}

/// An answer of `gettoken` is a credential too.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}
