//! What an audience may name: members with customers, departments, and the company's customer tags.

use super::{Call, Error, Request, WeCom, wire};

/// A department in the app's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    pub id: u64,
    pub name: String,
    pub parent: Option<u64>,
}

/// A group of customer tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagGroup {
    pub id: String,
    pub name: String,
    pub tags: Vec<Tag>,
}

/// A customer tag of the company (客户标签), the only kind that moments accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub id: String,
    pub name: String,
}

impl WeCom {
    /// The members with 客户联系, who can be senders. The cheapest check of token, address and permission.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn follow_users(&self) -> Result<Vec<String>, Error> {
        let answer: wire::FollowUsers = self
            .ask(Call::FollowUsers, |token| {
                Request::get("/cgi-bin/externalcontact/get_follow_user_list").with("access_token", token.expose())
            })
            .await?;
        Ok(answer.follow_user)
    }

    /// The ids of the departments in the app's scope. WeCom returns all ids in one call, but each name in a call of its
    /// own.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn department_ids(&self) -> Result<Vec<i64>, Error> {
        let ids: wire::DepartmentIds = self
            .ask(Call::Departments, |token| {
                Request::get("/cgi-bin/department/simplelist").with("access_token", token.expose())
            })
            .await?;
        Ok(ids.department_id.into_iter().map(|department| department.id).collect())
    }

    /// The departments in the app's scope, each with its parent, in one call.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn department_tree(&self) -> Result<Vec<(u64, Option<u64>)>, Error> {
        let ids: wire::DepartmentIds = self
            .ask(Call::Departments, |token| {
                Request::get("/cgi-bin/department/simplelist").with("access_token", token.expose())
            })
            .await?;
        let id = |id: i64| u64::try_from(id).ok().filter(|id| *id != 0);
        Ok(ids.department_id.into_iter().filter_map(|it| Some((id(it.id)?, it.parentid.and_then(id)))).collect())
    }

    /// One department; `None` if WeCom does not give out this id.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn department(&self, id: i64) -> Result<Option<Department>, Error> {
        let one: wire::DepartmentOne = self
            .ask(Call::Departments, |token| {
                Request::get("/cgi-bin/department/get").with("access_token", token.expose()).with("id", id.to_string())
            })
            .await?;
        let wire::Department { id, name, parentid } = one.department;
        let Ok(id) = u64::try_from(id) else { return Ok(None) };
        // The top department has parent 0, which is not a department.
        let parent = parentid.and_then(|id| u64::try_from(id).ok()).filter(|id| *id != 0);
        Ok(Some(Department { id, name, parent }))
    }

    /// The company's customer tags by group, without deleted ones.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn tags(&self) -> Result<Vec<TagGroup>, Error> {
        let body = wire::json(&wire::Nothing {});
        let answer: wire::TagGroups = self
            .ask(Call::Tags, |token| {
                Request::post("/cgi-bin/externalcontact/get_corp_tag_list", body.clone())
                    .with("access_token", token.expose())
            })
            .await?;
        let groups = answer.tag_group.into_iter().filter(|group| !group.deleted);
        Ok(groups
            .map(|group| TagGroup {
                id: group.group_id,
                name: group.group_name,
                tags: group
                    .tag
                    .into_iter()
                    .filter(|tag| !tag.deleted)
                    .map(|tag| Tag { id: tag.id, name: tag.name })
                    .collect(),
            })
            .collect())
    }
}
