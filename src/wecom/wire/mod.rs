//! The wire format, used nowhere else: bodies of requests, and answers as WeCom really sends them.

mod answer;
mod customers;
mod lenient;
mod message;
mod request;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(super) use self::lenient::Text;
pub(super) use answer::*;
pub(super) use customers::*;
pub(super) use message::*;
pub(super) use request::*;

use self::lenient::{number_or_nothing, or_default};
use crate::escape;

use super::{Answer, Call, CallFailure, Error, Response};

/// WeCom's message when it ignored an unreadable part of the request (page 90455). This page allows no other use of
/// `errmsg`.
const PARTLY_READ_MESSAGE: &str = "wrong json format";
/// Longest `errmsg` that is kept, in characters.
const MAX_ERRMSG_CHARS: usize = 300;

#[derive(Deserialize)]
struct Envelope {
    /// Some calls omit it on success.
    #[serde(default, deserialize_with = "number_or_nothing")]
    errcode: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    errmsg: String,
    /// Kept only for errors.
    #[serde(default, deserialize_with = "or_default")]
    jobid: String,
}

/// Reads an answer. WeCom's texts pass through `scrub` before they are kept.
pub(super) fn read<T: DeserializeOwned>(
    call: Call,
    response: &Response,
    scrub: impl Fn(&str) -> String,
) -> Result<T, Error> {
    let Response { status, body, .. } = response;
    let lost = |why: CallFailure| Err(Error::Lost { call, why });
    // A gateway's 5xx or redirect says nothing about what WeCom did, whatever its body is.
    let looks_like_json = body.trim_ascii_start().starts_with(b"{");
    let is_page = !looks_like_json && !body.trim_ascii().is_empty();
    let is_gateway_error = (500..600).contains(status) && *status != 511;
    if (is_page && !is_gateway_error) || (300..400).contains(status) {
        return Err(Error::NotWecom { call, status: *status });
    }
    if !(200..300).contains(status) && !(400..500).contains(status) {
        return lost(CallFailure::Status(*status));
    }
    // serde would accept a list for a struct.
    let Some(envelope) = serde_json::from_slice::<Envelope>(body).ok().filter(|_| looks_like_json) else {
        return lost(CallFailure::Unreadable { status: *status, bytes: body.len() });
    };
    let errcode = envelope.errcode.unwrap_or(0);
    let answer = Answer { errcode, errmsg: tidy(&scrub(&envelope.errmsg)) };
    let jobid = Some(envelope.jobid).filter(|jobid| !jobid.is_empty());
    let half_read = envelope.errmsg.contains(PARTLY_READ_MESSAGE);
    if errcode != 0 && (jobid.is_none() || call != Call::Create) {
        return Err(Error::Refused { call, answer });
    }
    // A job together with an error code: treated like a partly read request, and the job id is kept.
    if half_read || errcode != 0 {
        return Err(Error::PartiallyParsed { call, jobid, answer });
    }
    if *status >= 400 {
        return lost(CallFailure::Status(*status));
    }
    serde_json::from_slice(body).or_else(|_| lost(CallFailure::Incomplete))
}

/// WeCom's message on one line, without the link it always adds, without possible credentials, and shortened.
pub(super) fn tidy(errmsg: &str) -> String {
    const JOINS: &[char] = &['+', '/', '=', '_', '-', '%', '~', '\\'];
    let words = errmsg.split(", more info at").next().unwrap_or_default();
    let words = escape::redacted(words, JOINS);
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_ERRMSG_CHARS)
        .collect::<String>()
        .trim()
        .to_owned()
}
