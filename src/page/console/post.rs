//! Posting a campaign by hand: what goes out, what customers would get twice, and a form that works once.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{DurationRound as _, TimeDelta};
use maud::{Markup, html};
use serde::Deserialize;

use super::once::{Shown, Taken};
use super::{Console, Failure, Result, Visit, parts, run};
use crate::campaign::Campaign;
use crate::ids::CampaignId;
use crate::load::ActiveBook;
use crate::ops::{self, PostError, PostRequest, PostWarnings, in_zone};
use crate::page::frame::Page;
use crate::page::live::LiveBook;
use crate::page::with_code;
use crate::report;
use crate::run::{Reader, Run, RunId, State as RunState};
use crate::secret::Secret;
use crate::store::Hold;
use crate::text::{Lang, Text, UserError as _};

/// Which content is meant, as an address has it.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    content: Option<u32>,
}

/// What a person agrees to.
#[derive(Debug, Deserialize)]
pub(super) struct Agreed {
    #[serde(default)]
    token: String,
    /// `yes`: customers may get it twice.
    #[serde(default)]
    again: String,
}

pub(super) async fn form(
    State(console): State<Console>,
    Path(id): Path<String>,
    Query(which): Query<Which>,
    visit: Visit,
) -> Response {
    let made = async {
        let by = visit.by()?;
        let subject = Subject::of(&console, &id, visit.lang)?;
        if let Err(error) = ops::content_to_post(&subject.campaign, which.content) {
            return match which.content {
                None => Ok(choice(&subject, &*console.book().await?, &visit)),
                Some(_) => Err(subject.refused(&error.text(), visit.lang)),
            };
        }
        let outlook = Outlook::of(&console, &visit, subject, which.content.unwrap_or(1)).await?;
        ask(&console, &visit, by, &outlook, None).await
    };
    console.answer(&visit, made.await)
}

pub(super) async fn submit(
    State(console): State<Console>,
    Path(id): Path<String>,
    visit: Visit,
    Form(agreed): Form<Agreed>,
) -> Response {
    match post(&console, &visit, &id, &agreed).await {
        Ok(run) => console.answer_form(&visit, Ok(()), &format!("/run/{run}")),
        Err(failure) => console.answer(&visit, Err(failure)),
    }
}

/// Records the run, which the engine of this service sends.
async fn post(console: &Console, visit: &Visit, id: &str, agreed: &Agreed) -> Result<RunId> {
    let (by, lang, context) = (visit.by()?, visit.lang, console.context());
    // One at a time: the second of two people sees the post of the first.
    let _turn = console.0.posting.lock().await;
    let shown = match console.0.forms.take(&agreed.token, by, visit.now) {
        Taken::First(shown) if shown.campaign.as_str() == id => shown,
        Taken::Again(run) => return Err(sent_before(id, run.as_ref(), lang)),
        Taken::First(_) | Taken::Unknown => return Err(form_is_old(id, lang)),
    };
    let outlook = Outlook::of(console, visit, Subject::of(console, id, lang)?, shown.content).await?;
    let again = async |why: &Text| match ask(console, visit, by, &outlook, Some(why)).await {
        Ok(page) => Failure::Refused(page),
        Err(failure) => failure,
    };
    if outlook.run.post != shown.post {
        let why = text!(
            en: "the campaign was changed after this form was shown: look at what goes out now",
            zh: "打开这张表单以后，活动改过：请重新看看要发的内容"
        );
        return Err(again(&why).await);
    }
    let came_up = text!(
        en: "another post with this content came up after this form was shown",
        zh: "打开这张表单以后，又有了一次同样内容的发表：请再确认一次"
    );
    if !outlook.repeated().is_subset(&shown.repeated) {
        return Err(again(&came_up).await);
    }
    if outlook.is_second() && agreed.again != "yes" {
        let why = text!(en: "tick that it goes out a second time", zh: "要再发一次，请先勾选确认");
        return Err(again(&why).await);
    }
    let Subject { campaign, book } = &outlook.subject;
    let commit = book.commit_of(&campaign.id);
    let request = PostRequest {
        corp: console.corp(),
        campaign,
        content: shown.content,
        commit: commit.as_deref(),
        by: Some(by),
        again: outlook.is_second(),
    };
    match ops::record_post(&context.store, &context.clock, &request).await {
        Ok(run) => {
            let run = run.id();
            console.0.forms.made(&agreed.token, run.clone());
            tracing::info!(by, %run, "posted by hand in the console");
            Ok(run)
        }
        Err(PostError::Store(error)) => Err(error.into()),
        Err(PostError::OnHold { hold, .. }) => Err(on_hold(&hold, lang)),
        Err(PostError::Unfinished { .. }) => {
            let outlook = Outlook::of(console, visit, outlook.subject.clone(), shown.content).await?;
            Err(Failure::Refused(ask(console, visit, by, &outlook, Some(&came_up)).await?))
        }
        Err(error) => Err(outlook.subject.refused(&error.text(), lang)),
    }
}

