use crate::book::{self, ParseError, SourceFile, Unclosed};
use crate::check::{Blocks, FindingSink, Rule, RuleFn, Subject, syntax};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-syntax",
    level: Level::Error,
    summary: StaticText {
        en: "A place in a campaign file or in `policy.toml` that is not valid TOML.",
        zh: "活动文件或公共设置（`policy.toml`）里有一处不符合 TOML 的写法。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Syntax,
    pages: StaticText { en: include_str!("bad_syntax.md"), zh: include_str!("bad_syntax.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    let is_syntax = |error: &ParseError| matches!(error, ParseError::Syntax { .. });
    // Inside a text, commas and quotes belong to the text.
    let texts = if parse_errors.iter().any(is_syntax) { book::long_texts(file.text()) } else { Vec::new() };
    let in_text = |at: usize| {
        let after = texts.partition_point(|text| text.start < at);
        after > 0 && at < texts[after - 1].end
    };
    if parse_errors.iter().any(is_syntax) && syntax::old_line_ends(file, findings) {
        return;
    }
    // The lines of a text in single quotes are not TOML statements.
    let mut reported_until = 0;
    for error in parse_errors {
        match error {
            ParseError::Syntax { span, .. } if span.start < reported_until => {}
            ParseError::Unclosed { span, what: Unclosed::List } => {
                findings
                    .at(
                        span,
                        text!(en: "the list begins here", zh: "列表从这里开始"),
                        text!(en: "a list is not closed", zh: "列表没有结尾的 `]`"),
                    )
                    .help(text!(
                        en: "put `]` after its last entry; everything up to the next key was not read",
                        zh: "请在最后一项后面加上 `]`；到下一个键为止的内容都没有读到"
                    ));
            }
            ParseError::Unclosed { span, what: Unclosed::Text } => {
                findings
                    .at(
                        span,
                        text!(en: "the text begins here", zh: "文字从这里开始"),
                        text!(en: "a text over several lines is not closed", zh: "多行文字没有结尾的三个引号"),
                    )
                    .help(text!(
                        en: "end it with the same three quotes; everything up to the next `[head]` was not read",
                        zh: "请在末尾加上同样的三个引号；到下一个 `[…]` 为止的内容都没有读到"
                    ));
            }
            ParseError::Syntax { span, message } => {
                let source = file.text();
                if !in_text(span.start)
                    && (message.starts_with("invalid basic string") || message.starts_with("invalid literal string"))
                    && let Some(end) = syntax::over_lines(source, span, findings)
                {
                    reported_until = end;
                    continue;
                }
                syntax::report(source, span, message, in_text(span.start), findings);
            }
            _ => {}
        }
    }
}
