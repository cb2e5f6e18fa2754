//! Checks whether a text is an address that a customer can open.

use std::ops::Range;

use super::characters::{name_of, plain};
use super::phrases::write;
use crate::text::Text;

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AddressError {
    Empty,
    Character(char),
    Scheme,
    Host,
    /// `…` replaces a part of the address.
    Cut,
}

impl AddressError {
    /// The character to write instead of a wrong one.
    pub(super) fn instead(&self) -> Option<char> {
        match self {
            Self::Character(c) => plain(*c).filter(|plain| *plain != ' ' && *plain != '"'),
            _ => None,
        }
    }

    pub(super) fn message(&self) -> Text {
        match self {
            Self::Empty => text!(en: "the address is empty", zh: "网址是空的"),
            Self::Character(c) => {
                text!(en: "the address contains {name}", zh: "网址里有{name}", name = name_of(*c))
            }
            Self::Scheme => text!(
                en: "the address does not begin with `https://` or `http://`",
                zh: "网址不是以 `https://` 或 `http://` 开头"
            ),
            Self::Host => text!(en: "the address has no host", zh: "网址里没有域名"),
            Self::Cut => text!(en: "the address is cut off at `…`", zh: "网址不完整，后面变成了 `…`"),
        }
    }

    pub(super) fn help(&self) -> Text {
        match self {
            Self::Empty => text!(
                en: "write the whole address, as in `https://example.com/spring`",
                zh: "请写完整的网址，例如 `https://example.com/spring`"
            ),
            Self::Character(_) => match self.instead() {
                None => text!(
                    en: "remove it, or write it percent-encoded (a space is `%20`)",
                    zh: "请删掉它，或者写成编码形式（空格写成 `%20`）"
                ),
                Some(plain) => write(plain),
            },
            Self::Scheme => text!(
                en: "copy the whole address from the browser; it begins with `https://`",
                zh: "请从浏览器复制完整的网址，开头是 `https://`"
            ),
            Self::Cut => text!(
                en: "copy the whole address from the browser, not from a place that shortens it",
                zh: "请从浏览器复制完整的网址，不要从显示不全的地方复制"
            ),
            Self::Host => text!(
                en: "write the host after the two slashes, as in `https://example.com/spring`",
                zh: "请在两个斜杠后面写域名，例如 `https://example.com/spring`"
            ),
        }
    }
}

/// Checks an address.
///
/// # Errors
///
/// The first error, with its place in the text.
pub(super) fn check(url: &str) -> Result<(), (Range<usize>, AddressError)> {
    if url.is_empty() {
        return Err((0..0, AddressError::Empty));
    }
    let is_wrong = |c: char| c.is_whitespace() || plain(c).is_some() || is_bracketing(c);
    if let Some(at) = url.find('…') {
        return Err((at..at + '…'.len_utf8(), AddressError::Cut));
    }
    // Another rule reports control characters.
    if let Some((at, c)) = url.char_indices().find(|(_, c)| !c.is_control() && is_wrong(*c)) {
        return Err((at..at + c.len_utf8(), AddressError::Character(c)));
    }
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_web(scheme)) else {
        return Err((0..url.find("://").map_or(url.len(), |at| at + 3), AddressError::Scheme));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(host, _)| host);
    if host.is_empty() || host.starts_with('.') || host.contains("..") {
        let start = scheme.len() + 3;
        return Err((start..start + authority.len(), AddressError::Host));
    }
    Ok(())
}

/// The address in plain characters, if that makes it valid: `https：//a.com／b`, ` https://a.com`.
pub(super) fn meant(url: &str) -> Option<String> {
    let made: String =
        url.trim().chars().map(|c| plain(c).filter(|it| !matches!(it, ' ' | '"')).unwrap_or(c)).collect();
    (made != url && check(&made).is_ok()).then_some(made)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Characters that surround an address in other texts, and are never part of it.
fn is_bracketing(c: char) -> bool {
    matches!(c, '<' | '>' | '"' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(url: &str, error: Option<AddressError>) {
        assert_eq!(check(url).err().map(|(_, error)| error), error);
    }

    #[test]
    fn addresses() {
        for url in [
            "https://example.com",
            "http://example.com:8080/a?b=c#d",
            "HTTPS://例子.测试/路径",
            "https://user@host/x",
            "https://[::1]/",
        ] {
            is(url, None);
        }
    }

    #[test]
    fn no_addresses() {
        is("", Some(AddressError::Empty));
        is("https://…", Some(AddressError::Cut));
        is("https://example.com/abc…", Some(AddressError::Cut));
        is("example.com/spring", Some(AddressError::Scheme));
        is("mailto:a@example.com", Some(AddressError::Scheme));
        is("javascript://x", Some(AddressError::Scheme));
        is("https://", Some(AddressError::Host));
        is("https:///spring", Some(AddressError::Host));
        is("https://:80/", Some(AddressError::Host));
        is("https://a..b/", Some(AddressError::Host));
        is("https://example.com/a b", Some(AddressError::Character(' ')));
        is("https：//example.com", Some(AddressError::Character('：')));
        is("https://example.com/a，b", Some(AddressError::Character('，')));
    }
}
