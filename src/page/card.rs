//! A post as it will look on a phone.
//!
//! The measures are proportions that two published studies of the app agree on to about five percent; WeCom documents
//! none.
//! What is approximate is listed once on each page: see `ASSUMPTIONS`.

use std::sync::Arc;

use maud::{Markup, html};

use super::Upcoming;
use super::pictures::{Picture, Pictures};
use crate::campaign::{Campaign, Content};
use crate::media_index::{MediaEntry, MediaFormat, MediaIndex};
use crate::post::{Attachments, Link, Media, Post, Reach};
use crate::report::plan::cells::{Dates, length_in_words, size, visibility_in_words};
use crate::text::{Lang, StaticText, Text};

/// Width of three cells and two gaps, in CSS pixels.
const GRID_WIDTH: u32 = 250;
/// Edge of one cell of the grid.
const CELL: u32 = 79;
/// Long edge of a picture that stands alone.
const SINGLE_LONG_EDGE: u32 = 180;
/// Characters of a line on common phones; what is narrow counts half.
const LINE_CHARS: f32 = 20.0;
/// Punctuation that stays at the end of its line.
const CLOSING: &str = "，。！？；：、）》」』”’…";
/// Lines of a text before the app folds it. No source gives the number.
const FOLD_LINES: usize = 6;

/// The assumptions of the phone preview.
const ASSUMPTIONS: [StaticText; 5] = [
    StaticText {
        en: "The app folds a long text after about six lines; here the fold is marked, and the rest is shown.",
        zh: "文字太长时，手机上大约显示六行就会折叠；这里标出折叠的位置，后面的文字照样显示。",
    },
    StaticText {
        en: "A line holds about 20 Chinese characters; phones differ.",
        zh: "一行大约 20 个字，不同手机会有差别。",
    },
    StaticText {
        en: "Sizes and crops of pictures follow measurements of the app, not a document of WeCom.",
        zh: "图片的大小和裁切是按实测的比例画的，企业微信没有公布。",
    },
    StaticText {
        en: "A video is a plain tile with its length and size; phones show its first frame.",
        zh: "视频只画一块底色，标出时长和大小；手机上显示的是第一帧画面。",
    },
    StaticText {
        en: "Name, avatar and time belong to the member who posts it.",
        zh: "头像、姓名和时间以发表的成员为准。",
    },
];

/// What the cards of one page are made from.
#[derive(Clone, Copy)]
pub(super) struct CardContext<'a> {
    pub pictures: &'a Pictures,
    pub media: &'a MediaIndex,
    pub upcoming: &'a Upcoming<'a>,
    pub dates: Dates,
    pub lang: Lang,
}

impl CardContext<'_> {
    /// A phone for each content of a campaign, as it is posted next; one that is not due soon, as of the first day shown.
    /// `label` is put before what names each content.
    pub(crate) fn contents(&self, campaign: &Campaign, label: Option<&Text>) -> Markup {
        let comma = text!(en: ", ", zh: "，");
        let phone = |n: usize, content: &Content| {
            let next = self.upcoming.of(&campaign.id).iter().find(|it| it.content.number as usize == n);
            let number = campaign.contents.has_several().then(|| text!(en: "content {n}", zh: "第 {n} 条内容"));
            let when = next.filter(|_| number.is_some()).map(|it| self.dates.when(it));
            let words: Vec<Text> = [label.cloned(), number, when].into_iter().flatten().collect();
            let label = Text::join(&words, &comma);
            let post = next.map_or_else(|| content.on(self.dates.first()), |it| Arc::clone(&it.content.post));
            self.card_reaching(&post, Some(&label).filter(|it| !it.is_empty()), campaign.reach.as_ref())
        };
        html! { @for (n, content) in campaign.contents.iter().enumerate() { (phone(n + 1, content)) } }
    }

    /// The post in a phone. `label` says which of several it is.
    pub(crate) fn card(&self, post: &Post, label: Option<&Text>) -> Markup {
        self.card_reaching(post, label, None)
    }

    /// The same, with how many customers it reaches at most.
    pub(crate) fn card_reaching(&self, post: &Post, label: Option<&Text>, reach: Option<&Reach>) -> Markup {
        let lang = self.lang;
        html! {
            figure.phone {
                @if let Some(label) = label { figcaption { (label.get(lang)) } }
                div.moment {
                    div.avatar aria-hidden="true" {}
                    div.body {
                        p.name { (text!(en: "Member", zh: "成员姓名").get(lang)) }
                        @if let Some(text) = &post.text { (self.text(text)) }
                        (self.attachments(&post.attachments))
                        p.meta {
                            span { (text!(en: "just now", zh: "刚刚").get(lang)) }
                            span.seen { (visibility_in_words(&post.audience).get(lang)) }
                        }
                    }
                }
                @if let Some(reach) = reach { p.length { (reach.text().get(lang)) } }
                @if let Some(text) = &post.text {
                    p.length { (text!(en: "text: {length}", zh: "文字{length}", length = length_in_words(text)).get(lang)) }
                }
            }
        }
    }

    /// The whole text, with a mark where the app would fold it.
    fn text(&self, text: &str) -> Markup {
        let Some((shown, folded)) = folded(text) else { return html! { p.text { (text) } } };
        html! {
            p.text { (shown) }
            details.fold open {
                summary { (text!(en: "Full text", zh: "全文").get(self.lang)) }
                p.text { (folded) }
            }
        }
    }

    fn attachments(&self, attachments: &Attachments) -> Markup {
        match attachments {
            Attachments::None => html! {},
            Attachments::Images(images) => match &images[..] {
                [only] => html! { div.single { (self.single(only)) } },
                many => html! {
                    div.grid.two[many.len() == 4] {
                        @for (n, image) in many.iter().enumerate() { (self.cell(image, n + 1)) }
                    }
                },
            },
            Attachments::Video(video) => self.video(video),
            Attachments::Link(link) => self.link(link),
        }
    }

    fn single(&self, media: &Media) -> Markup {
        match self.picture(media) {
            Some(picture) => {
                let (width, height) = single_size(picture.width, picture.height);
                html! { img src=(picture.src) width=(width) height=(height) alt=(media.text().get(self.lang)); }
            }
            None => self.missing(media),
        }
    }

    fn cell(&self, media: &Media, place: usize) -> Markup {
        let path = media.text();
        let alt = text!(en: "picture {place}: {path}", zh: "第 {place} 张图：{path}", path = path);
        match self.picture(media) {
            Some(picture) => html! { img src=(picture.src) width=(CELL) height=(CELL) alt=(alt.get(self.lang)); },
            None => self.missing(media),
        }
    }

    fn video(&self, media: &Media) -> Markup {
        let Media::File { path, bytes, .. } = media else { return self.missing(media) };
        let length = match self.media.get(path) {
            Some(MediaEntry::File { format: MediaFormat::Mp4 { length, .. }, .. }) => {
                let seconds = length.as_secs_f32().ceil() as u32;
                format!("{}:{:02}", seconds / 60, seconds % 60)
            }
            _ => "–".to_owned(),
        };
        html! {
            div.video {
                span.play aria-hidden="true" { "▶" }
                span.film { (text!(en: "video {length}, {size}", zh: "视频 {length}，{size}", size = Text::quoted(size(*bytes))).get(self.lang)) }
                span.path { (path) }
            }
        }
    }

    fn link(&self, link: &Link) -> Markup {
        let host = link.url.split_once("://").map_or(link.url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        html! {
            div.link {
                @match self.picture(&link.cover) {
                    Some(picture) => { img src=(picture.src) width="46" height="46" alt=(link.cover.text().get(self.lang)); }
                    None => { span.blank aria-hidden="true" {} }
                }
                span.title { (link.title.as_deref().unwrap_or(host)) }
            }
            p.url { (link.url) }
        }
    }

    /// A picture that cannot be shown here: its name in its place.
    fn missing(&self, media: &Media) -> Markup {
        html! { span.missing { (media.text().get(self.lang)) } }
    }

    pub(crate) fn picture(&self, media: &Media) -> Option<&Picture> {
        match media {
            Media::File { sha256, .. } => self.pictures.get(sha256),
            Media::Id(_) => None,
        }
    }
}

