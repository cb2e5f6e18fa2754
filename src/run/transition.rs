//! The transitions of a run, and the refusal of all others.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::reason::Reason;
use super::record::{RejectedRecipients, Run, new_version};
use super::state::State;
use crate::post::Post;

/// A change of a run's state, with its data.
#[derive(Clone, Debug, PartialEq)]
pub enum Transition {
    /// The request to create the post is about to be sent.
    Send,
    /// Nothing was created, and the step may be tried again from this instant: an upload failed, the connection was
    /// refused, or WeCom answered that it is busy.
    Wait { until: DateTime<Utc>, errcode: Option<i64>, errmsg: Option<String>, reason: Reason },
    /// The run waits for WeCom's limit of creations.
    Queue { reason: Reason },
    /// WeCom accepted the request; `errmsg` is set if it did not understand all of it.
    Submit { jobid: String, errmsg: Option<String> },
    /// WeCom refused the post, in the answer or in the job's result.
    Refuse { errcode: i64, errmsg: String, reason: Reason },
    /// The answer to the request was lost.
    LoseResponse { look_at: DateTime<Utc>, reason: Reason },
    /// A record outside the store says that the request may have been sent at this instant.
    Doubt { sent_at: DateTime<Utc>, look_at: DateTime<Utc>, reason: Reason },
    /// WeCom was asked and has no result yet.
    AskAgain { at: DateTime<Utc>, reason: Option<Reason> },
    /// The post exists.
    Create { moment_id: String, invalid: RejectedRecipients, reason: Option<Reason> },
    /// Lookups cannot settle the run: a person must.
    RequireReview { reason: Reason },
    /// The post does not exist. Stored as the verb "miss"; not the state `missed`.
    ConfirmAbsent { reason: Reason },
    /// The answer was lost, the post does not exist, and the run will be sent once more.
    Resend { reason: Reason },
    /// WeCom gave no result within a day.
    Expire { reason: Reason },
    /// `max_lateness` has passed, and nothing was sent.
    GiveUp { errcode: Option<i64>, errmsg: Option<String>, reason: Reason },
    /// Nothing was sent, and the run is withdrawn: by a person, or because its campaign no longer has the occurrence.
    Withdraw { reason: Reason },
    /// Nothing was sent, and nothing may be: its campaign is on hold (`hold`), its file has an error, or the policy
    /// forbids it.
    Hold { hold: Option<i64>, reason: Reason },
    /// The run takes the current version of its campaign, which may be posted until `deadline`: its hold was lifted, or the
    /// campaign was changed before the run was sent.
    CatchUp {
        /// The number of the content in the file, from 1.
        content: Option<u32>,
        post: Arc<Post>,
        deadline: DateTime<Utc>,
        commit: Option<String>,
        reason: Reason,
    },
    /// A person states the outcome: the post exists as this moment, or it does not exist.
    Settle { moment_id: Option<String>, reason: Reason },
    /// A person stopped the post at WeCom for the members who had not posted it yet.
    Cancel { reason: Reason },
}

/// A transition that the state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {from} cannot {verb}")]
pub struct IllegalTransition {
    pub from: State,
    pub verb: &'static str,
}

/// One line of a run's append-only log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: DateTime<Utc>,
    /// The version of the run that it changes; `None` for the first line.
    pub former: Option<i64>,
    pub from: Option<&'static str>,
    pub to: &'static str,
    pub verb: &'static str,
    pub errcode: Option<i64>,
    pub reason: Option<Reason>,
}

impl Event {
    /// Whether it is WeCom's answer to the request of a run, or its loss.
    pub fn answers_request(&self) -> bool {
        self.from == Some(State::Sending.name())
    }
}

impl Transition {
    /// The verb of a second send in a run's log.
    pub const RESEND: &str = "resend";

    /// The verb of [`Transition::CatchUp`] in a run's log.
    pub const CATCH_UP: &str = "catch up";