/// The campaign that is posted, of the active book.
#[derive(Clone, Debug)]
struct Subject {
    campaign: Arc<Campaign>,
    book: Arc<ActiveBook>,
}

impl Subject {
    /// # Errors
    /// The active book does not have it, or its file has an error.
    fn of(console: &Console, id: &str, lang: Lang) -> Result<Self> {
        let id: CampaignId = id.parse().map_err(|_| Failure::NotFound)?;
        let book = Arc::clone(&console.context().books.borrow());
        if let Some(invalid) = book.invalid_files.iter().find(|it| it.id.as_ref() == Some(&id)) {
            let (file, reason) = (&invalid.file, &invalid.reason);
            let why = text!(en: "{file} has an error: {reason}", zh: "`{file}` 有错误：{reason}", reason = reason);
            let to = text!(en: "What to correct", zh: "看看怎么改");
            return Err(Failure::Refused(parts::refused(not_posted(), &why, ("/findings", to), lang)));
        }
        let campaign = Arc::clone(book.campaign(&id).ok_or(Failure::NotFound)?);
        Ok(Self { campaign, book })
    }

    fn path(&self) -> String {
        format!("/campaign/{}", self.campaign.id)
    }

    fn refused(&self, why: &Text, lang: Lang) -> Failure {
        let back = text!(en: "To the campaign", zh: "查看活动");
        Failure::Refused(parts::refused(not_posted(), why, (&self.path(), back), lang))
    }
}

fn not_posted() -> Text {
    text!(en: "Nothing was posted", zh: "没有发表")
}

/// What a person must know before the post.
struct Outlook {
    subject: Subject,
    /// The run as it would be recorded now.
    run: Run,
    unfinished: Vec<Run>,
    warnings: PostWarnings,
}

impl Outlook {
    /// # Errors
    /// The campaign is on hold, or the store cannot be read.
    async fn of(console: &Console, visit: &Visit, subject: Subject, content: u32) -> Result<Self> {
        let (store, corp, now) = (console.store(), console.corp(), visit.now);
        let campaign = &subject.campaign;
        if let Some(hold) = console.hold_on(&campaign.id).await? {
            return Err(on_hold(&hold, visit.lang));
        }
        if ops::content_to_post(campaign, Some(content)).is_err() {
            return Err(form_is_old(campaign.id.as_str(), visit.lang));
        }
        let run = ops::manual_run(corp.clone(), campaign, content, subject.book.commit_of(&campaign.id), now);
        let unfinished = store.unfinished_runs(corp, &campaign.id).await?;
        let mut warnings = PostWarnings::of(store, &run, campaign, &subject.book, now).await?;
        warnings.recent.retain(|recent| unfinished.iter().all(|run| run.id() != recent.id()));
        Ok(Self { subject, run, unfinished, warnings })
    }

    fn is_second(&self) -> bool {
        !self.unfinished.is_empty() || self.warnings.is_repetition()
    }

    /// The names of what customers would get twice.
    fn repeated(&self) -> BTreeSet<String> {
        let runs = self.unfinished.iter().chain(&self.warnings.recent).map(|run| run.id().to_string());
        let ahead = self.warnings.ahead.iter().map(|it| format!("{}@{}", it.campaign, it.at));
        runs.chain(ahead).collect()
    }

    fn shown(&self) -> Shown {
        Shown {
            campaign: self.subject.campaign.id.clone(),
            content: self.run.content.unwrap_or(1),
            post: self.run.post.clone(),
            repeated: self.repeated(),
        }
    }
}

