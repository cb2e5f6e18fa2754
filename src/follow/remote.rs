//! A book in a branch of a remote repository: fetched into a clone of ours, and read from its commits.
//!
//! The clone has no work tree. Two refs are all its state: what was fetched last, and the commit in force.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;

use super::git::{self, GitError, without_credentials};
use super::{FollowError, blocking};
use crate::book::Corp;
use crate::load::{InForce, load_in_force};
use crate::secret::Secret;
use crate::source::{Source, SourceError};

const FETCHED: &str = "refs/drumbeat/fetched";
const IN_FORCE: &str = "refs/drumbeat/in-force";
/// How long a start waits for a remote that does not answer, where the last commit can serve: what is due waits with it.
const FIRST_LOOK: Duration = Duration::from_secs(20);

/// Which branch of which repository, and how it is followed.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Secret, because people put passwords into URLs.
    pub url: Secret,
    pub branch: String,
    /// Where the book is in the repository; empty for its top.
    pub path: String,
    /// From one fetch to the next.
    pub every: Duration,
    /// How long fetching may fail before somebody must look.
    pub alarm_after: Duration,
    /// The longest that one command of git may take.
    pub time_limit: Duration,
    /// Follow the branch even where it was rewritten.
    pub allow_force: bool,
    /// Where the clone is kept.
    pub clone: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("`{0}` is no name of a branch")]
    BadBranch(String),
    #[error("`{0}` is no directory inside a repository: write it like campaigns or shop/campaigns")]
    BadPath(String),
    #[error("the repository's URL may not begin with a dash")]
    BadUrl,
    #[error("the clone {} cannot be made", .path.display())]
    NoClone {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{branch}` of {url} cannot be fetched")]
    Fetch {
        branch: String,
        url: String,
        #[source]
        source: GitError,
    },
    #[error("the clone {} cannot be read", .path.display())]
    Clone {
        path: PathBuf,
        #[source]
        source: GitError,
    },
    #[error(
        "`{branch}` was rewritten: {to} does not come after {from}, which is in force; if that is meant, start once with --allow-force"
    )]
    Rewritten { branch: String, from: String, to: String },
    #[error("commit {commit} cannot be read")]
    Commit {
        commit: String,
        #[source]
        source: SourceError,
    },
}

pub(super) struct Mirror {
    remote: Remote,
    corp: Corp,
    in_force: Option<String>,
}

impl Mirror {
    /// Fetches for the first time. With the book comes what kept the newest from being had, if an older one has to serve.
    pub(super) async fn open(remote: Remote, corp: Corp) -> Result<(Self, InForce, Option<FollowError>), FollowError> {
        let mut mirror = Self { remote, corp, in_force: None };
        mirror.prepare().await?;
        mirror.in_force = mirror.commit_of(IN_FORCE).await?;
        let patient = mirror.remote.time_limit;
        if mirror.in_force.is_some() {
            mirror.remote.time_limit = patient.min(FIRST_LOOK);
        }
        let newest = mirror.newest().await;
        mirror.remote.time_limit = patient;
        let trouble = match newest {
            Ok(Some(loaded)) => return Ok((mirror, loaded, None)),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        match (mirror.in_force.clone(), trouble) {
            (Some(commit), trouble) => {
                let loaded = mirror.read(&commit).await?;
                Ok((mirror, loaded, trouble))
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(FollowError::Internal("the fetched commit is gone".to_owned())),
        }
    }

    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        tokio::select! {
            Some(()) = again.recv() => true,
            () = tokio::time::sleep(self.remote.every) => false,
        }
    }

    /// Fetches, and reads the new commit if there is one.
    pub(super) async fn look(&mut self) -> Result<Option<InForce>, FollowError> {
        self.newest().await
    }

    async fn newest(&mut self) -> Result<Option<InForce>, FollowError> {
        let refspec = format!("+refs/heads/{}:{FETCHED}", self.remote.branch);
        let words =
            ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "book", &refspec];
        self.git(words).await.map_err(|source| RemoteError::Fetch {
            branch: self.remote.branch.clone(),
            url: without_credentials(self.remote.url.expose()),
            source,
        })?;
        let Some(fetched) = self.commit_of(FETCHED).await? else { return Ok(None) };
        if self.in_force.as_ref() == Some(&fetched) {
            return Ok(None);
        }
        if let Some(from) = &self.in_force
            && !self.remote.allow_force
            && !self.comes_after(from, &fetched).await?
        {
            let (branch, from) = (self.remote.branch.clone(), from.clone());
            return Err(RemoteError::Rewritten { branch, from, to: fetched }.into());
        }
        let loaded = self.read(&fetched).await?;
        self.git(["update-ref", IN_FORCE, &fetched]).await.map_err(|error| self.unreadable(error))?;
        tracing::info!(commit = %fetched, from = self.in_force.as_deref(), "the branch moved");
        self.in_force = Some(fetched);
        Ok(Some(loaded))
    }

    async fn read(&self, commit: &str) -> Result<InForce, FollowError> {
        let (book, name) = (self.remote.clone.join(&self.remote.path), commit.to_owned());
        let corp = self.corp.clone();
        blocking(move || {
            let read = Source::revision(&book, &name).and_then(|source| load_in_force(&source, &corp));
            read.map_err(|source| RemoteError::Commit { commit: name, source })
        })
        .await
    }

    /// Makes the clone if it is not there, and takes away the locks of a git that died: nobody else works in it.
    async fn prepare(&self) -> Result<(), FollowError> {
        let remote = &self.remote;
        if remote.url.expose().starts_with('-') {
            return Err(RemoteError::BadUrl.into());
        }
        if !Path::new(&remote.path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(RemoteError::BadPath(remote.path.clone()).into());
        }
        let clone = remote.clone.clone();
        blocking(move || {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&clone);
            made.map_err(|source| RemoteError::NoClone { path: clone.clone(), source })?;
            for dir in [".git", ".git/refs/drumbeat"] {
                for entry in fs::read_dir(clone.join(dir)).into_iter().flatten().flatten() {
                    if entry.path().extension().is_some_and(|end| end == "lock") {
                        let _ = fs::remove_file(entry.path());
                    }
                }
            }
            Ok::<_, RemoteError>(())
        })
        .await?;
        // Harmless where there is one; its name for the first branch means nothing here.
        self.git(["init", "--quiet", "--initial-branch=none"]).await.map_err(|error| self.unreadable(error))?;
        let name = format!("refs/heads/{}", remote.branch);
        let bad = |_| RemoteError::BadBranch(remote.branch.clone());
        self.git(["check-ref-format", &name]).await.map_err(bad)?;
        Ok(())
    }

    async fn commit_of(&self, name: &str) -> Result<Option<String>, FollowError> {
        let wanted = format!("{name}^{{commit}}");
        let asked = git::run(
            &self.remote.clone,
            &self.remote.url,
            ["rev-parse", "--quiet", "--verify", &wanted],
            self.remote.time_limit,
        );
        let ended = asked.await.map_err(|error| self.unreadable(error))?;
        Ok(ended.status.success().then_some(ended.printed))
    }

    async fn comes_after(&self, from: &str, to: &str) -> Result<bool, FollowError> {
        let asked = git::run(
            &self.remote.clone,
            &self.remote.url,
            ["merge-base", "--is-ancestor", from, to],
            self.remote.time_limit,
        );
        Ok(asked.await.map_err(|error| self.unreadable(error))?.status.success())
    }

    async fn git<const N: usize>(&self, words: [&str; N]) -> Result<String, GitError> {
        git::git(&self.remote.clone, &self.remote.url, words, self.remote.time_limit).await
    }

    fn unreadable(&self, source: GitError) -> RemoteError {
        RemoteError::Clone { path: self.remote.clone.clone(), source }
    }
}
