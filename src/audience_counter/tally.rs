//! The pairs that were read, and the count of an audience among them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::post::{Audience, Count};

/// Levels of departments that are followed: an answer may contain a circle.
const MAX_DEPTH: usize = 64;

/// Who can be asked to post, by department.
pub(super) struct Scope {
    members: BTreeSet<String>,
    parents: BTreeMap<u64, Option<u64>>,
    /// The members directly in a department; a hidden one is missing.
    inside: BTreeMap<u64, Vec<String>>,
}

impl Scope {
    pub(super) fn new(members: BTreeSet<String>, departments: Vec<(u64, Option<u64>)>) -> Self {
        Self { members, parents: departments.into_iter().collect(), inside: BTreeMap::new() }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &String> {
        self.members.iter()
    }

    pub(super) fn departments(&self) -> impl Iterator<Item = u64> {
        self.parents.keys().copied()
    }

    pub(super) fn put(&mut self, department: u64, members: Vec<String>) {
        self.inside.insert(department, members);
    }

    pub(super) fn leave(&mut self, gone: &[String]) {
        self.members.retain(|member| !gone.contains(member));
    }

    /// The members of these departments and of those below; `None` if WeCom does not show one of them.
    fn members_of(&self, departments: &[u64]) -> Option<HashSet<String>> {
        let is_below = |id: u64| {
            let parent = |id: &u64| self.parents.get(id).copied().flatten();
            std::iter::successors(Some(id), parent).take(MAX_DEPTH).any(|id| departments.contains(&id))
        };
        let is_known = departments.iter().all(|id| self.parents.contains_key(id));
        let all: Vec<u64> = self.departments().filter(|id| is_below(*id)).collect();
        let inside: Option<Vec<&Vec<String>>> = all.iter().map(|id| self.inside.get(id)).collect();
        let members = inside.filter(|_| is_known)?.into_iter().flatten();
        Some(members.map(|member| member.to_ascii_lowercase()).collect())
    }

    /// The members whom an audience asks to post, before its tags are looked at.
    fn senders(&self, audience: &Audience) -> Option<Vec<&String>> {
        let (users, departments) = match audience {
            Audience::Everyone => return Some(self.members.iter().collect()),
            Audience::Lists { users, departments, .. } => (users, departments),
        };
        if users.is_empty() && departments.is_empty() {
            return Some(self.members.iter().collect());
        }
        // WeCom compares user ids without regard to case.
        let mut named = self.members_of(departments)?;
        named.extend(users.iter().map(|user| user.to_ascii_lowercase()));
        Some(self.members.iter().filter(|member| named.contains(&member.to_ascii_lowercase())).collect())
    }
}

/// A customer of a member, with the numbers of the tags.
struct Pair {
    customer: u64,
    tags: Vec<u32>,
}

/// Everything that was read.
#[derive(Default)]
pub(super) struct Tally {
    pairs: HashMap<String, Vec<Pair>>,
    unlicensed: HashSet<String>,
    tags: HashMap<String, u32>,
}

impl Tally {
    pub(super) fn put(&mut self, member: &str, customer: u64, tags: &[String]) {
        let mut number = |tag: &String| {
            let next = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
            *self.tags.entry(tag.clone()).or_insert(next)
        };
        let tags = tags.iter().map(&mut number).collect();
        let pairs = self.pairs.entry(member.to_ascii_lowercase()).or_default();
        pairs.push(Pair { customer, tags });
    }

    pub(super) fn put_unlicensed(&mut self, member: &str) {
        self.unlicensed.insert(member.to_ascii_lowercase());
    }

    pub(super) fn is_unlicensed(&self, member: &str) -> bool {
        self.unlicensed.contains(&member.to_ascii_lowercase())
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.keys().map(String::as_str)
    }

    /// The count of an audience; `None` if it has a department that WeCom does not show.
    pub(super) fn count(&self, scope: &Scope, audience: &Audience) -> Option<Count> {
        let wanted: Option<Vec<u32>> = match audience {
            Audience::Lists { tags, .. } if !tags.is_empty() => {
                Some(tags.iter().filter_map(|tag| self.tags.get(tag).copied()).collect())
            }
            _ => None,
        };
        let (mut count, mut customers) = (Count::default(), HashSet::new());
        for member in scope.senders(audience)? {
            let pairs = self.pairs.get(&member.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default();
            let is_seen =
                |pair: &&Pair| wanted.as_ref().is_none_or(|tags| pair.tags.iter().any(|tag| tags.contains(tag)));
            let seen: HashSet<u64> = pairs.iter().filter(is_seen).map(|pair| pair.customer).collect();
            let is_uncounted = self.is_unlicensed(member);
            count.uncounted += u64::from(is_uncounted);
            // With tags, only members who have such customers are asked.
            count.members += u64::from(wanted.is_none() || !seen.is_empty() || is_uncounted);
            count.pairs += seen.len() as u64;
            customers.extend(seen);
        }
        count.customers = customers.len() as u64;
        Some(count)
    }
}
