//! A month or a week as a table: each post at its day, with its time, title, audience, first words and state.
//!
//! The future comes from the plan, the past from the store. All times are in the zone of the book, which the page names.

mod span;
mod tile;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use maud::{Markup, html};

use super::Links;
use crate::campaign::Campaign;
use crate::ids::CampaignId;
use crate::plan::{DayOfPlan, Plan};
use crate::schedule::{self, Day, PostingBlocks, civil};
use crate::store::{DayOfRuns, Hold};
use crate::text::{Lang, Text, when};

pub(super) use span::Span;
pub(super) use tile::{Mark, Tile, sorted, tone};

use span::week_from;
use span::weeks;

/// Data of the store for the days of a calendar; empty without a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// The boundary: before this instant posts come from runs, after it from the plan. `None`: from the plan only.
    pub until: Option<DateTime<Utc>>,
    pub days: BTreeMap<NaiveDate, DayOfRuns>,
    /// The active holds.
    pub holds: Vec<Hold>,
}

impl Past {
    /// Whether a planned post is still to come.
    pub(crate) fn is_ahead(&self, at: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| at > until)
    }

    /// The active hold that would stop a campaign.
    pub(crate) fn hold(&self, campaign: &CampaignId) -> Option<&Hold> {
        self.holds.iter().find(|hold| match &hold.scope {
            crate::run::Scope::Campaign(id) => id == campaign,
            crate::run::Scope::Everything | crate::run::Scope::Corp(_) => true,
        })
    }
}

/// What the calendar shows.
#[derive(Clone, Debug)]
pub(super) struct Calendar<'a> {
    pub plan: &'a Plan,
    /// Sorted.
    pub tiles: Vec<Tile<'a>>,
    pub past: &'a Past,
    /// Of the book, sorted by id.
    pub campaigns: &'a [Arc<Campaign>],
    pub closed: &'a PostingBlocks,
    pub today: Option<NaiveDate>,
    pub links: Links,
    pub lang: Lang,
}

/// One day of a calendar.
struct DayTiles<'c, 'a> {
    tiles: &'c [Tile<'a>],
    /// Runs that are not among the tiles.
    more: usize,
}

impl<'a> Calendar<'a> {
    /// A table for each month that the plan touches.
    pub(crate) fn months(&self) -> Markup {
        let (days, tiles) = (self.days(), self.by_day());
        let months: std::collections::BTreeSet<_> =
            days.keys().chain(tiles.keys()).map(|day| day.with_day(1).unwrap_or(*day)).collect();
        html! {
            @for month in months {
                @let weeks = weeks(month);
                @let shown = weeks.iter().filter(|week| {
                    week.iter().any(|day| day.month() == month.month() && (days.contains_key(day) || tiles.contains_key(day)))
                });
                (self.table(&when::month(month), shown, &days, &tiles, Span::Month(month)))
            }
            (self.quiet_hours())
        }
    }

    /// One month or week.
    pub(crate) fn span(&self, span: Span) -> Markup {
        let weeks = match span {
            Span::Month(first) => weeks(first),
            Span::Week(monday) => vec![week_from(monday)],
        };
        html! {
            (self.table(&span.text(), weeks.iter(), &self.days(), &self.by_day(), span))
            (self.quiet_hours())
        }
    }

