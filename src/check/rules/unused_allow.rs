use std::collections::{HashMap, HashSet};

use super::unknown_id;
use crate::book::{Book, ParsedCampaign, Spanned};
use crate::check::characters::short;
use crate::check::{Blocks, FindingSink, MAX_FINDINGS, Rule, RuleFn, Subject};
use crate::finding::{Finding, Level};
use crate::invocation::command;
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
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unused_allow.md"), zh: include_str!("unused_allow.zh.md") },
    run: RuleFn::Last,
};

/// Removes the warnings that a file allows, and reports the entries of `allow` that suppress nothing.
///
/// Runs after every other rule, when all warnings are known.
pub(in crate::check) fn silence(book: &Book, findings: &mut Vec<Finding>) {
    let by_path: HashMap<&str, &ParsedCampaign> =
        book.campaigns.iter().map(|parsed| (&*parsed.file.path, parsed)).collect();
    let allowed = |finding: &Finding| {
        let parsed = by_path.get(&*finding.place.file);
        finding.level == Level::Warning && parsed.is_some_and(|parsed| parsed.allows(finding.code))
    };
    let (silenced, kept): (Vec<Finding>, Vec<Finding>) = std::mem::take(findings).into_iter().partition(allowed);
    *findings = kept;
    let used: HashSet<(&str, &str)> = silenced.iter().map(|finding| (&*finding.place.file, finding.code)).collect();
    // Without a valid directory, unknown ids look like known ones.
    let directory = book.directory.as_ref().map(|directory| &directory.file.path);
    let is_broken = |it: &Finding| it.level == Level::Error && Some(&it.place.file) == directory;
    let is_open = findings.iter().any(is_broken);
    // An entry may suppress a warning in a part that could not be read.
    for parsed in book.campaigns.iter().filter(|parsed| parsed.unparsed.is_empty()) {
        let mut seen = HashSet::new();
        let mut idle: Vec<&Spanned<String>> = Vec::new();
        for code in parsed.allow.iter().filter(|code| !is_open || code.value != unknown_id::RULE.code) {
            if !used.contains(&(&*parsed.file.path, code.as_str())) || !seen.insert(code.as_str()) {
                idle.push(code);
            }
        }
        let mut sink = FindingSink::new(&RULE, &parsed.file.path, findings);
        idle.iter().take(MAX_FINDINGS).for_each(|code| report(code, &mut sink));
        if let Some(next) = idle.get(MAX_FINDINGS) {
            let more = idle.len() - MAX_FINDINGS;
            let message = text!(
                en: "{more} more entries of `allow` suppress nothing",
                zh: "`allow` 里还有 {more} 项没有用处"
            );
            sink.at(&next.span, text!(en: "the first of them", zh: "其中第一项"), message)
                .help(text!(en: "remove them", zh: "请把它们删掉"));
        }
    }
}

fn report(code: &Spanned<String>, sink: &mut FindingSink<'_>) {
    let finding = sink.at(
        &code.span,
        text!(en: "suppresses nothing", zh: "没有用处"),
        text!(
            en: "`allow` has `{code}`, which suppresses nothing",
            zh: "`allow` 里的 `{code}` 没有用处",
            code = short(&code.value)
        ),
    );
    let codes = || super::ALL.iter().map(|rule| rule.code);
    match super::find(code) {
        Some(rule) if rule.level == Level::Error => finding.help(text!(
            en: "errors cannot be suppressed: correct the error, and remove this entry",
            zh: "错误不能忽略；请改正那个错误，再删掉这一项"
        )),
        Some(_) => finding.help(text!(
            en: "this file has no such warning any more: remove the entry",
            zh: "这个文件里已经没有这个警告了，请删掉这一项"
        )),
        None => match nearest(code, codes()) {
            Some(near) => finding
                .help(text!(
                    en: "there is no such rule: did you mean `{near}`?",
                    zh: "没有这条规则；是不是想写 `{near}`？"
                ))
                .replace(&code.span, format!("\"{near}\"")),
            None => finding.help(text!(
                en: "there is no such rule: `{explain}` lists them all",
                zh: "没有这条规则；运行 `{explain}` 可以看到所有规则", explain = command("explain"))),
        },
    };
}
