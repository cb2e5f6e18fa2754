//! `drumbeat plan`: what will be posted when and to whom; with a base, what a pull request changes.

use chrono::{DateTime, Datelike as _, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use clap::ValueEnum;

use super::error::{CliError, Result};
use super::{BookArg, Exit, note_link, output, service, settings, time};
use crate::book::Files;
use crate::campaign::Campaign;
use crate::clock::Clock;
use crate::diag::Level;
use crate::load::{CheckedBook, check_files, check_files_for_review, load_for_review};
use crate::nearest::nearest;
use crate::plan::{self, Side, Window};
use crate::report::plan::{View, csv, human, ics, json, markdown, xlsx};
use crate::schedule::{Explanation, civil};
use crate::settings::Flags;
use crate::source::{self, Base, Source, SourceError};
use crate::text::{Text, when};

/// Shows what will be posted when, and to whom; against a base, what a pull request changes about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat plan                                   the next 30 days of campaigns/
  drumbeat plan --from 2026-03-01 --days 31       all of March
  drumbeat plan --base origin/main                what this branch changes
  drumbeat plan --base HEAD^1 --format markdown   as a comment of a pull request
  drumbeat plan --explain spring@2026-03-02T09:00 why then, or why not
  drumbeat plan --format ics > drumbeat.ics       for a calendar

Exit codes: 0 every campaign is shown, 1 some cannot be posted as they stand, 2 the book could not
be read. Nothing is sent anywhere: no account, no network.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
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
    /// Why a campaign is due then, or why it is not: spring-launch@2026-03-02T09:00
    #[arg(long, value_name = "CAMPAIGN@TIME", conflicts_with_all = ["from", "to", "days", "base", "format"])]
    explain: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; stable
    Json,
    /// For a comment of a pull request
    Markdown,
    /// For calendar programs
    Ics,
    /// For spreadsheets
    Csv,
    /// The same as a workbook, into a file: > plan.xlsx
    Xlsx,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let settings = settings(Flags { book: args.book.book.clone(), ..flags })?;
    let source = Source::directory(&settings.book())?;
    let now = Clock::System.now();
    let mut files = source.read()?;
    note_link(&mut files, &settings.book());
    let loaded = check_files_for_review(files, &source, &service::corp(&settings), now);
    super::use_lang_of(&loaded.book.policy, &settings);
    // With a base, an empty book is a change to show.
    if args.base.is_none() {
        super::refuse_empty(&loaded, &settings.book())?;
    }
    if let Some(asked) = &args.explain {
        output::result(&explain(asked, &loaded)?)?;
        return Ok(Exit::Clean);
    }
    let window = window(&args, &loaded, now.trunc_subsecs(0))?;
    let zone = time::zone_of(&loaded);
    let unfetched = loaded.unfetched();
    let base = args.base.as_ref().map(|name| source::base(&settings.book(), name)).transpose()?;
    let (plan, changes) = match (&base, &args.base) {
        (Some(base), Some(name)) => {
            let before = book_at(base, name, &loaded, now)?;
            let (plan, changes) = plan::compare(side(&before), side(&loaded), zone, window, now);
            (plan, Some(changes))
        }
        _ => (plan::plan(&loaded.result, zone, window), None),
    };
    let view = View {
        lang: output::lang(),
        plan: &plan,
        invalid_files: &loaded.result.invalid_files,
        changes: changes.as_ref(),
        base: args.base.as_deref(),
        notes: base.as_ref().map_or(&[], |base| &base.notes),
        findings: &loaded.result.findings,
        unfetched: &unfetched,
    };
    let text = match args.format {
        Format::Xlsx => {
            output::bytes(&xlsx::write(&view)?)?;
            String::new()
        }
        Format::Human => human::write(&view, output::width()),
        Format::Json => json::write(&view)?,
        Format::Markdown => markdown::write(&view),
        Format::Ics => ics::write(&view),
        Format::Csv => csv::write(&view),
    };
    output::result(&text)?;
    super::findings_in_short(&loaded);
    let is_whole = loaded.result.invalid_files.is_empty() && loaded.result.count(Level::Error) == 0;
    Ok(if is_whole { Exit::Clean } else { Exit::Found })
}

