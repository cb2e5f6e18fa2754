//! Network and server faults between a client and the sandbox, generated from one seed.
//!
//! `rehearse --faults` shows a day with faults to a person. The simulation uses them to prove that no post is made
//! twice. The same seed and the same calls give the same faults.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use fastrand::Rng;

use super::{Sandbox, lock};
use crate::clock::Clock;
use crate::text::Text;
use crate::wecom::{CallFailure, Request, Response, Transport, TransportError};

/// How long a client waits for an answer before it counts the call as lost.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest delay after which a request that the client has given up may still take effect.
const LATEST_PROCESSING: Duration = Duration::from_secs(8 * 60);

/// How often each fault occurs, in 1,000 calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultProfile {
    rates: Vec<(Fault, u32)>,
}

/// A fault of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// No connection was opened.
    NotSent,
    /// The request was lost, which the client cannot know.
    LostRequest,
    /// It was processed; the answer was lost.
    LostAnswer,
    /// It was processed; the answer came after the client had given up.
    LateAnswer,
    /// It was processed only after the client had given up.
    LateProcessing,
    /// It was delivered twice; the second delivery was refused.
    Repeated,
    /// errcode -1, and nothing was done.
    Busy,
    /// errcode -1, but it was done.
    BusyDone,
    /// 45009: the frequency limit.
    TooOften,
    /// 41078 and 45033: too many calls at the same time.
    TooMuch,
    /// 502, and nothing was done.
    BadGateway,
    /// 502, but it was done.
    BadGatewayDone,
    /// An unreadable answer, and nothing was done.
    Garbage,
    /// An unreadable answer, but it was done.
    GarbageDone,
    /// Every token expires at once.
    TokensDie,
    /// Every media id expires at once.
    MediaDie,
    /// The job takes minutes.
    SlowJob,
    /// The job never ends.
    DeadJob,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 18] = [
        Self::NotSent,
        Self::LostRequest,
        Self::LostAnswer,
        Self::LateAnswer,
        Self::LateProcessing,
        Self::Repeated,
        Self::Busy,
        Self::BusyDone,
        Self::TooOften,
        Self::TooMuch,
        Self::BadGateway,
        Self::BadGatewayDone,
        Self::Garbage,
        Self::GarbageDone,
        Self::TokensDie,
        Self::MediaDie,
        Self::SlowJob,
        Self::DeadJob,
    ];

    /// Whether the fault makes a difference for this call: whether an action was done and how long a job takes matter
    /// only for creations.
    fn concerns(self, request: &Request) -> bool {
        let of_creations = matches!(
            self,
            Self::LateProcessing
                | Self::Repeated
                | Self::BusyDone
                | Self::BadGatewayDone
                | Self::GarbageDone
                | Self::SlowJob
                | Self::DeadJob
                | Self::MediaDie
        );
        request.path == Request::CREATE || !of_creations
    }

    /// What happened, for a person.
    pub fn text(self) -> Text {
        match self {
            Self::NotSent => text!(en: "no connection to WeCom", zh: "连不上企业微信"),
            Self::LostRequest => text!(en: "the request was lost in the network", zh: "请求在路上丢了"),
            Self::LostAnswer => text!(en: "WeCom did it; the answer was lost", zh: "企业微信照做了，答复丢了"),
            Self::LateAnswer => text!(en: "WeCom did it; the answer came too late", zh: "企业微信照做了，答复来得太晚"),
            Self::LateProcessing => text!(
                en: "WeCom did it minutes after the client gave up",
                zh: "这边不等了，企业微信过几分钟才照做"
            ),
            Self::Repeated => text!(
                en: "the network delivered it twice; WeCom refused the second",
                zh: "网络送达了两次，企业微信拒绝了第二次"
            ),
            Self::Busy => text!(en: "WeCom said it was busy and did nothing", zh: "企业微信说系统繁忙，没有照做"),
            Self::BusyDone => text!(en: "WeCom said it was busy and did it", zh: "企业微信说系统繁忙，其实照做了"),
            Self::TooOften => text!(en: "WeCom refused: called too often (45009)", zh: "企业微信说调用太频繁（45009）"),
            Self::TooMuch => {
                text!(en: "WeCom refused: too many calls at the same time", zh: "企业微信说同时进行的太多")
            }
            Self::BadGateway => text!(en: "a proxy answered 502; nothing was done", zh: "代理回应 502，什么都没做"),
            Self::BadGatewayDone => {
                text!(en: "a proxy answered 502; WeCom did it", zh: "代理回应 502，企业微信其实照做了")
            }
            Self::Garbage => text!(
                en: "the answer was unreadable; nothing was done",
                zh: "答复读不懂，什么都没做"
            ),
            Self::GarbageDone => {
                text!(en: "the answer was unreadable; WeCom did it", zh: "答复读不懂，企业微信其实照做了")
            }
            Self::TokensDie => text!(en: "every token expired at once", zh: "所有访问凭据突然失效"),
            Self::MediaDie => text!(en: "every upload expired at once", zh: "上传的素材全部失效"),
            Self::SlowJob => text!(en: "WeCom's job takes minutes", zh: "企业微信的创建任务要好几分钟"),
            Self::DeadJob => text!(en: "WeCom's job never ends", zh: "企业微信的创建任务一直不结束"),
        }
    }
}

