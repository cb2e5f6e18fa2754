//! The moves that a run can make, and the refusal of all others.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Invalid, Reason, Run, State};
use crate::post::Post;

/// One step of a run's life. What a move needs to be told, it carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// The request to create it is about to leave.
    Send,
    /// Nothing was done, and it may be tried again from this instant: a failed upload, a refused connection, a busy
    /// WeCom that said so.
    Wait { until: DateTime<Utc>, errcode: Option<i64>, errmsg: Option<String>, reason: Reason },
    /// It stands in the queue for WeCom's limit of creations.
    Queue { reason: Reason },
    /// WeCom took the request; `errmsg` where it also said that it did not understand all of it.
    Submit { jobid: String, errmsg: Option<String> },
    /// WeCom said no, at the request or in the job's result.
    Refuse { errcode: i64, errmsg: String, reason: Reason },
    /// The answer was lost.
    Lose { look_at: DateTime<Utc>, reason: Reason },
    /// Something outside the store says that the request may have left at this instant.
    Doubt { sent_at: DateTime<Utc>, look_at: DateTime<Utc>, reason: Reason },
    /// It was asked for and there is no answer yet.
    AskAgain { at: DateTime<Utc>, reason: Option<Reason> },
    /// It exists.
    Create { moment_id: String, invalid: Invalid, reason: Option<Reason> },
    /// Looking cannot settle it: a person must.
    CallPerson { reason: Reason },
    /// It does not exist.
    Miss { reason: Reason },
    /// It was lost, does not exist, and is to be sent once more.
    Resend { reason: Reason },
    /// A day went by and WeCom did not say.
    Expire { reason: Reason },
    /// It is too late, and nothing was sent.
    GiveUp { errcode: Option<i64>, errmsg: Option<String>, reason: Reason },
    /// Nothing was sent, and nobody wants it any more: a person stopped it, or its campaign does not have it any more.
    Withdraw { reason: Reason },
    /// Nothing was sent, and it must not be: `hold` was laid on its campaign, its file has an error, or the policy forbids it.
    Hold { hold: Option<i64>, reason: Reason },
    /// It takes the current version of its campaign, which is posted until `latest`: the hold on it was lifted, or its
    /// campaign was changed before it was sent.
    CatchUp { post: Arc<Post>, latest: DateTime<Utc>, commit: Option<String>, reason: Reason },
    /// A person says what became of it: it exists as this moment, or it does not exist.
    Settle { moment_id: Option<String>, reason: Reason },
    /// A person stopped it at WeCom for the members who had not posted it yet.
    Cancel { reason: Reason },
}

/// A move that the life of a run does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {from} cannot {verb}")]
pub struct IllegalMove {
    pub from: State,
    pub verb: &'static str,
}

/// One line of a run's log: append-only, kept for ever.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: DateTime<Utc>,
    pub from: Option<&'static str>,
    pub to: &'static str,
    pub verb: &'static str,
    pub errcode: Option<i64>,
    pub reason: Option<Reason>,
}

impl Move {
    /// How a run's log names that it was sent once more.
    pub const RESEND: &str = "resend";

    /// The verb of [`Move::CatchUp`] in a run's log.
    pub const CATCH_UP: &str = "catch up";

