//! Reminds members who have not posted a moment, by a message of the app.
//!
//! It never writes to a customer: a receiver is made only from WeCom's list of the members of a moment, and the call has
//! no field for anyone else.

use super::{Call, Error, MemberStatus, Request, WeCom, wire};
use crate::ids::AgentId;
use crate::limits;

/// A member who was asked to post a moment and has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpostedMember(String);

impl UnpostedMember {
    pub fn userid(&self) -> &str {
        &self.0
    }
}

impl MemberStatus {
    /// The member as a receiver of a reminder. `None` for a member who has posted, and for an id that `message/send`
    /// would read as everyone or as several.
    pub fn unposted(&self) -> Option<UnpostedMember> {
        let Self { userid, posted } = self;
        let is_one = !userid.is_empty() && !userid.starts_with('@') && !userid.contains('|');
        (!posted && is_one).then(|| UnpostedMember(userid.clone()))
    }
}

/// Whom WeCom did not take, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotReminded {
    /// Members who left, or whom the app may not see.
    pub invalid: Vec<String>,
    /// Members without a licence for the app.
    pub unlicensed: Vec<String>,
}

impl WeCom {
    /// Sends one message to at most [`limits::MESSAGE_USERS`] members.
    ///
    /// # Errors
    /// 81013 if WeCom takes none of the members, 40056 or 301002 for the number of another app. After a lost answer the
    /// message may have been sent: [`Error::next`].
    pub async fn remind(
        &self,
        agent: AgentId,
        members: &[UnpostedMember],
        content: &str,
    ) -> Result<NotReminded, Error> {
        let userids: Vec<&str> = members.iter().map(UnpostedMember::userid).collect();
        let body = wire::json(&wire::Message {
            touser: userids.join("|"),
            msgtype: "text",
            agentid: agent.0,
            text: wire::MessageText { content },
            enable_duplicate_check: 1,
            duplicate_check_interval: limits::DUPLICATE_CHECK.as_secs(),
        });
        let sent: wire::MessageSent = self
            .ask(Call::Message, |token| {
                Request::post("/cgi-bin/message/send", body.clone()).with("access_token", token.expose())
            })
            .await?;
        let list = |joined: &str| joined.split('|').filter(|id| !id.is_empty()).map(str::to_ascii_lowercase).collect();
        Ok(NotReminded { invalid: list(&sent.invaliduser), unlicensed: list(&sent.unlicenseduser) })
    }
}
