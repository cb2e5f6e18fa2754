//! Whom a row or a file means, as sets: neither order nor form of the names matters.

use std::collections::BTreeSet;

use super::content::{audience_of_file, department, is_everyone};
use super::row::{At, RowAudience};
use crate::book::{DepartmentRef, Directory, Policy};
use crate::check::overlap;
use crate::ids::user_key;
use crate::post::Audience;

/// Whom a row or a file means. Names are ids where the directory has exactly one entry for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AudienceSet {
    is_everyone: bool,
    /// A named audience that the policy does not have.
    unknown: Option<String>,
    departments: BTreeSet<u64>,
    /// Names of departments without exactly one id.
    department_names: BTreeSet<String>,
    members: BTreeSet<String>,
    tags: BTreeSet<String>,
}

/// Looks up the names of audiences, departments and tags in the book.
#[derive(Clone, Copy, Debug, Default)]
pub struct AudienceResolver<'a> {
    pub policy: Option<&'a Policy>,
    pub directory: Option<&'a Directory>,
}

impl AudienceResolver<'_> {
    pub fn resolve(&self, audience: &RowAudience) -> AudienceSet {
        let mut set = AudienceSet::default();
        self.add(audience, &mut set);
        if let Some(At { value: name, .. }) = &audience.audience {
            let named = self.policy.and_then(|policy| policy.audiences.iter().find(|it| it.name.value == *name));
            match named.and_then(|named| audience_of_file(&named.range)) {
                _ if is_everyone(name) => set.is_everyone = true,
                Some(named) if named.audience.is_some() => set.is_everyone = true,
                Some(named) => self.add(&named, &mut set),
                None => set.unknown = Some(name.clone()),
            }
        }
        set
    }

    fn add(&self, audience: &RowAudience, set: &mut AudienceSet) {
        for entry in &audience.departments {
            let name = match department(&entry.value) {
                DepartmentRef::Id(id) => {
                    set.departments.extend(u64::try_from(id));
                    continue;
                }
                DepartmentRef::Name(name) => name,
            };
            match self.directory.map(|directory| directory.departments_named(&name)).as_deref() {
                Some([only]) => set.departments.insert(only.id.value),
                _ => set.department_names.insert(name),
            };
        }
        for entry in &audience.tags {
            let found = self.directory.map(|directory| directory.tags_named(&entry.value));
            set.tags.insert(match found.as_deref() {
                Some([only]) => only.id.value.clone(),
                _ => entry.value.clone(),
            });
        }
        set.members.extend(audience.members.iter().map(|entry| user_key(&entry.value).into_owned()));
    }

    /// Whether some people may get the posts of both.
    pub fn overlap(&self, one: &AudienceSet, other: &AudienceSet) -> bool {
        one == other || overlap(&one.audience(), &other.audience(), self.directory)
    }
}

impl AudienceSet {
    fn audience(&self) -> Audience {
        if self.is_everyone {
            return Audience::Everyone;
        }
        // Unknown names are equal only to themselves.
        let unknown = self.department_names.iter().chain(&self.unknown).map(|name| format!("? {name}"));
        Audience::Lists {
            users: self.members.iter().cloned().chain(unknown).collect(),
            departments: self.departments.iter().copied().collect(),
            tags: self.tags.iter().cloned().collect(),
        }
    }
}
