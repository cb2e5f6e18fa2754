//! A book at a commit of a real repository.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use drumbeat::book::{MAX_DEPTH, MAX_FILE_BYTES, ReadError, SkipReason};
use drumbeat::git::LocateError;
use drumbeat::source::{MEDIA_BYTES, MediaRead, Source, SourceError};
use tempfile::TempDir;

/// A repository with a book in `shop/campaigns`.
pub(crate) struct Repository(pub(crate) TempDir);

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self(TempDir::new().expect("a place for the test"));
        repository.git(&["init", "-q", "-b", "main"]);
        fs::create_dir_all(repository.book()).expect("made");
        repository
    }

    pub(crate) fn book(&self) -> PathBuf {
        self.0.path().join("shop/campaigns")
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.book().join(path);
        fs::create_dir_all(path.parent().expect("inside the book")).expect("made");
        fs::write(path, bytes).expect("written");
        self
    }

    pub(crate) fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        symlink(target, self.book().join(path)).expect("linked");
        self
    }

    /// Commits all files and returns the commit's id.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "test"]);
        self.git(&["rev-parse", "HEAD"])
    }

    #[track_caller]
    pub(crate) fn git(&self, words: &[&str]) -> String {
        git(self.0.path(), words)
    }

    #[track_caller]
    pub(crate) fn at(&self, revision: &str) -> Source {
        Source::revision(&self.book(), revision).expect("a book at this revision")
    }

    pub(crate) fn checked_out(&self) -> Source {
        Source::directory(&self.book()).expect("a book in the work tree")
    }
}

#[track_caller]
pub(crate) fn git(dir: &Path, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]);
    let output = git.args(words).env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

