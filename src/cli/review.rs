//! A book as a reviewer sees it: its plan, and with a base what it changes. What `plan` and `site` show.

use chrono::{DateTime, Datelike as _, SubsecRound, TimeDelta, Utc};

use super::error::Result;
use super::{BookArg, Exit, book, output, service, settings, time};
use crate::book::Files;
use crate::clock::Clock;
use crate::finding::Level;
use crate::load::{CheckedBook, check_files, check_files_for_review, load_for_review};
use crate::plan::{self, BookSide, Changes, Plan, Window};
use crate::report::plan::View;
use crate::schedule::civil;
use crate::settings::{Flags, Settings};
use crate::source::{self, Base, SourceError};
use crate::text::when;

/// The window and the base that a person asks for.
#[derive(Debug, clap::Args)]
pub(super) struct ReviewArgs {
    /// Begin here instead of now: 2026-03-01, 2026-03-01T09:00 (both in the book's zone) or 2026-03-01T01:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End before this time; a date alone is left out
    #[arg(long, value_name = "TIME", conflicts_with = "days")]
    to: Option<String>,
    /// How many days to show
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: u16,
    /// Show what this branch changes against the book at this git revision, from where it left it; the work tree is
    /// left alone
    #[arg(long, value_name = "REV")]
    base: Option<String>,
}

/// A book with its plan.
pub(super) struct Review {
    pub after: CheckedBook,
    /// The book at the base, where one was named.
    pub before: Option<CheckedBook>,
    plan: Plan,
    changes: Option<Changes>,
    base: Option<(String, Base)>,
    unfetched: Vec<String>,
}

/// Reads and checks a book, and chooses its language.
pub(super) fn load(book: &BookArg, flags: Flags, now: DateTime<Utc>) -> Result<(CheckedBook, Settings)> {
    let settings = settings(book.clone().into_flags(flags)?)?;
    let source = book::open(&settings)?;
    let mut files = source.read()?;
    book::note_link(&mut files, &settings.book());
    book::refuse_without_corp(&files, &settings)?;
    let loaded = check_files_for_review(files, &source, &service::corp(&settings), now);
    super::use_lang_of(&loaded.book.policy, &settings);
    Ok((loaded, settings))
}

impl Review {
    pub(crate) fn of(book: &BookArg, asked: &ReviewArgs, flags: Flags) -> Result<Self> {
        let now = Clock::System.now();
        let (loaded, settings) = load(book, flags, now)?;
        // With a base, an empty book is a change to show.
        if asked.base.is_none() {
            book::refuse_empty(&loaded, &settings.book())?;
        }
        let window = window(asked, &loaded, now.trunc_subsecs(0))?;
        let zone = time::zone_of(&loaded);
        let unfetched = loaded.unfetched();
        let Some(name) = &asked.base else {
            let plan = plan::plan(&loaded.result, zone, window);
            return Ok(Self { after: loaded, before: None, plan, changes: None, base: None, unfetched });
        };
        let base = source::base(&settings.book(), name)?;
        let before = book_at(&base, name, &loaded, now)?;
        let (plan, changes) = plan::compare(side(&before), side(&loaded), zone, window, now);
        let base = Some((name.clone(), base));
        Ok(Self { after: loaded, before: Some(before), plan, changes: Some(changes), base, unfetched })
    }

    /// The data from which all formats of a plan are written.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            lang: output::lang(),
            plan: &self.plan,
            invalid_files: &self.after.result.invalid_files,
            changes: self.changes.as_ref(),
            base: self.base.as_ref().map(|(name, _)| name.as_str()),
            notes: self.base.as_ref().map_or(&[], |(_, base)| &base.notes),
            findings: &self.after.result.findings,
            unfetched: &self.unfetched,
        }
    }

    /// Says on stderr what `check` finds, and gives the exit code: clean where every campaign is shown.
    pub(crate) fn exit(&self) -> Exit {
        super::findings_in_short(&self.after);
        let checked = &self.after.result;
        let is_whole = checked.invalid_files.is_empty() && checked.count(Level::Error) == 0;
        if is_whole { Exit::Clean } else { Exit::Found }
    }
}

fn side(loaded: &CheckedBook) -> BookSide<'_> {
    BookSide { book: &loaded.book, checked: &loaded.result }
}

fn window(asked: &ReviewArgs, loaded: &CheckedBook, now: DateTime<Utc>) -> Result<Window> {
    let from = asked.from.as_ref().map_or(Ok(now), |text| time::parse(text, loaded))?;
    let to = match &asked.to {
        Some(text) => time::parse(text, loaded)?,
        None => from
            .checked_add_signed(TimeDelta::days(asked.days.into()))
            .ok_or_else(|| text!(en: "that is too far in the future", zh: "时间太远了"))?,
    };
    if !(1970..=9999).contains(&from.year()) {
        fail!(en: "a plan begins between the years 1970 and 9999", zh: "计划的开始时间要在 1970 年到 9999 年之间");
    }
    if to <= from {
        let zone = time::zone_of(loaded);
        let local = |at: DateTime<Utc>| when::plain_date_time(civil::to_local(zone, at));
        fail!(
            en: "the plan would end at {to}, before it begins at {from} ({zone}); name a later --to",
            zh: "计划的结束时间 {to} 在开始时间 {from} 之前（{zone}）；请给 `--to` 写一个更晚的时间",
            to = local(to),
            from = local(from),
            zone = when::zone(zone.name())
        );
    }
    if to - from > TimeDelta::days(3_660) {
        fail!(en: "a plan covers ten years at most", zh: "计划最长十年");
    }
    Ok(Window { from, to })
}

/// The book at a revision. If the revision has no book, an empty one.
///
/// # Errors
///
/// A part of the base is not in this clone: a comparison with half a base would show changes that were not made.
fn book_at(base: &Base, name: &str, loaded: &CheckedBook, now: DateTime<Utc>) -> Result<CheckedBook> {
    let corp = &loaded.book.corp;
    let before = match &base.source {
        Some(source) => load_for_review(source, corp)?,
        None => check_files(Files::default(), &loaded.source, corp, now),
    };
    if !before.source.gaps().is_empty() {
        return Err(SourceError::Incomplete(name.to_owned()).into());
    }
    Ok(before)
}
