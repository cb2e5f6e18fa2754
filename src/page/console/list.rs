//! Runs, newest first: filters, and pages that begin after a run, however many there are.

use axum::extract::{Query, State};
use axum::response::Response;
use chrono::Days;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Console, Result, Visit, parts};
use crate::ids::CampaignId;
use crate::ops::CampaignNames;
use crate::page::frame::{Page, escaped};
use crate::page::live::LiveBook;
use crate::page::server::near_date;
use crate::page::with_code;
use crate::run::State as RunState;
use crate::store::{PageKey, PageOfRuns, RunFilter};
use crate::text::{Lang, Text, UserError};

/// Runs on one page.
const PAGE_SIZE: usize = 50;

/// The filters, as the address has them.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Filters {
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    state: String,
    /// Dates, both included.
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// The page begins before this key.
    #[serde(default)]
    before: String,
}

pub(super) async fn page(State(console): State<Console>, Query(filters): Query<Filters>, visit: Visit) -> Response {
    let made = make(&console, &visit, filters).await;
    console.answer(&visit, made)
}

async fn make(console: &Console, visit: &Visit, filters: Filters) -> Result<Page> {
    let (lang, book) = (visit.lang, console.book().await?);
    let wanted = match wanted(&book, &filters) {
        Ok(wanted) => wanted,
        Err(why) => {
            let body = html! { (form(&filters, lang)) p.notice role="alert" { (with_code(why.get(lang))) } };
            return Ok(Page { title: title(), body });
        }
    };
    let before = match (filters.before.parse::<PageKey>(), near_date(&filters.to)) {
        (Ok(key), _) => key,
        (Err(_), Some(last)) => PageKey::before(book.midnight(last + Days::new(1))),
        (Err(_), None) => PageKey::NEWEST,
    };
    let found = console.store().newest_runs(console.corp(), &wanted, before, PAGE_SIZE).await?;
    Ok(console.render(move || Page { title: title(), body: listed(&found, &filters, &book, lang) }).await)
}

/// What the filters mean; otherwise what is wrong with them.
fn wanted(book: &LiveBook, filters: &Filters) -> std::result::Result<RunFilter, Text> {
    let mut wanted =
        RunFilter { since: near_date(&filters.from).map(|date| book.midnight(date)), ..RunFilter::default() };
    if !filters.state.is_empty() {
        match filters.state.parse::<RunState>() {
            Ok(state) => wanted.state = Some(state),
            Err(error) => return Err(error.text()),
        }
    }
    let name = filters.campaign.trim();
    // The runs of a campaign that the book has no more are found by its id.
    match name.parse::<CampaignId>() {
        Ok(id) => wanted.campaign = Some(id),
        Err(_) if name.is_empty() => {}
        Err(_) => {
            let mut names = CampaignNames::default();
            names.add_valid(&book.checked.result.campaigns);
            match names.find(name) {
                Ok(id) => wanted.campaign = Some(id),
                Err(error) => return Err(error.text()),
            }
        }
    }
    Ok(wanted)
}

fn title() -> Text {
    text!(en: "Runs", zh: "发表记录")
}

fn listed(found: &PageOfRuns, filters: &Filters, book: &LiveBook, lang: Lang) -> Markup {
    html! {
        (form(filters, lang))
        @if found.runs.is_empty() {
            p.empty { (text!(en: "No runs", zh: "没有符合条件的发表记录").get(lang)) }
        } @else {
            (parts::table(&found.runs, Some(book), lang))
        }
        nav.pages aria-label=(text!(en: "Pages of runs", zh: "翻页").get(lang)) {
            @if !filters.before.is_empty() {
                a href=(filters.address(None)) { "« " (text!(en: "Newest", zh: "最新").get(lang)) }
            }
            @if let Some(older) = found.older {
                a rel="next" href=(filters.address(Some(older))) { (text!(en: "Older", zh: "更早").get(lang)) " ›" }
            }
        }
    }
}

fn form(filters: &Filters, lang: Lang) -> Markup {
    html! {
        form.filters method="get" action="/runs" role="search" {
            label { (text!(en: "Campaign", zh: "活动").get(lang))
                input name="campaign" value=(filters.campaign) placeholder=(text!(en: "id, title or file", zh: "id、标题或文件名").get(lang)); }
            label { (text!(en: "State", zh: "状态").get(lang))
                select name="state" {
                    option value="" { (text!(en: "all", zh: "全部").get(lang)) }
                    @for state in RunState::ALL {
                        option value=(state.name()) selected[state.name() == filters.state] { (state.text().get(lang)) }
                    }
                } }
            label { (text!(en: "From", zh: "从").get(lang)) input type="date" name="from" value=(filters.from); }
            label { (text!(en: "To", zh: "到").get(lang)) input type="date" name="to" value=(filters.to); }
            button type="submit" { (text!(en: "Show", zh: "查看").get(lang)) }
            @if !filters.is_empty() { a href="/runs" { (text!(en: "Show all", zh: "清除条件").get(lang)) } }
        }
    }
}

impl Filters {
    fn is_empty(&self) -> bool {
        [&self.campaign, &self.state, &self.from, &self.to].iter().all(|it| it.is_empty())
    }

    /// The address of another page of the same runs.
    fn address(&self, before: Option<PageKey>) -> String {
        let before = before.map(|key| key.to_string()).unwrap_or_default();
        let pairs = [
            ("campaign", &self.campaign),
            ("state", &self.state),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &before),
        ];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        format!("/runs?{}", query.join("&"))
    }
}
