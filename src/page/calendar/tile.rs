//! One post on a calendar: its time, title, state, audience and first words.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::Calendar;
use super::span::Span;
use crate::campaign::{self, Campaign};
use crate::check::InvalidFile;
use crate::ids::CampaignId;
use crate::page::{Links, with_code};
use crate::plan::{LeftOut, Note, Planned};
use crate::post::Post;
use crate::report::plan::cells::{in_parentheses, shortened, visibility_in_words};
use crate::run::{Reader, Run, State};
use crate::schedule::civil;
use crate::text::{Lang, Text, when};

/// Most of a text on a tile of a month, in characters.
const MAX_WORDS: usize = 28;
/// The same for a week.
const MAX_WEEK_WORDS: usize = 60;

/// What an edit does to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::page) enum Mark {
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
pub(in crate::page) enum Tile<'a> {
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
    pub(crate) fn at(&self) -> DateTime<Utc> {
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
pub(in crate::page) fn sorted(mut tiles: Vec<Tile<'_>>) -> Vec<Tile<'_>> {
    tiles.sort_by(|a, b| (a.at(), a.campaign()).cmp(&(b.at(), b.campaign())));
    tiles
}

/// The colour of a state.
pub(in crate::page) fn tone(run: &Run) -> &'static str {
    match run.state {
        _ if run.needs_review => "doubt",
        State::Created => "good",
        State::Claimed | State::Sending | State::Submitted => "busy",
        State::Partial | State::Held => "warn",
        State::InDoubt => "doubt",
        State::Refused | State::Expired | State::Absent | State::Failed | State::Missed => "bad",
    }
}

impl Calendar<'_> {
    pub(super) fn tile(&self, tile: Tile<'_>, span: Span) -> Markup {
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
                (content(&planned.content.post, campaign.contents.has_several().then_some(planned.content.number), span, lang))
                @for note in &planned.notes {
                    span.note .warn[matches!(note, Note::Held(_))] { (with_code(note.text().get(lang))) }
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
                span.note { (with_code(left_out.blackout.text().get(lang))) }
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
                span.note.warn { code { (file.file) } " " (with_code(file.reason.get(lang))) }
            }
        }
    }

    fn run(&self, run: &Run, span: Span) -> Markup {
        let lang = self.lang;
        let campaign = campaign::find(self.campaigns, &run.campaign);
        let title = campaign.map_or(run.campaign.as_str(), |it| title(it));
        let zone: Tz = run.zone.parse().unwrap_or(self.plan.zone);
        let number = campaign.filter(|it| it.contents.has_several()).and(run.content);
        html! {
            li.tile.run .{(tone(run))} {
                (self.head(run.due, zone, title, &format!("/run/{}", run.id())))
                span.badge .{(tone(run))} { (run.state.text().get(lang)) }
                @if run.needs_review { span.badge.doubt { (text!(en: "needs review", zh: "需人工处理").get(lang)) } }
                @if let Some(post) = &run.post { (content(post, number, span, lang)) }
                @if run.state != State::Created && let Some(why) = run.reason_text_for(Reader::Page) {
                    span.note { (with_code(&shortened(why.get(lang), MAX_WEEK_WORDS))) }
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
    let max_words = match span {
        Span::Month(_) => MAX_WORDS,
        Span::Week(_) => MAX_WEEK_WORDS,
    };
    let facts = [
        Some(("seen", visibility_in_words(&post.audience))),
        post.attachments.short_text().map(|text| ("count", text)),
        number.map(|number| ("count", text!(en: "content {number}", zh: "第 {number} 条"))),
    ];
    html! {
        @for (n, (class, fact)) in facts.into_iter().flatten().enumerate() {
            @if n > 0 { " · " } @else { " " }
            span .(class) { (fact.get(lang)) }
        }
        @if let Some(text) = &post.text { span.words { (shortened(text, max_words)) } }
    }
}
