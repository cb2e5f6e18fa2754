use crate::book::{Fault, SourceFile};
use crate::check::{Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "wrong-type", level: Level::Error, page: include_str!("wrong_type.md"), run: Run::File(run) };

fn run(_: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        let Fault::WrongType { span, key, wanted, got } = fault else { continue };
        found
            .at(span, format!("this is {got}"), format!("`{key}` takes {wanted}, not {got}"))
            .help(format!("write {wanted}"));
    }
}