    pub fn verb(&self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Wait { .. } => "wait",
            Self::Queue { .. } => "queue",
            Self::Submit { .. } => "submit",
            Self::Refuse { .. } => "refuse",
            Self::Lose { .. } => "lose",
            Self::Doubt { .. } => "doubt",
            Self::AskAgain { .. } => "ask again",
            Self::Create { .. } => "create",
            Self::CallPerson { .. } => "call a person",
            Self::Miss { .. } => "miss",
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

    /// Where this move leads from a state; `None` where it may not be made.
    fn leads(&self, from: State) -> Option<State> {
        use State::{
            Absent, Claimed, Created, Expired, Failed, Held, InDoubt, Missed, Partial, Refused, Sending, Submitted,
        };
        match (from, self) {
            (Claimed, Self::Send) => Some(Sending),
            (Claimed | Sending, Self::Wait { .. }) => Some(Claimed),
            (Claimed, Self::Queue { .. }) => Some(Claimed),
            (Claimed, Self::GiveUp { .. }) => Some(Failed),
            (Sending, Self::Submit { .. }) => Some(Submitted),
            (Sending | Submitted, Self::Lose { .. }) => Some(InDoubt),
            (Sending | Submitted, Self::Refuse { .. }) => Some(Refused),
            (Claimed | Held, Self::Doubt { .. }) => Some(InDoubt),
            (Submitted | InDoubt, Self::AskAgain { .. }) => Some(from),
            (Submitted | InDoubt, Self::Create { invalid, .. }) if invalid.is_empty() => Some(Created),
            (Submitted, Self::Create { .. }) => Some(Partial),
            (Submitted, Self::Expire { .. }) => Some(Expired),
            (Sending | Submitted | InDoubt, Self::CallPerson { .. }) => Some(InDoubt),
            (InDoubt, Self::Miss { .. }) => Some(Absent),
            (InDoubt, Self::Resend { .. }) => Some(Claimed),
            (Claimed, Self::Withdraw { .. }) => Some(Missed),
            (Claimed, Self::Hold { .. }) => Some(Held),
            (Held | Claimed, Self::CatchUp { .. }) => Some(Claimed),
            (Created | Partial, Self::Cancel { .. }) => Some(from),
            // Who sends must have ended before a person can know.
            (Sending, Self::Settle { .. }) => None,
            (_, Self::Settle { moment_id: Some(_), .. }) => Some(Created),
            // Of these nothing was sent, or a person said so already.
            (Claimed | Held | Missed | Failed | Absent, Self::Settle { moment_id: None, .. }) => None,
            (_, Self::Settle { moment_id: None, .. }) => Some(Absent),
            _ => None,
        }
    }
}

impl Run {
    /// Makes a move, and gives the line for the run's log.
    pub fn apply(&mut self, step: Move, now: DateTime<Utc>) -> Result<Event, IllegalMove> {
        let (from, verb) = (self.state, step.verb());
        let to = step.leads(from).ok_or(IllegalMove { from, verb })?;
        let run = &mut self.0;
        let moved = from != to;
        let asked = run.asked;
        run.state = to;
        run.version += 1;
        run.updated_at = now;
        run.asked = if moved { 0 } else { asked.saturating_add(1) };
        run.not_before = now;
        match step {
            Move::Send => {
                run.attempts += 1;
                // The count of waits goes on over sending and back, so that they grow.
                run.asked = asked;
                run.sent_at = Some(now);
                (run.errcode, run.errmsg, run.reason) = (None, None, None);
            }
            Move::Wait { until, errcode, errmsg, reason } => {
                run.asked = asked.saturating_add(1);
                run.not_before = until;
                (run.errcode, run.errmsg, run.reason) = (errcode, errmsg, Some(reason));
            }
            Move::Queue { reason } => {
                run.asked = asked;
                run.reason = Some(reason);
            }
            Move::Submit { jobid, errmsg } => {
                run.jobid = Some(jobid);
                run.errmsg = errmsg;
            }
            Move::Refuse { errcode, errmsg, reason } => {
                (run.errcode, run.errmsg, run.reason) = (Some(errcode), Some(errmsg), Some(reason));
            }
            Move::Lose { look_at, reason } => {
                run.lost_at = Some(now);
                run.not_before = look_at;
                run.reason = Some(reason);
            }
            Move::Doubt { sent_at, look_at, reason } => {
                run.attempts += 1;
                (run.sent_at, run.lost_at) = (Some(sent_at), Some(sent_at));
                run.not_before = look_at;
                run.needs_person = run.post.is_none();
                run.reason = Some(reason);
            }
            Move::AskAgain { at, reason } => {
                run.not_before = at;
                run.reason = reason.or(run.reason.take());
            }
            Move::Create { moment_id, invalid, reason } => {
                run.moment_id = Some(moment_id);
                run.invalid = invalid;
                run.needs_person = false;
                (run.errcode, run.reason) = (Some(0), reason);
            }
            Move::CallPerson { reason } => {
                run.needs_person = true;
                run.reason = Some(reason);
            }
            Move::Miss { reason } | Move::Resend { reason } => {
                run.needs_person = false;
                run.reason = Some(reason);
            }
            Move::Expire { reason } | Move::Cancel { reason } | Move::Withdraw { reason } => run.reason = Some(reason),
            Move::Settle { moment_id, reason } => {
                run.errcode = moment_id.as_ref().map(|_| 0);
                run.moment_id = moment_id;
                run.needs_person = false;
                (run.errmsg, run.reason) = (None, Some(reason));
            }
            Move::Hold { hold, reason } => {
                run.hold = hold;
                run.reason = Some(reason);
            }
            Move::CatchUp { post, latest, commit, reason } => {
                run.asked = asked;
                run.latest = latest;
                run.content_sha256 = Some(post.sha256());
                run.post = Some(post);
                run.commit = commit;
                run.reason = Some(reason);
            }
            Move::GiveUp { errcode, errmsg, reason } => {
                (run.errcode, run.errmsg, run.reason) = (errcode, errmsg, Some(reason));
            }
        }
        Ok(Event {
            at: now,
            from: Some(from.name()),
            to: to.name(),
            verb,
            errcode: run.errcode.filter(|code| *code != 0),
            reason: run.reason.clone(),
        })
    }

