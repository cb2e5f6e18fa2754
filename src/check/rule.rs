//! What a rule is, and what it may look at.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::calendars;
use super::counts;
use super::customer_texts::{self, CustomerText, Dates};
use super::refused_words::RefusedWords;
use super::resolve::{AudienceRef, Resolver};
use super::rotation_check::{self, RotationCheck};
use super::schedule_check::{self, ScheduleCheck};
use super::suggestions::Suggestions;
use super::variables::Variables;
use crate::book::{self, Book, CountsHead, Directory, ParseError, ParsedCampaign, SourceFile, Spanned};
use crate::campaign::Campaign;
use crate::finding::{Finding, Level, Place};
use crate::limits::BEIJING;
use crate::media_index::MediaIndex;
use crate::post::{Audience, AudienceCounts, Names, PastResult};
use crate::schedule::{Occurrence, PostingBlocks, Schedule, When};
use crate::text::{Lang, StaticText, Text};

/// One thing that can be wrong with a book. A rule is one file: this static, a function, and the pages beside it.
pub struct Rule {
    /// Reads well after "allow": `long-link-title`.
    pub code: &'static str,
    pub level: Level,
    /// What it finds, in a sentence: the first one of its page.
    pub summary: StaticText,
    pub blocks: Blocks,
    pub concerns: Subject,
    /// What it finds, why it matters, Bad, Good; the Chinese one ends with a digest of the English one.
    pub pages: StaticText,
    pub run: RuleFn,
}

impl Rule {
    /// The page that people read, in Markdown.
    pub fn page(&self, lang: Lang) -> &'static str {
        let page = self.pages.get(lang);
        page.split_once("\n<!-- en: ").map_or(page, |(page, _)| page)
    }
}

/// Which posts a finding prevents. A finding that the file's `allow` turns into a warning prevents none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    Nothing,
    /// Only the occurrence of the finding: the engine does not post it.
    Occurrence,
    /// All posts of the campaigns that use the file or entry with the finding.
    Campaign,
}

/// The subject of a rule: it groups the rules in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The syntax of a file. Only rules with this subject report unreadable parts.
    Syntax,
    /// The keys and types of a file.
    File,
    Campaign,
    /// A list of people as a whole.
    Audience,
    /// One entry of a list of people. In the policy it matters only to campaigns that use that audience.
    AudienceEntry,
    Policy,
    Calendar,
    Directory,
    /// The book across its files.
    Book,
}

impl Subject {
    /// The word in machine-readable reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::File => "file",
            Self::Campaign => "campaign",
            Self::Audience => "audience",
            Self::AudienceEntry => "audience-entry",
            Self::Policy => "policy",
            Self::Calendar => "calendar",
            Self::Directory => "directory",
            Self::Book => "book",
        }
    }
}

