//! Repositories whose files try to change where a book's base is read from.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use drumbeat::book::{GitPart, SkipReason};
use drumbeat::git::{LocateError, locate};
use drumbeat::source::{BaseNote, Elsewhere, Source, SourceError, base, commit_in_words, committed_link};
use tempfile::TempDir;

use crate::source_revision::{Repository, git};

/// A repository in which a pull request has turned the book into a bare repository with another text in it.
fn with_bare_repository_in_book() -> Repository {
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    let evil = TempDir::new().expect("a place");
    git(evil.path(), &["init", "-q", "-b", "main"]);
    fs::create_dir_all(evil.path().join("shop/campaigns")).expect("made");
    for place in ["a.toml", "shop/campaigns/a.toml"] {
        fs::write(evil.path().join(place), "evil").expect("written");
    }
    for _ in 0..2 {
        git(evil.path(), &["add", "-A"]);
        git(evil.path(), &["commit", "-q", "--allow-empty", "-m", "evil subject"]);
    }
    git(evil.path(), &["repack", "-adq"]);
    git(evil.path(), &["pack-refs", "--all"]);
    for file in walkdir::WalkDir::new(evil.path().join(".git")).into_iter().flatten() {
        let inside = file.path().strip_prefix(evil.path().join(".git")).expect("inside");
        let is_wanted = ["HEAD", "packed-refs", "objects"].iter().any(|start| inside.starts_with(start));
        if file.file_type().is_file() && is_wanted {
            repository.write(inside.to_str().expect("text"), fs::read(file.path()).expect("a file"));
        }
    }
    repository
        .write("refs/.keep", "")
        .write("config", "[core]\n\tbare = true\n")
        .write("a.toml", "pull request")
        .commit();
    repository
}

#[track_caller]
fn text_at(repository: &Repository, revision: &str) -> String {
    let files = repository.at(revision).read().expect("a book");
    files.campaigns.iter().find(|file| &*file.path == "a.toml").map(|file| file.text().to_owned()).expect("a campaign")
}

#[test]
fn book_inside_bare_repository_uses_outer_one() {
    let repository = with_bare_repository_in_book();
    assert_eq!(text_at(&repository, "HEAD^1"), "base");
    assert_eq!(text_at(&repository, "HEAD"), "pull request");
}

#[test]
fn inner_bare_repository_gives_no_commit() {
    let repository = with_bare_repository_in_book();
    let head = repository.git(&["rev-parse", "HEAD"]);
    let source = Source::directory(&repository.book()).expect("a book");
    assert_eq!(source.commit().as_deref(), Some(head.as_str()));
    assert_eq!(commit_in_words(&repository.book(), &head).as_deref(), Some("t: test"));
}

#[test]
fn bare_repositories_above_the_book_are_ignored() {
    let repository = with_bare_repository_in_book();
    repository.write("shop/campaigns/b.toml", "deeper").commit();
    let place = locate(&repository.book().join("shop/campaigns")).expect("a place");
    assert_eq!(place.repository.top, fs::canonicalize(repository.0.path()).expect("there"));
    assert_eq!(place.names, ["shop", "campaigns", "shop", "campaigns"]);
}

#[test]
fn the_base_of_a_linked_book_is_read() {
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    let shop = repository.0.path().join("shop");
    fs::create_dir(shop.join("other")).expect("made");
    fs::write(shop.join("other/a.toml"), "elsewhere").expect("written");
    repository.commit();
    fs::remove_dir_all(repository.book()).expect("removed");
    symlink("other", repository.book()).expect("linked");
    repository.commit();

    assert_eq!(text_at(&repository, "HEAD^1"), "base");
    let place = locate(&repository.book()).expect("a place");
    assert_eq!(place.link, Some(("shop/campaigns".to_owned(), "other".into())));
    let at_head = Source::revision(&repository.book(), "HEAD");
    assert!(matches!(at_head, Err(SourceError::NotOwn { what: Elsewhere::Link, .. })), "{at_head:?}");
}

