//! The jobs of creations, and get_moment_task_result.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::members::Recipients;
use super::{Sandbox, later};
use crate::wecom::{Request, Response};

/// Every accepted task, in the order of arrival.
#[derive(Default)]
pub(super) struct Jobs {
    all: Vec<Job>,
    by_jobid: BTreeMap<String, usize>,
    by_moment: BTreeMap<String, usize>,
    /// When each unfinished job will be done.
    ends: Vec<DateTime<Utc>>,
}

/// One accepted task. Its result is computed at its creation and becomes visible later.
pub(super) struct Job {
    pub(super) jobid: String,
    pub(super) at: DateTime<Utc>,
    pub(super) runs_at: DateTime<Utc>,
    /// When the moment is created, if it is.
    pub(super) done_at: DateTime<Utc>,
    pub(super) moment_id: Option<String>,
    pub(super) content: Content,
    pub(super) recipients: Recipients,
    /// The tags of the customers who may see it; empty: all.
    pub(super) tags: Vec<String>,
}

/// What customers see.
pub(super) struct Content {
    pub(super) text: String,
    pub(super) images: usize,
    pub(super) video: bool,
    pub(super) link: Option<Link>,
}

pub(super) struct Link {
    pub(super) title: String,
    pub(super) url: String,
}

#[derive(Serialize)]
struct JobAnswer<'a> {
    status: u8,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Outcome<'a>>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    errcode: i64,
    errmsg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid_sender_list: Option<InvalidSenders<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid_external_contact_list: Option<InvalidTags<'a>>,
}

#[derive(Serialize)]
struct InvalidSenders<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    user_list: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    department_list: &'a [u64],
}

#[derive(Serialize)]
struct InvalidTags<'a> {
    tag_list: &'a [String],
}

impl Jobs {
    pub(super) fn add(&mut self, job: Job) {
        self.by_jobid.insert(job.jobid.clone(), self.all.len());
        if let Some(moment_id) = &job.moment_id {
            self.by_moment.insert(moment_id.clone(), self.all.len());
        }
        self.ends.push(job.done_at);
        self.all.push(job);
    }

    pub(super) fn in_flight(&mut self, now: DateTime<Utc>) -> usize {
        self.ends.retain(|end| *end > now);
        self.ends.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.all.iter()
    }

    pub(super) fn of_moment(&self, moment_id: &str) -> Option<&Job> {
        self.by_moment.get(moment_id).map(|at| &self.all[*at])
    }

    fn get(&self, jobid: &str) -> Option<&Job> {
        self.by_jobid.get(jobid).map(|at| &self.all[*at])
    }
}

impl Sandbox {
    pub(super) fn get_moment_task_result(
        &mut self,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<Response, Refusal> {
        let jobid = request.query("jobid").unwrap_or_default();
        let Some(job) = self.jobs.get(jobid).filter(|job| now < later(job.at, self.behaviour.job_life)) else {
            return Err(refuse(40058, "invalid jobid"));
        };
        let status = match now {
            now if now >= job.done_at => 3,
            now if now >= job.runs_at => 2,
            _ => 1,
        };
        let result = (status == 3).then(|| job.outcome());
        Ok(answer::ok(&JobAnswer { status, r#type: "add_moment_task", result }))
    }
}

impl Job {
    fn outcome(&self) -> Outcome<'_> {
        let Recipients { errcode, invalid_users, invalid_departments, invalid_tags, .. } = &self.recipients;
        let errmsg = match errcode {
            0 => "ok",
            81012 => "no valid target",
            _ => "all userid, department and tag are invalid",
        };
        Outcome {
            errcode: *errcode,
            errmsg,
            moment_id: self.moment_id.as_deref(),
            invalid_sender_list: (!invalid_users.is_empty() || !invalid_departments.is_empty())
                .then_some(InvalidSenders { user_list: invalid_users, department_list: invalid_departments }),
            invalid_external_contact_list: (!invalid_tags.is_empty()).then_some(InvalidTags { tag_list: invalid_tags }),
        }
    }
}
