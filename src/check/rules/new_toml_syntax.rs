use crate::book::{Fault, SourceFile};
use crate::check::{FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "new-toml-syntax",
    level: Level::Warning,
    page: include_str!("new_toml_syntax.md"),
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
