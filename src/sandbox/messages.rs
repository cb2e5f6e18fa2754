//! Messages of the app to members: message/send.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::body::Fields;
use super::{Sandbox, later};
use crate::clock::delta;
use crate::limits;
use crate::wecom::{Body, Request, Response};

/// A message that a member received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    pub at: DateTime<Utc>,
    pub userid: String,
    pub text: String,
}

/// What members received, and what is needed for WeCom's limits.
#[derive(Debug, Default)]
pub(super) struct Messages {
    received: Vec<Message>,
    /// Bodies whose repetition is dropped, and until when.
    dropped_until: HashMap<Vec<u8>, DateTime<Utc>>,
    /// Receivers of a day in Beijing.
    today: (NaiveDate, usize),
}

#[derive(Serialize)]
struct Sent {
    invaliduser: String,
    unlicenseduser: String,
    msgid: String,
}

impl Sandbox {
    /// Every message that members received, in order.
    pub fn messages(&self) -> &[Message] {
        &self.messages.received
    }

    pub(super) fn message_send(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (touser, msgtype, agent, content, checks, interval) = fields.read(|body, dropped| {
            let content = body.object("text", dropped).and_then(|text| text.text("content", dropped));
            (
                body.text("touser", dropped).unwrap_or_default().to_owned(),
                body.text("msgtype", dropped).unwrap_or_default().to_owned(),
                body.number("agentid", dropped),
                content.unwrap_or_default().to_owned(),
                body.number("enable_duplicate_check", dropped) == Some(1),
                body.number("duplicate_check_interval", dropped),
            )
        });
        if msgtype != "text" {
            return Err(refuse(40008, "invalid message type"));
        }
        if agent != i64::try_from(self.company.agent.0).ok() {
            return Err(refuse(40056, "invalid agentid"));
        }
        if content.is_empty() {
            return Err(refuse(44004, "empty content"));
        }
        let everyone = || self.company.members.iter().map(|member| member.userid.clone()).collect();
        let named: Vec<String> =
            if touser == "@all" { everyone() } else { touser.split('|').map(str::to_owned).collect() };
        if named.len() > limits::MESSAGE_USERS {
            return Err(refuse(40032, "invalid user list size"));
        }
        let (mut known, mut invalid, mut unlicensed) = (Vec::new(), Vec::new(), Vec::new());
        for userid in named {
            match self.company.member(&userid) {
                Some(member) if self.company.is_in_scope(member) && member.licensed => {
                    known.push(member.userid.clone())
                }
                Some(member) if self.company.is_in_scope(member) => unlicensed.push(userid.to_ascii_lowercase()),
                _ => invalid.push(userid.to_ascii_lowercase()),
            }
        }
        if known.is_empty() {
            return Err(refuse(81013, "user & party & tag all invalid"));
        }
        let most = self.company.members.len() * limits::MESSAGES_PER_DAY_AND_ACCOUNT;
        let messages = &mut self.messages;
        let day = now.with_timezone(&FixedOffset::east_opt(8 * 3600).expect("a time of this earth")).date_naive();
        if messages.today.0 != day {
            messages.today = (day, 0);
        }
        if messages.today.1 + known.len() > most {
            return Err(refuse(45009, "api freq out of limit"));
        }
        messages.today.1 += known.len();
        if !(checks && messages.is_repeated(request, interval, now)) {
            let text = cut(&content).to_owned();
            for userid in known {
                // More than a member may get is dropped, and no error says so.
                if messages.may_get(&userid, now) {
                    messages.received.push(Message { at: now, userid, text: text.clone() });
                }
            }
        }
        let sent =
            Sent { invaliduser: invalid.join("|"), unlicenseduser: unlicensed.join("|"), msgid: self.name("msg") };
        Ok(answer::ok_saying(fields.errmsg(), &sent))
    }
}

impl Messages {
    /// Whether the same body came within its interval; remembers it if not.
    fn is_repeated(&mut self, request: &Request, interval: Option<i64>, now: DateTime<Utc>) -> bool {
        let Body::Json(body) = &request.body else { return false };
        self.dropped_until.retain(|_, until| *until > now);
        if self.dropped_until.contains_key(body) {
            return true;
        }
        let wanted = interval.and_then(|it| u64::try_from(it).ok()).map(std::time::Duration::from_secs);
        let interval = wanted.unwrap_or(limits::DUPLICATE_CHECK).min(limits::DUPLICATE_CHECK_MAX);
        self.dropped_until.insert(body.clone(), later(now, interval));
        false
    }

    fn may_get(&self, userid: &str, now: DateTime<Utc>) -> bool {
        let since = |time: TimeDelta| {
            let of_member = self.received.iter().rev().take_while(|it| it.at > now - time);
            of_member.filter(|it| it.userid == userid).count()
        };
        let (minute, hour) = (delta(limits::MINUTE_BLOCK), TimeDelta::hours(1));
        since(minute) < limits::MESSAGES_PER_MINUTE && since(hour) < limits::MESSAGES_PER_HOUR
    }
}

/// The text as members see it: WeCom cuts off what is too long.
fn cut(content: &str) -> &str {
    &content[..content.floor_char_boundary(limits::MESSAGE_BYTES)]
}
