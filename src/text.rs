//! Texts for people, in Chinese and in English.
//!
//! `text!` has one mandatory arm per language, so that a missing translation or argument does not compile. A text is
//! reduced to one language where it is shown; errors in logs are in English.

pub mod when;

use std::fmt;

use crate::error_chain::error_chain;

/// A [`Text`]: `text!(en: "{count} files in {place}", zh: "{place}中有 {count} 个文件", place = place_as_text)`.
///
/// Each arm is a format string. It may capture variables that look the same in both languages, such as `count` above. A
/// named argument after the arms may be a `Text` itself, and each arm must use it.
macro_rules! text {
    (en: $en:literal, zh: $zh:literal $(, $name:ident = $value:expr)* $(,)?) => {
        // Evaluates each argument once: nested `text!` would otherwise be evaluated twice per level.
        match ($(&$value,)*) {
            ($($name,)*) => $crate::text::Text::of(
                format!($en $(, $name = $crate::text::In($crate::text::Lang::En, $name))*),
                format!($zh $(, $name = $crate::text::In($crate::text::Lang::Zh, $name))*),
            ),
        }
    };
}

/// Implements `Display` in English, for logs, for types with `fn text(&self) -> Text`.
///
/// An error with a `#[error(transparent)]` variant says the same in its `#[error]`: thiserror then writes its `Display`.
macro_rules! display_in_english {
    ($($shown:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $shown {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.text().get($crate::text::Lang::En))
            }
        }
    )+};
}

/// A language that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    En,
    Zh,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The code in settings and flags.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// Other words that people write for it.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::En => &["en-US", "en_US", "en-GB", "en_GB", "english", "English", "英文", "英语"],
            Self::Zh => {
                &["zh-CN", "zh_CN", "zh-cn", "zh_cn", "zh-Hans", "cn", "CN", "chinese", "Chinese", "中文", "简体中文"]
            }
        }
    }
}

impl std::str::FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        let is_named = |lang: &Self| lang.code() == code || lang.aliases().contains(&code);
        Self::ALL.into_iter().find(is_named).ok_or_else(|| UnknownLang(code.to_owned()))
    }
}

/// An unknown language in a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLang(String);

impl UserError for UnknownLang {
    fn text(&self) -> Text {
        let written = &self.0;
        text!(
            en: "unknown language `{written}`: write `zh` for Chinese or `en` for English",
            zh: "不支持语言“{written}”：中文写 `zh`，英文写 `en`"
        )
    }
}

display_in_english!(UnknownLang);

impl std::error::Error for UnknownLang {}

/// A text in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    en: String,
    zh: String,
}

impl Text {
    /// For `text!` only.
    pub fn of(en: String, zh: String) -> Self {
        Self { en, zh }
    }

    /// Untranslated words: of a file, of WeCom or of the system.
    pub fn quoted(words: impl Into<String>) -> Self {
        let words = words.into();
        Self { en: words.clone(), zh: words }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    pub fn into_lang(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// Applies the same change to the words of each language.
    #[must_use]
    pub fn map(self, change: impl Fn(String) -> String) -> Self {
        Self { en: change(self.en), zh: change(self.zh) }
    }

    /// Joins texts with a separator.
    pub fn join<'t>(texts: impl IntoIterator<Item = &'t Self>, between: &Self) -> Self {
        let mut joined = Self::default();
        for (at, text) in texts.into_iter().enumerate() {
            if at > 0 {
                joined.en.push_str(&between.en);
                joined.zh.push_str(&between.zh);
            }
            joined.en.push_str(&text.en);
            joined.zh.push_str(&text.zh);
        }
        joined
    }

    /// `a, b and c`; `a、b、c` in Chinese.
    pub fn list(texts: &[Self]) -> Self {
        let (comma, and) = (Self::of(", ".to_owned(), "、".to_owned()), Self::of(" and ".to_owned(), "、".to_owned()));
        match texts {
            [] => Self::default(),
            [one] => one.clone(),
            [first @ .., last] => Self::join([&Self::join(first, &comma), last], &and),
        }
    }

    /// Whether the text is empty in both languages.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

/// A text on one line, cut after `max_chars` characters.
pub fn shortened(text: &str, max_chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_chars {
        return line;
    }
    let beginning: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", beginning.trim_end())
}

/// A text that is the same in every run, such as a page or a table's heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticText {
    pub en: &'static str,
    pub zh: &'static str,
}

impl StaticText {
    pub fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

impl Localized for StaticText {
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.get(lang))
    }
}

