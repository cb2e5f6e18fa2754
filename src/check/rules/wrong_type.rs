use crate::book::{Fault, SourceFile};
use crate::check::{Found, Rule, Run, dates};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "wrong-type", level: Level::Error, page: include_str!("wrong_type.md"), run: Run::File(run) };

fn run(file: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        let Fault::WrongType { span, key, wanted, got } = fault else { continue };
        if wanted.contains("date") && *got == "a text" {
            let written = file.text().get(span.clone()).unwrap_or_default().trim_matches(['"', '\'']);
            if let Some(meant) = dates::meant_for(key, written) {
                found
                    .at(span, "a date in another form", format!("`{key}` takes {wanted}"))
                    .help(format!("write {meant}, without quotes"));
                continue;
            }
        }
        found
            .at(span, format!("this is {got}"), format!("`{key}` takes {wanted}, not {got}"))
            .help(format!("write {wanted}"));
    }
}
