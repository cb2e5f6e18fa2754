//! The console of the service: the pages of the book with their past, and the runs, holds and tasks of the service.
//!
//! Reads use the second connection of the store, and pages are made beside the runtime's threads, a few at a time: no
//! reader delays a post. Whatever changes something goes through `ops`, by `POST`, by a person who is signed in.

mod book;
mod cancel;
mod confirmations;
mod health;
mod hold;
mod holds;
mod list;
mod load;
mod once;
mod parts;
mod results;
mod post;
mod review;
mod run;
mod session;
mod settle;
mod sign_in;
mod visit;
mod wecom;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::{DateTime, Days, NaiveDate, Utc};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::calendar::Past;
use super::frame::{Frame, NavLink, Page, escaped};
use super::live::{LiveBook, missing};
use super::{guard, server};
use crate::background::{TaskList, TaskReport};
use crate::book::Corp;
use crate::clock::Clock;
use crate::engine::EngineStatus;
use crate::ids::{CampaignId, CorpId};
use crate::load::ActiveBook;
use crate::post::Names;
use crate::report::runs::Origin;
use crate::run::{Run, State as RunState};
use crate::secret::Secret;
use crate::settings::{LangChoice, PageProxy, PageSignIn};
use crate::store::{Hold, PageKey, Quota, RunFilter, Scope, Store, StoreError};
use crate::text::{Lang, Text, UserError};
use crate::web::{self, Limits};
use crate::wecom::WeCom;

use load::Books;
use once::Forms;
use session::Sessions;
use visit::{Visit, Who, corner};

/// Pages that are made at the same time. Others wait: a processor stays free for the posts.
const MAX_RENDERS: usize = 1;
/// Longest body of a request, in bytes: a form with a reason.
const MAX_BODY: usize = 16 * 1024;
/// Runs in doubt that are looked at: far more than a person could settle.
const MAX_DOUBTFUL: usize = 2_000;
/// Time limit of one answer, calls of WeCom included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

/// Finds what git knows of a run, and the names of its ids. It may block.
pub type FindOrigin = Arc<dyn Fn(&Run) -> (Origin, Names) + Send + Sync>;

/// What the console works with.
#[derive(Clone)]
pub struct ConsoleContext {
    pub store: Store,
    pub wecom: WeCom,
    /// Posts go to the sandbox: nothing can be stopped at WeCom.
    pub is_sandbox: bool,
    pub corp: Corp,
    pub clock: Clock,
    pub status: EngineStatus,
    /// The tasks of the process and of the corp.
    pub tasks: Vec<TaskList>,
    pub quota: Quota,
    pub settle_window: Duration,
    pub books: watch::Receiver<Arc<ActiveBook>>,
    pub lang: LangChoice,
    pub find_origin: FindOrigin,
    /// The key for operations; not used with a proxy.
    pub key: Secret,
    /// Signing in through WeCom, if that is set up.
    pub sign_in: Option<Arc<PageSignIn>>,
    /// The proxy that signs people in, if there is one.
    pub proxy: Option<Arc<PageProxy>>,
}

#[derive(Clone)]
struct Console(Arc<Inner>);

struct Inner {
    context: ConsoleContext,
    books: Books,
    sessions: Sessions,
    renders: Semaphore,
    /// How many runs waited for a person when a page counted them last.
    counted_review: Mutex<Option<(DateTime<Utc>, usize)>>,
    /// Active holds, and whether one stops everything, as a page last read them.
    counted_holds: Mutex<Option<(DateTime<Utc>, usize, bool)>>,
    /// The forms that post by hand.
    forms: Forms,
    /// Held while a post by hand is recorded.
    posting: tokio::sync::Mutex<()>,
}

/// Why there is no page.
#[derive(Debug)]
enum Failure {
    NotFound,
    /// A person must sign in first.
    SignIn,
    /// 403: a signed-in person without the permission to change something.
    NotAllowed(String),
    /// Something else happened in the meantime, or the form is wrong: nothing was changed.
    Refused(Page),
    /// The book cannot be read.
    Book(Text),
    Store(StoreError),
}

