//! What customers did with the moment of one member, as counts only.

use std::collections::BTreeSet;

use super::paging::PagingGuard;
use super::{Call, Error, Request, WeCom, wire};
use crate::limits;

/// The reactions of customers. Those of members are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reactions {
    /// Customers who like it.
    pub likes: u32,
    /// Comments, of which one customer may write several.
    pub comments: u32,
}

impl WeCom {
    /// How many customers can see the moment through one member.
    ///
    /// # Errors
    /// 41062 if the member has not posted it, 41061 if the member was not asked, 41060 if the moment is gone.
    pub async fn reached(&self, moment_id: &str, userid: &str) -> Result<u32, Error> {
        let (mut cursor, mut pages) = (String::new(), PagingGuard::of(Call::Reached));
        let mut customers = BTreeSet::new();
        loop {
            let limit = Some(limits::REACHED_PAGE);
            let body = wire::json(&wire::OfMember { moment_id, userid, cursor: &cursor, limit });
            let page: wire::ReachedPage = self
                .ask(Call::Reached, |token| {
                    Request::post("/cgi-bin/externalcontact/get_moment_send_result", body.clone())
                        .with("access_token", token.expose())
                })
                .await?;
            pages.read(&page.next_cursor, page.customer_list.iter().map(|it| it.external_userid.as_str()))?;
            customers.extend(page.customer_list.into_iter().map(|it| it.external_userid));
            if page.next_cursor.is_empty() {
                return Ok(count(customers.len()));
            }
            cursor = page.next_cursor;
        }
    }

    /// How many customers like the moment of one member, and how many comments they wrote.
    ///
    /// # Errors
    /// As [`WeCom::reached`].
    pub async fn reactions(&self, moment_id: &str, userid: &str) -> Result<Reactions, Error> {
        let body = wire::json(&wire::OfMember { moment_id, userid, cursor: "", limit: None });
        let lists: wire::ReactionLists = self
            .ask(Call::Reactions, |token| {
                Request::post("/cgi-bin/externalcontact/get_moment_comments", body.clone())
                    .with("access_token", token.expose())
            })
            .await?;
        let customers = |list: Vec<wire::Reaction>| list.into_iter().filter(|it| !it.external_userid.is_empty());
        let likes: BTreeSet<String> = customers(lists.like_list).map(|it| it.external_userid).collect();
        Ok(Reactions { likes: count(likes.len()), comments: count(customers(lists.comment_list).count()) })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
