use crate::book::{Fault, SourceFile};
use crate::check::{Blocks, Concern, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "new-toml-syntax",
    level: Level::Warning,
    summary: StaticText {
        en: r"Syntax of TOML 1.1: a `{ }` over several lines or with a last comma, a time without seconds, or the escapes `\e` and `\x`.",
        zh: r"用了 TOML 1.1 才有的写法：`{ }` 分了几行或最后多了逗号，时间没写秒，或者用了 `\e`、`\x`。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::File,
    pages: StaticText { en: include_str!("new_toml_syntax.md"), zh: include_str!("new_toml_syntax.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    for fault in faults {
        let Fault::NewSyntax { span, what } = fault else { continue };
        // What is of another type altogether is told once.
        if faults.iter().any(|other| matches!(other, Fault::WrongType { span: place, .. } if place == span)) {
            continue;
        }
        let finding = found.at(span, "new in TOML 1.1", format!("only TOML 1.1 knows {what}"));
        let written = file.text().get(span.clone()).unwrap_or_default();
        if what.contains("seconds") && written.ends_with(|c: char| c.is_ascii_digit()) && !written.contains('+') {
            let whole = format!("{written}:00");
            finding.help(format!("write {whole}, so that every editor and tool can read the file"));
            finding.replace(span, whole);
        } else {
            finding.help("write it in the older way, so that every editor and tool can read the file");
        }
    }
}