type Result<T> = std::result::Result<T, Failure>;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Serves the console until `stop`.
pub async fn serve_console(
    listener: TcpListener,
    context: ConsoleContext,
    limits: Limits,
    report: TaskReport,
    stop: CancellationToken,
) {
    let (sessions, books) = (Sessions::new(&context.key), Books::new(&context.books));
    let console = Console(Arc::new(Inner {
        books,
        sessions,
        renders: Semaphore::new(MAX_RENDERS),
        counted_review: Mutex::default(),
        counted_holds: Mutex::default(),
        forms: Forms::default(),
        posting: tokio::sync::Mutex::default(),
        context,
    }));
    let pages = web::serve_pages(listener, router(console.clone()), limits, stop.clone());
    tokio::join!(pages, console.0.books.follow(console.0.context.books.clone(), report, stop));
}

fn router(console: Console) -> Router {
    let (proxy, sign_in) = (console.context().proxy.clone(), console.context().sign_in.clone());
    let for_members = console.clone();
    let pages = Router::new()
        .route("/", get(book::calendar))
        .route("/day/{date}", get(book::day))
        .route("/campaign/{id}", get(book::campaign))
        .route("/campaign/{id}/post", get(post::form).post(post::submit))
        .route("/findings", get(book::findings))
        .route("/runs", get(list::page))
        .route("/run/{id}", get(run::page))
        .route("/run/{id}/settle", get(settle::form).post(settle::submit))
        .route("/run/{id}/cancel", get(cancel::form).post(cancel::submit))
        .route("/review", get(review::page))
        .route("/holds", get(holds::page))
        .route("/hold", get(hold::form).post(hold::submit))
        .route("/resume/{id}", get(hold::resume_form).post(hold::resume))
        .route("/confirmations", get(confirmations::page))
        .route("/results", get(results::page))
        .route("/health", get(health::page))
        .route("/sign-in", get(sign_in::form).post(sign_in::submit))
        .route("/sign-in/wecom", get(wecom::begin))
        .route("/signed-in", get(wecom::finish))
        .route("/sign-out", axum::routing::post(sign_in::end))
        .route("/picture/{name}", get(book::picture))
        .route("/language/{code}", get(language))
        .route("/style.css", get(server::style))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn_with_state(console.clone(), with_page))
        .with_state(console);
    match (proxy, sign_in) {
        (Some(proxy), _) => pages.layer(middleware::from_fn_with_state(proxy, guard::of_proxy)),
        (None, Some(sign_in)) => pages
            .layer(middleware::from_fn_with_state(for_members, members_only))
            .layer(middleware::from_fn_with_state(Arc::from(&*sign_in.host), guard::of_host)),
        (None, None) => pages.layer(middleware::from_fn(guard::of_this_machine)),
    }
}

/// Ends an answer that takes too long, for example when the request body never arrives.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "this took too long\n").into_response(),
    }
}

/// Gives a refusal of the library, which is one line of English, a page. Browsers that use the forms never meet one.
async fn with_page(State(console): State<Console>, visit: Visit, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let has_page = kind.is_some_and(|kind| !kind.starts_with("text/plain"));
    match response.status() {
        status if !status.is_client_error() || has_page => response,
        status => console.respond(&visit, status, &unreadable(visit.lang)),
    }
}

/// A request that is no form or address of these pages.
fn unreadable(lang: Lang) -> Page {
    let why = text!(
        en: "this address or form is not one of these pages, or was changed on its way",
        zh: "这个地址或表单不对，也可能中途被改动过"
    );
    parts::refused(
        text!(en: "Not understood", zh: "看不懂这次请求"),
        &why,
        ("/", text!(en: "To the calendar", zh: "回到日历")),
        lang,
    )
}

