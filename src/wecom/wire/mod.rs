//! What goes over the wire and nowhere else: bodies of requests, and answers as they really come.

mod answer;
mod lenient;
mod request;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(super) use self::lenient::Text;
pub(super) use answer::*;
pub(super) use request::*;

use self::lenient::{number_or_nothing, or_default};
use crate::escape;

use super::{Answer, Call, Error, Response};

/// WeCom's words when it could not read a part of the request and went on without it (page 90455). The one use of
/// `errmsg` that it allows.
const HALF_READ: &str = "wrong json format";
/// The longest `errmsg` worth keeping, in characters.
const ERRMSG_CHARS: usize = 300;

#[derive(Deserialize)]
struct Envelope {
    /// Some calls leave it out when all is well.
    #[serde(default, deserialize_with = "number_or_nothing")]
    errcode: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    errmsg: String,
    /// Only here to be kept when the answer is bad.
    #[serde(default, deserialize_with = "or_default")]
    jobid: String,
}

/// Reads an answer. A text of WeCom's goes through `scrub` before it is kept.
pub(super) fn read<T: DeserializeOwned>(
    call: Call,
    response: &Response,
    scrub: impl Fn(&str) -> String,
) -> Result<T, Error> {
    let Response { status, body, .. } = response;
    let lost = |why: String| Err(Error::Lost { call, why });
    // A gateway's 5xx or redirect says nothing about what WeCom did, whatever the body looks like.
    let looks_like_json = body.trim_ascii_start().starts_with(b"{");
    let is_page = !looks_like_json && !body.trim_ascii().is_empty();
    let is_gateway_error = (500..600).contains(status) && *status != 511;
    if (is_page && !is_gateway_error) || (300..400).contains(status) {
        return Err(Error::NotWecom { call, status: *status });
    }
    if !(200..300).contains(status) && !(400..500).contains(status) {
        return lost(format!("HTTP status {status}"));
    }
    // serde would take a list for a struct too.
    let Some(envelope) = serde_json::from_slice::<Envelope>(body).ok().filter(|_| looks_like_json) else {
        return lost(format!("HTTP status {status}, and {} bytes that are no answer of WeCom's", body.len()));
    };
    let errcode = envelope.errcode.unwrap_or(0);
    let answer = Answer { errcode, errmsg: tidy(&scrub(&envelope.errmsg)) };
    let jobid = Some(envelope.jobid).filter(|jobid| !jobid.is_empty());
    let half_read = envelope.errmsg.contains(HALF_READ);
    if errcode != 0 && (jobid.is_none() || call != Call::Create) {
        return Err(Error::Refused { call, answer });
    }
    // A job although there is a code: as little understood as a part dropped, and the job must not be forgotten.
    if half_read || errcode != 0 {
        return Err(Error::PartiallyParsed { call, jobid, answer });
    }
    if *status >= 400 {
        return lost(format!("HTTP status {status} without a code of WeCom's"));
    }
    serde_json::from_slice(body).or_else(|_| lost("the answer lacks what it must hold".to_owned()))
}

/// WeCom's words without the link that it always adds and without what may be a credential, on one line, and not too long.
pub(super) fn tidy(errmsg: &str) -> String {
    const JOINS: &[char] = &['+', '/', '=', '_', '-', '%', '~', '\\'];
    let words = errmsg.split(", more info at").next().unwrap_or_default();
    let words = escape::redacted(words, JOINS);
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERRMSG_CHARS).collect::<String>().trim().to_owned()
}
