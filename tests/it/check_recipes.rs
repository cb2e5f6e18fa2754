//! The recipes of `docs/recipes`: every `drumbeat` command in them runs, and none of them names a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn recipes() -> Vec<(PathBuf, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = fs::read_dir(top.join("docs/recipes")).unwrap().map(|entry| entry.unwrap().path());
    let files = dir.chain([top.join(".pre-commit-hooks.yaml")]);
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The `drumbeat check` commands of a recipe, up to shell syntax.
fn commands(recipe: &str) -> Vec<Vec<&str>> {
    let lines = recipe.lines().filter(|line| !line.trim_start().starts_with('#') && !line.contains("name:"));
    let calls = lines.filter_map(|line| line.find("drumbeat check").map(|at| &line[at..]));
    calls.map(|call| call.split(['>', '|', '"']).next().unwrap().split_whitespace().skip(1).collect()).collect()
}

#[test]
fn every_command_runs_on_the_example_book() {
    let mut ran = 0;
    for (path, recipe) in recipes() {
        for args in commands(&recipe) {
            let mut command = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
            command.current_dir(env!("CARGO_MANIFEST_DIR")).args(&args).stdin(Stdio::null());
            for name in ["DRUMBEAT_BOOK", "DRUMBEAT_CONFIG", "GITHUB_STEP_SUMMARY"] {
                command.env_remove(name);
            }
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}: {args:?}: {output:?}", path.display());
            ran += 1;
        }
    }
    assert!(ran >= 7, "{ran}");
}

#[test]
fn no_recipe_needs_a_secret() {
    for (path, recipe) in recipes() {
        assert!(!recipe.contains("secrets."), "{}", path.display());
    }
}
