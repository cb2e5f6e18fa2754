//! Performs one step of a run. The result of each step is saved before the next step begins.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::StepContext;
use super::decide::{Step, align_lookup, backoff, poll_wait};
use super::group_commit::{SaveResult, SendConditions};
use super::holds::has_active_hold;
use super::media::PrepareError;
use crate::clock::delta;
use crate::error_chain::error_chain;
use crate::limits;
use crate::post::{Media, Names, Post};
use crate::run::{Reason, RejectedRecipients, Run, RunId, State, Transition};
use crate::store::{Hold, Saved, StoreError};
use crate::text::Lang;
use crate::wecom::{Class, Error, Job, Next, Outcome};

/// Longest wait between two tries of a request that did not reach WeCom.
const MAX_RETRY_WAIT: Duration = Duration::from_secs(120);

/// Longest time from the begin of the commit of `sending` to its request. The lease on a server lasts 25 s
/// from the same commit, so no other service takes the run over before.
const SEND_BUDGET: Duration = Duration::from_secs(10);

/// How a step ended.
#[derive(Debug)]
pub(super) enum StepResult {
    /// The run was saved in its new state.
    Moved(Run),
    /// WeCom's limit of creations is reached until this instant; the run is unchanged.
    RateLimited(Run, DateTime<Utc>),
    /// All media of the run are at WeCom; the run is unchanged.
    Uploaded,
    /// A media id is missing or expires soon: upload the media again.
    MediaExpired,
    /// The engine stops; nothing was sent.
    Stopped,
    /// A newer book was loaded after the run was compared. Nothing was sent; compare the run again.
    BookChanged,
    /// Another writer changed the run: read it again.
    VersionConflict,
    /// The store did not save the transition; nothing was sent after it failed.
    NotSaved(Run, StoreError),
}

impl StepContext {
    /// Executes one step of a run. Saves each transition before its effect.
    pub(super) async fn perform(&self, step: &Step, run: Run) -> StepResult {
        match step {
            Step::Upload(_) => self.upload_media(run).await,
            Step::Submit(_) => self.submit(run).await,
            Step::PollJob(_) => self.poll_job(run).await,
            Step::FindMoment(_) => self.find_moment(run).await,
            Step::GiveUp(_) => {
                let (errcode, errmsg) = (run.errcode, run.errmsg.clone());
                let reason = Reason::GivenUp { last: run.reason.clone().map(Box::new) };
                self.save(run, Transition::GiveUp { errcode, errmsg, reason }).await
            }
        }
    }

    /// Uploads the media of the post, until the run's deadline.
    async fn upload_media(&self, run: Run) -> StepResult {
        let Some(post) = run.post.clone() else { return StepResult::Uploaded };
        let left = (run.deadline - self.clock.now()).to_std().unwrap_or_default();
        match tokio::time::timeout(left, self.media_ids(&post)).await {
            Ok(Ok(_)) => StepResult::Uploaded,
            Ok(Err(trouble)) => self.not_sent(run, trouble).await,
            Err(_) => {
                let reason = Reason::GivenUp { last: Some(Box::new(Reason::StillUploading)) };
                self.save(run, Transition::GiveUp { errcode: None, errmsg: None, reason }).await
            }
        }
    }