    pub fn verb(&self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Wait { .. } => "wait",
            Self::Queue { .. } => "queue",
            Self::Submit { .. } => "submit",
            Self::Refuse { .. } => "refuse",
            Self::LoseResponse { .. } => "lose",
            Self::Doubt { .. } => "doubt",
            Self::AskAgain { .. } => "ask again",
            Self::Create { .. } => "create",
            Self::RequireReview { .. } => "call a person",
            Self::ConfirmAbsent { .. } => "miss",
            Self::Resend { .. } => Self::RESEND,
            Self::Expire { .. } => "expire",
            Self::GiveUp { .. } => "give up",
            Self::Withdraw { .. } => "withdraw",
            Self::Hold { .. } => "hold",
            Self::CatchUp { .. } => Self::CATCH_UP,
            Self::Settle { .. } => "settle",
            Self::Cancel { .. } => "cancel",
        }
    }

    /// The next state; `None` if the transition is refused.
    fn next_state(&self, from: State) -> Option<State> {
        use State::{
            Absent, Claimed, Created, Expired, Failed, Held, InDoubt, Missed, Partial, Refused, Sending, Submitted,
        };
        match (from, self) {
            (Claimed, Self::Send) => Some(Sending),
            (Claimed | Sending, Self::Wait { .. }) => Some(Claimed),
            (Claimed, Self::Queue { .. }) => Some(Claimed),
            (Claimed, Self::GiveUp { .. }) => Some(Failed),
            (Sending, Self::Submit { .. }) => Some(Submitted),
            (Sending | Submitted, Self::LoseResponse { .. }) => Some(InDoubt),
            (Sending | Submitted, Self::Refuse { .. }) => Some(Refused),
            (Claimed | Held, Self::Doubt { .. }) => Some(InDoubt),
            (Submitted | InDoubt, Self::AskAgain { .. }) => Some(from),
            (Submitted | InDoubt, Self::Create { invalid, .. }) if invalid.is_empty() => Some(Created),
            (Submitted, Self::Create { .. }) => Some(Partial),
            (Submitted, Self::Expire { .. }) => Some(Expired),
            (Sending | Submitted | InDoubt, Self::RequireReview { .. }) => Some(InDoubt),
            (InDoubt, Self::ConfirmAbsent { .. }) => Some(Absent),
            (InDoubt, Self::Resend { .. }) => Some(Claimed),
            (Claimed, Self::Withdraw { .. }) => Some(Missed),
            (Claimed, Self::Hold { .. }) => Some(Held),
            (Held | Claimed, Self::CatchUp { .. }) => Some(Claimed),
            (Created | Partial, Self::Cancel { .. }) => Some(from),
            // The sender must have ended before a person can know the outcome.
            (Sending, Self::Settle { .. }) => None,
            (_, Self::Settle { moment_id: Some(_), .. }) => Some(Created),
            // Nothing was sent in these states, or a person already stated the outcome.
            (Claimed | Held | Missed | Failed | Absent, Self::Settle { moment_id: None, .. }) => None,
            (_, Self::Settle { moment_id: None, .. }) => Some(Absent),
            _ => None,
        }
    }
}

