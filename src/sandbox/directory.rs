//! The company's directory: get_follow_user_list, department/simplelist and get, get_corp_tag_list.

use serde::Serialize;

use super::Sandbox;
use super::answer::{self, Refusal, refuse};
use super::body::Fields;
use super::company;
use crate::wecom::{Request, Response};

/// The creation time of every tag: any constant is good.
const TAG_CREATED_AT: i64 = 1_700_000_000;

#[derive(Serialize)]
struct FollowUsers<'a> {
    follow_user: Vec<&'a str>,
}

#[derive(Serialize)]
struct DepartmentIds {
    department_id: Vec<DepartmentId>,
}

#[derive(Serialize)]
struct DepartmentId {
    id: u64,
    parentid: u64,
    order: u64,
}

#[derive(Serialize)]
struct DepartmentOne<'a> {
    department: Department<'a>,
}

#[derive(Serialize)]
struct Department<'a> {
    id: u64,
    name: &'a str,
    parentid: u64,
    order: u64,
}

#[derive(Serialize)]
struct TagGroups<'a> {
    tag_group: Vec<TagGroup<'a>>,
}

#[derive(Serialize)]
struct TagGroup<'a> {
    group_id: &'a str,
    group_name: &'a str,
    create_time: i64,
    order: usize,
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
struct Tag<'a> {
    id: &'a str,
    name: &'a str,
    create_time: i64,
    order: usize,
}

impl Sandbox {
    pub(super) fn get_follow_user_list(&self) -> Result<Response, Refusal> {
        let members = self.company.members.iter().filter(|member| self.company.can_post(member));
        Ok(answer::ok(&FollowUsers { follow_user: members.map(|member| member.userid.as_str()).collect() }))
    }

    pub(super) fn department_simplelist(&self, request: &Request) -> Result<Response, Refusal> {
        let inside = match request.query("id") {
            None | Some("") => self.company.departments.iter().map(|department| department.id).collect(),
            Some(id) => self.company.below(self.visible_department(id)?.id),
        };
        let departments = self.company.departments.iter();
        let department_id = departments
            .filter(|department| department.in_scope && inside.contains(&department.id))
            .map(|department| DepartmentId { id: department.id, parentid: department.parent, order: order(department) })
            .collect();
        Ok(answer::ok(&DepartmentIds { department_id }))
    }

    pub(super) fn department_get(&self, request: &Request) -> Result<Response, Refusal> {
        let found = self.visible_department(request.query("id").unwrap_or_default())?;
        let department = Department { id: found.id, name: &found.name, parentid: found.parent, order: order(found) };
        Ok(answer::ok(&DepartmentOne { department }))
    }

    pub(super) fn visible_department(&self, id: &str) -> Result<&company::Department, Refusal> {
        let Ok(id) = id.parse() else { return Err(refuse(60123, "invalid party id")) };
        match self.company.department(id) {
            None => Err(refuse(60003, "department not found")),
            Some(department) if !department.in_scope => Err(refuse(60011, "no privilege to access department")),
            Some(department) => Ok(department),
        }
    }

    pub(super) fn get_corp_tag_list(&self, request: &Request) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (tags, groups) = fields.read(|body, dropped| {
            let tags = body.texts("tag_id", dropped).unwrap_or_default();
            (tags, body.texts("group_id", dropped).unwrap_or_default())
        });
        // If both are given, WeCom uses only the groups.
        let wanted = |group: &str, tag: &str| match (groups.is_empty(), tags.is_empty()) {
            (true, true) => true,
            (true, false) => tags.iter().any(|id| id == tag),
            (false, _) => groups.iter().any(|id| id == group),
        };
        let tag_group = self
            .company
            .tag_groups
            .iter()
            .enumerate()
            .map(|(order, group)| TagGroup {
                group_id: &group.id,
                group_name: &group.name,
                create_time: TAG_CREATED_AT,
                order,
                tag: group
                    .tags
                    .iter()
                    .enumerate()
                    .filter(|(_, tag)| wanted(&group.id, &tag.id))
                    .map(|(order, tag)| Tag { id: &tag.id, name: &tag.name, create_time: TAG_CREATED_AT, order })
                    .collect(),
            })
            .filter(|group| !group.tag.is_empty())
            .collect();
        Ok(answer::ok_saying(fields.errmsg(), &TagGroups { tag_group }))
    }
}

/// WeCom sorts by descending order; the ids of the file serve as order.
fn order(department: &company::Department) -> u64 {
    100_000_000 - department.id.min(100_000_000)
}
