//! A small file system.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// Only root can mount it.
pub(crate) struct SmallDisk(pub(crate) PathBuf);

impl SmallDisk {
    /// With a size such as `2m`. `None` without the right to mount it.
    #[expect(clippy::print_stderr, reason = "a test that is left out must say so")]
    pub(crate) fn mount(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&at).expect("a directory");
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(&at).output();
        if mounted.is_ok_and(|it| it.status.success()) {
            return Some(Self(at));
        }
        eprintln!("SKIPPED: only root can mount a small disk, so what a full disk does was NOT tested here");
        None
    }

    pub(crate) fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status();
        assert!(done.is_ok_and(|it| it.success()), "the small disk is remounted {how}");
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).expect("a file");
        while file.write(&[1; 4096]).is_ok_and(|written| written > 0) {}
    }

    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).expect("the filler exists");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