    /// Sends a run whose media are at WeCom.
    async fn submit(&self, run: Run) -> StepResult {
        let Some(post) = run.post.clone() else {
            let reason = Reason::DamagedPost { campaign: run.campaign.clone() };
            let why = reason.text(&run.id()).into_lang(Lang::En);
            tracing::error!(run = %run.id(), reason = why, "the stored post of a run is damaged: nothing was sent");
            return self.save(run, Transition::GiveUp { errcode: None, errmsg: None, reason }).await;
        };
        if has_active_hold(&self.holds, &run.corp, &run.campaign) {
            // A person may have lifted it since.
            match self.store.active_hold(&run.corp, &run.campaign).await {
                Ok(None) => {}
                Ok(Some(hold)) => return self.put_on_hold(run, &hold).await,
                Err(error) => return StepResult::NotSaved(run, error),
            }
        }
        let media_ids = match self.uploaded_ids(&post).await {
            Ok(Some(ids)) => ids,
            Ok(None) => return StepResult::MediaExpired,
            Err(error) => return StepResult::NotSaved(run, error),
        };
        let may_be_sent = async {
            match self.wecom.token().await {
                Ok(()) => self.check_not_listed(run, &post).await,
                Err(error) => Err(self.not_sent(run, PrepareError::Call(error)).await),
            }
        };
        let run = tokio::select! {
            biased;
            () = self.stopping.cancelled() => return StepResult::Stopped,
            run = may_be_sent => match run {
                Ok(run) => run,
                Err(done) => return done,
            },
        };
        let now = self.clock.now();
        if now > run.deadline {
            let reason = Reason::GivenUp { last: run.reason.clone().map(Box::new) };
            return self.save(run, Transition::GiveUp { errcode: None, errmsg: None, reason }).await;
        }
        let before = run.clone();
        let mut run = run;
        let event = match run.apply(Transition::Send, now) {
            Ok(event) => event,
            Err(_) => return StepResult::VersionConflict,
        };
        let began = self.clock.elapsed();
        let conditions = SendConditions { quota: self.settings.quota, book: self.book.clone() };
        match self.group_commit.save(&self.store, (run.clone(), event, Some(conditions))).await {
            Ok(SaveResult::Store(Saved::Done)) => self.publish_run(&run),
            Ok(SaveResult::Store(Saved::NotWitnessed(why))) => {
                let until = self.clock.now() + delta(self.retry_wait(&run));
                let reason = Reason::NoWitness { why };
                return self.save_answer(run, Transition::Wait { until, errcode: None, errmsg: None, reason }).await;
            }
            Ok(SaveResult::Store(Saved::NotBefore(until))) => return StepResult::RateLimited(before, until),
            Ok(SaveResult::Store(Saved::OnHold(hold))) => return self.put_on_hold(before, &hold).await,
            Ok(SaveResult::Store(Saved::VersionConflict | Saved::OwnedBy(_))) => return StepResult::VersionConflict,
            Ok(SaveResult::BookChanged) => return StepResult::BookChanged,
            Err(error) => return StepResult::NotSaved(before, error),
        }
        // Another service may take over a run only later than this: see docs/replicas.md.
        if self.clock.elapsed() - began > delta(SEND_BUDGET) {
            let (until, why) = (self.clock.now() + delta(self.retry_wait(&run)), "the commit took too long".to_owned());
            let reason = Reason::NoWitness { why };
            return self.save_answer(run, Transition::Wait { until, errcode: None, errmsg: None, reason }).await;
        }
        let answer = self.wecom.create(&post, &media_ids).await;
        let step = self.after_create(&run, &post, answer).await;
        self.save_answer(run, step).await
    }

    async fn put_on_hold(&self, run: Run, hold: &Hold) -> StepResult {
        self.save(run, Transition::Hold { hold: Some(hold.id), reason: hold.reason_for_run() }).await
    }

    /// The transition that follows from the answer to `add_moment_task`.
    async fn after_create(&self, run: &Run, post: &Post, answer: Result<crate::wecom::JobId, Error>) -> Transition {
        let now = self.clock.now();
        let error = match answer {
            Ok(jobid) => return Transition::Submit { jobid: jobid.0, errmsg: None },
            Err(error) => error,
        };
        let (errcode, errmsg) = (error.errcode(), error.answer().map(|answer| answer.errmsg.clone()));
        if let Some(jobid) = error.jobid() {
            tracing::error!(run = %run.id(), %error, "{}", Reason::PartiallyParsed.general_text().get(Lang::En));
            return Transition::Submit { jobid: jobid.to_owned(), errmsg };
        }
        let refuse = |error: &Error| Transition::Refuse {
            errcode: error.errcode().unwrap_or(-1),
            errmsg: error.answer().map(|answer| answer.errmsg.clone()).unwrap_or_default(),
            reason: Reason::Call(error.clone()),
        };
        match error.next() {
            Next::InDoubt => {
                let look_at = align_lookup(now + self.settings.first_lookup);
                Transition::LoseResponse { look_at, reason: Reason::Call(error.clone()) }
            }
            Next::TryAgain { after } => {
                let until = now + delta(after.max(self.retry_wait(run)));
                Transition::Wait { until, errcode, errmsg, reason: Reason::Call(error.clone()) }
            }
            Next::NewToken => {
                let until = now + delta(self.retry_wait(run));
                Transition::Wait { until, errcode, errmsg, reason: Reason::Call(error.clone()) }
            }
            Next::UploadAgain if run.attempts < 3 => {
                for media in post.media() {
                    if let Media::File { sha256, .. } = media
                        && let Err(error) = self.store.forget_media(self.wecom.corp(), *sha256).await
                    {
                        tracing::warn!(%error, "an expired media id could not be removed; it stays in the store until it is too old");
                    }
                }
                Transition::Wait { until: now, errcode, errmsg, reason: Reason::Call(error.clone()) }
            }
            // The account or this machine's address is at fault: an administrator may correct it before the deadline.
            Next::AskAPerson if error.is_known() => {
                let until = now + delta(self.retry_wait(run));
                Transition::Wait { until, errcode, errmsg, reason: Reason::Call(error.clone()) }
            }
            Next::UploadAgain | Next::GiveUp | Next::AskAPerson => refuse(&error),
        }
    }

