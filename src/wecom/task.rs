//! The calls of one post: upload files, create the task, query its job.

use super::{Body, Call, CallFailure, Error, Part, Request, WeCom, wire};
use crate::ids::Sha256;
use crate::post::{MediaKind, Post};
use crate::secret::Secret;

/// A file at WeCom, valid for [`crate::limits::MEDIA_LIFE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub media_id: String,
}

/// The id of an accepted task's job, valid for [`crate::limits::JOB_LIFE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobId(pub String);

/// The progress of a job. Only its `status` counts: WeCom's own sample shows a full result at status 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    Started,
    Running,
    Done(Outcome),
}

/// The result of a finished job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// 0 if the moment was created.
    pub errcode: i64,
    pub errmsg: String,
    pub moment_id: Option<String>,
    /// Recipients that are unknown or outside the app's scope: they are not asked to post.
    pub invalid_users: Vec<String>,
    pub invalid_departments: Vec<u64>,
    pub invalid_tags: Vec<String>,
}

impl WeCom {
    /// Uploads a file for moments. Repeating it does no harm.
    ///
    /// # Errors
    /// The upload was refused or got no answer.
    pub async fn upload(&self, kind: MediaKind, sha256: Sha256, bytes: Vec<u8>) -> Result<Uploaded, Error> {
        let (media_type, extension, content_type) = match kind {
            MediaKind::Jpeg => ("image", "jpg", "image/jpeg"),
            MediaKind::Png => ("image", "png", "image/png"),
            MediaKind::Mp4 => ("video", "mp4", "video/mp4"),
        };
        let part = Part {
            name: "media".to_owned(),
            file_name: format!("{sha256}.{extension}"),
            content_type: content_type.to_owned(),
            bytes,
        };
        let answer: wire::Uploaded = self
            .ask(Call::Upload, |token| {
                Request::post("/cgi-bin/media/upload_attachment", Body::Multipart(part.clone()))
                    .with("access_token", token.expose())
                    .with("media_type", media_type)
                    .with("attachment_type", "1")
            })
            .await?;
        if answer.media_id.is_empty() {
            return Err(Error::Lost { call: Call::Upload, why: CallFailure::NoMediaId });
        }
        Ok(Uploaded { media_id: answer.media_id })
    }

    /// Creates the task: **this call cannot be undone.** It is sent once, and a second time only after WeCom refused
    /// the token. `media_ids` are in the order of [`Post::media`].
    ///
    /// # Errors
    /// The task was refused, or the answer was lost: after [`Error::Lost`] and [`Error::NotWecom`] it may exist.
    pub async fn create(&self, post: &Post, media_ids: &[String]) -> Result<JobId, Error> {
        let task = wire::AddMomentTask::new(post, media_ids).map_err(|why| Error::Unfit { call: Call::Create, why })?;
        let body = wire::json(&task);
        let answer: wire::Created = self
            .ask(Call::Create, |token| {
                Request::post(Request::CREATE, body.clone()).with("access_token", token.expose())
            })
            .await?;
        if answer.jobid.is_empty() {
            return Err(Error::Lost { call: Call::Create, why: CallFailure::NoJobId });
        }
        Ok(JobId(answer.jobid))
    }

    /// The progress of a job.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn result(&self, jobid: &str) -> Result<Job, Error> {
        let answer: wire::JobResult = self
            .ask(Call::Result, |token| {
                Request::get("/cgi-bin/externalcontact/get_moment_task_result")
                    .with("access_token", token.expose())
                    .with("jobid", jobid)
            })
            .await?;
        match answer.status {
            1 => Ok(Job::Started),
            2 => Ok(Job::Running),
            3 => {
                let mut outcome = Outcome::from(answer.result.unwrap_or_default());
                outcome.errmsg = wire::tidy(&self.scrub(&outcome.errmsg, &Secret::new("")));
                Ok(Job::Done(outcome))
            }
            other => Err(Error::Lost { call: Call::Result, why: CallFailure::UnknownJobStatus(other) }),
        }
    }
}

impl From<wire::Outcome> for Outcome {
    fn from(outcome: wire::Outcome) -> Self {
        let departments = outcome.invalid_sender_list.department_list;
        Self {
            errcode: outcome.errcode.unwrap_or(0),
            errmsg: outcome.errmsg,
            moment_id: Some(outcome.moment_id).filter(|id| !id.is_empty()),
            invalid_users: texts(outcome.invalid_sender_list.user_list),
            invalid_departments: departments.into_iter().filter_map(|id| u64::try_from(id.0).ok()).collect(),
            invalid_tags: texts(outcome.invalid_external_contact_list.tag_list),
        }
    }
}

fn texts(list: Vec<wire::Text>) -> Vec<String> {
    list.into_iter().map(|text| text.0).collect()
}
