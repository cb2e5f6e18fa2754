//! Messages of a WeCom group robot (消息推送, page 99110): markdown of at most 4,096 bytes, 20 a minute.

use serde::{Deserialize, Serialize};

use super::{Notification, Severity};
use crate::escape;

/// Longest markdown of one message, in bytes of UTF-8 (page 99110: 最长不超过4096个字节，必须是utf8编码).
pub const MARKDOWN_BYTES: usize = 4_096;

/// What stands where a text was cut.
const CUT: &str = "… (cut: too long for one message)";
/// What tells how many notifications did not fit.
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

/// One message for as many of the first notifications as fit, and how many those are: at least one.
pub fn markdown(notifications: &[Notification]) -> (String, usize) {
    let Some((first, rest)) = notifications.split_first() else { return (String::new(), 0) };
    // One that is too long alone is cut, and keeps the room for what tells of the others.
    let mut text = cut(&one(first), MARKDOWN_BYTES - MORE_BYTES);
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
        text.push_str(&format!("\n\n… and {} more to come", notifications.len() - taken));
    }
    (text, taken)
}

fn one(notification: &Notification) -> String {
    let colour = match notification.weight {
        Severity::Good => "info",
        Severity::Notice => "comment",
        Severity::Alarm => "warning",
    };
    let mut text = format!("<font color=\"{colour}\">**{}**</font>", escape::robot(&notification.headline));
    if let Some(detail) = &notification.detail {
        for line in detail.lines() {
            text.push_str("\n> ");
            text.push_str(&escape::robot(line));
        }
    }
    if let Some(owner) = notification.owner.as_deref().filter(|owner| escape::is_mentionable(owner)) {
        text.push_str(&format!("\n<@{owner}>"));
    }
    text
}

/// A text cut between two characters, with a word about it.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most - CUT.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{CUT}", &text[..end])
}
