//! The members of an audience, as page 96351 explains `visible_range`.

use super::Company;
use crate::post::Audience;

/// The members who are asked to post, and the recipients that WeCom does not know.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipients {
    /// The code in the finished job: 0, or the code for no remaining member.
    pub(super) errcode: i64,
    /// Without customer tags: 公开.
    pub(super) public: bool,
    pub(super) members: Vec<String>,
    pub(super) invalid_users: Vec<String>,
    pub(super) invalid_departments: Vec<u64>,
    pub(super) invalid_tags: Vec<String>,
}

impl Company {
    pub(super) fn recipients(&self, audience: &Audience) -> Recipients {
        let everyone = || self.members.iter().filter(|member| self.can_post(member));
        let Audience::Lists { users, departments, tags } = audience else {
            let members: Vec<_> = everyone().map(|member| member.userid.clone()).collect();
            return Recipients { public: true, members, ..Recipients::default() };
        };

        let (known, invalid_users): (Vec<_>, Vec<_>) =
            users.iter().cloned().partition(|id| self.member(id).is_some_and(|member| self.can_post(member)));
        let (inside, invalid_departments): (Vec<_>, Vec<_>) =
            departments.iter().partition(|id| self.department(**id).is_some_and(|department| department.in_scope));
        let (tagged, invalid_tags): (Vec<_>, Vec<_>) = tags.iter().cloned().partition(|id| self.has_tag(id));
        let inside: Vec<u64> = inside.into_iter().flat_map(|id| self.below(id)).collect();

        let senders_named = !users.is_empty() || !departments.is_empty();
        let nothing_valid =
            (senders_named && known.is_empty() && inside.is_empty()) || (!tags.is_empty() && tagged.is_empty());
        let members: Vec<String> = everyone()
            .filter(|member| {
                !senders_named
                    || known.iter().any(|id| id.eq_ignore_ascii_case(&member.userid))
                    || member.departments.iter().any(|id| inside.contains(id))
            })
            .filter(|member| tags.is_empty() || member.customers_with.iter().any(|tag| tagged.contains(tag)))
            .map(|member| member.userid.clone())
            .collect();
        let errcode = match (nothing_valid, members.is_empty()) {
            (true, _) => 81013,
            (false, true) => 81012,
            (false, false) => 0,
        };
        Recipients { errcode, public: tags.is_empty(), members, invalid_users, invalid_departments, invalid_tags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipients(users: &[&str], departments: &[u64], tags: &[&str]) -> Recipients {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let audience = Audience::Lists { users: texts(users), departments: departments.into(), tags: texts(tags) };
        Company::chunfeng().recipients(&audience)
    }

    #[test]
    fn senders_alone_reach_themselves_and_what_is_below_their_departments() {
        let recipients = recipients(&["zhaoliu"], &[2], &[]);
        assert_eq!(recipients.members, ["zhangshan", "lisi", "zhaoliu", "sunmeng", "zhoujie", "zhengkai", "fengli"]);
        assert!(recipients.public && recipients.errcode == 0);
    }

    #[test]
    fn tags_alone_reach_whoever_has_such_customers() {
        let recipients = recipients(&[], &[], &["etCFBaby0000001"]);
        assert_eq!(recipients.members, ["sunmeng", "zhoujie"]);
        assert!(!recipients.public);
    }

    #[test]
    fn both_reach_only_the_senders_who_have_such_customers() {
        assert_eq!(recipients(&["zhangshan", "sunmeng"], &[], &["etCFBaby0000001"]).members, ["sunmeng"]);
        assert_eq!(recipients(&["zhangshan"], &[], &["etCFBaby0000001"]).errcode, 81012);
    }

    #[test]
    fn unknown_recipients_are_reported_others_proceed() {
        let recipients = recipients(&["zhangshan", "guodong", "xuwei", "unknown"], &[6, 99, 4], &[]);
        assert_eq!(recipients.invalid_users, ["guodong", "xuwei", "unknown"]);
        assert_eq!(recipients.invalid_departments, [6, 99]);
        assert_eq!(recipients.members, ["zhangshan", "wangwu", "wu.qian", "fengli"]);
    }

    #[test]
    fn an_audience_of_which_nothing_is_valid_fails_inside_the_job() {
        assert_eq!(recipients(&["guodong"], &[6], &[]).errcode, 81013);
        assert_eq!(recipients(&["zhangshan"], &[], &["etGone"]).errcode, 81013);
    }
}