display_in_english!(Fault);

impl FaultProfile {
    /// No faults.
    pub fn none() -> Self {
        Self { rates: Vec::new() }
    }

    /// Every fault at the same rate.
    pub fn all(per_mille: u32) -> Self {
        Self { rates: Fault::ALL.into_iter().map(|fault| (fault, per_mille)).collect() }
    }

    /// A few kinds of fault, each at its own rate.
    pub fn drawn(rng: &mut Rng) -> Self {
        let mut rates = Vec::new();
        for fault in Fault::ALL {
            if rng.u32(..100) < 45 {
                let most = if fault == Fault::DeadJob { 30 } else { 150 };
                rates.push((fault, rng.u32(1..most)));
            }
        }
        Self { rates }
    }

    fn draw(&self, rng: &mut Rng) -> Option<Fault> {
        let mut at = rng.u32(..1000);
        for (fault, rate) in &self.rates {
            match at.checked_sub(*rate) {
                Some(rest) => at = rest,
                None => return Some(*fault),
            }
        }
        None
    }
}

/// A fault that occurred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InjectedFault {
    pub at: DateTime<Utc>,
    pub path: String,
    pub fault: Fault,
}

/// The transport to the sandbox with faults.
pub struct Faults {
    sandbox: Arc<Mutex<Sandbox>>,
    clock: Clock,
    state: Mutex<FaultState>,
}

struct FaultState {
    rng: Rng,
    profile: FaultProfile,
    injected: Vec<InjectedFault>,
}

impl Faults {
    /// Faults drawn with a random generator from `seed`, at the rates of `profile`.
    pub fn new(sandbox: Arc<Mutex<Sandbox>>, clock: Clock, seed: u64, profile: FaultProfile) -> Arc<Self> {
        let state = FaultState { rng: Rng::with_seed(seed), profile, injected: Vec::new() };
        Arc::new(Self { sandbox, clock, state: Mutex::new(state) })
    }

    /// The client's transport with these faults.
    pub fn transport(self: &Arc<Self>) -> Transport {
        let faults = Arc::clone(self);
        Transport::InProcess(Arc::new(move |request| {
            let faults = Arc::clone(&faults);
            Box::pin(async move { faults.deliver(request).await })
        }))
    }

    /// The faults that have occurred so far, oldest first.
    pub fn injected(&self) -> Vec<InjectedFault> {
        self.state().injected.clone()
    }

    /// Changes the rates from now on.
    pub fn change(&self, profile: FaultProfile) {
        self.state().profile = profile;
    }

    /// Delivers one call, or loses it.
    ///
    /// # Errors
    /// A drawn fault loses the request or its answer.
    pub async fn deliver(&self, request: Request) -> Result<Response, TransportError> {
        let (fault, there, back, late) = self.draw_fault(&request);
        self.clock.sleep(there).await;
        let answer = match fault {
            None => Ok(self.handle(&request)),
            Some(fault) => self.apply_fault(fault, &request, late).await,
        };
        // Every answer contains the time.
        let date = lock(&self.sandbox).behaviour.says_date.then(|| self.clock.now());
        self.clock.sleep(back).await;
        answer.map(|answer| Response { date, ..answer })
    }

