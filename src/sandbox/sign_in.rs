//! Signing in: the page on which a member agrees, and auth/getuserinfo.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Sandbox;
use super::answer::{self, Refusal, refuse};
use crate::wecom::{Request, Response};

/// How long a code lives (unverified).
const CODE_TIME: TimeDelta = TimeDelta::minutes(5);

/// Codes that were given out, with their members.
#[derive(Debug, Default)]
pub(super) struct SignInCodes(BTreeMap<String, (String, DateTime<Utc>)>);

#[derive(Serialize)]
struct UserInfo<'a> {
    userid: &'a str,
}

impl Sandbox {
    /// The code that a browser takes back to `redirect_uri` when a member agrees to sign in.
    pub fn sign_in_code(&mut self, member: &str, now: DateTime<Utc>) -> String {
        let code = self.name("code");
        self.sign_in_codes.0.insert(code.clone(), (member.to_owned(), now));
        code
    }

    pub(super) fn getuserinfo(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let code = request.query.iter().find(|(name, _)| name == "code").map(|(_, value)| value.as_str());
        let invalid = || refuse(40029, "invalid code");
        // A code works once.
        let (member, at) = self.sign_in_codes.0.remove(code.unwrap_or_default()).ok_or_else(invalid)?;
        if now - at > CODE_TIME {
            return Err(invalid());
        }
        Ok(answer::ok(&UserInfo { userid: &member }))
    }
}
