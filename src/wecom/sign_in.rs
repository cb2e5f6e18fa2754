//! Who signs in: WeCom's answer for the code that a browser brings back from its sign-in page.

use super::{Call, Error, Request, WeCom, wire};

impl WeCom {
    /// The member to whom a code belongs; `None` for a person who is no member of the corp. A code lives for five minutes
    /// and works once.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn user_of_code(&self, code: &str) -> Result<Option<String>, Error> {
        let answer: wire::UserInfo = self
            .ask(Call::UserInfo, |token| {
                Request::get("/cgi-bin/auth/getuserinfo").with("access_token", token.expose()).with("code", code)
            })
            .await?;
        Ok(answer.userid.filter(|userid| !userid.is_empty()))
    }
}
