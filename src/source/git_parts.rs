//! Parts of a book that git would treat as its own: ordinary files of a pull request, which must have no effect.

use std::collections::BTreeSet;

use crate::book::GitPart;

/// Largest part of an attributes file that is read, in bytes.
pub(super) const MAX_ATTRIBUTES_BYTES: u64 = 64 * 1024;

/// File names that make a directory a bare repository.
#[derive(Debug, Default)]
pub(super) struct BareNames(BTreeSet<String>);

impl BareNames {
    /// Records a path from the book's top, if it has one of the names.
    pub(super) fn note(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        if matches!(name, "HEAD" | "commondir" | "objects") {
            self.0.insert(path.to_owned());
        }
    }

    /// The `HEAD` of each directory that git would treat as a bare repository.
    pub(super) fn heads(&self) -> impl Iterator<Item = &str> {
        let sibling = |head: &str, name: &str| format!("{}{name}", head.strip_suffix("HEAD").unwrap_or_default());
        let is_head = |path: &&String| path.as_str() == "HEAD" || path.ends_with("/HEAD");
        let heads = self.0.iter().filter(is_head).map(String::as_str);
        heads.filter(move |head| ["commondir", "objects"].iter().any(|name| self.0.contains(&sibling(head, name))))
    }
}

/// The first attribute that would make a checkout or a merge differ from the stored content.
pub(super) fn attributes(text: &[u8]) -> Option<GitPart> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(|line| line.split_whitespace().skip(1));
    let is_odd = |word: &&str| match word.split_once('=') {
        Some(("filter" | "merge", value)) => value != "lfs",
        Some((name, _)) => name == "working-tree-encoding",
        None => *word == "ident",
    };
    words
        .into_iter()
        .find(is_odd)
        .map(|word| GitPart::Attribute(word.chars().filter(|c| !c.is_control()).take(80).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(text: &str, attribute: Option<&str>) {
        assert_eq!(attributes(text.as_bytes()), attribute.map(|it| GitPart::Attribute(it.to_owned())), "{text}");
    }

    #[test]
    fn attributes_that_change_files_are_found() {
        finds("*.toml filter=evil", Some("filter=evil"));
        finds("* text=auto\n\n  *.toml ident\n", Some("ident"));
        finds("*.toml working-tree-encoding=UTF-7", Some("working-tree-encoding=UTF-7"));
        finds("[attr]quiet merge=union", Some("merge=union"));
    }

    #[test]
    fn attributes_of_every_day_are_not() {
        finds(
            "* text=auto eol=lf\n*.png filter=lfs diff=lfs merge=lfs -text\n*.toml -ident\n# *.toml ident\nident text",
            None,
        );
    }

    #[test]
    fn a_bare_repository_is_known_by_its_names() {
        let heads = |paths: &[&str]| {
            let mut names = BareNames::default();
            paths.iter().for_each(|path| names.note(path));
            names.heads().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(heads(&["HEAD", "objects", "refs"]), ["HEAD"]);
        assert_eq!(heads(&["a/b/HEAD", "a/b/commondir"]), ["a/b/HEAD"]);
        assert!(heads(&["a/HEAD", "b/objects"]).is_empty() && heads(&["HEAD", "a.toml"]).is_empty());
    }
}
