//! What is around every page of a server: head, navigation, and the switch of languages.

use maud::{DOCTYPE, Markup, html};

use super::{html_lang, style_address};
use crate::text::{Lang, Text};

/// What a page shows, without what is around it.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub title: Text,
    pub body: Markup,
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub(super) struct NavLink {
    pub href: &'static str,
    pub text: Text,
    /// Number of entries of the linked page; hidden if zero.
    pub count: usize,
    /// The count is one of things to do.
    pub is_urgent: bool,
}

/// What is around a page.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub lang: Lang,
    /// The address of the page, to come back to it.
    pub path: &'a str,
    pub nav: &'a [NavLink],
    /// The version of the book, for pages that load themselves again; `None` for pages without script.
    pub version: Option<u64>,
    /// Beside the switch of languages: who is signed in.
    pub corner: Markup,
}

impl Frame<'_> {
    pub(crate) fn document(&self, page: &Page) -> String {
        let lang = self.lang;
        let other = match lang {
            Lang::En => Lang::Zh,
            Lang::Zh => Lang::En,
        };
        let to = escaped(self.path);
        html! {
            (DOCTYPE)
            html lang=(html_lang(lang)) data-version=[self.version] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (page.title.get(lang)) " · Drumbeat" }
                    link rel="stylesheet" href=(style_address());
                    @if self.version.is_some() { script src="/live.js" defer {} }
                }
                body {
                    a.skip href="#content" { (text!(en: "Skip to content", zh: "跳到正文").get(lang)) }
                    header.bar {
                        p.brand { a href="/" { "Drumbeat" } }
                        nav aria-label=(text!(en: "Pages", zh: "页面").get(lang)) {
                            @for link in self.nav { (self.link(link)) }
                        }
                        div.corner {
                            (self.corner)
                            a href=(format!("/language/{}?to={to}", other.code())) hreflang=(html_lang(other)) lang=(html_lang(other)) {
                                (match other { Lang::En => "English", Lang::Zh => "中文" })
                            }
                        }
                    }
                    main #content {
                        h1 { (page.title.get(lang)) }
                        (page.body)
                    }
                }
            }
        }
        .into_string()
    }

    fn link(&self, link: &NavLink) -> Markup {
        let path = self.path.split('?').next().unwrap_or_default();
        let is_current = path == link.href;
        html! {
            a href=(link.href) aria-current=[is_current.then_some("page")] {
                (link.text.get(self.lang))
                @if link.count > 0 { " " span.tally .urgent[link.is_urgent] { (link.count) } }
            }
        }
    }
}

/// A text as the value of a query.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                use std::fmt::Write as _;
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped() {
        assert_eq!(escaped("/?month=2026-11&x=春"), "/%3Fmonth%3D2026-11%26x%3D%E6%98%A5");
    }
}