/// The form was sent before, and works once.
fn sent_before(campaign: &str, run: Option<&RunId>, lang: Lang) -> Failure {
    let title = text!(en: "Sent already", zh: "这张表单已经提交过");
    let why = text!(en: "this form was sent before: it posts once", zh: "同一张表单只发表一次，刚才已经提交过了");
    let (path, to) = match run {
        Some(run) => (format!("/run/{run}"), text!(en: "Look at the post that it made", zh: "查看那一次发表")),
        None => (
            format!("/runs?campaign={campaign}"),
            text!(en: "Look at the runs of the campaign", zh: "查看它的发表记录"),
        ),
    };
    Failure::Refused(parts::refused(title, &why, (&path, to), lang))
}

fn form_is_old(campaign: &str, lang: Lang) -> Failure {
    let why = text!(
        en: "this form is too old, or the service was restarted since: open it again",
        zh: "这张表单放得太久了，或者服务重启过：请重新打开"
    );
    let (path, to) = (format!("/campaign/{campaign}/post"), text!(en: "Open it again", zh: "重新打开"));
    Failure::Refused(parts::refused(not_posted(), &why, (&path, to), lang))
}

fn on_hold(hold: &Hold, lang: Lang) -> Failure {
    let why = report::holds::in_words_for(Reader::Page, hold, crate::limits::BEIJING.name());
    let (path, to) = (format!("/resume/{}", hold.id), text!(en: "Resume", zh: "恢复"));
    Failure::Refused(parts::refused(not_posted(), &why, (&path, to), lang))
}

/// A page that asks which of several contents is meant.
fn choice(subject: &Subject, book: &LiveBook, visit: &Visit) -> Page {
    let (lang, campaign) = (visit.lang, &subject.campaign);
    let local = visit.now.with_timezone(&campaign.timing.schedule.zone()).date_naive();
    let contents = (1..).map_while(|number| campaign.contents.named(number, local));
    let body = html! {
        p { a href=(subject.path()) { (text!(en: "To the campaign", zh: "查看活动").get(lang)) } }
        p.sum { (text!(en: "The campaign has several contents: choose the one to post.", zh: "这个活动有几条内容，请选要发的一条。").get(lang)) }
        div.phones.choice-of { @for content in contents {
            @let number = content.number;
            article {
                (run::phone(&content.post, book, Some(&text!(en: "content {number}", zh: "第 {number} 条内容")), lang))
                p.actions { a.button href=(format!("{}/post?content={number}", subject.path())) {
                    (text!(en: "Post content {number}", zh: "发第 {number} 条").get(lang))
                } }
            }
        } }
    };
    Page { title: text!(en: "Post which content?", zh: "发哪一条？"), body }
}

/// The form, with a fresh token.
async fn ask(console: &Console, visit: &Visit, by: &str, outlook: &Outlook, why: Option<&Text>) -> Result<Page> {
    let (lang, book) = (visit.lang, console.book().await?);
    let token = Secret::random().map_err(|error| {
        let error = Text::quoted(error.to_string());
        outlook.subject.refused(
            &text!(en: "the system has no random numbers: {error}", zh: "系统取不到随机数：{error}", error = error),
            lang,
        )
    })?;
    console.0.forms.show(&token, by, outlook.shown(), visit.now);
    let (campaign, run) = (&outlook.subject.campaign, &outlook.run);
    let consequence = if console.context().is_sandbox {
        text!(en: "It goes to the sandbox: no customer sees it.", zh: "这里连的是模拟环境，客户看不到。")
    } else {
        text!(
            en: "It is submitted to WeCom at once. Customers see it when members confirm it, and it cannot be taken back.",
            zh: "会马上提交给企业微信；成员确认后客户就能看到，收不回来。"
        )
    };
    let path = outlook.subject.path();
    let body = html! {
        @if let Some(why) = why { p.notice.error role="alert" { (with_code(why.get(lang))) } }
        p { a href=(path) { (text!(en: "To the campaign", zh: "查看活动").get(lang)) } }
        article.campaign {
            div.facts {
                (facts(outlook, lang))
                (warnings(console, outlook, visit))
                form.card method="post" action=(format!("{path}/post")) {
                    input type="hidden" name="token" value=(token.expose());
                    p { (consequence.get(lang)) }
                    @if outlook.is_second() {
                        label.choice {
                            input type="checkbox" name="again" value="yes" required;
                            span { (text!(en: "I know that, and post it a second time", zh: "我知道，仍然要再发一次").get(lang)) }
                        }
                    }
                    div.actions {
                        button.danger type="submit" { (text!(en: "Post now", zh: "现在发表").get(lang)) }
                        a href=(path) { (text!(en: "Do nothing", zh: "返回，先不发表").get(lang)) }
                    }
                }
            }
            @if let Some(post) = &run.post { (run::phone(post, &book, None, lang)) }
        }
    };
    let name = Text::quoted(campaign.title.clone().unwrap_or_else(|| campaign.id.to_string()));
    Ok(Page { title: text!(en: "Post {name} now?", zh: "现在发表“{name}”？", name = name), body })
}

