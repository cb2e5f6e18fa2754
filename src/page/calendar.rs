//! A month or a week as a table: each post at its day, with its time, title, audience, first words and state.
//!
//! The future comes from the plan, the past from the store. All times are in the zone of the book, which the page names.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::Links;
use crate::campaign::{self, Campaign};
use crate::check::InvalidFile;
use crate::ids::CampaignId;
use crate::plan::{DayOfPlan, LeftOut, Note, Plan, Planned};
use crate::post::Post;
use crate::report::plan::cells::{in_parentheses, shortened, visibility_in_words};
use crate::run::{Run, State};
use crate::schedule::{self, Day, PostingBlocks, civil};
use crate::store::{DayOfRuns, Hold};
use crate::text::{Lang, Text, when};

/// Posts of a day of a month beyond this number are folded.
pub(super) const MAX_TILES: usize = 6;
/// The same for a week.
const MAX_WEEK_TILES: usize = 40;
/// Most of a text on a tile of a month, in characters.
const MAX_WORDS: usize = 28;
/// The same for a week.
const MAX_WEEK_WORDS: usize = 60;

/// The days of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// By its first day.
    Month(NaiveDate),
    /// By its Monday.
    Week(NaiveDate),
}

impl Span {
    /// The month of a date.
    pub fn month(date: NaiveDate) -> Self {
        Self::Month(date.with_day(1).unwrap_or(date))
    }

    /// The week of a date.
    pub fn week(date: NaiveDate) -> Self {
        Self::Week(date - Days::new(date.weekday().num_days_from_monday().into()))
    }

    pub fn first(self) -> NaiveDate {
        match self {
            Self::Month(first) | Self::Week(first) => first,
        }
    }

    /// The first day after this period.
    pub fn end(self) -> NaiveDate {
        self.next().first()
    }

    pub fn next(self) -> Self {
        match self {
            Self::Month(first) => Self::Month(first + Months::new(1)),
            Self::Week(monday) => Self::Week(monday + Days::new(7)),
        }
    }

    pub fn previous(self) -> Self {
        match self {
            Self::Month(first) => Self::Month(first - Months::new(1)),
            Self::Week(monday) => Self::Week(monday - Days::new(7)),
        }
    }

    /// Its address.
    pub fn path(self) -> String {
        match self {
            Self::Month(first) => format!("/?month={}", first.format("%Y-%m")),
            Self::Week(monday) => format!("/?week={monday}"),
        }
    }

    pub fn text(self) -> Text {
        match self {
            Self::Month(first) => when::month(first),
            Self::Week(monday) => when::date_range(monday, monday + Days::new(6)),
        }
    }

    /// The posts of a day that are shown.
    pub fn max_tiles(self) -> usize {
        match self {
            Self::Month(_) => MAX_TILES,
            Self::Week(_) => MAX_WEEK_TILES,
        }
    }
}

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
    pub fn is_ahead(&self, at: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| at > until)
    }

    /// The active hold that would stop a campaign.
    pub fn hold(&self, campaign: &CampaignId) -> Option<&Hold> {
        self.holds.iter().find(|hold| match &hold.scope {
            crate::run::Scope::Campaign(id) => id == campaign,
            crate::run::Scope::Everything | crate::run::Scope::Corp(_) => true,
        })
    }
}

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
pub(super) enum Tile<'a> {
    Planned {
        planned: &'a Planned,
        mark: Option<Mark>,
    },
    /// A time of a rule in a blackout.
    LeftOut(&'a LeftOut),
    /// A post of a campaign as it was before its file got an error.
    Broken {
        planned: &'a Planned,
        file: &'a InvalidFile,
    },
    Run(&'a Run),
}

impl Tile<'_> {
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Planned { planned, .. } | Self::Broken { planned, .. } => planned.occurrence.at,
            Self::LeftOut(left_out) => left_out.occurrence.at,
            Self::Run(run) => run.due,
        }
    }

    fn campaign(&self) -> &CampaignId {
        match self {
            Self::Planned { planned, .. } | Self::Broken { planned, .. } => &planned.campaign.id,
            Self::LeftOut(left_out) => &left_out.campaign.id,
            Self::Run(run) => &run.campaign,
        }
    }
}

