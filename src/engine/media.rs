//! The media of a post at WeCom: which are there already, and the upload of the others.

use std::sync::Arc;

use super::StepContext;
use crate::clock::delta;
use crate::ids::{CampaignId, Sha256};
use crate::post::{Media, Post};
use crate::run::{MediaProblem, Reason};
use crate::source::MediaRead;
use crate::store::StoreError;
use crate::text::Lang;
use crate::wecom::Error;

/// Why nothing was sent.
pub(super) enum PrepareError {
    File(Reason),
    Call(Error),
    Store(StoreError),
}

impl StepContext {
    /// Gets a token and uploads media before the occurrence is due. Failures are logged; the step itself tries again.
    pub(super) async fn prepare(&self, posts: Vec<(CampaignId, Arc<Post>)>) {
        if let Err(error) = self.wecom.token().await {
            let why = Reason::Call(error).general_text();
            tracing::warn!(
                error = why.get(Lang::En),
                campaigns = posts.len(),
                "no token for the campaigns that are due soon"
            );
            self.status.preflight_failed(None, &why);
            return;
        }
        for (campaign, post) in posts {
            let why = match self.media_ids(&post).await {
                Ok(_) => continue,
                Err(PrepareError::File(reason)) => reason.general_text(),
                Err(PrepareError::Call(error)) => Reason::Call(error).general_text(),
                Err(PrepareError::Store(error)) => super::store_words(&error),
            };
            self.status.preflight_failed(Some(&campaign), &why);
            tracing::warn!(%campaign, why = why.get(Lang::En), "the media of a campaign that is due soon are not at WeCom yet");
        }
    }

    /// Media ids of a post. Uploads each file that WeCom does not have or deletes soon.
    pub(super) async fn media_ids(&self, post: &Post) -> Result<Vec<String>, PrepareError> {
        let mut ids = Vec::with_capacity(post.media().len());
        for media in post.media() {
            ids.push(match media {
                Media::Id(id) => id.clone(),
                Media::File { path, sha256, .. } => match self.uploaded(*sha256).await.map_err(PrepareError::Store)? {
                    Some(id) => id,
                    None => self.upload(media, path, *sha256).await?,
                },
            });
        }
        Ok(ids)
    }

    /// Media ids of a post; `None` if WeCom does not have one of the files.
    pub(super) async fn uploaded_ids(&self, post: &Post) -> Result<Option<Vec<String>>, StoreError> {
        let mut ids = Vec::with_capacity(post.media().len());
        for media in post.media() {
            let id = match media {
                Media::Id(id) => Some(id.clone()),
                Media::File { sha256, .. } => self.uploaded(*sha256).await?,
            };
            let Some(id) = id else { return Ok(None) };
            ids.push(id);
        }
        Ok(Some(ids))
    }

    async fn uploaded(&self, sha256: Sha256) -> Result<Option<String>, StoreError> {
        let since = self.clock.now() - delta(self.settings.media_age);
        self.store.media_id(self.wecom.corp(), sha256, since).await
    }

    async fn upload(&self, media: &Media, path: &str, sha256: Sha256) -> Result<String, PrepareError> {
        let Media::File { kind, .. } = media else {
            return Err(PrepareError::File(media_reason(path, MediaProblem::IsAnId)));
        };
        // Held while the file is read and sent: limits memory and bandwidth.
        let _turn = self.uploads.acquire().await;
        // Another run may have uploaded the same file in the meantime.
        if let Some(id) = self.uploaded(sha256).await.map_err(PrepareError::Store)? {
            return Ok(id);
        }
        let source = Arc::clone(&self.source);
        let path_to_read = path.to_owned();
        // Blocking reads run off the runtime's threads. In virtual time they run here: time would advance while a
        // thread reads.
        let read = if self.clock.is_virtual() {
            source.read_media(&path_to_read)
        } else {
            tokio::task::spawn_blocking(move || source.read_media(&path_to_read))
                .await
                .unwrap_or_else(|error| MediaRead::Unreadable(error.to_string()))
        };
        let bytes = match read {
            MediaRead::Bytes(bytes) if Sha256::of(&bytes) == sha256 => bytes,
            MediaRead::Bytes(_) | MediaRead::TooLarge { .. } => {
                return Err(PrepareError::File(Reason::MediaChanged { path: path.to_owned() }));
            }
            MediaRead::Missing => return Err(PrepareError::File(media_reason(path, MediaProblem::Missing))),
            MediaRead::Outside => return Err(PrepareError::File(media_reason(path, MediaProblem::OutsideBook))),
            MediaRead::NotAFile => return Err(PrepareError::File(media_reason(path, MediaProblem::NotAFile))),
            MediaRead::Unreadable(why) => return Err(PrepareError::File(media_reason(path, MediaProblem::Io(why)))),
        };
        let uploaded = self.wecom.upload(*kind, sha256, bytes).await.map_err(PrepareError::Call)?;
        self.store
            .put_media(self.wecom.corp(), sha256, &uploaded.media_id, self.clock.now())
            .await
            .map_err(PrepareError::Store)?;
        Ok(uploaded.media_id)
    }
}

/// Why a file of the book cannot be sent.
fn media_reason(path: &str, problem: MediaProblem) -> Reason {
    Reason::MediaUnreadable { path: path.to_owned(), problem }
}
