//! Posts whose texts name the date on which they go out.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::{Attachments, Link, Post};
use crate::ids::Sha256;
use crate::text::{Lang, when};

/// A part of an occurrence's local date, as a text names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// The number of the month, from 1 to 12.
    Month,
    /// The day of the month, from 1 to 31.
    Day,
    /// `周五`, or `Friday`.
    Weekday,
}

impl DatePart {
    /// All parts of a date.
    pub const ALL: [Self; 3] = [Self::Month, Self::Day, Self::Weekday];

    /// As a text names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Day => "day",
            Self::Weekday => "weekday",
        }
    }

    /// The words for a date.
    pub fn on(self, date: NaiveDate, lang: Lang) -> String {
        match self {
            Self::Month => date.month().to_string(),
            Self::Day => date.day().to_string(),
            Self::Weekday => when::weekday_name(date.weekday()).into_lang(lang),
        }
    }
}

/// A text with parts of a date to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedText {
    pieces: Vec<Piece>,
    /// The language of weekdays.
    lang: Lang,
}

/// A part of a text with dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    Words(String),
    Date(DatePart),
}

impl DatedText {
    pub fn new(pieces: Vec<Piece>, lang: Lang) -> Self {
        Self { pieces, lang }
    }

    /// The text of a date.
    pub fn on(&self, date: NaiveDate) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Date(part) => text.push_str(&part.on(date, self.lang)),
            }
        }
        text
    }

    /// The text with the names of the parts, for what has no date: `{{ month }}`.
    pub fn as_written(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Date(part) => format!("{{{{ {} }}}}", part.name()),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// What a campaign posts on any date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostTemplate {
    /// Its texts name the parts of a date where they have any.
    post: Arc<Post>,
    dated: Option<Box<DatedTexts>>,
}

/// The texts of a post that name a date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatedTexts {
    pub text: Option<DatedText>,
    pub link_title: Option<DatedText>,
}

impl PostTemplate {
    /// A post that is the same on every date.
    pub fn fixed(post: impl Into<Arc<Post>>) -> Self {
        Self { post: post.into(), dated: None }
    }

    /// A post with the texts that differ by date in place of its own.
    pub fn dated(mut post: Post, texts: DatedTexts) -> Self {
        if texts == DatedTexts::default() {
            return Self::fixed(post);
        }
        texts.fill(&mut post, DatedText::as_written);
        Self { post: Arc::new(post), dated: Some(Box::new(texts)) }
    }

    /// The post of a local date.
    pub fn on(&self, date: NaiveDate) -> Arc<Post> {
        let Some(texts) = &self.dated else { return Arc::clone(&self.post) };
        let mut post = Post::clone(&self.post);
        texts.fill(&mut post, |text| text.on(date));
        Arc::new(post)
    }

    /// The post as it is written, for what has no date: audience, media, and texts that name the parts of a date.
    pub fn post(&self) -> &Arc<Post> {
        &self.post
    }

    /// Whether posts of different dates differ.
    pub fn is_dated(&self) -> bool {
        self.dated.is_some()
    }

    /// The digest of everything that customers could see on any date, and of who they are.
    ///
    /// # Panics
    /// Never: the texts are plain data, which serialize.
    pub fn sha256(&self) -> Sha256 {
        let Some(texts) = &self.dated else { return self.post.sha256() };
        let plain = |text: &Option<DatedText>| text.as_ref().map(|text| (text.pieces.clone(), text.lang.code()));
        let texts = serde_json::to_string(&(plain(&texts.text), plain(&texts.link_title)));
        Sha256::of(format!("{}{}", self.post.sha256(), texts.expect("texts are plain data")).as_bytes())
    }
}

impl DatedTexts {
    fn fill(&self, post: &mut Post, words: impl Fn(&DatedText) -> String) {
        if let Some(text) = &self.text {
            post.text = Some(words(text));
        }
        if let (Some(title), Attachments::Link(link)) = (&self.link_title, &mut post.attachments) {
            let Link { title: shown, .. } = &mut **link;
            *shown = Some(words(title));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::{Audience, Media};

    fn date(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    fn dated(lang: Lang) -> DatedText {
        let pieces = vec![
            Piece::Date(DatePart::Month),
            Piece::Words("月".to_owned()),
            Piece::Date(DatePart::Day),
            Piece::Words("日（".to_owned()),
            Piece::Date(DatePart::Weekday),
            Piece::Words("）".to_owned()),
        ];
        DatedText::new(pieces, lang)
    }

    fn post(attachments: Attachments) -> Post {
        Post { text: Some("欢迎到店".to_owned()), attachments, audience: Audience::Everyone }
    }

    #[test]
    fn the_date_is_filled_in() {
        let friday = date("2026-11-06");
        assert_eq!(dated(Lang::Zh).on(friday), "11月6日（周五）");
        assert_eq!(dated(Lang::En).on(friday), "11月6日（Friday）");
        assert_eq!(dated(Lang::Zh).as_written(), "{{ month }}月{{ day }}日（{{ weekday }}）");
    }

    #[test]
    fn text_and_link_title_follow_the_date() {
        let cover = Media::Id("cover".to_owned());
        let link = Link { title: None, url: "https://example.com/".to_owned(), cover };
        let texts = DatedTexts { text: Some(dated(Lang::Zh)), link_title: Some(dated(Lang::Zh)) };
        let template = PostTemplate::dated(post(Attachments::Link(Box::new(link))), texts);
        let on = template.on(date("2026-12-07"));
        let Attachments::Link(link) = &on.attachments else { panic!("a link") };
        assert_eq!(on.text.as_deref(), Some("12月7日（周一）"));
        assert_eq!(link.title.as_deref(), Some("12月7日（周一）"));
        assert_ne!(on.sha256(), template.on(date("2026-12-14")).sha256());
    }

    #[test]
    fn a_post_without_a_date_is_shared() {
        let template = PostTemplate::dated(post(Attachments::None), DatedTexts::default());
        assert!(Arc::ptr_eq(&template.on(date("2026-12-07")), template.post()));
        assert_eq!(template.sha256(), template.post().sha256());
    }

    #[test]
    fn the_language_of_weekdays_is_part_of_the_digest() {
        let template = |lang| {
            let texts = DatedTexts { text: Some(dated(lang)), link_title: None };
            PostTemplate::dated(post(Attachments::None), texts)
        };
        assert_eq!(template(Lang::Zh).sha256(), template(Lang::Zh).sha256());
        assert_ne!(template(Lang::Zh).sha256(), template(Lang::En).sha256());
    }
}
