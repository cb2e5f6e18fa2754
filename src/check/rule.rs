//! What a rule is.

use std::ops::Range;
use std::sync::Arc;

use crate::book::{Book, Draft};
use crate::diag::{Diag, Level, Place};
use crate::shelf::Shelf;

/// One thing that can be wrong with a book. A rule is one file: this static, a function, and the page beside it.
pub struct Rule {
    /// Reads well after "allow": `long-link-title`.
    pub code: &'static str,
    /// How much a finding weighs unless the function says otherwise.
    pub level: Level,
    /// The page: what it finds, why it matters, Bad, Good.
    pub page: &'static str,
    pub run: Run,
}

#[derive(Clone, Copy)]
pub enum Run {
    /// Looks at one campaign file at a time.
    Draft(fn(&Draft, &Context<'_>, &mut Found<'_>)),
    /// Looks at the whole book.
    Book(fn(&Context<'_>, &mut Found<'_>)),
}

/// What a rule may look at.
pub struct Context<'a> {
    pub book: &'a Book,
    pub shelf: &'a Shelf,
}

impl<'a> Context<'a> {
    pub fn new(book: &'a Book, shelf: &'a Shelf) -> Self {
        Self { book, shelf }
    }
}

/// Takes a rule's findings.
pub struct Found<'a> {
    rule: &'static Rule,
    file: Arc<str>,
    findings: &'a mut Vec<Diag>,
}

impl<'a> Found<'a> {
    pub fn new(rule: &'static Rule, file: &Arc<str>, findings: &'a mut Vec<Diag>) -> Self {
        Self { rule, file: Arc::clone(file), findings }
    }

    /// A finding in the file at hand: the stretch, the words at its carets, and the headline.
    pub fn at(&mut self, span: &Range<usize>, words: impl Into<String>, message: impl Into<String>) -> &mut Diag {
        let place = Place::new(&self.file, span, words);
        self.place(place, message)
    }

    /// A finding at any place of the book.
    pub fn place(&mut self, place: Place, message: impl Into<String>) -> &mut Diag {
        let at = self.findings.len();
        self.findings.push(Diag {
            code: self.rule.code,
            level: self.rule.level,
            message: message.into(),
            place,
            related: Vec::new(),
            help: None,
        });
        &mut self.findings[at]
    }
}
