//! The form with which a person states the outcome of a run, with the moments of WeCom's list to choose from.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::{Console, Failure, Result, Visit, parts, run};
use crate::ops::{self, Candidate, NoCandidates, NotSettled, SettleError, Settlement};
use crate::page::frame::Page;
use crate::page::with_code;
use crate::report::plan::cells::shortened;
use crate::report::runs::local_at;
use crate::run::{Reader, Run, State as RunState};
use crate::text::{Lang, Text, UserError};

/// Candidates that are listed.
const MAX_CANDIDATES: usize = 30;
/// Most of a candidate's text, in characters.
const MAX_WORDS: usize = 60;

/// Before the id of a moment of WeCom's list.
const LISTED: &str = "listed:";

/// What a person says.
#[derive(Debug, Deserialize)]
pub(super) struct Statement {
    /// The version of the run that the form showed.
    version: i64,
    /// `listed:` with the id of a moment, `absent`, or `other`.
    #[serde(default)]
    outcome: String,
    /// The id of the moment if the outcome is `other`.
    #[serde(default)]
    moment_id: String,
    /// Whether an id that does not look like one is meant.
    #[serde(default)]
    unusual: String,
    #[serde(default)]
    reason: String,
}

impl Statement {
    /// The moment that exists; `None` if there is none.
    fn moment_id(&self) -> std::result::Result<Option<&str>, Text> {
        match (self.outcome.trim(), self.moment_id.trim()) {
            ("other", "") => Err(text!(en: "write the id of the moment", zh: "请写上朋友圈 ID")),
            ("other", id) if !ops::looks_like_moment_id(id) && self.unusual.is_empty() => Err(text!(
                en: "`{id}` does not look like WeCom's moment ids, which begin with `mom`: correct it, or tick that it is meant",
                zh: "`{id}` 不像企业微信的朋友圈 ID（以 `mom` 开头）：请改正；确实没错的话，请勾选下面一项"
            )),
            ("other", id) => Ok(Some(id)),
            ("absent", _) => Ok(None),
            (outcome, _) => {
                outcome.strip_prefix(LISTED).map(Some).ok_or_else(|| text!(en: "choose the result", zh: "请选择结果"))
            }
        }
    }
}

pub(super) async fn form(State(console): State<Console>, Path(id): Path<String>, visit: Visit) -> Response {
    let made = async {
        visit.by()?;
        let run = run::find(&console, &id).await?;
        asked(&console, &run, None, visit.lang).await
    };
    console.answer(&visit, made.await)
}

pub(super) async fn submit(
    State(console): State<Console>,
    Path(id): Path<String>,
    visit: Visit,
    Form(statement): Form<Statement>,
) -> Response {
    let done = settle(&console, &visit, &id, &statement).await;
    console.answer_form(&visit, done, &format!("/run/{id}"))
}

async fn settle(console: &Console, visit: &Visit, id: &str, said: &Statement) -> Result<()> {
    let (by, lang) = (visit.by()?, visit.lang);
    let mut run = run::find(console, id).await?;
    if run.version != said.version {
        return Err(Failure::Refused(changed(&run, lang)));
    }
    let moment_id = match said.moment_id() {
        Ok(moment_id) => moment_id,
        Err(why) => return Err(Failure::Refused(asked(console, &run, Some(&why), lang).await?)),
    };
    let statement = Settlement {
        moment_id,
        reason: Some(said.reason.trim()).filter(|reason| !reason.is_empty()),
        by,
        now: visit.now,
        settle_window: console.context().settle_window,
    };
    match ops::settle(console.store(), &mut run, &statement).await {
        Ok(()) => {
            tracing::info!(by, run = %run.id(), state = %run.state, "settled in the console");
            // The navigation counts again.
            drop(console.doubtful().await);
            Ok(())
        }
        Err(SettleError { why: NotSettled::Store(error), .. }) => Err(error.into()),
        Err(SettleError { why: NotSettled::ChangedMeanwhile, .. }) => {
            Err(Failure::Refused(changed(&run::find(console, id).await?, lang)))
        }
        Err(error) => Err(Failure::Refused(asked(console, &error.run, Some(&why_not(&error)), lang).await?)),
    }
}

/// Why it was not settled, for a person who has a form and no command line.
fn why_not(error: &SettleError) -> Text {
    let run = &error.run;
    match &error.why {
        NotSettled::BadMomentId(written) => {
            text!(en: "`{written}` is not a moment id", zh: "`{written}` 不是朋友圈 ID，请只复制 ID 本身")
        }
        NotSettled::OwnedByAnother { moment_id, owner } => text!(
            en: "{moment_id} is the moment of {owner} already: if that is wrong, settle {owner} first",
            zh: "{moment_id} 已经属于 {owner}：如果那一条记错了，请先核定它"
        ),
        NotSettled::TooEarly(until) => text!(
            en: "Drumbeat still searches for it, and WeCom may show it until {until}: wait until then",
            zh: "还在自动核实：{until}之前它还可能出现在企业微信里，请过了这个时间再核定",
            until = Text::quoted(local_at(*until, &run.zone))
        ),
        NotSettled::NotSent => text!(
            en: "nothing of it was sent: withdraw it instead",
            zh: "它还没有提交：不用核定，可以取消这次发表"
        ),
        NotSettled::NeedsReason => text!(
            en: "a record that is complete is corrected with a reason: write one",
            zh: "这条记录已经有结果，要更正请写明原因"
        ),
        NotSettled::NamedByWecom => text!(
            en: "WeCom itself named this moment, so it exists",
            zh: "企业微信确认过这一条，它是存在的"
        ),
        NotSettled::BeingSent => text!(en: "it is being sent: look again in a minute", zh: "正在提交：请过一分钟再看"),
        NotSettled::SameMoment
        | NotSettled::AbsentAlready
        | NotSettled::ChangedMeanwhile
        | NotSettled::Illegal(_)
        | NotSettled::Store(_) => error.text(),
    }
}

