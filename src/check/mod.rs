//! Checks a book: parsed files and a media index in, findings and valid campaigns out.
//!
//! Pure: rules only depend on their arguments, the time included. A file with an error makes no campaign, so the engine
//! only gets valid ones. An error in the policy stops all campaigns, because their meaning depends on it.

mod address;
mod calendars;
mod characters;
mod compile;
mod counts;
mod customer_texts;
mod dates;
mod directory_diff;
mod directory_names;
mod entries;
mod keys;
mod media;
mod minhash;
mod overlap;
mod phrases;
mod proposals;
mod refused_words;
mod resolve;
mod rotation_check;
mod rule;
pub mod rules;
pub mod schedule_check;
mod schedule_warnings;
mod suggestions;
mod syntax;
mod text_limits;
mod variables;
mod word_aliases;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::book::{Book, ParsedCampaign, SourceFile, SpanSet};
use crate::campaign::Campaign;
use crate::finding::{Finding, Level};
use crate::ids::CampaignId;
use crate::media_index::MediaIndex;
use crate::nearest::nearest;
use crate::parallel;
use crate::post::Names;
use crate::schedule::PostingBlocks;
use crate::text::Text;

pub use calendars::calendar;
pub use customer_texts::{CustomerText, TextRole};
pub use overlap::overlap;
pub use resolve::AudienceRef;
pub use rule::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};

/// The rule whose name is nearest to an unknown one.
pub fn nearest_rule(name: &str) -> Option<&'static str> {
    nearest(name, rules::ALL.iter().map(|rule| rule.code))
}

/// Findings of one rule in one file; one more finding counts the others.
pub const MAX_FINDINGS: usize = 50;

/// The result of checking a book.
#[derive(Clone, Debug, Default)]
pub struct CheckResult {
    /// Sorted by file and by place in the file.
    pub findings: Vec<Finding>,
    /// The campaigns of files without an error, by id.
    pub campaigns: Vec<Arc<Campaign>>,
    /// The files with an error.
    pub invalid_files: Vec<InvalidFile>,
    /// The times at which the policy allows no posts.
    pub posting_blocks: PostingBlocks,
    /// The names of departments and tags, if the book has a reliable directory.
    pub names: Arc<Names>,
}

/// A file whose campaign cannot be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFile {
    pub file: Arc<str>,
    /// The id, if it could be read.
    pub id: Option<CampaignId>,
    /// The headline of the first error.
    pub reason: Text,
    /// The rule of the first error, if that is in the file itself.
    pub rule: Option<&'static str>,
}

