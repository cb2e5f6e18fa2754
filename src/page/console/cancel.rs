//! Withdrawing a run that was not sent, or stopping a post for the members who have not posted it yet.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use super::{Console, Failure, Result, Visit, parts, run, settle};
use crate::ops::{self, CancelError, Cancellation};
use crate::page::frame::Page;
use crate::run::Run;
use crate::text::{Lang, Text, UserError};

#[derive(Debug, Deserialize)]
pub(super) struct Agreed {
    /// The version of the run that the form showed.
    version: i64,
}

pub(super) async fn form(State(console): State<Console>, Path(id): Path<String>, visit: Visit) -> Response {
    let made = async {
        visit.by()?;
        let run = run::find(&console, &id).await?;
        let cancellation = ops::cancellation(&run).map_err(|error| refused(&run, &error, visit.lang))?;
        Ok(question(&run, &cancellation, visit.lang))
    };
    console.answer(&visit, made.await)
}

pub(super) async fn submit(
    State(console): State<Console>,
    Path(id): Path<String>,
    visit: Visit,
    Form(agreed): Form<Agreed>,
) -> Response {
    let done = cancel(&console, &visit, &id, agreed.version).await;
    console.answer_form(&visit, done, &format!("/run/{id}"))
}

async fn cancel(console: &Console, visit: &Visit, id: &str, version: i64) -> Result<()> {
    let (by, lang, context) = (visit.by()?, visit.lang, console.context());
    let run = run::find(console, id).await?;
    let cancellation = ops::cancellation(&run).map_err(|error| refused(&run, &error, lang))?;
    // A claimed run that waits changes its version often: what counts is that the same question is answered.
    let is_same = run.version == version || cancellation == Cancellation::Withdraw;
    if !is_same {
        return Err(Failure::Refused(settle::changed(&run, lang)));
    }
    let before = run.clone();
    let done = match cancellation {
        Cancellation::Withdraw => ops::withdraw_by(&context.store, run, by, visit.now).await.map(drop),
        Cancellation::StopAtWecom { .. } if context.is_sandbox => {
            let why = text!(
                en: "it was posted to the sandbox, where no customer sees it: there is nothing to stop",
                zh: "它是发表到模拟环境的，没有人会看到：不需要停止"
            );
            return Err(Failure::Refused(nothing_done(&before, &why, lang)));
        }
        Cancellation::StopAtWecom { moment_id } => {
            ops::check_corp(&run, &context.wecom).map_err(|error| refused(&before, &error, lang))?;
            ops::stop_at_wecom(&context.store, &context.wecom, run, &moment_id, by, visit.now).await.map(drop)
        }
    };
    done.map_err(|error| refused(&before, &error, lang))?;
    tracing::info!(by, run = %before.id(), "cancelled in the console");
    Ok(())
}

fn refused(run: &Run, error: &CancelError, lang: Lang) -> Failure {
    let id = run.id();
    match error {
        CancelError::PostedMeanwhile(_) => Failure::Refused(nothing_done(
            run,
            &text!(en: "{id} was posted in the meantime", zh: "{id} 刚刚已经发表"),
            lang,
        )),
        CancelError::RequestSent(run) => Failure::Refused(settle::changed(run, lang)),
        error => Failure::Refused(nothing_done(run, &error.text(), lang)),
    }
}

fn nothing_done(run: &Run, why: &Text, lang: Lang) -> Page {
    let (path, to) = (format!("/run/{}", run.id()), text!(en: "Look at it as it is now", zh: "看看现在的情况"));
    parts::refused(text!(en: "Not cancelled", zh: "没有停止"), why, (&path, to), lang)
}

fn question(run: &Run, cancellation: &Cancellation, lang: Lang) -> Page {
    let id = run.id();
    let (title, what, button) = match cancellation {
        Cancellation::Withdraw => (
            text!(en: "Withdraw {id}?", zh: "取消 {id}？"),
            text!(en: "Nothing of it was sent yet, and nothing will be.", zh: "它还没有提交；取消后就不会再发。"),
            text!(en: "Withdraw", zh: "取消这次发表"),
        ),
        Cancellation::StopAtWecom { .. } => (
            text!(en: "Stop {id}?", zh: "停止发表 {id}？"),
            text!(
                en: "Members who have not posted it yet no longer can. What members have posted stays with their customers.",
                zh: "还没发表的成员不能再发表；已经发表的，客户仍然能看到。"
            ),
            text!(en: "Stop for the others", zh: "停止发表"),
        ),
    };
    let body = html! {
        p { (parts::state(run, lang)) }
        form.card method="post" action=(format!("/run/{id}/cancel")) {
            input type="hidden" name="version" value=(run.version);
            p { (what.get(lang)) }
            div.actions {
                button.danger type="submit" { (button.get(lang)) }
                a href=(format!("/run/{id}")) { (text!(en: "Do nothing", zh: "什么都不做").get(lang)) }
            }
        }
    };
    Page { title, body }
}
