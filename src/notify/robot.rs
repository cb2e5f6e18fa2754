//! Messages of a WeCom group robot (消息推送, page 99110): markdown of at most 4,096 bytes, 20 a minute.

use serde::{Deserialize, Serialize};

use super::{Notification, Severity};
use crate::escape;
use crate::text::Lang;

/// Longest markdown of one message, in bytes of UTF-8 (page 99110: 最长不超过4096个字节，必须是utf8编码).
pub const MARKDOWN_BYTES: usize = 4_096;

/// Bytes reserved for the line with the number of notifications that did not fit.
const MORE_BYTES: usize = 64;

#[derive(Serialize)]
pub(super) struct Message<'a> {
    msgtype: &'static str,
    markdown: Markdown<'a>,
}

#[derive(Serialize)]
struct Markdown<'a> {
    content: &'a str,
}

impl<'a> Message<'a> {
    pub(super) fn new(content: &'a str) -> Self {
        Self { msgtype: "markdown", markdown: Markdown { content } }
    }
}

/// What a robot answers.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) errcode: i64,
    #[serde(default)]
    pub(super) errmsg: String,
}

/// One message with as many notifications as fit, and their number: at least one.
pub fn markdown(notifications: &[Notification]) -> (String, usize) {
    let Some((first, rest)) = notifications.split_first() else { return (String::new(), 0) };
    // A notification that is too long is cut, with room left for the line about the others.
    let mut text = cut(&one(first), MARKDOWN_BYTES - MORE_BYTES, first.lang);
    let mut taken = 1;
    for notification in rest {
        let next = one(notification);
        if text.len() + 2 + next.len() > MARKDOWN_BYTES - MORE_BYTES {
            break;
        }
        text.push_str("\n\n");
        text.push_str(&next);
        taken += 1;
    }
    if taken < notifications.len() {
        let more = notifications.len() - taken;
        let line = text!(en: "… and {more} more to come", zh: "……还有 {more} 条通知，稍后发来");
        text.push_str("\n\n");
        text.push_str(line.get(first.lang));
    }
    (text, taken)
}

fn one(notification: &Notification) -> String {
    let colour = match notification.severity {
        Severity::Good => "info",
        Severity::Notice => "comment",
        Severity::Alarm => "warning",
    };
    let headline = escape::robot(notification.headline.get(notification.lang));
    let mut text = format!("<font color=\"{colour}\">**{headline}**</font>");
    if let Some(detail) = &notification.detail {
        for line in detail.get(notification.lang).lines() {
            text.push_str("\n> ");
            text.push_str(&escape::robot(line));
        }
    }
    if let Some(owner) = notification.owner.as_deref().filter(|owner| escape::is_mentionable(owner)) {
        text.push_str(&format!("\n<@{owner}>"));
    }
    text
}

/// Cuts a text to `max` bytes at a character boundary; its end then says so.
fn cut(text: &str, max: usize, lang: Lang) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mark = text!(en: "… (cut: too long for one message)", zh: "……（太长，已截断）");
    let mark = mark.get(lang);
    let mut end = max - mark.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &text[..end])
}
