use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::check::minhash::MinHash;
use crate::check::overlap::{Key, keys, overlap};
use crate::check::{Blocks, CampaignCheck, Concern, Context, CustomerText, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;
use crate::post::Audience;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "same-text",
    level: Level::Warning,
    summary: StaticText {
        en: "The same or nearly the same text in two campaigns that reach the same people within `limits.same_text_days` of the policy.",
        zh: "两个活动在 `limits.same_text_days` 规定的天数内，给同样的人发了相同或几乎相同的文字。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Book,
    pages: StaticText { en: include_str!("same_text.md"), zh: include_str!("same_text.zh.md") },
    run: Run::Book(run),
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

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(days) = &context.book.policy.limits.same_text_days else { return };
    let window = TimeDelta::try_days(days.value).unwrap_or(TimeDelta::MAX);
    let posts: Vec<HashedPost<'_>> = checks.iter().flat_map(hashed).collect();
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
                if !reported && let Some(other) = others.rev().find(|other| post.repeats(other, window)) {
                    report(post, other, days.value, findings);
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
    fn repeats(&self, other: &Self, window: TimeDelta) -> bool {
        self.hash.is_like(&other.hash) && overlap(self.audience, other.audience) && self.is_near(other, window)
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