impl Run {
    /// Applies a transition and returns the line for the run's log.
    ///
    /// # Errors
    /// The run's state does not allow the transition; the run is unchanged.
    pub fn apply(&mut self, step: Transition, now: DateTime<Utc>) -> Result<Event, IllegalTransition> {
        let (from, verb) = (self.state, step.verb());
        let to = step.next_state(from).ok_or(IllegalTransition { from, verb })?;
        let run = &mut self.0;
        let former = Some(run.version);
        let moved = from != to;
        let asked = run.retries;
        run.state = to;
        run.version = new_version();
        run.updated_at = now;
        run.retries = if moved { 0 } else { asked.saturating_add(1) };
        run.not_before = now;
        match step {
            Transition::Send => {
                run.attempts += 1;
                // The number of tries is kept across sending, so that the waits grow.
                run.retries = asked;
                run.sent_at = Some(now);
                (run.errcode, run.errmsg, run.reason) = (None, None, None);
            }
            Transition::Wait { until, errcode, errmsg, reason } => {
                run.retries = asked.saturating_add(1);
                run.not_before = until;
                (run.errcode, run.errmsg, run.reason) = (errcode, errmsg, Some(reason));
            }
            Transition::Queue { reason } => {
                run.retries = asked;
                run.reason = Some(reason);
            }
            Transition::Submit { jobid, errmsg } => {
                run.jobid = Some(jobid);
                run.errmsg = errmsg;
            }
            Transition::Refuse { errcode, errmsg, reason } => {
                (run.errcode, run.errmsg, run.reason) = (Some(errcode), Some(errmsg), Some(reason));
            }
            Transition::LoseResponse { look_at, reason } => {
                run.lost_at = Some(now);
                run.not_before = look_at;
                run.reason = Some(reason);
            }
            Transition::Doubt { sent_at, look_at, reason } => {
                run.attempts += 1;
                (run.sent_at, run.lost_at) = (Some(sent_at), Some(sent_at));
                run.not_before = look_at;
                run.needs_review = run.post.is_none();
                run.reason = Some(reason);
            }
            Transition::AskAgain { at, reason } => {
                run.not_before = at;
                run.reason = reason.or(run.reason.take());
            }
            Transition::Create { moment_id, invalid, reason } => {
                run.moment_id = Some(moment_id);
                run.invalid = invalid;
                run.needs_review = false;
                (run.errcode, run.reason) = (Some(0), reason);
            }
            Transition::RequireReview { reason } => {
                run.needs_review = true;
                run.reason = Some(reason);
            }
            Transition::ConfirmAbsent { reason } | Transition::Resend { reason } => {
                run.needs_review = false;
                run.reason = Some(reason);
            }
            Transition::Expire { reason } | Transition::Cancel { reason } | Transition::Withdraw { reason } => {
                run.reason = Some(reason)
            }
            Transition::Settle { moment_id, reason } => {
                run.errcode = moment_id.as_ref().map(|_| 0);
                run.moment_id = moment_id;
                run.needs_review = false;
                (run.errmsg, run.reason) = (None, Some(reason));
            }
            Transition::Hold { hold, reason } => {
                run.hold = hold;
                run.reason = Some(reason);
            }
            Transition::CatchUp { content, post, deadline, commit, reason } => {
                run.content = content;
                run.retries = asked;
                run.deadline = deadline;
                run.content_sha256 = Some(post.sha256());
                run.post = Some(post);
                run.commit = commit;
                run.reason = Some(reason);
            }
            Transition::GiveUp { errcode, errmsg, reason } => {
                (run.errcode, run.errmsg, run.reason) = (errcode, errmsg, Some(reason));
            }
        }
        Ok(Event {
            at: now,
            former,
            from: Some(from.name()),
            to: to.name(),
            verb,
            errcode: run.errcode.filter(|code| *code != 0),
            reason: run.reason.clone(),
        })
    }

    /// The first line of the log of a run that a person posts. The run itself keeps no reason: it is for what went wrong.
    pub fn creation_event_by(&self, by: Option<&str>) -> Event {
        let reason = by.map(|by| Reason::PostedByHand { by: by.to_owned() });
        Event { reason, ..self.creation_event() }
    }

