//! The pages of a book that is being edited: a month, a day, a campaign, the findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use super::calendar::{Calendar, Tile, first_of_month};
use super::card::{CardContext, assumptions};
use super::pictures::Pictures;
use super::{Links, Upcoming, findings, html_lang};
use crate::campaign::Campaign;
use crate::ids::CampaignId;
use crate::load::CheckedBook;
use crate::plan::{Plan, Planned, Window, plan};
use crate::report::plan::cells::{Dates, facts, id_and_title, notes_in_parentheses, visibility_and_audience};
use crate::report::plan::remarks::occurrence;
use crate::report::plan::summary::sum;
use crate::schedule::civil;
use crate::text::{Lang, Text, when};

/// Most posts of a day that are shown as phones.
const MAX_PHONES: usize = 60;
/// Next times shown of a campaign.
const MAX_NEXT: usize = 12;
/// How far ahead next times are looked for.
const NEXT_DAYS: i64 = 92;
/// Broken files beyond this number are counted.
const MAX_BROKEN: usize = 20;

/// A book as it was read at one moment.
pub struct LiveBook {
    pub checked: CheckedBook,
    pub pictures: Pictures,
    /// The zone in which its days are counted.
    pub zone: Tz,
    /// Counts the loads: a page of another number is out of date.
    pub version: u64,
}

/// What a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked<'p> {
    pub lang: Lang,
    pub now: DateTime<Utc>,
    /// The address of the page, to come back to.
    pub path: &'p str,
}