impl CheckResult {
    /// The number of findings of a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// Runs every rule over a book. Occurrences before `now` are not checked.
pub fn check(book: &Book, media: &MediaIndex, now: DateTime<Utc>) -> CheckResult {
    let mut context = Context::new(book, media, now);
    let mut findings = check_directory(&context);
    context.use_directory(findings.iter().all(|finding| finding.level != Level::Error));
    findings.extend(check_counts(&context));
    findings.extend(check_policy(&context));
    let mut checks = Vec::with_capacity(book.campaigns.len());
    for (check, found) in parallel::map(&book.campaigns, |parsed| check_campaign(parsed, &context)) {
        checks.push(check);
        findings.extend(found);
    }
    let policy = policy_path(book);
    let of_files = findings.len();
    for rule in rules::ALL {
        if let RuleFn::Book(run) = rule.run {
            run(&checks, &context, &mut FindingSink::new(rule, &policy, &mut findings));
        }
    }
    let several = book.campaigns.iter().filter(|parsed| parsed.contents.len() > 1);
    let several: HashMap<&str, &ParsedCampaign> = several.map(|parsed| (&*parsed.file.path, parsed)).collect();
    for finding in &mut findings[of_files..] {
        if let Some(parsed) = several.get(&*finding.place.file) {
            name_content(finding, parsed);
        }
    }
    rules::unused_allow::silence(book, &mut findings);
    findings.sort_by(|a, b| (&a.place.file, a.place.start(), a.code).cmp(&(&b.place.file, b.place.start(), b.code)));
    sort_out(checks, &context, findings)
}

/// The findings of all rules that examine the directory.
fn check_directory(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(directory) = &context.book.directory else { return findings };
    for rule in rules::ALL {
        let from = findings.len();
        let mut sink = FindingSink::new(rule, &directory.file.path, &mut findings);
        match rule.run {
            RuleFn::File(run) => run(&directory.file, &directory.parse_errors, &mut sink),
            RuleFn::Directory(run) => run(directory, context, &mut sink),
            _ => {}
        }
        fold(&mut findings, from);
    }
    findings.retain(|finding| is_sure(finding, &directory.unparsed));
    findings
}

/// The findings of all rules that examine the counts of customers and the results of posts.
fn check_counts(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let customers = context.book.counts.iter().map(|it| &it.head);
    for head in customers.chain(context.book.results.iter().map(|it| &it.head)) {
        let of_file = findings.len();
        for rule in rules::ALL {
            let from = findings.len();
            let mut sink = FindingSink::new(rule, &head.file.path, &mut findings);
            match rule.run {
                RuleFn::File(run) => run(&head.file, &head.parse_errors, &mut sink),
                RuleFn::Counts(run) => run(head, context, &mut sink),
                _ => {}
            }
            fold(&mut findings, from);
        }
        let rest = findings.split_off(of_file);
        findings.extend(rest.into_iter().filter(|finding| is_sure(finding, &head.unparsed)));
    }
    findings
}

/// The findings of all rules that examine the policy, or files that belong to no campaign.
fn check_policy(context: &Context<'_>) -> Vec<Finding> {
    let policy = &context.book.policy;
    let path = policy_path(context.book);
    let mut findings = Vec::new();
    for rule in rules::ALL {
        let from = findings.len();
        let mut sink = FindingSink::new(rule, &path, &mut findings);
        match (rule.run, &policy.file) {
            (RuleFn::File(run), Some(file)) => run(file, &policy.parse_errors, &mut sink),
            (RuleFn::Audience(run), Some(_)) => {
                context.resolver.audiences().for_each(|audience| run(&audience, context, &mut sink));
            }
            (RuleFn::Policy(run), _) => run(context, &mut sink),
            _ => {}
        }
        fold(&mut findings, from);
    }
    findings.retain(|finding| is_sure(finding, &policy.unparsed));
    findings
}

/// The findings of all rules that examine one campaign file, and the campaign if none of them is an error.
fn check_campaign<'a>(parsed: &'a ParsedCampaign, context: &Context<'a>) -> (CampaignCheck<'a>, Vec<Finding>) {
    let mut check = CampaignCheck::new(parsed, context);
    let mut findings = Vec::new();
    for rule in rules::ALL {
        let from = findings.len();
        let mut sink = FindingSink::new(rule, &parsed.file.path, &mut findings);
        match rule.run {
            RuleFn::File(run) => run(&parsed.file, &parsed.parse_errors, &mut sink),
            RuleFn::Campaign(run) => run(&check, context, &mut sink),
            RuleFn::Audience(run) => check.audience().iter().for_each(|audience| run(audience, context, &mut sink)),
            RuleFn::Directory(_) | RuleFn::Counts(_) | RuleFn::Policy(_) | RuleFn::Book(_) | RuleFn::Last => {}
        }
        keep_first_of_equal(&mut findings, from);
        findings[from..].iter_mut().for_each(|finding| name_content(finding, parsed));
        fold(&mut findings, from);
    }
    findings.retain(|finding| is_sure(finding, &parsed.unparsed));
    if !findings.iter().any(blocks_campaign) {
        check.campaign = compile::campaign(&check, context).map(Arc::new);
    }
    (check, findings)
}

/// Names the content that a finding is about, where its file has several.
fn name_content(finding: &mut Finding, parsed: &ParsedCampaign) {
    let Some(number) = finding.place.span.as_ref().and_then(|span| parsed.content_at(span.start)) else { return };
    let message = std::mem::take(&mut finding.message);
    finding.message = text!(en: "content {number}: {message}", zh: "第 {number} 条内容：{message}", message = message);
}

/// Whether a finding makes its campaign invalid. An error about a closed time only holds the posts at that time, which
/// the engine does: an edit of the policy must not stop other posts.
fn blocks_campaign(finding: &Finding) -> bool {
    finding.level == Level::Error && rule_of(finding).blocks == Blocks::Campaign
}