    /// Nothing was sent: waits for the next try, or gives up where a retry cannot help.
    pub(super) async fn not_sent(&self, run: Run, trouble: PrepareError) -> StepResult {
        let now = self.clock.now();
        let step = match trouble {
            // The file may be replaced at this moment, or its disk may be busy.
            PrepareError::File(reason) => {
                let until = now + delta(self.retry_wait(&run));
                Transition::Wait { until, errcode: None, errmsg: None, reason }
            }
            PrepareError::Store(error) => return StepResult::NotSaved(run, error),
            PrepareError::Call(error) => {
                let (errcode, errmsg) = (error.errcode(), error.answer().map(|answer| answer.errmsg.clone()));
                let reason = Reason::Call(error.clone());
                match error.next() {
                    Next::GiveUp => Transition::GiveUp { errcode, errmsg, reason },
                    next => {
                        let least = if let Next::TryAgain { after } = next { after } else { Duration::ZERO };
                        let until = now + delta(least.max(self.retry_wait(&run)));
                        Transition::Wait { until, errcode, errmsg, reason }
                    }
                }
            }
        };
        self.save(run, step).await
    }

    /// Queries the result of a job.
    async fn poll_job(&self, run: Run) -> StepResult {
        let Some(jobid) = run.jobid.clone() else {
            let reason = Reason::NoJobId;
            return self.save(run, Transition::Expire { reason }).await;
        };
        let job_died = run.sent_at.is_some_and(|sent| self.clock.now() - sent > delta(limits::JOB_LIFE));
        if job_died {
            return self.find_moment(run).await;
        }
        let step = match self.wecom.result(&jobid).await {
            Ok(Job::Done(outcome)) => self.finished(&run, outcome),
            Ok(Job::Started | Job::Running) => self.poll_later(&run, None),
            // WeCom accepted the request under this job id, so the content was not refused.
            Err(error) if matches!(error.next(), Next::GiveUp) => self.answer_lost(Reason::UnknownJob),
            Err(error) => self.poll_later(&run, Some(Reason::Call(error))),
        };
        self.save_answer(run, step).await
    }

    fn answer_lost(&self, reason: Reason) -> Transition {
        Transition::LoseResponse { look_at: align_lookup(self.clock.now() + delta(self.settings.first_lookup)), reason }
    }

    /// What a finished job proves: `created` needs a moment id, `refused` needs a definite code.
    fn finished(&self, run: &Run, outcome: Outcome) -> Transition {
        let Outcome { errcode, errmsg, moment_id, invalid_users, invalid_departments, invalid_tags } = outcome;
        let class = crate::wecom::code(errcode).map(|code| code.class);
        match moment_id {
            Some(moment_id) if errcode == 0 => {
                let invalid =
                    RejectedRecipients { users: invalid_users, departments: invalid_departments, tags: invalid_tags };
                let half_read = run.errmsg.as_ref().map(|_| Reason::PartiallyParsed);
                let reason = half_read.or_else(|| (!invalid.is_empty()).then(|| rejected(&invalid, &self.names)));
                Transition::Create { moment_id, invalid, reason }
            }
            Some(moment_id) => {
                Transition::RequireReview { reason: Reason::CodeBesideId { errcode, errmsg, moment_id } }
            }
            None if errcode == 0 => self.answer_lost(Reason::NoMomentId),
            None if class == Some(Class::Busy) => self.answer_lost(Reason::JobUnclear { errcode, errmsg }),
            None => {
                let reason = Reason::JobRefused { errcode, errmsg: errmsg.clone() };
                Transition::Refuse { errcode, errmsg, reason }
            }
        }
    }

