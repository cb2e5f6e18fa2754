//! One self-contained HTML file without script: the artifact of a pull request.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::calendar::{Calendar, Mark, Past, Tile, sorted};
use super::card::{CardContext, assumptions};
use super::changes::ChangesPart;
use super::findings;
use super::pictures::Pictures;
use super::{Links, Upcoming, anchor, document, with_code};
use crate::book::Book;
use crate::campaign::Campaign;
use crate::check::CheckResult;
use crate::ids::CampaignId;
use crate::media_index::MediaIndex;
use crate::plan::{Changes, Planned};
use crate::report::plan::View;
use crate::report::plan::cells::{Dates, facts, id_and_title};
use crate::report::plan::notices::{errors, notices};
use crate::report::plan::remarks::occurrence;
use crate::report::plan::summary::{idle, sum};

/// Next times shown of each campaign.
const MAX_NEXT: usize = 6;

/// A book with its pictures.
#[derive(Clone, Copy)]
pub struct PageMedia<'a> {
    pub media: &'a MediaIndex,
    pub pictures: &'a Pictures,
}

/// Everything that the file is made from.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub view: View<'a>,
    pub book: &'a Book,
    pub checked: &'a CheckResult,
    pub after: PageMedia<'a>,
    /// The book at the base, where one was named.
    pub before: Option<PageMedia<'a>>,
}

/// The whole file.
pub fn write(site: &Site<'_>) -> String {
    let lang = site.view.lang;
    let title = text!(en: "Drumbeat plan", zh: "客户朋友圈发表计划");
    let upcoming = Upcoming::new(site.view.plan);
    let cards = CardContext {
        pictures: site.after.pictures,
        media: site.after.media,
        upcoming: &upcoming,
        dates: Dates::of(site.view.plan),
        lang,
    };
    // The plan of the base is not shown, so its contents are those of the first day.
    let none = Upcoming(HashMap::new());
    let before = site.before.map_or(cards, |it| CardContext {
        pictures: it.pictures,
        media: it.media,
        upcoming: &none,
        ..cards
    });
    let body = html! {
        header {
            p.brand { "Drumbeat" }
            h1 { (title.get(lang)) }
            p.sum { (sum(site.view.plan).get(lang)) }
            @if let Some(idle) = idle(site.view.plan) { p { (idle.get(lang)) } }
            (contents(site))
        }
        main {
            @for error in errors(&site.view) { p.notice.error { (with_code(error.get(lang))) } }
            @for notice in notices(&site.view) { p.notice { (with_code(notice.get(lang))) } }
            @if let Some(changes) = site.view.changes {
                (ChangesPart { view: &site.view, changes, before, after: cards }.section())
            }
            (findings::section(site.book, site.view.findings, lang))
            section #calendar {
                h2 { (text!(en: "Calendar", zh: "日历").get(lang)) }
                (calendar(site))
            }
            section #campaigns {
                h2 { (text!(en: "Campaigns", zh: "活动").get(lang)) }
                @for campaign in &site.checked.campaigns { (self::campaign(campaign, site, cards)) }
            }
        }
        footer { (assumptions(lang)) }
    };
    document(lang, &title, &body)
}

/// Links to the parts of the page.
fn contents(site: &Site<'_>) -> Markup {
    let lang = site.view.lang;
    html! {
        nav aria-label=(text!(en: "On this page", zh: "本页内容").get(lang)) {
            @if site.view.changes.is_some() { a href="#changes" { (text!(en: "Changes", zh: "改动").get(lang)) } }
            @if !site.view.findings.is_empty() { a href="#findings" { (text!(en: "To correct", zh: "待改正").get(lang)) } }
            a href="#calendar" { (text!(en: "Calendar", zh: "日历").get(lang)) }
            a href="#campaigns" { (text!(en: "Campaigns", zh: "活动").get(lang)) }
        }
    }
}

/// The planned posts, and with a base those that are no longer made.
fn calendar(site: &Site<'_>) -> Markup {
    let marks = site.view.changes.map(marks).unwrap_or_default();
    let mark = |it: &Planned| marks.get(&(&it.campaign.id, it.occurrence.at)).copied();
    let planned = site.view.plan.occurrences.iter().map(|planned| Tile::Planned { planned, mark: mark(planned) });
    let removed = site.view.changes.iter().flat_map(|changes| &changes.campaigns).flat_map(|it| &it.lost);
    let removed = removed.map(|planned| Tile::Planned { planned, mark: Some(Mark::Removed) });
    let left_out = site.view.plan.left_out.iter().map(Tile::LeftOut);
    let calendar = Calendar {
        plan: site.view.plan,
        tiles: sorted(planned.chain(removed).chain(left_out).collect()),
        past: &Past::default(),
        campaigns: &site.checked.campaigns,
        closed: &site.checked.posting_blocks,
        today: None,
        links: Links::Anchors,
        lang: site.view.lang,
    };
    calendar.months()
}

/// What the changes do to each post that is still made.
fn marks(changes: &Changes) -> HashMap<(&CampaignId, DateTime<Utc>), Mark> {
    let mut marks = HashMap::new();
    for change in &changes.campaigns {
        let gained = change.gained.iter().map(|it| (it, Mark::Added));
        let moved = change.moved.iter().map(|it| (&it.after, Mark::Changed));
        marks.extend(gained.chain(moved).map(|(it, mark)| ((&it.campaign.id, it.occurrence.at), mark)));
    }
    marks
}

/// A campaign with its phone, what a reviewer asks and its next times.
fn campaign(campaign: &Arc<Campaign>, site: &Site<'_>, cards: CardContext<'_>) -> Markup {
    let (lang, dates) = (site.view.lang, Dates::of(site.view.plan));
    let next = cards.upcoming.of(&campaign.id);
    let more = next.len().saturating_sub(MAX_NEXT);
    html! {
        article.campaign id=(anchor(&campaign.id)) {
            div.facts {
                h3 { (id_and_title(campaign)) }
                @for fact in facts(campaign) { p { (with_code(fact.get(lang))) } }
                @if let Some(owner) = &campaign.owner {
                    p { (text!(en: "owner: {owner}", zh: "负责人：{owner}").get(lang)) }
                }
                p.file { code { (campaign.file) } }
                ol.times {
                    @for planned in next.iter().take(MAX_NEXT) {
                        li { (with_code(occurrence(planned, dates).get(lang))) }
                    }
                }
                @if more > 0 { p { (text!(en: "and {more} more", zh: "还有 {more} 次").get(lang)) } }
            }
            div.phones { (cards.contents(campaign, None)) }
        }
    }
}