    /// The first line of a run's log.
    pub fn birth(&self) -> Event {
        Event {
            at: self.created_at,
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

    /// One of each move; two of those whose end depends on what they carry.
    fn moves() -> Vec<Move> {
        let (at, reason) = (DateTime::<Utc>::MIN_UTC, Reason::Absent);
        let taken = Invalid::default();
        let refused_one = Invalid { users: vec!["nobody".to_owned()], ..Invalid::default() };
        let audience = Audience::Everyone;
        let post = Arc::new(Post { text: Some("x".to_owned()), attachments: Attachments::None, audience });
        vec![
            Move::Send,
            Move::Wait { until: at, errcode: None, errmsg: None, reason: reason.clone() },
            Move::Queue { reason: reason.clone() },
            Move::Submit { jobid: "j".to_owned(), errmsg: None },
            Move::Refuse { errcode: 1, errmsg: String::new(), reason: reason.clone() },
            Move::Lose { look_at: at, reason: reason.clone() },
            Move::Doubt { sent_at: at, look_at: at, reason: reason.clone() },
            Move::AskAgain { at, reason: None },
            Move::Create { moment_id: "m".to_owned(), invalid: taken, reason: None },
            Move::Create { moment_id: "m".to_owned(), invalid: refused_one, reason: None },
            Move::CallPerson { reason: reason.clone() },
            Move::Miss { reason: reason.clone() },
            Move::Resend { reason: reason.clone() },
            Move::Expire { reason: reason.clone() },
            Move::GiveUp { errcode: None, errmsg: None, reason: reason.clone() },
            Move::Withdraw { reason: reason.clone() },
            Move::Hold { hold: Some(1), reason: reason.clone() },
            Move::CatchUp { post, latest: at, commit: None, reason: reason.clone() },
            Move::Cancel { reason: reason.clone() },
            Move::Settle { moment_id: Some("m".to_owned()), reason: reason.clone() },
            Move::Settle { moment_id: None, reason },
        ]
    }

    /// Where each move leads from a state; what is refused is left out.
    fn leads(from: State) -> Vec<String> {
        let lead = |step: &Move| Some(format!("{} → {}", step.verb(), step.leads(from)?.name()));
        moves().iter().filter_map(lead).collect()
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
        for (state, moves) in expected {
            assert_eq!(leads(state), moves, "{state}");
        }
    }

    #[test]
    fn what_may_have_left_is_never_sent_again() {
        for state in [State::Sending, State::Submitted, State::InDoubt] {
            assert_eq!(Move::Send.leads(state), None, "{state}");
        }
    }
}
