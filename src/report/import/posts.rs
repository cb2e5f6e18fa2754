//! The posts of a sheet by date.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::first_words;
use crate::import::file_path;
use crate::importer::{Action, Import, ImportedPost};
use crate::report::parts::{count, listing};
use crate::text::{Lang, Text, when};

pub(super) fn posts(import: &Import, width: Option<u16>, lang: Lang) -> String {
    let files = import.files.iter().filter(|file| file.action == Action::Unchanged);
    let files: HashSet<&str> = files.map(|file| file.path.as_str()).collect();
    let is_unchanged = |post: &&ImportedPost| files.contains(file_path(&post.campaign).as_str());
    let (unchanged, shown): (Vec<&ImportedPost>, Vec<&ImportedPost>) = import.posts.iter().partition(is_unchanged);
    let Some(first) = shown.first() else { return String::new() };
    let near = first.due.date();
    let head = [
        text!(en: "due", zh: "应发时间"),
        text!(en: "campaign", zh: "活动"),
        text!(en: "row", zh: "行"),
        text!(en: "content", zh: "内容"),
        text!(en: "audience", zh: "发表范围"),
    ]
    .map(|title| title.into_lang(lang));
    let rows = shown.iter().map(|post| row(post, near, lang));
    let table = listing(head.each_ref().map(String::as_str), 3, rows, width);
    let others = match unchanged.len() {
        0 => Text::default(),
        count => text!(en: "and {count} posts without a change\n", zh: "另外 {count} 条没有变化\n"),
    };
    format!("{table}{}\n", others.get(lang))
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
        post.title.clone().unwrap_or_else(|| "-".to_owned()),
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
