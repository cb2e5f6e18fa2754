//! The pages of a book: a month or week, a day, a campaign, the findings.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::calendar::{Calendar, Past, Span, Tile, sorted, tone};
use super::card::{CardContext, assumptions};
use super::frame::Page;
use super::pictures::Pictures;
use super::{Links, Upcoming, findings, with_code};
use crate::book::Corp;
use crate::campaign::{self, Campaign};
use crate::check::InvalidFile;
use crate::ids::CampaignId;
use crate::limits::BEIJING;
use crate::load::{CheckedBook, load_for_review};
use crate::plan::{Plan, Planned, Window, plan, plan_of};
use crate::report::plan::cells::{Dates, facts, id_and_title, notes_in_parentheses, visibility_and_audience};
use crate::report::plan::remarks::occurrence;
use crate::report::plan::summary::sum;
use crate::run::{Reader, Run};
use crate::schedule::{self, civil};
use crate::source::Source;
use crate::text::{Lang, Text, when};

/// Most posts of a day that are shown as phones.
pub(super) const MAX_PHONES: usize = 60;
/// Next times shown of a campaign.
const MAX_NEXT: usize = 12;
/// How far ahead next times are looked for.
const NEXT_DAYS: i64 = 92;
/// Broken files beyond this number are counted.
const MAX_BROKEN: usize = 20;
/// Plans that are kept of one version of the book.
const MAX_PLANS: usize = 8;

/// A book as it was read at one moment.
pub struct LiveBook {
    pub checked: CheckedBook,
    pub(super) pictures: Pictures,
    /// The zone in which its days are counted.
    pub(super) zone: Tz,
    /// Counts the loads: a page of another number is out of date.
    pub version: u64,
    last_valid: LastValid,
    plans: Mutex<BTreeMap<(NaiveDate, NaiveDate), Arc<Plan>>>,
}

/// The campaigns of files that have an error now, as they were before.
#[derive(Clone, Debug, Default)]
pub struct LastValid(Vec<Arc<Campaign>>);

impl LastValid {
    /// After another load: `before` are the valid campaigns of the load before it, `invalid` its files with an error.
    #[must_use]
    pub fn after(&self, before: &[Arc<Campaign>], invalid: &[InvalidFile]) -> Self {
        let known = |file: &InvalidFile| {
            let by_id = file.id.as_ref().and_then(|id| campaign::find(before, id));
            let of_file = || before.iter().chain(&self.0).find(|it| it.file == file.file);
            by_id.or_else(of_file).cloned()
        };
        Self(invalid.iter().filter_map(known).collect())
    }

    /// Adds what the checked-out commit says of files with an error that were never valid since the start.
    #[must_use]
    pub fn or_committed(mut self, source: &Source, corp: &Corp, invalid: &[InvalidFile]) -> Self {
        let is_known = |file: &InvalidFile| self.0.iter().any(|campaign| is_of(campaign, file));
        let unknown: Vec<InvalidFile> = invalid.iter().filter(|file| !is_known(file)).cloned().collect();
        if unknown.is_empty() {
            return self;
        }
        let commit = source.checked_out().and_then(Result::ok);
        if let Some(committed) = commit.and_then(|commit| load_for_review(&commit, corp).ok()) {
            self.0.extend(Self::default().after(&committed.result.campaigns, &unknown).0);
        }
        self
    }
}

/// Whether a file with an error is the file of a campaign.
fn is_of(campaign: &Campaign, file: &InvalidFile) -> bool {
    file.id.as_ref() == Some(&campaign.id) || file.file == campaign.file
}

/// The parameters of a request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    pub lang: Lang,
    pub now: DateTime<Utc>,
}

/// The number of posts of a plan, and how many of them are past.
fn counted(plan: &Plan, now: DateTime<Utc>) -> Text {
    let is_past = |planned: &&Planned| planned.occurrence.at <= now && !planned.is_repeated();
    let past = plan.occurrences.iter().filter(is_past).count();
    match past {
        0 => sum(plan),
        _ => text!(en: "{sum}, {past} of them past", zh: "{sum}，其中 {past} 次的时间已经过去", sum = sum(plan)),
    }
}

impl LiveBook {
    /// The pictures of `previous` are reused.
    pub fn new(checked: CheckedBook, former: Option<&Self>, last_valid: LastValid) -> Self {
        let none = Pictures::default();
        let campaigns = checked.result.campaigns.iter().map(Arc::as_ref);
        let pictures = Pictures::served(campaigns, &checked.source, former.map_or(&none, |it| &it.pictures));
        let named = checked.book.policy.timezone.as_ref().and_then(|zone| schedule::zone(&zone.value).ok());
        Self {
            pictures,
            zone: named.unwrap_or(BEIJING),
            version: former.map_or(1, |it| it.version + 1),
            last_valid,
            plans: Mutex::default(),
            checked,
        }
    }

