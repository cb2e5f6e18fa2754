//! Finds entries of a directory by id, by name and by qualified name, each with one hash lookup.
//!
//! Qualified names are not stored as text: one long name may have very many below it, and the work to read a file must
//! only grow with its length. The digest of a qualified name continues the digest of its parent.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Department, DirectoryError, MAX_SAME_NAME, Tag};
use crate::book::spanned::Spanned;
use crate::ids::user_key;
use crate::text::StaticText;

/// Positions in the directory's own lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// In lower case.
    pub(super) senders: HashSet<String>,
    pub(super) departments: HashMap<u64, u32>,
    pub(super) tags: HashMap<String, u32>,
    pub(super) department_names: Named,
    pub(super) tag_names: Named,
}

/// Entries by their own and by their qualified names.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    by_name: HashMap<String, Vec<u32>>,
    by_path: HashMap<[u8; 32], Vec<u32>>,
}

/// The digest of a qualified name, which can be continued.
#[derive(Clone)]
pub(super) struct PathDigest(Sha256);

impl PathDigest {
    /// Names in a qualified name that is written out. WeCom's departments are at most 15 levels deep.
    pub(super) const PARTS: usize = 16;
    /// The longest qualified name that is written out, in bytes.
    pub(super) const BYTES: usize = 1024;

    fn of(name: &str) -> Self {
        Self(Sha256::new().chain_update(name))
    }

    fn below(self, name: &str) -> Self {
        Self(self.0.chain_update("/").chain_update(name))
    }

    fn key(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl Named {
    fn put(&mut self, name: &str, path: PathDigest, at: u32) {
        match self.by_name.get_mut(name) {
            Some(same) => same.push(at),
            None => _ = self.by_name.insert(name.to_owned(), vec![at]),
        }
        self.by_path.entry(path.key()).or_default().push(at);
    }

    /// The entries that a text can mean, at most [`MAX_SAME_NAME`].
    pub(super) fn find(&self, text: &str) -> Vec<u32> {
        let mut found: Vec<u32> = self.by_name.get(text).into_iter().flatten().copied().take(MAX_SAME_NAME).collect();
        // A top-level entry's qualified name is its own name, which was found already.
        for at in self.by_path.get(&PathDigest::of(text).key()).into_iter().flatten().take(MAX_SAME_NAME) {
            if found.len() < MAX_SAME_NAME && !found.contains(at) {
                found.push(*at);
            }
        }
        found
    }
}

impl Index {
    /// Indexes the lists and collects contradictions. Of duplicates, the first is indexed.
    pub(super) fn of(
        senders: &[Spanned<String>],
        departments: &[Department],
        tags: &[Tag],
    ) -> (Self, Vec<DirectoryError>) {
        let (mut index, mut errors) = (Self::default(), Vec::new());
        let mut first = HashMap::new();
        for sender in senders {
            let id = user_key(sender).into_owned();
            match first.get(&id) {
                Some(first) => errors.push(twice(SENDER, first, &sender.span)),
                None => _ = first.insert(id, sender.span.clone()),
            }
        }
        index.senders = first.into_keys().collect();
        for (department, at) in departments.iter().zip(0..) {
            match index.departments.get(&department.id.value) {
                Some(first) => {
                    errors.push(twice(DEPARTMENT, &departments[*first as usize].id.span, &department.id.span));
                }
                None => _ = index.departments.insert(department.id.value, at),
            }
        }
        // Tags of one group are adjacent, so its name is hashed once.
        let mut group: Option<(&Arc<str>, PathDigest)> = None;
        for (tag, at) in tags.iter().zip(0..) {
            if group.as_ref().is_none_or(|(name, _)| !Arc::ptr_eq(name, &tag.group)) {
                group = Some((&tag.group, PathDigest::of(&tag.group)));
            }
            match index.tags.get(&tag.id.value) {
                Some(first) => errors.push(twice(TAG, &tags[*first as usize].id.span, &tag.id.span)),
                None => {
                    index.tags.insert(tag.id.value.clone(), at);
                    if let Some((_, path)) = &group {
                        index.tag_names.put(&tag.name, path.clone().below(&tag.name), at);
                    }
                }
            }
        }
        index.name_departments(departments, &mut errors);
        (index, errors)
    }

    /// Indexes the names of departments, from the top down.
    fn name_departments(&mut self, departments: &[Department], errors: &mut Vec<DirectoryError>) {
        let mut paths: Vec<Option<PathDigest>> = vec![None; departments.len()];
        let above = |index: &Self, at: u32| {
            let parent = departments[at as usize].parent.as_ref()?;
            index.departments.get(&parent.value).copied()
        };
        // For each department, the last walk that visited it: a second visit on the same walk means that it is its own
        // ancestor.
        let mut met = vec![0; departments.len()];
        for (start, way) in (0..).take(departments.len()).zip(1u32..) {
            let mut unnamed = Vec::new();
            let mut at = Some(start);
            while let Some(next) = at.filter(|at| paths[*at as usize].is_none()) {
                if met[next as usize] == way {
                    let Department { id, .. } = &departments[next as usize];
                    errors.push(DirectoryError::Circle { span: id.span.clone(), id: id.value });
                    break;
                }
                met[next as usize] = way;
                unnamed.push(next);
                at = above(self, next);
            }
            while let Some(next) = unnamed.pop() {
                let name = departments[next as usize].name.as_str();
                let path = match above(self, next).and_then(|above| paths[above as usize].clone()) {
                    Some(above) => above.below(name),
                    None => PathDigest::of(name),
                };
                paths[next as usize] = Some(path);
            }
        }
        for (at, path) in (0..).zip(paths) {
            let department = &departments[at as usize];
            if let Some(path) = path.filter(|_| self.departments.get(&department.id.value) == Some(&at)) {
                self.department_names.put(&department.name, path, at);
            }
        }
    }
}

const SENDER: StaticText = StaticText { en: "sender", zh: "成员" };
const DEPARTMENT: StaticText = StaticText { en: "department", zh: "部门" };
const TAG: StaticText = StaticText { en: "tag", zh: "客户标签" };

fn twice(what: StaticText, first: &Range<usize>, again: &Range<usize>) -> DirectoryError {
    DirectoryError::Twice { what, first: first.clone(), again: again.clone() }
}
