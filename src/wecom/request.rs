//! A call as a value, and the two roads that it can take.
//!
//! Both roads carry the same thing: what the network encodes, the sandbox's server decodes into an equal [`Request`].

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Network;

/// One call. Credentials are in `query` only, and neither `Debug` nor anything else prints a value of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// As WeCom documents it, from `/cgi-bin/` on; a base URL's own path is not in it.
    pub path: Cow<'static, str>,
    /// Plain, not percent-encoded.
    pub query: Vec<(Cow<'static, str>, String)>,
    pub body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    None,
    /// UTF-8 without `\u` escapes, as WeCom demands (40033).
    Json(Vec<u8>),
    Multipart(Part),
}

/// The one part of an upload.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// ASCII: WeCom takes no other name, and says "empty media data" (44001) instead of saying so.
    pub file_name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// An HTTP answer, whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    /// The server's time, to the second, where it said it.
    pub date: Option<DateTime<Utc>>,
}

impl Response {
    /// An answer that does not say the server's time.
    pub fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, body, date: None }
    }
}

/// No answer. The texts name neither address nor credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// Proven: WeCom never saw the request, because no connection to it came about.
    NotSent(String),
    /// Anything else. WeCom may have done what was asked.
    Lost(String),
}

/// What an in-process WeCom gives back.
pub type Reply = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send>>;

/// The road to WeCom.
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
    /// The call that is asked for WeCom's time: it changes nothing, and is answered without a credential as well.
    pub(super) const TIME: &str = "/cgi-bin/get_api_domain_ip";

    /// The call that makes a post. It cannot be taken back and has no idempotency key, so it must arrive once at most.
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

    /// Whether a second arrival of this request could reach customers twice.
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