    fn poll_later(&self, run: &Run, reason: Option<Reason>) -> Transition {
        Transition::AskAgain { at: self.clock.now() + delta(poll_wait(run.retries)), reason }
    }

    /// Saves a transition. If that fails, the run is unchanged and may be tried again. A job and a moment belong to one run:
    /// one that another run has proves nothing, so a person must decide.
    pub(super) async fn save(&self, run: Run, step: Transition) -> StepResult {
        let reason = match self.save_unless_owned(&run, step).await {
            Ok(result) => return result,
            Err(reason) => reason,
        };
        let review = self.save_unless_owned(&run, Transition::RequireReview { reason }).await;
        review.unwrap_or(StepResult::VersionConflict)
    }

    /// The same, or why the run cannot have the moment or the job of the transition.
    async fn save_unless_owned(&self, before: &Run, step: Transition) -> Result<StepResult, Reason> {
        let mut run = before.clone();
        let event = match run.apply(step, self.clock.now()) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(run = %before.id(), %error, "an illegal transition was rejected");
                return Ok(StepResult::VersionConflict);
            }
        };
        Ok(match self.group_commit.save(&self.store, (run.clone(), event, None)).await {
            Ok(SaveResult::Store(Saved::Done)) => {
                self.publish_run(&run);
                StepResult::Moved(run)
            }
            Ok(SaveResult::Store(Saved::OwnedBy(owner))) => return Err(owned_by_other(&run, owner)),
            Ok(_) => StepResult::VersionConflict,
            Err(error) => StepResult::NotSaved(before.clone(), error),
        })
    }

    /// Saves WeCom's answer. It exists only in memory, so saving is retried until it succeeds.
    async fn save_answer(&self, run: Run, step: Transition) -> StepResult {
        for tries in 0u32.. {
            match self.save(run.clone(), step.clone()).await {
                StepResult::NotSaved(_, error) => {
                    let wait = backoff(tries, Duration::from_secs(1), Duration::from_secs(30));
                    tracing::error!(
                        run = %run.id(), error = %error_chain(&error), retry_in = ?wait,
                        "WeCom's answer cannot be saved; retrying"
                    );
                    self.clock.sleep(wait).await;
                }
                done => return done,
            }
        }
        unreachable!("the loop above ends only by returning")
    }

    /// Exponential backoff with jitter by the run's id.
    pub(super) fn retry_wait(&self, run: &Run) -> Duration {
        let wait = backoff(run.retries, Duration::from_secs(2), MAX_RETRY_WAIT);
        // Up to a quarter longer, by the run's id: runs that fail together do not retry together.
        let spread =
            run.id().as_str().bytes().fold(run.retries, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        wait + wait / 4 * (spread % 100) / 100
    }
}

/// Why a run cannot have the moment or the job that WeCom named: another run has it.
fn owned_by_other(run: &Run, owner: RunId) -> Reason {
    match (&run.moment_id, &run.jobid) {
        (None, Some(jobid)) => Reason::JobOfOther { jobid: jobid.clone(), run: owner },
        (moment_id, _) => Reason::OwnedByOther { moment_id: moment_id.clone().unwrap_or_default(), run: owner },
    }
}

/// The recipients that WeCom rejected, with the names of departments and tags.
fn rejected(invalid: &RejectedRecipients, names: &Names) -> Reason {
    Reason::Rejected {
        users: invalid.users.clone(),
        departments: invalid.departments.iter().map(|id| names.department(*id)).collect(),
        tags: invalid.tags.iter().map(|id| names.tag(id)).collect(),
    }
}

/// Whether the process stopped while the run's request was on its way.
pub(super) fn is_interrupted(run: &Run) -> bool {
    run.state == State::Sending
}