#[test]
fn links_above_the_book_are_reported() {
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    fs::rename(repository.0.path().join("shop"), repository.0.path().join("real")).expect("moved");
    symlink("real", repository.0.path().join("shop")).expect("linked");
    let place = locate(&repository.book()).expect("a place");
    assert_eq!(place.names, ["shop", "campaigns"]);
    assert_eq!(place.link, Some(("shop".to_owned(), "real".into())));
}

#[test]
fn a_link_above_the_repository_is_followed() {
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    let outside = TempDir::new().expect("a place");
    symlink(repository.0.path(), outside.path().join("work")).expect("linked");
    let place = locate(&outside.path().join("work/shop/../shop/campaigns")).expect("a place");
    assert_eq!((place.names, place.link), (vec!["shop".to_owned(), "campaigns".to_owned()], None));
    symlink(repository.book(), outside.path().join("book")).expect("linked");
    assert_eq!(locate(&outside.path().join("book")).expect("a place").names, ["shop", "campaigns"]);
}

#[test]
fn a_book_that_became_a_submodule_is_refused() {
    let module = Repository::new();
    module.write("a.toml", "evil").commit();
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    repository.git(&["rm", "-rq", "shop/campaigns"]);
    let from = module.0.path().to_str().expect("a plain path");
    repository.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", from, "shop/campaigns"]);
    repository.commit();
    for book in ["shop/campaigns", "shop/campaigns/shop/campaigns"] {
        let located = locate(&repository.0.path().join(book));
        assert!(matches!(located, Err(LocateError::Submodule(_))), "{located:?}");
    }
}

#[test]
fn a_nested_clone_is_its_own_repository() {
    let outer = Repository::new();
    outer.commit();
    let inner = outer.0.path().join("clone");
    git(outer.0.path(), &["init", "-q", "clone"]);
    assert_eq!(locate(&inner).expect("a place").repository.top, fs::canonicalize(&inner).expect("there"));
}

#[test]
fn repositories_of_other_users_are_refused() {
    let repository = Repository::new();
    repository.write("a.toml", "base").commit();
    // Only root can change a file's owner; other users are refused by the same code.
    if std::os::unix::fs::chown(repository.0.path(), Some(12_345), None).is_err() {
        return;
    }
    std::os::unix::fs::chown(repository.0.path().join(".git"), Some(12_345), None).expect("given away");
    let error = locate(&repository.book()).expect_err("refused");
    assert!(matches!(error, LocateError::OtherOwner(_)), "{error:?}");
    let said = error.to_string();
    assert!(
        said.contains("git config --global --add safe.directory") && said.contains(&shown(repository.0.path())),
        "{said}"
    );
}

fn shown(path: &Path) -> String {
    fs::canonicalize(path).expect("there").display().to_string()
}

#[test]
fn objects_missing_in_a_clone_are_an_error() {
    let repository = Repository::new();
    repository.write("a.toml", "base").write("b.toml", "gone later").commit();
    repository.write("a.toml", "head");
    fs::remove_file(repository.book().join("b.toml")).expect("removed");
    repository.commit();
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let clones = TempDir::new().expect("a place");
    let url = format!("file://{}", repository.0.path().display());
    let open = |name: &str, options: &[&str]| {
        git(clones.path(), &[&["clone", "-q"], options, &[&url, name]].concat());
        Source::revision(&clones.path().join(name).join("shop/campaigns"), "HEAD^1")
    };
    assert!(open("whole", &[]).expect("a book").gaps().is_empty());
    let tree = open("tree", &["--filter=tree:0"]);
    assert!(matches!(tree, Err(SourceError::Incomplete(_))), "{tree:?}");
    let shallow = open("shallow", &["--depth=1"]);
    assert!(matches!(shallow, Err(SourceError::UnknownRevision(_))), "{shallow:?}");
    let blob = open("blob", &["--filter=blob:none"]).expect("a list of files");
    blob.read().expect("what there is");
    assert_eq!(blob.gaps(), ["a.toml", "b.toml"]);
}