/// Tiles in the order in which they are due.
pub(super) fn sorted(mut tiles: Vec<Tile<'_>>) -> Vec<Tile<'_>> {
    tiles.sort_by(|a, b| (a.at(), a.campaign()).cmp(&(b.at(), b.campaign())));
    tiles
}

/// The colour of a state.
pub(super) fn tone(run: &Run) -> &'static str {
    match run.state {
        _ if run.needs_review => "doubt",
        State::Created => "good",
        State::Claimed | State::Sending | State::Submitted => "busy",
        State::Partial | State::Held => "warn",
        State::InDoubt => "doubt",
        State::Refused | State::Expired | State::Absent | State::Failed | State::Missed => "bad",
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
    pub fn months(&self) -> Markup {
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
    pub fn span(&self, span: Span) -> Markup {
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

    fn tile(&self, tile: Tile<'_>, span: Span) -> Markup {
        match tile {
            Tile::Planned { planned, mark } => self.planned(planned, mark, span),
            Tile::LeftOut(left_out) => self.left_out(left_out),
            Tile::Broken { planned, file } => self.broken(planned, file),
            Tile::Run(run) => self.run(run, span),
        }
    }

    fn planned(&self, planned: &Planned, mark: Option<Mark>, span: Span) -> Markup {
        let (lang, campaign) = (self.lang, &planned.campaign);
        let hold = self.past.hold(&campaign.id);
        html! {
            li.tile .{(mark.map_or("", Mark::class))} .held[planned.is_held() || hold.is_some()] {
                (self.head(planned.occurrence.at, campaign.timing.schedule.zone(), title(campaign), &self.links.campaign(&campaign.id)))
                @if let Some(mark) = mark { span.badge { (mark.text().get(lang)) } }
                @if hold.is_some() { span.badge.warn { (text!(en: "on hold", zh: "暂停中").get(lang)) } }
                (content(&planned.content.post, campaign.contents.are_several().then_some(planned.content.number), span, lang))
                @for note in &planned.notes {
                    span.note .warn[matches!(note, Note::Held(_))] { (note.text().get(lang)) }
                }
            }
        }
    }

    fn left_out(&self, left_out: &LeftOut) -> Markup {
        let (lang, campaign) = (self.lang, &left_out.campaign);
        html! {
            li.tile.left-out {
                (self.head(left_out.occurrence.at, campaign.timing.schedule.zone(), title(campaign), &self.links.campaign(&campaign.id)))
                span.badge { (text!(en: "left out", zh: "跳过").get(lang)) }
                span.note { (left_out.blackout.text().get(lang)) }
            }
        }
    }

    fn broken(&self, planned: &Planned, file: &InvalidFile) -> Markup {
        let (lang, campaign) = (self.lang, &planned.campaign);
        let findings = match self.links {
            Links::Pages => "/findings",
            Links::Anchors => "#findings",
        };
        html! {
            li.tile.broken {
                (self.head(planned.occurrence.at, campaign.timing.schedule.zone(), title(campaign), findings))
                span.badge.bad { (text!(en: "file has an error", zh: "文件有错误").get(lang)) }
                span.note.warn { code { (file.file) } " " (file.reason.get(lang)) }
            }
        }
    }

    fn run(&self, run: &Run, span: Span) -> Markup {
        let lang = self.lang;
        let campaign = campaign::find(self.campaigns, &run.campaign);
        let title = campaign.map_or(run.campaign.as_str(), |it| title(it));
        let zone: Tz = run.zone.parse().unwrap_or(self.plan.zone);
        let number = campaign.filter(|it| it.contents.are_several()).and(run.content);
        html! {
            li.tile.run .{(tone(run))} {
                (self.head(run.due, zone, title, &format!("/run/{}", run.id())))
                span.badge .{(tone(run))} { (run.state.text().get(lang)) }
                @if run.needs_review { span.badge.doubt { (text!(en: "needs review", zh: "需人工处理").get(lang)) } }
                @if let Some(post) = &run.post { (content(post, number, span, lang)) }
                @if run.state != State::Created && let Some(why) = run.reason_text() {
                    span.note { (shortened(why.get(lang), MAX_WEEK_WORDS)) }
                }
            }
        }
    }

    /// The time and the title. A campaign of another zone has its own local time beside the calendar's.
    fn head(&self, at: DateTime<Utc>, zone: Tz, title: &str, href: &str) -> Markup {
        let local = civil::to_local(self.plan.zone, at);
        let own = (zone != self.plan.zone).then(|| {
            let (clock, name) = (when::clock(civil::to_local(zone, at)), when::zone(zone.name()));
            in_parentheses(&text!(en: "{clock} {name}", zh: "{name} {clock}", name = name))
        });
        html! {
            a href=(href) {
                span.time { (when::clock(local)) }
                @if let Some(own) = own { span.own { (own.get(self.lang)) } }
                " "
                span.title { (title) }
            }
        }
    }
}

fn title(campaign: &Campaign) -> &str {
    campaign.title.as_deref().unwrap_or(campaign.id.as_str())
}

/// Audience, pictures, number and first words of what is posted.
fn content(post: &Post, number: Option<u32>, span: Span, lang: Lang) -> Markup {
    let pictures = post.media().len();
    let max_words = match span {
        Span::Month(_) => MAX_WORDS,
        Span::Week(_) => MAX_WEEK_WORDS,
    };
    html! {
        " " span.seen { (visibility_in_words(&post.audience).get(lang)) }
        @if pictures > 0 {
            " " span.count { (text!(en: "{pictures} pic", zh: "{pictures} 图").get(lang)) }
        }
        @if let Some(number) = number {
            " " span.count { (text!(en: "content {number}", zh: "第 {number} 条").get(lang)) }
        }
        @if let Some(text) = &post.text { span.words { (shortened(text, max_words)) } }
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

fn week_from(monday: NaiveDate) -> [NaiveDate; 7] {
    std::array::from_fn(|n| monday + Days::new(n as u64))
}

/// The weeks that a month touches, from Monday to Sunday.
fn weeks(month: NaiveDate) -> Vec<[NaiveDate; 7]> {
    let mut weeks = Vec::new();
    let mut monday = Span::week(month).first();
    while monday <= month || monday.month() == month.month() {
        weeks.push(week_from(monday));
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

    #[test]
    fn spans_follow_each_other_without_gap() {
        let month = Span::month(date("2026-12-31"));
        assert_eq!((month.path(), month.next().path()), ("/?month=2026-12".to_owned(), "/?month=2027-01".to_owned()));
        assert_eq!(month.next().previous(), month);
        let week = Span::week(date("2026-11-29"));
        assert_eq!((week.first(), week.end()), (date("2026-11-23"), date("2026-11-30")));
        assert_eq!(week.path(), "/?week=2026-11-23");
    }
}
