use crate::book::{Fault, SourceFile};
use crate::check::words::{nearest, short};
use crate::check::{Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "unknown-key", level: Level::Error, page: include_str!("unknown_key.md"), run: Run::File(run) };

fn run(_: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        let Fault::UnknownKey { span, key, table, known } = fault else { continue };
        let place = if table.is_empty() { "at the top of the file".to_owned() } else { format!("in `{table}`") };
        let finding = found.at(span, "nothing reads this", format!("unknown key `{}` {place}", short(key)));
        match nearest(key, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("the keys here are {}", known.join(", "))),
        };
    }
}