/// Whether a finding is reliable: inside a part that could not be parsed, findings are guesses.
fn is_sure(finding: &Finding, unparsed: &SpanSet) -> bool {
    rule_of(finding).concerns == Subject::Syntax || !unparsed.contains(finding.place.start())
}

/// The rule that made a finding.
fn rule_of(finding: &Finding) -> &'static Rule {
    rules::find(finding.code).expect("each finding has the code of its rule")
}

/// Removes the findings of a rule that say the same of the same place: a text with a date is checked once for each date.
fn keep_first_of_equal(findings: &mut Vec<Finding>, from: usize) {
    if findings.len() < from + 2 {
        return;
    }
    let mut seen: HashSet<(Option<Range<usize>>, Text)> = HashSet::new();
    let mut at = 0;
    findings.retain(|finding| {
        at += 1;
        at <= from || seen.insert((finding.place.span.clone(), finding.message.clone()))
    });
}

/// Replaces the findings of a rule past [`MAX_FINDINGS`] by one that counts them.
fn fold(findings: &mut Vec<Finding>, from: usize) {
    let count = findings.len() - from;
    if count > MAX_FINDINGS {
        let mut last = findings[from + MAX_FINDINGS].clone();
        let more = count - MAX_FINDINGS;
        last.message =
            text!(en: "{more} more findings of this kind in this file", zh: "此文件中还有 {more} 个同类问题");
        last.place.words = text!(en: "the first of them", zh: "其中第一个");
        last.related.clear();
        last.help = Some(text!(en: "correct those above first", zh: "请先改正上面的问题"));
        last.suggestion = None;
        findings.truncate(from + MAX_FINDINGS);
        findings.push(last);
    }
}

fn policy_path(book: &Book) -> Arc<str> {
    book.policy.file.as_deref().map_or_else(|| Arc::from("policy.toml"), |file: &SourceFile| Arc::clone(&file.path))
}

/// Splits the files into valid campaigns and invalid files.
fn sort_out(checks: Vec<CampaignCheck<'_>>, context: &Context<'_>, findings: Vec<Finding>) -> CheckResult {
    let mut first_errors: HashMap<&str, &Finding> = HashMap::new();
    for error in findings.iter().filter(|finding| blocks_campaign(finding)) {
        first_errors.entry(&error.place.file).or_insert(error);
    }
    // Each campaign depends on the policy and its calendar. An entry of a named audience only affects the campaigns
    // that use it.
    let policy = policy_path(context.book);
    let is_of_policy = |it: &&Finding| blocks_campaign(it) && it.place.file == policy;
    let (of_entries, of_all): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().filter(is_of_policy).partition(|error| rule_of(error).concerns == Subject::AudienceEntry);
    let calendar = context.calendar.file.and_then(|file| first_errors.get(&*file.path).copied());
    let shared_error = of_all.first().copied().or(calendar);
    let directory = context.book.directory.as_ref().and_then(|it| first_errors.get(&*it.file.path).copied());
    let in_words = |error: &Finding| {
        let file = &error.place.file;
        text!(en: "`{file}` has an error: {message}", zh: "`{file}` 有错误：{message}", message = error.message)
    };
    let (mut campaigns, mut invalid_files) = (Vec::new(), Vec::new());
    for check in checks {
        let file = &check.parsed.file.path;
        let first_error = first_errors.get(&**file);
        let rule = first_error.map(|error| error.code);
        let reason = match (first_error, shared_error, check.campaign) {
            (None, None, Some(campaign)) => {
                campaigns.push(campaign);
                continue;
            }
            (Some(error), _, _) => error.message.clone(),
            (None, Some(error), _) => in_words(error),
            (None, None, None) => match context.resolver.unresolved(check.parsed, &of_entries).or(directory) {
                Some(error) => in_words(error),
                None => text!(en: "its parts do not make a post", zh: "各部分合不成一条朋友圈"),
            },
        };
        let id = check.parsed.id.as_ref().and_then(|id| id.parse().ok());
        invalid_files.push(InvalidFile { file: Arc::clone(file), id, reason, rule });
    }
    campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    CheckResult {
        findings,
        campaigns,
        invalid_files,
        posting_blocks: context.posting_blocks.clone(),
        names: Arc::clone(&context.shown_names),
    }
}
