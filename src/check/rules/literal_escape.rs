use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "literal-escape",
    level: Level::Warning,
    summary: StaticText {
        en: r"A backslash and a letter, such as `\n`, that customers would see as they are.",
        zh: r"文字里有 `\n` 这样的反斜杠加字母，客户会原样看到。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("literal_escape.md"), zh: include_str!("literal_escape.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::all(check) {
        let places = text.match_indices('\\').filter(|(at, _)| is_escape(&text[at + 1..]));
        for (at, _) in places.take(customer_texts::MAX_PLACES) {
            let part = at..at + 2;
            let shown = &text[part.clone()];
            let place = check.source_of(text, &part);
            let source = check.parsed.file.text();
            let finding = findings.in_text(
                check,
                text,
                &part,
                text!(en: "customers would read this", zh: "客户会看到这两个字符"),
                text!(en: "`{shown}` would be sent as it is written", zh: "`{shown}` 会原样发出去"),
            );
            finding.help(text!(
                en: "put the text in double quotes, or break the line between `\"\"\"` and `\"\"\"`",
                zh: "请用双引号括起文字，或者在 `\"\"\"` 之间直接换行"
            ));
            if !text.is_as_written(&part) {
                continue;
            }
            if source[place.clone()].starts_with("\\\\") {
                finding.help(text!(en: "write `{shown}` with one backslash", zh: "请只写一个反斜杠：`{shown}`"));
                finding.replace(&place, shown);
            } else if let Some(quoted) = in_double_quotes(&source[text.written.span.clone()]) {
                finding.replace(&text.written.span, quoted);
            }
        }
    }
}

/// A literal in single quotes, rewritten in double quotes, if all its backslashes are such escapes.
fn in_double_quotes(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let is_fine = !inner.contains(['"', '\'']) && inner.match_indices('\\').all(|(at, _)| is_escape(&inner[at + 1..]));
    is_fine.then(|| format!("\"{inner}\""))
}

/// Whether an escape for a line end or tab follows a backslash, as opposed to a word or path.
fn is_escape(rest: &str) -> bool {
    let mut letters = rest.chars();
    matches!(letters.next(), Some('n' | 'r' | 't')) && !letters.next().is_some_and(|c| c.is_ascii_lowercase())
}