impl LiveBook {
    /// The local date of the book.
    pub(super) fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        civil::to_local(self.zone, now).date()
    }

    /// The month of a date.
    pub(super) fn month(&self, asked: Asked<'_>, month: NaiveDate) -> String {
        let (lang, first) = (asked.lang, first_of_month(month));
        let plan = self.plan(first, first + Months::new(1));
        let tiles = plan.occurrences.iter().map(|planned| Tile { planned, mark: None }).collect();
        let blackouts = &self.checked.result.posting_blocks.blackouts;
        let calendar = Calendar { plan: &plan, tiles, blackouts, links: Links::Pages, lang };
        let title = when::month(first);
        let link = |month: NaiveDate| format!("/?month={}", month.format("%Y-%m"));
        let body = html! {
            (self.broken(lang))
            nav.months aria-label=(text!(en: "Months", zh: "月份").get(lang)) {
                a rel="prev" href=(link(first - Months::new(1))) { (text!(en: "Earlier", zh: "上个月").get(lang)) }
                a href="/" { (text!(en: "This month", zh: "本月").get(lang)) }
                a rel="next" href=(link(first + Months::new(1))) { (text!(en: "Later", zh: "下个月").get(lang)) }
            }
            p.sum { (sum(&plan).get(lang)) }
            (calendar.markup())
        };
        self.document(asked, &title, &body)
    }

    /// The posts of a day, each on a phone.
    pub(super) fn day(&self, asked: Asked<'_>, date: NaiveDate) -> String {
        let lang = asked.lang;
        let plan = self.plan(date, date + Days::new(1));
        let upcoming = Upcoming::new(&plan);
        let more = plan.occurrences.len().saturating_sub(MAX_PHONES);
        let body = html! {
            (self.broken(lang))
            p { a href=(format!("/?month={}", date.format("%Y-%m"))) { (text!(en: "To the month", zh: "回到日历").get(lang)) } }
            p.sum { (sum(&plan).get(lang)) }
            @for planned in plan.occurrences.iter().take(MAX_PHONES) { (post(planned, self.cards(&upcoming, &plan, lang))) }
            @if more > 0 { p { (text!(en: "and {more} more", zh: "还有 {more} 条").get(lang)) } }
            div.assumptions { (assumptions(lang)) }
        };
        self.document(asked, &when::date(date), &body)
    }

    /// A campaign with every content and its next times; `None` if the book has none of that id.
    pub(super) fn campaign(&self, asked: Asked<'_>, id: &str) -> Option<String> {
        let lang = asked.lang;
        let id: CampaignId = id.parse().ok()?;
        let campaign = crate::campaign::find(&self.checked.result.campaigns, &id)?;
        let window = Window { from: asked.now, to: asked.now + TimeDelta::days(NEXT_DAYS) };
        let plan = plan(&self.checked.result, self.zone, window);
        let upcoming = Upcoming::new(&plan);
        let next = upcoming.of(&id);
        let (dates, findings) = (Dates::of(&plan), self.findings_of(&campaign.file));
        let body = html! {
            p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
            (findings::section(&self.checked.book, &findings, lang))
            article.campaign {
                div.facts {
                    @for fact in facts(campaign) { p { (fact.get(lang)) } }
                    p.file { code { (campaign.file) } }
                    h2 { (text!(en: "Next times", zh: "接下来的发表时间").get(lang)) }
                    @if next.is_empty() { p { (text!(en: "none in {NEXT_DAYS} days", zh: "{NEXT_DAYS} 天内没有").get(lang)) } }
                    ol.times { @for planned in next.iter().take(MAX_NEXT) {
                        li { (occurrence(planned, dates).get(lang)) }
                    } }
                }
                div.phones { (self.cards(&upcoming, &plan, lang).contents(campaign, None)) }
            }
            div.assumptions { (assumptions(lang)) }
        };
        Some(self.document(asked, &Text::quoted(id_and_title(campaign)), &body))
    }

    /// Every finding of the book.
    pub(super) fn findings(&self, asked: Asked<'_>) -> String {
        let (lang, found) = (asked.lang, &self.checked.result.findings);
        let body = html! {
            p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
            @if found.is_empty() { p { (text!(en: "Nothing to correct", zh: "没有要改正的").get(lang)) } }
            (findings::section(&self.checked.book, found, lang))
        };
        self.document(asked, &text!(en: "Findings", zh: "检查结果"), &body)
    }

    /// A page that says why there is no other.
    pub(super) fn missing(&self, asked: Asked<'_>) -> String {
        let lang = asked.lang;
        let body = html! {
            p { (text!(en: "There is no such page in this book; perhaps the file was renamed.", zh: "活动目录里没有这一页；可能是文件改了名。").get(lang)) }
            p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
        };
        self.document(asked, &text!(en: "Not found", zh: "找不到"), &body)
    }

    fn plan(&self, from: NaiveDate, to: NaiveDate) -> Plan {
        let midnight = |date: NaiveDate| civil::reached(self.zone, date.and_time(chrono::NaiveTime::MIN));
        plan(&self.checked.result, self.zone, Window { from: midnight(from), to: midnight(to) })
    }

    fn cards<'a>(&'a self, upcoming: &'a Upcoming<'a>, plan: &Plan, lang: Lang) -> CardContext<'a> {
        CardContext { pictures: &self.pictures, media: &self.checked.media, upcoming, dates: Dates::of(plan), lang }
    }

    fn findings_of(&self, file: &str) -> Vec<crate::diag::Diag> {
        self.checked.result.findings.iter().filter(|it| &*it.place.file == file).cloned().collect()
    }

    /// The files whose posts would be held, each with its first error.
    fn broken(&self, lang: Lang) -> Markup {
        let broken = &self.checked.result.invalid_files;
        let more = broken.len().saturating_sub(MAX_BROKEN);
        html! {
            @if !broken.is_empty() {
                div.loud role="status" {
                    h2 { (text!(en: "These cannot be posted as they stand", zh: "下面的活动现在不能发表").get(lang)) }
                    ul {
                        @for it in broken.iter().take(MAX_BROKEN) {
                            li { code { (it.file) } " " (it.reason.get(lang)) }
                        }
                    }
                    @if more > 0 { p { (text!(en: "and {more} more", zh: "还有 {more} 个").get(lang)) } }
                    p { a href="/findings" { (text!(en: "What to correct", zh: "看看怎么改").get(lang)) } }
                }
            }
        }
    }

    fn document(&self, asked: Asked<'_>, title: &Text, body: &Markup) -> String {
        let lang = asked.lang;
        let other = match lang {
            Lang::En => Lang::Zh,
            Lang::Zh => Lang::En,
        };
        let found = self.checked.result.findings.len();
        html! {
            (DOCTYPE)
            html lang=(html_lang(lang)) data-version=(self.version) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title.get(lang)) " · Drumbeat" }
                    link rel="stylesheet" href="/style.css";
                    script src="/live.js" defer {}
                }
                body {
                    header {
                        p.brand { a href="/" { "Drumbeat" } }
                        nav aria-label=(text!(en: "Pages", zh: "页面").get(lang)) {
                            a href="/" { (text!(en: "Calendar", zh: "日历").get(lang)) }
                            a href="/findings" { (text!(en: "Findings", zh: "检查结果").get(lang)) " (" (found) ")" }
                            a href=(format!("/language/{}?to={}", other.code(), asked.path)) hreflang=(other.code()) lang=(other.code()) {
                                (match other { Lang::En => "English", Lang::Zh => "中文" })
                            }
                        }
                        h1 { (title.get(lang)) }
                    }
                    main { (body) }
                }
            }
        }
        .into_string()
    }

    /// The campaigns of the book, for pictures.
    pub fn campaigns(checked: &CheckedBook) -> impl Iterator<Item = &Campaign> {
        checked.result.campaigns.iter().map(Arc::as_ref)
    }
}

/// A post with its phone.
fn post(planned: &Planned, cards: CardContext<'_>) -> Markup {
    let (lang, campaign, notes) = (cards.lang, &planned.campaign, notes_in_parentheses(planned));
    html! {
        article.campaign {
            div.facts {
                h2 { (cards.dates.when_and_zone(planned).get(lang)) " " a href=(Links::Pages.campaign(&campaign.id)) { (id_and_title(campaign)) } }
                p { (visibility_and_audience(campaign).get(lang)) }
                @if !notes.is_empty() { p.notice { (notes.get(lang)) } }
                p.file { code { (campaign.file) } }
            }
            (cards.card(&planned.content.post, None))
        }
    }
}

/// Pages by what they were asked for, of one version of the book.
pub(super) type PageCache = BTreeMap<(String, &'static str), Arc<str>>;
