use std::collections::HashMap;

use chrono::TimeDelta;

use crate::check::minhash::MinHash;
use crate::check::overlap::{Key, keys, overlap};
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run};
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

/// Most posts that one is compared with in each band: the work must not grow with the square of equal texts.
const MOST: usize = 4;

/// One post with its text drawn.
struct Drawn<'a> {
    case: &'a CampaignCheck<'a>,
    audience: &'a Audience,
    sketch: MinHash,
}

fn run(cases: &[CampaignCheck<'_>], context: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(days) = &context.book.policy.limits.same_text_days else { return };
    let window = TimeDelta::try_days(days.value).unwrap_or(TimeDelta::MAX);
    let drawn: Vec<Drawn<'_>> = cases.iter().filter_map(draw).collect();
    // Where posts meet: a band of their texts, and somebody whom both name. What names everyone meets all others.
    let mut meetings: HashMap<(u64, Option<Key<'_>>), Vec<usize>> = HashMap::new();
    for (n, post) in drawn.iter().enumerate() {
        let mut told = false;
        for band in post.sketch.bands() {
            for place in keys(post.audience).into_iter().map(Some).chain([None]) {
                let asked = match place {
                    Some(Key::All) => continue,
                    // Whoever comes here asks those who go to everyone, or all if it goes to everyone itself.
                    None if *post.audience == Audience::Everyone => None,
                    None => Some(Key::All),
                    key => key,
                };
                let met = meetings.get(&(band, asked)).into_iter().flatten().map(|m| &drawn[*m]);
                if !told && let Some(other) = met.rev().find(|other| post.repeats(other, window)) {
                    tell(post, other, days.value, found);
                    told = true;
                }
            }
            for key in keys(post.audience).into_iter().map(Some).chain([None]) {
                let here = meetings.entry((band, key)).or_default();
                here.push(n);
                if here.len() > MOST {
                    here.remove(0);
                }
            }
        }
    }
}

fn draw<'a>(case: &'a CampaignCheck<'a>) -> Option<Drawn<'a>> {
    let campaign = case.campaign.as_ref()?;
    if case.upcoming.is_empty() {
        return None;
    }
    Some(Drawn { case, audience: &campaign.post.audience, sketch: MinHash::of(case.text.as_ref()?)? })
}

impl Drawn<'_> {
    fn repeats(&self, other: &Self, window: TimeDelta) -> bool {
        self.sketch.is_like(&other.sketch) && overlap(self.audience, other.audience) && self.is_near(other, window)
    }

    /// Whether two occurrences lie no further apart than `window`.
    fn is_near(&self, other: &Self, window: TimeDelta) -> bool {
        let (mut one, mut two) = (self.case.upcoming.iter().peekable(), other.case.upcoming.iter().peekable());
        while let (Some(a), Some(b)) = (one.peek(), two.peek()) {
            if (a.at - b.at).abs() <= window {
                return true;
            }
            if a.at < b.at {
                one.next()
            } else {
                two.next()
            };
        }
        false
    }
}

fn tell(post: &Drawn<'_>, other: &Drawn<'_>, days: i64, found: &mut FindingSink<'_>) {
    let text = |drawn: &Drawn<'_>| {
        drawn.case.draft.content.as_ref().and_then(|content| Some(content.text.as_ref()?.span.clone()))
    };
    let (Some(here), Some(there)) = (text(post), text(other)) else { return };
    found
        .place(
            post.case.place(&here, "this text"),
            format!("nearly the same text goes to the same people within {days} days"),
        )
        .related(other.case.place(&there, "and this one"))
        .help("change one of them, move it, or write allow = [\"same-text\"] in this file");
}
