//! The active holds, and the lifted ones.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Console, Result, Visit, post};
use crate::ids::CampaignId;
use crate::limits::BEIJING;
use crate::page::frame::{Page, escaped};
use crate::page::with_code;
use crate::report;
use crate::run::Reader;
use crate::store::{Hold, Scope};
use crate::text::Lang;

/// Lifted holds that are listed.
const MAX_LIFTED: usize = 50;

pub(super) async fn page(State(console): State<Console>, visit: Visit) -> Response {
    let made = make(&console, &visit).await;
    console.answer(&visit, made)
}

async fn make(console: &Console, visit: &Visit) -> Result<Page> {
    let lang = visit.lang;
    let (lifted, active): (Vec<Hold>, Vec<Hold>) =
        console.store().holds_beside().await?.into_iter().partition(|hold| hold.lifted.is_some());
    let is_all_held = active.iter().any(|hold| hold.scope == Scope::Everything);
    let body = html! {
        p.sum { (text!(
            en: "What falls due while it is on hold is recorded as held and not posted.",
            zh: "暂停期间到时间的不会发表，会记为“已暂停”。"
        ).get(lang)) }
        p.actions {
            a.button href="/hold" { (text!(en: "Hold a campaign", zh: "暂停一个活动").get(lang)) }
            @if !is_all_held {
                a.button href="/hold?all=yes" { (text!(en: "Hold everything", zh: "全部暂停").get(lang)) }
            }
        }
        h2 { (text!(en: "Active", zh: "暂停中").get(lang)) }
        @if active.is_empty() { p.empty { (text!(en: "Nothing is on hold.", zh: "现在没有暂停的。").get(lang)) } }
        @for hold in &active {
            article.hold {
                p { (with_code(report::holds::in_words_for(Reader::Page, hold, BEIJING.name()).get(lang))) }
                p.actions { a.button href=(format!("/resume/{}", hold.id)) { (text!(en: "Resume", zh: "恢复").get(lang)) } }
            }
        }
        @if !lifted.is_empty() {
            h2 { (text!(en: "Lifted", zh: "已恢复的").get(lang)) }
            ul.plain { @for hold in lifted.iter().rev().take(MAX_LIFTED) {
                li { (with_code(report::holds::in_words_for(Reader::Page, hold, BEIJING.name()).get(lang))) }
            } }
        }
    };
    Ok(Page { title: text!(en: "Holds", zh: "暂停"), body })
}

/// What a person can do with a campaign: hold it, resume it, look at its runs.
pub(super) fn of_campaign(campaign: &CampaignId, hold: Option<&Hold>, lang: Lang) -> Markup {
    let id = escaped(campaign.as_str());
    html! {
        @if let Some(hold) = hold {
            p.notice { (with_code(report::holds::in_words_for(Reader::Page, hold, BEIJING.name()).get(lang))) }
        }
        p.actions {
            @match hold {
                Some(hold) => a.button href=(format!("/resume/{}", hold.id)) { (text!(en: "Resume", zh: "恢复").get(lang)) },
                None => {
                    (post::link(&id, lang))
                    a.button href=(format!("/hold?campaign={id}")) { (text!(en: "Hold", zh: "暂停").get(lang)) }
                }
            }
            a href=(format!("/runs?campaign={id}")) { (text!(en: "Its runs", zh: "它的发表记录").get(lang)) }
        }
    }
}