/// The run changed after the form was shown.
pub(super) fn changed(run: &Run, lang: Lang) -> Page {
    let title = text!(en: "This run has changed", zh: "这条记录刚刚变了");
    let state = run.state.text();
    let why = match run.reason_text_for(Reader::Page) {
        Some(why) => {
            text!(en: "it is {state} now: {why}", zh: "现在的状态是“{state}”：{why}", state = state, why = why)
        }
        None => text!(en: "it is {state} now", zh: "现在的状态是“{state}”", state = state),
    };
    let (path, to) = (format!("/run/{}", run.id()), text!(en: "Look at it as it is now", zh: "看看现在的情况"));
    parts::refused(title, &why, (&path, to), lang)
}

/// The form, with what WeCom's list has.
async fn asked(console: &Console, run: &Run, why: Option<&Text>, lang: Lang) -> Result<Page> {
    let context = console.context();
    let found = match ops::candidates(&context.store, &context.wecom, run).await {
        Err(NoCandidates::Store(error)) => return Err(error.into()),
        found => found,
    };
    let is_open = matches!(run.state, RunState::Submitted | RunState::InDoubt);
    let body = html! {
        @if let Some(why) = why { p.notice.error role="alert" { (with_code(why.get(lang))) } }
        p { (parts::state(run, lang)) }
        @if let Some(why) = run.reason_text_for(Reader::Page) { p { (with_code(why.get(lang))) } }
        @if let Some(text) = run.post.as_ref().and_then(|post| post.text.as_ref()) {
            p.sum { (text!(en: "Its text: {words}", zh: "它的文字：{words}", words = Text::quoted(shortened(text, 200))).get(lang)) }
        }
        form.card method="post" action=(format!("/run/{}/settle", run.id())) {
            input type="hidden" name="version" value=(run.version);
            fieldset {
                legend { (text!(en: "What WeCom has", zh: "企业微信里有的").get(lang)) }
                (choices(run, &found, lang))
            }
            label {
                (if is_open {
                    text!(en: "Note, for the history (optional)", zh: "备注（写进记录，可以不填）")
                } else {
                    text!(en: "Why the record is wrong, for the history", zh: "为什么要更正（写进记录）")
                }.get(lang))
                input name="reason" maxlength="500" required[!is_open];
            }
            p.hint { (text!(
                en: "This corrects the record alone: nothing is sent, and nothing is deleted at WeCom.",
                zh: "核定只改记录：不会再发，也不会删除企业微信里的任何内容。"
            ).get(lang)) }
            div.actions {
                button type="submit" { (text!(en: "Settle", zh: "核定").get(lang)) }
                a href=(format!("/run/{}", run.id())) { (text!(en: "Do nothing", zh: "返回，先不核定").get(lang)) }
            }
        }
    };
    let id = run.id();
    Ok(Page { title: text!(en: "Settle {id}", zh: "核定 {id}"), body })
}

fn choices(run: &Run, found: &std::result::Result<Vec<Candidate>, NoCandidates>, lang: Lang) -> Markup {
    html! {
        @match found {
            Ok(found) if found.is_empty() => p { (text!(
                en: "Nothing in WeCom's list, a day before and after the request, is like this post.",
                zh: "在提交前后一天里，企业微信的列表中没有相似的朋友圈。"
            ).get(lang)) },
            Ok(found) => @for candidate in found.iter().take(MAX_CANDIDATES) { (choice(run, candidate, lang)) },
            Err(error) => p.notice { (with_code(error.text().get(lang))) },
        }
        label.choice {
            input type="radio" name="outcome" value="other";
            span { (text!(en: "It exists, as the moment with this id:", zh: "已经创建，朋友圈 ID 是：").get(lang)) }
        }
        input name="moment_id" aria-label=(text!(en: "moment id", zh: "朋友圈 ID").get(lang)) placeholder="mom…";
        label.choice {
            input type="checkbox" name="unusual" value="yes";
            span { (text!(
                en: "The id does not begin with mom, and it is right",
                zh: "这个 ID 不是以 mom 开头，但我核对过，没有错"
            ).get(lang)) }
        }
        label.choice {
            input type="radio" name="outcome" value="absent";
            span { (text!(en: "It does not exist", zh: "没有创建").get(lang)) }
        }
    }
}

fn choice(run: &Run, candidate: &Candidate, lang: Lang) -> Markup {
    let moment = &candidate.moment;
    let is_owned = candidate.owner.is_some();
    html! {
        label.choice {
            input type="radio" name="outcome" value=(format!("{LISTED}{}", moment.moment_id)) disabled[is_owned];
            span {
                strong { (local_at(moment.created, &run.zone)) } " "
                @if candidate.is_exact {
                    span.badge.good { (text!(en: "same content", zh: "内容相同").get(lang)) }
                } @else {
                    span.badge.warn { (text!(en: "similar", zh: "内容相似").get(lang)) }
                }
                " " code { (moment.moment_id) }
                br;
                (shortened(&moment.text, MAX_WORDS))
                @if let Some(owner) = &candidate.owner {
                    br; (text!(en: "belongs to {owner} already", zh: "已经属于 {owner}").get(lang))
                }
            }
        }
    }
}
