//! The customers of the company's members: get_by_user, list, and user/simplelist.
//!
//! Customers are computed, not stored, so a company can have 100,000. Every fourth customer of a member is shared with
//! all other members who have as many.

use serde::Serialize;

use super::answer::{self, Refusal, refuse};
use super::body::Fields;
use super::{Company, Member, Sandbox};
use crate::ids::Sha256;
use crate::limits;
use crate::wecom::{Request, Response};

/// The prefix of a cursor; the number of relations before it follows.
const CURSOR: &str = "CUSTOMERS-";

#[derive(Serialize)]
struct CustomerPage<'a> {
    external_contact_list: Vec<Relation<'a>>,
    next_cursor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_info: Option<FailInfo<'a>>,
}

#[derive(Serialize)]
struct FailInfo<'a> {
    unlicensed_userid_list: Vec<&'a str>,
}

#[derive(Serialize)]
struct Relation<'a> {
    external_contact: ExternalContact,
    follow_info: FollowInfo<'a>,
}

/// Has what WeCom sends as well and Drumbeat must not keep.
#[derive(Serialize)]
struct ExternalContact {
    external_userid: String,
    name: String,
    avatar: &'static str,
    r#type: u8,
}

#[derive(Serialize)]
struct FollowInfo<'a> {
    userid: &'a str,
    remark: &'static str,
    remark_mobiles: [&'static str; 1],
    tag_id: Vec<&'a str>,
}

#[derive(Serialize)]
struct ExternalIds {
    external_userid: Vec<String>,
}

#[derive(Serialize)]
struct Users<'a> {
    userlist: Vec<User<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    userid: &'a str,
    name: &'a str,
    department: &'a [u64],
}

/// Whether a call of this path tells about customers.
pub(super) fn is_about_customers(path: &str) -> bool {
    let calls = ["/list", "/batch/get_by_user", "/get_moment_send_result", "/get_moment_comments"];
    calls.iter().any(|call| path.strip_prefix("/cgi-bin/externalcontact") == Some(call))
}

impl Member {
    /// The id of a customer by its number.
    pub(super) fn customer(&self, number: usize) -> String {
        let shared = number % 4 == 3;
        let key = if shared { format!("shared/{number}") } else { format!("{}/{number}", self.userid) };
        format!("wm{:.30}", Sha256::of(key.as_bytes()).to_string())
    }

    /// The tags of a customer by its number: the first has all of them, each further one has at most one.
    pub(super) fn tags_of(&self, number: usize) -> Vec<&str> {
        let tags = self.customers_with.iter().map(String::as_str);
        match number {
            0 => tags.collect(),
            number => tags.skip(number % (self.customers_with.len() + 1)).take(1).collect(),
        }
    }

    /// The numbers of the customers who may see a post with these tags; without tags, of all.
    pub(super) fn customers_tagged<'a>(&'a self, tags: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        let is_tagged = |number: &usize| self.tags_of(*number).iter().any(|tag| tags.iter().any(|it| it == tag));
        (0..self.customers).filter(move |number| tags.is_empty() || is_tagged(number))
    }
}

impl Company {
    /// A member whose customers can be read.
    fn follow_user(&self, userid: &str) -> Result<&Member, Refusal> {
        self.member(userid).filter(|member| self.can_post(member)).ok_or(refuse(60111, "userid not found"))
    }
}

impl Sandbox {
    pub(super) fn get_by_user(&self, request: &Request) -> Result<Response, Refusal> {
        let mut fields = Fields::of(request)?;
        let (users, cursor, limit) = fields.read(|body, dropped| {
            let users = body.texts("userid_list", dropped).unwrap_or_default();
            let cursor = body.text("cursor", dropped).unwrap_or_default().to_owned();
            (users, cursor, body.number("limit", dropped).unwrap_or(0))
        });
        if users.is_empty() || users.len() > limits::CUSTOMER_USERS {
            return Err(refuse(40058, "invalid userid_list"));
        }
        let members: Vec<&Member> = users.iter().map(|id| self.company.follow_user(id)).collect::<Result<_, _>>()?;
        let (licensed, unlicensed): (Vec<&Member>, Vec<&Member>) = members.iter().partition(|member| member.licensed);
        if licensed.is_empty() {
            return Err(refuse(701_008, "no licensed userid"));
        }
        let first = match cursor.as_str() {
            "" => 0,
            cursor => match cursor.strip_prefix(CURSOR).and_then(|number| number.parse().ok()) {
                Some(number) => number,
                None => return Err(refuse(40058, "invalid cursor")),
            },
        };
        let limit = usize::try_from(limit).ok().filter(|limit| (1..=limits::CUSTOMER_PAGE).contains(limit));
        let limit = limit.unwrap_or(limits::CUSTOMER_PAGE_USUAL);
        let all: usize = licensed.iter().map(|member| member.customers).sum();
        let pairs = licensed.iter().flat_map(|member| (0..member.customers).map(move |number| (*member, number)));
        let external_contact_list = pairs.skip(first).take(limit).map(|(member, number)| relation(member, number));
        let next = first + limit;
        let fail_info = (!unlicensed.is_empty())
            .then(|| FailInfo { unlicensed_userid_list: unlicensed.iter().map(|it| it.userid.as_str()).collect() });
        let page = CustomerPage {
            external_contact_list: external_contact_list.collect(),
            next_cursor: if next < all { format!("{CURSOR}{next}") } else { String::new() },
            fail_info,
        };
        Ok(answer::ok_saying(fields.errmsg(), &page))
    }

    /// The ids of one member's customers (`externalcontact/list`).
    pub(super) fn external_contacts(&self, request: &Request) -> Result<Response, Refusal> {
        let member = self.company.follow_user(request.query("userid").unwrap_or_default())?;
        if !member.licensed {
            return Err(refuse(701_008, "no licensed userid"));
        }
        if member.customers == 0 {
            return Err(refuse(84061, "not external contact"));
        }
        let external_userid = (0..member.customers).map(|number| member.customer(number)).collect();
        Ok(answer::ok(&ExternalIds { external_userid }))
    }

    /// The members directly in a department.
    pub(super) fn user_simplelist(&self, request: &Request) -> Result<Response, Refusal> {
        let id = self.visible_department(request.query("department_id").unwrap_or_default())?.id;
        let members = self.company.members.iter().filter(|member| member.departments.contains(&id));
        let userlist = members.map(|it| User { userid: &it.userid, name: &it.name, department: &it.departments });
        Ok(answer::ok(&Users { userlist: userlist.collect() }))
    }
}

fn relation(member: &Member, number: usize) -> Relation<'_> {
    let external_userid = member.customer(number);
    Relation {
        external_contact: ExternalContact {
            name: format!("客户{number}"),
            external_userid,
            avatar: "https://example.com/picture-of-a-customer",
            r#type: 1,
        },
        follow_info: FollowInfo {
            userid: &member.userid,
            remark: "备注：老同学",
            remark_mobiles: ["13800000000"],
            tag_id: member.tags_of(number),
        },
    }
}
