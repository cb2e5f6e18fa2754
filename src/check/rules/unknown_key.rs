use crate::book::{Fault, SourceFile};
use crate::check::words::{nearest, short};
use crate::check::{Found, MOST, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "unknown-key", level: Level::Error, page: include_str!("unknown_key.md"), run: Run::File(run) };

fn run(_: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    let unknown = faults.iter().filter_map(|fault| match fault {
        Fault::UnknownKey { span, key, table, known } => Some((span, key, table, known)),
        _ => None,
    });
    for (n, (span, key, table, known)) in unknown.enumerate() {
        let place = if table.is_empty() { "at the top of the file".to_owned() } else { format!("in `{table}`") };
        let finding = found.at(span, "nothing reads this", format!("unknown key `{}` {place}", short(key)));
        // Those past the limit are told as one.
        let near = if n < MOST { nearest(key, known.iter().copied()) } else { None };
        match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("the keys here are {}", known.join(", "))),
        };
    }
}