    fn days(&self) -> BTreeMap<NaiveDate, &'a DayOfPlan> {
        self.plan.days.iter().map(|day| (day.date, day)).collect()
    }

    /// The tiles of each day. They are sorted, so a day's are beside each other: a month may have fifty thousand.
    fn by_day(&self) -> BTreeMap<NaiveDate, &[Tile<'a>]> {
        let (mut by_day, mut rest) = (BTreeMap::new(), &self.tiles[..]);
        while let Some(first) = rest.first() {
            let date = civil::to_local(self.plan.zone, first.at()).date();
            let end = civil::reached(self.plan.zone, (date + Days::new(1)).and_time(NaiveTime::MIN));
            let (of_day, later) = rest.split_at(rest.partition_point(|tile| tile.at() < end).max(1));
            by_day.insert(date, of_day);
            rest = later;
        }
        by_day
    }

    fn table<'w>(
        &self,
        caption: &Text,
        weeks: impl Iterator<Item = &'w [NaiveDate; 7]>,
        days: &BTreeMap<NaiveDate, &DayOfPlan>,
        tiles: &BTreeMap<NaiveDate, &[Tile<'_>]>,
        span: Span,
    ) -> Markup {
        let lang = self.lang;
        let is_in = |day: NaiveDate| match span {
            Span::Month(first) => day.month() == first.month(),
            Span::Week(_) => true,
        };
        html! {
            table.month .week[matches!(span, Span::Week(_))] {
                // A server's page has the month as its title.
                caption { @if self.links == Links::Anchors { (caption.get(lang)) } span.zone { (self.zone_note().get(lang)) } }
                thead { tr {
                    @for day in WEEKDAYS { th scope="col" { (when::weekday(day).get(lang)) } }
                } }
                tbody {
                    @for week in weeks {
                        tr { @for date in *week {
                            @if is_in(date) {
                                @let more = self.past.days.get(&date).map_or(0, |day| day.count - day.runs.len());
                                @let tiles = tiles.get(&date).copied().unwrap_or_default();
                                (self.day(date, days.get(&date).copied(), &DayTiles { tiles, more }, span))
                            } @else {
                                td.other {}
                            }
                        } }
                    }
                }
            }
        }
    }

    fn zone_note(&self) -> Text {
        text!(en: "times in {zone}", zh: "时间为{zone}", zone = when::zone(self.plan.zone.name()))
    }

    /// The hours of every day in which nothing is posted.
    fn quiet_hours(&self) -> Markup {
        let hours = self.closed.quiet.iter().map(|it| {
            let (from, to) = (when::clock(it.from), when::clock(it.to));
            text!(en: "{from} to {to}", zh: "{from} 到 {to}")
        });
        let hours: Vec<Text> = hours.collect();
        html! {
            @if !hours.is_empty() {
                p.hint {
                    (text!(
                        en: "Quiet hours, every day: {hours}. Nothing is posted then.",
                        zh: "免打扰时段（每天）：{hours}，这段时间不发表。",
                        hours = Text::list(&hours)
                    ).get(self.lang))
                }
            }
        }
    }

    fn day(&self, date: NaiveDate, day: Option<&DayOfPlan>, posts: &DayTiles<'_, '_>, span: Span) -> Markup {
        let lang = self.lang;
        let (kind, note) = match day.map(|day| &day.day) {
            Some(Day::Holiday { .. }) => ("off", day.and_then(DayOfPlan::day_note)),
            Some(Day::MakeUpWorkday { .. }) => ("work", day.and_then(DayOfPlan::day_note)),
            Some(Day::Weekend) => ("weekend", None),
            Some(Day::Workday | Day::Unknown) => ("", None),
            None => ("outside", None),
        };
        let blackout = self.closed.blackouts.iter().find(|it| it.from.date() <= date && date <= it.to.date());
        let is_empty = posts.tiles.is_empty() && posts.more == 0;
        let (shown, folded) = posts.tiles.split_at(posts.tiles.len().min(span.max_tiles()));
        let is_today = self.today == Some(date);
        html! {
            td .{(kind)} .blackout[blackout.is_some()] .empty[is_empty] .today[is_today]
                aria-current=[is_today.then_some("date")] {
                p.date {
                    (self.date(date, is_empty))
                    @if let Some(note) = &note { span.hint.dayname { (note.get(lang)) } }
                    span.hint.lunar { (lunar(date, lang)) }
                }
                @if let Some(blackout) = blackout { p.hint { (blackout.text().get(lang)) } }
                @if !is_empty {
                    ul.tiles { @for tile in shown { (self.tile(*tile, span)) } }
                    @if !folded.is_empty() || posts.more > 0 {
                        (self.folded(date, folded, posts.more, span))
                    }
                }
            }
        }
    }

    /// The day of the month; on a server with a link to the day.
    fn date(&self, date: NaiveDate, is_empty: bool) -> Markup {
        let shown = html! {
            time datetime=(date) {
                span.long { (when::date(date).get(self.lang)) }
                span.short aria-hidden="true" { (date.day()) }
            }
        };
        match self.links {
            Links::Pages if !is_empty => html! { a href=(format!("/day/{date}")) { (shown) } },
            _ => shown,
        }
    }

    /// The posts of a day beyond those that are shown.
    fn folded(&self, date: NaiveDate, tiles: &[Tile<'_>], more: usize, span: Span) -> Markup {
        let more = tiles.len() + more;
        let more = text!(en: "{more} more", zh: "另有 {more} 条");
        match self.links {
            Links::Pages => html! { p.more { a href=(format!("/day/{date}")) { (more.get(self.lang)) } } },
            Links::Anchors => html! {
                details {
                    summary { (more.get(self.lang)) }
                    ul.tiles { @for tile in tiles { (self.tile(*tile, span)) } }
                }
            },
        }
    }
}

/// The lunar date and festivals of a day.
fn lunar(date: NaiveDate, lang: Lang) -> String {
    let text = schedule::hint(date).text().into_lang(lang);
    text.strip_prefix("农历").map_or(text.clone(), str::to_owned)
}

const WEEKDAYS: [Weekday; 7] = {
    use Weekday::*;
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
};
