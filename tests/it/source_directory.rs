//! A book in a directory, with entries that do not belong there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use drumbeat::book::{Files, MAX_DEPTH, MAX_FILE_BYTES, ReadError, SkipReason};
use drumbeat::source::{MEDIA_BYTES, MediaRead, Source, SourceError};
use tempfile::TempDir;

/// A directory with these files.
fn book(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().expect("a place for the test");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("inside the directory")).expect("made");
        fs::write(path, text).expect("written");
    }
    dir
}

fn source(dir: &TempDir) -> Source {
    Source::directory(dir.path()).expect("a directory")
}

fn read(dir: &TempDir) -> Files {
    source(dir).read().expect("a book")
}

fn paths(files: &Files) -> Vec<&str> {
    files.campaigns.iter().map(|file| &*file.path).collect()
}

/// The result of reading a campaign file.
#[track_caller]
fn unread(files: &Files, path: &str) -> ReadError {
    let file = files.campaigns.iter().find(|file| &*file.path == path).expect("the file is listed");
    file.text.clone().expect_err("it has no text")
}

fn skipped(files: &Files) -> Vec<(&str, &SkipReason)> {
    files.skipped.iter().map(|trouble| (&*trouble.path, &trouble.kind)).collect()
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// A sparse file of this length, which uses no disk space.
fn sparse(path: &Path, bytes: u64) {
    fs::File::create(path).and_then(|file| file.set_len(bytes)).expect("made");
}

#[test]
fn files_are_told_apart_and_in_order() {
    let dir = book(&[
        ("z.toml", "z"),
        ("a/b/deep.toml", "deep"),
        ("LOUD.TOML", "caps lock"),
        ("policy.toml", "policy"),
        ("directory.toml", "directory"),
        ("calendar.toml", "calendar"),
        ("calendars/hk.toml", "hk"),
        ("media/x.JPG", ""),
        ("media/a.webp", ""),
        ("README.md", ""),
        ("notes.toml~", ""),
        (".git/config.toml", "not ours"),
        (".draft.toml", "not ours"),
    ]);
    let files = read(&dir);
    assert_eq!(paths(&files), ["LOUD.TOML", "a/b/deep.toml", "z.toml"]);
    assert_eq!(files.campaigns[1].text(), "deep");
    assert_eq!(files.policy.as_ref().map(|file| file.text()), Some("policy"));
    assert_eq!(files.directory.as_ref().map(|file| file.text()), Some("directory"));
    assert_eq!(
        files.calendars.iter().map(|file| &*file.path).collect::<Vec<_>>(),
        ["calendar.toml", "calendars/hk.toml"]
    );
    assert_eq!(files.media.iter().map(|path| &**path).collect::<Vec<_>>(), ["media/a.webp", "media/x.JPG"]);
    assert_eq!(files.skipped, []);
}

#[test]
fn a_nested_policy_is_not_a_campaign() {
    let files = read(&book(&[("shops/policy.toml", "")]));
    assert_eq!(paths(&files), [""; 0]);
    assert_eq!(skipped(&files), [("shops/policy.toml", &SkipReason::Misplaced("policy.toml"))]);
}

#[test]
fn no_book() {
    let dir = book(&[("file.toml", "")]);
    assert!(matches!(Source::directory(&dir.path().join("nowhere")), Err(SourceError::Missing(_))));
    assert!(matches!(Source::directory(&dir.path().join("file.toml")), Err(SourceError::NotADirectory(_))));
    assert!(matches!(Source::directory(&dir.path().join("file.toml/x")), Err(SourceError::NotADirectory(_))));
}

#[test]
fn a_book_behind_a_link() {
    let dir = book(&[("real/a.toml", "a"), ("real/x.jpg", "x")]);
    symlink(dir.path().join("real"), dir.path().join("current")).expect("linked");
    let source = Source::directory(&dir.path().join("current")).expect("a directory");
    assert_eq!(paths(&source.read().expect("a book")), ["a.toml"]);
    assert_eq!(source.read_media("x.jpg"), MediaRead::Bytes(b"x".to_vec()));
}

#[test]
fn a_file_that_is_not_utf8() {
    let dir = book(&[]);
    fs::write(dir.path().join("gbk.toml"), b"# ok\ntitle = \"\xb4\xba\"").expect("written");
    assert_eq!(unread(&read(&dir), "gbk.toml"), ReadError::NotUtf8 { offset: 14, line: 2 });
}

#[test]
fn a_file_that_is_too_large() {
    let dir = book(&[]);
    sparse(&dir.path().join("huge.toml"), 200 * 1024 * 1024);
    sparse(&dir.path().join("fits.toml"), MAX_FILE_BYTES);
    let files = read(&dir);
    assert_eq!(unread(&files, "huge.toml"), ReadError::TooLarge { bytes: 200 * 1024 * 1024, most: MAX_FILE_BYTES });
    assert_eq!(files.campaigns[0].text().len() as u64, MAX_FILE_BYTES);
}

#[test]
fn things_that_are_no_files_are_never_opened() {
    let dir = book(&[("ok.toml", "ok")]);
    mkfifo(&dir.path().join("pipe.toml"));
    let _socket = UnixListener::bind(dir.path().join("socket.toml")).expect("bound");
    symlink("/dev/zero", dir.path().join("device.toml")).expect("linked");
    symlink("pipe.toml", dir.path().join("to-pipe.toml")).expect("linked");
    mkfifo(&dir.path().join("pipe.jpg"));
    let files = read(&dir);
    assert_eq!(unread(&files, "pipe.toml"), ReadError::NotAFile);
    assert_eq!(unread(&files, "socket.toml"), ReadError::NotAFile);
    assert_eq!(unread(&files, "device.toml"), ReadError::LinkOutside);
    assert_eq!(unread(&files, "to-pipe.toml"), ReadError::NotAFile);
    assert_eq!(files.campaigns.iter().filter(|file| file.text.is_ok()).count(), 1);
    assert_eq!(source(&dir).read_media("pipe.jpg"), MediaRead::NotAFile);
}

#[test]
fn links_between_files() {
    let outside = book(&[("secret.toml", "secret")]);
    let dir = book(&[("real.txt", "inside")]);
    let link = |to: &Path, name: &str| symlink(to, dir.path().join(name)).expect("linked");
    link(Path::new("real.txt"), "inside.toml");
    link(&outside.path().join("secret.toml"), "outside.toml");
    link(Path::new("self.toml"), "self.toml");
    link(Path::new("nowhere"), "dangling.toml");
    let files = read(&dir);
    assert_eq!(unread(&files, "outside.toml"), ReadError::LinkOutside);
    assert_eq!(unread(&files, "self.toml"), ReadError::LinkLoop);
    assert_eq!(unread(&files, "dangling.toml"), ReadError::LinkToNothing);
    assert_eq!(files.campaigns[1].text(), "inside");
}

#[test]
fn links_between_directories() {
    let outside = book(&[("secret.toml", "secret")]);
    let dir = book(&[("a/one.toml", "1"), (".hidden/two.toml", "2")]);
    let link = |to: &Path, name: &str| symlink(to, dir.path().join(name)).expect("linked");
    link(outside.path(), "outside");
    link(Path::new(".."), "a/up");
    link(Path::new("a"), "again");
    link(Path::new(".hidden"), "shown");
    link(Path::new("round"), "round");
    let files = read(&dir);
    assert_eq!(paths(&files), ["a/one.toml"]);
    // The targets of `a/up` and `again` are read at their own places; those of `outside` and `shown` are not read.
    assert_eq!(skipped(&files), [("outside", &SkipReason::LinkOutside), ("shown", &SkipReason::LinkOutside)]);
}

#[test]
fn a_mounted_config_map() {
    // As in Kubernetes: names lead through `..data` to a directory with the date.
    let dir = book(&[("..2026_11_23/spring.toml", "spring")]);
    symlink("..2026_11_23", dir.path().join("..data")).expect("linked");
    symlink("..data/spring.toml", dir.path().join("spring.toml")).expect("linked");
    let files = read(&dir);
    assert_eq!(paths(&files), ["spring.toml"]);
    assert_eq!(files.campaigns[0].text(), "spring");
    assert_eq!(files.skipped, []);
}

#[test]
fn names_that_cannot_be_shown() {
    let dir = book(&[("new\nline.toml", ""), ("tab\tdir/in.toml", "")]);
    fs::write(dir.path().join(OsStr::from_bytes(b"caf\xe9.toml")), "").expect("written");
    let files = read(&dir);
    assert_eq!(paths(&files), [""; 0], "what stands in a directory with such a name included");
    let name = &SkipReason::Name;
    assert_eq!(skipped(&files), [("caf\u{fffd}.toml", name), ("new\nline.toml", name), ("tab\tdir", name)]);
}

#[test]
fn directories_too_deep() {
    let deep = "d/".repeat(MAX_DEPTH + 3);
    let fits = "f/".repeat(MAX_DEPTH);
    let files = read(&book(&[(&format!("{deep}a.toml"), ""), (&format!("{fits}b.toml"), "")]));
    assert_eq!(paths(&files), [format!("{fits}b.toml")]);
    assert_eq!(skipped(&files), [("d/".repeat(MAX_DEPTH + 1).trim_end_matches('/'), &SkipReason::TooDeep)]);
}

#[test]
fn looking_at_media() {
    let outside = book(&[("secret.jpg", "secret")]);
    let dir = book(&[("media/x.jpg", "picture"), ("a.toml", "")]);
    let link = |to: &Path, name: &str| symlink(to, dir.path().join(name)).expect("linked");
    link(&outside.path().join("secret.jpg"), "media/out.jpg");
    link(outside.path(), "media/out");
    link(Path::new("media/x.jpg"), "linked.jpg");
    link(Path::new("loop.jpg"), "loop.jpg");
    link(Path::new("/dev/zero"), "zero.jpg");
    sparse(&dir.path().join("large.mp4"), MEDIA_BYTES + 1);
    sparse(&dir.path().join("fits.mp4"), MEDIA_BYTES);
    let source = source(&dir);
    assert_eq!(source.read_media("media/x.jpg"), MediaRead::Bytes(b"picture".to_vec()));
    assert_eq!(source.read_media("linked.jpg"), MediaRead::Bytes(b"picture".to_vec()));
    assert_eq!(source.read_media("media"), MediaRead::NotAFile);
    for missing in ["media/y.jpg", "nowhere/x.jpg", "media/x.jpg/y.jpg"] {
        assert_eq!(source.read_media(missing), MediaRead::Missing, "{missing}");
    }
    for outside in ["media/out.jpg", "media/out/secret.jpg", "zero.jpg", "../x.jpg", "/etc/passwd", "media/../../x"] {
        assert_eq!(source.read_media(outside), MediaRead::Outside, "{outside}");
    }
    assert!(matches!(source.read_media("loop.jpg"), MediaRead::Unreadable(_)));
    assert_eq!(source.read_media("large.mp4"), MediaRead::TooLarge { bytes: MEDIA_BYTES + 1 });
    assert!(matches!(source.read_media("fits.mp4"), MediaRead::Bytes(whole) if whole.len() as u64 == MEDIA_BYTES));
}

#[test]
fn the_nearest_media() {
    let files = read(&book(&[("media/spring-1.jpg", ""), ("media/cover.png", ""), ("old/tea.jpg", "")]));
    assert_eq!(files.nearest("media/Spring-1.JPG"), Some("media/spring-1.jpg"), "another case");
    assert_eq!(files.nearest("media/cover.jpg"), Some("media/cover.png"), "another ending");
    assert_eq!(files.nearest("media/tea.jpg"), Some("old/tea.jpg"), "another place");
    assert_eq!(files.nearest("media/sprnig-1.jpg"), Some("media/spring-1.jpg"), "a slip");
    assert_eq!(files.nearest("media/autumn.gif"), None);
}

#[test]
fn what_may_not_be_read() {
    let dir = book(&[("a.toml", "a"), ("x.jpg", "x"), ("closed/b.toml", "b")]);
    let close =
        |path: &str| fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(0o000)).expect("set");
    ["a.toml", "x.jpg", "closed"].into_iter().for_each(close);
    // Root can read every file.
    if fs::read(dir.path().join("a.toml")).is_ok() {
        return;
    }
    let files = read(&dir);
    assert!(matches!(unread(&files, "a.toml"), ReadError::Unreadable(_)));
    assert!(matches!(skipped(&files)[..], [("closed", SkipReason::Unreadable(_))]));
    assert!(matches!(source(&dir).read_media("x.jpg"), MediaRead::Unreadable(_)));
    fs::set_permissions(dir.path().join("closed"), fs::Permissions::from_mode(0o755)).expect("set");
}
