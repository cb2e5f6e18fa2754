//! Holding a campaign or everything, and resuming it: each form says what will happen, and its `POST` does it.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Console, Failure, Result, Visit, parts};
use crate::ops::{self, HoldError, ResumeError};
use crate::page::frame::Page;
use crate::page::with_code;
use crate::report;
use crate::run::Reader;
use crate::store::{Hold, Lifted, Scope, StoreError};
use crate::text::{Lang, Text, UserError};

/// What a hold covers, as an address or a form has it.
#[derive(Debug, Deserialize)]
pub(super) struct HoldForm {
    #[serde(default)]
    campaign: String,
    /// `yes`: everything.
    #[serde(default)]
    all: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn form(State(console): State<Console>, Query(what): Query<HoldForm>, visit: Visit) -> Response {
    let made = visit.by().map(|_| hold_form(&what, None, visit.lang));
    console.answer(&visit, made)
}

pub(super) async fn submit(State(console): State<Console>, visit: Visit, Form(what): Form<HoldForm>) -> Response {
    let done = create_hold(&console, &visit, &what).await;
    console.answer_form(&visit, done, "/holds")
}

async fn create_hold(console: &Console, visit: &Visit, what: &HoldForm) -> Result<()> {
    let (by, lang) = (visit.by()?, visit.lang);
    let again = |why: &Text| Failure::Refused(hold_form(what, Some(why), lang));
    let scope = match what.all.as_str() {
        "yes" => Scope::Everything,
        _ => {
            let book = console.book().await.ok();
            let checked = book.as_ref().map(|book| &book.checked.result);
            let names = ops::known_campaigns(console.store(), checked).await?;
            Scope::Campaign(names.find(&what.campaign).map_err(|error| again(&error.text()))?)
        }
    };
    match ops::hold(console.store(), &scope, &what.reason, by, visit.now).await {
        Ok(hold) => {
            tracing::info!(by, scope = %hold.scope, "held in the console");
            Ok(())
        }
        Err(HoldError::NoReason { .. }) => {
            Err(again(&text!(en: "write the reason in a few words", zh: "请用几个字写明原因")))
        }
        Err(HoldError::Store(StoreError::OnHoldAlready(hold))) => {
            let title = text!(en: "On hold already", zh: "已经暂停了");
            let why = report::holds::in_words_for(Reader::Page, &hold, crate::limits::BEIJING.name());
            let to = text!(en: "To the holds", zh: "查看暂停");
            Err(Failure::Refused(parts::refused(title, &why, ("/holds", to), lang)))
        }
        Err(HoldError::Store(error)) => Err(error.into()),
    }
}

fn hold_form(what: &HoldForm, why: Option<&Text>, lang: Lang) -> Page {
    let is_all = what.all == "yes";
    let title = if is_all {
        text!(en: "Hold everything?", zh: "全部暂停？")
    } else {
        text!(en: "Hold a campaign?", zh: "暂停一个活动？")
    };
    let body = html! {
        @if let Some(why) = why { p.notice.error role="alert" { (with_code(why.get(lang))) } }
        form.card method="post" action="/hold" {
            p { (text!(
                en: "Until it is resumed, nothing of it is posted. What was sent already is not taken back.",
                zh: "恢复之前都不会发表。已经提交的收不回来。"
            ).get(lang)) }
            @if is_all {
                input type="hidden" name="all" value="yes";
            } @else {
                label { (text!(en: "Campaign: id, title or file", zh: "活动：id、标题或文件名").get(lang))
                    input name="campaign" required value=(what.campaign); }
            }
            label { (text!(en: "Reason (kept in the history)", zh: "原因（写进记录，给以后查的人看）").get(lang))
                input name="reason" required maxlength="500" value=(what.reason); }
            div.actions {
                button.danger type="submit" { (text!(en: "Hold", zh: "暂停").get(lang)) }
                a href="/holds" { (text!(en: "Do nothing", zh: "返回，先不暂停").get(lang)) }
            }
        }
    };
    Page { title, body }
}

/// How a hold is lifted, as a form has it.
#[derive(Debug, Deserialize)]
pub(super) struct How {
    #[serde(default)]
    catch_up: String,
}

pub(super) async fn resume_form(State(console): State<Console>, Path(id): Path<i64>, visit: Visit) -> Response {
    let made = async {
        visit.by()?;
        let hold = active(&console, id, visit.lang).await?;
        Ok(Page { title: text!(en: "Resume?", zh: "恢复发表？"), body: question(&hold, visit.lang) })
    };
    console.answer(&visit, made.await)
}

pub(super) async fn resume(
    State(console): State<Console>,
    Path(id): Path<i64>,
    visit: Visit,
    Form(how): Form<How>,
) -> Response {
    let done = lift(&console, &visit, id, how.catch_up == "yes").await;
    console.answer_form(&visit, done, "/holds")
}

/// The hold of this number, if it is still active; never another hold of the same campaign.
async fn active(console: &Console, id: i64, lang: Lang) -> Result<Hold> {
    let hold = console.store().holds_beside().await?.into_iter().find(|hold| hold.id == id).ok_or(Failure::NotFound)?;
    if hold.lifted.is_some() { Err(lifted_meanwhile(Some(&hold), lang)) } else { Ok(hold) }
}

async fn lift(console: &Console, visit: &Visit, id: i64, catch_up: bool) -> Result<()> {
    let (by, lang) = (visit.by()?, visit.lang);
    let hold = active(console, id, lang).await?;
    let lifted = Lifted { at: visit.now, by: by.to_owned(), catch_up };
    match ops::resume(console.store(), &hold.scope, Some(hold.id), lifted).await {
        Ok(resumed) => {
            tracing::info!(by, scope = %resumed.hold.scope, catch_up, "resumed in the console");
            Ok(())
        }
        Err(
            ResumeError::NothingOnHold | ResumeError::NotOnHold { .. } | ResumeError::Store(StoreError::NotOnHold(_)),
        ) => Err(lifted_meanwhile(None, lang)),
        Err(ResumeError::NoCatchUp { hold, .. }) => {
            let title = text!(en: "Nothing was resumed", zh: "没有恢复");
            let why = text!(
                en: "posts that were due meanwhile may exist without a record in this store ({reason}), so it is not caught up: \
                     resume without catching up, and post by hand what WeCom does not have",
                zh: "暂停期间的内容可能已经发表，而记录库并不知道（{reason}），所以不能补发：请选“不补发”恢复，再把企业微信里没有的手动发表",
                reason = hold.reason_text_for(Reader::Page)
            );
            let (path, back) = (format!("/resume/{id}"), text!(en: "Back", zh: "返回"));
            Err(Failure::Refused(parts::refused(title, &why, (&path, back), lang)))
        }
        Err(ResumeError::Store(error)) => Err(error.into()),
    }
}

/// The hold was already lifted after the form was shown.
fn lifted_meanwhile(hold: Option<&Hold>, lang: Lang) -> Failure {
    let title = text!(en: "Resumed already", zh: "已经恢复了");
    let why = match hold {
        Some(hold) => report::holds::in_words_for(Reader::Page, hold, crate::limits::BEIJING.name()),
        None => text!(en: "somebody has resumed it in the meantime", zh: "刚刚有人恢复了它"),
    };
    let to = text!(en: "To the holds", zh: "查看暂停");
    Failure::Refused(parts::refused(title, &why, ("/holds", to), lang))
}

fn question(hold: &Hold, lang: Lang) -> Markup {
    html! {
        p { (with_code(report::holds::in_words_for(Reader::Page, hold, crate::limits::BEIJING.name()).get(lang))) }
        form.card method="post" action=(format!("/resume/{}", hold.id)) {
            fieldset {
                legend { (text!(en: "What was due meanwhile", zh: "暂停期间到时间的").get(lang)) }
                label.choice {
                    input type="radio" name="catch_up" value="no" checked;
                    span { (text!(en: "not posted", zh: "不补发").get(lang)) }
                }
                @if !hold.forbids_catch_up() {
                    label.choice {
                        input type="radio" name="catch_up" value="yes";
                        span { (text!(
                            en: "is caught up: the newest of each campaign is posted if its deadline has not passed",
                            zh: "补发：每个活动补发最近的一次，超过最晚发表时间的除外"
                        ).get(lang)) }
                    }
                }
            }
            div.actions {
                button type="submit" { (text!(en: "Resume", zh: "恢复").get(lang)) }
                a href="/holds" { (text!(en: "Do nothing", zh: "返回，先不恢复").get(lang)) }
            }
        }
    }
}
