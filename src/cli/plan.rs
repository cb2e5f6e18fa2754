//! `drumbeat plan`: what will be posted when and to whom; with a base, what a pull request changes.

use std::mem::ManuallyDrop;

use chrono::{DateTime, NaiveDateTime};
use clap::ValueEnum;

use super::error::Result;
use super::review::{self, Review, ReviewArgs};
use super::{BookArg, Exit, book, output};
use crate::campaign::{self, Campaign};
use crate::clock::Clock;
use crate::load::CheckedBook;
use crate::ops;
use crate::report::plan::{content_reason, csv, human, ics, json, markdown, xlsx};
use crate::schedule::Explanation;
use crate::settings::Flags;
use crate::text::Text;

/// Shows what will be posted when, and to whom; against a base, what a pull request changes about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat plan                                   the next 30 days of campaigns/
  drumbeat plan --from 2026-03-01 --days 31       all of March
  drumbeat plan --base origin/main                what this branch changes
  drumbeat plan --base HEAD^1 --format markdown   as a comment of a pull request
  drumbeat plan --explain spring@2026-03-02T09:00 why then, or why not
  drumbeat plan --format ics > drumbeat.ics       for a calendar

Exit codes: 0 every campaign is shown, 1 some have errors and are not posted, 2 the book could not
be read. Nothing is sent anywhere: no account, no network.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    asked: ReviewArgs,
    /// Why a campaign, by id or title, is due then, or why it is not: spring-launch@2026-03-02T09:00
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
    if let Some(asked) = &args.explain {
        let (loaded, settings) = review::load(&args.book, flags, Clock::System.now())?;
        book::refuse_empty(&loaded, &settings.book())?;
        output::result(&explain(asked, &loaded)?)?;
        return Ok(Exit::Clean);
    }
    // The process ends after this command: releasing ten thousand campaigns one by one takes a tenth of its time.
    let review = ManuallyDrop::new(Review::of(&args.book, &args.asked, flags)?);
    let view = review.view();
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
    Ok(review.exit())
}

fn explain(asked: &str, loaded: &CheckedBook) -> Result<String> {
    let Some((name, when)) = asked.rsplit_once('@') else {
        fail!(
            en: "`{asked}` is not an occurrence; example: spring-launch@2026-03-02T09:00",
            zh: "`{asked}` 没有写明是哪一次：请写成 spring-launch@2026-03-02T09:00"
        );
    };
    let checked = &loaded.result;
    let mut names = ops::CampaignNames::default();
    names.add_book(checked);
    let id = names.find(name)?;
    let invalid = checked.invalid_files.iter().find(|it| it.id.as_ref() == Some(&id));
    let answer = match (campaign::find(&checked.campaigns, &id), invalid) {
        (Some(campaign), _) => answer(campaign, when, loaded)?,
        (None, Some(invalid)) => {
            let file = &invalid.file;
            text!(
                en: "no occurrence: the campaign of `{file}` is not posted: {reason}",
                zh: "不会发：`{file}` 不能发表：{reason}",
                reason = invalid.reason
            )
        }
        (None, None) => return Err(ops::NoPostableCampaign::NotInBook(id).into()),
    };
    Ok(format!("{id}@{when}\n{}\n", answer.get(output::lang())))
}

fn answer(campaign: &Campaign, when: &str, loaded: &CheckedBook) -> Result<Text> {
    let (mut explanation, blocks) = (explained(campaign, when)?, &loaded.result.posting_blocks);
    let schedule = campaign.timing.schedule.expand();
    // A rule leaves out the days of a blackout, as it leaves out holidays.
    if let Some(blackout) = explanation.occurrence.as_ref().and_then(|it| blocks.leaves_out(&schedule, it)) {
        return Ok(Explanation { occurrence: None, because: vec![blackout.text()] }.text(None));
    }
    if let Some(occurrence) = &explanation.occurrence {
        let chosen = campaign.content_for(occurrence);
        explanation.because.extend(content_reason(campaign, &chosen));
    }
    let zone = campaign.timing.schedule.zone();
    let held = explanation.occurrence.as_ref().and_then(|it| blocks.blocks(it, zone));
    Ok(explanation.text(held.map(|why| why.text()).as_ref()))
}

/// Explains an instant, or a local time of the campaign.
fn explained(campaign: &Campaign, when: &str) -> Result<Explanation> {
    let schedule = campaign.timing.schedule.expand();
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
