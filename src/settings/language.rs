//! The language of what people read: chosen by flag, environment, service file, the book's policy, or the locale.

use std::ffi::OsString;
use std::path::Path;

use super::{Settings, SettingsError, environment, file};
use crate::text::{Lang, UnknownLang, UserError};

/// The locale variables for the language of messages, strongest first.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// The choice of a language, before a book's policy is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LangChoice {
    /// Set by flag, environment or service file: a policy does not change it.
    chosen: Option<Lang>,
    locale: Option<Lang>,
}

impl LangChoice {
    /// The language for a book with this `policy`; `None` for texts without a book.
    pub fn lang(self, policy: Option<Lang>) -> Lang {
        self.chosen.or(policy).or(self.locale).unwrap_or_default()
    }
}

impl Settings {
    /// The language for a book with this `policy`; `None` for texts without a book.
    pub fn lang(&self, policy: Option<Lang>) -> Lang {
        self.lang.lang(policy)
    }

    /// The choice, for modules that read the policy themselves.
    pub fn lang_choice(&self) -> LangChoice {
        self.lang
    }

    pub(super) fn read_lang(&self) -> Result<LangChoice, SettingsError> {
        let flag = self.flags.lang.map(|lang| lang.code().to_owned());
        let picked = self.pick(flag, "--lang", "DRUMBEAT_LANG", "language", |file| file.language.clone());
        let parse = |(code, origin): (String, _)| {
            code.parse().map_err(|error: UnknownLang| SettingsError::invalid(origin, error.text()))
        };
        let chosen = picked.map(parse).transpose()?;
        Ok(LangChoice { chosen, locale: locale(self.environment) })
    }
}

/// The language before the command line is parsed: for `--help` and for errors of the command line.
///
/// Ignores invalid values; [`Settings::new`] reports them after parsing.
pub fn lang_before_parsing(args: &[OsString]) -> Lang {
    before_parsing(args, environment)
}

fn before_parsing(args: &[OsString], environment: fn(&str) -> Option<String>) -> Lang {
    let parse = |code: String| code.parse().ok();
    let chosen = || value_of(args, "--lang").and_then(parse).or_else(|| environment("DRUMBEAT_LANG").and_then(parse));
    let in_file = || {
        let path = value_of(args, "--config").or_else(|| environment("DRUMBEAT_CONFIG"))?;
        file::read(Path::new(&path)).ok()?.language.and_then(parse)
    };
    chosen().or_else(in_file).or_else(|| locale(environment)).unwrap_or_default()
}

/// The value of an option, as `--option value` or `--option=value`.
fn value_of(args: &[OsString], option: &str) -> Option<String> {
    let mut args = args.iter().map(|arg| arg.to_string_lossy()).take_while(|arg| arg != "--");
    while let Some(arg) = args.next() {
        match arg.strip_prefix(option) {
            Some("") => return args.next().map(Into::into),
            Some(rest) if rest.starts_with('=') => return Some(rest[1..].to_owned()),
            _ => {}
        }
    }
    None
}

fn locale(environment: fn(&str) -> Option<String>) -> Option<Lang> {
    LOCALE_VARIABLES.into_iter().filter_map(environment).find_map(|locale| of_locale(&locale))
}

