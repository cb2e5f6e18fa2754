use crate::book;
use crate::check::characters::{made_plain, short};
use crate::check::entries::{is_user_id, several, write_several};
use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-user-id", level: Level::Error, page: include_str!("bad_user_id.md"), run: Run::Audience(run) };

/// Longest user id, in bytes (page 90195: 长度为1~64个字节).
const BYTES: usize = 64;

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let senders = reach.range.sender_list.as_ref();
    let list = senders.and_then(|senders| senders.user_list.as_ref());
    for user in list.iter().flat_map(|list| &list.value) {
        let Some((message, help)) = fault(user) else { continue };
        if let Some(entries) = several(user, |part| is_user_id(part).then(|| book::quoted(part))?) {
            let is_alone = list.is_some_and(|list| list.value.len() == 1);
            found
                .at(&user.span, "several ids in one text", format!("`{}` are several user ids", short(user)))
                .help(write_several(&entries, is_alone))
                .replace(&user.span, entries);
            continue;
        }
        let finding = found.at(&user.span, "here", message);
        let plain = made_plain(user.trim());
        if is_user_id(&plain) && help.contains(&plain) {
            finding.replace(&user.span, format!("\"{plain}\""));
        }
        finding.help(help);
    }
}

fn fault(user: &str) -> Option<(String, String)> {
    if user == "@all" {
        return Some((
            "`@all` is no user id".to_owned(),
            "if everyone is meant, say so: all = true in `visible_range`".to_owned(),
        ));
    }
    if user.is_empty() {
        return Some(("a user id is empty".to_owned(), "take it out".to_owned()));
    }
    if user.len() > BYTES {
        return Some((
            format!("a user id has at most {BYTES} bytes, and `{}` has {}", short(user), user.len()),
            "check where it was copied from".to_owned(),
        ));
    }
    if is_user_id(user) {
        return None;
    }
    let plain = made_plain(user.trim());
    let help = if is_user_id(&plain) {
        format!("write `{plain}`")
    } else {
        "a user id is the account of a member (账号 in the admin console), not the name".to_owned()
    };
    Some((format!("`{}` is no user id", short(user)), help))
}
