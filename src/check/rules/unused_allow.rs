use std::collections::{HashMap, HashSet};

use super::unknown_id;
use crate::book::{Book, ParsedCampaign, Spanned};
use crate::check::{Blocks, Concern, FindingSink, MAX_FINDINGS, Rule, Run};
use crate::diag::{Diag, Level};
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unused-allow",
    level: Level::Warning,
    summary: StaticText {
        en: "An entry of `allow` without effect.",
        zh: "`allow` 里有一项不起作用：要放行的警告已经没有了，它其实是错误，或者没有叫这个名字的规则。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("unused_allow.md"), zh: include_str!("unused_allow.zh.md") },
    run: Run::Last,
};

/// Takes away the warnings that a file allows, and reports the entries of `allow` that silence nothing.
///
/// Runs after every other rule, because only then it is known what there is to silence.
pub(in crate::check) fn silence(book: &Book, findings: &mut Vec<Diag>) {
    let drafts: HashMap<&str, &ParsedCampaign> =
        book.campaigns.iter().map(|draft| (&*draft.file.path, draft)).collect();
    let allowed = |finding: &Diag| {
        let draft = drafts.get(&*finding.place.file);
        finding.level == Level::Warning
            && draft.is_some_and(|draft| draft.allow.iter().any(|it| it.value == finding.code))
    };
    let (silenced, kept): (Vec<Diag>, Vec<Diag>) = std::mem::take(findings).into_iter().partition(allowed);
    *findings = kept;
    let used: HashSet<(&str, &str)> = silenced.iter().map(|finding| (&*finding.place.file, finding.code)).collect();
    // While the directory cannot be relied on, nobody knows which ids it does not have.
    let directory = book.directory.as_ref().map(|directory| &directory.file.path);
    let is_broken = |it: &Diag| it.level == Level::Error && Some(&it.place.file) == directory;
    let is_open = findings.iter().any(is_broken);
    // Where a part of a file was not read, that part may be what an entry is for.
    for draft in book.campaigns.iter().filter(|draft| draft.broken.is_empty()) {
        let mut seen = HashSet::new();
        let mut idle: Vec<&Spanned<String>> = Vec::new();
        for code in draft.allow.iter().filter(|code| !is_open || code.value != unknown_id::RULE.code) {
            if !used.contains(&(&*draft.file.path, code.as_str())) || !seen.insert(code.as_str()) {
                idle.push(code);
            }
        }
        let mut found = FindingSink::new(&RULE, &draft.file.path, findings);
        idle.iter().take(MAX_FINDINGS).for_each(|code| report(code, &mut found));
        if let Some(next) = idle.get(MAX_FINDINGS) {
            let message = format!("{} more entries of `allow` silence nothing", idle.len() - MAX_FINDINGS);
            found.at(&next.span, "the first of them", message).help("take them out");
        }
    }
}

fn report(code: &Spanned<String>, found: &mut FindingSink<'_>) {
    let finding =
        found.at(&code.span, "silences nothing", format!("`allow` names `{}`, which silences nothing", code.value));
    let codes = || super::ALL.iter().map(|rule| rule.code);
    match super::find(code) {
        Some(rule) if rule.level == Level::Error => finding.help("errors cannot be suppressed: correct it"),
        Some(_) => finding.help("there is no such finding in this file (any more): remove the entry"),
        None => match nearest(code, codes()) {
            Some(near) => finding
                .help(format!("no rule has this name: did you mean `{near}`?"))
                .replace(&code.span, format!("\"{near}\"")),
            None => finding.help("no rule has this name: `drumbeat explain` lists them all"),
        },
    };
}