/// What the picture of a phone assumes, for the end of a page.
pub(super) fn assumptions(lang: Lang) -> Markup {
    html! {
        p { (text!(en: "The phones are approximate:", zh: "手机预览是近似效果：").get(lang)) }
        ul { @for assumption in ASSUMPTIONS { li { (assumption.get(lang)) } } }
    }
}

/// The size of a picture that stands alone, in CSS pixels, by its proportions.
fn single_size(width: u32, height: u32) -> (u32, u32) {
    let long = SINGLE_LONG_EDGE as f32;
    let ratio = width as f32 / height as f32;
    let rounded = |edge: f32| edge.round() as u32;
    if ratio < 1.0 / 3.0 {
        (rounded(long / 3.0), SINGLE_LONG_EDGE)
    } else if ratio <= 1.0 {
        (rounded(ratio * long), SINGLE_LONG_EDGE)
    } else if ratio <= 3.0 {
        (SINGLE_LONG_EDGE, rounded(long / ratio))
    } else {
        (GRID_WIDTH, CELL)
    }
}

/// A text in what the app shows and what it folds; `None` where it folds nothing.
fn folded(text: &str) -> Option<(&str, &str)> {
    let (mut lines, mut used) = (1, 0.0);
    for (at, c) in text.char_indices() {
        let width = if c.is_ascii() { 0.5 } else { 1.0 };
        // Closing punctuation never begins a line.
        if c == '\n' || (used + width > LINE_CHARS && !CLOSING.contains(c)) {
            lines += 1;
            used = 0.0;
            if lines > FOLD_LINES {
                let rest = &text[at..];
                return Some((&text[..at], rest.strip_prefix('\n').unwrap_or(rest)));
            }
        }
        if c != '\n' {
            used += width;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_picture_follows_its_proportions() {
        assert_eq!(single_size(100, 400), (60, 180));
        assert_eq!(single_size(300, 400), (135, 180));
        assert_eq!(single_size(400, 400), (180, 180));
        assert_eq!(single_size(400, 300), (180, 135));
        assert_eq!(single_size(4000, 400), (250, 79));
    }

    #[test]
    fn text_of_six_lines_is_not_folded() {
        assert_eq!(folded(&"字".repeat(120)), None);
        assert_eq!(folded("一\n二\n三\n四\n五\n六"), None);
    }

    #[test]
    fn seventh_line_is_folded_and_nothing_is_lost() {
        let text = "字".repeat(130);
        let (shown, rest) = folded(&text).expect("it is long");
        assert_eq!((shown.chars().count(), rest.chars().count()), (120, 10));
        assert_eq!(folded("一\n二\n三\n四\n五\n六\n七\n八"), Some(("一\n二\n三\n四\n五\n六", "七\n八")));
    }

    #[test]
    fn closing_punctuation_stays_in_its_line() {
        assert_eq!(folded(&format!("{}。", "字".repeat(120))), None);
        assert!(folded(&format!("{}。字", "字".repeat(120))).is_some());
    }

    #[test]
    fn narrow_characters_count_half() {
        assert_eq!(folded(&"a".repeat(240)), None);
        assert!(folded(&"a".repeat(241)).is_some());
    }
}
