//! A book in a branch of a remote repository: fetched into a clone that Drumbeat owns, and read from its commits.
//!
//! The clone has no work tree. Two refs are its whole state: the fetched commit and the active commit. The active
//! commit is enough to start the service without a fetch. A clone that cannot be read is created again.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;

use super::{BookError, blocking};
use crate::book::Corp;
use crate::error_chain;
use crate::git::{self, Address, BadAddress, Ended, GitError, Limits, Repository};
use crate::load::{ActiveBook, load_active};
use crate::secret::Secret;
use crate::source::{MEDIA_BYTES, Source, SourceError};
use crate::text::{Text, UserError};

const FETCHED_REF: &str = "refs/drumbeat/fetched";
/// The ref of the active commit, in the clone of a followed repository.
pub const ACTIVE_REF: &str = "refs/drumbeat/in-force";
/// How long a start waits for the remote if a commit is stored: due runs wait in this time.
const FIRST_FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// A branch of a repository, and how it is fetched.
#[derive(Clone, Debug)]
pub struct Remote {
    /// A secret: it may hold a password.
    pub url: Secret,
    pub branch: String,
    /// Directory of the book in the repository; empty for the top.
    pub path: String,
    /// Interval between two fetches.
    pub every: Duration,
    /// How long fetching may fail before the alarm.
    pub alarm_after: Duration,
    /// Time limit of one git command.
    pub time_limit: Duration,
    /// Accept force-pushes.
    pub allow_force: bool,
    /// Directory of the clone.
    pub clone: PathBuf,
}

