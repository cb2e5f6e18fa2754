//! Answers as WeCom writes them.

use serde::Serialize;

use crate::text::StaticText;
use crate::wecom::Response;

/// An error answer of WeCom.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    errcode: i64,
    reason: &'static str,
}

pub(super) fn refuse(errcode: i64, reason: &'static str) -> Refusal {
    Refusal { errcode, reason }
}

/// The cases for which WeCom's pages name no code, so the sandbox uses a likely one.
pub fn unverified() -> &'static [(i64, StaticText)] {
    &[
        (
            40058,
            StaticText {
                en: "text longer than 2000 characters or 4000 bytes ('invalid text size')",
                zh: "文字超过 2000 个字符或 4000 字节（“invalid text size”）",
            },
        ),
        (
            40058,
            StaticText {
                en: "a link's title longer than 64 characters or 128 bytes",
                zh: "链接标题超过 64 个字符或 128 字节",
            },
        ),
        (
            40058,
            StaticText {
                en: "an attachment without its payload, a video without media id ('invalid msg')",
                zh: "附件没有内容，视频没有 media_id（“invalid msg”）",
            },
        ),
        (41006, StaticText { en: "an image or cover without media id", zh: "图片或封面没有 media_id" }),
        (40058, StaticText { en: "a link without URL", zh: "链接没有 URL" }),
        (40058, StaticText { en: "more than 100,000 senders", zh: "发表成员超过 100,000 个" }),
        (
            40058,
            StaticText {
                en: "get_moment_task_result with a job that is unknown or older than 24 hours",
                zh: "用未知的或超过 24 小时的任务调用 `get_moment_task_result`",
            },
        ),
        (
            40058,
            StaticText {
                en: "get_moment_list without times, over more than 30 days, or with a bad cursor",
                zh: "调用 `get_moment_list` 时没有时间、超过 30 天，或 cursor 不对",
            },
        ),
        (41088, StaticText { en: "an empty list of attachments beside a text", zh: "有文字，但附件列表是空的" }),
        (45009, StaticText { en: "the 100,001st creation in a month", zh: "一个月里的第 100,001 次创建" }),
        (40006, StaticText { en: "a file of 1 to 5 bytes", zh: "文件只有 1 到 5 字节" }),
        (40004, StaticText { en: "an image that is cut off or damaged", zh: "图片被截断或损坏" }),
        (40058, StaticText { en: "an upload without attachment_type", zh: "上传时没有 attachment_type" }),
        (
            81013,
            StaticText {
                en: "inside the job: no sender, department or tag is valid",
                zh: "任务内部：没有一个有效的成员、部门或客户标签",
            },
        ),
        (
            81012,
            StaticText {
                en: "inside the job: no sender has a customer with one of the tags",
                zh: "任务内部：没有成员的客户带有这些标签",
            },
        ),
        (
            40056,
            StaticText {
                en: "a message with another app's agentid", zh: "提醒成员时用了别的应用的 `agentid`"
            },
        ),
        (
            45009,
            StaticText {
                en: "more messages in a day than 200 for each account", zh: "一天的提醒超过账号数的 200 倍"
            },
        ),
        (
            0,
            StaticText {
                en: "an empty sender_list or tag_list means everyone, like a missing one",
                zh: "空的 sender_list 或 tag_list 等于没写，表示所有人",
            },
        ),
        (
            0,
            StaticText {
                en: "a member without 客户联系 is reported as an invalid sender",
                zh: "没有客户联系权限的成员算作无效成员",
            },
        ),
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
pub(super) struct EmptyBody {}

#[derive(Serialize)]
pub(super) struct Addresses<'a> {
    pub(super) ip_list: &'a [&'a str],
}

pub(super) fn ok(rest: &impl Serialize) -> Response {
    ok_saying("ok", rest)
}

/// `errmsg` is "ok", or WeCom's warning with errcode 0.
pub(super) fn ok_saying(errmsg: &str, rest: &impl Serialize) -> Response {
    json(&Envelope { errcode: 0, errmsg, rest })
}

/// An answer without `errcode`, which some calls omit if they succeed.
pub(super) fn bare(rest: &impl Serialize) -> Response {
    json(rest)
}

/// A gateway's answer to an unknown path.
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
        json(&Envelope { errcode: *errcode, errmsg: &errmsg, rest: &EmptyBody {} })
    }
}

fn json(answer: &impl Serialize) -> Response {
    Response::new(200, serde_json::to_vec(answer).expect("an answer is plain data"))
}
