//! The company of the sandbox, read from one file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ids::{AgentId, CorpId};
use crate::secret::Secret;

/// Departments, members, tags, and the credentials of one app.
#[derive(Clone, Debug)]
pub struct Company {
    pub name: String,
    pub corp: CorpId,
    pub secret: Secret,
    /// The number of the app.
    pub agent: AgentId,
    pub departments: Vec<Department>,
    pub members: Vec<Member>,
    pub tag_groups: Vec<TagGroup>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    pub id: u64,
    pub name: String,
    /// 0 for the top.
    #[serde(default)]
    pub parent: u64,
    /// Whether it is in the app's visible scope (应用可见范围).
    #[serde(default = "yes")]
    pub in_scope: bool,
}

/// A member of the company.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub userid: String,
    pub name: String,
    pub departments: Vec<u64>,
    /// Whether the member has 客户联系.
    #[serde(default = "yes")]
    pub customer_contact: bool,
    /// The tags of at least one of the member's customers.
    #[serde(default)]
    pub customers_with: Vec<String>,
    /// The number of the member's customers.
    #[serde(default = "some_customers")]
    pub customers: usize,
    /// Whether the member has a licence for the interface (互通账号).
    #[serde(default = "yes")]
    pub licensed: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagGroup {
    pub id: String,
    pub name: String,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    pub id: String,
    pub name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    corp_id: CorpId,
    secret: String,
    #[serde(default = "some_agent")]
    agentid: u64,
    departments: Vec<Department>,
    members: Vec<Member>,
    tag_groups: Vec<TagGroup>,
}

fn yes() -> bool {
    true
}

/// The first number that WeCom gives to an app of a company.
fn some_agent() -> u64 {
    1_000_002
}

fn some_customers() -> usize {
    40
}

impl Company {
    /// 春风百货, the company of the example book (`company.toml`).
    pub fn chunfeng() -> Self {
        Self::read(include_str!("company.toml")).expect("a test reads the built-in company")
    }

    /// Reads a company from TOML.
    ///
    /// # Errors
    /// The text is not TOML, or a key is missing, unknown or of a wrong type.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        let File { name, corp_id, secret, agentid, departments, members, tag_groups } = toml::from_str(text)?;
        let (secret, agent) = (Secret::new(secret), AgentId(agentid));
        Ok(Self { name, corp: corp_id, secret, agent, departments, members, tag_groups })
    }

    /// The member with a user id, in any case of letters.
    pub fn member(&self, userid: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.userid.eq_ignore_ascii_case(userid))
    }

    /// The department with an id.
    pub fn department(&self, id: u64) -> Option<&Department> {
        self.departments.iter().find(|department| department.id == id)
    }

    pub(super) fn has_tag(&self, id: &str) -> bool {
        self.tag_groups.iter().flat_map(|group| &group.tags).any(|tag| tag.id == id)
    }

    /// Whether a member can be asked to post: in the app's scope and with 客户联系.
    pub(super) fn can_post(&self, member: &Member) -> bool {
        member.customer_contact && self.is_in_scope(member)
    }

    /// Whether a member is in the app's visible scope.
    pub(super) fn is_in_scope(&self, member: &Member) -> bool {
        let in_scope = |id: &u64| self.department(*id).is_some_and(|department| department.in_scope);
        member.departments.iter().any(in_scope)
    }

    /// A department with all departments below it.
    pub(super) fn below(&self, top: u64) -> Vec<u64> {
        let mut children: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for department in &self.departments {
            children.entry(department.parent).or_default().push(department.id);
        }
        let (mut all, mut at) = (vec![top], 0);
        while let Some(id) = all.get(at) {
            // No entry is visited twice, so a cycle in the file ends.
            all.extend(children.remove(id).unwrap_or_default());
            at += 1;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_company_holds_together() {
        let company = Company::chunfeng();
        assert_eq!(company.members.len(), 16);
        for member in &company.members {
            assert!(member.departments.iter().all(|id| company.department(*id).is_some()), "{}", member.userid);
            assert!(member.customers_with.iter().all(|tag| company.has_tag(tag)), "{}", member.userid);
        }
        let can_post = company.members.iter().filter(|member| company.can_post(member)).count();
        assert_eq!(can_post, 12);
        assert_eq!(company.below(2), [2, 5]);
        assert_eq!(company.below(1).len(), 6);
    }
}
