use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::book::Directory;
use crate::check::minhash::MinHash;
use crate::check::overlap::{Key, keys, overlap};
use crate::check::{Blocks, CampaignCheck, Context, CustomerText, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::{Level, Place};
use crate::ids::CampaignId;
use crate::post::{Audience, Post};
use crate::text::{StaticText, Text, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "same-text",
    level: Level::Warning,
    summary: StaticText {
        en: "The same post in two campaigns that reach the same people on one day; with `limits.same_text_days` of the policy, also nearly the same text within that many days.",
        zh: "两个活动同一天给同样的人发一样的内容；公共设置写了 `limits.same_text_days` 时，也包括这些天内几乎一样的文字。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("same_text.md"), zh: include_str!("same_text.zh.md") },
    run: RuleFn::Book(run),
};

/// Posts compared per band, so that the work is not quadratic in equal texts.
const MAX_COMPARED: usize = 4;

/// A post with the hash of its text.
struct HashedPost<'a> {
    check: &'a CampaignCheck<'a>,
    text: &'a CustomerText<'a>,
    audience: &'a Audience,
    hash: MinHash,
    /// When it is posted in the days to come, ascending.
    times: Vec<DateTime<Utc>>,
}

/// A post on one day.
struct DayPost<'a> {
    check: &'a CampaignCheck<'a>,
    /// The index of the content in its file.
    content: usize,
    post: Arc<Post>,
}

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let directory = context.book.directory.as_deref();
    let reported = report_equal_posts(checks, directory, findings);
    let Some(days) = &context.book.policy.limits.same_text_days else { return };
    let window = TimeDelta::try_days(days.value).unwrap_or(TimeDelta::MAX);
    let others = checks.iter().filter(|check| !reported.contains(&check.parsed.file.path));
    let posts: Vec<HashedPost<'_>> = others.flat_map(hashed).collect();
    // Posts are compared if they share a band of their texts and an entry of their audiences. A post to everyone is
    // compared with all others.
    let mut candidates: HashMap<(u64, Option<Key<'_>>), Vec<usize>> = HashMap::new();
    for (n, post) in posts.iter().enumerate() {
        let mut reported = false;
        for band in post.hash.bands() {
            for place in keys(post.audience).into_iter().map(Some).chain([None]) {
                let asked = match place {
                    Some(Key::All) => continue,
                    // A list is compared with posts to everyone, and a post to everyone with all posts.
                    None if *post.audience == Audience::Everyone => None,
                    None => Some(Key::All),
                    key => key,
                };
                let others = candidates.get(&(band, asked)).into_iter().flatten().map(|m| &posts[*m]);
                if !reported && let Some(other) = others.rev().find(|other| post.repeats(other, window, directory)) {
                    let (at, there) =
                        if is_allowed_by_other(post.check, other.check) { (other, post) } else { (post, other) };
                    report(at, there, days.value, findings);
                    reported = true;
                }
            }
            for key in keys(post.audience).into_iter().map(Some).chain([None]) {
                let latest = candidates.entry((band, key)).or_default();
                latest.push(n);
                if latest.len() > MAX_COMPARED {
                    latest.remove(0);
                }
            }
        }
    }
}

/// Reports each campaign whose post another one makes too, on the same day and for the same people. Returns their files.
fn report_equal_posts(
    checks: &[CampaignCheck<'_>],
    directory: Option<&Directory>,
    findings: &mut FindingSink<'_>,
) -> HashSet<Arc<str>> {
    let mut reported = HashSet::new();
    let mut of_day: HashMap<(NaiveDate, u64), Vec<DayPost<'_>>> = HashMap::new();
    for check in checks {
        let (Some(campaign), Some(schedule)) = (&check.campaign, &check.schedule.schedule) else { continue };
        for occurrence in &check.upcoming {
            let date = occurrence.due_local(schedule.zone()).date();
            let chosen = campaign.content_in(schedule, occurrence);
            let content = usize::try_from(chosen.number).unwrap_or(1).saturating_sub(1);
            let post = DayPost { check, content, post: chosen.post };
            let earlier = of_day.entry((date, post.seen_hash())).or_default();
            if let Some(other) = earlier.iter().find(|other| post.is_equal(other, directory)) {
                let (at, there) = if is_allowed_by_other(check, other.check) { (other, &post) } else { (&post, other) };
                if reported.insert(Arc::clone(&at.check.parsed.file.path)) {
                    report_equal(at, there, date, findings);
                }
            }
            if earlier.len() < MAX_COMPARED {
                earlier.push(post);
            }
        }
    }
    reported
}

/// Whether of two files only the other one allows this warning, which is then reported there: either may allow it.
fn is_allowed_by_other(check: &CampaignCheck<'_>, other: &CampaignCheck<'_>) -> bool {
    other.parsed.allows(RULE.code) && !check.parsed.allows(RULE.code)
}

impl DayPost<'_> {
    /// A hash of what customers see.
    fn seen_hash(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        self.post.seen().hash(&mut hash);
        hash.finish()
    }

    /// Whether both show the same to some of the same people. One id in two files is `duplicate-id`.
    fn is_equal(&self, other: &Self, directory: Option<&Directory>) -> bool {
        self.id() != other.id()
            && self.post.seen() == other.post.seen()
            && overlap(&self.post.audience, &other.post.audience, directory)
    }

    fn id(&self) -> Option<&CampaignId> {
        self.check.campaign.as_ref().map(|campaign| &campaign.id)
    }

    fn place(&self, words: Text) -> Place {
        self.check.place(&self.check.parsed.contents[self.content].span, words)
    }
}