/// The campaign, its audience and its version.
fn facts(outlook: &Outlook, lang: Lang) -> Markup {
    let (campaign, run) = (&outlook.subject.campaign, &outlook.run);
    let audience = run.post.as_ref().map(|post| post.audience.in_words(&campaign.names));
    let number = run.content.filter(|_| campaign.contents.has_several());
    html! {
        dl {
            dt { (text!(en: "campaign", zh: "活动").get(lang)) } dd { code { (campaign.id) } }
            @if let Some(number) = number {
                dt { (text!(en: "content", zh: "内容").get(lang)) }
                dd { (text!(en: "no. {number}", zh: "第 {number} 条").get(lang)) }
            }
            @if let Some(audience) = audience {
                dt { (text!(en: "audience", zh: "发表范围").get(lang)) } dd { (audience.get(lang)) }
            }
            dt { (text!(en: "file", zh: "文件").get(lang)) } dd { code { (campaign.file) } }
            dt { (text!(en: "latest", zh: "最晚发表").get(lang)) } dd { (in_zone(&run.zone, run.deadline.duration_trunc(TimeDelta::minutes(1)).unwrap_or(run.deadline)).get(lang)) }
        }
    }
}

/// What a person must know, the loud things first.
fn warnings(console: &Console, outlook: &Outlook, visit: &Visit) -> Markup {
    let lang = visit.lang;
    let of_run = |run: &Run, what: Text| {
        html! {
            li { (what.get(lang)) " " a href=(format!("/run/{}", run.id())) { (run.id()) } " " (parts::state(run, lang)) }
        }
    };
    html! {
        @if outlook.is_second() {
            div.loud role="status" {
                h2 { (text!(en: "Customers may get this twice", zh: "客户可能会看到两次").get(lang)) }
                ul {
                    @for run in &outlook.unfinished {
                        @let is_doubtful = run.state == RunState::InDoubt;
                        (of_run(run, if is_doubtful {
                            text!(en: "a run of this campaign may be posted already: settle it first:", zh: "这个活动有一次可能已经发出，请先核定，不要补发：")
                        } else {
                            text!(en: "a run of this campaign is not over:", zh: "这个活动还有没结束的发表：")
                        }))
                    }
                    @for run in &outlook.warnings.recent {
                        (of_run(run, text!(en: "{what}:", zh: "{what}：", what = ops::recent_text(run))))
                    }
                    @for ahead in &outlook.warnings.ahead { li { (with_code(ahead.text().get(lang))) } }
                }
            }
        }
        @if outlook.run.is_uncommitted() {
            p.notice { (text!(
                en: "Its files have changes that are not committed to git, so they may be unreviewed.",
                zh: "它的文件有改动还没有提交到 git，可能没有人审核过。"
            ).get(lang)) }
        }
        @if let Some(why) = console.context().status.trouble(visit.now) {
            p.notice { (with_code(text!(en: "The service is not ready: {why}", zh: "现在发不了：{why}", why = why).get(lang))) }
        }
        @for note in outlook.warnings.notes() { p.notice { (with_code(note.get(lang))) } }
    }
}

/// The link to the form, for the page of a campaign.
pub(super) fn link(campaign: &str, lang: Lang) -> Markup {
    html! { a.button href=(format!("/campaign/{campaign}/post")) { (text!(en: "Post now", zh: "现在发表").get(lang)) } }
}