    /// The first line of a run's log.
    pub fn creation_event(&self) -> Event {
        Event {
            at: self.created_at,
            former: None,
            from: None,
            to: self.state.name(),
            verb: "be due",
            errcode: None,
            reason: self.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::{Attachments, Audience};

    /// One of each transition; two of those whose result depends on their data.
    fn all_transitions() -> Vec<Transition> {
        let (at, reason) = (DateTime::<Utc>::MIN_UTC, Reason::Absent);
        let taken = RejectedRecipients::default();
        let refused_one = RejectedRecipients { users: vec!["unknown".to_owned()], ..RejectedRecipients::default() };
        let audience = Audience::Everyone;
        let post = Arc::new(Post { text: Some("x".to_owned()), attachments: Attachments::None, audience });
        vec![
            Transition::Send,
            Transition::Wait { until: at, errcode: None, errmsg: None, reason: reason.clone() },
            Transition::Queue { reason: reason.clone() },
            Transition::Submit { jobid: "j".to_owned(), errmsg: None },
            Transition::Refuse { errcode: 1, errmsg: String::new(), reason: reason.clone() },
            Transition::LoseResponse { look_at: at, reason: reason.clone() },
            Transition::Doubt { sent_at: at, look_at: at, reason: reason.clone() },
            Transition::AskAgain { at, reason: None },
            Transition::Create { moment_id: "m".to_owned(), invalid: taken, reason: None },
            Transition::Create { moment_id: "m".to_owned(), invalid: refused_one, reason: None },
            Transition::RequireReview { reason: reason.clone() },
            Transition::ConfirmAbsent { reason: reason.clone() },
            Transition::Resend { reason: reason.clone() },
            Transition::Expire { reason: reason.clone() },
            Transition::GiveUp { errcode: None, errmsg: None, reason: reason.clone() },
            Transition::Withdraw { reason: reason.clone() },
            Transition::Hold { hold: Some(1), reason: reason.clone() },
            Transition::CatchUp { content: None, post, deadline: at, commit: None, reason: reason.clone() },
            Transition::Cancel { reason: reason.clone() },
            Transition::Settle { moment_id: Some("m".to_owned()), reason: reason.clone() },
            Transition::Settle { moment_id: None, reason },
        ]
    }

    /// The next state for each allowed transition from a state.
    fn allowed_transitions(from: State) -> Vec<String> {
        let lead = |step: &Transition| Some(format!("{} → {}", step.verb(), step.next_state(from)?.name()));
        all_transitions().iter().filter_map(lead).collect()
    }

    #[test]
    fn the_life_of_a_run() {
        let expected: [(State, &[&str]); 12] = [
            (
                State::Claimed,
                &[
                    "send → sending",
                    "wait → claimed",
                    "queue → claimed",
                    "doubt → in_doubt",
                    "give up → failed",
                    "withdraw → missed",
                    "hold → held",
                    "catch up → claimed",
                    "settle → created",
                ],
            ),
            (
                State::Sending,
                &[
                    "wait → claimed",
                    "submit → submitted",
                    "refuse → refused",
                    "lose → in_doubt",
                    "call a person → in_doubt",
                ],
            ),
            (
                State::Submitted,
                &[
                    "refuse → refused",
                    "lose → in_doubt",
                    "ask again → submitted",
                    "create → created",
                    "create → partial",
                    "call a person → in_doubt",
                    "expire → expired",
                    "settle → created",
                    "settle → absent",
                ],
            ),
            (
                State::InDoubt,
                &[
                    "ask again → in_doubt",
                    "create → created",
                    "call a person → in_doubt",
                    "miss → absent",
                    "resend → claimed",
                    "settle → created",
                    "settle → absent",
                ],
            ),
            (State::Created, &["cancel → created", "settle → created", "settle → absent"]),
            (State::Partial, &["cancel → partial", "settle → created", "settle → absent"]),
            (State::Refused, &["settle → created", "settle → absent"]),
            (State::Expired, &["settle → created", "settle → absent"]),
            (State::Absent, &["settle → created"]),
            (State::Failed, &["settle → created"]),
            (State::Missed, &["settle → created"]),
            (State::Held, &["doubt → in_doubt", "catch up → claimed", "settle → created"]),
        ];
        assert_eq!(expected.map(|(state, _)| state), State::ALL);
        for (state, transitions) in expected {
            assert_eq!(allowed_transitions(state), transitions, "{state}");
        }
    }

    #[test]
    fn run_that_may_have_been_sent_is_never_resent() {
        for state in [State::Sending, State::Submitted, State::InDoubt] {
            assert_eq!(Transition::Send.next_state(state), None, "{state}");
        }
    }
}