    /// The fault of a call, the delays of request and answer, and the delay of late processing.
    fn draw_fault(&self, request: &Request) -> (Option<Fault>, Duration, Duration, Duration) {
        let at = self.clock.now();
        let mut state = self.state();
        let FaultState { rng, profile, injected } = &mut *state;
        let fault = profile.draw(rng).filter(|fault| fault.concerns(request));
        let mut ways = || Duration::from_millis(rng.u64(1..400));
        let (there, back) = (ways(), ways());
        let late = Duration::from_secs(rng.u64(1..LATEST_PROCESSING.as_secs()));
        if let Some(fault) = fault {
            injected.push(InjectedFault { at, path: request.path.to_string(), fault });
        }
        (fault, there, back, late)
    }

    async fn apply_fault(&self, fault: Fault, request: &Request, late: Duration) -> Result<Response, TransportError> {
        match fault {
            Fault::NotSent => Err(TransportError::NotSent(CallFailure::NoConnection("Connection refused".to_owned()))),
            Fault::LostRequest => Err(self.given_up().await),
            Fault::LostAnswer => {
                self.handle(request);
                Err(TransportError::Lost(CallFailure::ConnectionBroken("Connection reset by peer".to_owned())))
            }
            Fault::LateAnswer => {
                self.handle(request);
                Err(self.given_up().await)
            }
            Fault::LateProcessing => {
                // The server continues, whatever happens to the client.
                let (sandbox, clock, request) = (Arc::clone(&self.sandbox), self.clock.clone(), request.clone());
                tokio::spawn(async move {
                    clock.sleep(CLIENT_TIMEOUT + late).await;
                    lock(&sandbox).handle(&request, clock.now());
                });
                Err(self.given_up().await)
            }
            Fault::Repeated => Ok(self.handle(request)),
            Fault::Busy => Ok(said(-1, "system busy")),
            Fault::BusyDone => {
                self.handle(request);
                Ok(said(-1, "system busy"))
            }
            Fault::TooOften => Ok(said(45009, "api freq out of limit")),
            Fault::TooMuch if request.path == Request::CREATE => Ok(said(41078, "too many moment tasks")),
            Fault::TooMuch => Ok(said(45033, "api concurrent out of limit")),
            Fault::BadGateway => Ok(gateway()),
            Fault::BadGatewayDone => {
                self.handle(request);
                Ok(gateway())
            }
            Fault::Garbage => Ok(garbage()),
            Fault::GarbageDone => {
                self.handle(request);
                Ok(garbage())
            }
            Fault::TokensDie => {
                lock(&self.sandbox).revoke_tokens();
                Ok(self.handle(request))
            }
            Fault::MediaDie => {
                lock(&self.sandbox).forget_uploads();
                Ok(self.handle(request))
            }
            Fault::SlowJob => Ok(self.with_job_of(Duration::from_secs(600), request)),
            Fault::DeadJob => Ok(self.with_job_of(Duration::from_secs(40 * 3600), request)),
        }
    }

    async fn given_up(&self) -> TransportError {
        self.clock.sleep(CLIENT_TIMEOUT).await;
        TransportError::Lost(CallFailure::AnswerTimeout)
    }

    fn handle(&self, request: &Request) -> Response {
        lock(&self.sandbox).handle(request, self.clock.now())
    }

    /// Everything about a job is decided at its creation, so the speed is changed for this call only.
    fn with_job_of(&self, length: Duration, request: &Request) -> Response {
        let mut sandbox = lock(&self.sandbox);
        let usual = sandbox.behaviour.job_done_after;
        sandbox.behaviour.job_done_after = length;
        let answer = sandbox.handle(request, self.clock.now());
        sandbox.behaviour.job_done_after = usual;
        answer
    }

    fn state(&self) -> std::sync::MutexGuard<'_, FaultState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn said(errcode: i64, errmsg: &str) -> Response {
    let body = serde_json::json!({ "errcode": errcode, "errmsg": errmsg });
    Response::new(200, body.to_string().into_bytes())
}

fn gateway() -> Response {
    Response::new(502, b"<html>Bad Gateway</html>".to_vec())
}

fn garbage() -> Response {
    Response::new(200, b"{\"errcode\":0,\"errm".to_vec())
}
