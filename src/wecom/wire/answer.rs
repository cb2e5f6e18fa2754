//! Answers, read leniently where WeCom's pages and real answers disagree on types: only necessary fields are required.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lenient::{
    Number, Text, number, number_or_nothing, or_default, readable, readable_items, readable_number,
    readable_or_default, text,
};

#[derive(Deserialize)]
pub(in crate::wecom) struct Token {
    #[serde(default)]
    pub(in crate::wecom) access_token: String,
    #[serde(default, deserialize_with = "number_or_nothing")]
    pub(in crate::wecom) expires_in: Option<i64>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct SuiteToken {
    #[serde(default)]
    pub(in crate::wecom) suite_access_token: String,
    #[serde(default, deserialize_with = "number_or_nothing")]
    pub(in crate::wecom) expires_in: Option<i64>,
}

pub(in crate::wecom) type CorpToken = Token;

#[derive(Deserialize)]
pub(in crate::wecom) struct PermanentCode {
    #[serde(default)]
    pub(in crate::wecom) permanent_code: String,
    #[serde(default)]
    pub(in crate::wecom) auth_corp_info: AuthCorpInfo,
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct AuthCorpInfo {
    #[serde(default)]
    pub(in crate::wecom) corpid: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct Uploaded {
    pub(in crate::wecom) media_id: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct Created {
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) jobid: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct JobResult {
    #[serde(deserialize_with = "number")]
    pub(in crate::wecom) status: i64,
    /// The official sample contains it before the job is done.
    #[serde(default, deserialize_with = "readable")]
    pub(in crate::wecom) result: Option<Outcome>,
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct Outcome {
    #[serde(default, deserialize_with = "readable_number")]
    pub(in crate::wecom) errcode: Option<i64>,
    #[serde(default, deserialize_with = "readable_or_default")]
    pub(in crate::wecom) errmsg: String,
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) moment_id: String,
    #[serde(default, deserialize_with = "readable_or_default")]
    pub(in crate::wecom) invalid_sender_list: InvalidSenders,
    #[serde(default, deserialize_with = "readable_or_default")]
    pub(in crate::wecom) invalid_external_contact_list: InvalidTags,
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct InvalidSenders {
    #[serde(default, deserialize_with = "readable_items")]
    pub(in crate::wecom) user_list: Vec<Text>,
    #[serde(default, deserialize_with = "readable_items")]
    pub(in crate::wecom) department_list: Vec<Number>,
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct InvalidTags {
    #[serde(default, deserialize_with = "readable_items")]
    pub(in crate::wecom) tag_list: Vec<Text>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct MomentPage {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) next_cursor: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) moment_list: Vec<Moment>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct Moment {
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) moment_id: String,
    /// Missing for moments created through the API.
    #[serde(default, deserialize_with = "readable")]
    pub(in crate::wecom) creator: Option<String>,
    #[serde(default, deserialize_with = "readable_number")]
    pub(in crate::wecom) create_time: Option<i64>,
    #[serde(default, deserialize_with = "readable_number")]
    pub(in crate::wecom) create_type: Option<i64>,
    #[serde(default, deserialize_with = "readable_number")]
    pub(in crate::wecom) visible_type: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) text: ListedText,
    #[serde(default, deserialize_with = "readable_or_default")]
    pub(in crate::wecom) image: Vec<IgnoredAny>,
    #[serde(default, deserialize_with = "readable")]
    pub(in crate::wecom) video: Option<ListedVideo>,
    #[serde(default, deserialize_with = "readable")]
    pub(in crate::wecom) link: Option<ListedLink>,
}

/// An empty object, or one with empty names, means `None`.
#[derive(Deserialize)]
pub(in crate::wecom) struct ListedVideo {
    #[serde(default, deserialize_with = "text")]
    media_id: String,
    #[serde(default, deserialize_with = "text")]
    thumb_media_id: String,
}

impl ListedVideo {
    pub(in crate::wecom) fn is_empty(&self) -> bool {
        self.media_id.is_empty() && self.thumb_media_id.is_empty()
    }
}

#[derive(Default, Deserialize)]
pub(in crate::wecom) struct ListedText {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) content: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct ListedLink {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) title: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) url: String,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct TaskPage {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) next_cursor: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) task_list: Vec<MemberTask>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct MemberTask {
    pub(in crate::wecom) userid: String,
    #[serde(deserialize_with = "number")]
    pub(in crate::wecom) publish_status: i64,
}

/// Another case of the key is in older pages.
#[derive(Deserialize)]
pub(in crate::wecom) struct UserInfo {
    #[serde(default, alias = "UserId", deserialize_with = "or_default")]
    pub(in crate::wecom) userid: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct FollowUsers {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) follow_user: Vec<String>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct DepartmentIds {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) department_id: Vec<DepartmentId>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct DepartmentId {
    #[serde(deserialize_with = "number")]
    pub(in crate::wecom) id: i64,
    #[serde(default, deserialize_with = "readable_number")]
    pub(in crate::wecom) parentid: Option<i64>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct DepartmentOne {
    pub(in crate::wecom) department: Department,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct Department {
    #[serde(deserialize_with = "number")]
    pub(in crate::wecom) id: i64,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) name: String,
    #[serde(default, deserialize_with = "number_or_nothing")]
    pub(in crate::wecom) parentid: Option<i64>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct TagGroups {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) tag_group: Vec<TagGroup>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct TagGroup {
    pub(in crate::wecom) group_id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) group_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) deleted: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) tag: Vec<Tag>,
}

#[derive(Deserialize)]
pub(in crate::wecom) struct Tag {
    pub(in crate::wecom) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::wecom) deleted: bool,
}

/// An answer of which only the code is used.
#[derive(Deserialize)]
pub(in crate::wecom) struct Empty {}