/// Sends people who are not signed in to do so, where nothing may be read without.
async fn members_only(State(console): State<Console>, visit: Visit, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_open =
        matches!(path, "/sign-in" | "/sign-in/wecom" | "/signed-in" | "/style.css") || path.starts_with("/language/");
    match visit.who {
        Who::Reader if !is_open => console.answer(&visit, Err(Failure::SignIn)),
        _ => next.run(request).await,
    }
}

impl Console {
    fn context(&self) -> &ConsoleContext {
        &self.0.context
    }

    fn store(&self) -> &Store {
        &self.0.context.store
    }

    fn corp(&self) -> &CorpId {
        self.0.context.wecom.corp()
    }

    /// The active book, with findings and pictures.
    async fn book(&self) -> Result<Arc<LiveBook>> {
        self.0.books.live(&self.context().corp).await.map_err(Failure::Book)
    }

    /// The active holds.
    async fn holds(&self) -> Result<Vec<Hold>> {
        let mut holds = self.store().holds_beside().await?;
        holds.retain(|hold| hold.lifted.is_none());
        let is_all_on_hold = holds.iter().any(|hold| hold.scope.covers_all_of(self.corp()));
        let counted = (self.context().clock.now(), holds.len(), is_all_on_hold);
        *self.0.counted_holds.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
        Ok(holds)
    }

    /// The newest active hold on a campaign.
    async fn hold_on(&self, campaign: &CampaignId) -> Result<Option<Hold>> {
        Ok(self.holds().await?.into_iter().rfind(|hold| hold.scope.covers(self.corp(), campaign)))
    }

    /// The runs in doubt, newest first: those that wait for a person, and those that are still looked for.
    async fn doubtful(&self) -> Result<(Vec<Run>, Vec<Run>)> {
        let open = RunFilter { only_open: true, state: Some(RunState::InDoubt), ..RunFilter::default() };
        let found = self.store().newest_runs(self.corp(), &open, PageKey::NEWEST, MAX_DOUBTFUL).await?;
        let (waiting, looked_for): (Vec<Run>, Vec<Run>) = found.runs.into_iter().partition(|run| run.needs_review);
        let counted = (self.context().clock.now(), waiting.len());
        *self.0.counted_review.lock().unwrap_or_else(PoisonError::into_inner) = Some(counted);
        Ok((waiting, looked_for))
    }

