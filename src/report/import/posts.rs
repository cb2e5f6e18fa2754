//! The posts of a sheet by date.

use chrono::NaiveDate;

use super::first_words;
use crate::importer::{Import, ImportedPost};
use crate::report::parts::{count, listing};
use crate::text::{Lang, Text, when};

pub(super) fn posts(import: &Import, width: Option<u16>, lang: Lang) -> String {
    let Some(first) = import.posts.first() else { return String::new() };
    let near = first.due.date();
    let head = [
        text!(en: "due", zh: "应发时间"),
        text!(en: "campaign", zh: "活动"),
        text!(en: "row", zh: "行"),
        text!(en: "content", zh: "内容"),
        text!(en: "audience", zh: "发表范围"),
    ]
    .map(|title| title.into_lang(lang));
    let rows = import.posts.iter().map(|post| row(post, near, lang));
    let table = listing(head.each_ref().map(String::as_str), 3, rows, width);
    format!("{table}\n")
}

fn row(post: &ImportedPost, near: NaiveDate, lang: Lang) -> [String; 5] {
    let due = when::date_time_near(post.due, near);
    let due = match post.is_past {
        true => text!(en: "{due} (past: not posted)", zh: "{due}（已过，不会发表）", due = due),
        false => due,
    };
    let row = post.row + 1;
    [
        due.into_lang(lang),
        post.title.clone().unwrap_or_else(|| post.campaign.clone()),
        text!(en: "row {row}", zh: "第 {row} 行").into_lang(lang),
        content(post).into_lang(lang),
        post.audience.get(lang).to_owned(),
    ]
}

fn content(post: &ImportedPost) -> Text {
    let mut parts = Vec::new();
    if let Some(text) = &post.text {
        parts.push(Text::quoted(first_words(text)));
    }
    if post.images > 0 {
        let images = post.images;
        let some = count(images, "image");
        parts.push(text!(en: "{some}", zh: "{images} 张图片"));
    }
    if post.has_video {
        parts.push(text!(en: "a video", zh: "视频"));
    }
    if post.has_link {
        parts.push(text!(en: "a link", zh: "链接"));
    }
    Text::join(&parts, &text!(en: "; ", zh: "；"))
}