/// The function of a rule, by what it checks.
#[derive(Clone, Copy)]
pub enum RuleFn {
    /// Looks at what went wrong in reading one file, be it a campaign, the policy or the directory.
    File(fn(&SourceFile, &[ParseError], &mut FindingSink<'_>)),
    /// Looks at one campaign.
    Campaign(fn(&CampaignCheck<'_>, &Context<'_>, &mut FindingSink<'_>)),
    /// Looks at the directory, before anything is looked up in it.
    Directory(fn(&Directory, &Context<'_>, &mut FindingSink<'_>)),
    /// Looks at the counts of customers, and at the results of posts.
    Counts(fn(&CountsHead, &Context<'_>, &mut FindingSink<'_>)),
    /// Looks at one list of people: a campaign's own, or a named audience of the policy.
    Audience(fn(&AudienceRef<'_>, &Context<'_>, &mut FindingSink<'_>)),
    /// Looks at the policy and at what belongs to no campaign.
    Policy(fn(&Context<'_>, &mut FindingSink<'_>)),
    /// Looks across all campaigns.
    Book(fn(&[CampaignCheck<'_>], &Context<'_>, &mut FindingSink<'_>)),
    /// Runs after all the others, on what they found.
    Last,
}

/// Data that a rule may use in addition to the campaign that it checks.
pub struct Context<'a> {
    pub book: &'a Book,
    pub media: &'a MediaIndex,
    /// The time of the check: occurrences before it are ignored.
    pub now: DateTime<Utc>,
    /// The calendar that the book has of its own.
    pub(super) calendar: calendars::Read<'a>,
    /// The blackout times.
    pub posting_blocks: PostingBlocks,
    /// The words that the policy refuses.
    pub(super) refused_words: Option<RefusedWords>,
    pub(super) variables: Variables<'a>,
    pub(super) resolver: Resolver<'a>,
    pub(super) suggestions: Suggestions,
    /// The names of departments and tags by id.
    pub(super) shown_names: Arc<Names>,
    /// The counts of customers, if they can be relied on.
    pub(super) counts: Option<AudienceCounts>,
    /// The customers of audiences by the count before, and its date.
    pub(super) former_counts: Option<(NaiveDate, HashMap<Audience, u64>)>,
    /// What came of the last posts, by campaign.
    pub(super) past_results: BTreeMap<String, Vec<PastResult>>,
}

/// A campaign file with values that several rules use, computed once.
pub struct CampaignCheck<'a> {
    pub parsed: &'a ParsedCampaign,
    /// Every text that customers read.
    pub texts: Vec<CustomerText<'a>>,
    pub schedule: ScheduleCheck,
    /// Which contents take turns, and which have dates of their own.
    pub rotation: RotationCheck,
    /// The next occurrences: those within [`CampaignCheck::AHEAD`] for a cron, all for a list of times.
    pub upcoming: Vec<Occurrence>,
    /// The compiled campaign, if no rule for this file found an error.
    pub campaign: Option<Arc<Campaign>>,
}

impl<'a> Context<'a> {
    pub fn new(book: &'a Book, media: &'a MediaIndex, now: DateTime<Utc>) -> Self {
        Self {
            book,
            media,
            now,
            calendar: calendars::read(book),
            posting_blocks: calendars::posting_blocks(&book.policy),
            refused_words: RefusedWords::of(&book.policy.wording),
            variables: Variables::of(&book.policy),
            resolver: Resolver::new(&book.policy),
            suggestions: Suggestions::default(),
            shown_names: Arc::default(),
            counts: counts::counts(book, now),
            former_counts: counts::former_counts(book),
            past_results: counts::past_results(book),
        }
    }

    /// Looks ids and names up from here on. `is_reliable` says whether the book's directory can be relied on.
    pub(super) fn use_directory(&mut self, is_reliable: bool) {
        self.resolver.use_directory(self.book, is_reliable);
        self.shown_names = Arc::new(self.resolver.names().unwrap_or_default());
        self.suggestions = Suggestions::of(self.book, &self.resolver);
    }
}

impl<'a> CampaignCheck<'a> {
    pub(super) fn new(parsed: &'a ParsedCampaign, context: &Context<'_>) -> Self {
        let mut schedule = schedule_check::check(parsed, &context.book.policy, context.calendar.calendar.as_ref());
        let mut rotation = rotation_check::check(parsed, schedule.schedule.as_ref());
        schedule.schedule = rotation.until_last.take().or(schedule.schedule);
        let upcoming =
            schedule.schedule.as_ref().map(|schedule| within(schedule, context, Self::AHEAD)).unwrap_or_default();
        let texts = {
            let id = parsed.id.as_ref().and_then(|id| id.parse().ok());
            // If the content of an occurrence is unknown, every content is assumed to be posted.
            let has = |it: &Occurrence, content: usize| match (&id, &rotation.rotation, &schedule.schedule) {
                (Some(id), Some(rotation), Some(schedule)) => {
                    let (number, _) =
                        rotation.content_of(id, it.due_local(schedule.zone()).date(), || schedule.nominal_number(it));
                    number as usize == content + 1
                }
                _ => true,
            };
            let dates = |all: &[Occurrence], content: usize| -> Vec<_> {
                let zone = schedule.schedule.as_ref().map_or(BEIJING, |schedule| schedule.zone());
                all.iter().filter(|it| has(it, content)).map(|it| it.due_local(zone).date()).collect()
            };
            let of_a_year = |content| {
                let schedule = schedule.schedule.as_ref();
                schedule.map_or_else(Vec::new, |it| dates(&within(it, context, Self::YEAR), content))
            };
            let dates = Dates { upcoming: &|content| dates(&upcoming, content), of_a_year: &of_a_year };
            customer_texts::read(parsed, &context.variables, &dates)
        };
        Self { parsed, texts, schedule, rotation, upcoming, campaign: None }
    }

    /// How far ahead a rule is looked at: the longest month.
    pub const AHEAD: TimeDelta = TimeDelta::days(31);
    /// How far ahead a text with a date is looked at where it may become too long.
    const YEAR: TimeDelta = TimeDelta::days(366);

    /// Whether `upcoming` is complete, that is, not cut at `MAX_UPCOMING`.
    pub(super) fn knows_all_upcoming(&self) -> bool {
        self.upcoming.len() < MAX_UPCOMING
    }

    /// The content of each of `upcoming`, as an index of the file's contents; of a campaign with an error, nothing.
    pub(super) fn upcoming_contents(&self) -> Vec<usize> {
        let (Some(campaign), Some(schedule)) = (&self.campaign, &self.schedule.schedule) else { return Vec::new() };
        let numbers = self.upcoming.iter().map(|it| campaign.content_in(schedule, it).number);
        numbers.map(|number| number as usize - 1).collect()
    }

    /// The campaign's own `visible_range`.
    pub(super) fn audience(&self) -> Option<AudienceRef<'a>> {
        AudienceRef::of_campaign(self.parsed)
    }

    /// A place in the campaign's file.
    pub fn place(&self, span: &Range<usize>, words: impl Into<Text>) -> Place {
        Place::new(&self.parsed.file.path, span, words)
    }

    /// The stretch of the file in which a part of a text that customers read is written.
    pub fn source_of(&self, text: &CustomerText<'_>, part: &Range<usize>) -> Range<usize> {
        self.within(text.written, &text.written_part(part))
    }

    /// The stretch of the file in which a part of a value is written.
    pub fn within(&self, text: &Spanned<String>, part: &Range<usize>) -> Range<usize> {
        book::within(self.parsed.file.text(), text, part)
    }
}

/// Maximum number of occurrences that rules use; the rule `too-frequent` reports campaigns with more.
const MAX_UPCOMING: usize = 2_000;

/// The occurrences of a rule in the time ahead; all of a list.
fn within(schedule: &Schedule, context: &Context<'_>, ahead: TimeDelta) -> Vec<Occurrence> {
    let now = context.now;
    let until = match schedule.spec().when {
        When::At(_) => DateTime::<Utc>::MAX_UTC,
        When::Cron { .. } | When::Lunar(_) => now.checked_add_signed(ahead).unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    schedule.between_outside(&context.posting_blocks, now, until).take(MAX_UPCOMING).collect()
}

/// Takes a rule's findings.
pub struct FindingSink<'a> {
    rule: &'static Rule,
    file: &'a Arc<str>,
    findings: &'a mut Vec<Finding>,
}

impl<'a> FindingSink<'a> {
    pub(super) fn new(rule: &'static Rule, file: &'a Arc<str>, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, file, findings }
    }

    /// The same, for another file.
    pub(super) fn in_file<'f>(&'f mut self, file: &'f Arc<str>) -> FindingSink<'f> {
        FindingSink { rule: self.rule, file, findings: self.findings }
    }

    /// Adds a finding in the current file: span, label and message.
    pub fn at(&mut self, span: &Range<usize>, words: impl Into<Text>, message: impl Into<Text>) -> &mut Finding {
        let place = Place::new(self.file, span, words);
        self.place(place, message)
    }

    /// A finding about the file at hand as a whole.
    pub(super) fn of_file(&mut self, message: impl Into<Text>) -> &mut Finding {
        let place = Place::of_file(self.file);
        self.place(place, message)
    }

    /// A finding in a text that customers read.
    pub(super) fn in_text(
        &mut self,
        check: &CampaignCheck<'_>,
        text: &CustomerText<'_>,
        part: &Range<usize>,
        words: impl Into<Text>,
        message: impl Into<Text>,
    ) -> &mut Finding {
        let finding = self.at(&check.source_of(text, part), words, message);
        finding.related.extend(text.value_of(part));
        finding
    }

    /// A finding at any place of the book.
    pub fn place(&mut self, place: Place, message: impl Into<Text>) -> &mut Finding {
        let at = self.findings.len();
        self.findings.push(Finding::new(self.rule.code, self.rule.level, place, message));
        &mut self.findings[at]
    }
}
