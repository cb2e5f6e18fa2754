//! The customers of members, to be counted. Callers get a number for each customer: no external user id leaves this
//! file.

use super::paging::PagingGuard;
use super::{Call, Error, Request, WeCom, wire};
use crate::ids::Sha256;
use crate::limits;
use crate::secret::Secret;

/// A member with a customer. Tags are of the pair: another member may have tagged the same customer differently.
pub struct Relation {
    pub userid: String,
    /// The same for the same customer and salt. Without the app's secret it cannot be compared with an external user id.
    pub customer: u64,
    pub tags: Vec<String>,
}

/// A page of relations.
pub struct CustomerPage {
    pub relations: Vec<Relation>,
    /// Members whose customers WeCom does not give out, because they have no licence for this interface.
    pub unlicensed: Vec<String>,
}

/// The relations of some members, page by page, so that the caller sets the pace.
pub struct CustomerPages<'a> {
    wecom: &'a WeCom,
    users: &'a [String],
    salt: &'a [u8],
    cursor: String,
    pages: PagingGuard,
    is_over: bool,
}

impl WeCom {
    /// The customers of at most [`limits::CUSTOMER_USERS`] members. Numbers of customers can be compared if they have the
    /// same `salt`.
    pub fn customers<'a>(&'a self, users: &'a [String], salt: &'a [u8]) -> CustomerPages<'a> {
        let pages = PagingGuard::of(Call::Customers);
        CustomerPages { wecom: self, users, salt, cursor: String::new(), pages, is_over: users.is_empty() }
    }

    /// A number that tells whether the numbers of customers of another process, with the same salt, can be compared with
    /// those of this one: they cannot if the key behind them is another.
    pub fn customer_check(&self, salt: &[u8]) -> u64 {
        number(self.inner.source.key(), salt, "")
    }

    /// The user ids of the members directly in a department, without the departments below it.
    ///
    /// # Errors
    /// WeCom gave no answer that can be read, or refused the call.
    pub async fn members_of(&self, department: u64) -> Result<Vec<String>, Error> {
        let list: wire::UserList = self
            .ask(Call::Members, |token| {
                Request::get("/cgi-bin/user/simplelist")
                    .with("access_token", token.expose())
                    .with("department_id", department.to_string())
            })
            .await?;
        Ok(list.userlist.into_iter().map(|user| user.userid).collect())
    }
}

impl CustomerPages<'_> {
    /// The next page; `None` after the last one. After an error the same page can be asked for again.
    ///
    /// # Errors
    /// As every call. WeCom refuses with 701008 if none of the members has a licence.
    pub async fn next(&mut self) -> Result<Option<CustomerPage>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let body =
            wire::json(&wire::OfUsers { userid_list: self.users, cursor: &self.cursor, limit: limits::CUSTOMER_PAGE });
        let page: wire::CustomerPage = self
            .wecom
            .ask(Call::Customers, |token| {
                Request::post("/cgi-bin/externalcontact/batch/get_by_user", body.clone())
                    .with("access_token", token.expose())
            })
            .await?;
        let pairs = page.external_contact_list.iter();
        let pairs: Vec<String> =
            pairs.map(|it| format!("{} {}", it.follow_info.userid, it.external_contact.external_userid)).collect();
        self.pages.read(&page.next_cursor, pairs.iter().map(String::as_str))?;
        self.is_over = page.next_cursor.is_empty();
        self.cursor = page.next_cursor;
        let relation = |it: wire::Relation| Relation {
            userid: it.follow_info.userid,
            customer: number(self.wecom.inner.source.key(), self.salt, &it.external_contact.external_userid),
            tags: it.follow_info.tag_id.into_iter().map(|tag| tag.0).collect(),
        };
        Ok(Some(CustomerPage {
            relations: page.external_contact_list.into_iter().map(relation).collect(),
            unlicensed: page.fail_info.unlicensed_userid_list.into_iter().map(|user| user.0).collect(),
        }))
    }
}

/// 64 bits of a digest: among a million customers, two are the same with a chance of one in ten million.
fn number(secret: &Secret, salt: &[u8], external_userid: &str) -> u64 {
    let parts = [secret.expose().as_bytes(), salt, external_userid.as_bytes()];
    let digest = Sha256::of(&parts.join(&0)).to_string();
    u64::from_str_radix(&digest[..16], 16).expect("a digest is hexadecimal")
}