fn side(loaded: &CheckedBook) -> Side<'_> {
    Side { book: &loaded.book, checked: &loaded.result }
}

fn window(args: &Args, loaded: &CheckedBook, now: DateTime<Utc>) -> Result<Window> {
    let from = args.from.as_ref().map_or(Ok(now), |text| time::parse(text, loaded))?;
    let to = match &args.to {
        Some(text) => time::parse(text, loaded)?,
        None => from
            .checked_add_signed(TimeDelta::days(args.days.into()))
            .ok_or_else(|| text!(en: "that is too far in the future", zh: "时间太远了"))?,
    };
    if !(1970..=9999).contains(&from.year()) {
        fail!(en: "a plan begins between the years 1970 and 9999", zh: "计划的开始时间要在 1970 年到 9999 年之间");
    }
    if to <= from {
        let zone = time::zone_of(loaded);
        let local = |at: DateTime<Utc>| when::plain_moment(civil::to_local(zone, at));
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

fn explain(asked: &str, loaded: &CheckedBook) -> Result<String> {
    let Some((id, when)) = asked.split_once('@') else {
        fail!(
            en: "`{asked}` names no occurrence: write spring-launch@2026-03-02T09:00",
            zh: "`{asked}` 没有写明是哪一次：请写成 spring-launch@2026-03-02T09:00"
        );
    };
    let checked = &loaded.result;
    let answer = if let Some(invalid) =
        checked.invalid_files.iter().find(|it| it.id.as_ref().is_some_and(|it| it.as_str() == id))
    {
        let file = &invalid.file;
        text!(
            en: "there is none: `{file}` cannot be posted: {reason}",
            zh: "不会发：`{file}` 不能发表：{reason}",
            reason = invalid.reason
        )
    } else {
        let campaign = checked.campaigns.iter().find(|it| it.id.as_str() == id);
        answer(campaign.ok_or_else(|| no_campaign(id, loaded))?, when, loaded)?
    };
    Ok(format!("{asked}\n{}\n", answer.get(output::lang())))
}

fn no_campaign(id: &str, loaded: &CheckedBook) -> CliError {
    let known = text!(en: "there is no campaign `{id}` in this book", zh: "活动目录里没有活动 `{id}`");
    let near = nearest(id, loaded.result.campaigns.iter().map(|it| it.id.as_str()));
    match near {
        Some(near) => {
            text!(en: "{known}; did you mean `{near}`?", zh: "{known}；是不是 `{near}`？", known = known).into()
        }
        None => known.into(),
    }
}

fn answer(campaign: &Campaign, when: &str, loaded: &CheckedBook) -> Result<Text> {
    let explanation = explained(campaign, when)?;
    let zone = campaign.terms.schedule.zone();
    let held = explanation.occurrence.as_ref().and_then(|it| loaded.result.posting_blocks.blocks(it, zone));
    Ok(explanation.text(held.map(|why| why.text()).as_ref()))
}

/// Explains an instant, or a local time of the campaign.
fn explained(campaign: &Campaign, when: &str) -> Result<Explanation> {
    let schedule = campaign.terms.schedule.expand();
    if let Ok(instant) = DateTime::parse_from_rfc3339(when) {
        return Ok(schedule.explain(instant.to_utc()));
    }
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let local = forms.into_iter().find_map(|form| NaiveDateTime::parse_from_str(when, form).ok());
    let Some(local) = local else {
        fail!(
            en: "`{when}` is not a time: write 2026-03-01T09:00 or 2026-03-01T01:00:00Z",
            zh: "`{when}` 不是时间：请写成 2026-03-01T09:00 或 2026-03-01T01:00:00Z"
        );
    };
    Ok(schedule.explain_local(local))
}
