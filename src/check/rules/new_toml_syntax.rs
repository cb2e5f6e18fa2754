use crate::book::{NewSyntax, ParseError, SourceFile};
use crate::check::{Blocks, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "new-toml-syntax",
    level: Level::Warning,
    summary: StaticText {
        en: r"Syntax of TOML 1.1: a `{ }` over several lines or with a last comma, a time without seconds, or the escapes `\e` and `\x`.",
        zh: r"用了 TOML 1.1 才有的写法：`{ }` 分了几行或最后多了逗号，时间没写秒，或者用了 `\e`、`\x`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::File,
    pages: StaticText { en: include_str!("new_toml_syntax.md"), zh: include_str!("new_toml_syntax.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    for error in parse_errors {
        let ParseError::NewSyntax { span, what } = error else { continue };
        // A value of the wrong type is reported once, by another rule.
        if parse_errors.iter().any(|other| matches!(other, ParseError::WrongType { span: place, .. } if place == span))
        {
            continue;
        }
        let finding = findings.at(
            span,
            text!(en: "new in TOML 1.1", zh: "TOML 1.1 的新写法"),
            text!(en: "only TOML 1.1 allows {what}", zh: "只有 TOML 1.1 才支持{what}", what = words(*what)),
        );
        let written = file.text().get(span.clone()).unwrap_or_default();
        if *what == NewSyntax::TimeWithoutSeconds
            && written.ends_with(|c: char| c.is_ascii_digit())
            && !written.contains('+')
        {
            let whole = format!("{written}:00");
            finding.help(text!(
                en: "write `{whole}`, so that every editor and tool can read the file",
                zh: "请写 `{whole}`，这样各种编辑器和工具都能读"
            ));
            finding.replace(span, whole);
        } else {
            finding.help(text!(
                en: "write it as in TOML 1.0, so that every editor and tool can read the file",
                zh: "请改用 TOML 1.0 的写法，这样各种编辑器和工具都能读"
            ));
        }
    }
}

fn words(what: NewSyntax) -> Text {
    match what {
        NewSyntax::Escape => text!(en: "the escapes `\\e` and `\\x`", zh: " `\\e` 和 `\\x`"),
        NewSyntax::TimeWithoutSeconds => text!(en: "a time without seconds", zh: "不带秒的时间"),
        NewSyntax::LooseTable => text!(
            en: "a `{{ }}` over several lines, or with a comma at its end",
            zh: " `{{ }}` 跨行书写，或者末尾带逗号"
        ),
    }
}
