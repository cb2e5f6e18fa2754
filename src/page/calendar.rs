//! A month as a table: each post at its day, with its time, title, audience and first words.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use maud::{Markup, html};

use super::Links;
use crate::plan::{DayOfPlan, Note, Plan, Planned};
use crate::report::plan::cells::{Dates, shortened, visibility_in_words};
use crate::schedule::{Blackout, Day, civil};
use crate::text::{Lang, Text, when};

/// Posts of a day beyond this number are folded.
const MAX_TILES: usize = 6;
/// Most of a text on a tile, in characters.
const MAX_WORDS: usize = 28;

/// What an edit does to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Added,
    Removed,
    Changed,
}

impl Mark {
    fn text(self) -> Text {
        match self {
            Self::Added => text!(en: "added", zh: "新增"),
            Self::Removed => text!(en: "removed", zh: "取消"),
            Self::Changed => text!(en: "changed", zh: "有改动"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A post on the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    pub planned: &'a Planned,
    pub mark: Option<Mark>,
}

/// What the calendar shows.
#[derive(Clone, Debug)]
pub(super) struct Calendar<'a> {
    pub plan: &'a Plan,
    /// In the order in which they are due.
    pub tiles: Vec<Tile<'a>>,
    pub blackouts: &'a [Blackout],
    pub links: Links,
    pub lang: Lang,
}

impl Calendar<'_> {
    pub fn markup(&self) -> Markup {
        let zone = self.plan.zone;
        let mut by_day: BTreeMap<NaiveDate, Vec<Tile<'_>>> = BTreeMap::new();
        for tile in &self.tiles {
            by_day.entry(civil::to_local(zone, tile.planned.occurrence.at).date()).or_default().push(*tile);
        }
        let days: BTreeMap<NaiveDate, &DayOfPlan> = self.plan.days.iter().map(|day| (day.date, day)).collect();
        let months =
            days.keys().chain(by_day.keys()).map(|day| first_of_month(*day)).collect::<std::collections::BTreeSet<_>>();
        html! {
            @for month in months { (self.month(month, &days, &by_day)) }
        }
    }

    fn month(
        &self,
        month: NaiveDate,
        days: &BTreeMap<NaiveDate, &DayOfPlan>,
        tiles: &BTreeMap<NaiveDate, Vec<Tile<'_>>>,
    ) -> Markup {
        let lang = self.lang;
        let in_month = |day: NaiveDate| day.month() == month.month();
        let is_shown = |day: &NaiveDate| days.contains_key(day) || tiles.contains_key(day);
        html! {
            table.month {
                caption { (when::month(month).get(lang)) }
                thead { tr {
                    @for day in weekdays() { th scope="col" { (when::weekday(day).get(lang)) } }
                } }
                tbody {
                    @for week in weeks(month).into_iter().filter(|week| week.iter().any(|day| in_month(*day) && is_shown(day))) {
                        tr { @for day in week {
                            @if in_month(day) {
                                (self.day(day, days.get(&day).copied(), tiles.get(&day).map_or(&[], Vec::as_slice)))
                            } @else {
                                td.other {}
                            }
                        } }
                    }
                }
            }
        }
    }

    fn day(&self, date: NaiveDate, day: Option<&DayOfPlan>, tiles: &[Tile<'_>]) -> Markup {
        let lang = self.lang;
        let (kind, note) = match day.map(|day| &day.day) {
            Some(Day::Holiday { .. }) => ("off", day.and_then(DayOfPlan::day_note)),
            Some(Day::MakeUpWorkday { .. }) => ("work", day.and_then(DayOfPlan::day_note)),
            Some(Day::Weekend) => ("weekend", None),
            Some(Day::Workday | Day::Unknown) => ("", None),
            None => ("outside", None),
        };
        let blackout = self.blackouts.iter().find(|it| it.from.date() <= date && date <= it.to.date());
        let (shown, folded) = tiles.split_at(tiles.len().min(MAX_TILES));
        html! {
            td .{(kind)} .blackout[blackout.is_some()] .empty[tiles.is_empty()] {
                p.date {
                    (self.date(date, tiles.is_empty()))
                    @if let Some(note) = &note { span.hint { (note.get(lang)) } }
                }
                @if let Some(blackout) = blackout { p.hint { (blackout.text().get(lang)) } }
                @if !tiles.is_empty() {
                    ul.tiles { @for tile in shown { (self.tile(*tile)) } }
                    @if !folded.is_empty() {
                        (self.folded(date, folded))
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

    /// The posts of a day beyond [`MAX_TILES`].
    fn folded(&self, date: NaiveDate, tiles: &[Tile<'_>]) -> Markup {
        let more = tiles.len();
        let more = text!(en: "{more} more", zh: "另有 {more} 条");
        match self.links {
            Links::Pages => html! { p.more { a href=(format!("/day/{date}")) { (more.get(self.lang)) } } },
            Links::Anchors => html! {
                details {
                    summary { (more.get(self.lang)) }
                    ul.tiles { @for tile in tiles { (self.tile(*tile)) } }
                }
            },
        }
    }

    fn tile(&self, Tile { planned, mark }: Tile<'_>) -> Markup {
        let (lang, campaign) = (self.lang, &planned.campaign);
        let post = &planned.content.post;
        let title = campaign.title.as_deref().unwrap_or(campaign.id.as_str());
        let local = civil::to_local(self.plan.zone, planned.occurrence.at);
        let zone = Dates::of(self.plan).zone_note(planned);
        let pictures = post.media().len();
        html! {
            li.tile .{(mark.map_or("", Mark::class))} .held[planned.is_held()] {
                a href=(self.links.campaign(&campaign.id)) {
                    span.time { (when::clock(local)) (zone.get(lang)) }
                    " "
                    span.title { (title) }
                }
                @if let Some(mark) = mark { span.badge { (mark.text().get(lang)) } }
                " " span.seen { (visibility_in_words(&post.audience).get(lang)) }
                @if pictures > 0 {
                    " " span.count { (text!(en: "{pictures} pic", zh: "{pictures} 图").get(lang)) }
                }
                @if campaign.contents.are_several() {
                    @let number = planned.content.number;
                    " " span.count { (text!(en: "content {number}", zh: "第 {number} 条").get(lang)) }
                }
                @if let Some(text) = &post.text { span.words { (shortened(text, MAX_WORDS)) } }
                @for note in &planned.notes {
                    span.note .warn[matches!(note, Note::Held(_))] { (note.text().get(lang)) }
                }
            }
        }
    }
}

pub(super) fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn weekdays() -> [Weekday; 7] {
    use Weekday::*;
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
}

/// The weeks that a month touches, from Monday to Sunday.
fn weeks(month: NaiveDate) -> Vec<[NaiveDate; 7]> {
    let mut weeks = Vec::new();
    let mut monday = month - Days::new(month.weekday().num_days_from_monday().into());
    while monday <= month || monday.month() == month.month() {
        weeks.push(std::array::from_fn(|n| monday + Days::new(n as u64)));
        monday = monday + Days::new(7);
    }
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn weeks_of_a_month_begin_on_monday() {
        let weeks = weeks(date("2026-11-01"));
        assert_eq!(weeks.len(), 6);
        assert_eq!((weeks[0][0], weeks[5][6]), (date("2026-10-26"), date("2026-12-06")));
    }

    #[test]
    fn february_of_four_weeks_has_four() {
        let weeks = weeks(date("2027-02-01"));
        assert_eq!(weeks.len(), 4);
        assert_eq!((weeks[0][0], weeks[3][6]), (date("2027-02-01"), date("2027-02-28")));
    }
}