    /// The last valid campaigns of the files that have an error in the next load.
    pub fn last_valid_after(&self, invalid: &[InvalidFile]) -> LastValid {
        self.last_valid.after(&self.checked.result.campaigns, invalid)
    }

    /// The local date of the book.
    pub(super) fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        civil::to_local(self.zone, now).date()
    }

    /// The instant at which a date begins.
    pub(super) fn midnight(&self, date: NaiveDate) -> DateTime<Utc> {
        civil::reached(self.zone, date.and_time(chrono::NaiveTime::MIN))
    }

    /// A month or a week.
    pub(super) fn calendar(&self, asked: PageRequest, span: Span, past: &Past) -> Page {
        let lang = asked.lang;
        let plan = self.plan(span.first(), span.end());
        let broken = self.broken_posts(plan.window);
        let tiles = self.tiles(&plan, &broken, past);
        let today = self.today(asked.now);
        let sum = match past.until {
            None => counted(&plan, asked.now),
            Some(_) => happened_and_ahead(&plan, past),
        };
        let calendar = Calendar {
            plan: &plan,
            tiles,
            past,
            campaigns: &self.checked.result.campaigns,
            closed: &self.checked.result.posting_blocks,
            today: Some(today),
            links: Links::Pages,
            lang,
        };
        let (this, other, to_other) = match span {
            Span::Month(first) => {
                let week = if Span::month(today) == span { Span::week(today) } else { Span::week(first) };
                (Span::month(today), week, text!(en: "Week", zh: "周"))
            }
            Span::Week(monday) => (Span::week(today), Span::month(monday), text!(en: "Month", zh: "月")),
        };
        let (earlier, now, later) = match span {
            Span::Month(_) => (
                text!(en: "Earlier", zh: "上个月"),
                text!(en: "This month", zh: "本月"),
                text!(en: "Later", zh: "下个月"),
            ),
            Span::Week(_) => (
                text!(en: "Earlier", zh: "上一周"),
                text!(en: "This week", zh: "本周"),
                text!(en: "Later", zh: "下一周"),
            ),
        };
        let body = html! {
            (self.broken(lang))
            nav.months aria-label=(text!(en: "Calendar", zh: "日历").get(lang)) {
                a rel="prev" href=(span.previous().path()) { "‹ " (earlier.get(lang)) }
                a href=(this.path()) { (now.get(lang)) }
                a rel="next" href=(span.next().path()) { (later.get(lang)) " ›" }
                a.view href=(other.path()) { (to_other.get(lang)) }
            }
            p.sum { (sum.get(lang)) }
            (calendar.span(span))
        };
        Page { title: span.text(), body }
    }

    fn tiles<'a>(&self, plan: &'a Plan, broken: &'a [(Planned, &'a InvalidFile)], past: &'a Past) -> Vec<Tile<'a>> {
        let planned = plan.occurrences.iter().map(|planned| Tile::Planned { planned, mark: None });
        let broken = broken.iter().map(|(planned, file)| Tile::Broken { planned, file });
        let left_out = plan.left_out.iter().map(Tile::LeftOut);
        // Skipped times are not recorded, so past ones come from the plan.
        let ahead = planned.chain(broken).filter(|tile| past.is_ahead(tile.at()));
        let runs = past.days.values().flat_map(|day| day.runs.iter().map(Tile::Run));
        sorted(ahead.chain(left_out).chain(runs).collect())
    }

    /// The posts that files with an error would have made, if they were as before.
    fn broken_posts(&self, window: Window) -> Vec<(Planned, &InvalidFile)> {
        let mut posts = Vec::new();
        for campaign in &self.last_valid.0 {
            let invalid = &self.checked.result.invalid_files;
            let Some(file) = invalid.iter().find(|file| is_of(campaign, file)) else { continue };
            let plan = plan_of(campaign, &self.checked.result, self.zone, window);
            posts.extend(plan.occurrences.into_iter().map(|planned| (planned, file)));
        }
        posts
    }

    /// The posts of a day, each on a phone.
    pub(super) fn day(&self, asked: PageRequest, date: NaiveDate, past: &Past) -> Page {
        let lang = asked.lang;
        let plan = self.plan(date, date + Days::new(1));
        let upcoming = Upcoming::new(&plan);
        let cards = self.cards(&upcoming, &plan, lang);
        let runs: Vec<&Run> = past.days.values().flat_map(|day| &day.runs).collect();
        let ahead: Vec<&Planned> = plan.occurrences.iter().filter(|it| past.is_ahead(it.occurrence.at)).collect();
        let happened: usize = past.days.values().map(|day| day.count).sum();
        let shown = runs.len().min(MAX_PHONES);
        let more = happened + ahead.len() - shown - ahead.len().min(MAX_PHONES - shown);
        let sum = match past.until {
            None => counted(&plan, asked.now),
            Some(_) => happened_and_ahead(&plan, past),
        };
        let body = html! {
            (self.broken(lang))
            nav.months aria-label=(text!(en: "Days", zh: "日期").get(lang)) {
                a rel="prev" href=(format!("/day/{}", date - Days::new(1))) { "‹ " (text!(en: "Day before", zh: "前一天").get(lang)) }
                a href=(Span::month(date).path()) { (text!(en: "To the month", zh: "回到日历").get(lang)) }
                a rel="next" href=(format!("/day/{}", date + Days::new(1))) { (text!(en: "Day after", zh: "后一天").get(lang)) " ›" }
            }
            p.sum { (sum.get(lang)) }
            @for run in runs.iter().take(MAX_PHONES) { (self.past_post(run, cards)) }
            @for planned in ahead.iter().take(MAX_PHONES - shown) { (post(planned, past, cards)) }
            @if more > 0 { p { (text!(en: "and {more} more", zh: "还有 {more} 条").get(lang)) } }
            div.assumptions { (assumptions(lang)) }
        };
        Page { title: when::date(date), body }
    }

    /// A run of a day with its phone.
    fn past_post(&self, run: &Run, cards: CardContext<'_>) -> Markup {
        let (lang, id) = (cards.lang, run.id());
        let campaign = campaign::find(&self.checked.result.campaigns, &run.campaign);
        let name = campaign.map_or_else(|| run.campaign.to_string(), |it| id_and_title(it));
        html! {
            article.campaign {
                div.facts {
                    h2 { (crate::report::runs::local(run).get(lang)) " " a href=(format!("/run/{id}")) { (name) } }
                    p { span.badge .{(tone(run))} { (run.state.text().get(lang)) } }
                    @if let Some(why) = run.reason_text_for(Reader::Page) { p { (with_code(why.get(lang))) } }
                }
                @if let Some(post) = &run.post { (cards.card(post, None)) }
            }
        }
    }

    /// A campaign with every content and its next times; `None` if the book has none of that id.
    pub(super) fn campaign(&self, asked: PageRequest, id: &str) -> Option<Page> {
        let lang = asked.lang;
        let id: CampaignId = id.parse().ok()?;
        let Some(campaign) = campaign::find(&self.checked.result.campaigns, &id) else {
            return self.broken_campaign(asked, &id);
        };
        let window = Window { from: asked.now, to: asked.now + TimeDelta::days(NEXT_DAYS) };
        let plan = plan_of(campaign, &self.checked.result, self.zone, window);
        let upcoming = Upcoming::new(&plan);
        let next = upcoming.of(&id);
        let (dates, findings) = (Dates::of(&plan), self.findings_of(&campaign.file));
        let body = html! {
            p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
            (findings::section(&self.checked.book, &findings, lang))
            article.campaign {
                div.facts {
                    @for fact in facts(campaign) { p { (with_code(fact.get(lang))) } }
                    @if let Some(owner) = &campaign.owner { p { (text!(en: "owner: {owner}", zh: "负责人：{owner}").get(lang)) } }
                    p.file { code { (campaign.file) } }
                    h2 { (text!(en: "Next times", zh: "接下来的发表时间").get(lang)) }
                    @if next.is_empty() { p { (text!(en: "none in {NEXT_DAYS} days", zh: "{NEXT_DAYS} 天内没有").get(lang)) } }
                    ol.times { @for planned in next.iter().take(MAX_NEXT) {
                        li { (with_code(occurrence(planned, dates).get(lang))) }
                    } }
                }
                div.phones { (self.cards(&upcoming, &plan, lang).contents(campaign, None)) }
            }
            div.assumptions { (assumptions(lang)) }
        };
        Some(Page { title: Text::quoted(id_and_title(campaign)), body })
    }

    /// What to correct in the file of a campaign that cannot be shown.
    fn broken_campaign(&self, asked: PageRequest, id: &CampaignId) -> Option<Page> {
        let lang = asked.lang;
        let invalid = self.checked.result.invalid_files.iter();
        let file = invalid.into_iter().find(|file| file.id.as_ref() == Some(id))?;
        let body = html! {
            p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
            p.notice.error role="status" {
                (text!(en: "The file has errors: the campaign is not posted.", zh: "文件有错误，改好之前不会发表。").get(lang))
            }
            (findings::section(&self.checked.book, &self.findings_of(&file.file), lang))
        };
        Some(Page { title: Text::quoted(id.to_string()), body })
    }

    /// Every finding of the book.
    pub(super) fn findings(&self, asked: PageRequest) -> Page {
        let (lang, found) = (asked.lang, &self.checked.result.findings);
        let body = html! {
            @if found.is_empty() { p { (text!(en: "Nothing to correct", zh: "没有要改正的").get(lang)) } }
            (findings::section(&self.checked.book, found, lang))
        };
        Page { title: text!(en: "Findings", zh: "检查结果"), body }
    }

    /// The plan of some days; made once for each version of the book.
    fn plan(&self, from: NaiveDate, to: NaiveDate) -> Arc<Plan> {
        let kept = |plans: &BTreeMap<_, Arc<Plan>>| plans.get(&(from, to)).cloned();
        if let Some(plan) = kept(&self.plans.lock().unwrap_or_else(PoisonError::into_inner)) {
            return plan;
        }
        let window = Window { from: self.midnight(from), to: self.midnight(to) };
        let made = Arc::new(plan(&self.checked.result, self.zone, window));
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MAX_PLANS {
            plans.clear();
        }
        Arc::clone(plans.entry((from, to)).or_insert(made))
    }

    pub(super) fn cards<'a>(&'a self, upcoming: &'a Upcoming<'a>, plan: &Plan, lang: Lang) -> CardContext<'a> {
        CardContext { pictures: &self.pictures, media: &self.checked.media, upcoming, dates: Dates::of(plan), lang }
    }

    fn findings_of(&self, file: &str) -> Vec<crate::finding::Finding> {
        self.checked.result.findings.iter().filter(|it| &*it.place.file == file).cloned().collect()
    }

    /// The files whose posts would be held, each with its first error.
    pub(super) fn broken(&self, lang: Lang) -> Markup {
        let broken = &self.checked.result.invalid_files;
        let more = broken.len().saturating_sub(MAX_BROKEN);
        html! {
            @if !broken.is_empty() {
                div.loud role="status" {
                    h2 { (text!(en: "These files have errors; their campaigns are not posted", zh: "下面的活动现在不能发表").get(lang)) }
                    ul {
                        @for it in broken.iter().take(MAX_BROKEN) {
                            li { code { (it.file) } " " (with_code(it.reason.get(lang))) }
                        }
                    }
                    @if more > 0 { p { (text!(en: "and {more} more", zh: "还有 {more} 个").get(lang)) } }
                    p { a href="/findings" { (text!(en: "What to correct", zh: "看看怎么改").get(lang)) } }
                }
            }
        }
    }
}

