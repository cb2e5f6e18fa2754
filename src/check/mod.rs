//! Judges a book: what was read and what is known of its media in, findings and sound campaigns out.
//!
//! Pure: everything that a rule looks at is handed in. A campaign whose file has an error is not made at all, so nothing
//! unsound can reach the engine.

mod rule;
pub mod rules;
mod sound;
pub mod timetable;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::book::Book;
use crate::diag::{Diag, Level};
use crate::ids::CampaignId;
use crate::shelf::Shelf;

pub use rule::{Context, Found, Rule, Run};
pub use sound::{Campaign, Terms};

/// What checking a book came to.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// In the order of files and of places in them.
    pub findings: Vec<Diag>,
    /// The campaigns whose files have no error, by id.
    pub campaigns: Vec<Arc<Campaign>>,
    /// The files that have an error.
    pub broken: Vec<Broken>,
}

/// A campaign that cannot be posted as its file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub file: Arc<str>,
    /// The id, where that much could be read.
    pub id: Option<CampaignId>,
    /// The first error's headline.
    pub reason: String,
}

impl Verdict {
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// Runs every rule over a book.
pub fn check(book: &Book, shelf: &Shelf) -> Verdict {
    let context = Context::new(book, shelf);
    let mut findings = Vec::new();
    for draft in &book.drafts {
        for rule in rules::ALL {
            if let Run::Draft(run) = rule.run {
                run(draft, &context, &mut Found::new(rule, &draft.file.path, &mut findings));
            }
        }
    }
    for rule in rules::ALL {
        if let Run::Book(run) = rule.run {
            let policy =
                book.policy.file.as_ref().map_or_else(|| Arc::from("policy.toml"), |file| Arc::clone(&file.path));
            run(&context, &mut Found::new(rule, &policy, &mut findings));
        }
    }
    rules::unused_allow::silence(book, &mut findings);
    findings
        .sort_by(|a, b| (&a.place.file, a.place.span.start, a.code).cmp(&(&b.place.file, b.place.span.start, b.code)));

    let faulty: BTreeSet<&str> =
        findings.iter().filter(|finding| finding.level == Level::Error).map(|finding| &*finding.place.file).collect();
    let (mut campaigns, mut broken) = (Vec::new(), Vec::new());
    for draft in &book.drafts {
        let sound = if faulty.contains(&*draft.file.path) { None } else { sound::campaign(draft, &context) };
        match sound {
            Some(campaign) => campaigns.push(Arc::new(campaign)),
            None => broken.push(Broken {
                file: Arc::clone(&draft.file.path),
                id: draft.id.as_ref().and_then(|id| id.parse().ok()),
                reason: first_error(&findings, &draft.file.path),
            }),
        }
    }
    campaigns.sort_by(|a, b| a.id.cmp(&b.id));
    Verdict { findings, campaigns, broken }
}

fn first_error(findings: &[Diag], file: &str) -> String {
    findings
        .iter()
        .find(|finding| finding.level == Level::Error && &*finding.place.file == file)
        .map_or_else(|| "its parts do not make a post".to_owned(), |finding| finding.message.clone())
}
