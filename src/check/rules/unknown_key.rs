use super::nearest;
use crate::book::{Draft, Fault};
use crate::check::{Context, Found, Rule, Run};
use crate::diag::Level;

pub(super) static RULE: Rule =
    Rule { code: "unknown-key", level: Level::Error, page: include_str!("unknown_key.md"), run: Run::Draft(run) };

fn run(draft: &Draft, _: &Context<'_>, found: &mut Found<'_>) {
    for fault in &draft.faults {
        let Fault::UnknownKey { span, key, table, known } = fault else { continue };
        let place = if table.is_empty() { "the top of the file".to_owned() } else { format!("`{table}`") };
        let finding = found.at(span, "nothing reads this", format!("unknown key `{key}` in {place}"));
        match nearest(key, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("the keys here are {}", known.join(", "))),
        };
    }
}