/// Why a branch cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    BadBranch(String),
    BadPath(String),
    BadUrl(#[from] BadAddress),
    NoClone {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    Fetch {
        branch: String,
        url: String,
        #[source]
        source: GitError,
    },
    Clone {
        path: PathBuf,
        #[source]
        source: GitError,
    },
    /// The branch was rewritten (force-pushed).
    Rewritten {
        branch: String,
        from: String,
        to: String,
    },
    /// A file is a Git LFS pointer.
    Lfs {
        path: String,
    },
    Commit {
        commit: String,
        #[source]
        source: SourceError,
    },
}

impl UserError for RemoteError {
    fn text(&self) -> Text {
        match self {
            Self::BadBranch(name) => text!(en: "`{name}` is not a branch name", zh: "`{name}` 不能作为分支名"),
            Self::BadPath(path) => text!(
                en: "`{path}` is not a directory inside a repository: write it like campaigns or shop/campaigns",
                zh: "`{path}` 不是仓库里的目录；请写成 `campaigns` 或 `shop/campaigns` 这样"
            ),
            Self::BadUrl(_) => text!(en: "the repository's address is invalid", zh: "仓库地址不正确"),
            Self::NoClone { path, .. } => {
                let path = path.display();
                text!(en: "failed to create the clone {path}", zh: "无法创建克隆目录 `{path}`")
            }
            Self::Fetch { branch, url, .. } => {
                text!(en: "failed to fetch `{branch}` of {url}", zh: "无法从 {url} 拉取分支 `{branch}`")
            }
            Self::Clone { path, .. } => {
                let path = path.display();
                text!(en: "failed to read the clone {path}", zh: "无法读取克隆目录 `{path}`")
            }
            Self::Rewritten { branch, from, to } => text!(
                en: "`{branch}` was rewritten: {to} is not a descendant of {from}, which is active; if that is intended, start once with --allow-force",
                zh: "分支 `{branch}` 的历史被改写：{to} 不在正在使用的 {from} 之后；如果是有意的，请带 `--allow-force` 启动一次"
            ),
            Self::Lfs { path } => text!(
                en: "`{path}` is stored in Git LFS, which is not supported for a remote repository; store media in git itself, or use a directory in which `git lfs pull` has run",
                zh: "`{path}` 存放在 Git LFS 里，跟踪仓库时不读取 LFS；请把素材直接放进 git，或改为跟踪一个运行过 `git lfs pull` 的目录"
            ),
            Self::Commit { commit, .. } => {
                text!(en: "failed to read commit {commit}", zh: "无法读取提交 {commit}")
            }
        }
    }

    fn user_cause(&self) -> Option<&dyn UserError> {
        match self {
            Self::BadUrl(error) => Some(error),
            Self::Commit { source, .. } => Some(source),
            Self::Fetch { source, .. } | Self::Clone { source, .. } => Some(source),
            _ => None,
        }
    }
}

display_in_english!(RemoteError);

pub(super) struct RemoteClone {
    remote: Remote,
    address: Address,
    repository: Repository,
    corp: Corp,
    active_commit: Option<String>,
}

impl RemoteClone {
    /// Fetches for the first time. If an older commit has to be used, the error of the newest one is returned with it.
    pub(super) async fn open(remote: Remote, corp: Corp) -> Result<(Self, ActiveBook, Option<BookError>), BookError> {
        let address = Address::parse(remote.url.expose()).map_err(RemoteError::from)?;
        let repository = Repository::at(&remote.clone);
        let mut mirror = Self { remote, address, repository, corp, active_commit: None };
        mirror.check_settings()?;
        let ready = mirror.prepare().await;
        mirror.active_commit = mirror.id_of(ACTIVE_REF).await.unwrap_or_default();
        let patient = mirror.remote.time_limit;
        if mirror.active_commit.is_some() {
            mirror.remote.time_limit = patient.min(FIRST_FETCH_TIMEOUT);
        }
        let newest = match ready {
            Ok(()) => mirror.newest().await,
            Err(error) => Err(error),
        };
        mirror.remote.time_limit = patient;
        let trouble = match newest {
            Ok(Some(loaded)) => return Ok((mirror, loaded, None)),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let Some(commit) = mirror.active_commit.clone() else {
            return Err(trouble.unwrap_or_else(|| BookError::Internal("the fetched commit is gone".to_owned())));
        };
        match mirror.read(&commit).await {
            Ok(loaded) => Ok((mirror, loaded, trouble)),
            Err(error) if error.is_of_the_book() => Err(error),
            Err(error) => match mirror.recreate_clone(&error).await? {
                Some(loaded) => Ok((mirror, loaded, None)),
                None => Err(error),
            },
        }
    }

    /// Creates the clone again because the old one cannot be read. If that fails, the old one is restored.
    async fn recreate_clone(&mut self, why: &BookError) -> Result<Option<ActiveBook>, BookError> {
        let clone = self.remote.clone.clone();
        let mut aside = clone.clone().into_os_string();
        aside.push(".unreadable");
        let aside = PathBuf::from(aside);
        tracing::warn!(why = %error_chain::error_chain(why), clone = %clone.display(), "the clone cannot be read; creating it again");
        let _ = fs::remove_dir_all(&aside);
        let failed = |source| RemoteError::NoClone { path: clone.clone(), source };
        fs::rename(&clone, &aside).map_err(failed)?;
        let made = match self.prepare().await {
            Ok(()) => self.newest().await,
            Err(error) => Err(error),
        };
        if made.is_err() {
            let _ = fs::remove_dir_all(&clone);
            fs::rename(&aside, &clone).map_err(failed)?;
        } else {
            let _ = fs::remove_dir_all(&aside);
        }
        made
    }

    pub(super) async fn wait(&mut self, again: &mut mpsc::Receiver<()>) -> bool {
        tokio::select! {
            Some(()) = again.recv() => true,
            () = tokio::time::sleep(self.remote.every) => false,
        }
    }

    /// Fetches, and reads the new commit if there is one.
    pub(super) async fn poll(&mut self) -> Result<Option<ActiveBook>, BookError> {
        self.newest().await
    }

    async fn newest(&mut self) -> Result<Option<ActiveBook>, BookError> {
        let refspec = format!("+refs/heads/{}:{FETCHED_REF}", self.remote.branch);
        let limits = Limits::new(self.remote.time_limit);
        let fetched = self.repository.fetch(&self.address, &refspec, MEDIA_BYTES, limits).await;
        fetched.map_err(|source| RemoteError::Fetch {
            branch: self.remote.branch.clone(),
            url: self.address.bare().to_owned(),
            source,
        })?;
        let Some(fetched) = self.id_of(FETCHED_REF).await? else { return Ok(None) };
        if self.active_commit.as_ref() == Some(&fetched) {
            return Ok(None);
        }
        if let Some(from) = &self.active_commit
            && !self.remote.allow_force
            && !self.is_descendant(from, &fetched).await?
        {
            let (branch, from) = (self.remote.branch.clone(), from.clone());
            return Err(RemoteError::Rewritten { branch, from, to: fetched }.into());
        }
        let loaded = self.read(&fetched).await?;
        // Later the campaign is held and the others continue; at the first start this is refused, because a person is
        // there to see it.
        if self.active_commit.is_none()
            && let Some(path) = &loaded.pointer
        {
            return Err(RemoteError::Lfs { path: path.clone() }.into());
        }
        self.ask(["update-ref", ACTIVE_REF, &fetched]).await?;
        tracing::info!(commit = %fetched, from = self.active_commit.as_deref(), "the branch moved");
        self.active_commit = Some(fetched);
        Ok(Some(loaded))
    }

    async fn read(&self, commit: &str) -> Result<ActiveBook, BookError> {
        let (clone, path, name) = (self.remote.clone.clone(), self.remote.path.clone(), commit.to_owned());
        let corp = self.corp.clone();
        blocking(move || {
            let read = Source::in_clone(&clone, &path, &name).and_then(|source| load_active(&source, &corp));
            read.map_err(|source| RemoteError::Commit { commit: name, source })
        })
        .await
    }

    fn check_settings(&self) -> Result<(), BookError> {
        let remote = &self.remote;
        if !Path::new(&remote.path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(RemoteError::BadPath(remote.path.clone()).into());
        }
        if !git::is_branch(&remote.branch) {
            return Err(RemoteError::BadBranch(remote.branch.clone()).into());
        }
        Ok(())
    }

    /// Creates the clone if it does not exist, and removes what a killed git left. No other process works in it.
    async fn prepare(&self) -> Result<(), BookError> {
        let (clone, repository) = (self.remote.clone.clone(), self.repository.clone());
        let is_there = blocking(move || {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&clone);
            made.map_err(|source| RemoteError::NoClone { path: clone.clone(), source })?;
            repository.remove_stale_locks();
            Ok::<_, RemoteError>(clone.join(".git/HEAD").is_file() && clone.join(".git/objects").is_dir())
        })
        .await?;
        if !is_there {
            self.repository.init(self.remote.time_limit).await.map_err(|error| self.unreadable_clone(error))?;
        }
        Ok(())
    }

    /// The commit that a ref names, even if that commit cannot be read.
    async fn id_of(&self, name: &str) -> Result<Option<String>, BookError> {
        let ended = self.run(["rev-parse", "--quiet", "--verify", name]).await?;
        Ok(ended.status.success().then_some(ended.stdout))
    }

    async fn is_descendant(&self, from: &str, to: &str) -> Result<bool, BookError> {
        Ok(self.run(["merge-base", "--is-ancestor", from, to]).await?.status.success())
    }

    async fn ask<const N: usize>(&self, words: [&str; N]) -> Result<String, BookError> {
        Ok(self.run(words).await?.stdout().map_err(|error| self.unreadable_clone(error))?)
    }

    async fn run<const N: usize>(&self, words: [&str; N]) -> Result<Ended, BookError> {
        let ended = self.repository.run(words, self.remote.time_limit).await;
        Ok(ended.map_err(|error| self.unreadable_clone(error))?)
    }

    fn unreadable_clone(&self, source: GitError) -> RemoteError {
        RemoteError::Clone { path: self.remote.clone.clone(), source }
    }
}

impl BookError {
    /// Whether the commit was read, but has no book at the configured path.
    fn is_of_the_book(&self) -> bool {
        matches!(
            self,
            Self::Remote(RemoteError::Commit { source, .. })
                if matches!(source, SourceError::NotInRevision { .. } | SourceError::NotADirectory(_) | SourceError::NotOwn { .. })
        )
    }
}