fn report_equal(post: &DayPost<'_>, other: &DayPost<'_>, date: NaiveDate, findings: &mut FindingSink<'_>) {
    let id = other.id().map(ToString::to_string).unwrap_or_default();
    findings
        .place(
            post.place(text!(en: "this content", zh: "这条内容")),
            text!(
                en: "`{id}` posts the same to the same people on {date} too",
                zh: "{date}，活动 `{id}` 也会给同样的人发一样的内容",
                date = when::date(date)
            ),
        )
        .related(other.place(text!(en: "and this one", zh: "和这一条一样")))
        .help(text!(
            en: "remove one of them, move it to another day, or write `allow = [\"same-text\"]` in this file",
            zh: "请删掉其中一个，或者错开日期；如果确实要发两次，请在文件里写 `allow = [\"same-text\"]`"
        ));
}

/// The contents of a campaign that are posted in the days to come.
fn hashed<'a>(check: &'a CampaignCheck<'a>) -> Vec<HashedPost<'a>> {
    let Some(campaign) = check.campaign.as_ref().filter(|_| !check.upcoming.is_empty()) else { return Vec::new() };
    let mut times: HashMap<usize, Vec<DateTime<Utc>>> = HashMap::new();
    for (occurrence, number) in check.upcoming.iter().zip(check.upcoming_contents()) {
        times.entry(number).or_default().push(occurrence.at);
    }
    let audience = campaign.contents.audience();
    let hashed = customer_texts::posts(check).filter_map(|text| {
        Some(HashedPost {
            check,
            text,
            audience,
            times: times.remove(&text.content)?,
            hash: MinHash::of(&text.sent())?,
        })
    });
    hashed.collect()
}

impl HashedPost<'_> {
    fn repeats(&self, other: &Self, window: TimeDelta, directory: Option<&Directory>) -> bool {
        self.hash.is_similar(&other.hash)
            && overlap(self.audience, other.audience, directory)
            && self.is_near(other, window)
    }

    /// Whether two occurrences are at most `window` apart.
    fn is_near(&self, other: &Self, window: TimeDelta) -> bool {
        let (mut one, mut two) = (self.times.iter().peekable(), other.times.iter().peekable());
        while let (Some(a), Some(b)) = (one.peek(), two.peek()) {
            if (**a - **b).abs() <= window {
                return true;
            }
            if a < b {
                one.next()
            } else {
                two.next()
            };
        }
        false
    }
}

fn report(post: &HashedPost<'_>, other: &HashedPost<'_>, days: i64, findings: &mut FindingSink<'_>) {
    let (here, there) = (&post.text.written.span, &other.text.written.span);
    findings
        .place(
            post.check.place(here, text!(en: "this text", zh: "这段文字")),
            text!(
                en: "nearly the same text goes to the same people within {days} days",
                zh: "{days} 天内会给同样的人发几乎一样的文字"
            ),
        )
        .related(other.check.place(there, text!(en: "and this one", zh: "和这一段很像")))
        .help(text!(
            en: "change one of them, move it to a later day, or write `allow = [\"same-text\"]` in this file",
            zh: "请改写其中一段，或者错开日期；如果确实要这样发，请在文件里写 `allow = [\"same-text\"]`"
        ));
}