/// The parts that git would interpret, by path.
#[track_caller]
fn git_parts(source: &Source) -> Vec<(String, GitPart)> {
    let skipped = source.read().expect("a book").skipped;
    let parts = skipped.into_iter().filter_map(|it| match it.kind {
        SkipReason::Git(part) => Some((it.path.to_string(), part)),
        _ => None,
    });
    parts.collect()
}

#[test]
fn git_files_in_a_book_are_reported() {
    let repository = Repository::new();
    repository
        .write("HEAD", "ref: refs/heads/main")
        .write("objects/pack/x", "")
        .write("deep/HEAD", "ref")
        .write("deep/commondir", "../..")
        .write("notes/HEAD", "only a name")
        .write(".gitattributes", "*.toml text")
        .write("deep/.gitattributes", "*.toml working-tree-encoding=UTF-7")
        .commit();
    let encoding = GitPart::Attribute("working-tree-encoding=UTF-7".to_owned());
    let wanted = [("HEAD", GitPart::Bare), ("deep/.gitattributes", encoding), ("deep/HEAD", GitPart::Bare)];
    let wanted = wanted.map(|(path, part)| (path.to_owned(), part));
    assert_eq!(git_parts(&repository.checked_out()), wanted);
    assert_eq!(git_parts(&repository.at("HEAD")), wanted);
}

#[test]
fn nested_repository_is_reported_own_one_is_not() {
    let repository = Repository::new();
    fs::create_dir_all(repository.book().join("module/.git")).expect("made");
    assert_eq!(git_parts(&repository.checked_out()), [("module/.git".to_owned(), GitPart::Repository)]);
    let top = Source::directory(repository.0.path()).expect("a book");
    assert_eq!(git_parts(&top), [("shop/campaigns/module/.git".to_owned(), GitPart::Repository)]);
}

#[test]
fn committed_link_to_book_is_reported() {
    let repository = Repository::new();
    repository.write("a.toml", "base");
    let link = repository.0.path().join("link");
    symlink("shop/campaigns", &link).expect("linked");
    assert_eq!(committed_link(&link), None);
    repository.commit();
    assert_eq!(committed_link(&link), Some(("link".to_owned(), "shop/campaigns".into())));
    assert_eq!(committed_link(&repository.book()), None);
}

#[test]
fn sparse_checkouts_do_not_look_like_removals() {
    let repository = Repository::new();
    repository.write("a.toml", "a").write("deep/b.toml", "b").commit();
    repository.git(&["sparse-checkout", "set", "--no-cone", "/shop/campaigns/a.toml"]);
    let left_out = base(&repository.book(), "HEAD");
    assert!(
        matches!(&left_out, Err(SourceError::Sparse { count: 1, first }) if first.ends_with("deep/b.toml")),
        "{left_out:?}"
    );
}

#[test]
fn the_base_is_the_merge_base() {
    let repository = Repository::new();
    let parting = repository.write("a.toml", "a").commit();
    repository.git(&["checkout", "-q", "-b", "branch"]);
    repository.write("b.toml", "b").commit();
    repository.git(&["checkout", "-q", "main"]);
    repository.write("z.toml", "z").commit();
    repository.git(&["checkout", "-q", "branch"]);
    let at = |revision: &str| base(&repository.book(), revision).expect("a base");
    assert_eq!((at("main").commit, at("main").notes), (parting.clone(), vec![BaseNote::RevisionAhead { commits: 1 }]));
    assert_eq!((at("HEAD^").commit, at("HEAD^").notes), (parting, vec![]));
    repository.git(&["checkout", "-q", "--orphan", "other"]);
    repository.commit();
    assert_eq!(at("main").notes, [BaseNote::Unrelated]);
}