impl From<StaticText> for Text {
    fn from(text: StaticText) -> Self {
        Self::of(text.en.to_owned(), text.zh.to_owned())
    }
}

/// An error that people are shown, with words in each language. Its `Display` gives the English ones, for logs.
pub trait UserError: std::error::Error {
    /// The words of this error alone, without its source.
    fn text(&self) -> Text;

    /// The source, if it has words in each language; other sources are quoted.
    fn user_cause(&self) -> Option<&dyn UserError> {
        None
    }

    /// The words of the error and of its causes.
    fn with_causes(&self) -> Text {
        let cause = match (self.user_cause(), self.source()) {
            (Some(cause), _) => cause.with_causes(),
            (None, Some(source)) => Text::quoted(error_chain(source)),
            (None, None) => return self.text(),
        };
        text!(en: "{error}: {cause}", zh: "{error}：{cause}", error = self.text(), cause = cause)
    }
}

/// A named argument of a text, as shown in a language.
pub trait Localized {
    /// # Errors
    /// The formatter failed.
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: fmt::Display + ?Sized> Localized for T {
    fn write(&self, _: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt(f)
    }
}

impl Localized for Text {
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.get(lang))
    }
}

impl Localized for &Text {
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.get(lang))
    }
}

/// A value as shown in a language.
pub struct In<'v, T: ?Sized>(pub Lang, pub &'v T);

impl<T: Localized + ?Sized> fmt::Display for In<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.write(self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_arguments_follow_the_language() {
        let range = text!(en: "2 departments", zh: "2 个部门");
        let count = 3;
        let text = text!(en: "{count} posts to {range}", zh: "向{range}发表 {count} 条", range = range);
        assert_eq!(text.get(Lang::En), "3 posts to 2 departments");
        assert_eq!(text.get(Lang::Zh), "向2 个部门发表 3 条");
    }

    #[test]
    fn arguments_are_evaluated_once() {
        let calls = std::cell::Cell::new(0);
        let argument = || {
            calls.set(calls.get() + 1);
            text!(en: "a day", zh: "一天")
        };
        let text = text!(en: "in {span}", zh: "{span}后", span = argument());
        assert_eq!((calls.get(), text.get(Lang::En), text.get(Lang::Zh)), (1, "in a day", "一天后"));
    }

    #[test]
    fn texts_are_joined_in_each_language() {
        let texts = [text!(en: "Monday", zh: "周一"), text!(en: "Friday", zh: "周五")];
        let joined = Text::join(&texts, &text!(en: ", ", zh: "、"));
        assert_eq!((joined.get(Lang::En), joined.get(Lang::Zh)), ("Monday, Friday", "周一、周五"));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("failed to write")]
    struct WriteError(#[source] std::io::Error);

    impl UserError for WriteError {
        fn text(&self) -> Text {
            text!(en: "failed to write", zh: "无法写入")
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no backup")]
    struct BackupError(#[source] WriteError);

    impl UserError for BackupError {
        fn text(&self) -> Text {
            text!(en: "no backup", zh: "备份失败")
        }

        fn user_cause(&self) -> Option<&dyn UserError> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_follow_in_the_language_they_have() {
        let text = BackupError(WriteError(std::io::Error::other("disk full"))).with_causes();
        assert_eq!(text.get(Lang::En), "no backup: failed to write: disk full");
        assert_eq!(text.get(Lang::Zh), "备份失败：无法写入：disk full");
    }

    #[test]
    fn quoted_words_are_the_same_in_both() {
        let quoted = Text::quoted("spring-launch");
        assert_eq!(Lang::ALL.map(|lang| quoted.get(lang)), ["spring-launch"; 2]);
    }
}
