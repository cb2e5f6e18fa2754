//! Answers as WeCom writes them.

use serde::Serialize;

use crate::wecom::Response;

/// A no of WeCom's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    errcode: i64,
    reason: &'static str,
}

pub(super) fn refuse(errcode: i64, reason: &'static str) -> Refusal {
    Refusal { errcode, reason }
}

/// The places where WeCom's pages name no code and the sandbox had to take one.
pub fn unverified() -> &'static [(i64, &'static str)] {
    &[
        (40058, "text longer than 2000 characters or 4000 bytes ('invalid text size')"),
        (40058, "a link's title longer than 64 characters or 128 bytes"),
        (40058, "an attachment without its payload, a video without media id ('invalid msg')"),
        (41006, "an image or cover without media id"),
        (40058, "a link without URL"),
        (40058, "more than 100,000 senders"),
        (40058, "get_moment_task_result with a job that is unknown or older than 24 hours"),
        (40058, "get_moment_list without times, over more than 30 days, or with a bad cursor"),
        (41088, "an empty list of attachments beside a text"),
        (45009, "the 100,001st creation in a month"),
        (40006, "a file of 1 to 5 bytes"),
        (40004, "an image that is cut off or damaged"),
        (40058, "an upload without attachment_type"),
        (81013, "inside the job: no sender, department or tag is valid"),
        (81012, "inside the job: no sender has a customer with one of the tags"),
        (0, "an empty sender_list or tag_list means everyone, as if it were left out"),
        (0, "a member without 客户联系 is reported as an invalid sender"),
    ]
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    errcode: i64,
    errmsg: &'a str,
    #[serde(flatten)]
    rest: &'a T,
}

#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(Serialize)]
pub(super) struct Addresses<'a> {
    pub(super) ip_list: &'a [&'a str],
}

pub(super) fn ok(rest: &impl Serialize) -> Response {
    ok_saying("ok", rest)
}

/// `errmsg` is "ok", or WeCom's warning beside an errcode of 0.
pub(super) fn ok_saying(errmsg: &str, rest: &impl Serialize) -> Response {
    json(&Envelope { errcode: 0, errmsg, rest })
}

/// What a gateway says to a path that it does not know.
pub(super) fn not_found() -> Response {
    Response::new(404, b"<html><body><h1>404 Not Found</h1></body></html>".to_vec())
}

impl Refusal {
    pub(super) fn response(&self) -> Response {
        let Self { errcode, reason } = self;
        let errmsg = format!(
            "{reason}, hint: [1700000000000000000000000], from ip: 127.0.0.1, more info at \
             https://open.work.weixin.qq.com/devtool/query?e={errcode}"
        );
        json(&Envelope { errcode: *errcode, errmsg: &errmsg, rest: &Nothing {} })
    }
}

fn json(answer: &impl Serialize) -> Response {
    Response::new(200, serde_json::to_vec(answer).expect("an answer is plain data"))
}
