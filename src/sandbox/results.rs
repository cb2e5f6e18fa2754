//! What customers do with a moment: get_moment_send_result, get_moment_comments. It grows with time and depends only
//! on the seed and the ids.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::body::Fields;
use super::{Member, Sandbox, later};
use crate::ids::Sha256;
use crate::limits;
use crate::wecom::{Request, Response};

const CURSOR: &str = "RESULTS-";
const DAY: u64 = 24 * 3600;
/// All customers who will see it have seen it after this time.
const SEEN_WITHIN: u64 = DAY;
/// Of 100 customers who see it, how many like it, and how many of the others comment.
const LIKE: u64 = 8;
const COMMENT: u64 = 3;
/// Reactions come within this time after the customer saw it.
const REACT_WITHIN: u64 = 5 * DAY;

/// A customer who sees a moment.
struct Viewer {
    external_userid: String,
    /// When, and whether, the customer reacts: with a like or a comment.
    reacts: Option<(DateTime<Utc>, bool)>,
}

#[derive(Serialize)]
struct ReachedPage {
    next_cursor: String,
    customer_list: Vec<Customer>,
}

#[derive(Serialize)]
struct Customer {
    external_userid: String,
}

#[derive(Serialize)]
struct Reactions {
    comment_list: Vec<Reaction>,
    like_list: Vec<Reaction>,
}

#[derive(Serialize)]
struct Reaction {
    #[serde(skip_serializing_if = "Option::is_none")]
    external_userid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    userid: Option<String>,
    create_time: i64,
}

impl Sandbox {
    pub(super) fn get_moment_send_result(&self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (moment_id, userid, cursor, limit) = fields.read(|body, dropped| {
            let text = |key, dropped: &mut bool| body.text(key, dropped).unwrap_or_default().to_owned();
            let ids = (text("moment_id", dropped), text("userid", dropped));
            (ids.0, ids.1, text("cursor", dropped), body.number("limit", dropped).unwrap_or(0))
        });
        let viewers = self.viewers(&moment_id, &userid, now)?;
        let first = match cursor.as_str() {
            "" => 0,
            cursor => match cursor.strip_prefix(CURSOR).and_then(|number| number.parse().ok()) {
                Some(number) => number,
                None => return Err(refuse(40058, "invalid cursor")),
            },
        };
        let limit = usize::try_from(limit).ok().filter(|limit| (1..=limits::REACHED_PAGE).contains(limit));
        let next = first + limit.unwrap_or(limits::REACHED_PAGE_USUAL);
        let more = next < viewers.len();
        let next_cursor = if more { format!("{CURSOR}{next}") } else { String::new() };
        let page = viewers.into_iter().skip(first).take(next - first);
        let customer_list = page.map(|it| Customer { external_userid: it.external_userid }).collect();
        Ok(answer::ok_saying(fields.errmsg(), &ReachedPage { next_cursor, customer_list }))
    }

    pub(super) fn get_moment_comments(&self, request: &Request, now: DateTime<Utc>) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (moment_id, userid) = fields.read(|body, dropped| {
            let text = |key, dropped: &mut bool| body.text(key, dropped).unwrap_or_default().to_owned();
            (text("moment_id", dropped), text("userid", dropped))
        });
        let (mut comment_list, mut like_list) = (Vec::new(), Vec::new());
        for viewer in self.viewers(&moment_id, &userid, now)? {
            let Some((at, is_like)) = viewer.reacts.filter(|(at, _)| *at <= now) else { continue };
            let create_time = at.timestamp();
            let reaction = Reaction { external_userid: Some(viewer.external_userid), userid: None, create_time };
            if is_like { &mut like_list } else { &mut comment_list }.push(reaction);
        }
        if !comment_list.is_empty() {
            // The member answers the first comment: this is no reaction of a customer.
            let userid = Some(userid);
            comment_list.push(Reaction { external_userid: None, userid, create_time: now.timestamp() });
        }
        Ok(answer::ok_saying(fields.errmsg(), &Reactions { comment_list, like_list }))
    }

    /// The customers who can see a moment through a member by now.
    fn viewers(&self, moment_id: &str, userid: &str, now: DateTime<Utc>) -> Result<Vec<Viewer>, Refusal> {
        let job = self.dispatched(moment_id, now)?;
        if !job.recipients.members.iter().any(|it| it.eq_ignore_ascii_case(userid)) {
            return Err(refuse(41061, "userid is not a publisher of the moment"));
        }
        let Some(member) = self.company.member(userid) else { return Err(refuse(60111, "userid not found")) };
        let Some(posted_at) = self.posted_at(job, moment_id, &member.userid, now) else {
            return Err(refuse(41062, "moment not published by this userid"));
        };
        if !member.licensed {
            return Err(refuse(701_008, "no licensed userid"));
        }
        let viewers = member.customers_tagged(&job.tags).map(|number| {
            let (seen_at, viewer) = self.viewer(member, number, moment_id, posted_at);
            (seen_at <= now).then_some(viewer)
        });
        Ok(viewers.flatten().collect())
    }

    fn viewer(
        &self,
        member: &Member,
        number: usize,
        moment_id: &str,
        posted_at: DateTime<Utc>,
    ) -> (DateTime<Utc>, Viewer) {
        let external_userid = member.customer(number);
        let key = format!("{}/{moment_id}/{}/{external_userid}", self.behaviour.seed, member.userid);
        let digest = Sha256::of(key.as_bytes()).to_string();
        let draw = |digits: std::ops::Range<usize>| u64::from_str_radix(&digest[digits], 16).expect("hexadecimal");
        let seen_at = later(posted_at, Duration::from_secs(draw(0..10) % SEEN_WITHIN));
        let chance = draw(10..20) % 100;
        let at = later(seen_at, Duration::from_secs(draw(20..30) % REACT_WITHIN));
        let reacts = (chance < LIKE + COMMENT).then_some((at, chance < LIKE));
        (seen_at, Viewer { external_userid, reacts })
    }
}
