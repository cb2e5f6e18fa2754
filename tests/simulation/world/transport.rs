//! The transport of every call, which can kill the engine before and after it.

use std::sync::{Arc, LazyLock, Mutex};

use drumbeat::clock::Clock;
use drumbeat::sandbox::{AnswerFault, Faults, Sandbox};
use drumbeat::wecom::{Body, Request, Response, Transport, TransportError};
use fastrand::Rng;
use tokio::sync::Notify;

use super::Mutant;
use crate::simulation::judge;

/// The transport of every call: records creations for the rate, and can kill the engine before or after a call.
pub(super) struct TransportKind {
    pub(super) faults: Arc<Faults>,
    pub(super) sandbox: Arc<Mutex<Sandbox>>,
    pub(super) mutant: Mutant,
    pub(super) clock: Clock,
    pub(super) true_clock: Clock,
    pub(super) crash: Notify,
    pub(super) dice: Mutex<(Rng, u32)>,
    pub(super) creates: Mutex<Vec<judge::Creation>>,
}

impl TransportKind {
    pub(super) fn transport(self: &Arc<Self>) -> Transport {
        let transport = Arc::clone(self);
        Transport::InProcess(Arc::new(move |request: Request| {
            let transport = Arc::clone(&transport);
            Box::pin(async move {
                transport.maybe_crash().await;
                let is_create = request.path == Request::CREATE;
                let creation = judge::Creation { by_our_clock: transport.clock.now(), at: transport.true_clock.now() };
                if transport.mutant == Mutant::TrustsItsClock && is_wide(&request) {
                    return Ok(EMPTY_LIST.clone());
                }
                let path = request.path.clone();
                let answer = transport.faults.deliver(request).await.map(|answer| transport.as_mutant(&path, answer));
                let token_was_refused = answer.as_ref().is_ok_and(|answer| {
                    let text = String::from_utf8_lossy(&answer.body);
                    ["40001", "40014", "42001"].iter().any(|code| text.contains(code))
                });
                if is_create && !token_was_refused && !matches!(answer, Err(TransportError::NotSent(_))) {
                    transport.creates.lock().expect("no panics").push(creation);
                }
                transport.maybe_crash().await;
                match answer {
                    Err(TransportError::Lost(why)) if transport.mutant == Mutant::LostIsNotSent => {
                        Err(TransportError::NotSent(why))
                    }
                    answer => answer,
                }
            })
        }))
    }

    /// An answer as a mutant reads it.
    fn as_mutant(&self, path: &str, answer: Response) -> Response {
        match self.mutant {
            Mutant::SeesOnlyExact if path.ends_with("get_moment_list") => {
                let sandbox = self.sandbox.lock().expect("no panics");
                let is_rewritten = sandbox.behaviour.answer_faults.iter().any(|fault| REWRITES.contains(fault));
                if is_rewritten { EMPTY_LIST.clone() } else { answer }
            }
            Mutant::TakesUnclearForRefused if path.ends_with("get_moment_task_result") => {
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let is_unclear = body["status"] == 3 && body["result"]["moment_id"].as_str().is_none();
                if is_unclear { REFUSED_JOB.clone() } else { answer }
            }
            _ => answer,
        }
    }

    async fn maybe_crash(&self) {
        let dies = {
            let mut dice = self.dice.lock().expect("no panics");
            let per_mille = dice.1;
            dice.0.u32(..1000) < per_mille
        };
        if dies {
            self.crash.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

static EMPTY_LIST: LazyLock<Response> =
    LazyLock::new(|| Response::new(200, br#"{"errcode":0,"moment_list":[]}"#.to_vec()));

static REFUSED_JOB: LazyLock<Response> = LazyLock::new(|| {
    let body = br#"{"errcode":0,"status":3,"type":"add_moment_task","result":{"errcode":41064,"errmsg":"refused"}}"#;
    Response::new(200, body.to_vec())
});

/// The faults that show a moment with small differences from the sent post.
const REWRITES: [AnswerFault; 7] = [
    AnswerFault::ListLinkEncoded,
    AnswerFault::ListLinkSlash,
    AnswerFault::ListLinkTitle,
    AnswerFault::ListFewerImages,
    AnswerFault::ListOneSpace,
    AnswerFault::ListCreator,
    AnswerFault::ListMinutesLate,
];

/// Whether a request covers more of WeCom's list than a right clock requires for a lost post.
fn is_wide(request: &Request) -> bool {
    let Body::Json(body) = &request.body else { return false };
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match (asked["start_time"].as_i64(), asked["end_time"].as_i64()) {
        (Some(start), Some(end)) => end - start > 24 * 3600,
        _ => false,
    }
}
