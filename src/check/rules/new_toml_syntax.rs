use crate::book::{Fault, SourceFile};
use crate::check::{Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "new-toml-syntax",
    level: Level::Warning,
    page: include_str!("new_toml_syntax.md"),
    run: Run::File(run),
};

fn run(_: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        let Fault::NewSyntax { span, what } = fault else { continue };
        found
            .at(span, "new in TOML 1.1", format!("only TOML 1.1 knows {what}"))
            .help("write it in the older way, so that every editor and tool can read the file");
    }
}
