use std::collections::BTreeSet;

use super::nearest;
use crate::book::Book;
use crate::check::{Found, Rule, Run};
use crate::diag::{Diag, Level};

pub(super) static RULE: Rule = Rule {
    code: "unused-allow",
    level: Level::Warning,
    page: include_str!("unused_allow.md"),
    run: Run::Book(|_, _| {}),
};

/// Takes away the warnings that a file allows, and reports the entries of `allow` that silence nothing.
///
/// Runs after every other rule, because only then it is known what there is to silence.
pub(in crate::check) fn silence(book: &Book, findings: &mut Vec<Diag>) {
    let entries =
        book.drafts.iter().flat_map(|draft| draft.allow.iter().map(|code| (&*draft.file.path, code.value.as_str())));
    let allowed: BTreeSet<(&str, &str)> = entries.collect();
    let silenced = |finding: &Diag| {
        let entry = allowed.get(&(&*finding.place.file, finding.code)).copied();
        entry.filter(|_| finding.level == Level::Warning)
    };
    let used: BTreeSet<(&str, &str)> = findings.iter().filter_map(silenced).collect();
    findings.retain(|finding| silenced(finding).is_none());
    for draft in &book.drafts {
        let mut seen = BTreeSet::new();
        for code in &draft.allow {
            if used.contains(&(&*draft.file.path, code.as_str())) && seen.insert(code.as_str()) {
                continue;
            }
            report(code, &mut Found::new(&RULE, &draft.file.path, findings));
        }
    }
}

fn report(code: &crate::book::Spanned<String>, found: &mut Found<'_>) {
    let finding =
        found.at(&code.span, "silences nothing", format!("`allow` names `{}`, which silences nothing", code.value));
    let codes = || super::ALL.iter().map(|rule| rule.code);
    match super::find(code) {
        Some(rule) if rule.level == Level::Error => finding.help("an error cannot be allowed: mend it"),
        Some(_) => finding.help("there is no such finding in this file (any more): remove the entry"),
        None => match nearest(code, codes()) {
            Some(near) => finding.help(format!("no rule has this name: did you mean `{near}`?")),
            None => finding.help("no rule has this name: `drumbeat explain` lists them all"),
        },
    };
}