/// What happened and what is to come, on one line.
fn happened_and_ahead(plan: &Plan, past: &Past) -> Text {
    let happened: usize = past.days.values().map(|day| day.count).sum();
    let is_ahead = |it: &&Planned| past.is_ahead(it.occurrence.at) && !it.is_repeated();
    let ahead = plan.occurrences.iter().filter(is_ahead).count();
    text!(en: "{happened} due so far, {ahead} to come", zh: "已到时间 {happened} 次，还有 {ahead} 次")
}

/// An error page: why the requested page does not exist.
pub(super) fn missing(lang: Lang) -> Page {
    let body = html! {
        p { (text!(en: "There is no such page: the address is wrong, or it is gone, as after a campaign's file was renamed or removed.", zh: "没有这一页：可能地址写错了，也可能活动文件改了名或者删掉了。").get(lang)) }
        p { a href="/" { (text!(en: "To the calendar", zh: "回到日历").get(lang)) } }
    };
    Page { title: text!(en: "Not found", zh: "找不到"), body }
}

/// A planned post with its phone.
fn post(planned: &Planned, past: &Past, cards: CardContext<'_>) -> Markup {
    let (lang, campaign, notes) = (cards.lang, &planned.campaign, notes_in_parentheses(planned));
    html! {
        article.campaign {
            div.facts {
                h2 { (cards.dates.when_and_zone(planned).get(lang)) " " a href=(Links::Pages.campaign(&campaign.id)) { (id_and_title(campaign)) } }
                p { (visibility_and_audience(campaign).get(lang)) }
                @if past.hold(&campaign.id).is_some() {
                    p { span.badge.warn { (text!(en: "on hold", zh: "暂停中").get(lang)) } }
                }
                @if !notes.is_empty() { p.notice { (with_code(notes.get(lang))) } }
                p.file { code { (campaign.file) } }
            }
            (cards.card_reaching(&planned.content.post, None, planned.campaign.reach.as_ref()))
        }
    }
}
