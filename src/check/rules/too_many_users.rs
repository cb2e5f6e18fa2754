use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::limits::USERS;

pub(in crate::check) static RULE: Rule = Rule {
    code: "too-many-users",
    level: Level::Error,
    page: include_str!("too_many_users.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let senders = reach.range.sender_list.as_ref();
    let Some(users) = senders.and_then(|senders| senders.user_list.as_ref()) else { return };
    let Some(first_too_many) = users.get(USERS) else { return };
    found
        .at(
            &first_too_many.span,
            format!("the user after the first {USERS}"),
            format!("`user_list` takes at most {USERS} users, not {}", users.len()),
        )
        .help("name departments, or split the campaign");
}
