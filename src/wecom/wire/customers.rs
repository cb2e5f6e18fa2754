//! Customers and what they did with a moment. Names, pictures, remarks and phone numbers are not fields here, so they
//! are dropped while the answer is read.

use serde::{Deserialize, Serialize};

use super::lenient::{Text, or_default, readable_items, text};

#[derive(Serialize)]
pub(in crate::wecom) struct OfUsers<'a> {
    pub(in crate::wecom) userid_list: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(in crate::wecom) cursor: &'a str,
    pub(in crate::wecom) limit: usize,
}

#[derive(Serialize)]
pub(in crate::wecom) struct OfMember<'a> {
    pub(in crate::wecom) moment_id: &'a str,
    pub(in crate::wecom) userid: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(in crate::wecom) cursor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::wecom) limit: Option<usize>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct CustomerPage {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) next_cursor: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) external_contact_list: Vec<Relation>,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) fail_info: FailInfo,
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct FailInfo {
    #[serde(default, deserialize_with = "readable_items")]
    pub(in crate::wecom) unlicensed_userid_list: Vec<Text>,
}

/// A pair of a member and a customer. An unreadable one makes the page unreadable: a count must not lack it silently.
#[derive(Deserialize)]
pub(in crate::wecom) struct Relation {
    pub(in crate::wecom) external_contact: ExternalContact,
    pub(in crate::wecom) follow_info: FollowInfo,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct ExternalContact {
    pub(in crate::wecom) external_userid: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct FollowInfo {
    pub(in crate::wecom) userid: String,
    #[serde(default, deserialize_with = "readable_items")]
    pub(in crate::wecom) tag_id: Vec<Text>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct UserList {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) userlist: Vec<User>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct User {
    pub(in crate::wecom) userid: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct ReachedPage {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) next_cursor: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) customer_list: Vec<ExternalContact>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct ReactionLists {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) comment_list: Vec<Reaction>,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) like_list: Vec<Reaction>,
}

/// Has either the id of a customer or that of a member.
#[derive(Deserialize)]
pub(in crate::wecom) struct Reaction {
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) external_userid: String,
}