    /// What the store tells of some days. Reads only as many runs as a page shows.
    async fn past(
        &self,
        book: &LiveBook,
        from: NaiveDate,
        to: NaiveDate,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Past> {
        let dates: Vec<NaiveDate> = from.iter_days().take_while(|date| *date < to).collect();
        let days: Vec<_> = dates.iter().map(|date| book.midnight(*date)..book.midnight(*date + Days::new(1))).collect();
        let runs = self.store().runs_of_days(self.corp(), &days, limit).await?;
        let mut holds = self.holds().await?;
        holds.retain(|hold| !matches!(&hold.scope, Scope::Corp(corp) if corp != self.corp()));
        Ok(Past { until: Some(now), days: dates.into_iter().zip(runs).collect(), holds })
    }

    /// Makes a page beside the runtime's threads.
    async fn render<T: Send + 'static>(&self, make: impl FnOnce() -> T + Send + 'static) -> T {
        let _permit = self.0.renders.acquire().await.expect("it is never closed");
        match tokio::task::spawn_blocking(make).await {
            Ok(made) => made,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// The answer with a page, or with the reason why there is none.
    fn answer(&self, visit: &Visit, made: Result<Page>) -> Response {
        let (status, page) = match made {
            Ok(page) => (StatusCode::OK, page),
            Err(Failure::SignIn) => {
                return Redirect::to(&format!("/sign-in?to={}", escaped(&visit.path))).into_response();
            }
            Err(Failure::NotFound) => (StatusCode::NOT_FOUND, missing(visit.lang)),
            Err(Failure::NotAllowed(name)) => {
                let title = text!(en: "You may not do this", zh: "没有权限");
                let why = text!(
                    en: "{name} is not among the users of the service file who may do this (`operators`, `viewers`)",
                    zh: "服务配置文件的 `operators` 或 `viewers` 里没有 {name}；需要的话，请找运维加上"
                );
                (StatusCode::FORBIDDEN, parts::explained(title, &why, visit.lang))
            }
            Err(Failure::Refused(page)) => (StatusCode::CONFLICT, page),
            Err(Failure::Book(why)) => {
                let title = text!(en: "The book cannot be read", zh: "活动目录读不出来");
                (StatusCode::SERVICE_UNAVAILABLE, parts::explained(title, &why, visit.lang))
            }
            Err(Failure::Store(error)) => {
                let title = text!(en: "The store cannot be read", zh: "记录库读不出来");
                (StatusCode::SERVICE_UNAVAILABLE, parts::explained(title, &error.with_causes(), visit.lang))
            }
        };
        self.respond(visit, status, &page)
    }

    fn respond(&self, visit: &Visit, status: StatusCode, page: &Page) -> Response {
        let nav = self.nav();
        let corner = corner(visit, self.context().proxy.is_some());
        let frame = Frame { lang: visit.lang, path: &visit.path, nav: &nav, version: None, corner };
        (status, Html(frame.document(page))).into_response()
    }

    /// The answer to a form: the next page, or the reason why nothing was changed.
    fn answer_form(&self, visit: &Visit, done: Result<()>, next: &str) -> Response {
        match done {
            Ok(()) => Redirect::to(next).into_response(),
            Err(failure) => self.answer(visit, Err(failure)),
        }
    }

    fn nav(&self) -> [NavLink; 8] {
        let snapshot = self.context().status.snapshot();
        // A page may have counted after the last round of the engine.
        let counted = *self.0.counted_review.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = counted.filter(|(at, _)| snapshot.at.is_none_or(|round| round < *at));
        let needs_review = newer.map_or(snapshot.needs_review, |(_, count)| count);
        let counted = *self.0.counted_holds.lock().unwrap_or_else(PoisonError::into_inner);
        let newer = counted.filter(|(at, ..)| snapshot.at.is_none_or(|round| round < *at));
        let (holds, is_all_on_hold) =
            newer.map_or((snapshot.holds, snapshot.is_everything_on_hold), |(_, count, is_all)| (count, is_all));
        let (findings, is_broken) = self.0.books.counted();
        let trouble = usize::from(self.context().status.trouble(self.context().clock.now()).is_some());
        let link = |href, text, count, is_urgent| NavLink { href, text, count, is_urgent };
        [
            link("/", text!(en: "Calendar", zh: "日历"), 0, false),
            link("/runs", text!(en: "Runs", zh: "发表记录"), 0, false),
            link("/review", text!(en: "Needs review", zh: "需人工处理"), needs_review, true),
            link("/holds", text!(en: "Holds", zh: "暂停"), holds, is_all_on_hold),
            link("/confirmations", text!(en: "Confirmations", zh: "成员确认"), 0, false),
            link("/results", text!(en: "Results", zh: "效果"), 0, false),
            link("/findings", text!(en: "Findings", zh: "检查结果"), findings, is_broken),
            link("/health", text!(en: "Health", zh: "运行状况"), trouble, true),
        ]
    }
}

async fn language(
    State(console): State<Console>,
    Path(code): Path<String>,
    Query(query): Query<server::ToQuery>,
    visit: Visit,
) -> Response {
    match code.parse::<Lang>() {
        Ok(lang) => guard::remember_language(lang, query.to.as_deref()),
        Err(_) => console.answer(&visit, Err(Failure::NotFound)),
    }
}

async fn nothing(State(console): State<Console>, visit: Visit) -> Response {
    console.answer(&visit, Err(Failure::NotFound))
}
