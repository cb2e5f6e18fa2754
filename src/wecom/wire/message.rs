//! A message of the app to members.

use serde::{Deserialize, Serialize};

use super::lenient::text;

/// There is no field for customers, for departments or for everyone.
#[derive(Serialize)]
pub(in crate::wecom) struct Message<'a> {
    /// User ids, joined by `|`.
    pub(in crate::wecom) touser: String,
    pub(in crate::wecom) msgtype: &'static str,
    pub(in crate::wecom) agentid: u64,
    pub(in crate::wecom) text: MessageText<'a>,
    pub(in crate::wecom) enable_duplicate_check: u8,
    /// In seconds.
    pub(in crate::wecom) duplicate_check_interval: u64,
}

#[derive(Serialize)]
pub(in crate::wecom) struct MessageText<'a> {
    pub(in crate::wecom) content: &'a str,
}

/// User ids in lower case, joined by `|`.
#[derive(Deserialize)]
pub(in crate::wecom) struct MessageSent {
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) invaliduser: String,
    #[serde(default, deserialize_with = "text")]
    pub(in crate::wecom) unlicenseduser: String,
}