/// The language of a locale such as `zh_CN.UTF-8`. `C` and `POSIX` name no language; all languages except Chinese are
/// answered in English.
fn of_locale(locale: &str) -> Option<Lang> {
    let language = locale.split(['.', '@', '_', '-']).next().unwrap_or_default().to_ascii_lowercase();
    match &*language {
        "" | "c" | "posix" => None,
        "zh" => Some(Lang::Zh),
        _ => Some(Lang::En),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn nothing_set(_: &str) -> Option<String> {
        None
    }

    #[track_caller]
    fn assert_lang(
        flag: Option<Lang>,
        environment: fn(&str) -> Option<String>,
        file: &str,
        policy: Option<Lang>,
        expected: Lang,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("drumbeat.toml");
        std::fs::write(&config, file).unwrap();
        let flags = Flags { lang: flag, config: Some(config.clone()), ..Flags::default() };
        let settings = Settings::with_environment(flags, environment).unwrap();
        assert_eq!(settings.lang(policy), expected);

        // The same choice before the command line is parsed, but for the policy.
        let flag = flag.map(|lang| ["--lang".into(), lang.code().into()]).into_iter().flatten();
        let args: Vec<OsString> = flag.chain(["--config".into(), config.into()]).collect();
        assert_eq!(before_parsing(&args, environment), settings.lang(None));
    }

    #[test]
    fn each_source_overrides_the_next() {
        use Lang::{En, Zh};
        fn env(name: &str) -> Option<String> {
            Some((if name == "DRUMBEAT_LANG" { "zh" } else { "en_US.UTF-8" }).to_owned())
                .filter(|_| name == "DRUMBEAT_LANG" || name == "LANG")
        }
        fn english_locale(name: &str) -> Option<String> {
            (name == "LANG").then(|| "en_US.UTF-8".to_owned())
        }
        assert_lang(Some(En), env, "language = 'zh'", Some(Zh), En);
        assert_lang(None, env, "language = 'en'", Some(En), Zh);
        assert_lang(None, english_locale, "language = 'zh'", Some(En), Zh);
        assert_lang(None, english_locale, "", Some(Zh), Zh);
        assert_lang(None, english_locale, "", None, En);
        assert_lang(None, nothing_set, "", None, En);
    }

    #[test]
    fn locale_variables_in_their_order() {
        fn all(name: &str) -> Option<String> {
            let locale = match name {
                "LC_ALL" => "C",
                "LC_MESSAGES" => "zh_CN.UTF-8",
                "LANG" => "en_US.UTF-8",
                _ => return None,
            };
            Some(locale.to_owned())
        }
        fn overridden(name: &str) -> Option<String> {
            match name {
                "LC_ALL" => Some("de_DE.UTF-8".to_owned()),
                _ => all(name),
            }
        }
        assert_lang(None, all, "", None, Lang::Zh);
        assert_lang(None, overridden, "", None, Lang::En);
    }

    #[test]
    fn locales_and_their_languages() {
        for locale in ["zh", "zh_CN.UTF-8", "zh-TW", "ZH_cn", "zh_CN@pinyin", "zh.UTF-8"] {
            assert_eq!(of_locale(locale), Some(Lang::Zh), "{locale}");
        }
        for locale in ["", "C", "POSIX", "C.UTF-8", "c.utf8"] {
            assert_eq!(of_locale(locale), None, "{locale}");
        }
        for locale in ["en_US.UTF-8", "de_DE", "zhx", "§§", "中文"] {
            assert_eq!(of_locale(locale), Some(Lang::En), "{locale}");
        }
    }

    #[test]
    fn an_unknown_language_names_the_two() {
        fn env(name: &str) -> Option<String> {
            (name == "DRUMBEAT_LANG").then(|| "fr".to_owned())
        }
        let error = Settings::with_environment(Flags::default(), env).err().unwrap().to_string();
        assert_eq!(
            error,
            "DRUMBEAT_LANG in the environment: unknown language `fr`: write `zh` for Chinese or `en` for English"
        );
    }

    #[test]
    fn an_empty_variable_says_nothing() {
        fn env(_: &str) -> Option<String> {
            Some(String::new())
        }
        assert_lang(None, env, "", Some(Lang::Zh), Lang::Zh);
    }

    #[test]
    fn the_flag_before_parsing_in_both_forms() {
        let args = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (line, expected) in [
            ("check --lang zh --nonsense", Lang::Zh),
            ("--lang=zh --help", Lang::Zh),
            ("check --lang", Lang::En),
            ("check --language zh", Lang::En),
            ("check -- --lang zh", Lang::En),
            ("check --lang fr", Lang::En),
        ] {
            assert_eq!(before_parsing(&args(line), nothing_set), expected, "{line}");
        }
    }
}