#[track_caller]
fn texts(source: &Source) -> Vec<(String, String)> {
    let files = source.read().expect("a book");
    files.campaigns.iter().map(|file| (file.path.to_string(), file.text().to_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect()
}

#[test]
fn commits_are_read_regardless_of_the_work_tree() {
    let repository = Repository::new();
    let first = repository.write("a.toml", "one").write("m/x.jpg", "picture").commit();
    let second = repository.write("a.toml", "two").write("b/c.toml", "三").commit();
    repository.write("a.toml", "not committed").write("d.toml", "new");
    fs::remove_file(repository.book().join("m/x.jpg")).expect("removed");

    assert_eq!(texts(&repository.at("HEAD~1")), pairs(&[("a.toml", "one")]));
    assert_eq!(texts(&repository.at("main")), pairs(&[("a.toml", "two"), ("b/c.toml", "三")]));
    assert_eq!(repository.at("HEAD~1").read_media("m/x.jpg"), MediaRead::Bytes(b"picture".to_vec()));
    assert_eq!(repository.at(&first[..12]).commit(), Some(first));
    assert_eq!(repository.checked_out().commit(), Some(second));
}

#[test]
fn the_work_tree_and_index_stay_unchanged() {
    let repository = Repository::new();
    repository.write("a.toml", "one").commit();
    repository.write("a.toml", "two");
    // `git status` may write the index, so the index is read after it.
    let state = || {
        let status = repository.git(&["status", "--porcelain"]);
        (status, fs::read(repository.0.path().join(".git/index")).expect("an index"))
    };
    let before = state();
    let source = repository.at("HEAD");
    source.read().expect("a book");
    source.read_media("a.toml");
    assert!(state() == before);
}

/// A book with entries that do not belong there.
fn odd() -> Repository {
    let repository = Repository::new();
    fs::write(repository.0.path().join("secret.toml"), "secret").expect("written");
    fs::create_dir(repository.0.path().join("elsewhere")).expect("made");
    fs::write(repository.0.path().join("elsewhere/x.toml"), "elsewhere").expect("written");
    repository
        .write("a.toml", "a")
        .write("policy.toml", "policy")
        .write("calendars/hk.toml", "hk")
        .write("deep/policy.toml", "misplaced")
        .write("sub/real.txt", "inside")
        .write(".hidden/x.toml", "hidden")
        .write("..2026/mounted.toml", "mounted")
        .write("gbk.toml", b"title = \"\xb4\xba\"")
        .write("large.toml", vec![b'#'; usize::try_from(MAX_FILE_BYTES).expect("small") + 1])
        .write("m/x.jpg", "picture")
        .write("m/large.mp4", vec![0; usize::try_from(MEDIA_BYTES).expect("small") + 1])
        .write("star[*]?.toml", "no pattern")
        .write("-n.toml", "no option")
        .write("line\nend.toml", "")
        .write("tab\tdir/in.toml", "")
        .write("tab\tdir/x.txt", "")
        .write("odd\nname.txt", "")
        .write(&format!("{}a.toml", "d/".repeat(MAX_DEPTH + 2)), "")
        .link("inside.toml", "sub/real.txt")
        .link("round-about.toml", "../campaigns/sub/../sub/./real.txt")
        .link("outside.toml", "../../secret.toml")
        .link("absolute.toml", "/etc/hostname")
        .link("self.toml", "self.toml")
        .link("nowhere.toml", "sub/nothing.txt")
        .link("through-a-file.toml", "a.toml/x")
        .link("directory.toml.d", "sub")
        .link("to-hidden", ".hidden")
        .link("to-elsewhere", "../../elsewhere")
        .link("..data", "..2026")
        .link("mounted.toml", "..data/mounted.toml")
        .link("pictures", "m")
        .link("m/out.jpg", "../../../secret.toml");
    fs::write(repository.book().join(OsStr::from_bytes(b"caf\xe9.toml")), "").expect("written");
    repository.commit();
    repository
}

#[test]
fn a_commit_reads_like_its_checkout() {
    let repository = odd();
    assert_eq!(repository.at("HEAD").read().expect("a book"), repository.checked_out().read().expect("a book"));
}

#[test]
fn a_commit_shows_its_media_like_its_checkout() {
    let repository = odd();
    let (commit, tree) = (repository.at("HEAD"), repository.checked_out());
    for path in [
        "m/x.jpg",
        "pictures/x.jpg",
        "round-about.toml",
        "m/large.mp4",
        "m",
        "pictures",
        "m/nothing.jpg",
        "a.toml/x",
        "m/out.jpg",
        "outside.toml",
        "absolute.toml",
        "nowhere.toml",
        "../x.jpg",
        "/etc/hostname",
        "m/../m/x.jpg",
    ] {
        assert_eq!(commit.read_media(path), tree.read_media(path), "{path}");
    }
    assert!(matches!(commit.read_media("self.toml"), MediaRead::Unreadable(_)));
    // Git continues after a file that was too large to be read.
    assert_eq!(commit.read_media("m/x.jpg"), MediaRead::Bytes(b"picture".to_vec()));
}

#[test]
fn what_goes_wrong_with_a_file_is_said() {
    let files = odd().at("HEAD").read().expect("a book");
    let unread = |path: &str| files.campaigns.iter().find(|file| &*file.path == path).map(|file| file.text.clone());
    assert_eq!(unread("gbk.toml"), Some(Err(ReadError::NotUtf8 { offset: 9, line: 1 })));
    assert_eq!(
        unread("large.toml"),
        Some(Err(ReadError::TooLarge { bytes: MAX_FILE_BYTES + 1, most: MAX_FILE_BYTES }))
    );
    assert_eq!(unread("outside.toml"), Some(Err(ReadError::LinkOutside)));
    assert_eq!(unread("self.toml"), Some(Err(ReadError::LinkLoop)));
    assert_eq!(unread("mounted.toml"), Some(Ok("mounted".into())));
    assert!(files.skipped.iter().any(|trouble| trouble.kind == SkipReason::TooDeep));
}

#[test]
fn a_book_that_is_the_whole_repository() {
    let repository = Repository::new();
    repository.write("a.toml", "a").commit();
    let source = Source::revision(repository.0.path(), "HEAD").expect("a book");
    assert_eq!(texts(&source), pairs(&[("shop/campaigns/a.toml", "a")]));
}

#[test]
fn a_book_missing_in_the_work_tree() {
    let repository = Repository::new();
    repository.write("a.toml", "a").commit();
    fs::remove_dir_all(repository.0.path().join("shop")).expect("removed");
    assert_eq!(texts(&repository.at("HEAD")), pairs(&[("a.toml", "a")]));
}

#[test]
fn bare_repository_is_refused_with_advice() {
    let repository = Repository::new();
    repository.write("a.toml", "a").commit();
    let bare = TempDir::new().expect("a place");
    repository.git(&["clone", "-q", "--bare", ".", bare.path().join("b.git").to_str().expect("a plain path")]);
    let error = Source::revision(&bare.path().join("b.git/shop/campaigns"), "main").expect_err("no book");
    assert!(matches!(&error, SourceError::NotLocated(LocateError::Bare(_))), "{error:?}");
    assert!(error.to_string().contains("clone it"), "{error}");
}

#[test]
fn a_submodule_is_not_passed_over_in_silence() {
    let repository = Repository::new();
    let commit = repository.write("a.toml", "a").commit();
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},shop/campaigns/module")]);
    repository.git(&["commit", "-q", "-m", "module"]);
    let files = repository.at("HEAD").read().expect("a book");
    assert!(matches!(&files.skipped[..], [trouble] if &*trouble.path == "module"), "{:?}", files.skipped);
}

#[test]
fn no_book_at_a_revision() {
    let repository = Repository::new();
    repository.write("a.toml", "a").commit();
    let at = |revision: &str| Source::revision(&repository.book(), revision);
    for revision in ["nothing", "", "-h", "--git-dir", "^HEAD", "HEAD:shop", "HEAD..HEAD", "HEAD\nHEAD"] {
        assert!(matches!(at(revision), Err(SourceError::UnknownRevision(_))), "{revision}: {:?}", at(revision));
    }
    repository.git(&["branch", "spring"]);
    let Err(SourceError::UnknownRevision(unknown)) = at("origin/main") else { panic!("{:?}", at("origin/main")) };
    assert!(unknown.branches.contains(&"spring".to_owned()) && unknown.branches.len() == 2, "{unknown:?}");
    let told = SourceError::UnknownRevision(unknown).to_string();
    assert!(told.contains("the branches here are") && !told.contains("shallow"), "{told}");
    let nowhere = Source::revision(&repository.0.path().join("shop/other"), "HEAD");
    assert!(matches!(nowhere, Err(SourceError::NotInRevision { .. })), "{nowhere:?}");
    let file = Source::revision(&repository.book().join("a.toml"), "HEAD");
    assert!(matches!(file, Err(SourceError::NotADirectory(_))), "{file:?}");
    let elsewhere = TempDir::new().expect("a place");
    let outside = Source::revision(elsewhere.path(), "HEAD");
    assert!(matches!(&outside, Err(SourceError::NotLocated(LocateError::NoRepository(_)))), "{outside:?}");
    assert_eq!(Source::directory(elsewhere.path()).expect("a directory").commit(), None);
}

#[test]
fn attributes_above_the_book_have_no_effect() {
    let (text, picture) = ("id = \"a\" # $Id$\n", b"\xff\xd8 $Id$\n".to_vec());
    let repository = Repository::new();
    repository.write("a.toml", text).write("x.jpg", &picture);
    let attributes = "* ident text eol=crlf export-ignore export-subst\n*.toml filter=evil diff=evil\n";
    fs::write(repository.0.path().join(".gitattributes"), attributes).expect("written");
    fs::write(repository.0.path().join("shop/.gitattributes"), attributes).expect("written");
    fs::write(repository.0.path().join(".git/info/attributes"), attributes).expect("written");
    repository.commit();
    for source in [repository.at("HEAD"), Source::directory(&repository.book()).expect("a directory")] {
        assert_eq!(texts(&source), pairs(&[("a.toml", text)]));
        assert_eq!(source.read_media("x.jpg"), MediaRead::Bytes(picture.clone()));
    }
}

#[test]
fn nothing_that_the_repository_brings_is_run() {
    let repository = Repository::new();
    repository
        .write("a.toml", "a")
        .write("x.jpg", "picture")
        .write(".gitattributes", "* filter=evil diff=evil")
        .commit();
    let program = repository.0.path().join("program");
    let mark = repository.0.path().join("ran");
    fs::write(&program, format!("#!/bin/sh\ntouch '{}'\n", mark.display())).expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("made a program");
    let program = program.to_str().expect("a plain path");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.textconv",
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "credential.helper",
        "pager.ls-tree",
        "pager.cat-file",
        "alias.ls-tree",
        "remote.origin.uploadpack",
        "gpg.program",
    ] {
        repository.git(&["config", key, program]);
    }
    // An image that only the remote has: git would fetch it, through a program that the remote chooses.
    repository.git(&["config", "remote.origin.url", repository.0.path().to_str().expect("a plain path")]);
    repository.git(&["config", "remote.origin.promisor", "true"]);
    repository.git(&["config", "extensions.partialClone", "origin"]);
    repository.git(&["config", "core.repositoryFormatVersion", "1"]);
    let object = repository.git(&["rev-parse", "HEAD:shop/campaigns/x.jpg"]);
    fs::remove_file(repository.0.path().join(".git/objects").join(&object[..2]).join(&object[2..])).expect("removed");

    let source = repository.at("HEAD");
    assert_eq!(texts(&source), pairs(&[("a.toml", "a")]));
    assert!(matches!(source.read_media("x.jpg"), MediaRead::Unreadable(why) if why.contains("clone")));
    assert_eq!(source.read_media("a.toml"), MediaRead::Bytes(b"a".to_vec()));
    assert!(!mark.exists(), "something was run");
}
